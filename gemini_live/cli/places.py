"""Where a command goes: to Google with a key in the environment, else to an emulator; and where its file goes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigError

if TYPE_CHECKING:
    from ..emulator import Emulator


def has_key() -> bool:
    """Whether the environment has a key, be it a good one or not."""
    return bool(os.environ.get("GEMINI_API_KEY") or os.environ.get("GOOGLE_API_KEY"))


def emulated(server: Emulator) -> dict[str, Any]:
    """Return the options that point a session at an emulator of our own, to which no proxy leads."""
    return {
        "auth": "gemini",
        "api_key": "no-key-needed",
        "base_url": server.base_url,
        "ssl_context": server.ssl_context,
        "proxy": False,
    }


def check_target(path: Path) -> None:
    """See to it before anything is dialled that what comes has a place to go; nothing is made or changed.

    Raises:
        ConfigError: there is no such folder, the file is one, or it may not be written.
    """
    if path.is_dir():
        raise ConfigError(f"{path}: is a folder")
    if not path.parent.is_dir():
        raise ConfigError(f"{path}: there is no folder {path.parent}")
    if not (os.access(path, os.W_OK) if path.exists() else os.access(path.parent, os.W_OK | os.X_OK)):
        raise ConfigError(f"{path}: may not be written")
