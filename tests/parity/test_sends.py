"""What is said after the setup: this library sends what Google's own client sends."""

from __future__ import annotations

import pytest

from gemini_live.exceptions import ConfigError

from .canonical import shown, snake_names
from .sends import REFUSED, SENDS, STRICTER

CASES = [pytest.param(send, backend, id=f"{send.name}, {backend}") for send in SENDS for backend in send.backends]
REFUSALS = [pytest.param(send, backend, id=f"{send.name}, {backend}") for send in REFUSED for backend in send.backends]
STRICTNESS = [
    pytest.param(send, backend, id=f"{send.name}, {backend}") for send in STRICTER for backend in send.backends
]


def test_there_is_every_kind_of_message():
    """Every kind of client message is sent to both backends, no two sends have one name, departures have reasons."""
    names = [send.name for send in SENDS]

    assert len(set(names)) == len(names)
    assert all((send.expected is None) == (not send.reason) for send in SENDS)
    for backend in ("gemini", "vertex_ai"):
        methods = {send.google[0] for send in SENDS if backend in send.backends}
        assert methods == {"send_client_content", "send_realtime_input", "send_tool_response", "send_context_update"}


@pytest.mark.parametrize("send, backend", CASES)
def test_the_message_is_googles(send, backend, google, library):
    """Both clients, told the same, say the same, in one message of one kind."""
    _, theirs = google.talk(backend, send.options, [send.google]).frames
    _, ours = library.talk(backend, send.options, [send.ours]).frames

    wanted = theirs
    if send.expected is not None:
        assert shown(wanted) != shown(send.expected), "google-genai agrees by now"
        wanted = send.expected
    assert shown(ours) == shown(wanted)
    assert len(ours) == 1
    assert snake_names(ours) == []


@pytest.mark.parametrize("send, backend", REFUSALS)
def test_what_google_refuses_is_refused(send, backend, google, library):
    """A message that the service would close the connection for is an error of both clients, and nothing is sent."""
    with google.recorder.listening() as theirs, pytest.raises(ValueError):
        google.run(backend, send.options, [send.google])
    with google.recorder.listening() as ours, pytest.raises(ConfigError):
        library.run(backend, send.options, [send.ours])

    assert [list(frame) for frame in theirs[0].frames] == [["setup"]]
    assert [list(frame) for frame in ours[0].frames] == [["setup"]]


@pytest.mark.parametrize("send, backend", STRICTNESS)
def test_what_google_only_overlooks_is_refused(send, backend, google, library):
    """A field that the backend does not have is an error here wherever it stands; Google's client sends some."""
    assert send.reason
    assert len(google.talk(backend, send.options, [send.google]).frames) == 2, "google-genai agrees by now"
    with google.recorder.listening() as ours, pytest.raises(ConfigError):
        library.run(backend, send.options, [send.ours])

    assert len(ours[0].frames) == 1


@pytest.mark.parametrize("backend", ["gemini", "vertex_ai"])
def test_order_is_kept(backend, google, library):
    """Everything that needs no settings of its own, sent one after the other in one session, arrives in that order."""
    sends = [send for send in SENDS if backend in send.backends and not send.options and send.expected is None]
    theirs = google.talk(backend, {}, [send.google for send in sends]).frames
    ours = library.talk(backend, {}, [send.ours for send in sends]).frames

    assert len(ours) == len(sends) + 1
    assert [shown(frame) for frame in ours] == [shown(frame) for frame in theirs]
