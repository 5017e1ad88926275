"""What a model's name tells: what it is called, whether it sounds live, and which of two is newer.  Pure; any thread.

How Google names models: https://ai.google.dev/gemini-api/docs/models#model-versions.  A name comes from a stranger and
may be anything; whatever it is, everything here has an answer to it.
"""

from __future__ import annotations

import re
from itertools import pairwise

import attrs

from ..profiles import UNKNOWN, bare_name, profile_of

_TUNED = "tunedModels/"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
_DATE = re.compile(
    r"(?<![0-9.])(?:"
    r"(?P<year>20[0-9]{2})-?(?P<month>[01][0-9])(?:-?(?P<day>[0-3][0-9]))?"
    r"|(?P<month2>[01][0-9])-(?P<year2>20[0-9]{2})"
    r"|(?P<month3>[01][0-9])-(?P<day3>[0-3][0-9])"
    r")(?![0-9.])"
)
_NUMBER = re.compile(r"(?<![0-9a-z.])v?([0-9]+(?:\.[0-9]+)*)(?![0-9a-z])")
_REVISION = re.compile(r"0[0-9]+")
_DIGITS = 9
"""Digits of a number that count; a longer one is no version, and Python refuses to read those of thousands."""
_PARTS = 4
_PREVIEW = frozenset({"preview"})
_EXPERIMENT = frozenset({"exp", "experimental", "alpha", "beta"})
_SPECIAL = frozenset({"robotics", "transcribe", "translate"})
"""Words of the families for one purpose, which their next models will have, too."""


def key_of(name: str) -> str:
    """Return what two names of one model have in common: no path and no method, in the case they came in.

    A tuned model keeps its path, as it is no base model that happens to be called likewise.

    >>> key_of("publishers/google/models/m1:bidiGenerateContent"), key_of("tunedModels/m1")
    ('m1', 'tunedModels/m1')
    """
    bare = bare_name(name)
    return f"{_TUNED}{bare}" if name.startswith(_TUNED) else bare


def is_plain(name: str) -> bool:
    """Return whether a bare name can be handed on to a session, a log or a terminal as it is."""
    return _PLAIN.fullmatch(name) is not None and ".." not in name


def sounds_live(name: str) -> bool:
    """Return whether a name is that of a live model as far as names tell: its family is known, or a word says it.

    >>> sounds_live("models/gemini-9-live-preview"), sounds_live("gemini-9-lively")
    (True, False)
    """
    words = _words(bare_name(name))
    native_audio = ("native", "audio") in pairwise(words)
    return native_audio or "live" in words or profile_of(name) is not UNKNOWN


def is_special(name: str) -> bool:
    """Return whether a model is for one purpose, and so never to be taken unasked."""
    return profile_of(name).special or not _SPECIAL.isdisjoint(_words(bare_name(name)))


@attrs.frozen(order=True)
class Age:
    """A name's place in the order: of two, the smaller one is to be preferred.

    The higher version first; of one version the stable before the preview before the experiment; of those the newer
    date and the higher revision, but a stable name without either, or ``latest``, stands for the newest and is before
    them; then the fewer words, and the alphabet.
    """

    version: tuple[int, ...]
    stage: int
    is_pinned: bool
    date: tuple[int, int, int]
    revision: int
    words: int
    name: str


def age_of(name: str) -> Age:
    """Return a name's place in the order of :class:`Age`.

    >>> sorted(["m-2.5-live", "m-3.1-live-preview", "m-3.1-live"], key=age_of)
    ['m-3.1-live', 'm-3.1-live-preview', 'm-2.5-live']
    """
    bare = bare_name(name).lower()
    date = _date_in(bare)
    numbers = [match[1] for match in _NUMBER.finditer(_DATE.sub("-", bare))]
    revision = next((_number(number) for number in numbers if _REVISION.fullmatch(number)), 0)
    version = next((number for number in numbers if not _REVISION.fullmatch(number)), "")
    words = _words(bare)
    stage = 2 if not _EXPERIMENT.isdisjoint(words) else 1 if not _PREVIEW.isdisjoint(words) else 0
    year, month, day = date
    return Age(
        version=_descending(version),
        stage=stage,
        is_pinned=stage == 0 and (any(date) or revision > 0),
        date=(-year, -month, -day),
        revision=-revision,
        words=len(words),
        name=name,
    )


def _words(bare: str) -> list[str]:
    return [word for word in re.split(r"[^a-z0-9.]+", bare.lower()) if word]


def _date_in(bare: str) -> tuple[int, int, int]:
    """Return year, month and day, 0 for what the name does not say."""
    match = _DATE.search(bare)
    if match is None:
        return 0, 0, 0
    found = match.groupdict()
    return (
        int(found["year"] or found["year2"] or 0),
        int(found["month"] or found["month2"] or found["month3"] or 0),
        int(found["day"] or found["day3"] or 0),
    )


def _number(digits: str) -> int:
    return int(digits[:_DIGITS])


def _descending(version: str) -> tuple[int, ...]:
    """Return a version so that the higher one sorts first: as many parts for each, all negative."""
    parts = [_number(part) for part in version.split(".")[:_PARTS]] if version else []
    return tuple(-part for part in (*parts, *(0 for _ in range(_PARTS - len(parts)))))
