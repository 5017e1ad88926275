"""Credentials of google-auth: service accounts, impersonation, application default credentials.

https://googleapis.dev/python/google-auth/latest/user-guide.html; how application default credentials are found:
https://cloud.google.com/docs/authentication/application-default-credentials
"""

from __future__ import annotations

import json
import os
import threading
import weakref
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._logging import get_logger
from .._proxies import Proxy
from ..exceptions import AuthError, ConfigError
from .network import Network

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
REQUEST_SECONDS = 20.0
"""How long token and metadata servers may take for one refresh; google-auth itself would wait two minutes for each."""
_log = get_logger("backends")
_locks: weakref.WeakKeyDictionary[Any, threading.RLock] = weakref.WeakKeyDictionary()
_locks_lock = threading.Lock()


class GoogleCredentials:
    """Credentials that google-auth refreshes.  Any thread; one refreshes at a time, the others wait for it.

    google-auth counts a token as expired some minutes before it is, so what is sent here is good for a connect.
    """

    may_wait = True

    def __init__(self, given: Any = None, *, network: Network | None = None) -> None:
        """Keep what was given; nothing is fetched yet.

        Args:
            given: credentials of google-auth, or ``None`` for application default credentials, which are looked for at
                the first connect, as that may ask a metadata server.
            network: how token servers are reached.
        """
        self._credentials = _scoped(given) if given is not None else None
        self._network = network or Network()
        self._lock = _lock_of(self._credentials)
        self._refused = False

    def __repr__(self) -> str:
        kind = type(self._credentials).__name__ if self._credentials is not None else "application default"
        return f"GoogleCredentials({kind})"

    @property
    def identity(self) -> Hashable:
        """See :class:`Credentials`."""
        if self._credentials is None:
            return "application default", os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
        return "google-auth", _Same(self._credentials)

    @property
    def project_id(self) -> str | None:
        """The project that the credentials themselves belong to, as far as they say."""
        project = getattr(self._credentials, "project_id", None)
        return project if isinstance(project, str) else None

    def headers(self) -> dict[str, str]:
        """Return ``authorization``, and ``x-goog-user-project`` where the credentials name who pays."""
        with self._lock:
            if self._credentials is None:
                self._credentials = self._default()
            credentials = self._credentials
            if self._refused or not credentials.valid:
                self._refresh(credentials)
                self._refused = False
            token = credentials.token
        if not isinstance(token, str) or not token:
            raise AuthError(f"{type(credentials).__name__} gave no token, so nothing was dialled")
        headers = {"authorization": f"Bearer {token}"}
        quota = getattr(credentials, "quota_project_id", None)
        return {**headers, "x-goog-user-project": quota} if quota else headers

    def renew(self) -> bool:
        """Have the token refreshed at the next :meth:`headers`, whatever its expiry says."""
        self._refused = True
        return True

    def secrets(self) -> tuple[str, ...]:
        """Return the present token, if there is one."""
        token = getattr(self._credentials, "token", None)
        return (token,) if isinstance(token, str) and token else ()

    def _default(self) -> Any:
        """Find the application default credentials.

        Raises:
            AuthError: there are none.
        """
        import google.auth  # noqa: PLC0415 - only programs that use it pay for it

        with self._requests() as request:
            try:
                credentials, _ = google.auth.default(scopes=SCOPES, request=request)
            except Exception as error:  # noqa: BLE001 - a file, a program and a server may each fail in their own ways
                raise _failed("no application default credentials", error) from None
        _log.info("application default credentials: %s", type(credentials).__name__)
        return credentials

    def _refresh(self, credentials: Any) -> None:
        """Fetch another token.

        Raises:
            AuthError: the token server refused, or did not answer.
        """
        with self._requests() as request:
            try:
                credentials.refresh(request)
            except Exception as error:  # noqa: BLE001 - programs bring their own kinds of credentials
                raise _failed(f"{type(credentials).__name__} could not be refreshed", error) from None
        _log.debug("refreshed %s", type(credentials).__name__)

    @contextmanager
    def _requests(self) -> Iterator[Any]:
        """Give google-auth's way to make a request, with an end to all of them together."""
        from google.auth.transport.requests import Request  # noqa: PLC0415 - see above

        from .http import HttpSession  # noqa: PLC0415 - likewise

        with HttpSession(self._route, seconds=REQUEST_SECONDS) as session:
            yield Request(session)

    def _route(self, url: str) -> Proxy | None:
        """Metadata servers speak plain HTTP and are reached directly; token servers as everything else is."""
        return self._network.proxy_to(url) if url.lower().startswith("https:") else None


class _Same:
    """Equal to itself and to another one of the very same object, which need not be hashable."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other._value is self._value

    def __hash__(self) -> int:
        return id(self._value)


def _lock_of(credentials: object) -> threading.RLock:
    """Return the lock that belongs to these credentials, so that sessions which share them refresh them once."""
    try:
        with _locks_lock:
            return _locks.setdefault(credentials, threading.RLock())
    except TypeError:  # not hashable, or nothing that can be referred to weakly
        return threading.RLock()


def _failed(what: str, error: Exception) -> AuthError:
    """Return the error for what google-auth could not do; its own, which may hold a request with a key, is not kept."""
    words = " ".join(str(error.args[0] if error.args else error).split())
    return AuthError(
        f"{what}, so nothing was dialled: {type(error).__name__}: {words}",
        retryable=bool(getattr(error, "retryable", False)),
    )


def _scoped(credentials: Any) -> Any:
    """Return credentials that ask for what the service needs; a service account's are made without."""
    if getattr(credentials, "requires_scopes", False):
        return credentials.with_scopes(SCOPES)
    return credentials


def read_credentials(given: Any, *, path: str = "credentials") -> Any:
    """Return what a program gave as credentials of google-auth.

    Args:
        given: credentials of google-auth; or the file, or the content, of a service account's key, of an authorized
            user's, or of an impersonation.
        path: the option's name, for errors.

    Raises:
        ConfigError: it is none of that; the error shows nothing of a file's content.
    """
    if isinstance(given, (str, os.PathLike)):
        return _from_info(_read_file(Path(given), path), path)
    if isinstance(given, Mapping):
        return _from_info(given, path)
    if not hasattr(given, "token") or not callable(getattr(given, "refresh", None)):
        raise ConfigError(
            f"must be credentials of google-auth, or a service account's key file, not {type(given).__name__}",
            path=path,
        )
    return given


def _read_file(file: Path, path: str) -> Mapping[str, Any]:
    try:
        info = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}", path=path) from None
    except ValueError:
        info = None
    if not isinstance(info, dict):
        raise ConfigError(f"{file}: is no JSON file of credentials", path=path)
    return info


def _from_info(info: Mapping[str, Any], path: str) -> Any:
    """Return credentials made of a key file's content; a file may say which project pays."""
    credentials, quota = _of_kind(info, path), info.get("quota_project_id")
    return credentials.with_quota_project(quota) if isinstance(quota, str) and quota else credentials


def _of_kind(info: Mapping[str, Any], path: str) -> Any:
    kind = info.get("type")
    try:
        if kind == "service_account":
            from google.oauth2 import service_account  # noqa: PLC0415 - see above

            return service_account.Credentials.from_service_account_info(info, scopes=SCOPES)
        if kind == "authorized_user":
            from google.oauth2.credentials import Credentials  # noqa: PLC0415

            return Credentials.from_authorized_user_info(info, scopes=SCOPES)
        if kind == "impersonated_service_account":
            from google.auth.impersonated_credentials import Credentials as Impersonated  # noqa: PLC0415

            return Impersonated.from_impersonated_service_account_info(info, scopes=SCOPES)
    except Exception as error:  # noqa: BLE001 - what a parser of keys raises may show a part of the key
        raise ConfigError(f"is no usable {kind} ({type(error).__name__})", path=path) from None
    raise ConfigError(
        f"is of type {str(kind)[:40]!r}; taken are 'service_account', 'authorized_user' and "
        "'impersonated_service_account', others through GOOGLE_APPLICATION_CREDENTIALS",
        path=path,
    )
