"""Sessions that go on over several connections."""

from __future__ import annotations

import json
import math

import pytest

from gemini_live.emulator import Emulator

STORY = "Tell me a long story."
NOT_NOW = {"sessionResumptionUpdate": {}}
REFUSED = (1008, "Requested entity was not found.")


def begin(client, **setup):
    """Begin a session that can be resumed and return its first handle."""
    assert client.setup(sessionResumption={}, **setup).keys() == {"setupComplete"}
    update = client.receive()["sessionResumptionUpdate"]
    assert update["resumable"] is True
    return update["newHandle"]


def close(server, client):
    """End the newest connection, and wait until the server knows."""
    client.websocket.close()
    server.sessions[-1].wait_closed()


def try_handle(server, dial, wire, handle):
    client = dial(server)
    client.send({"setup": {"model": wire.model, "sessionResumption": {"handle": handle}}})
    return client.closed()


@pytest.fixture
def vertex(dial, wire):
    """Connect to Vertex AI's path with transparent resumption, with or without a handle."""

    def vertex(server, handle=None, **setup):
        client = dial(server, path=wire.vertex, key=None, headers={"authorization": "Bearer a-token"})
        resumption = {"transparent": True, **({"handle": handle} if handle else {})}
        client.send({"setup": {"model": wire.vertex_model, "sessionResumption": resumption, **setup}})
        assert client.receive().keys() == {"setupComplete"}
        update = client.receive()["sessionResumptionUpdate"]
        assert update == {"newHandle": update["newHandle"], "resumable": True}
        return client

    return vertex


def covered(client):
    """Return the next update's handle and index; other messages are passed over."""
    update = client.until("sessionResumptionUpdate")[-1]["sessionResumptionUpdate"]
    return update.get("newHandle"), update.get("lastConsumedClientMessageIndex")


def test_a_turn_is_framed_by_updates(server, dial, wire):
    """Content brings a handle, the generation's beginning an empty update, the turn's end another handle."""
    client = dial(server)
    first = begin(client)
    client.say("Say yes.")
    messages = [*client.turn(), client.receive()]
    kinds = [wire.kind(message) for message in messages]
    assert [index for index, kind in enumerate(kinds) if kind == "sessionResumptionUpdate"] == [0, 1, len(kinds) - 1]
    assert messages[1] == NOT_NOW
    assert len({first, wire.handle(messages[:1]), wire.handle(messages[-1:])}) == 3
    assert kinds[-2] == "turnComplete"


def test_no_update_comes_unasked(server, dial, wire):
    """Without sessionResumption in the setup there is none."""
    client = dial(server)
    client.setup()
    assert "sessionResumptionUpdate" not in {wire.kind(message) for message in [*client.ask("A."), *client.ask("B.")]}


def test_a_cut_turn_ends_with_a_handle_too(slow_server, dial, wire):
    """interrupted, turnComplete, handle; then the next generation's empty update."""
    client = dial(slow_server)
    begin(client)
    client.say(STORY)
    client.until("modelTurn")
    client.send({"realtimeInput": {"text": "Say yes."}})
    client.turn()
    assert wire.handle([client.receive()])
    assert client.receive() == NOT_NOW


def test_a_handle_is_the_conversation_as_it_was(server, dial, wire, resume):
    """An older handle knows nothing of what came after it."""
    client = dial(server)
    begin(client)
    client.ask("My name is Alice.")
    older = wire.handle([client.receive()])
    client.ask("My cat is Tom.")
    close(server, client)
    again = resume(server, older)
    again.receive()
    assert wire.words(again.ask("What is my name and my cat?")) == (
        "Your name is Alice and you have not told me your cat."
    )


def test_content_that_was_not_answered_is_remembered(server, dial, wire, resume):
    """Turns that came without turnComplete are answered after the resumption."""
    client = dial(server)
    begin(client)
    client.say("Say apple.", complete=False)
    handle = wire.handle([client.receive()])
    close(server, client)
    again = resume(server, handle)
    again.receive()
    again.send({"clientContent": {"turnComplete": True}})
    assert wire.words(again.turn()) == "Apple."


def test_history_that_was_taken_is_not_awaited_again(server, dial, wire, resume):
    """A resumed session's first content is answered, although its setup announces history."""
    client, announced = dial(server), {"historyConfig": {"initialHistoryInClientContent": True}}
    begin(client, **announced)
    client.say("My name is Alice.")
    handle = wire.handle([client.receive()])
    close(server, client)
    again = resume(server, handle, **announced)
    again.receive()
    assert wire.words(again.ask("What is my name?")) == "Your name is Alice."


def test_a_cut_generation_is_not_continued(slow_server, dial, wire, resume):
    """The resumed session is silent until it is asked something."""
    client = dial(slow_server)
    begin(client)
    client.say(STORY)
    handle = wire.handle(client.until("modelTurn"))
    close(slow_server, client)
    again = resume(slow_server, handle)
    again.receive()
    again.say("Say yes.")
    assert [wire.kind(again.receive()) for _ in range(3)] == ["sessionResumptionUpdate"] * 2 + ["thought"]
    assert wire.words(again.until("generationComplete")) == "Yes."


def test_open_calls_can_not_be_resumed(server, dial, wire):
    """A toolCall that a test sends brings an empty update, its answer a handle."""
    client = dial(server)
    begin(client)
    server.send_all({"toolCall": {"functionCalls": [{"id": "1", "name": "f"}, {"id": "2", "name": "f"}]}})
    client.receive()
    assert client.receive() == NOT_NOW
    client.send({"toolResponse": {"functionResponses": [{"id": "1", "name": "f", "response": {}}]}})
    server.send_all({"toolCallCancellation": {"ids": ["2"]}})
    assert wire.kind(client.receive()) == "toolCallCancellation"
    assert wire.handle([client.receive()])


def test_a_session_with_an_open_connection_is_not_resumed(server, dial, wire, resume):
    """1011 at the setup; once the connection has ended the handle is good."""
    client = dial(server)
    handle = begin(client)
    assert try_handle(server, dial, wire, handle) == (1011, "Internal error encountered.")
    client.websocket.close()
    server.sessions[0].wait_closed()
    assert resume(server, handle)


@pytest.mark.parametrize("end", ["close_all", "drop_all", "freeze_all", "go_away"])
def test_whatever_ended_the_connection_its_session_is_resumed(server, dial, resume, end):
    """A close, a reset, a black hole and old age are ends, without a word of the client."""
    client = dial(server, patience=0.05)
    handle = begin(client)
    if end == "go_away":
        server.go_away(0, close=True)
        server.sessions[0].wait_closed()
    else:
        getattr(server, end)()
    assert resume(server, handle)


def test_two_connections_may_share_a_session_on_request(dial, resume):
    """refuse_open_resume=False lets both go on."""
    with Emulator(tls=False, output_speed=math.inf, refuse_open_resume=False) as server:
        client = dial(server)
        assert resume(server, begin(client)) and client.ask("Say yes.")


def test_handles_expire_after_the_session_s_end(dial, wire, resume):
    """handle_seconds counts from the end of the last connection."""
    with Emulator(tls=False, output_speed=math.inf, handle_seconds=1e-6) as server:
        client = dial(server)
        handle = begin(client)
        client.ask("Say yes.")
        close(server, client)
        assert try_handle(server, dial, wire, handle) == REFUSED


def test_handles_can_be_made_to_expire(server, dial, wire):
    """After expire_handles the handle is not known; a later one of the same connection is."""
    client = dial(server)
    old = begin(client)
    server.expire_handles()
    client.ask("Say yes.")
    new = wire.handle([client.receive()])
    close(server, client)
    assert try_handle(server, dial, wire, old) == REFUSED
    assert try_handle(server, dial, wire, "no handle") == REFUSED
    client = dial(server)
    assert client.setup(sessionResumption={"handle": new}).keys() == {"setupComplete"}


def test_a_poisoned_session_hears_and_never_answers(server, dial, wire, resume, speech, silence):
    """It completes its setup, transcribes speech, takes content and gives handles, as bad as the first."""
    client = dial(server)
    handle = begin(client)
    close(server, client)
    server.poison_handles()
    for _ in range(2):
        zombie = resume(server, handle)
        zombie.receive()
        zombie.speak(speech + silence)
        heard = [zombie.receive() for _ in range(4)]
        assert wire.words(heard, "inputTranscription") == " (3.2 seconds of speech)"
        zombie.say("Say yes.")
        handle = wire.handle([zombie.receive()])
        with pytest.raises(TimeoutError):
            zombie.receive(timeout=0.05)
        close(server, zombie)
    fresh = dial(server)
    fresh.setup()
    assert fresh.ask("Say yes.")


def test_a_poisoned_session_may_be_closed(server, dial, resume):
    """Right after setupComplete, with the code and the words that were given."""
    client = dial(server)
    handle = begin(client)
    close(server, client)
    server.poison_handles("close")
    assert resume(server, handle).closed() == (1007, "Request contains an invalid argument.")
    server.poison_handles("close", code=1011, reason="Gone.")
    assert resume(server, handle).closed() == (1011, "Gone.")


def test_transparent_updates_count_the_client_s_messages(server, vertex, speech):
    """All of them, from 1 after the setup, as text; an update follows each that is no sound."""
    client = vertex(server, realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
    for field in ({"activityStart": {}}, {"text": "a"}):
        client.send({"realtimeInput": field})
    client.speak(speech[:640])
    client.say("b", complete=False)
    indexes = [covered(client)[1] for _ in range(3)]
    assert indexes == ["1", "2", "4"]
    client.send({"realtimeInput": {"activityEnd": {}}})
    updates = [covered(client) for _ in range(3)]
    assert [index for _, index in updates] == ["5", None, "5"]
    assert updates[1] == (None, None)


def test_the_count_begins_anew_with_every_connection(server, vertex):
    """The first message of a resumed connection is number 1 again."""
    client = vertex(server)
    client.say("a", complete=False)
    client.say("b", complete=False)
    handle = [covered(client) for _ in range(2)][-1][0]
    close(server, client)
    again = vertex(server, handle)
    again.say("c", complete=False)
    assert covered(again)[1] == "1"


def test_transparent_updates_may_come_in_batches(dial, vertex):
    """transparent_every says after how many messages."""
    with Emulator(tls=False, output_speed=math.inf, transparent_every=3) as server:
        client = vertex(server)
        for _ in range(6):
            client.say("a", complete=False)
        assert [covered(client)[1] for _ in range(2)] == ["3", "6"]


def test_a_transparent_handle_holds_exactly_what_it_covers(server, vertex, wire):
    """What came after it is not there, and can be sent again without being there twice."""
    client = vertex(server)
    for fact in ("My name is Alice.", "My cat is Tom.", "My dog is Rex."):
        client.say(fact, complete=False)
    handles = [covered(client) for _ in range(3)]
    assert [index for _, index in handles] == ["1", "2", "3"]
    close(server, client)
    again = vertex(server, handles[1][0], outputAudioTranscription={})
    again.say("What is my name, my cat and my dog?")
    words = wire.words(again.turn())
    assert words == "Your name is Alice and your cat is Tom and you have not told me your dog."


def test_an_activity_goes_on_after_a_transparent_resumption(server, vertex, wire, speech):
    """Marks, text and sound that were consumed need not be sent again."""
    manual = {"realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}}}
    client = vertex(server, **manual)
    client.send({"realtimeInput": {"activityStart": {}}})
    client.speak(speech[:32_000])
    client.send({"realtimeInput": {"text": "Say yes."}})
    handle = [covered(client) for _ in range(2)][-1][0]
    close(server, client)
    again = vertex(server, handle, inputAudioTranscription={}, outputAudioTranscription={}, **manual)
    again.speak(speech[:16_000])
    again.send({"realtimeInput": {"activityEnd": {}}})
    messages = again.turn()
    assert wire.words(messages, "inputTranscription") == " (1.5 seconds of speech)"
    assert wire.words(messages) == "Yes."


def test_speech_goes_on_after_a_transparent_resumption(server, vertex, wire, speech, silence):
    """Half of a sentence that was consumed is not lost."""
    half = len(speech) // 1280 * 640
    client = vertex(server)
    client.speak(speech[:half])
    client.say("a", complete=False)
    handle = covered(client)[0]
    close(server, client)
    again = vertex(server, handle, inputAudioTranscription={})
    again.speak(speech[half:] + silence)
    assert wire.words(again.turn(), "inputTranscription") == " (3.2 seconds of speech)"


def test_no_handle_is_logged(server, dial, resume, caplog):
    """Neither at their making nor at their use."""
    caplog.set_level("DEBUG")
    client = dial(server)
    handle = begin(client)
    close(server, client)
    again = resume(server, handle)
    new = again.receive()["sessionResumptionUpdate"]["newHandle"]
    assert json.dumps([handle, new]) and handle not in caplog.text and new not in caplog.text
    assert handle not in repr(server.sessions)
