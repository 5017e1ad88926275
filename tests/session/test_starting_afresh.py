"""What becomes of a conversation that the server knows no more."""

from __future__ import annotations

import pytest

from gemini_live import ReconnectPolicy

from .conftest import AT_ONCE, TIMEOUT, chain, eventually, handle_in, words_in
from .peers import GONE, die, forgetting, hold, read_two

MODELS = {
    "gemini-2.5": "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-3.1": "gemini-3.1-flash-live-preview",
    "gemini-3.5-translate": "gemini-3.5-live-translate-preview",
}


def converse(heard):
    """Return a connection that Alice speaks to, and that is not known any more."""
    return forgetting(heard, "Hello Alice.", handle="old")


@pytest.mark.parametrize("spoil", ["expire", "poison: close", "poison: silent"])
def test_a_handle_that_is_no_good_leads_to_a_fresh_session_that_knows_what_was_said(server, open_session, heard, spoil):
    """Expired, deadly or dumb: the next session is told of the conversation and answers."""
    policy = ReconnectPolicy(base_delay=0, stall_after=0.3 if spoil == "poison: silent" else None)
    session = open_session(
        server, reconnect=policy, output_audio_transcription={}, **heard.hooks("reconnected", "error", "open")
    )
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    eventually(lambda: session.snapshot().handle_safe)
    if spoil == "expire":
        server.expire_handles()
    else:
        server.poison_handles(spoil.partition(": ")[2])
    server.drop_all()
    answer = session.ask("What number did I ask you to remember?", timeout=TIMEOUT) if spoil != "expire" else None
    news = heard.wait("reconnected")
    if answer is None:
        answer = session.ask("What number did I ask you to remember?", timeout=TIMEOUT)

    assert "42" in answer.output_transcript
    eventually(lambda: heard.values("reconnected")[-1].resumed is False)
    assert heard.values("open")[-1].resumed is False
    assert heard.values("error") == []
    assert news is not None
    assert not server.sessions[-1].resumed


def test_a_refused_handle_is_not_tried_again(server, open_session, heard):
    """1008 "not found" in the setup: the next setup carries none, and the session has a new one."""
    session = open_session(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "reconnected"))
    eventually(session.get_session_handle)
    old = session.get_session_handle()
    server.expire_handles()
    server.drop_all()
    heard.wait("reconnected")
    handles = [handle_in({"setup": seen.setup}) for seen in server.sessions]

    assert handles == [None, old, None]
    assert [news.attempt for news in heard.values("reconnecting")] == [1, 2]
    eventually(lambda: session.get_session_handle() not in (None, old))


def test_two_early_deaths_prove_a_handle_bad(script, make, heard):
    """A connection that dies right after it was resumed speaks against the handle; twice is proof."""

    def first(peer):
        peer.accept()
        peer.offer("bad")
        heard.wait("session_resumption")
        peer.drop()

    server = script(chain(first, die, die, hold))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("session_resumption", "reconnected"))
    session.connect()
    heard.wait("reconnected", 3)
    session.close()

    assert [handle_in(server.result(index)) for index in (1, 2, 3)] == ["bad", "bad", None]
    assert [news.resumed for news in heard.values("reconnected")] == [True, True, False]


def test_2_5_is_told_by_content_that_is_left_open(script, make, heard):
    """Both sides' words as clientContent without turnComplete, before anything else; no history_config."""
    server = script(chain(converse(heard), read_two))
    session = make(server, model=MODELS["gemini-2.5"], reconnect=AT_ONCE, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.send_text("I am Alice.")
    heard.wait("reconnected")
    session.send_text("Who am I?")
    setup, seed = server.result(1)

    assert "historyConfig" not in setup["setup"]
    assert handle_in(setup) is None
    assert not seed["clientContent"].get("turnComplete")
    assert words_in(seed) == ["I am Alice.", "Hello Alice."]
    assert [turn["role"] for turn in seed["clientContent"]["turns"]] == ["user", "model"]


def test_3_1_is_told_by_history_that_the_setup_announces(script, make, heard):
    """history_config in the setup, and content that is closed."""
    server = script(chain(converse(heard), read_two))
    session = make(server, model=MODELS["gemini-3.1"], reconnect=AT_ONCE, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.send_text("I am Alice.")
    heard.wait("reconnected")
    session.send_text("Who am I?")
    setup, seed = server.result(1)

    assert setup["setup"]["historyConfig"] == {"initialHistoryInClientContent": True}
    assert seed["clientContent"]["turnComplete"] is True
    assert words_in(seed) == ["I am Alice.", "Hello Alice."]


def test_a_translating_model_is_told_nothing(script, make, heard):
    """It hears audio and nothing else: the first thing it gets is what the user says next."""

    def first(peer):
        peer.accept()
        peer.offer("old")
        peer.say({"serverContent": {"inputTranscription": {"text": "Hello"}}})
        peer.answer("Hallo")
        heard.wait("turn_complete")
        peer.connection.close(*GONE)

    server = script(chain(first, read_two))
    session = make(
        server,
        model=MODELS["gemini-3.5-translate"],
        translation_config={"target_language_code": "de"},
        generation_config={"response_modalities": ["AUDIO"]},
        reconnect=AT_ONCE,
        **heard.hooks("turn_complete", "reconnected"),
    )
    session.connect()
    heard.wait("reconnected")
    session.send_audio(bytes(320))
    setup, message = server.result(1)

    assert "historyConfig" not in setup["setup"]
    assert "audio" in message["realtimeInput"]


def test_speech_is_seeded_by_its_transcripts(script, make, heard):
    """What was transcribed of both sides is what is told; of an interrupted turn, what was heard."""

    def first(peer):
        peer.accept()
        peer.say({"serverContent": {"inputTranscription": {"text": " I am Bob."}}})
        peer.answer("Hello Bob.")
        heard.wait("turn_complete")
        peer.connection.close(*GONE)

    server = script(chain(first, read_two))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    heard.wait("reconnected")
    session.send_text("Who am I?")

    assert words_in(server.result(1)[1]) == ["I am Bob.", "Hello Bob."]


def test_an_empty_fresh_session_is_told_nothing(script, make, heard):
    """fresh="empty"."""
    server = script(chain(converse(heard), read_two))
    policy = ReconnectPolicy(base_delay=0, fresh="empty")
    session = make(server, reconnect=policy, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.send_text("I am Alice.")
    news = heard.wait("reconnected")
    session.send_text("Who am I?")

    assert words_in(server.result(1)[1]) == ["Who am I?"]
    assert not news.resumed


def test_a_fresh_session_can_be_forbidden(script, make, heard):
    """fresh="fail": the session ends with the server's word for it."""
    server = script(converse(heard))
    policy = ReconnectPolicy(base_delay=0, fresh="fail")
    session = make(server, reconnect=policy, **heard.hooks("turn_complete", "close", "reconnected"))
    session.connect()
    session.send_text("I am Alice.")
    closed = heard.wait("close")

    assert (closed.by, closed.code, closed.error.code) == ("server", 1008, 1008)
    assert len(server.requests) == 1
    assert heard.values("reconnected") == []


def test_a_question_that_was_not_answered_is_asked_of_the_fresh_session(script, make, heard):
    """After the seed, and once: it is not part of the seed."""

    def first(peer):
        peer.accept()
        peer.receive()
        peer.answer("Hello Alice.")
        peer.receive()
        peer.connection.close(*GONE)

    def second(peer):
        peer.accept()
        seed, question = peer.receive(), peer.receive()
        peer.answer("Alice.")
        peer.wait_closed()
        return seed, question

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.connect()
    session.ask("I am Alice.", timeout=TIMEOUT)
    turn = session.ask("Who am I?", timeout=TIMEOUT)
    news = heard.wait("reconnected")
    session.close()

    assert (turn.output_transcript, turn.number) == ("Alice.", 2)
    assert [words_in(message) for message in server.result(1)] == [["I am Alice.", "Hello Alice."], ["Who am I?"]]
    assert (news.resumed, news.replayed, news.lost) == (False, 1, ())


def test_a_server_that_gives_no_handles_is_met_afresh(script, make, heard):
    """session_resumption=False asks for none; a drop leads to a seeded session all the same."""

    def first(peer):
        peer.accept()
        peer.receive()
        peer.answer("Hello Alice.")
        heard.wait("turn_complete")
        peer.drop()

    server = script(chain(first, read_two))
    session = make(server, reconnect=AT_ONCE, session_resumption=False, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.send_text("I am Alice.")
    news = heard.wait("reconnected")
    session.send_text("Who am I?")
    setup, seed = server.result(1)

    assert "sessionResumption" not in setup["setup"]
    assert words_in(seed) == ["I am Alice.", "Hello Alice."]
    assert not news.resumed
