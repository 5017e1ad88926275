"""What the server refuses, with its close codes and its words.

Pure; any thread.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..types.names import LIVE_METHOD

INVALID_ARGUMENT = 1007
POLICY = 1008
INTERNAL = 1011
GOING_AWAY = 1001

DEADLINE_REASON = "Deadline expired before operation could complete."
"""What a connection that has become too old is closed with, beside :data:`INTERNAL`."""

MAX_REASON_BYTES = 123
"""What a close frame has room for."""

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}

UNREGISTERED = (
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other "
    "form of API consumer identity to call this API."
)
"""What a caller without any credentials is told, over HTTP and over WebSocket."""


class RefusedError(Exception):
    """The connection is closed with this code and reason; it never leaves the emulator.

    Attributes:
        code: the close code.
        reason: the whole reason; the close frame carries as much of it as fits.
    """

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code} {reason}")


def cut_reason(reason: str) -> str:
    """Return as much of a reason as a close frame carries, whole characters only."""
    return reason.encode(errors="replace")[:MAX_REASON_BYTES].decode(errors="ignore")


def invalid_argument() -> RefusedError:
    """Make the refusal of something that is understood and not allowed."""
    return RefusedError(INVALID_ARGUMENT, "Request contains an invalid argument.")


def no_caller() -> RefusedError:
    """Make the refusal of a connection without a key, or without a token where one is needed."""
    return RefusedError(POLICY, UNREGISTERED)


def unknown_model(model: str, version: str, method: str = LIVE_METHOD) -> RefusedError:
    """Make the refusal of a model that the service does not have, or not for a method."""
    name = model if model.startswith("models/") else f"models/{model}"
    return RefusedError(
        POLICY,
        f"{name} is not found for API version {version}, or is not supported for {method}. Call ListModels "
        "to see the list of available models and their supported methods.",
    )


def unknown_publisher_model(model: str) -> RefusedError:
    """Make Vertex AI's refusal of a model that it does not have, or not by this name."""
    return RefusedError(
        POLICY,
        f"Publisher Model `{model}` was not found or your project does not have access to it. Please ensure you are "
        "using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
    )


def model_beyond_token() -> RefusedError:
    """Make the refusal of a missing or an unknown model on a connection with a token, which is told otherwise."""
    return RefusedError(
        INVALID_ARGUMENT, "token-based requests cannot use project-scoped features such as tuned models"
    )


def unknown_handle() -> RefusedError:
    """Make the refusal of a resumption handle that the service does not know."""
    return RefusedError(POLICY, "Requested entity was not found.")


def session_still_open() -> RefusedError:
    """Make the refusal of a resumption handle whose session has another connection that is open."""
    return RefusedError(INTERNAL, "Internal error encountered.")


def malformed_json(text: str, position: int) -> RefusedError:
    """Make the refusal of a frame that is not JSON, with the place where it stops being so."""
    what = "Unexpected token." if position < len(text) else "Unexpected end of string. Expected a value."
    around = text[max(0, position - 10) : position + 20]
    return RefusedError(INVALID_ARGUMENT, f"Invalid JSON payload received. {what}\n{around}")


def error_document(status: int, message: str, details: Iterable[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the JSON body that goes with an HTTP error."""
    name = STATUS_NAMES.get(status, "UNKNOWN")
    error: dict[str, Any] = {"code": status, "message": message, "status": name}
    listed = list(details)
    return {"error": {**error, "details": listed} if listed else error}


def error_body(status: int, message: str) -> str:
    """Return :func:`error_document` as text."""
    return json.dumps(error_document(status, message), indent=2)
