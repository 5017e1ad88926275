"""What the arguments of the command for music mean: prompts with weights, keys, and what is wrong with them."""

from __future__ import annotations

import pytest

from gemini_live.cli import make_parser
from gemini_live.cli.music_request import FIELDS, read_prompt, read_request, read_scale
from gemini_live.exceptions import ConfigError
from gemini_live.types import MusicGenerationConfig, Scale


def request(*arguments):
    """Return what a command line asks for."""
    return read_request(make_parser().parse_args(["music", *map(str, arguments)]))


@pytest.mark.parametrize(
    ("argument", "text", "weight"),
    [
        ("piano", "piano", 1.0),
        ("minimal techno:1.0", "minimal techno", 1.0),
        ("piano:0.5", "piano", 0.5),
        ("drums:-1", "drums", -1.0),
        ("drums: +2 ", "drums", 2.0),
        ("Act II: the storm", "Act II: the storm", 1.0),
        ("Act II: the storm:0.25", "Act II: the storm", 0.25),
        ("lo-fi: 80s", "lo-fi: 80s", 1.0),
        ("12:30:1", "12:30", 1.0),
        ("a:b:c", "a:b:c", 1.0),
        ("  rain ", "rain", 1.0),
        ("Füße 🎹:2e-1", "Füße 🎹", 0.2),
    ],
)
def test_a_prompt_is_a_text_with_or_without_a_weight(argument, text, weight):
    """The last colon separates a number; other words after it belong to the text."""
    prompt = read_prompt(argument)

    assert (prompt.text, prompt.weight) == (text, weight)


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("", "no text"),
        (" ", "no text"),
        (":", "no weight after the colon"),
        (":1", "no text"),
        ("piano:", "no weight after the colon"),
        ("piano: ", "no weight after the colon"),
        ("piano:0", "any number but 0"),
        ("piano:-0.0", "any number but 0"),
        ("piano:1e-400", "any number but 0"),
        ("piano:nan", "any number but 0"),
        ("piano:inf", "any number but 0"),
        ("piano:0,5", "0,5 is no number"),
        ("piano:50%", "50% is no number"),
        ("piano:1.0.0", "1.0.0 is no number"),
        ("pi\udcffano:1", "no text"),
    ],
)
def test_a_prompt_that_is_none_is_named(argument, words):
    """The error shows the argument as it was written, and what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        read_prompt(argument)

    assert str(caught.value).startswith(f"prompt {argument!r}: ")
    assert words in str(caught.value)


def test_a_long_prompt_is_shown_in_part():
    """Beginning and end are enough to find it."""
    with pytest.raises(ConfigError) as caught:
        read_prompt("a" * 5000 + ":0")

    assert "aaaaaaaaaaaaa:0'" in str(caught.value)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("C major", Scale.C_MAJOR_A_MINOR),
        ("a minor", Scale.C_MAJOR_A_MINOR),
        ("B minor", Scale.D_MAJOR_B_MINOR),
        ("Bb minor", Scale.D_FLAT_MAJOR_B_FLAT_MINOR),
        ("b flat minor", Scale.D_FLAT_MAJOR_B_FLAT_MINOR),
        ("a# MINOR", Scale.D_FLAT_MAJOR_B_FLAT_MINOR),
        ("F# minor", Scale.A_MAJOR_G_FLAT_MINOR),
        ("f sharp minor", Scale.A_MAJOR_G_FLAT_MINOR),
        ("Cb major", Scale.B_MAJOR_A_FLAT_MINOR),
        ("e-flat-major", Scale.E_FLAT_MAJOR_C_MINOR),
        ("D_MAJOR", Scale.D_MAJOR_B_MINOR),
        ("d_major_b_minor", Scale.D_MAJOR_B_MINOR),
        (" G_FLAT_MAJOR_E_FLAT_MINOR ", Scale.G_FLAT_MAJOR_E_FLAT_MINOR),
    ],
)
def test_a_key_may_be_called_as_musicians_do(text, scale):
    """Either key of a pair, by any name of its tone; or what the API calls the pair."""
    assert read_scale(text) is scale


@pytest.mark.parametrize("text", ["", "D", "H major", "major", "D dorian", "D major A minor", "D#b minor"])
def test_what_is_no_key_is_refused_with_examples(text):
    """The words show how a key is written."""
    with pytest.raises(ConfigError, match='is no key; say one such as "D major"'):
        read_scale(text)


def test_every_field_of_the_configuration_is_an_argument():
    """What is given goes into the configuration; the rest stays the service's default."""
    asked = request(
        "piano", "--bpm", 120, "--scale", "D major", "--density", 0.2, "--brightness", 1, "--temperature", 0, "--top-k",
        5, "--guidance", 6, "--seed", 0, "--mute-bass", "--mute-drums", "--only-bass-and-drums", "--mode", "Diversity",
    )  # fmt: skip

    assert {name: getattr(asked.config, name) for name in FIELDS} == {
        "temperature": 0.0, "top_k": 5, "seed": 0, "guidance": 6.0, "bpm": 120, "density": 0.2, "brightness": 1.0,
        "scale": Scale.D_MAJOR_B_MINOR, "mute_bass": True, "mute_drums": True, "only_bass_and_drums": True,
        "music_generation_mode": "DIVERSITY",
    }  # fmt: skip
    assert request("piano", "--bpm", 90).config == MusicGenerationConfig(bpm=90)
    assert request("piano").config is None


def test_all_that_is_wrong_is_said_at_once_in_the_words_of_the_command_line():
    """Options are called as they are written there, prompts by themselves."""
    with pytest.raises(ConfigError) as caught:
        request(
            "a:0", "b", "c:", "--bpm", 30, "--scale", "x", "--top-k", 0, "--density", "nan", "--guidance", 7, "--seed",
            -1, "--seconds", 0,
        )  # fmt: skip

    problems = str(caught.value).split("; ")
    starts = ["prompt 'a:0':", "prompt 'c:':", "--scale:", "--top-k:", "--seed:", "--guidance:", "--bpm:", "--density:"]
    for start in [*starts, "--seconds: must be 0.1 to 21600, not 0"]:
        assert [problem for problem in problems if problem.startswith(start)], start
    assert "--bpm: must be 60 to 200, not 30" in problems


@pytest.mark.parametrize("seconds", ["-1", "0", "0.05", "21601", "inf", "nan"])
def test_so_much_music_is_not_to_be_had(seconds):
    """A file has a size that it can't go beyond."""
    with pytest.raises(ConfigError, match=r"^--seconds: must be 0\.1 to 21600, not"):
        request("piano", f"--seconds={seconds}")


def test_ten_seconds_are_played_unless_more_is_asked_for():
    """As the help says."""
    assert request("piano").seconds == 10.0
    assert request("piano", "--seconds", "0.1").seconds == 0.1
    assert request("piano", "--seconds", "21600").seconds == 21600.0


@pytest.mark.parametrize(
    "arguments",
    [[], ["a", "--bpm", "fast"], ["a", "--bpm", "1.5"], ["a", "--mode", "loud"], ["a", "--density"], ["a", "--x"]],
)
def test_what_is_no_command_line_at_all_exits_with_2(capsys, arguments):
    """argparse says what is wrong."""
    with pytest.raises(SystemExit) as caught:
        request(*arguments)

    assert caught.value.code == 2
    assert "error:" in capsys.readouterr().err
