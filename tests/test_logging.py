"""Log names and the redactor."""

from __future__ import annotations

import threading
import traceback
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live._logging import Redactor, get_logger, redact_error
from gemini_live.exceptions import GeminiLiveError


def test_loggers_live_below_the_librarys() -> None:
    """One switch for all of them."""
    assert get_logger("actor").name == "gemini_live.actor"


def test_known_secrets_are_taken_out() -> None:
    """Wherever and however often they stand."""
    redact = Redactor(["secret-1"])
    redact.add("secret-2")
    redact.add("secret-2", "secret-3")
    assert redact("secret-1, secret-2, secret-3 and secret-1") == "[redacted], [redacted], [redacted] and [redacted]"
    assert redact("nothing here") == "nothing here"
    assert repr(redact) == "<Redactor>"


def test_short_secrets_are_too_common() -> None:
    """Text of fewer than six characters would tear holes into everything."""
    assert Redactor(["a", "", "12345"])("a 12345") == "a 12345"


@given(st.permutations(["abcdef", "abcdefghij", "cdefghijkl"]))
def test_secrets_inside_each_other_leave_no_rest(secrets: list[str]) -> None:
    """The longest is looked for first, whatever the order they came in."""
    redact = Redactor(secrets)
    assert redact("key abcdefghij.") == "key [redacted]."
    assert redact("key cdefghijkl.") == "key [redacted]."


def test_no_secret_is_lost_between_threads() -> None:
    """Many threads add at once, and every secret is known afterwards."""
    redact, barrier = Redactor(), threading.Barrier(8)

    def add(number: int) -> None:
        barrier.wait(10)
        for index in range(100):
            redact.add(f"secret-{number}-{index}-")

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    every = " ".join(f"secret-{number}-{index}-" for number in range(8) for index in range(100))
    assert set(redact(every).split()) == {"[redacted]"}


@pytest.mark.parametrize(
    "form", ["se/cret+1 ü", "se%2Fcret%2B1%20%C3%BC", "se%2Fcret%2B1+%C3%BC", "c2UvY3JldCsxIMO8", "c2UvY3JldCsxIMO8=="]
)
def test_a_secret_is_known_in_the_forms_in_which_servers_repeat_it(form: str) -> None:
    """As it is, percent-encoded as in URLs and forms, and in base64."""
    assert "c2UvY3JldCsxIMO8" not in Redactor(["se/cret+1 ü"])(f"you sent {form}!")
    assert "[redacted]" in Redactor(["se/cret+1 ü"])(f"you sent {form}!")


class Pair(NamedTuple):
    """A tuple that can't be made of an iterable."""

    one: str
    two: list[str]


def test_whatever_an_error_holds_is_redacted_or_left_alone() -> None:
    """Named tuples, depth without end, keys; the type may become a plain one."""
    deep: Any = "secret-1"
    for _ in range(2000):
        deep = [deep]
    error = GeminiLiveError(Pair("secret-1", ["secret-1"]), {"secret-1": ("secret-1",)}, deep)

    assert redact_error(error, Redactor(["secret-1"])) is error
    assert error.args[:2] == (("[redacted]", ["[redacted]"]), {"[redacted]": ("[redacted]",)})
    assert "secret-1" not in repr(error)


def test_a_stranger_s_exception_is_not_written_into() -> None:
    """Where one below ours holds a secret, another one stands in for it."""
    theirs = ValueError("it was secret-1", Pair("a", []))
    harmless = ValueError("nothing")
    ours, other = GeminiLiveError("one"), GeminiLiveError("two")
    ours.__cause__, other.__cause__ = theirs, harmless

    for error in (ours, other):
        redact_error(error, Redactor(["secret-1"]))

    assert theirs.args == ("it was secret-1", ("a", []))
    assert "secret-1" not in "".join(traceback.format_exception(ours))
    assert "ValueError" in str(ours.__cause__)
    assert other.__cause__ is harmless
