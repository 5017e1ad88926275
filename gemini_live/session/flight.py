"""The flight recorder as the program gets it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import attrs

from ..protocol import FlightEntry


@attrs.frozen
class FlightRecord:
    """The last things a session did: times, sizes and codes, no content and no secrets.

    Print it, iterate over it, or save it with a trouble report.
    """

    entries: tuple[FlightEntry, ...]

    def __iter__(self) -> Iterator[FlightEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def __str__(self) -> str:
        return "\n".join(map(str, self.entries))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it as JSON lines.

        Raises:
            OSError: the file can't be written.
        """
        lines = [json.dumps(attrs.asdict(entry), separators=(",", ":")) for entry in self.entries]
        Path(path).write_text("\n".join(lines) + "\n", "utf-8")
