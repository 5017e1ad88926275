"""The command that lists models: a table, JSON, and one line for everything that goes wrong."""

from __future__ import annotations

import json

import pytest

from gemini_live.cli import main
from gemini_live.emulator import Emulator
from gemini_live.models import ListingCache, Models

KEY = "correct-horse-battery"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """A key in the environment, and nothing kept of another test."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setattr(Models, "cache", ListingCache())


@pytest.fixture
def serve():
    """Start one emulator that ends with the test."""
    started = []

    def start(**options):
        started.append(Emulator(tls=False, **options).start())
        return started[-1]

    yield start
    for server in started:
        server.stop()


def ran(capsys, *arguments):
    """Run the command here; return its status, its lines, and what it wrote to standard error."""
    status = main(["models", *arguments])
    written = capsys.readouterr()
    return status, written.out.splitlines(), written.err


def test_the_live_models_are_listed_and_the_choice_is_marked(serve, capsys):
    """Names, limits and what people call them; asked once."""
    server = serve()

    status, lines, err = ran(capsys, "--base-url", server.base_url)

    assert (status, err) == (0, "")
    assert lines[0].split() == ["MODEL", "CONTEXT", "ANSWER", "CALLED"]
    assert lines[1].split(maxsplit=4) == ["*", "gemini-3.8-live", "131,072", "65,536", "Gemini 3.8 Live"]
    assert [line for line in lines if line.startswith("*")] == [lines[1], lines[-1]]
    assert lines[-1] == "* is what Models.resolve('audio') takes."
    assert not any("gemini-3.5-pro" in line for line in lines)
    assert len(server.requests) == 1


def test_all_models_are_listed_on_request(serve, capsys):
    """Those that are not live, too; the choice is the same."""
    status, lines, _ = ran(capsys, "--all", "--base-url", serve().base_url)

    assert status == 0
    assert any("gemini-embedding-001" in line for line in lines)
    assert lines[1].startswith("* gemini-3.8-live ")


def test_the_key_of_the_environment_is_used_on_vertex_ai(serve, capsys):
    """Express mode needs no project; limits that nobody says are left blank."""
    status, lines, err = ran(capsys, "--auth", "vertex_ai", "--base-url", serve().base_url)

    assert (status, err) == (0, "")
    assert lines[1] == "* gemini-3.8-live"


@pytest.mark.parametrize("modality", ["text", "VIDEO"])
def test_another_modality_has_another_choice(serve, capsys, modality):
    """Or none, which the last line says."""
    status, lines, _ = ran(capsys, "--modality", modality, "--base-url", serve(models=["gemini-9-live"]).base_url)

    assert status == 0
    assert [line.split() for line in lines[1:-1]] == [["gemini-9-live", "131,072", "8,192", "gemini-9-live"]]
    assert lines[-1] == f"Models.resolve('{modality}') takes none of them."


def test_json_is_for_programs(serve, capsys):
    """The same as data, with null for what is not known."""
    server = serve(models=["models/a-live", {"name": "models/b-live", "displayName": "B\N{SNOWMAN}"}, "gemini-pro"])

    status, lines, err = ran(capsys, "--json", "--all", "--base-url", server.base_url)

    rows = {row["name"]: row for row in json.loads("\n".join(lines))}
    assert (status, err) == (0, "")
    assert rows["b-live"] == {
        "name": "b-live", "display_name": "B\N{SNOWMAN}", "input_token_limit": None, "output_token_limit": None,
        "live": True, "resolved": False,
    }  # fmt: skip
    assert (rows["a-live"]["resolved"], rows["gemini-pro"]["live"]) == (True, False)


def test_a_tuned_model_is_not_the_base_model_of_its_name(serve, capsys):
    """It is listed with its path, and the mark is the other one's."""
    methods = ["bidiGenerateContent"]
    server = serve()
    server.fail_next(on="rest", status=200, body={"models": [
        {"name": "tunedModels/gemini-9-live", "supportedGenerationMethods": methods},
        {"name": "models/gemini-9-live", "supportedGenerationMethods": methods},
    ]})  # fmt: skip

    _, lines, _ = ran(capsys, "--base-url", server.base_url)

    assert [line.split() for line in lines[1:-1]] == [["tunedModels/gemini-9-live"], ["*", "gemini-9-live"]]


def test_no_live_model_is_no_failure(serve, capsys):
    """It is said in a line."""
    status, lines, _ = ran(capsys, "--base-url", serve(models=["gemini-9-pro"]).base_url)

    assert (status, lines) == (0, ["No live model is listed, among 1 in all."])


def test_a_name_from_a_stranger_does_nothing_to_the_terminal(serve, capsys):
    """What can not be printed is a question mark."""
    server = serve(models=[{"name": "models/a-live", "displayName": "A\x1b[2J\nB"}])

    _, lines, _ = ran(capsys, "--base-url", server.base_url)

    assert lines[1].endswith("A?[2J?B")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--modality", "smell"], "modality: must be one of"),
        (["--base-url", "http://example.com"], "base_url: is not encrypted"),
    ],
)
def test_what_is_asked_wrongly_is_one_line_and_2(capsys, arguments, words):
    """Nobody is asked."""
    status, lines, err = ran(capsys, *arguments)

    assert (status, lines) == (2, [])
    assert err.startswith("gemini-live: ") and words in err and err.count("\n") == 1


def test_an_unknown_backend_is_the_parser_s_business(capsys):
    """As any unknown argument."""
    with pytest.raises(SystemExit) as caught:
        main(["models", "--auth", "google"])

    assert caught.value.code == 2
    assert "--auth" in capsys.readouterr().err


def test_no_key_is_one_line_and_2(capsys, monkeypatch):
    """The line says which variable to set."""
    monkeypatch.delenv("GEMINI_API_KEY")

    status, lines, err = ran(capsys)

    assert (status, lines) == (2, [])
    assert "GEMINI_API_KEY" in err and err.count("\n") == 1


def test_no_network_is_one_line_and_1(capsys, nobody, monkeypatch):
    """And there is no key in it."""
    monkeypatch.setattr("gemini_live.backends.retrying.BASE_SECONDS", 0.01)
    status, lines, err = ran(capsys, "--base-url", nobody)

    assert (status, lines) == (1, [])
    assert err.startswith("gemini-live: ") and err.count("\n") == 1
    assert KEY not in err


@pytest.mark.parametrize(("auth", "words"), [("gemini", "400 "), ("vertex_ai", "401 ")])
def test_a_refusal_is_one_line_and_1(serve, capsys, auth, words):
    """With the service's words, on both backends."""
    status, lines, err = ran(capsys, "--auth", auth, "--base-url", serve(api_keys=["another"]).base_url)

    assert (status, lines) == (1, [])
    assert err.startswith(f"gemini-live: {words}") and err.count("\n") == 1
    assert KEY not in err
