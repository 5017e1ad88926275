"""Proxies as values: what a proxy's URL says, and which proxy the environment wants for a target.  No I/O.

The variables are those of curl and of requests, read as requests reads them where the two differ: requests carries this
library's REST calls, and one setting must mean one proxy for both ways.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

import attrs

from .exceptions import ConfigError

_DEFAULT_PORTS = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}
"""Those of requests; curl takes 1080 for HTTP proxies too."""
_ALIASES = {"socks": "socks5h"}
LONGEST_FOR_SOCKS = 127
"""Bytes of a name or password.  SOCKS5 has room for 255, but PySocks writes a length of more than 127 as two bytes."""
_FORM = "it is scheme://user:password@host:port, of which only the host must be there"
_NOT_IN_A_NAME = re.compile(r"[\s%\\@\[\]<>^`{|}\"]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@attrs.frozen(kw_only=True)
class Proxy:
    """A proxy and who asks it; :func:`parse_proxy` makes it and has checked it.

    Attributes:
        scheme: ``"http"``, ``"https"``, ``"socks4"``, ``"socks4a"``, ``"socks5"`` or ``"socks5h"``.
        host: a name or an IP address, IPv6 without brackets.
        port: where it listens.
        username: who asks, decoded; empty if the URL does not say.
        password: the proof, decoded.
    """

    scheme: str
    host: str
    port: int
    username: str = attrs.field(default="", repr=False)
    password: str = attrs.field(default="", repr=False)

    @property
    def url(self) -> str:
        """The whole URL, credentials included: for libraries, never to be shown."""
        user_info = f"{_encoded(self.username)}:{_encoded(self.password)}@" if self.has_credentials else ""
        return f"{self.scheme}://{user_info}{self._address}"

    @property
    def shown(self) -> str:
        """The URL without credentials, for messages."""
        return f"{self.scheme}://{self._address}"

    @property
    def _address(self) -> str:
        host = self.host.replace("%", "%25")  # before the zone of an IPv6 address (RFC 6874)
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS, not HTTP."""
        return self.scheme.startswith("socks")

    @property
    def has_credentials(self) -> bool:
        """Whether the URL says who asks."""
        return bool(self.username or self.password)

    @property
    def basic(self) -> str:
        """The credentials as Basic authentication wants them (RFC 7617, in UTF-8): a secret."""
        return base64.b64encode(f"{self.username}:{self.password}".encode()).decode("ascii")

    @property
    def secrets(self) -> tuple[str, ...]:
        """What has to be taken out of texts that come from elsewhere.

        A user name that stands alone is one of them: that is how tokens are written.
        """
        if not self.has_credentials:
            return ()
        secret = self.password or self.username
        pair = f"{self.username}:{self.password}"
        encoded = f"{_encoded(self.username)}:{_encoded(self.password)}"
        return tuple(dict.fromkeys((secret, _encoded(secret), pair, encoded, self.basic)))


def _encoded(text: str) -> str:
    return quote(text, safe="")


def parse_proxy(url: str, *, path: str = "proxy") -> Proxy:
    """Return the proxy that a URL names; one without a scheme (``host:3128``) names an HTTP proxy.

    Args:
        url: ``scheme://user:password@host:port``; user and password are percent-encoded.
        path: what an error names: the option or the variable that has the URL.

    Raises:
        ConfigError: it is no such URL.  Nothing of it is shown: where one is wrong, every part may be the password.
    """
    if not url or not url.isprintable() or " " in url:
        raise ConfigError(f"a proxy's URL is not empty and has no blank and no control character; {_FORM}", path=path)
    scheme, mark, rest = url.partition("://")
    if not mark:
        scheme, rest = "http", url
    scheme = _ALIASES.get(scheme.lower(), scheme.lower())
    if scheme not in _DEFAULT_PORTS:
        raise ConfigError(f"a proxy's scheme is one of {', '.join((*_DEFAULT_PORTS, *_ALIASES))}", path=path)
    authority, *tail = re.split(r"(?=[/?#])", rest, maxsplit=1)
    if tail not in ([], ["/"]):
        hint = "in a user name or password, / is %2F, ? is %3F and # is %23"
        raise ConfigError(f"a proxy's URL has no path, query or fragment; {_FORM} ({hint})", path=path)
    user_info, _, address = authority.rpartition("@")
    username, password = _credentials(user_info, scheme, path)
    host, port = _host_and_port(address, path)
    return Proxy(scheme=scheme, host=host, port=port or _DEFAULT_PORTS[scheme], username=username, password=password)


def _credentials(user_info: str, scheme: str, path: str) -> tuple[str, str]:
    first, _, second = user_info.partition(":")
    try:
        username, password = unquote(first, errors="strict"), unquote(second, errors="strict")
    except UnicodeDecodeError:
        raise ConfigError("a proxy's user name and password are UTF-8, percent-encoded", path=path) from None
    if _CONTROL.search(username) or _CONTROL.search(password):
        raise ConfigError("a proxy's user name and password have no control characters", path=path)
    if ":" in username and scheme in ("http", "https"):
        raise ConfigError("a proxy's user name has no colon: Basic authentication ends it there", path=path)
    if scheme in ("socks5", "socks5h"):
        if bool(username) != bool(password):
            raise ConfigError("SOCKS5 wants a user name and a password, or neither (RFC 1929)", path=path)
        if max(len(username.encode()), len(password.encode())) > LONGEST_FOR_SOCKS:
            raise ConfigError(
                f"a SOCKS5 proxy's user name and password have at most {LONGEST_FOR_SOCKS} bytes", path=path
            )
    return username, password


def _host_and_port(address: str, path: str) -> tuple[str, int | None]:
    parts = re.fullmatch(r"(\[[^\[\]]*\]|[^:]*)(?::([0-9]{0,5}))?", address)
    if parts is None:
        raise ConfigError("a proxy's port is a number; an IPv6 address is in brackets: [::1]:3128", path=path)
    host, digits = parts[1].lower(), parts[2]
    if digits and not 1 <= int(digits) <= 65_535:
        raise ConfigError("a proxy's port is from 1 to 65535", path=path)
    if host.startswith("["):
        address6 = ip_of(unquote(host))
        if not isinstance(address6, ipaddress.IPv6Address):
            raise ConfigError("what stands in the brackets of a proxy's URL is no IPv6 address", path=path)
        host = str(address6)
    elif not host or _NOT_IN_A_NAME.search(host):
        raise ConfigError(f"a proxy's URL names no host; {_FORM}", path=path)
    return host, int(digits) if digits else None


def ip_of(text: str) -> _IPAddress | None:
    """Return the IP address that a host is, be it in brackets; ``None`` for a name."""
    try:
        return ipaddress.ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def proxy_for(url: str, environ: Mapping[str, str]) -> Proxy | None:
    """Return the proxy that the environment wants for a target; ``None`` is the direct way.

    ``wss`` and ``https`` targets look at ``https_proxy``, ``ws`` and ``http`` ones at ``http_proxy``, then both at
    ``all_proxy``.  Each name is looked up in lower case, then in upper case; a lower-case one that is empty hides the
    other.  ``no_proxy`` lists what is reached directly, loopback only if it stands there.

    Args:
        url: where the connection is to go.
        environ: the environment, as ``os.environ``.

    Raises:
        ConfigError: the variable (:attr:`~gemini_live.exceptions.ConfigError.path`) holds no proxy's URL.
    """
    target = _target(url)
    if target is None:
        return None  # who dials it says better what is wrong with it
    name = "https_proxy" if target.secure else "http_proxy"
    for variable in (name, "all_proxy"):
        found, value = _look_up(variable, environ)
        if value:
            # Here, unlike there, an empty one in lower case hides nothing: so curl and requests have it.
            direct = _reached_directly(target, environ.get("no_proxy") or environ.get("NO_PROXY", ""))
            return None if direct else parse_proxy(value, path=found)
    return None


def _look_up(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """Return the variable that counts and its value."""
    if name in environ:
        return name, environ[name].strip()
    if name == "http_proxy" and "REQUEST_METHOD" in environ:
        return name, ""  # in a CGI program HTTP_PROXY is a header of whoever sent the request (httpoxy)
    return name.upper(), environ.get(name.upper(), "").strip()


@attrs.frozen
class _Target:
    host: str
    port: int
    secure: bool
    ip: _IPAddress | None


def _target(url: str) -> _Target | None:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    secure = parts.scheme in ("wss", "https")
    return _Target(host, port or (443 if secure else 80), secure, ip_of(host)) if host else None


def _reached_directly(target: _Target, no_proxy: str) -> bool:
    return any(_covers(entry, target) for entry in re.split(r"[,\s]+", no_proxy.lower()) if entry)


def _covers(entry: str, target: _Target) -> bool:
    """Return whether one entry of ``no_proxy`` is about the target; one that makes no sense is about nothing."""
    if entry == "*":
        return True
    if "/" in entry:
        return _contains(entry, target.ip)
    address = ip_of(entry)
    if address is None:
        with_port = re.fullmatch(r"(.*):([0-9]{1,5})", entry)
        if with_port is not None:
            if int(with_port[2]) != target.port:
                return False
            entry = with_port[1]
            address = ip_of(entry)
    if target.ip is not None or address is not None:
        return target.ip == address  # an address has no subdomains
    name = entry.removeprefix("*").strip(".")
    return bool(name) and (target.host == name or target.host.endswith(f".{name}"))


def _contains(network: str, address: _IPAddress | None) -> bool:
    try:
        return address is not None and address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
