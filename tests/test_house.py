"""What holds for every file of the repository."""

from __future__ import annotations

import ast
import functools
import re
import tokenize
from pathlib import Path

import pytest

import gemini_live
from gemini_live import __version__

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path(gemini_live.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
FILES = [*MODULES, *TESTS, *EXAMPLES, ROOT / "setup.py"]
MAX_LINES = 400


@functools.cache
def text_of(path):
    """Return a file's text."""
    return path.read_text("utf-8")


@pytest.fixture(scope="module")
def trees():
    """What every file consists of, but for setup.py; not longer than these tests need it, for it is much."""
    return {path: ast.parse(text_of(path)) for path in FILES if path.name != "setup.py"}


def tokens_of(path):
    """Return a file's tokens."""
    with tokenize.open(path) as stream:
        return list(tokenize.generate_tokens(stream.readline))


def which(paths, wrong):
    """Return the files in which something is wrong, and what, by a function that returns something truthy for it."""
    found = {str(path.relative_to(ROOT)): wrong(path) for path in paths}
    assert len(found) == len(paths) > 0
    return {name: what for name, what in found.items() if what}


def test_no_module_is_longer_than_a_sitting():
    """A module of more than 400 lines is two modules."""
    assert which(MODULES, lambda path: len(text_of(path).splitlines()) > MAX_LINES) == {}


def test_modules_are_short_on_the_whole():
    """Half of them have fewer than 150 lines."""
    lengths = sorted(len(text_of(path).splitlines()) for path in MODULES)

    assert lengths[len(lengths) // 2] < 150


def test_every_module_says_in_one_sentence_what_it_is(trees):
    """The first line of the docstring is a sentence."""

    def silent(path):
        docstring = ast.get_docstring(trees[path])
        return not docstring or not re.search(r"[.?!:]\)?$", docstring.splitlines()[0])

    assert which(trees, silent) == {}


def test_every_test_says_what_it_proves(trees):
    """Each test function has a docstring whose first line is a sentence."""

    def silent(path):
        return [
            node.name
            for node in ast.walk(trees[path])
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name.startswith("test")
            and not re.search(r"[.?!]$", (ast.get_docstring(node) or "").partition("\n")[0])
        ]

    assert which(TESTS, silent) == {}


def test_no_test_sleeps(trees):
    """Tests wait for what they wait for, or move the clock; a nap is a race."""

    def naps(path):
        return [
            node.lineno
            for node in ast.walk(trees[path])
            if (isinstance(node, ast.Attribute) and node.attr == "sleep" and getattr(node.value, "id", "") == "time")
            or (isinstance(node, ast.ImportFrom) and node.module == "time" and "sleep" in {a.name for a in node.names})
        ]

    assert which(TESTS, naps) == {}


def test_no_type_error_is_ignored_without_saying_which():
    """``type: ignore`` names the error, so that another one on the same line is seen."""

    def vague(path):
        if "ignore" not in text_of(path):
            return []
        comments = [token for token in tokens_of(path) if token.type == tokenize.COMMENT]
        return [token.start[0] for token in comments if re.search(r"type:\s*ignore(?!\[)", token.string)]

    assert which(FILES, vague) == {}


def test_nothing_uses_what_is_forbidden():
    """``WebSocketApp`` has its own loop, and ``enableTrace`` prints credentials."""
    forbidden = {"WebSocketApp", "enableTrace"}

    def used(path):
        if not any(name in text_of(path) for name in forbidden):
            return set()
        return forbidden & {token.string for token in tokens_of(path) if token.type == tokenize.NAME}

    assert which([*MODULES, *EXAMPLES], used) == {}


def test_nothing_is_left_to_do():
    """What is not done is not in the code."""
    assert which(MODULES, lambda path: re.findall(r"\b(TODO|FIXME|XXX|HACK)\b", text_of(path))) == {}


def test_setup_py_is_two_lines():
    """Everything else is in setup.cfg; a blank line is none."""
    assert text_of(ROOT / "setup.py").split("\n\n") == ["from setuptools import setup", "setup()\n"]


def test_every_file_is_plain_text():
    """UTF-8 without a byte-order mark, line feeds, one at the end, no tabs."""

    def odd(path):
        data = path.read_bytes()
        text = data.decode("utf-8")
        strange = set() if text.isprintable() else set(text) & {"\r", "\t", "\ufeff"}
        return strange or not data.endswith(b"\n") or data.endswith(b"\n\n")

    assert which(FILES, odd) == {}


def test_every_example_compiles():
    """An example that is copied runs."""
    for path in EXAMPLES:
        compile(text_of(path), str(path), "exec")


def test_the_changelog_names_the_version():
    """The unreleased changes are on top, then the releases, the newest one first."""
    changelog = text_of(ROOT / "CHANGELOG.md")
    headings = re.findall(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?$", changelog, re.MULTILINE)

    names = [name for name, _ in headings]
    assert names[0] == "Unreleased"
    if len(names) > 1:
        assert names[1] == __version__ or re.search(r"(dev|a|b|rc)\d*$", __version__)
    assert all(date for name, date in headings if name != "Unreleased")


def test_the_version_is_said_once():
    """setup.cfg reads it from the package."""
    assert "version = attr: gemini_live._version.__version__" in text_of(ROOT / "setup.cfg")
