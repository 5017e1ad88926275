"""Docstrings: what they say of functions, classes and their parameters."""

from __future__ import annotations

import dataclasses
import functools
import sys
from typing import NamedTuple

import pytest

from gemini_live.tools.docstrings import Said, docstring_of_class, docstring_of_function, read_docstring

SAID = Said("Turn a light on.\n\nIt may take a second.", {"room": "where it is", "level": "how bright,\nin percent"})

GOOGLE = """Turn a light on.

    It may take a second.

    Args:
        room: where it is
        level (int): how bright,
            in percent

    Returns:
        Whether it is on.
    """
NUMPY = """
    Turn a light on.

    It may take a second.

    Parameters
    ----------
    room : str
        where it is
    level : int
        how bright,
        in percent

    Returns
    -------
    bool
        Whether it is on.
    """
SPHINX = """Turn a light on.

    It may take a second.

    :param room: where it is
    :param int level: how bright,
        in percent
    :returns: whether it is on
    """


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX], ids=["google", "numpy", "sphinx"])
def test_every_style_says_the_same(text):
    """The description ends where the parameters begin."""
    pytest.importorskip("docstring_parser")

    assert read_docstring(text) == SAID


def test_without_the_library_everything_is_the_description(monkeypatch):
    """Nothing is parsed by hand."""
    monkeypatch.setitem(sys.modules, "docstring_parser", None)

    said = read_docstring(GOOGLE)

    assert said.description.startswith("Turn a light on.\n\nIt may take a second.\n\nArgs:\n    room: where it is")
    assert said.parameters == {}


@pytest.mark.parametrize("text", [None, "", "  \n\t "])
def test_no_docstring_says_nothing(text):
    """There is no description, not an empty one."""
    assert read_docstring(text) == Said(None, {})


@pytest.mark.parametrize(
    "text", [":param", ":param a b c d: e", "Args:\nroom", "Parameters\n---", "\ud800", ":param x"]
)
def test_a_broken_docstring_is_a_description(text):
    """No docstring raises."""
    assert read_docstring(text).description == text


def test_a_parser_that_fails_is_not_believed(monkeypatch):
    """Whatever it raises, the text is there."""
    parser = pytest.importorskip("docstring_parser")

    def fail(text):
        raise IndexError(text)

    monkeypatch.setattr(parser, "parse", fail)

    assert read_docstring("Turn it on.") == Said("Turn it on.", {})


def test_a_docstring_may_hold_parameters_alone():
    """Then there is no description."""
    pytest.importorskip("docstring_parser")

    assert read_docstring("\n    Args:\n        room: where it is\n    ") == Said(None, {"room": "where it is"})


@dataclasses.dataclass
class Generated:
    x: int


@dataclasses.dataclass
class Documented:
    """A point."""

    x: int


class Inherits(Documented):
    pass


class Pair(NamedTuple):
    x: int


@pytest.mark.parametrize(
    ("cls", "text"), [(Generated, None), (Documented, "A point."), (Inherits, None), (Pair, None), (int, int.__doc__)]
)
def test_a_class_has_the_docstring_that_was_written_for_it(cls, text):
    """Neither a generated one nor its parent's."""
    assert docstring_of_class(cls) == (None if text and text.startswith(f"{cls.__name__}(") else text)


class Caller:
    """Calls."""

    def __call__(self):
        """Call."""


class Silent:
    """Calls silently."""

    def __call__(self): ...


@functools.lru_cache
def cached():
    """Look up."""


@pytest.mark.parametrize(
    ("function", "text"),
    [
        (read_docstring, read_docstring.__doc__.partition("\n")[0]),
        (Documented, "A point."),
        (Caller(), "Call."),
        (Caller().__call__, "Call."),
        (Silent(), "Calls silently."),
        (cached, "Look up."),
        (lambda: 1, None),
    ],
)
def test_a_callable_has_its_own_docstring(function, text):
    """Of an instance, that of its call, else that of its class."""
    said = docstring_of_function(function)

    assert (said and said.partition("\n")[0]) == text
