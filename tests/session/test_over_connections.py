"""What spans connections: tool calls, turns, tokens, waits and iterators, and what is left when they are gone."""

from __future__ import annotations

import gc
import os
import threading
import weakref

import pytest

from gemini_live import ConnectionLost, ForkedSessionError, ReconnectPolicy, Session

from .conftest import AT_ONCE, EXACT, MODEL, TIMEOUT, chain, eventually
from .peers import give_and_drop, mute, read_one

CALL = {"toolCall": {"functionCalls": [{"id": "c1", "name": "look"}]}}
ANSWER = {"id": "c1", "name": "look", "response": {"output": 1}}


def calling(heard):
    """Return a connection that calls a function and is gone."""

    def serve(peer):
        peer.accept()
        peer.offer("h1")
        peer.say(CALL)
        heard.wait("tool_call")
        peer.drop()

    return serve


def consuming(heard, count, *, of):
    """Return a connection that reads so many messages, says how many it has consumed, and is gone."""

    def serve(peer):
        peer.accept()
        for _ in range(of):
            peer.receive()
        peer.offer("h1", lastConsumedClientMessageIndex=str(count))
        heard.wait("session_resumption")
        peer.drop()

    return serve


def usage(total):
    return {"usageMetadata": {"promptTokenCount": 1, "responseTokenCount": total - 1, "totalTokenCount": total}}


def test_calls_of_a_dead_connection_are_cancelled_and_their_answers_dropped(script, make, heard):
    """on_tool_call_cancellation with the ids; a late answer is counted and goes nowhere; nothing raises."""
    server = script(chain(calling(heard), read_one))
    hooks = heard.hooks("tool_call", "tool_call_cancellation", "reconnected")
    session = make(server, reconnect=AT_ONCE, **hooks)
    session.connect()
    heard.wait("reconnected")
    assert heard.wait("tool_call_cancellation").ids == ("c1",)
    assert session.snapshot().pending_tools == ()
    with pytest.raises(ConnectionLost, match="a connection that is gone"):
        session.send_tool_response(ANSWER, wait=True, timeout=TIMEOUT)
    session.send_text("go on")

    assert "clientContent" in server.result(1)
    assert session.snapshot().stale_answers == 1


def test_of_several_answers_only_those_go_out_that_somebody_waits_for(script, make, heard):
    """One send_tool_response may answer a dead connection's call and a live one's; the server gets what it knows."""

    def second(peer):
        peer.accept()
        peer.say({"toolCall": {"functionCalls": [{"id": "n1", "name": "look"}]}})
        return peer.receive()

    server = script(chain(calling(heard), second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("tool_call", "reconnected"))
    session.connect()
    heard.wait("tool_call", 2)
    session.send_tool_response([ANSWER, {**ANSWER, "id": "n1"}], wait=True, timeout=TIMEOUT)

    (answer,) = server.result(1)["toolResponse"]["functionResponses"]
    assert answer == {**ANSWER, "id": "n1"}
    assert session.snapshot().stale_answers == 1
    assert session.snapshot().outbox_bytes == 0


def test_a_part_of_an_answer_is_fenced_as_well(script, make, heard):
    """will_continue settles no call, but nobody waits for it on another connection."""
    server = script(chain(calling(heard), read_one))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("tool_call", "reconnected"))
    session.connect()
    heard.wait("reconnected")
    session.send_tool_response({**ANSWER, "will_continue": True})
    session.send_text("go on")

    assert "clientContent" in server.result(1)
    assert session.snapshot().stale_answers == 1


@pytest.mark.parametrize("covered", [True, False])
def test_calls_survive_where_the_server_resumes_exactly(script, make, heard, covered):
    """Vertex, transparent: a call that the handle covers is answered on the new connection; one made later is void."""

    def first(peer):
        peer.accept()
        if not covered:
            peer.offer("h1")
        peer.say(CALL)
        if covered:
            peer.offer("h1")
            heard.wait("session_resumption")
        heard.wait("tool_call")
        peer.drop()

    server = script(chain(first, read_one))
    hooks = heard.hooks("tool_call", "tool_call_cancellation", "session_resumption", "reconnected")
    session = make(server, reconnect=AT_ONCE, **EXACT, **hooks)
    session.connect()
    heard.wait("reconnected")
    session.send_tool_response(ANSWER)
    session.send_text("go on")

    assert ("toolResponse" in server.result(1)) is covered
    assert len(heard.values("tool_call_cancellation")) == (0 if covered else 1)
    assert session.snapshot().stale_answers == (0 if covered else 1)


def test_an_id_that_is_used_again_is_another_call(script, make, heard):
    """Some servers count anew on each connection: the second connection's c1 is answered."""

    def second(peer):
        peer.accept()
        peer.say(CALL)
        return peer.receive()

    server = script(chain(calling(heard), second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("tool_call", "reconnected"))
    session.connect()
    heard.wait("tool_call", 2)
    session.send_tool_response(ANSWER)

    assert "toolResponse" in server.result(1)


def test_what_the_server_has_consumed_is_not_sent_again(script, make, heard):
    """Vertex, transparent: trimmed by lastConsumedClientMessageIndex, exactly."""

    server = script(chain(consuming(heard, 2, of=3), read_one))
    session = make(server, reconnect=AT_ONCE, **EXACT, **heard.hooks("session_resumption", "reconnected"))
    session.connect()
    for word in ("one", "two", "three"):
        session.send_client_content(word, turn_complete=False)

    assert heard.wait("reconnected").replayed == 1
    assert "three" in str(server.result(1))


def test_media_count_among_what_the_server_has_consumed(script, make, heard):
    """They are never sent again, but each piece has its number: what came after them was not consumed with them."""

    server = script(chain(consuming(heard, 3, of=4), read_one))
    session = make(server, reconnect=AT_ONCE, **EXACT, **heard.hooks("session_resumption", "reconnected"))
    session.connect()
    session.send_audio(bytes(640))
    session.send_video(b"a picture")
    session.send_audio(bytes(640))
    session.send_client_content("after it", turn_complete=False)

    assert heard.wait("reconnected").replayed == 1
    assert "after it" in str(server.result(1))


def test_an_answer_to_speech_that_was_cut_is_interrupted(script, make, heard):
    """Nobody can say it again: interrupted and turn_complete, told once, and the next turn has the next number."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say({"serverContent": {"inputTranscription": {"text": "Tell me"}}})
        peer.say({"serverContent": {"outputTranscription": {"text": "Once upon"}}})
        heard.wait("transcription", 2)
        peer.drop()

    def second(peer):
        peer.accept()
        peer.answer("Again.")
        peer.wait_closed()

    hooks = heard.hooks("transcription", "interrupted", "turn_complete", "reconnected")
    session = make(script(chain(first, second)), reconnect=AT_ONCE, **hooks)
    session.connect()
    heard.wait("turn_complete", 2)
    cut, other = heard.values("turn_complete")

    assert (cut.number, cut.interrupted, cut.output_transcript) == (1, True, "Once upon")
    assert (other.number, other.interrupted, other.output_transcript) == (2, False, "Again.")
    assert [turn.number for turn in heard.values("interrupted")] == [1]


def test_a_question_whose_answer_was_cut_keeps_its_number(script, make, heard):
    """It is asked again; the turn that is told is one, whole, with what belongs to it only."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.say({"serverContent": {"outputTranscription": {"text": "Half an"}}}, usage(10))
        heard.wait("usage")
        peer.drop()

    def second(peer):
        peer.accept()
        peer.receive()
        peer.say(usage(30))
        peer.answer("A whole answer.")
        peer.wait_closed()

    session = make(script(chain(first, second)), reconnect=AT_ONCE, **heard.hooks("usage", "turn_complete"))
    session.connect()
    turn = session.ask("hello", timeout=TIMEOUT)
    heard.wait("turn_complete")

    assert (turn.number, turn.output_transcript) == (1, "A whole answer.")
    assert turn.usage.total_token_count == 30
    assert session.snapshot().usage.total_tokens == 40
    assert len(heard.values("turn_complete")) == 1


def test_tokens_are_neither_doubled_nor_forgotten(script, make, heard):
    """Over three connections with a turn each, and one that was cut."""

    def serve(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        peer.say(usage(10))
        peer.say(usage(20))  # the last word counts
        peer.answer()
        heard.wait("turn_complete", len(heard.values("open")))
        peer.say({"serverContent": {"outputTranscription": {"text": "By the way"}}}, usage(5))
        heard.wait("usage", 3 * len(heard.values("open")))
        peer.drop()

    session = make(script(serve), reconnect=AT_ONCE, **heard.hooks("open", "usage", "turn_complete", "reconnected"))
    session.connect()
    for number in range(3):
        session.send_text("hello")
        heard.wait("reconnected", number + 1)

    assert session.snapshot().usage.total_tokens == 3 * 25


def test_wait_and_events_span_connections(server, open_session):
    """wait() does not return in an outage, and events() tells what happened, in order, to the true end."""
    session = open_session(server, reconnect=AT_ONCE)
    names = []
    iterator = session.events()

    def read():
        names.extend(event.name for event in iterator)

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(3):
        count = session.snapshot().connection
        server.drop_all()
        eventually(lambda count=count: session.snapshot().connection > count and session.status == "ready")
    assert session.wait(timeout=0) is None
    session.close()
    thread.join(TIMEOUT)

    told = [name for name in names if name in ("open", "reconnecting", "reconnected", "close", "error")]
    assert told == ["reconnecting", "open", "reconnected"] * 3 + ["close"]


def test_receive_and_expect_span_connections(server, open_session):
    """An exchange that is cut goes on in the same loop, to its end."""
    server.fail_next(drop=True, at="generation")
    session = open_session(server, reconnect=AT_ONCE, output_audio_transcription={})
    session.send_text("Hello")
    messages = list(session.receive())
    with session.expect(timeout=TIMEOUT) as turn:
        server.drop_all()
        session.send_text("Again")

    assert messages[-1].server_content.turn_complete
    assert turn.output_transcript.strip() == "You said: Again"


def test_run_returns_at_the_true_end(server, make, heard):
    """Not when a connection ends."""
    session = make(server, reconnect=AT_ONCE, **heard.hooks("open", "reconnected"))
    closed = []
    thread = threading.Thread(target=lambda: closed.append(session.run()))
    thread.start()
    heard.wait("open")
    server.drop_all()
    heard.wait("reconnected")
    assert closed == []
    session.close()
    thread.join(TIMEOUT)

    assert closed[0].by == "user"


def test_a_callback_may_close_the_session_in_an_outage(server, open_session, heard):
    """on_reconnecting decides that it is enough."""
    policy = ReconnectPolicy(base_delay=1000, max_delay=1000, budget=10000)
    session = open_session(server, reconnect=policy, on_reconnecting=lambda _: session.close(), **heard.hooks("close"))
    server.drop_all()

    assert heard.wait("close").by == "user"


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
def test_200_sessions_that_reconnect_leave_nothing(server):
    """Two hundred, each dropped once, ten at a time: no thread and no descriptor is left."""

    def ten():
        back = threading.Semaphore(0)
        sessions = [
            Session.open(
                model=MODEL,
                api_key="a-good-key",
                base_url=server.base_url,
                reconnect=AT_ONCE,
                on_reconnected=lambda _: back.release(),
            )
            for _ in range(10)
        ]
        server.drop_all()
        for _ in sessions:
            assert back.acquire(timeout=TIMEOUT)
        for session in sessions:
            session.close()

    ten()
    gc.collect()
    threads, before = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(19):
        ten()

    eventually(lambda: threading.active_count() <= threads)
    gc.collect()
    eventually(lambda: len(os.listdir("/proc/self/fd")) <= before)


@pytest.mark.parametrize("phase", ["waiting", "in setup"])
def test_a_session_that_is_forgotten_in_an_outage_ends(script, heard, phase):
    """Nobody holds it any more: its thread ends, and the object goes."""
    reached = threading.Event()

    delay = 1000.0 if phase == "waiting" else 0.0
    policy = ReconnectPolicy(base_delay=delay, max_delay=delay, budget=10000)
    server = script(chain(give_and_drop, lambda peer: mute(peer, reached)))
    session = Session.open(
        model=MODEL, api_key="k", base_url=server.base_url, name="forgotten", reconnect=policy,
        **heard.hooks("reconnecting"),
    )  # fmt: skip
    heard.wait("reconnecting")
    if phase == "in setup":
        assert reached.wait(TIMEOUT)
    gone = weakref.ref(session)
    with pytest.warns(ResourceWarning, match="without close"):
        del session
        gc.collect()

    eventually(lambda: gone() is None)
    eventually(lambda: not [t for t in threading.enumerate() if "forgotten" in t.name])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_fork_in_an_outage_leaves_the_parents_session_alone(script, make, heard):
    """The child's copy refuses everything and closes nothing; the parent's goes on."""
    gate = threading.Event()

    def second(peer):
        peer.accept(gate)
        peer.wait_closed()

    server = script(chain(give_and_drop, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "reconnected"))
    session.connect()
    heard.wait("reconnecting")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            session.send_text("from the child")
        except ForkedSessionError:
            code = 0
        finally:
            os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    gate.set()
    heard.wait("reconnected")

    assert session.status == "ready"
