"""What people are likely to say to the emulator, as a grammar, and how it is written.  Pure; any thread."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from ..tool_rules import Function
from .arithmetic import in_figures

CITIES = (
    "Amsterdam", "Athens", "Barcelona", "Berlin", "Boston", "Brussels", "Chicago", "Copenhagen", "Dublin", "Hamburg",
    "Helsinki", "Lisbon", "London", "Los Angeles", "Madrid", "Miami", "Milan", "Moscow", "Munich", "New York", "Oslo",
    "Paris", "Prague", "Rome", "San Francisco", "Seattle", "Stockholm", "Sydney", "Tokyo", "Toronto", "Vienna",
    "Warsaw",
)  # fmt: skip
NAMES = (
    "Alice", "Anna", "Ben", "Bob", "Carol", "Daniel", "David", "Emma", "Eric", "Frank", "George", "Helen", "Jack",
    "John", "Julia", "Laura", "Lucy", "Maria", "Mark", "Mary", "Michael", "Peter", "Robert", "Sarah", "Susan", "Thomas",
)  # fmt: skip
COLORS = ("red", "green", "blue", "yellow", "orange", "purple", "black", "white", "teal")

_GRAMMAR = """#JSGF V1.0;
grammar emulator;
public <said> = [please] ( <asked> | <told> | <sum> | <small>{functions} );
<asked> = what is the weather [like] in <city> | how is the weather in <city> | what time is it in <city>
    | what is my name | who am i | where do i live | what is my favorite color | how old am i
    | what did i say [first] | what did i just say | what did you say | what number did i tell you
    | what do you know about me | who are you | what is your name | what can you do | how are you;
<told> = my name is <name> | i live in <city> | i am from <city> | my favorite color is <color>
    | i am <number> years old | remember the number <number> | my number is <number>;
<sum> = what is <number> ( plus | minus | times | divided by ) <number>;
<small> = hello | hi | good morning | good evening | thank you | goodbye | yes | no | help
    | turn ( on | off ) the lights | tell me a long story | say hello | say yes;
<city> = {cities};
<name> = {names};
<color> = {colors};
<number> = /8/ <digit> | /4/ <teen> | /2/ <tens> | /1/ <tens> <digit> | /1/ ( a | one ) hundred;
<teen> = ten | eleven | twelve | thirteen | fourteen | fifteen | sixteen | seventeen | eighteen | nineteen;
<tens> = twenty | thirty | forty | fifty | sixty | seventy | eighty | ninety;
<digit> = one | two | three | four | five | six | seven | eight | nine;
"""
_QUESTION = re.compile(r"(?:what|who|where|when|why|how|which|is|are|do|does|did|can|could|will|would)\b")
_PROPER = {word.lower(): word for word in (*CITIES, *NAMES)}
_PROPER_WORDS = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(_PROPER, key=len, reverse=True)))})\b")


def grammar_for(functions: Iterable[Function], knows: Callable[[str], bool]) -> str:
    """Return the grammar, with a way to ask for each function by the words of its name.

    Args:
        functions: what may be called.
        knows: whether a word can be heard.
    """
    phrases = [" ".join(_words(function.name)) for function in functions]
    known = [f"{phrase} [ in <city> ]" for phrase in phrases if phrase and all(map(knows, phrase.split()))]
    return _GRAMMAR.format(
        functions="".join(f" | {phrase}" for phrase in dict.fromkeys(known)),
        cities=" | ".join(CITIES).lower(),
        names=" | ".join(NAMES).lower(),
        colors=" | ".join(COLORS),
    )


def _words(name: str) -> list[str]:
    """Return the words of a function's name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", name)]


def written(words: str) -> str:
    """Write what was heard as people write it.

    >>> written("what is the weather in new york")
    'What is the weather in New York?'
    >>> written("remember the number forty two")
    'Remember the number 42.'
    """
    text = words.strip()
    if not text:
        return ""
    end = "?" if _QUESTION.match(text.removeprefix("please ")) else "."
    text = _PROPER_WORDS.sub(lambda match: _PROPER[match[0]], text)
    text = re.sub(r"\bi\b", "I", in_figures(text))
    return text[:1].upper() + text[1:] + end


def distance(one: list[str], other: list[str]) -> float:
    """Return how different two rows are: 0 if they are the same, 1 if they have nothing in common.

    >>> distance(["a", "b", "c", "d"], ["a", "c", "d"])
    0.25
    """
    row = list(range(len(other) + 1))
    for place, left in enumerate(one, start=1):
        before, row[0] = row[0], place
        for index, right in enumerate(other, start=1):
            before, row[index] = row[index], min(row[index] + 1, row[index - 1] + 1, before + (left != right))
    return row[-1] / max(len(one), len(other), 1)
