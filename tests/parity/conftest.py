"""What the comparison shares: one recorder, and both clients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from .library import Library
from .recorder import Recorder

OLDEST = (3, 4)
"""The version of google-genai that the configurations were written with."""


@pytest.fixture(scope="session")
def recorder() -> Iterator[Recorder]:
    """One server for the whole folder; each test's conversations are told apart by their order."""
    recorder = Recorder()
    yield recorder
    recorder.stop()


@pytest.fixture(scope="session")
def google(recorder: Recorder) -> Any:
    """Google's own client; without it there is nothing to compare with."""
    pytest.importorskip("google.genai", reason="google-genai is not installed: pip install google-genai")
    from google.genai import version

    if tuple(int(digits) for digits in version.__version__.split(".")[:2]) < OLDEST:
        pytest.skip(f"google-genai {version.__version__} does not know all that is compared (3.4 needs Python 3.11)")
    from .google import make_google

    return make_google(recorder)


@pytest.fixture(scope="session")
def library(recorder: Recorder) -> Library:
    """This library."""
    return Library(recorder)
