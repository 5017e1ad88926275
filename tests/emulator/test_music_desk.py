"""What of a client's words counts for the music."""

from __future__ import annotations

import pytest

from gemini_live.emulator.music_desk import FORBIDDEN, Desk
from gemini_live.emulator.music_score import DRUMS, Part
from gemini_live.emulator.refusals import RefusedError
from gemini_live.emulator.strictness import Check
from gemini_live.types import MusicClientMessage, decode, encode


class Talk:
    """A desk that is told JSON."""

    def __init__(self, **options):
        self.desk = Desk(lambda number: 1000 + number, **options)

    def say(self, message):
        return [prompt.text for prompt in self.desk.take(decode(MusicClientMessage, message))]

    def prompt(self, **weights):
        given = [{"text": text, "weight": weight} for text, weight in weights.items()]
        return self.say({"clientContent": {"weightedPrompts": given}})

    def configure(self, **config):
        self.say({"musicGenerationConfig": config})

    def control(self, control):
        self.say({"playbackControl": control})

    @property
    def config(self):
        return encode(self.desk.source())["musicGenerationConfig"]


@pytest.fixture
def talk():
    """A desk whose music is techno, and plays."""
    talk = Talk()
    talk.prompt(techno=1.0)
    talk.control("PLAY")
    return talk


DEFAULTS = {
    "temperature": 1.1, "topK": 40, "seed": 1001, "guidance": 4.0, "bpm": 128, "density": 0.6, "brightness": 0.6,
    "scale": "F_MAJOR_D_MINOR", "musicGenerationMode": "QUALITY",
}  # fmt: skip


def test_what_is_left_open_is_decided(talk):
    """The documented defaults, and the model's choice of the rest; false is left out."""
    assert talk.config == DEFAULTS


def test_a_configuration_replaces_the_whole_one(talk):
    """What is not in the next one goes back to its default."""
    full = {
        "temperature": 0, "topK": 1, "seed": 5, "guidance": 0.5, "density": 0, "brightness": 1, "muteBass": True,
        "muteDrums": True, "onlyBassAndDrums": True, "musicGenerationMode": "DIVERSITY",
    }  # fmt: skip
    talk.configure(**full)
    assert talk.config == {**DEFAULTS, **full}
    assert talk.desk.score().silent == {Part.BASS, Part.CHORD, Part.MELODY, *DRUMS}
    talk.configure(density=0.25, muteBass=False)
    assert talk.config == {**DEFAULTS, "density": 0.25}
    talk.configure()
    assert talk.config == DEFAULTS


@pytest.mark.parametrize("reset", [["RESET_CONTEXT"], ["STOP", "PLAY"], ["PAUSE", "RESET_CONTEXT", "PLAY"]])
def test_tempo_and_key_wait_for_a_reset(talk, reset):
    """Whichever way the context is reset; everything else counts at once, and going back to the default waits too."""
    new = {"bpm": 90, "scale": "D_MAJOR_B_MINOR", "seed": 9}
    talk.configure(**new)
    assert talk.config == {**DEFAULTS, "seed": 9}
    for control in reset:
        talk.control(control)
    assert talk.config == {**DEFAULTS, **new}
    talk.configure(seed=9)
    assert talk.config == {**DEFAULTS, **new}


def test_a_pause_resets_nothing(talk):
    """Nor does a second PLAY."""
    context = talk.desk.context
    talk.configure(bpm=90)
    for control in ("PAUSE", "PLAY", "PLAY"):
        talk.control(control)
        assert talk.desk.context is context
    assert talk.desk.playing


def test_what_comes_before_the_first_play_counts_with_it():
    """No reset is needed; nothing is remembered before."""
    talk = Talk()
    talk.configure(bpm=90, scale="G_MAJOR_E_MINOR")
    talk.control("RESET_CONTEXT")
    assert talk.desk.context is None and not talk.desk.playing
    talk.control("PLAY")
    assert (talk.config["bpm"], talk.config["scale"]) == (90, "G_MAJOR_E_MINOR")
    assert "clientContent" not in encode(talk.desk.source())


def test_stop_keeps_prompts_and_configuration(talk):
    """Only the context is gone."""
    talk.configure(density=0.1)
    talk.control("STOP")
    assert talk.desk.context is None and not talk.desk.playing
    talk.control("PLAY")
    assert talk.config["density"] == 0.1
    assert talk.config["seed"] == 1002
    assert encode(talk.desk.source())["clientContent"] == {"weightedPrompts": [{"text": "techno", "weight": 1.0}]}


def test_prompts_replace_those_before(talk):
    """All of them, and with them what the model decides."""
    talk.prompt(ambient=0.5, piano=1.5)
    assert encode(talk.desk.source())["clientContent"] == {
        "weightedPrompts": [{"text": "ambient", "weight": 0.5}, {"text": "piano", "weight": 1.5}]
    }
    assert talk.config == {**DEFAULTS, "density": 0.275, "brightness": 0.45}


def test_a_forbidden_prompt_is_filtered(talk):
    """The others count; where none is left, those before do."""
    word = min(FORBIDDEN)
    assert talk.prompt(**{f"{word.title()} sounds": 1.0, "piano": 1.0}) == [f"{word.title()} sounds"]
    assert [prompt.text for prompt in talk.desk.prompts] == ["piano"]
    assert talk.prompt(**{word: 1.0}) == [word]
    assert [prompt.text for prompt in talk.desk.prompts] == ["piano"]
    assert talk.prompt(**{f"un{word}ly": 1.0}) == []


REFUSED = [
    {"setup": {"model": "models/lyria-realtime-exp"}},
    {"clientContent": {}},
    {"clientContent": {"weightedPrompts": []}},
    {"clientContent": {"weightedPrompts": [{"text": "piano", "weight": 0}]}},
    {"clientContent": {"weightedPrompts": [{"text": "piano", "weight": 1}, {"text": "techno", "weight": 0.0}]}},
    {"clientContent": {"weightedPrompts": [{"text": "piano"}]}},
    {"musicGenerationConfig": {"bpm": 59}},
    {"musicGenerationConfig": {"bpm": 201}},
    {"musicGenerationConfig": {"temperature": 3.1}},
    {"musicGenerationConfig": {"guidance": -1}},
    {"musicGenerationConfig": {"density": 1.5}},
    {"musicGenerationConfig": {"brightness": -0.5}},
    {"musicGenerationConfig": {"topK": 0}},
    {"musicGenerationConfig": {"seed": -1}},
    {"playbackControl": "PLAYBACK_CONTROL_UNSPECIFIED"},
]


@pytest.mark.parametrize("message", REFUSED, ids=str)
def test_what_the_service_does_not_take_is_refused(talk, message):
    """With 1007, and without saying what is wrong."""
    with pytest.raises(RefusedError, match=r"^1007 Request contains an invalid argument\.$"):
        talk.say(message)


def test_a_second_setup_and_unknown_controls_can_be_let_through():
    """They do nothing then."""
    talk = Talk(lenient=frozenset({Check.SECOND_SETUP, Check.UNKNOWN_NAMES}))
    talk.say({"setup": {}})
    talk.control("REWIND")
    assert not talk.desk.playing


def test_values_are_taken_in_any_case(talk):
    """As protobuf takes them; an unspecified one is as none."""
    talk.control("stop")
    talk.configure(scale="d_major_b_minor", musicGenerationMode="vocalization")
    talk.control("play")
    assert (talk.config["scale"], talk.config["musicGenerationMode"]) == ("D_MAJOR_B_MINOR", "VOCALIZATION")
    talk.configure(scale="SCALE_UNSPECIFIED", musicGenerationMode="MUSIC_GENERATION_MODE_UNSPECIFIED")
    talk.control("RESET_CONTEXT")
    assert (talk.config["scale"], talk.config["musicGenerationMode"]) == ("G_MAJOR_E_MINOR", "QUALITY")
