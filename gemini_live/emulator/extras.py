"""Whether the packages of the extra are there, said in a sentence and not in a traceback."""

from __future__ import annotations

import importlib

from ..exceptions import ConfigError

MODULES = ("aiohttp", "trustme", "webrtcvad")


def require() -> None:
    """Check that every package of the extra can be imported.

    Raises:
        ConfigError: one can't; it says what to install.
    """
    for name in MODULES:
        try:
            importlib.import_module(name)
        except ImportError as error:  # noqa: PERF203 - three times in a process
            raise ConfigError(
                f"the emulator needs {name}, which is not installed: pip install 'gemini-live[emulator]'"
            ) from error
