"""What a form is: it says to a model which JSON is wanted, and turns that JSON into Python values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from ..exceptions import GeminiLiveError
from ..types.codec import unknown_key
from ..types.kinds import join

MAX_DEPTH = 100
"""As deep as protobuf's own JSON readers go."""

_SHOWN_PROBLEMS = 20
_SHOWN_CHARACTERS = 60


class ArgumentsError(GeminiLiveError):
    """The arguments of a call don't fit the function; the text is for the model, which may try again.

    Attributes:
        path: where (``stops[2].city``); empty when it is about the whole.  Of several problems, the first one's.
    """

    _several: tuple[ArgumentsError, ...] = ()

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {message}" if path else message)

    @classmethod
    def of(cls, problems: Iterable[ArgumentsError]) -> ArgumentsError:
        """Return one error for several problems (at least one); one is returned as it is.

        The text shows the first twenty: who reads more of them does not mend them either.
        """
        found = tuple(single for problem in problems for single in problem.problems)
        if len(found) == 1:
            return found[0]
        texts = [str(problem) for problem in found[:_SHOWN_PROBLEMS]]
        if len(found) > _SHOWN_PROBLEMS:
            texts.append(f"and {len(found) - _SHOWN_PROBLEMS} more")
        error = cls("; ".join(texts))
        error.path = found[0].path
        error._several = found
        return error

    @property
    def problems(self) -> tuple[ArgumentsError, ...]:
        """Everything that is wrong, in the order in which it was found; a single problem is its own only entry."""
        return self._several or (self,)


class Form(Protocol):
    """One form that a value can have."""

    @property
    def wanted(self) -> str:
        """What is wanted, as it stands after "must be"."""

    def schema(self) -> dict[str, Any]:
        """Return the form in the API's own dialect; see :mod:`.dialect`."""

    def convert(self, value: Any, path: str) -> Any:
        """Return a JSON value as the function wants it.

        Raises:
            ArgumentsError: it does not fit.
        """


class Gather:
    """A ``with`` block whose arguments error goes into ``problems``; the program goes on behind it."""

    __slots__ = ("_problems",)

    def __init__(self, problems: list[ArgumentsError]) -> None:
        self._problems = problems

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> bool:
        if isinstance(error, ArgumentsError):
            self._problems.append(error)
            return True
        return False


def collect(problems: list[ArgumentsError]) -> None:
    """Raise one error for all problems; return if there is none."""
    if problems:
        raise ArgumentsError.of(problems)


def show(value: Any) -> str:
    """Return a JSON value for a message: short, and in JSON's words."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    try:
        return shorten(repr(value))
    except ValueError:  # Python refuses to write an integer of thousands of digits
        return "a very large number"


def shorten(text: str) -> str:
    """Return a text as it fits into a message."""
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"


def wrong(path: str, wanted: str, value: Any) -> ArgumentsError:
    """Make the error for a value of the wrong form; the model wrote it, so it may see it."""
    return ArgumentsError(f"must be {wanted}, not {show(value)}", path=path)


def inside(path: str, key: object) -> str:
    """Return the path of a key inside ``path``; a key that is no plain word is written as a string."""
    plain = isinstance(key, str) and key.isprintable() and 0 < len(key) <= _SHOWN_CHARACTERS
    return join(path, str(key)) if plain else join(path, show(key))


def unknown(key: object, known: list[str], path: str) -> ArgumentsError:
    """Make the error for a name that is not taken, with the nearest one that is."""
    place = inside(path, key)
    if not known:
        return ArgumentsError("unknown; nothing is taken here", path=place)
    error = unknown_key(inside("", key), known)
    return ArgumentsError(str(error).removeprefix(f"{error.path}: "), path=place)


def is_too_deep(value: Any) -> bool:
    """Whether lists and objects are nested deeper than anybody means them."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            inner
            for item in level
            if isinstance(item, (Mapping, list, tuple))
            for inner in (item.values() if isinstance(item, Mapping) else item)
        ]
        if not level:
            return False
    return True
