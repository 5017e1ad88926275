"""Fixtures for pytest: ``live_emulator`` and ``live_session``.

Installed with the library; ``-p no:gemini_live.testing.plugin`` does without.  Nothing but pytest is imported until a
test asks for one of the fixtures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..emulator import Emulator
    from ..session import Session

_MARKER = (
    "live_emulator(profile='auto', **options): the arguments of gemini_live.emulator.Emulator "
    "behind the fixtures live_emulator and live_session"
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, for ``--strict-markers`` and ``--markers``."""
    config.addinivalue_line("markers", _MARKER)


def _options(node: Any) -> dict[str, Any]:
    """Return what a test's markers say, those of the test itself before those of its class and module."""
    options: dict[str, Any] = {"tls": False, "output_speed": float("inf")}
    for marker in reversed(list(node.iter_markers("live_emulator"))):
        options.update(marker.kwargs)
        if marker.args:
            (options["profile"],) = marker.args
    return options


@pytest.fixture
def live_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """A local server of the Live API: plain TCP, and answers without waiting, unless the marker says otherwise.

    It needs the extra ``emulator``.

    Example::

        @pytest.mark.live_emulator(profile="gemini-3.1", seed=7)
        def test_a_call(live_emulator, live_session): ...
    """
    from ..emulator import Emulator  # noqa: PLC0415 - when a test asks for it

    with Emulator(**_options(request.node)) as server:
        yield server


@pytest.fixture
def live_session(request: pytest.FixtureRequest, live_emulator: Emulator) -> Iterator[Callable[..., Session]]:
    """Open sessions with ``live_emulator``: ``live_session(**options)``, all options of ``Session`` as they are.

    They are connected (``connect=False`` only starts them), and closed after the test, which fails if one of them has
    left a thread behind.

    Example::

        def test_a_greeting(live_session):
            assert "Hello" in live_session(output_audio_transcription={}).ask("Hello", timeout=5).output_transcript
    """
    from .sessions import Sessions  # noqa: PLC0415 - when a test asks for it

    options = _options(request.node)
    with Sessions(live_emulator, options.get("profile", "auto"), options.get("models")) as sessions:
        yield sessions.open
