"""Log names and the redactor."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from gemini_live._logging import Redactor, get_logger


def test_loggers_live_below_the_librarys() -> None:
    """One switch for all of them."""
    assert get_logger("actor").name == "gemini_live.actor"


def test_known_secrets_are_taken_out() -> None:
    """Wherever and however often they stand."""
    redact = Redactor(["secret-1"])
    redact.add("secret-2")
    redact.add("secret-2")
    assert redact("secret-1, secret-2 and secret-1") == "[redacted], [redacted] and [redacted]"
    assert redact("nothing here") == "nothing here"
    assert repr(redact) == "<Redactor of 2 secret(s)>"


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

    assert repr(redact) == "<Redactor of 800 secret(s)>"
