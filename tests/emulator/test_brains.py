"""What the echo brain says."""

from __future__ import annotations

import pytest

from gemini_live.audio import duration_ms
from gemini_live.emulator.brains import UserTurn, brain_named
from gemini_live.emulator.brains.rules import reply
from gemini_live.emulator.context import Context, Entry, entries_of
from gemini_live.exceptions import ConfigError
from gemini_live.types import Content, Modality, parse


def said(*texts, role="user"):
    return [Entry(role=role, text=text) for text in texts]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("What a nice day", "You said: What a nice day"),
        ("  ", "I am listening."),
        ("Say hello.", "Hello."),
        ('Please say "good morning"', "Good morning."),
        ("say: yes in one word", "Yes."),
        ("Say a short greeting.", "Hello there."),
        ("Remember the number 42.", "OK, I will remember the number 42."),
        ("My name is Marcelo.", "Nice to meet you, Marcelo."),
    ],
)
def test_simple_requests_have_fitting_answers(request_, answer):
    """Requests that a rule knows are answered by it; the rest is said back."""
    assert reply(request_, said(request_)) == answer


def test_numbers_are_remembered():
    """The number told last is the answer to a question for a number; numbers in questions don't count."""
    context = said("Remember the number 42. Thanks.", "What number comes after 7?")
    assert reply("What number did I ask you to remember?", context) == "The number is 42."
    assert reply("Which number was it?", said("a 1", "then 2.5")) == "The number is 2.5."
    assert reply("What number was it?", said("9 lives", role="model")) == "The number is 9."
    assert reply("What number was it?", ()) == "You have not told me a number."


def test_facts_are_remembered():
    """What the user said of himself answers questions about it, the newest word first."""
    context = [
        *said("My name is Alice and my favorite color is teal.", "By the way, my dog is called Rex"),
        *said("My name is Bob.", role="model"),
    ]
    assert (
        reply("What is my name and favorite color?", context) == "Your name is Alice and your favorite color is teal."
    )
    assert reply("What's my name?", [*context, *said("my name is Carol")]) == "Your name is Carol."
    assert reply("What is my shoe size?", context) == "You have not told me your shoe size."


def test_a_long_story_is_long():
    """It takes more than forty seconds to speak, and making its beginning is quick."""
    answer = brain_named("echo").answer(UserTurn(text="Tell me a long story."), ())
    assert answer.audio_ms > 40_000
    assert len(next(answer.audio())) > 0


def test_speech_comes_back_as_sound():
    """The answer to speech is that speech at 24 kHz, with its length as the transcripts."""
    pcm = bytes(range(256)) * 250
    answer = brain_named("echo").answer(UserTurn(speech=pcm, speech_ms=2100), ())
    assert answer.text == "I heard 2.1 seconds of speech. Here it is again."
    assert answer.heard == (" (2.1", " seconds", " of", " speech)")
    assert duration_ms(b"".join(answer.audio())) == pytest.approx(answer.audio_ms) == pytest.approx(2000)


def test_words_go_before_sound():
    """A turn with both is answered by its words."""
    answer = brain_named("echo").answer(UserTurn(text="Say yes.", speech=b"\0\0", speech_ms=1), ())
    assert answer.text == "Yes."
    assert answer.heard


def test_an_unknown_brain_names_the_known_ones():
    """A wrong brain name is a ConfigError that lists the right ones."""
    with pytest.raises(ConfigError, match=r"brain: 'Einstein' is not known; known are .*echo"):
        brain_named("Einstein")


def test_contents_become_entries():
    """Text parts are joined, thoughts left out, pictures counted; whoever is not the model is the user."""
    image = {"inline_data": {"mime_type": "image/png", "data": b"x"}}
    contents = [
        {"parts": [{"text": "a"}, {"text": "b"}, image], "role": "user"},
        {"parts": [{"text": "hm", "thought": True}, {"text": "c"}], "role": "model"},
        {"role": "user"},
    ]
    assert entries_of(parse(Content, content, "c") for content in contents) == [
        Entry(role="user", text="a b", images=1),
        Entry(role="model", text="c"),
        Entry(role="user"),
    ]


def test_context_is_counted_by_modality():
    """25 tokens a second of sound, 258 a picture, about one for four letters; nothing is left out but zeros."""
    context = Context([Entry(role="user", text="12345678"), Entry(role="user", audio_ms=2000)])
    assert context.tokens(10) == {Modality.TEXT: 12, Modality.AUDIO: 50}
    other = Context(list(context.entries))
    other.add(Entry(role="user", images=2))
    assert other.tokens(0)[Modality.VIDEO] == 516
    assert Modality.VIDEO not in context.tokens(0)
