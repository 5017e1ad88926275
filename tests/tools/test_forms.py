"""Errors of arguments: what they hold, and how they read."""

from __future__ import annotations

import pickle

import pytest

from gemini_live.exceptions import GeminiLiveError
from gemini_live.tools.forms import ArgumentsError, Gather, collect, inside, is_too_deep, show, unknown


def test_several_problems_are_one_error():
    """Flat, in their order, in one line."""
    error = ArgumentsError.of(
        [ArgumentsError.of([ArgumentsError("a", path="x"), ArgumentsError("b", path="y")]), ArgumentsError("c")]
    )

    assert isinstance(error, GeminiLiveError)
    assert str(error) == "x: a; y: b; c"
    assert error.path == "x"
    assert [str(problem) for problem in error.problems] == ["x: a", "y: b", "c"]


def test_a_single_problem_is_itself():
    """There is nothing to wrap."""
    error = ArgumentsError("a", path="x")

    assert ArgumentsError.of([error]) is error
    assert error.problems == (error,)


def test_a_text_has_an_end():
    """All problems are there, the first twenty are shown."""
    error = ArgumentsError.of([ArgumentsError("wrong", path=f"x[{index}]") for index in range(1000)])

    assert len(error.problems) == 1000
    assert str(error).endswith("x[19]: wrong; and 980 more")


def test_an_error_survives_pickling():
    """With its problems."""
    error = pickle.loads(pickle.dumps(ArgumentsError.of([ArgumentsError("a", path="x"), ArgumentsError("b")])))

    assert (str(error), error.path) == ("x: a; b", "x")
    assert [str(problem) for problem in error.problems] == ["x: a", "b"]


def test_gathering_takes_arguments_errors_alone():
    """Any other exception is a mistake of the program."""
    problems = []
    with Gather(problems):
        raise ArgumentsError("a")
    with pytest.raises(KeyError), Gather(problems):
        raise KeyError("b")

    with pytest.raises(ArgumentsError, match="^a$"):
        collect(problems)
    collect([])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (0, "0"),
        (1.5, "1.5"),
        ("a", "'a'"),
        ("\ud800", r"'\ud800'"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
        ("x" * 100, "'" + "x" * 58 + "…"),
        (10**100_000, "a very large number"),
    ],
    ids=range(12),
)
def test_values_are_shown_in_jsons_words(value, text):
    """Short, whatever they are."""
    assert show(value) == text


@pytest.mark.parametrize(
    ("path", "key", "joined"),
    [("", "a", "a"), ("a", "b", "a.b"), ("a", "", "a.''"), ("a", "\n", r"a.'\n'"), ("", 3, "3"), ("", "ü b", "ü b")],
)
def test_paths_hold_keys(path, key, joined):
    """What can't be read in a line is written as a string."""
    assert inside(path, key) == joined


@pytest.mark.parametrize(
    ("key", "known", "text"),
    [
        ("citi", ["city", "unit"], "citi: unknown; did you mean city?"),
        ("zzz", ["city", "unit"], "zzz: unknown; known are city, unit"),
        ("zzz", [], "zzz: unknown; nothing is taken here"),
        ("a: unknown", ["city"], "a: unknown: unknown; known are city"),
    ],
)
def test_unknown_names_get_the_nearest_one(key, known, text):
    """As far as there is any."""
    assert str(unknown(key, known, "")) == text
    assert str(unknown(key, known, "at")) == f"at.{text}"


def nested(depth):
    """Return lists and objects inside each other."""
    value = 1
    for step in range(depth):
        value = [value] if step % 2 else {"a": value}
    return value


def test_depth_is_counted_without_a_stack():
    """A hundred levels are enough for everybody."""
    assert not is_too_deep(nested(100))
    assert is_too_deep(nested(101))
    assert is_too_deep(nested(100_000))
