"""Brains that take their time: the server goes on meanwhile."""

from __future__ import annotations

import math
import sys
import threading

import attrs
import pytest

from gemini_live.emulator import Emulator, brains
from gemini_live.emulator.brains import brain_named
from gemini_live.emulator.brains.talker import RulesBrain
from gemini_live.emulator.context import Context, Entry
from gemini_live.exceptions import ConfigError

SECONDS = 10


class SlowBrain(RulesBrain):
    """Thinks until it is let; what is said to it is always the same."""

    slow = True

    def __init__(self):
        self.thinking, self.go_on = threading.Event(), threading.Event()

    def respond(self, turn, context, functions):
        self.thinking.set()
        assert self.go_on.wait(SECONDS)
        if not turn.speech:
            return super().respond(turn, context, functions)
        words = "My name is Alice."
        return attrs.evolve(self.tell("Noted."), heard=(words,), words=words)


@pytest.fixture
def slow(monkeypatch):
    """The brain of the next emulator, which is let go at the end."""
    brain = SlowBrain()
    monkeypatch.setitem(brains.BRAINS, "rules", lambda: brain)
    yield brain
    brain.go_on.set()


def test_others_are_served_while_a_brain_thinks(slow, dial, wire):
    """Another connection is set up; the answer comes when it is found."""
    with Emulator(tls=False, output_speed=math.inf, brain="rules") as server:
        client = dial(server)
        client.setup(outputAudioTranscription={})
        client.say("Hello")
        assert slow.thinking.wait(SECONDS)
        assert "setupComplete" in dial(server).setup()
        slow.go_on.set()
        assert wire.words(client.turn()) == "Hello! How can I help you?"


def test_a_turn_that_is_still_thought_about_can_be_cut(slow, dial, wire):
    """It ends as a turn, and the next is answered."""
    with Emulator(tls=False, output_speed=math.inf, brain="rules") as server:
        client = dial(server)
        client.setup(outputAudioTranscription={})
        client.say("Hello")
        assert slow.thinking.wait(SECONDS)
        client.say("Say yes.")
        assert [wire.kind(message) for message in client.turn()] == ["interrupted", "turnComplete"]
        slow.go_on.set()
        assert wire.words(client.turn()) == "Yes."


def test_what_was_heard_is_remembered(slow, dial, wire, speech, silence):
    """The words of speech are transcribed, and answer later questions."""
    slow.go_on.set()
    with Emulator(tls=False, output_speed=math.inf, brain="rules") as server:
        client = dial(server)
        client.setup(inputAudioTranscription={}, outputAudioTranscription={})
        client.speak(speech + silence)
        assert wire.words(client.turn(), "inputTranscription") == "My name is Alice."
        assert wire.words(client.ask("Who am I?")) == "Your name is Alice."


def test_results_are_told_by_a_slow_brain_too(slow, dial, wire):
    """Those that are waited for, and news."""
    slow.go_on.set()
    tools = [{"functionDeclarations": [{"name": "get_weather"}, {"name": "flights", "behavior": "NON_BLOCKING"}]}]
    with Emulator(tls=False, output_speed=math.inf, brain="rules") as server:
        client = dial(server)
        client.setup(outputAudioTranscription={}, tools=tools)
        for text, said in (
            ("How is the weather?", ["Fog."]),
            ("flights", ["One moment, I am looking that up.", "Fog."]),
        ):
            client.say(text)
            messages = client.until("toolCall")
            (call,) = messages[-1]["toolCall"]["functionCalls"]
            first = [wire.words(client.turn())] if len(said) == 2 else []
            client.send({"toolResponse": {"functionResponses": [{"id": call["id"], "response": {"output": "Fog"}}]}})
            assert [*first, wire.words(client.turn())] == said


def test_words_are_put_to_the_newest_speech_of_that_length():
    """Of the user's, and only where there are none yet."""
    context = Context()
    for entry in (Entry(role="user", audio_ms=5), Entry(role="model", audio_ms=5), Entry(role="user", audio_ms=7)):
        context.add(entry)
    context.put_words(5, "first")
    context.put_words(5, "none")

    assert [entry.text for entry in context.entries] == ["first", "", ""]


@pytest.mark.parametrize("module", ["pocketsphinx", "espeakng_loader"])
def test_without_the_extra_the_voice_says_what_to_install(monkeypatch, module):
    """Whichever package is missing."""
    if module == "espeakng_loader":
        pytest.importorskip("pocketsphinx", reason="the extra offline-voice is not installed")
        monkeypatch.setattr("gemini_live.emulator.brains.espeak.Espeak._only", None)
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(
        ConfigError, match=rf"{module}, which is not installed: pip install 'gemini-live\[offline-voice\]'"
    ):
        brain_named("voice")
