"""Nothing that a session prints, raises or shows holds a key, a token or a handle, whatever the server says."""

from __future__ import annotations

import http
import logging
import traceback

import pytest

from gemini_live import GeminiLiveError, HandshakeError
from gemini_live.protocol.policy import ReconnectPolicy

from ..transport.proxies import ProxyServer
from .conftest import MODEL

SECRET = "correct-horse-battery-staple"
HANDLE = "resume-handle-of-forty-or-so-characters"
OLD_HANDLE = "an-older-handle-of-forty-or-so-characters"
WORD = "word-of-the-proxy"


class Account:
    """Credentials of google-auth's form."""

    token, valid, quota_project_id = SECRET, True, None

    def refresh(self, request):
        """Bring the same again."""


WHO = {
    "key": {"api_key": SECRET},
    "token": {"api_key": None, "token": f"auth_tokens/{SECRET}"},
    "token function": {"api_key": None, "token": lambda: f"auth_tokens/{SECRET}"},
    "header": {"api_key": None, "headers": {"Authorization": f"Bearer {SECRET}"}},
    "access token": {"api_key": None, "project_id": "p", "access_token": SECRET},
    "google-auth": {"api_key": None, "project_id": "p", "credentials": Account()},
    "express": {"auth": "vertex_ai", "api_key": SECRET},
}


class Everything:
    """Collects all that a program could print of a session."""

    def __init__(self):
        self.shown = []
        self.raw = []

    def event(self, name, measurements, attributes):
        """Hear what an observer hears."""
        self.shown.append(f"{name} {measurements} {attributes}")

    def put_nowait(self, event):
        """Hear what an owner hears; what the server said in so many words is content, and is the program's."""
        if event.name not in ("raw_message", "message", "session_resumption", "close"):
            self.shown.append(str(event.value))
        self.shown.append(repr(event) if event.name != "raw_message" else "")

    def of(self, error):
        """Note everything an error shows."""
        self.shown += [str(error), repr(error), "".join(traceback.format_exception(error))]
        while error is not None:
            self.shown += [f"{name}={value!r}" for name, value in vars(error).items()]
            error = error.__cause__ or error.__context__


def told(request):
    """Return what a talkative server repeats of a request."""
    return " ".join(f"{name}: {value}" for name, value in request.headers.raw_items())


@pytest.mark.parametrize("who", WHO.values(), ids=WHO)
def test_a_session_at_debug_level_shows_no_secret(script, make, caplog, capsys, who):
    """Through a refused upgrade, a refused setup, a working connection, its loss, and close; with a server that echoes."""
    stage = []

    def check(connection, request):
        stage.append(request)
        if len(stage) <= 2:  # the first, and once more where credentials can be renewed
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, told(request)) if len(stage) == 1 else None
        return None

    def handle(peer):
        setup = peer.receive()
        echo = told(stage[-1])
        if len(peers) == 0:
            peers.append("refused")
            peer.connection.close(1008, f"{SECRET} {OLD_HANDLE}")
            return
        peer.say({"setupComplete": {}})
        peer.say({"sessionResumptionUpdate": {"newHandle": HANDLE, "resumable": True}})
        peer.say({"error": {"code": 400, "message": f"{echo} {setup} {HANDLE}"}})
        peer.say(b"no json " + SECRET.encode())
        peer.receive()
        peer.connection.close(1011, f"{HANDLE} {SECRET}")

    peers, seen = [], Everything()
    with caplog.at_level(logging.DEBUG):
        session = make(
            script(handle, process_request=check),
            **who,
            resume_handle=OLD_HANDLE,
            observer=seen,
            owner=seen,
            name="s",
            reconnect=ReconnectPolicy(max_attempts=1, base_delay=0),
        )
        for _ in range(3):
            try:
                session.connect()
                break
            except GeminiLiveError as error:
                seen.of(error)
        assert session.status == "ready"
        seen.shown += [repr(session.snapshot()), repr(session), repr(session.flight_recorder())]
        session.send_text("hello")
        closed = session.wait(timeout=10)
        seen.of(closed.error)
        with pytest.raises(GeminiLiveError) as caught:
            session.send_text("more")
        seen.of(caught.value)
        seen.shown += [repr(closed), str(closed), repr(session.flight_recorder()), repr(session.snapshot())]
        session.close()

    output = capsys.readouterr()
    records = [record for record in caplog.records if not record.name.startswith("websockets")]  # the test's own server
    logged = [f"{record.getMessage()} {vars(record)}" for record in records]
    everything = "\n".join([*seen.shown, *logged, output.out, output.err])
    for secret in (SECRET, HANDLE, OLD_HANDLE):
        assert secret not in everything
    assert len(seen.shown) > 20
    assert "[redacted]" in everything
    for request in stage:
        assert SECRET not in request.path


def test_the_handle_of_a_closed_session_can_be_used_and_is_not_shown(script, make):
    """Closed.handle is the handle; a repr of it is not."""

    def handle(peer):
        peer.accept()
        peer.say({"sessionResumptionUpdate": {"newHandle": HANDLE, "resumable": True}})
        peer.connection.close(1000, "")

    session = make(script(handle), reconnect=False)
    session.connect()
    closed = session.wait(timeout=10)

    assert closed.handle == HANDLE
    assert HANDLE not in repr(closed)


@pytest.mark.parametrize("good", [True, False])
def test_a_proxy_s_password_is_not_shown(emulator, make, caplog, good):
    """Neither where the proxy lets the session through nor where it echoes what it refuses."""
    with ProxyServer(username="user", password=WORD) as proxy, caplog.at_level(logging.DEBUG):
        url = proxy.url if good else proxy.url.replace(WORD, f"not-{WORD}")
        session = make(emulator, proxy=url, model=MODEL)
        shown = [repr(session._options)]
        if good:
            session.connect()
            shown += [repr(session.snapshot()), repr(session.flight_recorder())]
        else:
            with pytest.raises(HandshakeError) as caught:
                session.connect()
            shown += [str(caught.value), repr(vars(caught.value)), "".join(traceback.format_exception(caught.value))]
        session.close()

    assert WORD not in "\n".join([*shown, caplog.text])
    assert caplog.records
