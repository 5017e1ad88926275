"""Who may use the control endpoint, and its requests as aiohttp has them.  Owned by the server's event loop."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import urlsplit

from aiohttp import web

from .control import ROOT, Control
from .http_errors import HttpError
from .options import is_loopback
from .plain import response_of
from .rest import refusal


def is_control(path: str) -> bool:
    """Return whether a path is the control endpoint's."""
    return re.fullmatch(rf"{ROOT}(?:/.*)?", path) is not None


class ControlSide:
    """Reads requests, and has them answered on another thread, as a verb waits for this one."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def respond(self, request: web.BaseRequest) -> web.Response:
        """Serve one request; of another machine's, or of a page in a browser, none."""
        if not _may(request):
            return response_of(refusal(HttpError(403, "The control endpoint is for programs on this machine.")))
        try:
            body = await request.read()
        except (ConnectionError, web.RequestPayloadError, web.HTTPRequestEntityTooLarge):
            return response_of(refusal(HttpError(400, "The body could not be read.")))
        return response_of(await asyncio.to_thread(self._control.answer, request.method, request.path, body))


def _may(request: web.BaseRequest) -> bool:
    """Return whether it comes from this machine, by a name of this machine, and not out of a page.

    A page of anybody's can have its browser send requests here, directly or by a name that leads here.
    """
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return is_loopback(request.remote or "") and is_loopback(name) and "origin" not in request.headers
