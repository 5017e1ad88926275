"""Ctrl-C comes through wherever the main thread is."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from gemini_live.cli import models
from gemini_live.cli.interrupts import heedful

from .running import only_line, ran

SECONDS = 10


class Dying:
    """Raises something when it is collected."""

    def __init__(self, error):
        self.error = error

    def __del__(self):
        raise self.error


@pytest.mark.parametrize("signals", [True, False], ids=["signals", "no signals"])
def test_ctrl_c_in_a_finalizer_is_not_lost(capsys, monkeypatch, signals):
    """It comes again a moment later, and the command ends as it always does; without signals in its next slice."""
    never, slices = threading.Event(), 1 if signals else 100

    def run(arguments):
        Dying(KeyboardInterrupt())
        for _ in range(slices):
            never.wait(SECONDS / slices)
        raise AssertionError("it was lost")

    monkeypatch.setattr(models, "run", run)
    if not signals:
        monkeypatch.delattr(signal, "pthread_kill")

    status, out, err = ran(capsys, "models")

    assert (status, out) == (130, "")
    assert only_line(err) == "interrupted"


def test_what_else_goes_wrong_there_is_told_as_before(monkeypatch):
    """Whoever listened to that still does, and nobody else is called afterwards."""
    heard = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: heard.append(unraisable.exc_value))
    before = sys.unraisablehook
    error = ValueError("no")

    with heedful():
        Dying(error)

    assert heard == [error]
    assert sys.unraisablehook is before


def test_it_does_not_come_again_when_all_is_over():
    """What was passed over at the very end has nothing left to interrupt."""
    alive = set(threading.enumerate())

    with heedful():
        Dying(KeyboardInterrupt())

    for timer in set(threading.enumerate()) - alive:
        timer.join(SECONDS)
    with pytest.raises(ValueError, match="nothing else"):
        raise ValueError("nothing else")
