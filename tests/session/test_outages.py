"""Outages at awkward moments: what the program gets, what the server gets, and what neither gets twice."""

from __future__ import annotations

import base64
import contextlib
import threading

import pytest

from gemini_live import HandshakeError, ReconnectPolicy
from gemini_live.stores import MemoryHandleStore
from gemini_live.testing import ManualClock

from .conftest import AT_ONCE, EXACT, TIMEOUT, WATCHFUL, chain, eventually, handle_in, words_in
from .peers import (
    GONE,
    busy,
    die,
    forgetting,
    give_and_drop,
    go_away,
    hold,
    leaving,
    mute,
    read_one,
    read_two,
    refuse_key,
    take_and_drop,
)

HISTORY_MODEL = "gemini-3.1-flash-live-preview"


def _quietly(function):
    """Call it where nobody minds what it raises."""
    with contextlib.suppress(Exception):
        function()


def test_a_second_connection_that_never_answers_the_setup_is_given_up(script, make, heard):
    """The connect timeout holds for the setup on the spare connection as for any other."""
    server = script(chain(leaving(), mute, hold))
    session = make(server, reconnect=AT_ONCE, connect_timeout=0.5, **heard.hooks("reconnected"))
    session.connect()

    heard.wait("reconnected")


def test_a_change_over_that_is_refused_for_good_ends_in_an_error(script, make, heard):
    """A key that was revoked meanwhile is no end by the user."""
    session = make(script(chain(leaving(), refuse_key)), reconnect=AT_ONCE, **heard.hooks("close", "error"))
    session.connect()
    closed = heard.wait("close")

    assert closed.error is not None
    assert closed.by != "user"


def test_a_second_update_keeps_the_first_ones_settings(emulator, open_session):
    """What is not named stays, as it is and not as it was at the start."""
    session = open_session(emulator, reconnect=AT_ONCE)
    session.update(system_instruction="Be brief.")
    session.update(output_audio_transcription={})

    assert "Be brief." in str(emulator.sessions[-1].setup)


def test_an_update_of_the_activity_detection_counts_for_sends(emulator, open_session):
    """Where automatic detection was disabled by an update, the program may mark activity."""
    session = open_session(emulator, reconnect=AT_ONCE)
    session.update(realtime_input_config={"automatic_activity_detection": {"disabled": True}})

    session.send_activity_start()


@pytest.mark.parametrize("retry", [False, True])
def test_a_stored_handle_that_is_bad_hinders_no_start(emulator, make, retry):
    """The store's handle has expired: the session begins afresh, and the store forgets it."""
    store = MemoryHandleStore()
    store.save("line", "a-handle-of-long-ago")
    session = make(emulator, name="line", store=store, reconnect=AT_ONCE)

    session.connect(retry=retry)

    session.close()
    assert store.load("line") != "a-handle-of-long-ago"


def test_the_answer_to_a_call_of_a_dead_connection_is_dropped_during_the_outage(script, make, heard):
    """The call's connection is gone; the answer is given before another is there."""
    gate = threading.Event()

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say({"toolCall": {"functionCalls": [{"id": "c1", "name": "look"}]}})
        heard.wait("tool_call")
        peer.drop()

    def second(peer):
        return peer.accept(gate), peer.receive()

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("tool_call", "reconnecting", "reconnected"))
    session.connect()
    heard.wait("reconnecting")
    session.send_tool_response({"id": "c1", "name": "look", "response": {"output": 1}})
    gate.set()
    heard.wait("reconnected")
    session.send_text("go on")

    assert "toolResponse" not in server.result(1)[1]
    assert session.snapshot().stale_answers == 1


def test_no_history_is_announced_that_will_not_come(script, make, heard):
    """A fresh start that tells nothing (fresh="empty") does not announce it: the next content would be swallowed."""
    server = script(chain(forgetting(heard), hold))
    policy = ReconnectPolicy(base_delay=0, fresh="empty")
    session = make(server, model=HISTORY_MODEL, reconnect=policy, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.send_text("hello")
    heard.wait("reconnected")
    session.close()

    assert "historyConfig" not in server.result(1)["setup"]


def test_a_second_connect_announces_no_history(script, make):
    """After a connect that failed in the setup, the next is a first connect like it."""
    server = script(chain(busy, hold))
    session = make(server, model=HISTORY_MODEL, reconnect=AT_ONCE)
    with pytest.raises(Exception, match="busy"):
        session.connect()
    session.connect()
    session.close()

    assert "historyConfig" not in server.result(1)["setup"]


@pytest.mark.parametrize("phase", ["waiting", "setup"])
def test_closing_in_an_outage_is_no_error(script, make, heard, phase):
    """The program ends the session while it reconnects: by the user, without on_error."""
    delay = 60.0 if phase == "waiting" else 0.0
    reached = threading.Event()
    policy = ReconnectPolicy(base_delay=delay, max_delay=delay)
    server = script(chain(give_and_drop, lambda peer: mute(peer, reached)))
    session = make(server, reconnect=policy, **heard.hooks("reconnecting", "error", "close"))
    session.connect()
    heard.wait("reconnecting")
    if phase == "setup":
        assert reached.wait(TIMEOUT)
    session.close()
    closed = heard.wait("close")

    assert closed.by == "user"
    assert closed.error is None
    assert heard.values("error") == []


def test_a_given_handle_is_used_until_there_is_a_newer(script, make, heard):
    """The connection dies before the server's first update: what it was resumed with is still the way back."""
    server = script(chain(lambda peer: (peer.accept(), peer.drop()), hold))
    session = make(server, resume_handle="given", reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.connect()
    heard.wait("reconnected")
    session.close()

    assert handle_in(server.result(1)) == "given"


def test_a_fresh_session_is_never_left_for_the_old_ones_handle(script, make, heard):
    """The server knew the session no more; what was begun instead dies before its first handle."""
    server = script(
        chain(
            lambda peer: (
                peer.accept(),
                peer.offer("old"),
                heard.wait("session_resumption"),
                peer.connection.close(*GONE),
            ),
            lambda peer: (peer.accept(), heard.wait("reconnected"), peer.drop()),
            hold,
        )
    )
    session = make(server, reconnect=AT_ONCE, **heard.hooks("session_resumption", "reconnected"))
    session.connect()
    heard.wait("reconnected", 2)
    session.close()

    assert handle_in(server.result(2)) is None


def test_what_was_said_in_the_turn_that_was_cut_is_in_the_seed(script, make, heard):
    """The user's words of a spoken turn that the drop has cut belong to the conversation."""

    def first(peer):
        peer.accept()
        peer.say({"serverContent": {"inputTranscription": {"text": "My name is Bob."}}})
        peer.say({"serverContent": {"outputTranscription": {"text": "Hello B"}}})
        heard.wait("transcription", 2)
        peer.connection.close(*GONE)

    server = script(chain(first, read_one))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("transcription", "reconnected"))
    session.connect()
    heard.wait("reconnected")
    session.send_text("What is my name?")

    assert "My name is Bob." in words_in(server.result(1))


def test_history_that_the_program_has_told_is_in_the_seed(script, make, heard):
    """seed_history() and content without turn_complete are part of what a fresh session is told, and in their place."""

    def first(peer):
        peer.accept()
        peer.receive()
        peer.offer("h1", lastConsumedClientMessageIndex="1")
        peer.receive()
        peer.offer("h2", lastConsumedClientMessageIndex="2")
        peer.answer("Alice.")
        heard.wait("turn_complete")
        peer.connection.close(*GONE)

    server = script(chain(first, read_one))
    session = make(server, reconnect=AT_ONCE, **EXACT, **heard.hooks("turn_complete", "reconnected"))
    session.connect()
    session.seed_history([{"role": "user", "parts": [{"text": "My name is Alice."}]}])
    session.send_text("Who am I?")
    heard.wait("reconnected")
    session.send_text("again")

    assert "\n".join(words_in(server.result(1))).splitlines() == ["My name is Alice.", "Who am I?", "Alice."]


def test_the_seed_counts_among_the_messages_that_the_server_has_taken_in(script, make, heard):
    """Where the server counts, the first message after a seed is the second of its connection."""
    gate = threading.Event()

    def second(peer):
        peer.accept()
        peer.receive()  # the seed
        peer.receive()  # the question
        peer.offer("h2", lastConsumedClientMessageIndex="1")
        heard.wait("session_resumption")
        peer.drop()

    def third(peer):
        peer.accept()
        gate.wait(TIMEOUT)
        return peer.receive()

    server = script(chain(forgetting(heard), second, third))
    session = make(
        server, reconnect=AT_ONCE, **EXACT, **heard.hooks("turn_complete", "reconnected", "session_resumption")
    )
    session.connect()
    session.send_text("hello")
    heard.wait("reconnected")
    session.send_text("a question")
    heard.wait("reconnected", 2)
    gate.set()
    session.send_text("marker")

    assert words_in(server.result(2)) == ["a question"]


def test_attempts_are_counted_anew_when_a_stable_connection_is_left(script, make, heard):
    """A change-over after a stable connection begins with a full number of attempts."""

    def third(peer):
        peer.accept()
        peer.offer("h2")
        heard.wait("reconnected")
        peer.say(go_away())
        peer.wait_closed()

    policy = ReconnectPolicy(base_delay=0, max_attempts=2, stable_after=0)
    server = script(chain(give_and_drop, busy, third, busy, hold))
    session = make(server, reconnect=policy, **heard.hooks("reconnected", "close"))
    session.connect()

    heard.wait("reconnected", 2)


def test_the_budget_holds_for_an_outage_that_began_with_a_change_over(script, make, heard):
    """The time without a connection counts, whoever left whom."""
    clock = ManualClock()
    policy = ReconnectPolicy(base_delay=0, budget=10, max_attempts=1000)
    closed = threading.Event()

    def late(attempt):
        clock.advance(6)  # each attempt takes this long, as far as the session can tell

    server = script(chain(leaving(), busy))
    session = make(
        server,
        reconnect=policy,
        clock=clock,
        connect_timeout=1000,
        on_reconnecting=lambda news: (heard.hook("reconnecting")(news), late(news)),
        on_close=lambda _: closed.set(),
    )
    session.connect()
    heard.wait("reconnecting", 2)

    assert closed.wait(5), f"{len(heard.values('reconnecting'))} attempts in a budget of 10 s"


def test_a_go_away_before_the_setup_is_complete_has_its_deadline(script, make, heard):
    """It is said before setupComplete: the session still changes over before the time is up, though it is generating."""

    def first(peer):
        peer.receive()
        peer.say(go_away("1s"))
        peer.say({"setupComplete": {}, "serverContent": {"outputTranscription": {"text": "A long story"}}})
        peer.wait_closed()

    session = make(script(chain(first, hold)), reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.connect()

    heard.wait("reconnected")


def test_a_go_away_does_not_put_off_an_updates_deadline(script, make, heard):
    """An update is made at the latest after its timeout, also when the server says meanwhile that it goes in an hour."""
    told = threading.Event()  # when the update's second connection is dialled: its timer runs

    def second(peer):
        told.set()
        hold(peer)

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.say({"serverContent": {"outputTranscription": {"text": "A long story"}}})
        assert told.wait(TIMEOUT)
        peer.say(go_away("3600s"))
        peer.wait_closed()

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnected", "transcription"))
    session.connect()
    heard.wait("transcription")
    done = threading.Thread(target=_quietly, args=(lambda: session.update(system_instruction="x", timeout=0.5),))
    done.start()

    try:
        heard.wait("reconnected")
    finally:
        session.close()
        done.join(TIMEOUT)


def test_an_update_does_not_wait_when_the_first_dial_fails(server, make, heard):
    """An idle session whose second connection was refused dials again, or changes over; it does not wait 30 seconds."""
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnected"))
    session.connect()
    server.fail_next(status=503)
    done = threading.Thread(target=_quietly, args=(lambda: session.update(system_instruction="x"),))
    done.start()
    try:
        heard.wait("reconnected")
    finally:
        session.close()
        done.join(TIMEOUT)


def test_park_waits_for_a_handle_that_covers_what_was_sent(script, make):
    """Context that was sent after the last handle is not left behind: the next handle is the one to go on with."""

    def first(peer):
        peer.accept()
        peer.offer("too-old")
        peer.receive()
        peer.offer("newer")
        peer.wait_closed()

    got = threading.Event()
    session = make(script(first), reconnect=AT_ONCE, on_session_resumption=lambda _: got.set())
    session.connect()
    assert got.wait(TIMEOUT)
    session.send_client_content("Keep in mind: 42.", turn_complete=False)

    assert session.park(timeout=2) == "newer"


def test_a_go_away_without_a_handle_does_not_begin_afresh_where_that_is_forbidden(script, make, heard):
    """With fresh="fail" the connection is used to its last moment, and its end is the session's: nothing in silence."""

    def first(peer):
        peer.accept()
        peer.receive()
        peer.answer()
        peer.say(go_away("0.1s"))
        with pytest.raises(TimeoutError):
            peer.connection.recv(timeout=0.5)  # the last moment has come and gone
        peer.drop()

    policy = ReconnectPolicy(base_delay=0, fresh="fail")
    server = script(chain(first, hold))
    session = make(server, reconnect=policy, session_resumption=False, **heard.hooks("close", "reconnected"))
    session.connect()
    session.send_text("hello")
    closed = heard.wait("close")
    server.result(0)

    assert heard.values("reconnected") == []
    assert closed.error is not None


def test_the_turns_that_a_drop_has_cut_do_not_vouch_for_the_handle(script, make, heard):
    """Two deaths right after a resume prove a handle bad, though the first resume ended the turn that was cut."""

    def first(peer):
        peer.accept()
        peer.offer("bad")
        peer.say({"serverContent": {"outputTranscription": {"text": "Once upon"}}})
        heard.wait("transcription")
        peer.drop()

    server = script(chain(first, die, die, die, hold))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("transcription", "reconnected"))
    session.connect()
    heard.wait("reconnected", 3)
    session.close()

    assert [handle_in(server.result(index)) for index in (1, 2, 3)] == ["bad", "bad", None]


class HangingStore:
    """A store that never returns."""

    def __init__(self):
        self.release = threading.Event()

    def load(self, name):
        self.release.wait(30)

    save = discard = lambda self, *arguments: self.release.wait(30)


def test_a_store_that_hangs_does_not_keep_a_session_from_starting(emulator, make):
    """A handle is worth something, but no start."""
    store = HangingStore()
    try:
        make(emulator, name="line", store=store, reconnect=AT_ONCE, connect_timeout=2).connect()
    finally:
        store.release.set()


def test_the_error_says_that_trying_again_is_of_no_use(script, make, heard):
    """The drop was harmless, the key was revoked: what ask() raises says so."""
    session = make(script(chain(give_and_drop, refuse_key)), reconnect=AT_ONCE, **heard.hooks("close"))
    session.connect()
    error = heard.wait("close").error

    assert not error.retryable
    assert "key" in error.hint


@pytest.mark.parametrize("code", [1014, 4000])
def test_a_code_that_nobody_knows_is_no_reason_to_give_up(code, script, make, heard):
    """A proxy's 1014 (bad gateway) or a code of tomorrow: the session tries to go on."""
    server = script(chain(lambda peer: (peer.accept(), peer.offer("h"), peer.connection.close(code, "")), hold))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnected", "close"))
    session.connect()

    heard.wait("reconnected")


def test_a_with_statement_during_an_outage_is_entered(script, make, heard):
    """A session that is being reconnected is a session."""
    entered = threading.Event()

    def second(peer):
        peer.accept(entered)
        peer.wait_closed()

    server = script(chain(give_and_drop, second))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnecting", "reconnected"))
    session.connect()
    heard.wait("reconnecting")
    try:
        with session:
            entered.set()
            heard.wait("reconnected")
    finally:
        entered.set()


def test_a_spoken_conversation_without_transcripts_and_handle_is_not_left_early(script, make, heard):
    """There is no handle and nothing to seed with: until the deadline the old connection is all there is."""
    second_open = threading.Event()

    def first(peer):
        peer.accept()
        peer.say(
            {
                "serverContent": {
                    "modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA"}}]}
                }
            }
        )
        peer.say({"serverContent": {"turnComplete": True}})
        peer.say(go_away("3600s"))
        return peer.receive()

    def spare(peer):
        try:
            peer.connection.recv(timeout=0.5)  # a setup would be too soon
        except TimeoutError:
            pass
        finally:
            second_open.set()
        peer.wait_closed()

    server = script(chain(first, spare))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("reconnected", "go_away"))
    session.connect()
    heard.wait("go_away")
    assert second_open.wait(TIMEOUT)
    session.send_text("still there?")

    assert "clientContent" in server.result(0)


def test_audio_of_before_the_loss_is_as_late_as_any(server, make, heard):
    """What waited behind a dead peer is cut to the newest two seconds as well, not only what is sent later."""
    policy = ReconnectPolicy(base_delay=0, ping_after=0.05, dead_peer_after=0.5)
    session = make(server, reconnect=policy, **heard.hooks("reconnected", "overflow"))
    session.connect()
    server.freeze_all()
    for _ in range(400):
        session.send_audio(bytes(32_000))  # a second each
    heard.wait("reconnected")
    session.send_text("done")
    server.sessions[1].wait_for(lambda message: "clientContent" in message)
    assert server.sessions[1].audio_bytes <= 3 * 32_000


def test_a_second_connect_has_as_many_attempts_as_the_first(server, make):
    """What an earlier connect(retry=True) has used up is its own."""
    server.fail_next(status=503, times=6)
    session = make(server, reconnect=ReconnectPolicy(base_delay=0, max_attempts=2))
    for _ in range(2):
        with pytest.raises(HandshakeError):
            session.connect(retry=True)

    assert server.attempts == 6


def test_ask_with_audio_that_was_cut_returns_the_turn_interrupted(script, make, heard):
    """Speech is not said again: ask() is not left to its timeout."""

    def first(peer):
        peer.accept()
        peer.offer("h1")
        while "audioStreamEnd" not in peer.receive().get("realtimeInput", {}):
            pass
        peer.drop()

    session = make(script(chain(first, hold)), reconnect=AT_ONCE)
    session.connect()

    assert session.ask(audio=bytes(3200), timeout=TIMEOUT).interrupted


@pytest.mark.parametrize("how", ["reset", "black hole", "1000"])
def test_a_network_that_fails_three_times_in_a_row_is_no_proof_against_the_handle(server, make, heard, how):
    """The server has said nothing against it: the conversation is resumed each time, not begun afresh."""
    session = make(server, reconnect=WATCHFUL, **heard.hooks("reconnected"))
    session.connect()
    session.ask("Remember the number 42. Just say OK.", timeout=TIMEOUT)
    for number in range(1, 5):
        {"reset": server.drop_all, "black hole": server.freeze_all, "1000": server.close_all}[how]()
        heard.wait("reconnected", number)

    assert [news.resumed for news in heard.values("reconnected")] == [True] * 4


def test_at_the_deadline_there_is_one_dial_at_a_time(server, make, heard):
    """The second connection is still being dialled when the session must leave: that dial is waited for, or ended."""
    from gemini_live.transport.opening import open_websocket

    lock, gate, dialled, going_on, most = threading.Lock(), threading.Event(), 0, 0, 0

    def connector(request, attempt):
        nonlocal dialled, going_on, most
        with lock:
            dialled, going_on = dialled + 1, going_on + 1
            most, second = max(most, going_on), dialled == 2
        try:
            if second:
                gate.wait(1.2)  # three times what is left
            return open_websocket(request, attempt)
        finally:
            with lock:
                going_on -= 1

    session = make(server, reconnect=AT_ONCE, transport=connector, **heard.hooks("reconnected"))
    session.connect()
    server.go_away(0.4)
    try:
        heard.wait("reconnected")
    finally:
        gate.set()

    assert most == 1


def test_speech_of_an_answer_that_begins_again_is_not_heard_twice(script, make, heard):
    """What is queued for on_audio of the attempt that was cut is dropped, as at an interruption."""
    release, got = threading.Event(), []

    def sound(value):
        data = base64.b64encode(bytes([value, 0]) * 240).decode()
        return {
            "serverContent": {
                "modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": data}}]}
            }
        }

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        for _ in range(20):
            peer.say(sound(1))
        eventually(lambda: session.snapshot().callback_queue >= 15)
        peer.drop()

    def second(peer):
        peer.accept()
        peer.receive()
        peer.say(sound(2))
        peer.answer()
        peer.wait_closed()

    def hear(chunk):
        got.append(chunk.data[0])
        assert release.wait(TIMEOUT)

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, on_audio=hear, **heard.hooks("turn_complete"))
    session.connect()
    session.ask("hello", timeout=TIMEOUT)
    release.set()
    heard.wait("turn_complete")

    assert got == [1, 2]


def test_a_busy_server_refuses_no_settings(server, make):
    """update(): 503 at the dial says nothing about the new setup; it is tried again within the policy."""
    session = make(server, reconnect=AT_ONCE)
    session.connect()
    server.fail_next(status=503, times=3)
    session.update(system_instruction="Be brief.")

    assert "Be brief." in str(server.sessions[-1].setup)


def test_what_went_out_and_was_never_confirmed_is_told_when_it_gives_up(script, make, heard):
    """A question that was on its way when the connection died, and could not be sent again, is in unsent."""
    policy = ReconnectPolicy(base_delay=0, max_attempts=1)
    session = make(script(chain(take_and_drop, busy)), reconnect=policy, **heard.hooks("close"))
    session.connect()
    session.send_text("did it arrive?")

    assert [unsent.kind for unsent in heard.wait("close").unsent] == ["client_content"]


@pytest.mark.parametrize("together", [True, False], ids=["with the setup's end", "before it"])
def test_a_handle_that_comes_with_the_setups_end_vouches_for_nothing(script, make, heard, together):
    """It says what the old connection had taken in when its own handle was given, not what was on its way since."""
    clock = ManualClock()
    update = {"sessionResumptionUpdate": {"newHandle": "h2", "resumable": True}}

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.receive()
        clock.advance(3.0)  # an age at which a handle would cover it, on its own connection
        peer.drop()

    def second(peer):
        peer.receive()
        if together:
            peer.say({"setupComplete": {}, **update})
        else:
            peer.say(update, {"setupComplete": {}})
        return peer.receive()

    server = script(chain(first, second))
    session = make(server, reconnect=AT_ONCE, clock=clock, **heard.hooks("reconnected", "session_resumption"))
    session.connect()
    heard.wait("session_resumption")  # of the first connection, before its clock is put forward
    session.send_text("did it arrive?")

    assert heard.wait("reconnected").replayed == 1
    assert words_in(server.result(1)) == ["did it arrive?"]


def test_a_seed_that_may_not_have_arrived_is_told_again(script, make, heard):
    """A handle that came before the server can have read it is one to an empty conversation."""

    def second(peer):
        peer.accept()
        peer.offer("empty")
        heard.wait("session_resumption")
        peer.drop()

    server = script(chain(forgetting(heard), second, read_two))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("turn_complete", "reconnected", "session_resumption"))
    session.connect()
    session.send_text("My name is Alice.")
    heard.wait("reconnected", 2)
    setup, seed = server.result(2)

    assert handle_in(setup) is None
    assert "My name is Alice." in words_in(seed)
    assert not heard.wait("reconnected", 2).resumed


def test_a_seed_that_was_answered_to_is_resumed_with(script, make, heard):
    """From the first handle after the answer on, the handle holds the conversation."""

    def second(peer):
        peer.accept()
        peer.receive()
        peer.receive()
        peer.answer("Alice.")
        heard.wait("turn_complete", 2)
        peer.offer("whole")
        heard.wait("session_resumption")
        peer.drop()

    server = script(chain(forgetting(heard), second, hold))
    session = make(server, reconnect=AT_ONCE, **heard.hooks("turn_complete", "reconnected", "session_resumption"))
    session.connect()
    session.send_text("My name is Alice.")
    heard.wait("reconnected")
    session.send_text("Who am I?")
    heard.wait("reconnected", 2)
    session.close()

    assert handle_in(server.result(2)) == "whole"
