"""The requests that are no WebSocket upgrade.  Owned by the server's event loop; needs the extra."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from .._logging import get_logger
from .faults import AnswerHttp, FaultQueue, Reset
from .http_errors import HttpError
from .ledger import Ledger
from .links import Link
from .records import EmulatedRequest
from .rest import RestAnswer, RestMethods, RestRequest, refusal

_JSON_HEADERS = {"content-type": "application/json; charset=UTF-8"}
_STEP_SECONDS = 0.02
_log = get_logger("emulator")


class PlainSide:
    """Reads requests, has them answered, writes them down."""

    def __init__(self, methods: RestMethods, ledger: Ledger, faults: FaultQueue) -> None:
        self._methods = methods
        self._ledger = ledger
        self._faults = faults

    async def respond(self, request: web.BaseRequest, link: Link) -> web.Response:
        """Serve one request, or fail as it was told to."""
        try:
            body = await request.read()
        except (ConnectionError, web.RequestPayloadError):  # the client has gone, or has sent no HTTP
            return web.Response(status=400)
        except web.HTTPRequestEntityTooLarge:
            return self._written_down(request, b"", refusal(HttpError(413, "The request is too large.")))
        fault = self._faults.take("rest")
        if fault is None:
            return self._written_down(request, body, self._answer(request, body))
        if isinstance(fault, AnswerHttp):
            self._note(request, body, fault.status)
            return faulty_response(fault)
        self._note(request, body, None)
        if isinstance(fault, Reset):
            link.reset()
        while not link.gone:
            await asyncio.sleep(_STEP_SECONDS)
        return web.Response()

    def _answer(self, request: web.BaseRequest, body: bytes) -> RestAnswer:
        try:
            return self._methods.answer(
                RestRequest(
                    verb=request.method, path=request.path, query=request.query, headers=request.headers, body=body
                )
            )
        except Exception:  # noqa: BLE001 - told to the client as the service would, and to the log
            _log.exception("a request failed")
            return refusal(HttpError(500, "Internal error encountered."))

    def _written_down(self, request: web.BaseRequest, body: bytes, answer: RestAnswer) -> web.Response:
        """Return an answer as a response; the record is there before the client has it."""
        self._note(request, body, answer.status)
        return response_of(answer)

    def _note(self, request: web.BaseRequest, body: bytes, status: int | None) -> None:
        self._ledger.add(
            EmulatedRequest(
                method=request.method,
                path=request.rel_url.raw_path,
                query=dict(request.query),
                headers=request.headers,
                body=_json_of(body),
                status=status,
            )
        )


def _json_of(body: bytes) -> Any:
    """Return a body as JSON, ``None`` if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def response_of(answer: RestAnswer) -> web.Response:
    """Return an answer as aiohttp sends it."""
    return web.Response(status=answer.status, body=answer.body.encode(), headers={**_JSON_HEADERS, **answer.headers})


def faulty_response(fault: AnswerHttp) -> web.Response:
    """Return the response that a failure is told by."""
    return web.Response(status=fault.status, body=fault.body.encode(), headers={**_JSON_HEADERS, **fault.headers})
