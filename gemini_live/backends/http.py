"""A ``requests`` session that trusts, and is proxied, as the sockets are; slow to import, so it is where it is used."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Any, cast

import requests
import requests.adapters

from .._proxies import Proxy
from .._trust import default_context
from ..exceptions import CallTimeout


class HttpSession(requests.Session):
    """Reads nothing from the environment by itself, follows no redirect, and is over when its time is.

    ``requests`` would put a password from ``~/.netrc`` in the place of the credentials, carry them to wherever a
    redirect points, trust other authorities than the socket does, and wait anew for every byte.

    Thread affinity: one thread, and a timer's that cuts what takes too long.  Use it in a ``with`` statement.
    """

    def __init__(
        self, route: Callable[[str], Proxy | None], *, seconds: float, context: ssl.SSLContext | None = None
    ) -> None:
        """Make a session; nothing is opened.

        Args:
            route: says through which proxy a URL is reached.
            seconds: how long it may live from now on, whatever it does.
            context: whom to trust; the shared default when it is left out.

        Raises:
            ConfigError: ``SSL_CERT_FILE`` can't be read.
        """
        super().__init__()
        self.trust_env = False
        self._route = route
        self._seconds = seconds
        self._ends = time.monotonic() + seconds
        self._scissors = _Scissors(seconds)
        self.mount("http://", _Adapter(self._scissors.hold, None))
        self.mount("https://", _Adapter(self._scissors.hold, context or default_context()))

    @property
    def overdue(self) -> bool:
        """Whether its time is over, and its connections are cut."""
        return self._scissors.used

    def request(self, method: Any, url: Any, *arguments: Any, **keywords: Any) -> requests.Response:
        """Make a request; see :meth:`requests.Session.request`."""
        left = self._ends - time.monotonic()
        if self.overdue or left <= 0:  # not an error of requests: google-auth would try those again
            raise CallTimeout(f"more than {self._seconds:g} s")
        proxy = self._route(str(url))
        keywords["proxies"] = {"http": proxy.url, "https": proxy.url} if proxy is not None else {}
        keywords["allow_redirects"] = False
        wanted = keywords.get("timeout")
        keywords["timeout"] = min(wanted, left) if isinstance(wanted, (int, float)) else left
        return super().request(method, url, *arguments, **keywords)

    def get_redirect_target(self, response: requests.Response) -> str | None:
        """Say that there is none: else a redirect's address is parsed and its body read, though nobody goes there."""
        return None

    def __enter__(self) -> HttpSession:  # noqa: PYI034 - typing.Self is newer than the oldest Python served
        self._scissors.start()
        return self

    def close(self) -> None:
        """Close every connection and stop the clock."""
        self._scissors.put_away()
        super().close()


class _Scissors:
    """Cuts connections when a time is over.  Any thread; one lock, never held while anything blocks."""

    def __init__(self, seconds: float) -> None:
        self._lock = threading.Lock()
        self._held: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self.used = False

    def start(self) -> None:
        """Begin to count."""
        self._timer.start()

    def hold(self, sock: socket.socket) -> None:
        """Have a connection cut at the end.  A duplicate is kept, as TLS will take the socket's descriptor away."""
        with self._lock:
            self._held.append(sock.dup())
            late = self.used
        if late:
            self._cut()

    def _cut(self) -> None:
        with self._lock:
            self.used = True
            for sock in self._held:
                with contextlib.suppress(OSError):  # it has ended by itself
                    sock.shutdown(socket.SHUT_RDWR)

    def put_away(self) -> None:
        """Forget everything; harmless when it is done already."""
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        with self._lock:
            held, self._held = self._held, []
        for sock in held:
            sock.close()


class _Adapter(requests.adapters.HTTPAdapter):
    """Leaves trust to one context, where the base class would load certifi's authorities into it, whoever's it is.

    One thing is done to it all the same: urllib3 has every context offer ``http/1.1`` (ALPN).
    """

    def __init__(self, hold: Callable[[socket.socket], None], context: ssl.SSLContext | None) -> None:
        self._hold = hold
        self._trust: dict[str, Any] = {"ssl_context": context} if context is not None else {}
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **keywords: Any) -> None:
        super().init_poolmanager(*arguments, **{**keywords, **self._trust})
        self.poolmanager.pool_classes_by_scheme = _held_pools(self.poolmanager, self._hold)

    def proxy_manager_for(self, proxy: str, **keywords: Any) -> Any:
        trust = dict(self._trust)
        if proxy.lower().startswith("https:"):  # the target's context may check nothing, or trust the target alone
            trust["proxy_ssl_context"] = default_context()
        manager = super().proxy_manager_for(proxy, **{**keywords, **trust})
        manager.pool_classes_by_scheme = _held_pools(manager, self._hold)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        pass  # the context verifies

    def build_connection_pool_key_attributes(self, *arguments: Any, **keywords: Any) -> Any:
        host, _ = super().build_connection_pool_key_attributes(*arguments, **keywords)
        return host, {}


def _held_pools(manager: Any, hold: Callable[[socket.socket], None]) -> dict[str, type]:
    """Return a manager's kinds of pools, by scheme, with connections that show each socket to ``hold``."""
    return {scheme: _held_pool(pool, hold) for scheme, pool in manager.pool_classes_by_scheme.items()}


def _held_pool(pool: Any, hold: Callable[[socket.socket], None]) -> type:
    if getattr(pool, "is_held", False):  # requests keeps a proxy's manager and asks for it again
        return cast("type", pool)
    connection: Any = pool.ConnectionCls

    class Held(connection):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            sock: socket.socket = super()._new_conn()
            hold(sock)
            return sock

    class HeldPool(pool):  # type: ignore[misc]
        ConnectionCls = Held
        is_held = True

    return HeldPool
