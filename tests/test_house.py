"""What holds for every file of the repository."""

from __future__ import annotations

import ast
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


def short(path):
    """Name a file for a test's id."""
    return str(path.relative_to(ROOT))


def code_of(path):
    """Return a file's code without comments and strings."""
    with tokenize.open(path) as stream:
        tokens = list(tokenize.generate_tokens(stream.readline))
    return " ".join(token.string for token in tokens if token.type in (tokenize.NAME, tokenize.OP))


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_module_is_longer_than_a_sitting(path):
    """A module of more than 400 lines is two modules."""
    assert len(path.read_text("utf-8").splitlines()) <= MAX_LINES


def test_modules_are_short_on_the_whole():
    """Half of them have fewer than 150 lines."""
    lengths = sorted(len(path.read_text("utf-8").splitlines()) for path in MODULES)

    assert lengths[len(lengths) // 2] < 150


@pytest.mark.parametrize("path", [path for path in FILES if path.name != "setup.py"], ids=short)
def test_every_module_says_in_one_sentence_what_it_is(path):
    """The first line of the docstring is a sentence."""
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))

    assert docstring
    assert re.search(r"[.?!:]\)?$", docstring.splitlines()[0])


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_every_test_says_what_it_proves(path):
    """Each test function has a docstring whose first line is a sentence."""
    silent = [
        node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name.startswith("test")
        and not re.search(r"[.?!]$", (ast.get_docstring(node) or "").partition("\n")[0])
    ]

    assert silent == []


@pytest.mark.parametrize("path", TESTS, ids=short)
def test_no_test_sleeps(path):
    """Tests wait for what they wait for, or move the clock; a nap is a race."""
    naps = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "sleep" and getattr(node.value, "id", "") == "time")
        or (isinstance(node, ast.ImportFrom) and node.module == "time" and "sleep" in {a.name for a in node.names})
    ]

    assert naps == []


@pytest.mark.parametrize("path", FILES, ids=short)
def test_no_type_error_is_ignored_without_saying_which(path):
    """``type: ignore`` names the error, so that another one on the same line is seen."""
    with tokenize.open(path) as stream:
        comments = [token for token in tokenize.generate_tokens(stream.readline) if token.type == tokenize.COMMENT]

    assert [token.start[0] for token in comments if re.search(r"type:\s*ignore(?!\[)", token.string)] == []


@pytest.mark.parametrize("path", [*MODULES, *EXAMPLES], ids=short)
def test_nothing_uses_what_is_forbidden(path):
    """``WebSocketApp`` has its own loop, and ``enableTrace`` prints credentials."""
    names = set(code_of(path).split())

    assert not names & {"WebSocketApp", "enableTrace"}


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_nothing_is_left_to_do(path):
    """What is not done is not in the code."""
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", path.read_text("utf-8"))


def test_setup_py_is_two_lines():
    """Everything else is in setup.cfg; a blank line is none."""
    assert (ROOT / "setup.py").read_text("utf-8").split("\n\n") == ["from setuptools import setup", "setup()\n"]


@pytest.mark.parametrize("path", FILES, ids=short)
def test_every_file_is_plain_text(path):
    """UTF-8 without a byte-order mark, line feeds, one at the end, no tabs."""
    data = path.read_bytes()

    assert data.decode("utf-8").isprintable() or not set(data.decode("utf-8")) & {"\r", "\t", "\ufeff"}
    assert data.endswith(b"\n")
    assert not data.endswith(b"\n\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=short)
def test_every_example_compiles(path):
    """An example that is copied runs."""
    compile(path.read_text("utf-8"), str(path), "exec")


def test_the_changelog_names_the_version():
    """The unreleased changes are on top, then the releases, the newest one first."""
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?$", changelog, re.MULTILINE)

    names = [name for name, _ in headings]
    assert names[0] == "Unreleased"
    if len(names) > 1:
        assert names[1] == __version__ or re.search(r"(dev|a|b|rc)\d*$", __version__)
    assert all(date for name, date in headings if name != "Unreleased")


def test_the_version_is_said_once():
    """setup.cfg reads it from the package."""
    assert "version = attr: gemini_live._version.__version__" in (ROOT / "setup.cfg").read_text("utf-8")
