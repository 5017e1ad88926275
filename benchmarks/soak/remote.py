"""The emulator in a process of its own, so that what it keeps is not taken for the client's."""

from __future__ import annotations

import json
import subprocess
import sys
from types import TracebackType
from typing import Any

from gemini_live.emulator import Emulator

_VERBS = ("go_away", "send_all", "close_all", "drop_all")


class RemoteEmulator:
    """Starts it, and has it do things.  One thread at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak.remote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.base_url: str = self._hear()

    def __enter__(self) -> RemoteEmulator:  # noqa: PYI034 - typing.Self is newer than the oldest Python served
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10.0)
        self._process.stdout.close()

    def do(self, verb: str, *arguments: Any) -> None:
        """Have it do something; returns when it has."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([verb, *arguments]) + "\n")
        self._process.stdin.flush()
        self._hear()

    def _hear(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the emulator's process has ended")
        return line.strip()


def main() -> None:
    """Serve, and do what the lines of the standard input say, until it ends."""
    with Emulator(tls=False, output_speed=float("inf"), record=False) as server:
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        for line in sys.stdin:
            verb, *arguments = json.loads(line)
            if verb not in _VERBS:
                raise ValueError(verb)
            getattr(server, verb)(*arguments)
            sys.stdout.write("done\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
