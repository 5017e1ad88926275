"""A program that runs others: each in a process of its own, forked off this one, which has imported what takes long.

Imports are most of what a short program costs.  ``programs.py`` starts this one and writes what to run, in JSON; for
each program that has ended this one writes a line: its number and its status.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import types
from typing import Any

import gemini_live.cli.demo
import gemini_live.emulator.server
import gemini_live.emulator.service
import gemini_live.session
import gemini_live.testing
import gemini_live.tokens  # noqa: F401

AT_ONCE = 4
"""Programs wait more than they work, but others want to work, too."""
SECONDS = 50
"""How long a program may take before it is killed."""


def become(program: dict[str, Any]) -> None:
    """Be the process that somebody started with ``python FILE`` or ``python -c CODE``, up to its first line."""
    signal.alarm(SECONDS)
    os.chdir(program["folder"])
    os.environ.clear()
    os.environ.update(program["environment"])
    for number, name in enumerate([os.devnull, program["out"], program["err"]]):
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT if number else os.O_RDONLY)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.argv = [program["file"] or "-c"]
    sys.path[0] = os.path.dirname(program["file"])


def next_program(programs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return, in a new process, the program that it is for; this process waits for them all and ends."""
    running: dict[int, int] = {}

    def wait() -> None:
        child, status = os.wait()
        print(json.dumps([running.pop(child), os.waitstatus_to_exitcode(status)]), flush=True)

    for number, program in enumerate(programs):
        child = os.fork()
        if not child:
            become(program)
            return program
        running[child] = number
        if len(running) == AT_ONCE:
            wait()
    while running:
        wait()
    raise SystemExit


if __name__ == "__main__":
    given = next_program(json.load(sys.stdin))
    module = sys.modules["__main__"] = types.ModuleType("__main__")
    if given["file"]:
        module.__file__ = given["file"]
    exec(compile(given["code"], given["file"] or "<string>", "exec"), module.__dict__)
