"""What is public: sorted, importable, documented, and nothing by accident."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import attrs
import pytest

import gemini_live
from gemini_live.protocol import CALLBACKS

ROOT = Path(gemini_live.__file__).parents[1]

IN_DESIGN = [
    "Session", "Blob", "ServerMessage", "TextDelta", "AudioChunk", "TranscriptionEvent", "ToolCall",
    "ToolCallCancellation", "Turn", "UsageMetadata", "VoiceActivity", "SessionResumptionUpdate", "GoAway", "Opened",
    "Reconnecting", "Reconnected", "Overflow", "Closed", "OutboxPolicy", "GeminiLiveError", "ConfigError", "AuthError",
    "ConnectError", "HandshakeError", "SetupError", "ConnectTimeout", "NotReadyError", "SessionClosed",
    "ConnectionLost", "OutboxFullError", "CallTimeout", "TurnTimeout", "CallingSelfError", "ForkedSessionError",
    "ToolError", "CallbackError", "ProtocolError", "ApiError", "ModelNotFoundError", "Observer", "current_session",
    "Models", "AuthTokens", "AuthToken", "MusicSession",
]  # fmt: skip
"""Names that the contract gives."""


def packages():
    """Return the package and every package in it that says what is public."""
    found = [gemini_live]
    for info in pkgutil.walk_packages(gemini_live.__path__, "gemini_live."):
        if not info.name.endswith("__main__"):
            module = importlib.import_module(info.name)
            if hasattr(module, "__all__"):
                found.append(module)
    return found


PACKAGES = packages()
PUBLIC = [
    (module.__name__, name)
    for module in PACKAGES
    for name in module.__all__
    if inspect.isclass(getattr(module, name)) or inspect.isfunction(getattr(module, name))
]


@pytest.mark.parametrize("module", PACKAGES, ids=lambda module: module.__name__)
def test_all_is_sorted_and_importable(module):
    """Every name in ``__all__`` is there, once, in order."""
    assert list(module.__all__) == sorted(set(module.__all__))
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert name in dir(module)


def silent(module, name):
    """Return which of a public class or function, and of a class's public methods, have no docstring of their own."""
    value = getattr(importlib.import_module(module), name)
    undocumented = []
    if not (value.__doc__ or "").strip() or value.__doc__.startswith(f"{name}("):
        undocumented.append(f"{module}.{name}")
    if inspect.isclass(value):
        for key, member in vars(value).items():
            function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
            if not key.startswith("_") and inspect.isfunction(function) and not inspect.getdoc(getattr(value, key)):
                undocumented.append(f"{module}.{name}.{key}")
    return undocumented


def test_everything_public_says_what_it_is():
    """Every public class and function, and every public method of one, has a docstring of its own."""
    assert len(PUBLIC) > 300
    assert [what for module, name in PUBLIC for what in silent(module, name)] == []


def test_the_names_of_the_contract_are_at_the_top():
    """What the contract names is imported from the package itself."""
    assert set(IN_DESIGN) - set(gemini_live.__all__) == set()
    assert [name for name in IN_DESIGN if getattr(gemini_live, name) is None] == []


def test_every_callbacks_value_is_public():
    """A program can name the type of whatever its callbacks get."""
    for kind in CALLBACKS.values():
        assert kind in (dict, Exception) or getattr(gemini_live, kind.__name__) is kind


def test_every_error_is_public():
    """The whole tree can be caught by name; what begins with an underscore is shared plumbing."""

    def tree(cls):
        return {cls}.union(*(tree(below) for below in cls.__subclasses__()))

    own = [cls for cls in tree(gemini_live.GeminiLiveError) if cls.__module__ == "gemini_live.exceptions"]

    assert {cls.__name__ for cls in own if not cls.__name__.startswith("_")} <= set(gemini_live.__all__)


def test_dir_offers_what_is_public_before_it_is_used():
    """Completion in an interpreter sees names that have not been imported yet."""
    program = (
        "import gemini_live; print(set(gemini_live.__all__) <= set(dir(gemini_live)), 'Session' in vars(gemini_live))"
    )

    out = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )

    assert out.stdout == "True False\n"


def test_an_unknown_name_is_an_attribute_error():
    """A misspelt name fails as in any module, also in an import statement."""
    with pytest.raises(AttributeError, match="module 'gemini_live' has no attribute 'Sesion'"):
        getattr(gemini_live, "Sesion")  # noqa: B009 - the access is what is tested
    with pytest.raises(ImportError, match="Sesion"):
        from gemini_live import Sesion  # noqa: F401


def test_a_star_import_gives_exactly_all():
    """Nothing else comes along."""
    names = {}

    exec("from gemini_live import *", names)

    assert set(names) - {"__builtins__"} == set(gemini_live.__all__)


def test_a_name_is_one_object_wherever_it_comes_from():
    """The lazy name is cached and is the same as in its home."""
    from gemini_live.session import Session

    assert gemini_live.Session is Session
    assert vars(gemini_live)["Session"] is Session


def test_public_values_are_frozen():
    """No value that a program is given can be changed under another callback."""
    for name in gemini_live.__all__:
        value = getattr(gemini_live, name)
        if inspect.isclass(value) and attrs.has(value):
            frozen = value.__setattr__.__module__.startswith("attr") or value.__setattr__ is not object.__setattr__
            assert frozen, name


def test_the_version_is_a_version():
    """Three numbers, as packaging reads them."""
    from packaging.version import Version

    assert str(Version(gemini_live.__version__)) == gemini_live.__version__
