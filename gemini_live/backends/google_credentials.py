"""Credentials of google-auth: service accounts, impersonation, application default credentials.

https://googleapis.dev/python/google-auth/latest/user-guide.html; how application default credentials are found:
https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from .._logging import Redactor, get_logger
from .._proxies import Proxy
from ..exceptions import AuthError, CallTimeout, ConfigError
from .credential_files import SCOPES
from .network import Network
from .refreshing import SECONDS
from .sharing import refresher_of, scoped_copy, shared_by_content

_SHOWN = 300
"""Characters of a token server's words that an error shows."""
_log = get_logger("backends")


class GoogleCredentials:
    """Credentials that google-auth refreshes.  Any thread.

    Sessions that share credentials share the refresh: one fetches a token, the others wait for it.  google-auth counts
    a token as expired some minutes before it is, so what is sent here is good for a connect.
    """

    def __init__(self, given: Any = None, *, network: Network | None = None) -> None:
        """Keep what was given; nothing is fetched yet.

        Args:
            given: credentials of google-auth, or ``None`` for application default credentials, which are looked for at
                the first connect, as that may ask a metadata server.
            network: through which proxy token servers are reached.  Whom to trust there is not the ``ssl_context`` of
                the service's endpoint, but the default, or ``SSL_CERT_FILE``.

        Raises:
            ConfigError: they want scopes and take none.
        """
        self._credentials = _scoped(given) if given is not None else None
        self._network = network or Network()
        self._refused: str | None = None

    def __repr__(self) -> str:
        kind = type(self._credentials).__name__ if self._credentials is not None else "application default"
        return f"GoogleCredentials({kind})"

    @property
    def identity(self) -> Hashable:
        """See :class:`Credentials`."""
        if self._credentials is None:
            return _default_key()
        return "google-auth", _Same(self._credentials)

    @property
    def project_id(self) -> str | None:
        """The project that the credentials themselves belong to, as far as they say."""
        project = getattr(self._credentials, "project_id", None)
        return project if isinstance(project, str) else None

    def headers(self) -> dict[str, str]:
        """Return what the credentials say of who calls and who pays: ``authorization``, ``x-goog-user-project``, …."""
        redact = Redactor()
        credentials = self._found(redact)
        name = type(credentials).__name__
        try:
            refresher_of(credentials).ensure(
                lambda: self._is_good(credentials), lambda: self._refresh(credentials, redact)
            )
            headers = _headers_of(credentials)
        except (AuthError, ConfigError):
            raise
        except Exception as error:  # noqa: BLE001 - programs bring their own kinds of credentials
            raise _failed(f"{name} gave no token", error, redact) from None
        if not headers or not all(map(_is_line, headers.values())):
            raise AuthError(f"{name} gave no token that could be sent, so nothing was dialled")
        return headers

    def renew(self) -> bool:
        """Have the present token refreshed at the next :meth:`headers`, whatever its expiry says."""
        token = getattr(self._credentials, "token", None)
        self._refused = token if isinstance(token, str) else None
        return True

    def secrets(self) -> tuple[str, ...]:
        """Return the present token, if there is one."""
        token = getattr(self._credentials, "token", None)
        return (token,) if isinstance(token, str) and token else ()

    def _is_good(self, credentials: Any) -> bool:
        token = getattr(credentials, "token", None)
        return bool(getattr(credentials, "valid", token is not None)) and (
            self._refused is None or token != self._refused
        )

    def _found(self, redact: Redactor) -> Any:
        if self._credentials is None:
            kind, key = _default_key()
            self._credentials = shared_by_content(f"{kind} {key}", lambda: self._default(redact))
        return self._credentials

    def _default(self, redact: Redactor) -> Any:
        """Find the application default credentials.

        Raises:
            AuthError: there are none.
        """
        import google.auth  # noqa: PLC0415 - only programs that use it pay for it

        with self._requests(redact) as request:
            try:
                credentials, _ = google.auth.default(scopes=SCOPES, request=request)
            except Exception as error:  # noqa: BLE001 - a file, a program and a server may each fail in their own ways
                raise _failed("no application default credentials", error, redact) from None
        _log.info("application default credentials: %s", type(credentials).__name__)
        return credentials

    def _refresh(self, credentials: Any, redact: Redactor) -> None:
        """Fetch another token.

        Raises:
            AuthError: the token server refused, or did not answer.
        """
        with self._requests(redact) as request:
            try:
                credentials.refresh(request)
            except Exception as error:  # noqa: BLE001 - programs bring their own kinds of credentials
                raise _failed(f"{type(credentials).__name__} could not be refreshed", error, redact) from None
        _log.debug("refreshed %s", type(credentials).__name__)

    @contextmanager
    def _requests(self, redact: Redactor) -> Iterator[Any]:
        """Give google-auth's way to make a request, with an end to all of them together.

        What is sent is a secret: client secrets, refresh tokens, signed assertions.  Token servers repeat it in errors.
        """
        from google.auth.transport.requests import Request  # noqa: PLC0415 - see above

        from .http import HttpSession  # noqa: PLC0415 - likewise

        def route(url: str) -> Proxy | None:
            # Metadata servers speak plain HTTP and are reached directly; token servers as everything else is.
            return self._network.proxy_to(url, redact) if url.lower().startswith("https:") else None

        with HttpSession(route, seconds=SECONDS) as session:
            request = Request(session)

            def noted(url: str, method: str = "GET", body: Any = None, headers: Any = None, **keywords: Any) -> Any:
                redact.add(*_said(body, headers))
                return request(url, method=method, body=body, headers=headers, **keywords)

            yield noted


class _Same:
    """Equal to itself and to another one of the very same object, which need not be hashable."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._value is self._value

    def __hash__(self) -> int:
        return id(self._value)


def _default_key() -> tuple[str, str]:
    """Return what application default credentials depend on, as far as is known without asking anybody."""
    file = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    try:
        content = Path(file).read_bytes() if file else b""
    except OSError:
        content = b""
    digest = hashlib.sha256(content).hexdigest()
    return "application default", f"{file} {digest} {os.environ.get('CLOUDSDK_CONFIG', '')}"


def _said(body: Any, headers: Any) -> list[str]:
    """Return what of a request to a token server must not be shown."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    values = [value for _, value in parse_qsl(text)]
    authorization = next((str(headers[name]) for name in headers or () if name.lower() == "authorization"), "")
    return [*values, text, authorization, authorization.partition(" ")[2]]


def _headers_of(credentials: Any) -> dict[str, str]:
    """Return the headers in which credentials say who calls; those of google-auth know best which."""
    token, quota = getattr(credentials, "token", None), getattr(credentials, "quota_project_id", None)
    if not isinstance(token, (str, bytes)) or not token:
        return {}
    if callable(getattr(credentials, "apply", None)):
        headers: dict[str, str] = {}
        credentials.apply(headers)
        return {name.lower(): value for name, value in headers.items()}
    text = token if isinstance(token, str) else token.decode("ascii", "replace")
    bearer = {"authorization": f"Bearer {text}"}
    return {**bearer, "x-goog-user-project": str(quota)} if quota else bearer


def _is_line(text: str) -> bool:
    return isinstance(text, str) and text.isascii() and text.isprintable()


def _failed(what: str, error: Exception, redact: Redactor) -> AuthError:
    """Return the error for what google-auth could not do; its own, which may hold a request with a key, is not kept."""
    from google.auth.exceptions import TransportError  # noqa: PLC0415 - see above

    words = redact(" ".join(str(error.args[0] if error.args else error).split()))
    passing = bool(getattr(error, "retryable", False)) or isinstance(error, (TransportError, CallTimeout))
    return AuthError(f"{what}, so nothing was dialled: {type(error).__name__}: {words[:_SHOWN]}", retryable=passing)


def _scoped(credentials: Any) -> Any:
    """Return credentials that ask for what the service needs; a service account's are made without.

    Raises:
        ConfigError: they take no scopes.
    """
    if not getattr(credentials, "requires_scopes", False):
        return credentials
    with_scopes = getattr(credentials, "with_scopes", None)
    if not callable(with_scopes):
        raise ConfigError("need scopes and have no with_scopes()", path="credentials")
    return scoped_copy(credentials, lambda: with_scopes(SCOPES))
