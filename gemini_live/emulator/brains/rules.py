"""Answers to simple requests: a table of patterns, and a memory that is the conversation itself.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..context import Entry
from .story import LONG_STORY

_FACT = re.compile(r"\bmy ([a-z][a-z ]{0,30}?) is (?:an? |the )?([^.,;!?]+?)(?=\s+and my\b|[.,;!?]|$)", re.IGNORECASE)
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")


def facts(context: Sequence[Entry]) -> dict[str, str]:
    """Return what the user told of himself ("my name is Alice"), the newest word of each."""
    found = {}
    for entry in context:
        if entry.role == "user":
            for name, value in _FACT.findall(entry.text):
                found[name.strip().lower()] = value.strip()
    return found


def last_number(context: Sequence[Entry]) -> str | None:
    """Return the number that was mentioned last, by the user if he mentioned any; questions don't count."""
    for role in ("user", "model"):
        for entry in reversed(context):
            numbers = _NUMBER.findall(re.sub(r"[^.!?]*\?", "", entry.text)) if entry.role == role else []
            if numbers:
                return str(numbers[-1])
    return None


def _sentence(text: str) -> str:
    """Write something as a sentence: a capital, and a full stop if it has no end."""
    text = text.strip().strip("\"'“”‘’").strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _say(match: re.Match[str], context: Sequence[Entry]) -> str:
    return _sentence(match["words"])


def _greet(match: re.Match[str], context: Sequence[Entry]) -> str:
    return "Hello there."


def _tell_story(match: re.Match[str], context: Sequence[Entry]) -> str:
    return LONG_STORY


def _remember(match: re.Match[str], context: Sequence[Entry]) -> str:
    return _sentence(f"OK, I will remember {match['what']}")


def _recall_number(match: re.Match[str], context: Sequence[Entry]) -> str:
    number = last_number(context)
    return f"The number is {number}." if number else "You have not told me a number."


def _recall_facts(match: re.Match[str], context: Sequence[Entry]) -> str:
    known = facts(context)
    wanted = re.split(r"\s*,\s*(?:and\s+)?(?:my\s+)?|\s+and\s+(?:my\s+)?", match["what"].lower())
    parts = [f"your {name} is {known[name]}" for name in wanted if name in known]
    missing = [f"you have not told me your {name}" for name in wanted if name not in known]
    return _sentence(" and ".join(parts + missing))


def _meet(match: re.Match[str], context: Sequence[Entry]) -> str:
    return f"Nice to meet you, {match['name'].strip()}."


_Rule = tuple[re.Pattern[str], Callable[["re.Match[str]", Sequence[Entry]], str]]

RULES: tuple[_Rule, ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), answer)
    for pattern, answer in (
        (r"\blong\b[^.?!]*\bstory\b", _tell_story),
        (r"\bwhat(?:'s| is| was| are| were)\s+my\s+(?P<what>[a-z][a-z ,']*[a-z])\s*\?*\s*$", _recall_facts),
        (r"\b(?:what|which)\b[^.?!]*\bnumber\b", _recall_number),
        (r"\bremember (?P<what>[^.?!]+)", _remember),
        (r"^\s*(?:please\s+)?say\s+(?:an?\s+)?(?:\w+\s+)?greeting\b", _greet),
        (r"^\s*(?:please\s+)?say\s*:?\s+(?P<words>.+?)(?:\s+in (?:a|one|two|three|a few)\s+words?)?\s*$", _say),
        (r"\bmy name is (?P<name>[^.,;!?]+?)(?=\s+and\b|[.,;!?]|$)", _meet),
    )
)
"""The first pattern that is found in a request answers it."""


def reply(text: str, context: Sequence[Entry]) -> str:
    """Return the answer to a request in text.

    >>> reply("Say hello.", ())
    'Hello.'
    """
    for pattern, answer in RULES:
        match = pattern.search(text)
        if match:
            return answer(match, context)
    return f"You said: {text.strip()}" if text.strip() else "I am listening."
