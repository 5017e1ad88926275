"""Beginning and end: nothing is left behind, whoever forgets whom."""

from __future__ import annotations

import gc
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import weakref

import pytest

from gemini_live import ApiError, ConnectionLost, ForkedSessionError, Session, SessionClosed

from .conftest import MODEL, TIMEOUT, Peer, eventually
from .peers import hold


def descriptors() -> int:
    """Return how many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts descriptors in /proc")
def test_200_sessions_leave_threads_and_descriptors_as_they_were(emulator):
    """Two hundred sessions opened and closed one after another leave no thread and no descriptor."""

    def one() -> None:
        heard = []
        session = Session.open(
            model=MODEL, api_key="a-good-key", base_url=emulator.base_url, on_open=heard.append, on_close=heard.append
        )
        session.send_text("hi")
        session.close()

    one()
    gc.collect()
    threads = threading.active_count()
    before = descriptors()

    for _ in range(200):
        one()

    eventually(lambda: threading.active_count() <= threads)
    gc.collect()
    eventually(lambda: descriptors() <= before)


@pytest.mark.parametrize("connected", [False, True])
def test_a_dropped_session_leaves_no_thread(script, connected):
    """A session that is dropped without close() is closed by its finalizer; the server sees an orderly close."""
    server = script(hold)
    session = Session.start_link(model=MODEL, api_key="a-good-key", base_url=server.base_url, on_message=len)
    if connected:
        session.connect()
    name, gone = session.name, weakref.ref(session)

    if connected:
        with pytest.warns(ResourceWarning, match="dropped without close"):
            del session
            eventually(lambda: gc.collect() >= 0 and gone() is None)  # a callback may still be running
    else:
        del session
        gc.collect()

    assert gone() is None
    eventually(lambda: not any(thread.name.startswith(f"gemini-live:{name}") for thread in threading.enumerate()))
    if connected:
        server.result()


def test_a_hundred_sessions_that_were_never_connected_leave_nothing(emulator):
    """start_link alone costs a thread, and dropping the session gives it back."""
    for _ in range(100):
        Session.start_link(model=MODEL, api_key="a-good-key", base_url=emulator.base_url)
    gc.collect()

    eventually(lambda: not any(thread.name.startswith("gemini-live:") for thread in threading.enumerate()))


def test_a_name_names_the_threads(script, make):
    """The session's name is in its threads' names and its repr."""
    names: queue.Queue = queue.Queue()
    session = make(script(hold), name="call-4711", on_open=lambda _: names.put(threading.current_thread().name))
    session.connect()

    assert names.get(timeout=TIMEOUT) == "gemini-live:call-4711:callbacks"
    assert "gemini-live:call-4711" in [thread.name for thread in threading.enumerate()]
    assert "call-4711" in repr(session)
    assert session.model == f"models/{MODEL}"


def test_a_snapshot_tells_the_session_s_state(script, open_session, heard):
    """snapshot() is a frozen value with ages, handle, counts and sizes."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.say({"sessionResumptionUpdate": {"newHandle": "the-secret-handle", "resumable": True}})
        peer.say({"sessionResumptionUpdate": {}}, {"goAway": {"timeLeft": "30s"}})
        peer.wait_closed()

    session = open_session(script(handle), **heard.hooks("go_away"))
    heard.wait("go_away")

    shot = session.snapshot()

    assert (shot.status, shot.connection, shot.reconnects, shot.handle_safe) == ("draining", 1, 0, False)
    assert shot.connection_age >= 0
    assert shot.handle_age >= 0
    assert 0 < shot.time_left <= 30
    assert shot.connect_ms > 0
    assert shot.last_inbound_age >= 0
    assert shot.messages_received == 4
    assert pickle.loads(pickle.dumps(shot)) == shot
    session.close()
    assert session.closed.handle == "the-secret-handle"
    assert session.snapshot().connection_age is None


def test_the_flight_recorder_has_what_happened_without_content(emulator, open_session, tmp_path):
    """flight_recorder() lists frames, commands and transitions, can be saved, and holds no words."""
    session = open_session(emulator)
    session.ask("some private words", timeout=TIMEOUT)
    session.close()

    record = session.flight_recorder()
    record.save(tmp_path / "flight.jsonl")

    kinds = {entry.kind for entry in record}
    assert {"transition", "dial", "sent", "received", "command", "ended"} <= kinds
    assert 0 < len(record) <= 200
    assert "private" not in str(record)
    assert len((tmp_path / "flight.jsonl").read_text().splitlines()) == len(record)


def test_no_secret_is_shown_anywhere(script, make, caplog, capfd, heard):
    """Through connect, failure, go-away and close at DEBUG level neither key nor handle is printed or in a repr."""
    caplog.set_level(logging.DEBUG)
    key, handle = "AIza-very-secret-key", "handle-very-secret"

    def handler(peer: Peer) -> None:
        peer.accept()
        peer.say({"sessionResumptionUpdate": {"newHandle": handle, "resumable": True}}, {"goAway": {"timeLeft": "1s"}})
        peer.receive()
        peer.connection.close(1011, f"{key} and {handle} failed")

    session = make(
        script(handler),
        api_key=key,
        reconnect=False,
        resume_handle="handle-of-before-secret",
        **heard.hooks("go_away", "close", "error"),
    )
    session.connect()
    go_away = heard.wait("go_away")
    session.send_text("go")
    closed = heard.wait("close")

    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("gemini_live"))
    shown = "\n".join(
        [
            logged, *capfd.readouterr(), repr(session), repr(go_away), repr(closed), repr(heard.events),
            str(closed.error), repr(closed.error), closed.reason, str(session.flight_recorder()),
            repr(session.snapshot()), repr(session.flight_recorder()),
        ]
    )  # fmt: skip
    assert key not in shown
    assert handle not in shown.replace(f"'newHandle': '{handle}'", "")  # on_raw_message's own JSON is the caller's
    assert "handle-of-before-secret" not in shown
    assert closed.handle == handle


def test_an_error_document_that_echoes_the_key_is_told_without_it(script, open_session, heard):
    """What a server says of the key in the middle of a session reaches on_error without it, details included."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.say(
            {"error": {"code": 403, "message": "key AIza-very-secret-key", "details": [{"k": "AIza-very-secret-key"}]}}
        )
        peer.wait_closed()

    open_session(script(handle), api_key="AIza-very-secret-key", **heard.hooks("error"))

    error = heard.wait("error")
    assert isinstance(error, ApiError)
    assert error.status == 403
    assert "very-secret" not in f"{error} {error!r} {error.message} {error.details}"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_after_a_fork_the_child_may_not_use_the_parent_s_session(emulator, open_session):
    """Every call in the child raises ForkedSessionError and the parent's connection lives on."""
    session = open_session(emulator)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover - another process
        outcomes = []
        for call in (lambda: session.send_text("x"), session.snapshot, session.close, lambda: session.status):
            try:
                call()
                outcomes.append("nothing")
            except ForkedSessionError:
                outcomes.append("forked")
            except BaseException as error:
                outcomes.append(type(error).__name__)
        os.write(writer, " ".join(outcomes).encode())
        os._exit(0)

    os.close(writer)
    with os.fdopen(reader) as pipe:
        assert pipe.read() == "forked forked forked forked"
    os.waitpid(pid, 0)
    assert session.ask("Still here?", timeout=TIMEOUT).complete


def run(code: str, *, timeout: float = 30, **options) -> subprocess.CompletedProcess:
    """Run a program in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
        **options,
    )


def test_sessions_left_open_at_exit_are_closed(script):
    """A program that ends without close() still says goodbye, and ends soon."""
    codes: list[int] = []

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.wait_closed()
        codes.append(peer.connection.close_code)

    server = script(handle)

    done = run(
        f"""
        from gemini_live import Session
        session = Session.open(model="{MODEL}", api_key="k-k-k-k", base_url="{server.base_url}", on_close=print)
        """
    )

    server.result()
    assert (done.returncode, done.stderr, codes) == (0, "", [1000])


def test_a_callback_that_never_returns_does_not_keep_the_program(script):
    """The exit of the interpreter does not wait for a callback that hangs."""
    server = script(hold)

    done = run(
        f"""
        import threading
        from gemini_live import Session
        inside = threading.Event()
        def hang(_):
            inside.set()
            threading.Event().wait()
        session = Session.open(model="{MODEL}", api_key="k-k-k-k", base_url="{server.base_url}", on_open=hang)
        inside.wait(10)
        """
    )

    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_ends_run(script):
    """SIGINT while run() waits closes the session and the program goes on."""
    server = script(hold)
    program = f"""
        from gemini_live import Session
        session = Session.start_link(
            model="{MODEL}", api_key="k-k-k-k", base_url="{server.base_url}", on_open=lambda _: print("open", flush=True)
        )
        print(session.run().by, flush=True)
        """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "open\n"
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=TIMEOUT)

    assert (out, error, process.returncode) == ("user\n", "", 0)


def test_errors_of_the_end_can_be_pickled(script, open_session):
    """What ended a session survives the way to another process, with its data."""

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.receive()
        peer.connection.close(1011, "Internal error encountered.")

    session = open_session(script(handle), reconnect=False)
    session.send_text("go")
    closed = session.wait(TIMEOUT)

    again = pickle.loads(pickle.dumps(closed.error))

    assert isinstance(again, ConnectionLost)
    assert (again.code, again.reason, len(again.history)) == (1011, closed.error.reason, len(closed.error.history))


def test_a_bug_on_the_session_s_own_thread_is_told_and_ends_it(script, make, heard):
    """If a transport breaks the rules, everybody who waits is told, and on_close says by error."""

    class Broken:
        buffered, unsent = 0, ()

        def attach(self, poller):
            """Nothing to watch."""

        def send(self, payload, receipt=None):
            raise RuntimeError("a bug in a transport")

        def service(self, ready=None):
            return []

        def close(self, code=1000, reason=""):
            """Never reached."""

        def abort(self):
            """Nothing to drop."""

    session = make(script(hold), transport=lambda request, attempt: Broken(), **heard.hooks("close"))

    with pytest.raises(SessionClosed) as caught:
        session.connect()

    assert heard.wait("close").by == "error"
    assert "a bug in a transport" in str(caught.value.__cause__.__cause__)


@pytest.mark.parametrize("code", [999, 1001, 1005, 2999, 5000])
def test_close_takes_only_codes_a_client_may_send(make, emulator, code):
    """A close code that RFC 6455 keeps from applications is refused."""
    with pytest.raises(ValueError, match="code"):
        make(emulator).close(code=code)


def test_close_says_its_code_and_reason_to_the_server(script, open_session):
    """close(code=…, reason=…) is what the server hears."""

    def handle(peer: Peer):
        peer.accept()
        peer.wait_closed()
        return peer.connection.close_code, peer.connection.close_reason

    server = script(handle)
    open_session(server).close(code=3001, reason="lunch")

    assert server.result() == (3001, "lunch")


@pytest.mark.parametrize("form", ["option", "config", "extra", "bearer"])
def test_other_secrets_that_a_server_echoes_are_not_shown(script, open_session, form):
    """Handles given in any way, and a token without its scheme, are taken out; so is one that the reason cuts off."""
    secret = "a-secret-of-more-than-thirty-characters"
    options = {
        "option": {"resume_handle": secret},
        "config": {"session_resumption": {"handle": secret}},
        "extra": {"extra_setup": {"sessionResumption": {"handle": secret}}},
        "bearer": {"headers": {"Authorization": f"Bearer {secret}"}},
    }[form]

    def handle(peer: Peer) -> None:
        peer.accept()
        peer.connection.close(1011, f"{'x' * 70} {secret} {secret}"[:121])

    session = open_session(script(handle), reconnect=False, **options)
    closed = session.wait(TIMEOUT)

    assert "a-secret" not in f"{closed.reason} {closed.error} {closed.error!r}"
    assert "[redacted]" in closed.reason


def test_close_from_many_threads_at_once(script, open_session, heard):
    """Ten threads that close at the same time all return, and on_close is told once."""
    session = open_session(script(hold), **heard.hooks("close"))
    barrier = threading.Barrier(10)

    def close() -> None:
        barrier.wait(TIMEOUT)
        session.close()

    threads = [threading.Thread(target=close) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)

    assert not any(thread.is_alive() for thread in threads)
    assert len(heard.values("close")) == 1
