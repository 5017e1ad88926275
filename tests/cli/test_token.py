"""``gemini-live token``: what it prints, and how it fails."""

from __future__ import annotations

import json

import pytest

from gemini_live.cli import main
from gemini_live.emulator import Emulator


@pytest.fixture(scope="module")
def server():
    """One plain emulator."""
    with Emulator(tls=False) as running:
        yield running


@pytest.fixture(autouse=True)
def key(monkeypatch, server):
    """A key and an endpoint in the environment."""
    monkeypatch.setenv("GEMINI_API_KEY", "a-good-key")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url)


def test_the_token_alone_is_printed(capsys):
    """So that a script can take it as it is."""
    assert main(["token"]) == 0

    out, err = capsys.readouterr()
    assert out.startswith("auth_tokens/")
    assert (out.count("\n"), err) == (1, "")


def test_everything_that_is_known_as_json(capsys, server):
    """With the times; the model is locked and nothing else."""
    assert main(["token", "--json", "--uses", "0", "--minutes", "5", "--begin", "2", "--model", "gemini-3.8-live"]) == 0

    assert set(json.loads(capsys.readouterr().out)) == {"name", "expireTime", "newSessionExpireTime", "uses"}
    body = server.requests[-1].body
    assert (body["uses"], body["fieldMask"]) == (0, "model")
    assert body["bidiGenerateContentSetup"] == {"model": "models/gemini-3.8-live"}


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["--uses", "-1"], 2, "uses: must be"), (["--minutes", "0"], 2, "expire_minutes"),
        (["--base-url", "http://example.com"], 2, "base_url"), (["--base-url", "http://127.0.0.1:1"], 1, "refused"),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_one_line(capsys, arguments, status, words):
    """On standard error, with the status that says whose fault it was."""
    assert main(["token", *arguments]) == status

    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert words in err


def test_a_refused_key_is_said_without_showing_it(capsys, monkeypatch):
    """With Google's words."""
    monkeypatch.setenv("GEMINI_API_KEY", "bad-key-of-somebody")

    assert main(["token"]) == 1

    err = capsys.readouterr().err
    assert "API key not valid" in err
    assert "bad-key" not in err


def test_without_a_key_it_says_how_to_give_one(capsys, monkeypatch):
    """And that is asking wrongly."""
    monkeypatch.delenv("GEMINI_API_KEY")

    assert main(["token"]) == 2

    assert "GEMINI_API_KEY" in capsys.readouterr().err
