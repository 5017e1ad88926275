"""What a JSON value can be, in three verbs.

``decode`` reads what a server said and is total: a value that does not fit raises :class:`Mismatch`, and the codec
keeps it as it is.  ``parse`` reads what a program wrote and is strict: a wrong value is a :class:`ConfigError` that
names the path.  ``encode`` writes.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import attrs

from .._speed import read_base64, write_base64
from ..exceptions import ConfigError
from .enums import OpenEnum


class Mismatch(Exception):  # noqa: N818 - never leaves this folder
    """A server's value is not of the kind its field wants."""


class TooLarge(Exception):  # noqa: N818 - never leaves this folder
    """A program's value has no end, or as good as none: the reading stops where it is."""


Report = list[str]
"""Where a reading notes which fields did not fit, as ``Class.field``."""


class Kind(Protocol):
    """One kind of JSON value."""

    def decode(self, value: Any, report: Report) -> Any:
        """Read a server's value or raise :class:`Mismatch`; misfits further inside go to ``report``."""

    def parse(self, value: Any, path: str) -> Any:
        """Read a program's value or raise :class:`ConfigError` naming ``path``."""

    def encode(self, value: Any) -> Any:
        """Write."""


def wrong(path: str, wanted: str, value: Any) -> ConfigError:
    """Make the error for a value of the wrong type; the value itself is not shown, it may be large or private."""
    return ConfigError(f"must be {wanted}, not {type(value).__name__}", path=path)


def collect(problems: Iterable[ConfigError]) -> None:
    """Raise one error for all problems; return if there is none."""
    found = list(problems)
    if found:
        raise ConfigError.of(found)


class Gather:
    """A ``with`` block whose configuration error goes into ``problems``; the program goes on behind it."""

    __slots__ = ("_problems",)

    def __init__(self, problems: list[ConfigError]) -> None:
        self._problems = problems

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, ConfigError):
            self._problems.append(error)
            return True
        return False


def join(path: str, key: str) -> str:
    """Return the path of a key inside ``path``."""
    return f"{path}.{key}" if path else key


def check_text(text: str, path: str) -> None:
    """Refuse half surrogate pairs, which no UTF-8 can carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ConfigError("holds half a surrogate pair, which is no text", path=path) from None


class _Str:
    def decode(self, value: Any, report: Report) -> str:
        if type(value) is str:
            return value
        raise Mismatch

    def parse(self, value: Any, path: str) -> str:
        if isinstance(value, str):
            check_text(value, path)
            return str.__str__(value)  # a member of somebody's string enum becomes its text, not its name
        raise wrong(path, "a string", value)

    def encode(self, value: str) -> str:
        return value


class _Bool:
    def decode(self, value: Any, report: Report) -> bool:
        if type(value) is bool:
            return value
        if value in ("true", "false"):
            return bool(value == "true")
        raise Mismatch

    def parse(self, value: Any, path: str) -> bool:
        if isinstance(value, bool):
            return value
        raise wrong(path, "True or False", value)

    def encode(self, value: bool) -> bool:  # noqa: FBT001 - the value itself
        return value


_DIGITS = re.compile(r"-?[0-9]{1,20}")
_INT_BOUND = 1 << 64
"""No integer of the wire is wider; and Python refuses to write one of thousands of digits."""


class _Int:
    """A whole number: a server's may have 64 bits, a program's as many as the field has, which is 32."""

    bits = 32

    def decode(self, value: Any, report: Report) -> int:
        if (type(value) is str and _DIGITS.fullmatch(value)) or (type(value) is float and value.is_integer()):
            value = int(value)
        if type(value) is int and -_INT_BOUND < value < _INT_BOUND:
            return value
        raise Mismatch

    def parse(self, value: Any, path: str) -> int:
        if isinstance(value, bool) or not (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
            raise wrong(path, "a whole number", value)
        if not -(1 << (self.bits - 1)) <= value < 1 << (self.bits - 1):
            raise ConfigError(f"must be a whole number of at most {self.bits} bits", path=path)
        return int(value)

    def encode(self, value: int) -> Any:
        return value


class _Int64(_Int):
    """A 64-bit integer; protobuf's JSON mapping writes it as a string, so a program may, too."""

    bits = 64

    def parse(self, value: Any, path: str) -> int:
        digits = isinstance(value, str) and _DIGITS.fullmatch(value)
        return super().parse(int(value) if digits else value, path)

    def encode(self, value: int) -> str:
        return str(value)


class _Float:
    def decode(self, value: Any, report: Report) -> float:
        if type(value) in (int, float):
            return value  # type: ignore[no-any-return]
        raise Mismatch

    def parse(self, value: Any, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise wrong(path, "a number", value)
        try:
            finite = math.isfinite(value)
        except OverflowError:  # an integer that no float can hold
            finite = False
        if not finite:
            raise ConfigError("must be a finite number", path=path)
        return value

    def encode(self, value: float) -> float:
        return value


class _Bytes:
    def decode(self, value: Any, report: Report) -> bytes:
        if type(value) is not str:
            raise Mismatch
        try:
            return read_base64(value)
        except ValueError:
            raise Mismatch from None

    def parse(self, value: Any, path: str) -> bytes:
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        if not isinstance(value, str):
            raise wrong(path, "bytes, or a base64 string", value)
        try:
            return read_base64(value)
        except ValueError:
            raise ConfigError("a string here must be base64; give raw data as bytes", path=path) from None

    def encode(self, value: bytes) -> str:
        return write_base64(value).decode("ascii")


class _Json:
    """Anything JSON can hold; user data, passed through untouched."""

    def decode(self, value: Any, report: Report) -> Any:
        return value

    def parse(self, value: Any, path: str) -> Any:
        check_json(value, path)
        return value

    def encode(self, value: Any) -> Any:
        return value


_MAX_DEPTH = 100
"""As deep as protobuf's own JSON readers go; it also ends the walk through a value that contains itself."""


def check_json(value: Any, path: str, depth: int = 0) -> None:
    """Refuse what can't be written as JSON, naming the place inside the value."""
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, str):
        check_text(value, path)
    elif isinstance(value, (int, float)):
        FLOAT.parse(value, path)
    elif depth >= _MAX_DEPTH and isinstance(value, (dict, list, tuple)):
        raise ConfigError(f"is nested more than {_MAX_DEPTH} deep, or contains itself", path=path[:200])
    elif isinstance(value, dict):
        for key, item in value.items():
            check_key(key, path)
            check_json(item, join(path, key), depth + 1)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            check_json(item, f"{path}[{index}]", depth + 1)
    else:
        raise wrong(path, "something JSON can hold", value)


def check_key(key: Any, path: str) -> None:
    """Refuse a key that JSON can't hold."""
    if not isinstance(key, str):
        raise ConfigError(f"JSON keys are strings, not {type(key).__name__}", path=path)
    check_text(key, path)


STR, BOOL, INT, INT64, FLOAT, BYTES, JSON = (
    _Str(), _Bool(), _Int(), _Int64(), _Float(), _Bytes(), _Json()
)  # fmt: skip


@attrs.frozen
class EnumKind:
    """A member of ``cls``."""

    cls: type[OpenEnum]

    def decode(self, value: Any, report: Report) -> OpenEnum:
        """Read a value, newer ones included."""
        if type(value) is str:
            return self.cls(value)
        raise Mismatch

    def parse(self, value: Any, path: str) -> OpenEnum:
        """Read a known value in any case; refuse an unknown one, naming those that are known.

        A member is taken as it is, also one that only the server knows and :meth:`decode` made.
        """
        if isinstance(value, self.cls):
            return value
        if not isinstance(value, str):
            raise wrong(path, f"one of {', '.join(self.cls)}", value)
        member = next((member for member in self.cls if member.value.casefold() == value.casefold()), None)
        if member is None:
            raise ConfigError(
                f"{str.__str__(value)!r} is not one of {', '.join(self.cls)} "
                f"(one that is newer than this library is taken as {self.cls.__name__}(…))",
                path=path,
            )
        return member

    def encode(self, value: OpenEnum) -> str:
        """Write the value; a plain string is one."""
        return str(value)


@attrs.frozen
class ListKind:
    """A JSON array as a tuple."""

    item: Kind

    def decode(self, value: Any, report: Report) -> tuple[Any, ...]:
        """Read every item; one that does not fit makes the whole list a mismatch, so that none is lost."""
        if type(value) is not list:
            raise Mismatch
        decode = self.item.decode
        return tuple([decode(item, report) for item in value])

    def parse(self, value: Any, path: str) -> tuple[Any, ...]:
        """Read a list or tuple; a single value is no list, except where a class coerces it."""
        if not isinstance(value, (list, tuple)):
            raise wrong(path, "a list", value)
        problems: list[ConfigError] = []
        parsed = []
        for index, item in enumerate(value):
            with Gather(problems):
                parsed.append(self.item.parse(item, f"{path}[{index}]"))
        collect(problems)
        return tuple(parsed)

    def encode(self, value: tuple[Any, ...]) -> list[Any]:
        """Write every item."""
        return [self.item.encode(item) for item in value]


@attrs.frozen
class MapKind:
    """A JSON object whose keys are user data."""

    item: Kind

    def decode(self, value: Any, report: Report) -> dict[str, Any]:
        """Read every value; keys stay as they are."""
        if type(value) is not dict:
            raise Mismatch
        return {key: self.item.decode(item, report) for key, item in value.items()}

    def parse(self, value: Any, path: str) -> dict[str, Any]:
        """Read a mapping with string keys."""
        if not isinstance(value, Mapping):
            raise wrong(path, "a mapping", value)
        problems: list[ConfigError] = []
        parsed = {}
        for key, item in value.items():
            with Gather(problems):
                check_key(key, path)
                parsed[key] = self.item.parse(item, join(path, key))
        collect(problems)
        return parsed

    def encode(self, value: dict[str, Any]) -> dict[str, Any]:
        """Write every value; keys stay as they are."""
        return {key: self.item.encode(item) for key, item in value.items()}
