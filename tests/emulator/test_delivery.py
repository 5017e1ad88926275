"""An answer as a script, and how its end is counted."""

from __future__ import annotations

import json
import random

import attrs
import pytest

from gemini_live.audio import bytes_for_duration, duration_ms
from gemini_live.emulator import shapes
from gemini_live.emulator.brains import Answer
from gemini_live.emulator.context import Context
from gemini_live.emulator.delivery import LEAD_MS, Delivery, recut, timed_words
from gemini_live.emulator.profiles import PROFILES
from gemini_live.emulator.settings import read_settings
from gemini_live.types import Modality, Setup, decode

PROFILE = PROFILES["gemini-2.5"]
TEXT = "One two three four five six seven eight nine ten."


def delivery(seed=1, setup=None, milliseconds=3000):
    given = {"inputAudioTranscription": {}, "outputAudioTranscription": {}} if setup is None else setup
    sound = bytes(bytes_for_duration(milliseconds, rate=24_000))
    return Delivery(
        answer=Answer(text=TEXT, thought="hm" * 8, heard=(" a", " b"), audio_ms=3000, audio=lambda: iter([sound])),
        settings=read_settings(decode(Setup, {"model": "models/gemini-live", **given}), PROFILE),
        profile=PROFILE,
        prompt={Modality.TEXT: 1000, Modality.AUDIO: 5},
        chunk_ms=(40, 1000),
        chance=random.Random(seed),
    )


def test_the_order_is_the_services(wire):
    """Input transcriptions, a thought, words and sound interleaved, generationComplete alone at the end."""
    kinds = [wire.kind(cue.message) for cue in delivery().cues()]
    assert kinds[:4] == ["inputTranscription", "inputTranscription", "thought", "outputTranscription"]
    assert set(kinds[4:-1]) == {"audio", "outputTranscription"}
    assert kinds[-1] == "generationComplete"
    assert "outputTranscription" in kinds[kinds.index("audio") : -1]


def test_every_word_and_sample_is_sent(wire):
    """The pieces make the whole, and are counted."""
    given = delivery()
    messages = [cue.message for cue in given.cues()]
    assert wire.words(messages) == TEXT == given.text
    assert wire.words(messages, "inputTranscription") == " a b"
    assert duration_ms(wire.audio(messages)) == given.audio_ms == 3000


def test_what_the_setup_did_not_ask_for_is_not_sent(wire):
    """Without transcriptions only the thought and the sound are sent; the words count as said all the same."""
    given = delivery(setup={"generationConfig": {"thinkingConfig": {"includeThoughts": False}}})
    messages = [cue.message for cue in given.cues() if cue.message]
    assert {wire.kind(message) for message in messages} == {"audio", "generationComplete"}
    assert given.text == TEXT
    assert "thoughtsTokenCount" not in given.end(Context())["usageMetadata"]


def test_sound_runs_a_little_ahead_of_its_playback(wire):
    """A piece goes out half a second before it is heard, in order; the first at once."""
    cues = [cue for cue in delivery().cues() if wire.kind(cue.message) == "audio"]
    position = 0.0
    for cue in cues:
        assert cue.at_ms == max(0.0, position - LEAD_MS)
        position += cue.audio_ms


def test_words_come_no_later_than_their_sound(wire):
    """Words that are spoken at a moment were transcribed by then, save for those that begin within one piece."""
    sent, heard = 0, 0.0
    for cue in delivery(seed=3).cues():
        if wire.kind(cue.message) == "audio":
            assert sent >= len(TEXT) * heard / 3000 - 12
        sent, heard = sent + len(cue.text), heard + cue.audio_ms
    assert sent == len(TEXT)


def test_the_same_seed_gives_the_same_script():
    """Lengths vary by seed and by nothing else."""
    scripts = [[json.dumps(cue.message) for cue in delivery(seed).cues()] for seed in (1, 1, 2)]
    assert scripts[0] == scripts[1] != scripts[2]


def test_pieces_are_of_varying_length(chance):
    """Between the bounds, all but the last, and of many lengths."""
    lengths = [duration_ms(piece) for piece in recut(iter([bytes(480_000), bytes(480_000)]), (40, 1000), chance)]
    assert sum(lengths) == pytest.approx(20_000)
    assert all(39.9 <= length <= 1000.1 for length in lengths[:-1])
    assert len(set(lengths)) > 10


def test_words_are_timed_by_their_place(chance):
    """One or two words a piece, each at its share of the time; no words, no pieces."""
    pieces = list(timed_words(TEXT, 1000, chance))
    assert "".join(words for _, words in pieces) == TEXT
    assert all(1 <= len(words.split()) <= 2 for _, words in pieces)
    assert [moment for moment, _ in pieces] == sorted(moment for moment, _ in pieces)
    assert list(timed_words("", 1000, chance)) == []


def test_a_turns_end_counts_what_was_sent():
    """Usage: the prompt by modality, 25 tokens a second of sound, thoughts beside the total."""
    given, context = delivery(), Context()
    for _ in given.cues():
        pass
    assert given.end(context) == {
        "serverContent": {"turnComplete": True},
        "usageMetadata": {
            "promptTokenCount": 1005,
            "responseTokenCount": 75,
            "totalTokenCount": 1080,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 1000},
                {"modality": "AUDIO", "tokenCount": 5},
            ],
            "responseTokensDetails": [{"modality": "AUDIO", "tokenCount": 75}],
            "thoughtsTokenCount": 4,
        },
    }
    assert (context.entries[0].role, context.entries[0].text) == ("model", TEXT)


def test_a_turn_without_sound_names_no_answer_tokens():
    """Zero is left out, as protobuf's JSON does."""
    usage = delivery().end(Context())["usageMetadata"]
    assert "responseTokenCount" not in usage and "responseTokensDetails" not in usage
    assert usage["totalTokenCount"] == usage["promptTokenCount"]


def test_a_cut_delivery_counts_what_came_before_the_cut():
    """Words and sound that were not sent don't become context."""
    given = delivery()
    cues = given.cues()
    while not given.audio_ms:
        next(cues)
    cues.close()
    assert 0 < given.audio_ms < 3000
    assert TEXT.startswith(given.text) and given.text != TEXT


def test_the_names_of_the_usage_are_the_profiles():
    """Another backend calls the answer's tokens otherwise."""
    other = attrs.evolve(PROFILE, response_count="candidatesTokenCount", response_details="candidatesTokensDetails")
    assert shapes.usage(other, {}, 3, 0)["candidatesTokenCount"] == 3


@pytest.mark.parametrize(
    ("seconds", "message"),
    [(10, {"timeLeft": "10s"}), (9.5, {"timeLeft": "9.500s"}), (0, {"timeLeft": "0s"}), (None, {})],
)
def test_go_away_names_a_duration(seconds, message):
    """Durations are protobuf's; none is an empty message."""
    assert shapes.go_away(seconds) == {"goAway": message}
