"""What the service refuses is refused, with its codes and words, and each of it can be let through."""

from __future__ import annotations

import math

import pytest
from websockets.exceptions import ConnectionClosed

from gemini_live.emulator import Emulator
from gemini_live.exceptions import ConfigError

THREE_ONE = "models/gemini-3.1-flash-live-preview"
THREE_EIGHT = "models/gemini-3.8-live"
INVALID = (1007, "Request contains an invalid argument.")
PCM = {"data": "AAAA", "mimeType": "audio/pcm"}
CALL = {"functionCall": {"name": "f", "args": {}}}
RESULT = {"functionResponse": {"name": "f", "response": {}}}
AUDIO = {"responseModalities": ["AUDIO"]}


def turns(*parts):
    """Return client content with these parts."""
    return {"clientContent": {"turns": [{"role": "user", "parts": list(parts)}], "turnComplete": True}}


@pytest.fixture
def run(dial, wire):
    """Send a setup and a message to an emulator; return how it ended, ``None`` if it answers still."""

    def run(setup, message=None, **options):
        with Emulator(tls=False, output_speed=math.inf, **options) as server:
            client = dial(server)
            client.send({"setup": {"model": wire.model, **setup}})
            try:
                if message is not None:
                    client.send(message)
                client.say("Say yes.")
                client.turn()
            except ConnectionClosed:
                return client.closed()
            return None

    return run


CASES = {
    "unknown_names": ({"temprature": 1}, None, (1007, None)),
    "second_setup": ({}, {"setup": {"model": "models/m"}}, INVALID),
    "media_chunks": ({"model": THREE_ONE}, {"realtimeInput": {"mediaChunks": [PCM]}}, (1007, None)),
    "response_ids": (
        {}, {"toolResponse": {"functionResponses": [{"name": "f", "response": {}}]}}, INVALID
    ),
    "modalities": ({"generationConfig": {"responseModalities": ["TEXT"]}}, None, INVALID),
    "known_limits": ({"model": THREE_EIGHT, "generationConfig": {"thinkingConfig": {}}}, None, INVALID),
    "history_parts": ({}, turns({"text": "a"}, CALL), INVALID),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_the_service_refuses_is_refused_and_can_be_let_through(run, name):
    """By the name of the check."""
    setup, message, end = CASES[name]

    code, reason = run(setup, message)

    assert code == end[0]
    assert end[1] is None or reason == end[1]
    assert run(setup, message, lenient=[name]) is None


@pytest.mark.parametrize(
    ("setup", "end"),
    [
        ({"generationConfig": {"speechConfig": {"languageCode": "de-DE"}}}, (1000, "")),
        ({"model": THREE_ONE, "generationConfig": {"enableAffectiveDialog": True}},
         (1011, "Internal error encountered.")),
        ({"model": THREE_EIGHT, "proactivity": {"proactiveAudio": False}}, INVALID),
        ({"model": THREE_ONE, "tools": [{"codeExecution": {}}]}, INVALID),
        ({"model": THREE_ONE, "tools": [{"functionDeclarations": [{"name": "f", "behavior": "NON_BLOCKING"}]}]},
         INVALID),
    ],
)  # fmt: skip
def test_a_model_refuses_what_it_is_known_not_to_take(run, setup, end):
    """As users have seen it end."""
    assert run(setup) == end


def test_results_of_functions_are_no_part_of_a_history(run):
    """They are told as text."""
    assert run({}, turns(RESULT)) == INVALID


@pytest.mark.parametrize(("lenient", "words"), [(["everything"], "known are unknown_names"), ("modalities", "several")])
def test_a_check_that_there_is_not_is_refused(lenient, words):
    """With those that there are."""
    with pytest.raises(ConfigError, match=words):
        Emulator(lenient=lenient)
