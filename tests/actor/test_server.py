"""The actor: one thread, calls that are always answered, an orderly end."""

from __future__ import annotations

import _thread
import concurrent.futures
import gc
import itertools
import logging
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gemini_live.actor import Down, Mailbox, Reply, Server, ServerRef, start
from gemini_live.exceptions import CallingSelfError, CallTimeout
from gemini_live.testing import ManualClock
from gemini_live.transport import Poller

from .interrupting import Interrupter

WAIT = 10.0


class Ended(Exception):
    """What callers are told who come too late."""


class Script(Server):
    """Does what its messages say: a callable is called with the server (and the reply), anything else is noted."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.left: list[Any] = []
        self.ends: list[BaseException | None] = []
        self.on_init: Callable[[Script], object] = lambda server: None
        self.on_stop: Callable[[Script], object] = lambda server: server.actor.stop()
        self.on_terminate: Callable[[Script], object] = lambda server: None
        self.on_left_over: Callable[[Any], object] = lambda message: None
        self.make_refusal: Callable[[], Exception] = lambda: Ended("it is over")

    def init(self) -> None:
        self.on_init(self)

    def handle_call(self, request: Any, reply: Reply) -> None:
        if callable(request):
            request(self, reply)
        else:
            reply.answer(request)

    def handle_cast(self, message: Any) -> None:
        if callable(message):
            message(self)
        else:
            self.seen.append(message)

    def handle_info(self, message: Any) -> None:
        if callable(message):
            message(self)
        else:
            self.seen.append(message)

    def handle_stop(self) -> None:
        self.on_stop(self)

    def left_over(self, message: Any) -> None:
        self.left.append(message)
        self.on_left_over(message)

    def terminate(self, reason: BaseException | None) -> None:
        self.ends.append(reason)
        self.on_terminate(self)

    def refusal(self) -> Exception:
        return self.make_refusal()


@pytest.fixture
def server() -> Script:
    """What the actor does."""
    return Script()


@pytest.fixture
def run(server: Script, clock: ManualClock) -> Iterator[Callable[[], ServerRef]]:
    """Start the actor; it is stopped at the end."""
    refs: list[ServerRef] = []

    def begin() -> ServerRef:
        refs.append(start(server, name="actor-under-test", waiter=Poller(), clock=clock))
        return refs[-1]

    yield begin
    for ref in refs:
        server.on_stop = lambda server: server.actor.stop()
        ref.stop()
        assert ref.join(WAIT)


@pytest.fixture
def ref(run: Callable[[], ServerRef]) -> ServerRef:
    """A running actor."""
    return run()


def park(ref: ServerRef) -> threading.Event:
    """Hold the actor inside one message until the returned event is set."""
    gate, parked = threading.Event(), threading.Event()

    def rest(server: Script) -> None:
        parked.set()
        assert gate.wait(WAIT)

    ref.cast(rest)
    assert parked.wait(WAIT)
    return gate


def test_a_call_is_answered(ref: ServerRef) -> None:
    """call() returns what the actor answers."""
    assert ref.call("question") == "question"


def test_a_call_raises_what_the_actor_fails_it_with(ref: ServerRef) -> None:
    """An answer may be an error."""
    with pytest.raises(KeyError, match="no such thing"):
        ref.call(lambda server, reply: reply.fail(KeyError("no such thing")))


def test_the_first_answer_counts(ref: ServerRef) -> None:
    """Later answers and failures are ignored."""

    def twice(server: Script, reply: Reply) -> None:
        reply.answer(1)
        reply.answer(2)
        reply.fail(ValueError("late"))

    assert ref.call(twice) == 1


def test_casts_and_infos_come_in_order(ref: ServerRef, server: Script) -> None:
    """One mailbox, one order."""
    gate = park(ref)
    ref.cast(1)
    assert ref.inform(2)
    ref.cast(3)
    assert ref.queued == 3
    gate.set()
    ref.call("sync")

    assert server.seen == [1, 2, 3]


def test_a_call_that_takes_too_long_times_out(ref: ServerRef, server: Script) -> None:
    """CallTimeout says who did not answer; the request stands and its late answer harms nobody."""
    gate = park(ref)
    with pytest.raises(CallTimeout, match=r"actor-under-test did not answer within 0\.01 s"):
        ref.call(lambda server, reply: (server.seen.append("done"), reply.answer(1)), timeout=0.01)
    gate.set()
    ref.call("sync")

    assert server.seen == ["done"]


def test_a_timeout_as_an_answer_is_no_call_timeout(ref: ServerRef) -> None:
    """When the actor answers with a timeout error of its own, that error comes through."""
    answer = concurrent.futures.TimeoutError("the actor's own")
    with pytest.raises(concurrent.futures.TimeoutError, match="the actor's own"):
        ref.call(lambda server, reply: reply.fail(answer))


def test_an_answer_at_the_last_moment_is_taken() -> None:
    """A reply that comes between the timeout and the look at it is returned, not lost behind a bare timeout."""

    class LateReply(Reply):
        def wait(self, timeout: float | None) -> Any:
            if self.answered:
                return super().wait(timeout)
            self.answer("just in time")
            raise concurrent.futures.TimeoutError

    class LateRef(ServerRef):
        def call_later(self, request: Any) -> Reply:
            return LateReply()

    late = LateRef("late", None, Ended)  # type: ignore[arg-type]
    assert late.call("anything", timeout=0.01) == "just in time"


def test_calling_oneself_is_refused(ref: ServerRef) -> None:
    """call() and join() on the actor's own thread would wait for ever: CallingSelfError."""

    def call_self(server: Script, reply: Reply) -> None:
        errors = []
        for step in (lambda: server.actor.ref.call(1), lambda: server.actor.ref.join(1)):
            with pytest.raises(CallingSelfError) as caught:
                step()
            errors.append(str(caught.value))
        reply.answer((server.actor.ref.is_self(), errors))

    is_self, errors = ref.call(call_self)
    assert is_self
    assert not ref.is_self()
    assert all("session's own thread" in error for error in errors)


def test_start_raises_what_init_raised(server: Script, clock: ManualClock) -> None:
    """There is no actor then: no thread, and the waiter is closed (the leak fixture looks)."""

    def fail(server: Script) -> None:
        raise LookupError("no config")

    server.on_init = fail
    before = threading.active_count()
    with pytest.raises(LookupError, match="no config"):
        start(server, name="stillborn", waiter=Poller(), clock=clock)

    assert threading.active_count() == before
    assert server.ends == []


def test_calls_accepted_during_a_failing_init_are_answered(server: Script, clock: ManualClock) -> None:
    """init may have shown its ref around: who called is refused, left-over casts are handed on, monitors hear."""
    slots: list[Reply] = []
    downs: list[Down] = []
    error = LookupError("no config")

    def fail(server: Script) -> None:
        ref = server.actor.ref
        ref.monitor(downs.append)
        slots.append(ref.call_later("question"))
        ref.cast("left")
        raise error

    server.on_init = fail
    with pytest.raises(LookupError):
        start(server, name="stillborn", waiter=Poller(), clock=clock)

    with pytest.raises(Ended):
        slots[0].wait(0.1)
    assert server.left == ["left"]
    assert downs == [Down("stillborn", error)]


def test_start_that_is_interrupted_leaves_no_thread(server: Script, clock: ManualClock) -> None:
    """Ctrl-C while init runs is raised by start(), and the actor is stopped instead of waited for in vain."""
    interrupted = threading.Event()

    def begin(server: Script) -> None:
        _thread.interrupt_main()
        interrupted.wait(0.2)  # the main thread is in start() now

    server.on_init = begin
    with pytest.raises(KeyboardInterrupt):
        start(server, name="interrupted", waiter=Poller(), clock=clock)

    assert server.ends == [None]


def test_no_thread_to_be_had_leaks_nothing(server: Script, clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system refuses a thread, start() says so and closes the waiter."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"):
        start(server, name="unborn", waiter=Poller(), clock=clock)


def test_an_init_that_stops_ends_at_once(server: Script, run: Callable[[], ServerRef]) -> None:
    """init may decide that there is nothing to do; that is an orderly end."""
    server.on_init = lambda server: server.actor.stop()
    ref = run()

    assert ref.join(WAIT)
    assert server.ends == [None]


@pytest.mark.parametrize("way", ["cast", "info", "call", "timer", "stop"])
def test_a_handler_that_raises_ends_the_actor(way: str, ref: ServerRef, server: Script, clock: ManualClock) -> None:
    """The exception is the reason; waiting calls are refused, left casts handed on, monitors told."""
    error = ArithmeticError("a bug")
    downs: list[Down] = []
    ref.monitor(downs.append)

    def fail(*arguments: object) -> None:
        raise error

    if way == "timer":
        ref.call(lambda server, reply: reply.answer(server.actor.send_after(1, fail) and None))
    gate = park(ref)
    if way == "cast":
        ref.cast(fail)
    elif way == "info":
        ref.inform(fail)
    elif way == "stop":
        server.on_stop = fail
        ref.stop()
    waiting = ref.call_later(fail if way == "call" else (lambda server, reply: None) if way == "timer" else "question")
    if way != "timer":
        ref.cast("left")
    clock.advance(2)
    gate.set()

    assert ref.join(WAIT)
    with pytest.raises(Ended):
        waiting.wait(1)
    assert server.left == ([] if way == "timer" else ["left"])
    assert server.ends == [error]
    assert downs == [Down("actor-under-test", error)]


def test_base_exceptions_end_it_too(ref: ServerRef, server: Script) -> None:
    """sys.exit() in a handler is an end with that reason, never a silent one."""
    error = SystemExit(3)

    def leave(server: Script) -> None:
        raise error

    ref.cast(leave)
    assert ref.join(WAIT)
    assert server.ends == [error]


def test_after_the_end_everything_is_refused(ref: ServerRef) -> None:
    """call, call_later and cast raise the refusal, inform says no, stop is harmless."""
    ref.stop()
    assert ref.join(WAIT)

    with pytest.raises(Ended):
        ref.call("late")
    with pytest.raises(Ended):
        ref.call_later("late").wait(0)
    with pytest.raises(Ended):
        ref.cast("late")
    assert not ref.inform("late")
    ref.stop()
    assert not ref.is_alive()
    assert "ended" in repr(ref)


def test_repr_names_it(ref: ServerRef) -> None:
    """A living actor is shown as such."""
    assert repr(ref) == "<ServerRef actor-under-test alive>"


def test_stop_comes_after_what_waits(ref: ServerRef, server: Script) -> None:
    """An orderly stop handles what was in the mailbox before it and refuses what came after."""
    gate = park(ref)
    early = ref.call_later("early")
    ref.cast("before")
    ref.stop()
    late = ref.call_later("late")
    ref.cast("after")
    gate.set()

    assert early.wait(WAIT) == "early"
    with pytest.raises(Ended):
        late.wait(WAIT)
    assert ref.join(WAIT)
    assert server.seen == ["before"]
    assert server.left == ["after"]
    assert server.ends == [None]


def test_a_stop_may_take_its_time(ref: ServerRef, server: Script) -> None:
    """handle_stop decides when: until then the actor goes on serving."""
    server.on_stop = lambda server: server.seen.append("asked")
    ref.stop()
    assert ref.call("still here") == "still here"
    ref.cast(lambda server: server.actor.stop())
    assert ref.join(WAIT)
    assert server.seen == ["asked"]


def test_a_stop_with_a_reason_tells_it(ref: ServerRef, server: Script) -> None:
    """The first reason given to stop() is what terminate and monitors hear."""
    reason = ConnectionError("gone")

    def stop_twice(server: Script) -> None:
        server.actor.stop(reason)
        server.actor.stop(ValueError("second"))

    ref.cast(stop_twice)
    assert ref.join(WAIT)
    assert server.ends == [reason]


def test_deferred_replies_that_never_came_are_refused(ref: ServerRef) -> None:
    """A handler may keep the slot; whatever it still owes at the end is answered with the refusal."""
    kept: list[Reply] = []
    slots = [ref.call_later(lambda server, reply: kept.append(reply)) for _ in range(200)]
    ref.call("sync")
    for reply in kept[::2]:
        reply.answer("from another thread")
    ref.stop()
    assert ref.join(WAIT)

    for number, slot in enumerate(slots):
        if number % 2 == 0:
            assert slot.wait(0) == "from another thread"
        else:
            with pytest.raises(Ended):
                slot.wait(0)


def test_what_comes_in_the_middle_of_a_flood_is_not_forgotten(ref: ServerRef) -> None:
    """It waits behind more messages than are handled at once, and wakes nobody, because the actor is awake."""
    park, heard = threading.Event(), threading.Event()
    ref.cast(lambda server: park.wait(WAIT))
    for number in range(200):
        ref.cast((lambda server: ref.cast(lambda server: heard.set())) if number == 0 else (lambda server: None))
    park.set()
    assert heard.wait(WAIT)


def test_a_signal_in_the_middle_of_a_cast_may_wait_for_the_actor(ref: ServerRef, server: Script) -> None:
    """A handler that asks the actor, as one that closes a session does, is answered at whatever step it comes."""
    answers: list[Any] = []

    def ask() -> None:
        answers.append(ref.call("question", timeout=WAIT))

    fired = True
    while fired:
        interrupter = Interrupter(Mailbox.put.__code__, len(answers), ask)
        before = sys.gettrace()
        sys.settrace(interrupter)
        try:
            ref.cast(len(answers))
        finally:
            sys.settrace(before)
        fired = interrupter.fired
    assert len(answers) > 2, "the signals did not come"
    assert set(answers) == {"question"}
    ref.call("sync")
    assert sorted(server.seen) == list(range(len(answers) + 1))


def test_answered_calls_are_not_kept(ref: ServerRef) -> None:
    """An actor that lives long does not collect the slots of the calls it has answered."""
    first = ref.call_later("question")
    assert first.wait(WAIT) == "question"
    for _ in range(200):
        ref.call("question")

    held = [referrer for referrer in gc.get_referrers(first) if isinstance(referrer, set)]
    assert held == []


@pytest.mark.parametrize("step", ["terminate", "left_over", "refusal"])
def test_an_end_that_fails_still_answers(
    step: str, ref: ServerRef, server: Script, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever raises in the cleaning up, callers are answered, other casts handed on, and monitors told."""
    error = OSError("cleaning up failed")
    downs: list[Down] = []
    ref.monitor(downs.append)

    def fail(*arguments: object) -> Any:
        raise error

    setattr(server, {"terminate": "on_terminate", "left_over": "on_left_over", "refusal": "make_refusal"}[step], fail)
    gate = park(ref)
    ref.stop()
    slots = [ref.call_later("late") for _ in range(3)]
    ref.cast("one")
    ref.cast("two")
    with caplog.at_level(logging.CRITICAL, logger="gemini_live"):
        gate.set()
        assert ref.join(WAIT)

    for slot in slots:
        with pytest.raises(OSError if step == "refusal" else Ended):
            slot.wait(0)
    assert server.left == ["one", "two"]
    assert len(server.ends) == 1
    assert downs == [Down("actor-under-test", None if step == "refusal" else error)]


def test_monitors_hear_of_the_end_once(ref: ServerRef) -> None:
    """On the actor's thread; one that was taken away hears nothing."""
    heard: list[tuple[Down, str]] = []
    ref.monitor(lambda down: heard.append((down, threading.current_thread().name)))
    ref.monitor(lambda down: heard.append((down, "unwanted")))()
    ref.stop()
    assert ref.join(WAIT)

    assert heard == [(Down("actor-under-test", None), "actor-under-test")]


def test_a_monitor_that_comes_late_hears_at_once(ref: ServerRef) -> None:
    """After the end it is called in monitor() itself."""
    ref.stop()
    assert ref.join(WAIT)
    heard: list[Down] = []
    remove = ref.monitor(heard.append)
    remove()

    assert heard == [Down("actor-under-test", None)]


@pytest.mark.parametrize("error", [ValueError("a monitor's bug"), SystemExit(1)])
def test_a_raising_monitor_harms_nobody(error: BaseException, ref: ServerRef, caplog: pytest.LogCaptureFixture) -> None:
    """The others are told, the actor ends in order, and the log says which one it was."""
    heard: list[Down] = []

    def fail(down: Down) -> None:
        raise error

    ref.monitor(fail)
    ref.monitor(heard.append)
    ref.stop()
    assert ref.join(WAIT)

    assert heard == [Down("actor-under-test", None)]
    assert "a monitor of actor-under-test raised" in caplog.text


def test_every_monitor_added_around_the_end_hears_once(server: Script, run: Callable[[], ServerRef]) -> None:
    """Many threads add monitors while the actor ends: each hears exactly once."""
    ref = run()
    barrier = threading.Barrier(5)
    heard: list[list[Down]] = []

    def add() -> None:
        barrier.wait(WAIT)
        for _ in range(200):
            mine: list[Down] = []
            heard.append(mine)
            ref.monitor(mine.append)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait(WAIT)
    ref.stop()
    for thread in threads:
        thread.join(WAIT)
    assert ref.join(WAIT)

    assert [len(mine) for mine in heard] == [1] * 800


def test_timers_are_messages_on_the_actors_clock(ref: ServerRef, server: Script, clock: ManualClock) -> None:
    """send_after() delivers when the clock has moved, in order; a cancelled one never."""

    def begin(server: Script, reply: Reply) -> None:
        server.actor.send_after(2, "b")
        server.actor.send_after(1, "a")
        server.actor.send_after(1.5, "x").cancel()
        reply.answer()

    ref.call(begin)
    ref.call("sync")
    assert server.seen == []
    clock.advance(1)
    ref.call("sync")
    ref.call("sync")
    assert server.seen == ["a"]
    done = threading.Event()
    ref.call(lambda server, reply: reply.answer(server.actor.send_after(3, lambda server: done.set()) and None))
    clock.advance(5)  # the actor is asleep now, without a timeout: the clock itself must wake it
    assert done.wait(WAIT)
    assert server.seen == ["a", "b"]


def test_a_timer_that_stops_the_actor_is_the_last(ref: ServerRef, server: Script, clock: ManualClock) -> None:
    """Nothing is handled after stop(), not even a timer that is due."""

    def begin(server: Script, reply: Reply) -> None:
        server.actor.send_after(1, lambda server: server.actor.stop())
        server.actor.send_after(1, "too late")
        reply.answer()

    ref.call(begin)
    clock.advance(1)
    assert ref.join(WAIT)
    assert server.seen == []


def test_timers_belong_to_the_actors_thread(ref: ServerRef, server: Script) -> None:
    """Elsewhere send_after() is refused."""
    with pytest.raises(AssertionError, match="actor's thread"):
        server.actor.send_after(1, "message")


def test_a_flood_does_not_starve_timers(ref: ServerRef, server: Script, clock: ManualClock) -> None:
    """A message that renews itself for ever leaves the timers their turn."""

    def renew(server: Script) -> None:
        if "timer" not in server.seen:
            server.actor.ref.inform(renew)

    ref.call(lambda server, reply: reply.answer(server.actor.send_after(1, "timer") and None))
    ref.cast(renew)
    clock.advance(1)
    for _ in range(1_000):
        if ref.call("sync") and "timer" in server.seen:
            break

    assert server.seen == ["timer"]


def test_an_ended_actor_is_garbage(server: Script, clock: ManualClock) -> None:
    """Neither the clock nor the thread keeps anything of it."""
    ref = start(server, name="short", waiter=Poller(), clock=clock)
    ref.stop()
    assert ref.join(WAIT)
    actor = weakref.ref(server.actor)
    del server.actor, ref
    gc.collect()

    assert actor() is None


def test_ready_channels_after_a_stop_are_not_handled(server: Script, clock: ManualClock) -> None:
    """When the first of two ready channels stops the actor, the second is left alone."""

    class TwoReady:
        def wait(self, timeout: float | None) -> list[Any]:
            return [lambda server: server.actor.stop(), "second"]

        def wake(self) -> None:
            """Do nothing: it never rests."""

        def close(self) -> None:
            """Do nothing."""

    ref = start(server, name="two-ready", waiter=TwoReady(), clock=clock)
    assert ref.join(WAIT)
    assert server.seen == []


@pytest.mark.parametrize("end", ["stop", "crash"])
def test_every_call_around_the_end_is_answered_or_refused(end: str, clock: ManualClock) -> None:
    """Six threads call and cast while the actor ends, many times over: none hangs, no cast is lost."""
    for _ in range(15):
        server = Script()
        ref = start(server, name="stressed", waiter=Poller(), clock=clock)
        barrier = threading.Barrier(7)
        answered: list[int] = []
        refused: list[int] = []
        accepted: list[int] = []

        def work(number: int, ref: ServerRef = ref, barrier: threading.Barrier = barrier) -> None:
            barrier.wait(WAIT)
            for turn in range(100_000):
                try:
                    ref.cast((number, turn))
                    accepted.append((number, turn))  # type: ignore[arg-type]  # noqa: B023
                    ref.call(turn, timeout=WAIT)
                    answered.append(turn)  # noqa: B023
                except Ended:
                    refused.append(number)  # noqa: B023
                    return

        def crash(server: Script) -> None:
            raise ArithmeticError

        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        barrier.wait(WAIT)
        if end == "stop":
            ref.stop()
        else:
            ref.cast(crash)
        for thread in threads:
            thread.join(WAIT)
        assert ref.join(WAIT)

        assert sorted(refused) == list(range(6))
        assert sorted(server.seen + server.left) == sorted(accepted)


def test_the_defaults_of_a_server() -> None:
    """A bare Server stops when it is asked to, drops what is left, and refuses with a RuntimeError."""
    server = Server()
    for method in (server.handle_cast, server.handle_info):
        with pytest.raises(NotImplementedError):
            method("message")
    with pytest.raises(NotImplementedError):
        server.handle_call("request", Reply())

    ref = start(server, name="bare", waiter=Poller(), clock=ManualClock())
    ref.stop()
    assert ref.join(WAIT)
    with pytest.raises(RuntimeError, match="has ended"):
        ref.call("late")
    server.left_over("message")


def test_a_flood_of_messages_leaves_time_for_everything_else(server: Script, clock: ManualClock) -> None:
    """Timers, and what is done once a round, have their turn in between."""
    rounds: list[int] = []
    server.round_over = lambda: rounds.append(len(server.seen))  # type: ignore[method-assign]
    ref = start(server, name="flooded", waiter=Poller(), clock=clock)
    held, go = threading.Event(), threading.Event()

    def hold(here: Script) -> None:
        here.actor.send_after(0.0, "timer")
        held.set()
        assert go.wait(WAIT)

    ref.cast(hold)
    assert held.wait(WAIT)
    for number in range(1_000):
        ref.cast(number)
    go.set()
    ref.call("done", timeout=WAIT)
    ref.stop()
    assert ref.join(WAIT)
    assert [one for one in server.seen if one != "timer"] == list(range(1_000))
    assert server.seen.index("timer") < 500
    assert max(after - before for before, after in itertools.pairwise(rounds)) < 500


def test_a_thread_is_not_taken_for_one_that_has_ended(server: Script, clock: ManualClock) -> None:
    """The system gives the number of an ended thread to the next one."""
    ref = start(server, name="ended", waiter=Poller(), clock=clock)
    ref.stop()
    assert ref.join(WAIT)
    answers: list[bool] = []
    for _ in range(20):
        thread = threading.Thread(target=lambda: answers.append(ref.is_self()))
        thread.start()
        thread.join(WAIT)
    assert answers == [False] * 20
