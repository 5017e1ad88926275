"""What a test can count and measure."""

from __future__ import annotations

import math

from gemini_live.emulator import Emulator


def texts_of(messages):
    return [message["clientContent"]["turns"][0]["parts"][0]["text"] for message in messages]


def test_connections_are_numbered_and_say_whether_they_were_resumed(server, dial, resume):
    """From 1, in order; resumed only with a handle."""
    first = dial(server)
    first.setup(sessionResumption={})
    handle = first.receive()["sessionResumptionUpdate"]["newHandle"]
    first.websocket.close()
    resume(server, handle)
    assert [(session.number, session.resumed) for session in server.sessions] == [(1, False), (2, True)]


def test_control_messages_are_what_was_taken_in(server, dial, speech):
    """Without setup, sound and pictures, in order, as they came; a refused message is none."""
    client = dial(server)
    client.setup()
    client.say("a", complete=False)
    client.speak(speech[:640])
    client.send({"realtime_input": {"text": "b"}})
    client.turn()
    client.send({"toolResponse": {"functionResponses": [{"name": "f"}]}})
    client.closed()
    (session,) = server.sessions
    assert texts_of(session.control[:1]) == ["a"]
    assert session.control[1:] == [{"realtime_input": {"text": "b"}}]
    assert len(session.received) == 5


def test_control_messages_of_all_connections_are_in_one_order(server, dial):
    """With the number of the connection that each came on."""
    first, second = dial(server), dial(server)
    for client in (first, second):
        client.setup()
    for client, text in ((first, "Say a."), (second, "Say b."), (first, "Say c.")):
        client.ask(text)
    messages = server.control_messages
    assert [number for number, _ in messages] == [1, 2, 1]
    assert texts_of(message for _, message in messages) == ["Say a.", "Say b.", "Say c."]


def test_a_message_that_was_sent_again_is_remembered_once(server, dial, wire, resume):
    """What an older handle does not stand for is lost; sent again, it counts as taken twice and remembered once."""
    client = dial(server)
    client.setup(sessionResumption={})
    client.say("a", complete=False)
    handle = wire.handle([client.receive(), client.receive()])
    client.say("b", complete=False)
    client.receive()
    client.websocket.close()
    again = resume(server, handle)
    again.receive()
    again.say("b", complete=False)
    again.receive()
    assert texts_of(message for _, message in server.control_messages) == ["a", "b", "b"]
    assert texts_of(server.sessions[1].control) == ["b"]
    assert texts_of(server.sessions[1].remembered) == ["a", "b"]


def test_moments_are_written_down(server, dial):
    """Opening, setup, first and last sound, and end, in this order; none before it was."""
    client = dial(server)
    (session,) = server.wait_for_sessions(1)
    assert session.opened_at > 0
    assert session.ready_at is session.first_audio_at is session.last_audio_at is session.ended_at is None
    client.setup()
    client.ask("Say one two three four five six seven eight.")
    client.websocket.close()
    session.wait_closed()
    moments = [
        session.opened_at,
        session.ready_at,
        session.first_audio_at,
        session.last_audio_at,
        session.ended_at,
    ]
    assert moments == sorted(moments)
    assert session.first_audio_at < session.last_audio_at


def test_a_server_that_keeps_nothing_keeps_no_messages(dial, wire):
    """With record=False control messages are not kept, and sessions are resumed all the same."""
    with Emulator(tls=False, output_speed=math.inf, record=False) as server:
        client = dial(server)
        client.setup(sessionResumption={})
        client.ask("My name is Alice.")
        handle = wire.handle([client.receive()])
        (session,) = server.sessions
        assert session.control == session.remembered == server.control_messages == []
        client.websocket.close()
        session.wait_closed()
        again = dial(server)
        again.setup(sessionResumption={"handle": handle}, outputAudioTranscription={})
        again.receive()
        assert wire.words(again.ask("What is my name?")) == "Your name is Alice."
        assert [known.number for known in server.sessions] == [2]
