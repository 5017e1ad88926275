"""How connections leave this machine: whom they trust and through which proxy they go."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from typing import Any, Literal

import attrs

from .._logging import Redactor
from .._proxies import Proxy, parse_proxy, proxy_for
from ..exceptions import ConfigError


@attrs.frozen(kw_only=True)
class Network:
    """The ways out, for sockets and REST calls alike.  Thread affinity: none.

    Attributes:
        ssl_context: whom to trust; ``None`` is the shared default.
        proxy: the one proxy for everything, ``False`` for none, ``None`` for what the environment says.
    """

    ssl_context: ssl.SSLContext | None = attrs.field(default=None, repr=False)
    proxy: Proxy | Literal[False] | None = None

    def proxy_to(self, url: str, redact: Redactor | None = None) -> Proxy | None:
        """Return the proxy for a URL; the environment is asked now.

        Args:
            url: where the connection is to go.
            redact: what is told the proxy's secrets.

        Raises:
            ConfigError: a variable of the environment holds no proxy.
        """
        proxy = proxy_for(url, os.environ) if self.proxy is None else self.proxy or None
        if proxy is not None and redact is not None:
            redact.add(*proxy.secrets)
        return proxy

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        return self.proxy.secrets if self.proxy else ()


def read_network(options: Mapping[str, Any]) -> Network:
    """Return what the options ``proxy`` and ``ssl_context`` say.

    Raises:
        ConfigError: one of them is wrong.
    """
    context = options.get("ssl_context")
    if context is not None and not isinstance(context, ssl.SSLContext):
        raise ConfigError(f"must be an SSLContext, not {type(context).__name__}", path="ssl_context")
    return Network(ssl_context=context, proxy=_proxy(options.get("proxy")))


def _proxy(value: object) -> Proxy | Literal[False] | None:
    if value is None or value is False:
        return value
    if isinstance(value, str):
        return parse_proxy(value)
    raise ConfigError(f"must be a proxy's URL, or False for none, not {type(value).__name__}", path="proxy")
