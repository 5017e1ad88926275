"""What is refused over HTTP: status, words and details as Google's error documents have them.

https://cloud.google.com/apis/design/errors.  Pure; any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from .refusals import INVALID_ARGUMENT, POLICY, UNREGISTERED, RefusedError, error_document

_SERVICE = {"domain": "googleapis.com", "metadata": {"service": "generativelanguage.googleapis.com"}}
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"
_EXPECTED = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. See "
    "https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_REALM = 'Bearer realm="https://accounts.google.com/"'


class HttpError(Exception):
    """A request is answered with an error document; it never leaves the emulator.

    Attributes:
        status: the HTTP status.
        message: what went wrong.
        details: what goes into the document besides.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        details: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.status = status
        self.message = message
        self.details = tuple(details)
        self.headers = dict(headers or {})
        super().__init__(f"{status} {message}")

    def document(self) -> dict[str, Any]:
        """Return the answer's body."""
        return error_document(self.status, self.message, self.details)

    def as_close(self) -> RefusedError:
        """Return the same refusal as it is told on a socket that is open already."""
        return RefusedError(INVALID_ARGUMENT if self.status == 400 else POLICY, self.message)


@attrs.frozen
class Violation:
    """What is wrong with one field.

    Attributes:
        field: where, as a dotted snake_case path; empty for the whole.
        description: what.
    """

    field: str
    description: str


def bad_request(violations: Iterable[Violation]) -> HttpError:
    """Make the refusal of a request whose fields are wrong."""
    listed = list(violations)
    fields = [
        {**({"field": violation.field} if violation.field else {}), "description": violation.description}
        for violation in listed
    ]
    message = "\n".join(violation.description for violation in listed)
    return HttpError(400, message, [{"@type": _BAD_REQUEST, "fieldViolations": fields}])


def no_key() -> HttpError:
    """Make the refusal of a call without a key."""
    return HttpError(403, UNREGISTERED)


def invalid_key() -> HttpError:
    """Make the refusal of an API key that is not accepted."""
    return HttpError(
        400,
        "API key not valid. Please pass a valid API key.",
        [{"@type": _ERROR_INFO, "reason": "API_KEY_INVALID", **_SERVICE}],
    )


def no_credentials() -> HttpError:
    """Make the refusal of a call that needs OAuth and comes without."""
    return HttpError(
        401,
        f"Request is missing required authentication credential. {_EXPECTED}",
        [{"@type": _ERROR_INFO, "reason": "CREDENTIALS_MISSING", "domain": "googleapis.com"}],
        {"www-authenticate": _REALM},
    )


def invalid_credentials() -> HttpError:
    """Make the refusal of an OAuth token, or of a key in its place, that is not accepted."""
    return HttpError(
        401,
        f"Request had invalid authentication credentials. {_EXPECTED}",
        [{"@type": _ERROR_INFO, "reason": "ACCESS_TOKEN_TYPE_UNSUPPORTED", "domain": "googleapis.com"}],
        {"www-authenticate": f'{_REALM}, error="invalid_token"'},
    )


def not_served(path: str) -> HttpError:
    """Make the refusal of a path, or of an HTTP method that the path does not have."""
    return HttpError(404, f"Path {path} was not found on this server.")


def socket_only() -> HttpError:
    """Make the refusal of a plain request where only WebSocket is spoken."""
    return HttpError(400, "This method is served over WebSocket only.")
