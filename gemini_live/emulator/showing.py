"""The records as JSON: without credentials and handles, with sound by its length.  Pure; any thread."""

from __future__ import annotations

from typing import Any

import attrs

from .access import caller_of
from .hiding import Hider, Secrets
from .ledger import Ledger
from .records import EmulatedRequest, EmulatedSession


def _hider(record: EmulatedSession | EmulatedRequest, secrets: Secrets) -> Hider:
    return secrets.hider(caller_of(record.headers, record.query))


def summary(session: EmulatedSession, secrets: Secrets) -> dict[str, Any]:
    """Return a connection in short."""
    hide = _hider(session, secrets)
    return {
        "number": session.number,
        "path": hide(session.path),
        "open": session.open,
        "close_code": session.close_code,
        "close_reason": hide(session.close_reason),
        "resumed": session.resumed,
        "opened_at": session.opened_at,
        "ready_at": session.ready_at,
        "first_audio_at": session.first_audio_at,
        "last_audio_at": session.last_audio_at,
        "ended_at": session.ended_at,
        "messages": session.cut_messages + len(session.received),
        "cut_messages": session.cut_messages,
        "audio_bytes": session.audio_bytes,
        "cut_audio_bytes": session.cut_audio_bytes,
        "open_calls": hide(session.open_calls),
    }


def show_session(session: EmulatedSession, secrets: Secrets) -> dict[str, Any]:
    """Return a connection with all that is kept of it; of its headers, the names."""
    hide = _hider(session, secrets)
    return {
        **summary(session, secrets),
        "headers": sorted(hide(list(session.headers))),
        "setup": hide(session.setup),
        "effective_setup": hide(session.effective_setup),
        "received": hide(session.received),
        "control": hide(session.control),
        "remembered": hide(session.remembered),
        "tool_answers": hide(session.tool_answers),
        "stray_answers": hide(session.stray_answers),
        "music": None if session.music is None else hide(attrs.asdict(session.music)),
    }


def show_request(request: EmulatedRequest, secrets: Secrets) -> dict[str, Any]:
    """Return a request; of its query and headers, the names."""
    hide = _hider(request, secrets)
    return {
        "method": request.method,
        "path": hide(request.path),
        "query": sorted(hide(list(request.query))),
        "headers": sorted(hide(list(request.headers))),
        "body": hide(request.body),
        "status": request.status,
    }


def show_control(ledger: Ledger, secrets: Secrets) -> list[dict[str, Any]]:
    """Return the control messages of all connections, each with its connection's number."""
    hiders = {session.number: _hider(session, secrets) for session in ledger.sessions()}
    return [
        {"connection": number, "message": hiders[number](message)}
        for number, message in ledger.control_messages()
        if number in hiders
    ]
