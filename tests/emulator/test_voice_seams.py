"""How the voice brain decides, with stand-ins for the packages that hear and speak."""

from __future__ import annotations

import array
import sys
import types
from typing import ClassVar

import pytest

from gemini_live.emulator.brains import UserTurn, hearing
from gemini_live.emulator.brains.ears import Ears
from gemini_live.emulator.profiles import PROFILES
from gemini_live.emulator.tool_rules import functions_of
from gemini_live.types import Tool, decode

DICTIONARY = {"hello": "HH AH L OW", "what": "W AH T", "is": "IH Z", "the": "DH AH", "weather": "W EH DH ER"}
SPEECH = array.array("h", [3000, -3000] * 1600).tobytes()


class Decoder:
    """Hears what it is told to: likely words, phones, or any words."""

    heard: ClassVar = {"likely": None, "phones": "", "any": None}

    def __init__(self, **options):
        self.kind = "phones" if "allphone" in options else "likely" if "lm" in options else "any"
        self.grammars = []

    def lookup_word(self, word):
        return DICTIONARY.get(word)

    def add_jsgf_string(self, name, grammar):
        self.grammars.append(grammar)

    def activate_search(self, name):
        assert self.grammars

    def start_utt(self):
        pass

    def process_raw(self, sound, *, full_utt):
        assert full_utt and sound

    end_utt = start_utt

    def hyp(self):
        words = self.heard[self.kind]
        return None if words is None else types.SimpleNamespace(hypstr=words)

    def seg(self):
        return [types.SimpleNamespace(word=phone) for phone in f"SIL {self.heard['phones']}".split()]


@pytest.fixture
def hears(monkeypatch):
    """Say what is heard."""
    module = types.SimpleNamespace(Decoder=Decoder, get_model_path=lambda name: name)
    monkeypatch.setitem(sys.modules, "pocketsphinx", module)

    def hears(**heard):
        monkeypatch.setattr(Decoder, "heard", {"likely": None, "phones": "", "any": None, **heard})

    return hears


@pytest.fixture
def brain(hears, monkeypatch):
    """A voice brain whose sound is a sample a letter."""
    espeak = types.SimpleNamespace(rate=24_000, say=lambda text: bytes(2 * len(text)))
    monkeypatch.setattr(hearing.Espeak, "load", lambda: espeak)
    return hearing.VoiceBrain()


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        ({"likely": "hello", "phones": "HH AH L OW", "any": "oh"}, "Hello."),
        ({"likely": "hello", "phones": "AH L", "any": "oh"}, "Hello."),
        ({"likely": "hello", "phones": "B R AW N F AA K S", "any": "brown fox"}, "Brown fox."),
        ({"any": "the quick fox"}, "The quick fox."),
        ({}, ""),
    ],
)
def test_what_is_likely_is_believed_where_its_phones_were_heard(hears, heard, words):
    """Else the large model is asked; it may understand nothing."""
    ears = Ears()
    hears(**heard)

    assert ears.hear(SPEECH) == ears.hear(SPEECH) == words


def test_the_grammar_is_made_anew_for_other_functions(hears):
    """And only then."""
    ears = Ears()
    tools = (decode(Tool, {"functionDeclarations": [{"name": "is_the_weather"}]}),)
    for functions in ((), (), functions_of(tools, PROFILES["gemini-2.5"])):
        ears.hear(SPEECH, functions)

    first, second = ears._likely.grammars
    assert "is the weather [ in <city> ]" in second and "is the weather [ in" not in first


def test_speech_is_heard_answered_and_spoken(hears, brain):
    """The answer has the words that were heard, for the transcript and for the memory."""
    hears(likely="hello", phones="HH AH L OW")
    answer = brain.respond(UserTurn(speech=SPEECH, speech_ms=200), (), ())

    assert (answer.text, answer.words, answer.heard) == ("Hello! How can I help you?", "Hello.", (" Hello.",))
    assert sum(map(len, answer.audio())) == pytest.approx(2 * len(answer.text), abs=4)


def test_speech_calls_functions(hears, brain):
    """As a text does."""
    hears(any="what is the weather in london")
    tools = (decode(Tool, {"functionDeclarations": [{"name": "get_weather"}]}),)
    answer = brain.respond(UserTurn(speech=SPEECH, speech_ms=200), (), functions_of(tools, PROFILES["gemini-2.5"]))

    assert [call.name for call in answer.calls] == ["get_weather"]
    assert (answer.text, answer.audio_ms, answer.words) == ("", 0, "What is the weather in London?")


def test_what_is_not_understood_is_said_so(hears, brain):
    """And texts are answered without any ears."""
    hears()

    assert brain.respond(UserTurn(speech=SPEECH, speech_ms=200), (), ()).text == hearing.NOT_UNDERSTOOD
    assert brain.respond(UserTurn(text="Say yes."), (), ()).text == "Yes."
