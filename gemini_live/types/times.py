"""Durations and moments, as protobuf's JSON writes them.

https://protobuf.dev/programming-guides/json/
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Any

from ..exceptions import ConfigError
from .kinds import INT64, Mismatch, Report, wrong

_DURATION = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,9})?)s")
_TIMESTAMP = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
)


class _Duration:
    """A protobuf duration (``"9.500s"``) as milliseconds: ``int`` where they are whole, else ``float``."""

    def decode(self, value: Any, report: Report) -> float:
        match = _DURATION.fullmatch(value) if type(value) is str else None
        if match is None:
            raise Mismatch
        milliseconds = Decimal(match[1]) * 1000
        if milliseconds == int(milliseconds):
            return int(milliseconds)
        if Decimal(repr(float(milliseconds))) != milliseconds:  # more digits than a float holds: kept as it came
            raise Mismatch
        return float(milliseconds)

    def parse(self, value: Any, path: str) -> float:
        if isinstance(value, str):
            try:
                return self.decode(str.__str__(value), [])
            except Mismatch:
                raise ConfigError('must look like "9.5s", or be whole milliseconds', path=path) from None
        return INT64.parse(value, path)

    def encode(self, value: float) -> str:
        nanoseconds = int(Decimal(repr(value)) * 1_000_000)
        seconds, rest = divmod(abs(nanoseconds), 1_000_000_000)
        fraction = f"{rest:09d}"
        while fraction.endswith("000"):  # none, three, six or nine digits, as protobuf writes them
            fraction = fraction[:-3]
        return f"{'-' if value < 0 else ''}{seconds}{'.' if fraction else ''}{fraction}s"


class _Timestamp:
    """A moment (``"2026-01-31T12:00:00Z"``), kept as the text it is."""

    def decode(self, value: Any, report: Report) -> str:
        if type(value) is str:
            return value
        raise Mismatch

    def parse(self, value: Any, path: str) -> str:
        if isinstance(value, datetime.datetime):
            if value.tzinfo is None:
                raise ConfigError("must be a datetime that knows its time zone", path=path)
            return value.astimezone(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        if not isinstance(value, str):
            raise wrong(path, "a datetime or a string", value)
        if not _TIMESTAMP.fullmatch(value):
            raise ConfigError('must look like "2026-01-31T12:00:00Z"', path=path)
        return str.__str__(value)

    def encode(self, value: str) -> str:
        return value


DURATION_MS, TIMESTAMP = _Duration(), _Timestamp()
