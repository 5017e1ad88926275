"""Sums in words and figures: read, worked out exactly, and said.  Pure; any thread."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction

_SMALL = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: number * 10
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_WORD = "|".join((*_SMALL, *_TENS, *_SCALES))
_AFTER_SCALE = "(?:" + "|".join(f"(?<={scale})" for scale in _SCALES) + ")"
_WORDS = re.compile(rf"\b(?:{_WORD})(?:(?:[\s-]+|{_AFTER_SCALE}\s+and\s+)(?:{_WORD}))*\b", re.IGNORECASE)

_SIGNS = (
    (r"\s*\b(?:multiplied\s+by|times|x)\b\s*|\s*[×*]\s*", " * "),
    (r"\s*\b(?:divided\s+by|over)\b\s*|\s*[÷/]\s*", " / "),
    (r"\s*\bplus\b\s*|\s*\+\s*", " + "),
    (r"\s*\bminus\b\s*|(?<=[\d)])\s*[-−]\s*", " - "),
)
_NUMBER = r"-?\d+(?:\.\d+)?"
_LEAD = (
    r"^\W*(?:please\s+)?(?:and\s+|so\s+)?(?:tell me\s+|what(?:'s|\s+is|\s+are|\s+does)|how much (?:is|are|does)|"
    r"calculate|compute|work out)?\s*"
)
_END = r"\s*(?:make|equals?|is|give)?\W*$"
_LONGEST = 120
_MOST_DIGITS = 15

_FORMS: tuple[tuple[str, str], ...] = (
    (rf"(?P<all>{_NUMBER}(?: [-+*/] {_NUMBER})+)", "{all}"),
    (rf"add (?P<a>{_NUMBER}) (?:and|to) (?P<b>{_NUMBER})", "{a} + {b}"),
    (rf"(?:the )?sum of (?P<a>{_NUMBER}) and (?P<b>{_NUMBER})", "{a} + {b}"),
    (rf"(?:subtract|take) (?P<a>{_NUMBER}) from (?P<b>{_NUMBER})", "{b} - {a}"),
    (rf"multiply (?P<a>{_NUMBER}) (?:by|and|with) (?P<b>{_NUMBER})", "{a} * {b}"),
    (rf"divide (?P<a>{_NUMBER}) by (?P<b>{_NUMBER})", "{a} / {b}"),
    (rf"half (?:of )?(?P<a>{_NUMBER})", "{a} / 2"),
    (rf"(?:twice|double) (?P<a>{_NUMBER})", "{a} * 2"),
    (rf"(?P<a>{_NUMBER}) squared", "{a} * {a}"),
    (rf"(?P<a>{_NUMBER})\s*(?:%|per ?cent) of (?P<b>{_NUMBER})", "{a} / 100 * {b}"),
)
_TABLE = tuple((re.compile(_LEAD + form + _END, re.IGNORECASE), sum_) for form, sum_ in _FORMS)
_SAID = {"+": "plus", "-": "minus", "*": "times", "/": "divided by"}
_OPERATIONS: Mapping[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def in_figures(text: str) -> str:
    """Write a text's number words as figures; a lone "one" is mostly no number and stays.

    >>> in_figures("forty-two and two hundred and five, one by one")
    '42 and 205, one by one'
    """
    return _WORDS.sub(lambda match: match[0] if match[0].lower() == "one" else _figures(match[0]), text)


def _figures(words: str) -> str:
    """Write a run of number words as figures; where a word does not go on with the number, another one begins."""
    found: list[str] = []
    total, part, last = 0, 0, 0  # last is what a smaller number can still be added to

    for word in re.findall(_WORD, words.lower()):
        if word in _SCALES:
            scale = _SCALES[word]
            part = max(part, 1) * scale
            last = scale
            if scale > 100:
                total, part = total + part, 0
            continue
        number = _SMALL.get(word, _TENS.get(word, 0))
        if last and not (number < last and (last != 10 or 0 < number < 10)):
            found.append(str(total + part))
            total = part = 0
        part += number
        last = 10 if word in _TENS else 1
    return " ".join([*found, str(total + part)])


def _signs(text: str) -> str:
    text = re.sub(r"\bone\b", "1", in_figures(text), flags=re.IGNORECASE)
    for words, sign in _SIGNS:
        text = re.sub(words, sign, text, flags=re.IGNORECASE)
    return text


def worked_out(text: str, before: str | None = None) -> str | None:
    """Return the answer to a sum, ``None`` if the text is none.

    Args:
        text: what is asked.
        before: the number that "that" and "it" stand for.

    >>> worked_out("What is seven times six?")
    '7 times 6 is 42.'
    >>> worked_out("And that divided by 4?", "42")
    '42 divided by 4 is 10.5.'
    """
    if len(text) > _LONGEST:
        return None
    asked = _signs(text.strip())
    if before is not None:
        asked = re.sub(r"\b(?:that|it|the result)\b", before, asked, flags=re.IGNORECASE)
    for pattern, form in _TABLE:
        match = pattern.match(asked)
        if match and not re.search(rf"\d{{{_MOST_DIGITS + 1},}}", match[0]):
            return _answer(form.format(**match.groupdict()))
    return None


def _answer(expression: str) -> str:
    said = " ".join(_SAID.get(part, part) for part in expression.split())
    try:
        return f"{said} is {_written(_value(ast.parse(expression, mode='eval').body))}."
    except ZeroDivisionError:
        return "Nobody can divide by zero."


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.BinOp):
        return _OPERATIONS[type(node.op)](_value(node.left), _value(node.right))
    return Fraction(ast.unparse(node).replace(" ", ""))


def _written(value: Fraction) -> str:
    """Write a number as people do: whole if it is, else with at most six decimals."""
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.6f}".rstrip("0").rstrip(".")
