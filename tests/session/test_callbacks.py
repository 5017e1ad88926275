"""Who hears what, where, in which order, and what happens when they misbehave."""

from __future__ import annotations

import contextvars
import gc
import queue
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from gemini_live import (
    CallbackError,
    CallingSelfError,
    ConfigError,
    Event,
    ProtocolError,
    ServerMessage,
    Session,
    TextDelta,
    current_session,
)
from gemini_live.testing import FakeTransport

from .conftest import TIMEOUT, Peer, eventually

ALL_AT_ONCE = {
    "sessionResumptionUpdate": {"newHandle": "a-new-handle", "resumable": True},
    "serverContent": {
        "modelTurn": {
            "parts": [
                {"text": "hm", "thought": True},
                {"text": "Yes"},
                {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAEC/w=="}},
            ]
        },
        "inputTranscription": {"text": " hi"},
        "outputTranscription": {"text": "Yes"},
        "generationComplete": True,
        "turnComplete": True,
    },
    "voiceActivity": {"type": "ACTIVITY_START", "audioOffset": "1.5s"},
    "toolCall": {"functionCalls": [{"id": "c1", "name": "f", "args": {"a_b": 1}}]},
    "toolCallCancellation": {"ids": ["c0"]},
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
    "goAway": {"timeLeft": "9.5s"},
    "somethingNew": {"x": 1},
}
ORDER = [
    "raw_message", "message", "session_resumption", "transcription", "thought", "text", "audio", "transcription",
    "transcription", "transcription", "voice_activity", "tool_call", "tool_call_cancellation", "generation_complete", "usage", "turn_complete", "go_away",
]  # fmt: skip


def say(*messages, after=0):
    """Return a handler that completes the setup, takes ``after`` messages, says its own and waits for the close."""

    def handle(peer: Peer) -> None:
        peer.accept()
        for _ in range(after):
            peer.receive()
        peer.say(*messages)
        peer.wait_closed()

    return handle


def test_every_field_of_one_message_is_told_in_the_documented_order(script, open_session, heard):
    """One message with everything in it reaches every callback, once, in order, decoded."""
    open_session(script(say(ALL_AT_ONCE, after=1)), **heard.hooks(*set(ORDER))).send_text("go")

    go_away = heard.wait("go_away")

    start = next(i for i, (name, value) in enumerate(heard.events) if name == "raw_message" and "goAway" in value)
    assert [name for name, _ in heard.events[start:]] == ORDER
    by_name = dict(heard.events[start:])
    assert by_name["raw_message"] == ALL_AT_ONCE
    assert isinstance(by_name["message"], ServerMessage)
    assert by_name["message"].raw["somethingNew"] == {"x": 1}
    assert (by_name["text"], by_name["text"].turn, type(by_name["text"])) == ("Yes", 1, TextDelta)
    assert (by_name["audio"].data, by_name["audio"].rate, by_name["audio"].turn) == (b"\x00\x01\x02\xff", 24000, 1)
    assert by_name["tool_call"].function_calls[0].args == {"a_b": 1}
    assert by_name["usage"].response_token_count == by_name["usage"].candidates_token_count == 4
    assert (go_away.time_left_ms, go_away.handle) == (9500, "a-new-handle")
    turn = by_name["turn_complete"]
    assert (turn.number, turn.text, turn.thoughts, turn.output_transcript) == (1, "Yes", "hm", "Yes")
    assert turn.input_transcript == "hi"


def test_messages_that_make_no_sense_are_errors_and_the_next_one_is_told(script, open_session, heard):
    """Bad JSON, no object and misfitting values reach on_error; the session goes on."""
    server = script(
        say(b"\xff\xfe", "{", "[1]", {"goAway": 7}, {"serverContent": {"outputTranscription": {"text": "on"}}})
    )
    open_session(server, **heard.hooks("error", "transcription"))

    assert heard.wait("transcription").text == "on"
    errors = heard.values("error")
    assert [type(error) for error in errors] == [ProtocolError] * 4


def test_after_a_go_away_sending_goes_on(script, open_session, heard):
    """A go-away makes the session drain, and what it sends still reaches the server."""

    def handle(peer: Peer):
        peer.accept()
        peer.say({"goAway": {"timeLeft": "50s"}})
        message = peer.receive()
        peer.wait_closed()
        return message

    server = script(handle)
    session = open_session(server, reconnect=False, **heard.hooks("go_away"))
    heard.wait("go_away")

    session.send_text("still here")

    assert session.status == "draining"
    assert 0 < session.snapshot().time_left <= 50
    session.close()
    assert server.result()["clientContent"]


def test_a_callback_that_sleeps_delays_no_send_no_pong_and_no_close(script, open_session):
    """While a callback hangs for three seconds, sends go out, pings are answered and close() returns."""
    inside, let_go = threading.Event(), threading.Event()
    delays = {}

    def hang(_: object) -> None:
        inside.set()
        let_go.wait(3)

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.say({"serverContent": {"outputTranscription": {"text": "x"}}})
        peer.receive()
        began = time.monotonic()
        assert peer.connection.ping().wait(TIMEOUT)
        delays["pong"] = time.monotonic() - began
        peer.wait_closed()

    server = script(handle)
    session = open_session(server, on_transcription=hang)
    assert inside.wait(TIMEOUT)
    began = time.monotonic()

    session.send_text("now", wait=True, timeout=TIMEOUT)
    delays["send"] = time.monotonic() - began
    eventually(lambda: "pong" in delays)
    before_close = time.monotonic()
    session.close()
    delays["close"] = time.monotonic() - before_close

    hung = not let_go.is_set()
    let_go.set()
    assert hung
    assert delays["send"] < 0.5
    assert delays["pong"] < 0.5
    assert delays["close"] < 0.5
    server.result()


def test_a_callback_that_raises_is_reported_and_delivery_goes_on(script, open_session, heard):
    """What a callback raises arrives at on_error as a CallbackError with the cause, and the next event is told."""
    server = script(say({"serverContent": {"outputTranscription": {"text": "a"}}}, {"goAway": {}}))

    def fail(_: object) -> None:
        raise KeyError("user bug")

    open_session(server, on_transcription=fail, **heard.hooks("error", "go_away"))

    heard.wait("go_away")
    error = heard.wait("error")
    assert isinstance(error, CallbackError)
    assert (error.event, type(error.error), type(error.__cause__)) == ("transcription", KeyError, KeyError)


def test_an_error_callback_that_raises_is_only_logged(script, open_session, heard, caplog):
    """on_error itself may fail without an endless loop; the log has it."""
    server = script(say("{", {"goAway": {}}))

    def fail(_: object) -> None:
        raise RuntimeError("again")

    def bad_text(_: object) -> None:
        raise ValueError

    open_session(server, on_error=fail, on_raw_message=bad_text, **heard.hooks("go_away"))

    heard.wait("go_away")
    assert "on_error raised" in caplog.text


def test_without_an_error_callback_a_failing_callback_is_logged(script, open_session, heard, caplog):
    """With nobody at on_error the log says which callback failed."""
    server = script(say({"goAway": {}}))

    def fail(_: object) -> None:
        raise ValueError("user bug")

    open_session(server, on_message=fail, **heard.hooks("go_away"))

    heard.wait("go_away")
    assert "on_message raised ValueError: user bug" in caplog.text


def test_an_error_that_nobody_hears_any_more_is_logged(script, open_session, heard, caplog):
    """A callback that was taken away again hears nothing, and the log does."""
    removed = []

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.say("no JSON", {"serverContent": {"turnComplete": True}})
        peer.wait_closed()

    session = open_session(script(handle), **heard.hooks("turn_complete"))
    session.on("error", removed.append)()
    session.send_text("Go.")
    heard.wait("turn_complete")
    assert removed == []
    assert "nobody listens to on_error" in caplog.text


def test_on_off_once_and_the_decorator(script, open_session, heard):
    """Callbacks come and go at any time, several for one event in the order of registration."""

    def handle(peer: Peer) -> None:
        peer.accept()
        for _ in range(3):
            peer.receive()
            peer.say({"serverContent": {"outputTranscription": {"text": "x"}}})
        peer.wait_closed()

    session = open_session(script(handle))
    order = []
    remove = session.on("transcription", lambda _: order.append("first"))

    @session.on("transcription")
    def second(event):
        order.append("second")

    session.on("on_transcription", heard.hook("end"))
    session.once("transcription", lambda _: order.append("once"))

    @session.once("transcription")
    def once_too(event):
        order.append("once too")

    session.send_text("1")
    heard.wait("end", 1)
    session.send_text("2")
    heard.wait("end", 2)
    remove()
    assert session.off("transcription", second) == 1
    session.send_text("3")
    heard.wait("end", 3)

    assert order == ["first", "second", "once", "once too", "first", "second"]
    assert session.off("transcription") == 1


@pytest.mark.parametrize(
    ("event", "function", "match"),
    [
        ("transcripton", print, "did you mean transcription"),
        ("text", lambda: None, "one argument"),
        ("text", lambda a, b: None, "one argument"),
        ("text", "not a function", "function"),
        (7, print, "unknown"),
    ],
)
def test_a_callback_that_can_never_work_is_refused(make, emulator, event, function, match):
    """Unknown events and functions that can't take one argument are refused at registration."""
    with pytest.raises(ConfigError, match=match):
        make(emulator).on(event, function)


def test_an_async_callback_is_refused(make, emulator):
    """A coroutine function would never be awaited, so it is refused with a sentence."""

    async def callback(_):
        """Never run."""

    with pytest.raises(ConfigError, match="async"):
        make(emulator).on("text", callback)


def test_a_built_in_without_a_signature_will_do(make, emulator):
    """Functions whose signature can't be read are taken on trust."""
    make(emulator).on("text", dict.fromkeys)


def test_a_handler_object_and_an_owner_queue_hear_of_everything(script, open_session):
    """handler's on_ methods are callbacks; owner receives every event as a name and a value."""
    owner: queue.Queue[Event] = queue.Queue()
    told = threading.Event()

    class Handler:
        def on_go_away(self, event):
            told.set()

    session = open_session(script(say({"goAway": {}})), handler=Handler(), owner=owner)

    assert told.wait(TIMEOUT)
    session.close()
    names = []
    while not owner.empty():
        names.append(owner.get().name)
    assert names == ["raw_message", "message", "open", "raw_message", "message", "go_away", "close"]


def test_a_handler_with_a_slip_is_refused(make, emulator):
    """An on_ method that is no event is most likely misspelt."""

    class Handler:
        def on_mesage(self, event):
            """Never called."""

    with pytest.raises(ConfigError, match="on_mesage.*message|message"):
        make(emulator, handler=Handler())


def test_a_full_owner_queue_ends_nothing(script, open_session, heard, caplog):
    """An owner that does not take an event is logged; the session goes on."""
    owner: queue.Queue[Event] = queue.Queue(maxsize=1)

    open_session(script(say({"goAway": {}})), owner=owner, **heard.hooks("go_away"))

    heard.wait("go_away")
    assert "did not take" in caplog.text


request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="none")


@pytest.mark.parametrize("dispatch", ["thread", "inline", "executor"])
def test_callbacks_run_in_the_context_of_start_link(script, make, dispatch):
    """A callback sees the context variables of the code that called start_link, and its own session."""
    seen: queue.Queue = queue.Queue()
    with ThreadPoolExecutor(2) as pool:
        token = request_id.set("r-17")
        session = make(
            script(say({"goAway": {}})),
            dispatch=pool if dispatch == "executor" else dispatch,
            on_go_away=lambda _: seen.put((request_id.get(), current_session())),
        )
        request_id.reset(token)

        session.connect()

        assert seen.get(timeout=TIMEOUT) == ("r-17", session)
        assert current_session() is None
        session.close()


@pytest.mark.parametrize(("dispatch", "suffix"), [("thread", ":callbacks"), ("inline", ""), ("executor", "pool")])
def test_callbacks_run_where_dispatch_says(script, make, dispatch, suffix):
    """A thread of their own, the session's thread, or the executor's."""
    names: queue.Queue = queue.Queue()
    with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:
        session = make(
            script(say({"goAway": {}})),
            name="where",
            dispatch=pool if dispatch == "executor" else dispatch,
            on_go_away=lambda _: names.put(threading.current_thread().name),
        )
        session.connect()
        name = names.get(timeout=TIMEOUT)
        session.close()
    assert name.startswith("pool") if dispatch == "executor" else name == f"gemini-live:where{suffix}"


def test_an_executor_keeps_one_at_a_time_and_in_order(script, make, heard):
    """With an executor of many threads callbacks still never overlap and keep their order."""
    count = 200
    messages = [{"serverContent": {"outputTranscription": {"text": str(i)}}} for i in range(count)]
    running, overlaps = threading.Lock(), []

    def hear(event) -> None:
        if not running.acquire(blocking=False):
            overlaps.append(event)
            return
        heard.hook("text")(event.text)
        running.release()

    with ThreadPoolExecutor(8) as pool:
        session = make(script(say(*messages)), dispatch=pool, on_transcription=hear)
        session.connect()
        heard.wait("text", count)
        session.close()

    assert heard.values("text") == [str(i) for i in range(count)]
    assert not overlaps


@pytest.mark.parametrize("cancel", [False, True])
def test_an_executor_that_was_shut_down_loses_nothing(script, make, heard, caplog, cancel):
    """When the executor takes no more work, or throws it away, callbacks get a thread of their own."""
    pool = ThreadPoolExecutor(1)
    names: queue.Queue = queue.Queue()
    inside, go = threading.Event(), threading.Event()
    if cancel:
        pool.submit(lambda: (inside.set(), go.wait(TIMEOUT)))
        assert inside.wait(TIMEOUT)
    session = make(
        script(say({"goAway": {}})),
        reconnect=False,  # one go-away, one event
        dispatch=pool,
        on_go_away=lambda _: names.put(threading.current_thread().name),
        **heard.hooks("close"),
    )
    if not cancel:
        pool.shutdown()
    session.connect()
    if cancel:
        eventually(lambda: session.snapshot().callback_queue == 1)
        pool.shutdown(wait=False, cancel_futures=True)
        go.set()

    assert names.get(timeout=TIMEOUT).endswith(":callbacks")
    session.close()
    heard.wait("close")
    assert "the executor" in caplog.text


def test_close_does_not_wait_for_a_busy_executor(script, make):
    """A pool whose workers are all busy delays no close()."""
    inside, go = threading.Event(), threading.Event()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: (inside.set(), go.wait(TIMEOUT)))
        assert inside.wait(TIMEOUT)
        session = make(script(say()), dispatch=pool, on_open=len)
        session.connect()
        began = time.monotonic()

        session.close()

        took = time.monotonic() - began
        go.set()
    assert took < 1


def test_nothing_is_told_after_on_close(script, make, heard, caplog):
    """An on_close that raises is logged; no error follows it anywhere."""
    owner: queue.Queue = queue.Queue()

    def fail(_: object) -> None:
        raise ValueError("in on_close")

    session = make(script(say()), owner=owner, on_close=fail, **heard.hooks("error"))
    session.connect()
    session.close()

    eventually(lambda: "on_close raised in on_close" in caplog.text)
    assert heard.values("error") == []
    assert list(owner.queue)[-1].name == "close"


def test_interruption_discards_the_queued_speech_of_its_turn(script, open_session, heard):
    """Audio that waits behind a slow callback is dropped when the turn is interrupted; other events keep their order."""
    parked, go = threading.Event(), threading.Event()
    audio = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "AAAA"}}]}}}
    text = {"serverContent": {"outputTranscription": {"text": "words"}}}

    def park(event) -> None:
        heard.hook("go_away")(event)
        parked.set()
        go.wait(TIMEOUT)

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.say({"goAway": {}})
        assert parked.wait(TIMEOUT)
        peer.say(
            audio,
            audio,
            text,
            {"serverContent": {"interrupted": True}},
            {"serverContent": {"turnComplete": True}},
            audio,
        )
        peer.wait_closed()

    hooks = heard.hooks("audio", "transcription", "interrupted", "turn_complete")
    session = open_session(script(handle), reconnect=False, on_go_away=park, **hooks)
    eventually(lambda: session.snapshot().callback_queue == 5)
    go.set()

    last = heard.wait("audio")
    names = [name for name, _ in heard.events]
    assert names == ["go_away", "transcription", "interrupted", "transcription", "turn_complete", "audio"]
    assert last.turn == 2
    assert heard.values("interrupted")[0].received_ms > 0
    assert session.snapshot().discarded_audio_bytes == 6


def test_close_from_a_callback_does_not_wait_for_itself(script, make, heard):
    """A callback may close its session; on_close is the last thing told."""
    session = make(script(say({"goAway": {}}, {"goAway": {}})), reconnect=False, **heard.hooks("close"))
    session.on("go_away", lambda _: session.close(), once=True)
    session.connect()

    closed = heard.wait("close")

    assert (closed.by, closed.code, closed.clean) == ("user", 1000, True)
    assert heard.events[-1][0] == "close"


def test_a_callback_may_ask(emulator, make):
    """A blocking call that the actor answers is allowed in a callback."""
    answers: queue.Queue = queue.Queue()
    session = make(emulator, on_open=lambda _: answers.put(current_session().ask("Hello", timeout=TIMEOUT)))
    session.connect()

    assert answers.get(timeout=TIMEOUT).complete


def test_wait_in_a_callback_would_wait_for_itself(script, make):
    """wait() in a callback of the same session is refused."""
    errors: queue.Queue = queue.Queue()

    def wait(_: object) -> None:
        try:
            current_session().wait(1)
        except CallingSelfError as error:
            errors.put(error)

    session = make(script(say()), on_open=wait)
    session.connect()

    assert isinstance(errors.get(timeout=TIMEOUT), CallingSelfError)


@pytest.mark.parametrize(
    "call",
    [
        lambda s: s.connect(),
        lambda s: s.ask("x"),
        lambda s: s.wait_for_turn(1),
        lambda s: s.expect(),
        lambda s: s.receive(),
        lambda s: s.events(),
        lambda s: s.wait(1),
        lambda s: s.send_text("x", wait=True),
        lambda s: s.stream_audio(b""),
    ],
)
def test_blocking_calls_inline_are_refused(script, make, call):
    """With dispatch="inline" a callback runs on the session's thread, where nothing may wait for it."""
    errors: queue.Queue = queue.Queue()

    def blocks(_: object) -> None:
        try:
            call(current_session())
        except BaseException as error:
            errors.put(error)

    session = make(script(say()), on_open=blocks, dispatch="inline")
    session.connect()

    assert isinstance(errors.get(timeout=TIMEOUT), CallingSelfError)


def test_inline_callbacks_may_send_and_close(script, make, heard):
    """With dispatch="inline" a callback may send, look and close."""

    def handle(peer: Peer):
        peer.accept()
        message = peer.receive()
        peer.wait_closed()
        return message

    def act(_: object) -> None:
        session = current_session()
        session.send_text("from inside")
        session.snapshot()
        session.close()

    server = script(handle)
    session = make(server, on_open=act, dispatch="inline", **heard.hooks("close"))
    session.connect()

    assert heard.wait("close").by == "user"
    assert server.result()["clientContent"]["turns"][0]["parts"][0]["text"] == "from inside"


def test_a_slow_callback_is_seen_in_the_snapshot_and_by_the_observer(script, open_session, heard):
    """How long the slowest callback took is part of the snapshot while it runs and after."""
    names: queue.Queue = queue.Queue()

    class Watch:
        def event(self, name, measurements, attributes):
            if name == "callback.slow":
                names.put((name, measurements["duration_ms"], attributes["callback"]))

    gone = threading.Event()
    inside = threading.Event()

    def slow(_: object) -> None:
        inside.set()
        gone.wait(0.6)

    session = open_session(script(say({"goAway": {}})), on_go_away=slow, observer=Watch())
    assert inside.wait(TIMEOUT)
    assert session.snapshot().slowest_callback >= 0.0

    name, duration, callback = names.get(timeout=TIMEOUT)
    assert (name, callback) == ("callback.slow", "go_away")
    assert duration >= 500
    assert session.snapshot().slowest_callback >= 0.5


def test_the_observer_hears_of_a_session_from_init_to_close(script, make, heard):
    """The telemetry events of a session's life, with sizes and codes and without content."""
    seen: list = []

    class Watch:
        def event(self, name, measurements, attributes):
            assert attributes["session"] == "watched"
            seen.append((name, dict(measurements), dict(attributes)))

    server = script(
        say({"serverContent": {"outputTranscription": {"text": "secret words"}, "turnComplete": True}}, after=1)
    )
    session = make(server, name="watched", observer=Watch(), **heard.hooks("turn_complete"))
    session.connect()
    session.send_text("secret words")
    heard.wait("turn_complete")
    session.close()

    names = [name for name, _, _ in seen]
    for name in (
        "session.init", "transport.connect.start", "transport.connect.stop", "session.ready", "session.message.sent",
        "transport.send", "session.message.received", "transport.receive", "session.turn", "transport.close",
        "session.close",
    ):  # fmt: skip
        assert name in names
    assert names[0] == "session.init"
    assert names[-1] == "session.close"
    assert "secret" not in repr(seen)


def test_the_first_of_several_messages_is_told_before_the_next_is_read():
    """Who waits for a word does not wait for what the server has said together with it."""
    told = threading.Event()
    in_time = []

    class Watch:
        def event(self, name, measurements, attributes):
            if name == "transport.receive" and in_time == ["begin"]:
                in_time.append("first")
            elif name == "transport.receive" and in_time == ["begin", "first"]:
                in_time.append(told.wait(TIMEOUT))

    fake = FakeTransport()
    with Session.open(
        model="gemini-3.1-flash-live-preview",
        api_key="k",
        transport=fake,
        observer=Watch(),
        on_text=lambda _: told.set(),
    ):
        in_time.append("begin")
        part = {"serverContent": {"modelTurn": {"parts": [{"text": "word"}]}}}
        fake.connection.say(part, {"serverContent": {"turnComplete": True}})
        eventually(lambda: len(in_time) == 3)
    assert in_time == ["begin", "first", True]


def test_an_observer_that_raises_is_not_called_again(script, make, caplog):
    """A failing observer is reported once and can't harm the session."""
    calls = []

    class Broken:
        def event(self, name, measurements, attributes):
            calls.append(name)
            raise RuntimeError

    session = make(script(say()), observer=Broken())
    session.connect()

    assert len(calls) == 1
    assert "observer raised" in caplog.text
    assert session.status == "ready"


def test_a_session_that_is_dropped_is_let_go_while_callbacks_wait():
    """It is closed, and what is still told is told without it."""
    fake, told, go = FakeTransport(), [], threading.Event()

    def hear(text):
        told.append((text, current_session() is not None))
        assert go.wait(TIMEOUT)

    session = Session.open(model="gemini-3.8-live", api_key="any", transport=fake, on_text=hear)
    fake.say(*({"serverContent": {"modelTurn": {"parts": [{"text": word}]}}} for word in ("one", "two")))
    gone = weakref.ref(session)
    eventually(lambda: told and gone().snapshot().callback_queue == 1)
    with pytest.warns(ResourceWarning, match="dropped without close"):
        del session
        go.set()
        eventually(lambda: len(told) == 2)
        gc.collect()
        eventually(lambda: not fake.connection.open)
    assert told == [("one", True), ("two", False)]
    assert gone() is None


def test_an_owner_may_wait_for_a_thread_that_uses_the_session():
    """No lock is held while its queue takes an event."""
    fake, done = FakeTransport(), []

    class Owner:
        def put_nowait(self, event):
            if event.name == "turn_complete":
                thread = threading.Thread(target=lambda: done.append(session.receive()))
                thread.start()
                thread.join(TIMEOUT)
                done.append(thread.is_alive())

    with Session.open(model="gemini-3.8-live", api_key="any", transport=fake, owner=Owner()) as session:
        fake.answer("Yes.")
        eventually(lambda: len(done) == 2)
    assert done[1] is False
