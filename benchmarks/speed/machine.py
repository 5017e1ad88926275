"""Where it is measured: processors, and the versions of what takes part."""

from __future__ import annotations

import os
import platform
import re
import ssl
from importlib import metadata
from pathlib import Path

import attrs

from gemini_live import __version__

_PACKAGES = ("websocket-client", "google-genai", "websockets", "orjson", "pybase64", "picows")


@attrs.frozen
class Cores:
    """Who runs on which processor; ``None`` where a process can't be told.

    Attributes:
        server: the server's.
        client: the client's.
    """

    server: int | None
    client: int | None

    @property
    def apart(self) -> bool:
        """Whether the two don't disturb each other."""
        return self.server != self.client


def choose_cores() -> Cores:
    """Return the first and the last processor that this process may use."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(None, None)
    usable = sorted(os.sched_getaffinity(0))
    return Cores(usable[0], usable[-1])


def pin(core: int | None) -> None:
    """Keep this process, its later threads and children included, on a processor."""
    if core is not None:
        os.sched_setaffinity(0, {core})


def versions() -> dict[str, str]:
    """Return the versions of this library, Python, OpenSSL and every package that takes part and is there."""
    openssl = ssl.OPENSSL_VERSION.split()[1]
    found = {"gemini_live": __version__, "Python": platform.python_version(), "OpenSSL": openssl}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # noqa: PERF203 - each on its own
            continue
    return found


def machine(cores: Cores) -> dict[str, str | int]:
    """Return what the machine is, and how the processes are spread over it."""
    spread = "server and client on a core each" if cores.apart else "server and client on the same core, or unpinned"
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 1,
        "spread": spread,
    }


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()
