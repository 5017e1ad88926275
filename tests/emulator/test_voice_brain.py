"""Hearing words and speaking them: the pure parts anywhere, the rest with the extra ``offline-voice``."""

from __future__ import annotations

import array
import contextlib
import doctest
import importlib.util
import math
import random

import pytest

from gemini_live.audio import resample, rms
from gemini_live.emulator import Emulator
from gemini_live.emulator.brains import UserTurn, brain_named, grammar
from gemini_live.emulator.brains.ears import Ears, prepared
from gemini_live.emulator.brains.espeak import Espeak, spoken_wav
from gemini_live.emulator.profiles import PROFILES
from gemini_live.emulator.tool_rules import functions_of
from gemini_live.types import Tool, decode

EXTRA = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("pocketsphinx", "espeakng_loader")),
    reason="the extra offline-voice is not installed",
)


def functions(*names):
    """Return functions as the emulator reads them from a setup."""
    tools = (decode(Tool, {"functionDeclarations": [{"name": name} for name in names]}),)
    return functions_of(tools, PROFILES["gemini-2.5"])


@pytest.fixture(scope="module")
def ears():
    """What hears."""
    return Ears()


def test_the_examples_in_docstrings_are_true():
    """What a docstring shows after >>> is what comes out."""
    result = doctest.testmod(grammar)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("", ""),
        ("please what is my name", "Please what is my name?"),
        ("my name is alice", "My name is Alice."),
        ("where do i live", "Where do I live?"),
        ("i am from los angeles", "I am from Los Angeles."),
    ],
)
def test_what_was_heard_is_written_as_people_write(heard, written):
    """Capitals, figures, and an end."""
    assert grammar.written(heard) == written


def test_the_grammar_has_the_words_of_functions():
    """Of those whose words can be heard."""
    text = grammar.grammar_for(
        functions("openTheGate", "open_the_gate", "get_xyzzy", "x1"), lambda word: word != "xyzzy"
    )

    assert "<small> | open the gate [ in <city> ] | x [ in <city> ] )" in text


def test_distance_is_between_nothing_and_one():
    """Two empty rows are the same."""
    assert (grammar.distance([], []), grammar.distance(["a"], []), grammar.distance(["a"], ["b"])) == (0, 1, 1)


def test_sound_is_prepared_for_the_ears():
    """Silence around it is cut, it is as loud as any, and in a little noise; of mere silence nothing is left."""
    quiet = array.array("h", [0] * 16_000 + [300, -300] * 4_000 + [0] * 16_000).tobytes()

    assert prepared(bytes(32_000)) == b""
    assert len(prepared(quiet)) == 2 * (8_000 + 2 * 2_400)
    assert rms(prepared(quiet)) > 5_000
    assert 30 < rms(prepared(quiet)[:4_000]) < 150


@EXTRA
@pytest.mark.parametrize(
    "text",
    [
        "What is the weather in London?",
        "How is the weather in New York?",
        "My name is Alice.",
        "Remember the number 42.",
        "What is 5 plus 9?",
        "Tell me a long story.",
        "Hello.",
    ],
)
def test_what_is_said_is_heard(ears, text):
    """By the grammar, word for word."""
    assert ears.hear(spoken_wav(text).pcm) == text


@EXTRA
def test_what_is_not_likely_is_heard_by_the_large_model(ears):
    """Not taken for the nearest likely thing."""
    words = ears.hear(spoken_wav("I would like to order two pizzas").pcm)

    assert "order" in words
    assert "weather" not in words


@EXTRA
def test_a_function_can_be_asked_for_by_its_name(ears):
    """Its words are expected where a setup declares it."""
    assert (
        ears.hear(spoken_wav("Please open the garden gate.").pcm, functions("open_the_garden_gate"))
        == "Please open the garden gate."
    )


@EXTRA
def test_silence_and_noise_are_no_words(ears):
    """Nothing was understood, and the brain says so."""
    chance = random.Random(1)
    noise = array.array("h", (chance.randrange(-3000, 3000) for _ in range(16_000))).tobytes()
    brain = brain_named("voice")

    assert ears.hear(bytes(32_000)) == ""
    assert isinstance(ears.hear(noise), str)
    assert (
        brain.respond(UserTurn(speech=bytes(3200), speech_ms=100), (), ()).text
        == "I am sorry, I did not understand that."
    )


@EXTRA
def test_the_voice_is_intelligible():
    """What the brain says can be heard again, at 24 kHz."""
    answer = brain_named("voice").tell("What is the weather in Paris?")
    pcm = b"".join(answer.audio())

    assert Ears().hear(resample(pcm, 24_000, 16_000)) == "What is the weather in Paris?"
    assert len(pcm) / 48 == pytest.approx(answer.audio_ms, abs=5)


@EXTRA
def test_a_spoken_conversation(dial, wire, silence):
    """Speech is transcribed, calls a function, is answered by name, and is remembered."""
    city = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
    tools = [{"functionDeclarations": [{"name": "get_weather", "parameters": city}]}]
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Emulator(tls=False, output_speed=math.inf, brain="voice"))
        client = dial(server)
        client.setup(inputAudioTranscription={}, outputAudioTranscription={}, tools=tools)

        def speak(text):
            pcm = spoken_wav(text).pcm
            for start in range(0, len(pcm), 3200):
                client.speak(pcm[start : start + 3200])
            client.speak(silence)

        speak("What is the weather in London?")
        messages = client.until("toolCall")
        (call,) = messages[-1]["toolCall"]["functionCalls"]
        assert wire.words(messages, "inputTranscription") == " What is the weather in London?"
        assert call["args"] == {"city": "London"}
        client.send(
            {"toolResponse": {"functionResponses": [{"id": call["id"], "response": {"output": "Fog in London"}}]}}
        )
        assert wire.words(client.turn()) == "Fog in London."
        speak("My name is Alice.")
        assert wire.words(client.turn()) == "Nice to meet you, Alice."
        assert wire.words(client.ask("Who am I?")) == "Your name is Alice."


@EXTRA
def test_there_is_one_espeak_in_a_process():
    """Its state is its process's."""
    assert Espeak.load() is Espeak.load()
