"""What the user has told of himself: tables of how people tell it and ask for it.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from ..context import Entry
from .arithmetic import in_figures
from .rules import facts, last_number

_END = r"(?=\s+(?:and|but)\s+(?:my|i)\b|[.,;!?]|$)"
_WHAT = r"(?P<what>[^.,;!?]+?)" + _END
_TELLINGS = tuple(
    (re.compile(pattern, re.IGNORECASE), key)
    for pattern, key in (
        (r"\bcall me (?P<what>(?!back|when|if|later|tomorrow)[a-z][\w'-]*)", "name"),
        (r"\bi(?: am|'m) (?:called|named) (?P<what>[a-z][\w'-]*)", "name"),
        (r"\bi(?: am|'m) (?P<what>\d+)(?: years old)?" + _END, "age"),
        (r"\bi live (?P<what>(?:in|at|near|on|by) [^.,;!?]+?)" + _END, "home"),
        (r"\bi(?: am|'m| come) from " + _WHAT, "origin"),
        (r"\bi work (?P<what>(?:as|at|for|in) [^.,;!?]+?)" + _END, "work"),
        (r"\bi (?:really )?(?:like|love|enjoy) " + _WHAT, "like"),
        (r"\bi have (?P<what>(?:an?|\d+) [^.,;!?]+?)" + _END, "have"),
    )
)
"""How people tell things; of each the newest word counts."""
_RECALLED = {
    "name": "your name is {}",
    "age": "you are {} years old",
    "home": "you live {}",
    "origin": "you come from {}",
    "work": "you work {}",
    "like": "you like {}",
    "have": "you have {}",
}
_MISSING = {
    "name": "your name",
    "age": "your age",
    "home": "where you live",
    "origin": "where you come from",
    "work": "what you do",
    "like": "what you like",
    "have": "what you have",
}
ASKED = tuple(
    (re.compile(pattern, re.IGNORECASE), key)
    for pattern, key in (
        (r"\bwho am i\b", "name"),
        (r"\bhow old am i\b", "age"),
        (r"\bwhere do i live\b", "home"),
        (r"\bwhere (?:do i come|am i) from\b", "origin"),
        (r"\b(?:where|what) do i (?:work|do for a living)\b", "work"),
        (r"\bwhat do i (?:like|love|enjoy)\b", "like"),
        (r"\bwhat do i have\b", "have"),
    )
)
"""How people ask for them again."""


def turned(text: str) -> str:
    """Turn what somebody says of himself into what is said to him.

    >>> turned("I think my dog likes you")
    'you think your dog likes me'
    """
    pairs = {
        "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "am": "are", "i'm": "you are",
        "i've": "you have", "i'll": "you will", "i'd": "you would", "was": "were",
        "you": "me", "your": "my", "yours": "mine", "yourself": "myself",
    }  # fmt: skip
    first_person = re.search(r"\bi\b", text, re.IGNORECASE) is not None

    def turn(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word == "was" and not first_person:
            return match[0]
        return pairs.get(word, match[0])

    return re.sub(r"[A-Za-z]+(?:'[a-z]+)?", turn, text)


@attrs.frozen(kw_only=True)
class Memory:
    """All that a conversation tells of its user, before his last word.

    Attributes:
        known: what he told of himself, by what it is.
        said: his turns, oldest first.
        answers: the model's, likewise.
        number: the number that was mentioned last.
    """

    known: dict[str, str]
    said: tuple[str, ...]
    answers: tuple[str, ...]
    number: str | None

    @property
    def name(self) -> str:
        """The user's name; empty as long as it is not known."""
        return self.known.get("name", "")

    def recalled(self, key: str) -> str | None:
        """Return something that is known as a clause, ``None`` if it is not."""
        if key not in self.known:
            return None
        return _RECALLED.get(key, f"your {key} is {{}}").format(turned(self.known[key]))

    @staticmethod
    def missing(key: str) -> str:
        """Return the clause that something is not known."""
        return f"you have not told me {_MISSING.get(key, f'your {key}')}"


def told(text: str) -> dict[str, str]:
    """Return what one text tells of the user."""
    found = facts([Entry(role="user", text=text)])
    for pattern, key in _TELLINGS:
        match = pattern.search(in_figures(text))
        if match and not text.rstrip().endswith("?"):
            found[key] = match["what"].strip()
    return found


def memory_of(context: Sequence[Entry]) -> Memory:
    """Read a conversation whose last turn is the user's own, which is to be answered."""
    turns = [entry for entry in context if entry.role == "user" and entry.text]
    known: dict[str, str] = {}
    for entry in turns:
        known.update(told(entry.text))
    figures = [attrs.evolve(entry, text=in_figures(entry.text)) for entry in context]
    return Memory(
        known=known,
        said=tuple(entry.text.strip() for entry in turns[:-1]),
        answers=tuple(entry.text.strip() for entry in context if entry.role == "model" and entry.text),
        number=last_number(figures),
    )
