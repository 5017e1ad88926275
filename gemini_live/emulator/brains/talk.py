"""Small talk: a table of what people say and how it is answered, with a memory of it all.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import attrs

from ..context import Entry
from . import rules
from .arithmetic import worked_out
from .memory import ASKED, Memory, memory_of, told, turned
from .story import LONG_STORY

_QUESTION = re.compile(
    r"^\W*(?:what|who|whom|whose|where|when|why|how|which|is|are|am|was|were|do|does|did|can|could|will|would|"
    r"shall|should|have|has)\b.*|.*\?\s*$",
    re.IGNORECASE | re.DOTALL,
)


@attrs.frozen
class Talk:
    """What an answer can draw on: the user's last word and all before it."""

    text: str
    memory: Memory

    @property
    def vocative(self) -> str:
        """The user's name as it follows a comma; empty as long as it is not known."""
        return f", {self.memory.name}" if self.memory.name else ""


def sentence(text: str) -> str:
    """Write something as a sentence: a capital, and a full stop if it has no end."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _greet(match: re.Match[str], talk: Talk) -> str:
    news = told(talk.text)
    if "name" in news:
        return f"Hello, {news['name']}! Nice to meet you."
    return f"Hello again{talk.vocative}!" if talk.memory.said else f"Hello{talk.vocative}! How can I help you?"


def _part(match: re.Match[str], talk: Talk) -> str:
    return f"Goodbye{talk.vocative}!"


def _thank(match: re.Match[str], talk: Talk) -> str:
    return f"You are welcome{talk.vocative}."


def _feel(match: re.Match[str], talk: Talk) -> str:
    return f"I am fine, thank you{talk.vocative}."


def _introduce(match: re.Match[str], talk: Talk) -> str:
    return "I am an emulated model. I remember what you tell me, and I can do sums."


def _agree(match: re.Match[str], talk: Talk) -> str:
    return f"All right{talk.vocative}."


def _quote_first(match: re.Match[str], talk: Talk) -> str:
    return _quoted("first", talk.memory.said[:1])


def _quote_last(match: re.Match[str], talk: Talk) -> str:
    return _quoted("last", talk.memory.said[-1:])


def _quoted(which: str, said: tuple[str, ...]) -> str:
    return f"The {which} thing you said was: {sentence(said[0])}" if said else "You have not said anything yet."


def _quote_all(match: re.Match[str], talk: Talk) -> str:
    said = talk.memory.said
    return f"You said: {' '.join(map(sentence, said))}" if said else "You have not said anything yet."


def _quote_self(match: re.Match[str], talk: Talk) -> str:
    answers = talk.memory.answers
    return f"I said: {answers[-1]}" if answers else "I have not said anything yet."


def _recall(match: re.Match[str], talk: Talk) -> str:
    wanted = re.split(r"\s*,\s*(?:and\s+)?(?:my\s+)?|\s+and\s+(?:my\s+)?", match["what"].lower())
    parts = [talk.memory.recalled(key) or talk.memory.missing(key) for key in filter(None, wanted)]
    return sentence(" and ".join(parts))


def _recall_key(key: str) -> _Answer:
    def recall(match: re.Match[str], talk: Talk) -> str:
        return sentence(talk.memory.recalled(key) or talk.memory.missing(key))

    return recall


def _recall_number(match: re.Match[str], talk: Talk) -> str:
    return f"The number is {talk.memory.number}." if talk.memory.number else "You have not told me a number."


def _recall_everything(match: re.Match[str], talk: Talk) -> str:
    clauses = [talk.memory.recalled(key) for key in talk.memory.known]
    return sentence(" and ".join(filter(None, clauses))) if clauses else "I know nothing about you yet."


def _remember(match: re.Match[str], talk: Talk) -> str:
    return sentence(f"OK, I will remember that {turned(match['what'])}")


def _remember_thing(match: re.Match[str], talk: Talk) -> str:
    return sentence(f"OK, I will remember {turned(match['what'])}")


def _tell_story(match: re.Match[str], talk: Talk) -> str:
    return LONG_STORY


def _say(match: re.Match[str], talk: Talk) -> str:
    return sentence(match["words"].strip("\"'“”‘’ "))


_Answer = Callable[["re.Match[str]", Talk], str]

TABLE: tuple[tuple[re.Pattern[str], _Answer], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), answer)
    for pattern, answer in (
        (r"\blong\b[^.?!]*\bstory\b", _tell_story),
        (r"\bwhat\b[^.?!]*\bi\b[^.?!]*\bsa(?:y|id)\b[^.?!]*\bfirst\b|\bfirst thing i said\b", _quote_first),
        (r"\bwhat (?:did i (?:just |last )?say|have i just said|was the last thing i said)\b", _quote_last),
        (r"\bwhat (?:have i (?:said|told you)|did i tell you)\b(?!.*\babout\b)", _quote_all),
        (r"\bwhat (?:did you|have you) (?:just )?(?:say|said)\b|^\W*(?:pardon|please repeat|say (?:that )?again)\b",
         _quote_self),
        (r"\bwhat do you (?:know|remember) about me\b", _recall_everything),
        (r"\bwhat(?:'s| is| was| are| were)\s+my\s+(?P<what>[a-z][a-z ,']*[a-z])\s*\?*\s*$", _recall),
        *((pattern.pattern, _recall_key(key)) for pattern, key in ASKED),
        (r"\b(?:what|which)\b[^.?!]*\bnumber\b", _recall_number),
        (r"\bremember that (?P<what>[^.?!]+)", _remember),
        (r"^\W*(?:please\s+)?remember (?P<what>[^.?!]+)", _remember_thing),
        (r"^\s*(?:please\s+)?say\s+(?:an?\s+)?(?:\w+\s+)?greeting\b", _greet),
        (r"^\s*(?:please\s+)?say\s*:?\s+(?P<words>.+?)(?:\s+in (?:a|one|two|three|a few)\s+words?)?\s*$", _say),
        (r"^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening|day))\b(?!.*\?)", _greet),
        (r"\b(?:goodbye|bye|good night|see you)\b", _part),
        (r"\b(?:thanks|thank you)\b", _thank),
        (r"\bhow (?:are you|do you do)\b", _feel),
        (r"\bwho are you\b|\bwhat(?:'s| is) your name\b|\bwhat can you do\b|^\W*help\W*$", _introduce),
        (r"^\W*(?:yes|no|ok|okay|all right|sure|fine)\W*$", _agree),
    )
)  # fmt: skip
"""The first pattern that is found in a request answers it; sums come before it, and what is told of oneself after."""


def talk_back(text: str, context: Sequence[Entry]) -> str:
    """Return the answer to what was said last.

    >>> talk_back("Hello", [Entry(role="user", text="Hello")])
    'Hello! How can I help you?'
    """
    if not text.strip():
        return "I am listening."
    talk = Talk(text.strip(), memory_of(context))
    worked = worked_out(talk.text, rules.last_number([Entry(role="model", text=talk.memory.answers[-1])])
                        if talk.memory.answers else None)  # fmt: skip
    if worked is not None:
        return worked
    for pattern, answer in TABLE:
        match = pattern.search(talk.text)
        if match:
            return answer(match, talk)
    return _told(talk) or _anything(talk)


def _told(talk: Talk) -> str | None:
    """Return the answer to something that the user tells of himself, ``None`` if he does not."""
    news = told(talk.text)
    if not news:
        return None
    if "name" in news:
        others = [talk.memory.recalled(key) for key in news if key != "name"]
        return " ".join([f"Nice to meet you, {news['name']}.", *(sentence(clause) for clause in others if clause)])
    clauses = [talk.memory.recalled(key) for key in news]
    return sentence(f"I will remember that {' and '.join(filter(None, clauses))}")


def _anything(talk: Talk) -> str:
    """Answer anything else politely, by what was said."""
    if not _QUESTION.match(talk.text):
        return sentence(f"I see{talk.vocative}: {_small(turned(talk.text))}")
    known = [talk.memory.recalled(key) for key in talk.memory.known if key != "name"]
    if known:
        return f"I do not know that{talk.vocative}. I do know that {known[-1]}."
    if talk.memory.said:
        return f"I do not know that{talk.vocative}. Before that you said: {sentence(talk.memory.said[-1])}"
    return f"I do not know that{talk.vocative}, but I can do sums and remember what you tell me."


def _small(text: str) -> str:
    """Begin a clause as it stands inside a sentence, unless it begins with a name."""
    first, _, rest = text.partition(" ")
    common = first.lower() in _COMMON
    return f"{first.lower() if common else first} {rest}".strip()


_COMMON = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "it",
        "he",
        "she",
        "we",
        "they",
        "there",
        "here",
        "please",
        "you",
        "your",
        "today",
    ]
)
