"""Trust: one shared context for each configuration, because making one takes tens of milliseconds."""

from __future__ import annotations

import os
import ssl
import threading

from .exceptions import ConfigError

_lock = threading.Lock()
_contexts: dict[str, ssl.SSLContext] = {}


def default_context() -> ssl.SSLContext:
    """Return the shared client context: the system's authorities and certifi's together, or only ``SSL_CERT_FILE``'s.

    Raises:
        ConfigError: ``SSL_CERT_FILE`` names a file that can't be read or holds no certificate.
    """
    bundle = os.environ.get("SSL_CERT_FILE", "")
    with _lock:
        context = _contexts.get(bundle)
        if context is None:
            context = _contexts[bundle] = _make(bundle)
        return context


def _after_fork() -> None:
    """In a forked child: no thread of the parent's holds the lock here."""
    global _lock  # noqa: PLW0603 - a lock that is held can't be given back
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _make(bundle: str) -> ssl.SSLContext:
    if bundle:
        try:
            return ssl.create_default_context(cafile=bundle)
        except OSError as error:
            raise ConfigError(f"no certificates can be read from {bundle}: {error}", path="SSL_CERT_FILE") from error
    context = ssl.create_default_context()
    try:
        import certifi  # noqa: PLC0415 - it comes with requests; a system without it has its own store
    except ImportError:
        return context
    context.load_verify_locations(cafile=certifi.where())
    return context
