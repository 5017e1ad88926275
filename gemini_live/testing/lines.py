"""Recordings as lines of JSON: one message of the wire on each.

``{"direction": "sent" | "received", "data": <the JSON message>}``, and beside these, where they are known:

- ``"at"``: seconds since the recording began;
- ``"connection"``: which connection it was on, from 2, as the first one is not named; where no line has it, every setup
  begins the next one;
- ``"end"``: ``{"code": …, "reason": …}``, on a received line with empty data: so the connection ended, by the server's
  close or, with 1006, by a break.  The session's own close leaves no line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs

from .._logging import get_logger
from ..exceptions import ConfigError
from .memory import closing

_log = get_logger("testing")
_BROKEN = 1006
SENT, RECEIVED = "sent", "received"
Source = str | os.PathLike[str] | Iterable[str | Mapping[str, Any]]
"""A recording: the path of a file, or its lines, as text or as mappings."""


@attrs.frozen
class Line:
    """One line.

    Attributes:
        direction: ``"sent"`` by the session or ``"received"`` by it.
        data: the message.
        at: seconds since the recording began.
        connection: which connection it was on, from 2; ``None`` is the first, or not known.
        end: the code and reason that the connection ended with.
    """

    direction: str
    data: dict[str, Any] = attrs.field(repr=False)
    at: float | None = None
    connection: int | None = None
    end: tuple[int, str] | None = None

    def to_json(self) -> str:
        """Return the line without its line feed."""
        line: dict[str, Any] = {"direction": self.direction, "data": self.data}
        if self.at is not None:
            line["at"] = round(self.at, 3)
        if self.connection is not None:
            line["connection"] = self.connection
        if self.end is not None:
            line["end"] = {"code": self.end[0], "reason": self.end[1]}
        return json.dumps(line, ensure_ascii=False)


def read_lines(source: Source) -> list[Line]:
    """Read a recording; empty lines are none, and neither is the beginning of a line that a file ends with.

    Raises:
        ConfigError: a line is no message of a recording; the error names it.
        OSError: the file can't be read.
    """
    if isinstance(source, (str, os.PathLike)):
        return _read_file(Path(source))
    return [_read_line(one, number) for number, one in enumerate(source, 1) if not isinstance(one, str) or one.strip()]


def _read_file(path: Path) -> list[Line]:
    """Read a file; only a line feed ends a line, as what people say may have any other character that does."""
    texts: list[str | bytes] = [*path.read_bytes().split(b"\n")]
    if len(texts) > 1 and _is_torn(texts[-1]):
        _log.warning("the recording %s ends within line %d, which is left out", path, len(texts))
        texts.pop()
    return [_read_line(text, number) for number, text in enumerate(texts, 1) if text.strip()]


def _is_torn(text: str | bytes) -> bool:
    """Return whether what stands after the last line feed is no JSON: whoever wrote it did not get to the end."""
    try:
        _parsed(text)
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    except ValueError:
        return bool(text.strip())
    except RecursionError:
        pass
    return False


def _parsed(text: str | bytes) -> Any:
    return json.loads(text.decode() if isinstance(text, bytes) else text)


def _read_line(line: str | bytes | Mapping[str, Any], number: int) -> Line:
    read: Line | None
    try:
        value = _parsed(line) if isinstance(line, (str, bytes)) else line
        direction, data, end = value["direction"], value["data"], value.get("end")
        ending = (int(end["code"]), str(end["reason"])) if end is not None else None
        read = Line(direction, data, value.get("at"), value.get("connection"), ending)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        read = None
    if read is None or read.direction not in (SENT, RECEIVED) or not isinstance(read.data, dict):
        sentence = f'line {number} is no {{"direction": "sent" or "received", "data": {{…}}}}'
        raise ConfigError(sentence, path="recording")
    wrong = _wrong(read)
    if wrong:
        raise ConfigError(f"line {number} has {wrong}", path="recording")
    return read


def _wrong(line: Line) -> str:
    """Return what of a line can't be played, empty if all can."""
    number = line.connection
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
        return "a connection that is no number from 1"
    if line.end is not None and line.end[0] != _BROKEN:
        try:
            closing(*line.end)
        except ValueError:
            return f"a close code that no server sends: {line.end[0]}"
    return ""


def by_connection(lines: Iterable[Line]) -> list[list[Line]]:
    """Return each connection's lines, in the order in which the connections began."""
    lines = list(lines)
    numbered = any(line.connection is not None for line in lines)
    parts: dict[Any, list[Line]] = {}
    number = 1
    for line in lines:
        if numbered:
            number = line.connection or 1
        elif line.direction == SENT and "setup" in line.data and number in parts:
            number += 1
        parts.setdefault(number, []).append(line)
    return list(parts.values())
