"""What both sides have said, in words: what a fresh session is told of the one before."""

from __future__ import annotations

import pytest

from gemini_live.protocol import Turn
from gemini_live.protocol.transcript import MAX_CHARACTERS, Transcript


@pytest.fixture
def transcript():
    """A conversation that has not begun."""
    return Transcript()


def said(transcript):
    """Return who has said what."""
    return [(content.role, content.parts[0].text) for content in transcript.contents()]


def test_a_conversation_that_has_not_begun_is_empty(transcript):
    """There is nothing to tell."""
    assert transcript.contents() == ()


def test_a_question_and_its_answer_are_told_in_this_order(transcript):
    """What the program asked comes before what the model said to it."""
    transcript.asked(1, "user", "hello")
    transcript.heard(Turn(number=1, output_transcript="good morning"))

    assert said(transcript) == [("user", "hello"), ("model", "good morning")]


def test_a_question_counts_when_it_is_answered(transcript):
    """What has no answer is asked again, and must not be told twice."""
    transcript.asked(1, "user", "hello")

    assert said(transcript) == []


def test_a_question_for_a_later_turn_waits_for_that(transcript):
    """What was asked while the model spoke stands behind what it was saying."""
    transcript.asked(1, "user", "one")
    transcript.asked(2, "user", "two")
    transcript.heard(Turn(number=1, text="first"))
    assert said(transcript) == [("user", "one"), ("model", "first")]

    transcript.heard(Turn(number=2, text="second"))

    assert said(transcript)[2:] == [("user", "two"), ("model", "second")]


def test_a_question_whose_turn_was_passed_over_is_told_with_the_next(transcript):
    """A server that merges two questions answers both."""
    transcript.asked(1, "user", "one")
    transcript.heard(Turn(number=2, text="both"))

    assert said(transcript) == [("user", "one"), ("model", "both")]


def test_what_was_spoken_is_told_as_it_was_written_down(transcript):
    """Speech on both sides is told by its transcripts."""
    transcript.heard(Turn(number=1, input_transcript="what time is it", output_transcript="noon", text=""))

    assert said(transcript) == [("user", "what time is it"), ("model", "noon")]


def test_text_is_told_where_nothing_was_spoken(transcript):
    """A model that writes has said what it wrote."""
    transcript.heard(Turn(number=1, input_transcript="hi", text="hello"))

    assert said(transcript)[-1] == ("model", "hello")


def test_thoughts_are_not_told(transcript):
    """What the model thought it has not said."""
    transcript.heard(Turn(number=1, input_transcript="hi", thoughts="a greeting"))

    assert said(transcript) == [("user", "hi")]


def test_of_an_answer_that_was_interrupted_what_was_heard_is_told(transcript):
    """The user does not know the rest."""
    turn = Turn(
        number=1, input_transcript="a story", output_transcript="once upon a time", interrupted=True,
        received_ms=1000.0, played_ms=500.0,
    )  # fmt: skip
    transcript.heard(turn)

    assert said(transcript)[-1] == ("model", "once")


def test_an_answer_that_was_not_interrupted_is_told_whole(transcript):
    """Playback lags behind; it will be heard."""
    transcript.heard(
        Turn(number=1, input_transcript="hi", output_transcript="good day", received_ms=1000.0, played_ms=1.0)
    )

    assert said(transcript)[-1] == ("model", "good day")


def test_neighbours_of_one_role_are_joined(transcript):
    """Two turns of one side in a row are one content, in lines."""
    transcript.heard(Turn(number=1, input_transcript="hello"))
    transcript.heard(Turn(number=2, input_transcript="are you there", output_transcript="yes"))

    assert said(transcript) == [("user", "hello\nare you there"), ("model", "yes")]


def test_what_the_model_says_first_is_left_out(transcript):
    """A history begins with the user, or the service refuses it."""
    transcript.heard(Turn(number=1, output_transcript="welcome"))
    assert said(transcript) == []

    transcript.heard(Turn(number=2, input_transcript="hi", output_transcript="hello"))

    assert said(transcript) == [("user", "hi"), ("model", "hello")]


def test_words_put_into_the_models_mouth_are_its_own(transcript):
    """A program may tell what the model has said elsewhere."""
    transcript.asked(1, "user", "one")
    transcript.asked(1, "model", "two")
    transcript.heard(Turn(number=1, input_transcript="three"))

    assert said(transcript) == [("user", "one"), ("model", "two"), ("user", "three")]


@pytest.mark.parametrize("words", ["", "  ", "\n"])
def test_blanks_are_nothing(transcript, words):
    """An empty content would be an error to the service."""
    transcript.asked(1, "user", words)
    transcript.heard(Turn(number=1, input_transcript=words, output_transcript=words))

    assert said(transcript) == []


def test_of_a_long_conversation_the_oldest_turns_are_dropped(transcript):
    """The newest words count, and there is a bound to them."""
    line = "x" * (MAX_CHARACTERS // 10)
    for number in range(30):
        transcript.heard(Turn(number=number, input_transcript=f"{number} {line}"))

    (content,) = transcript.contents()
    words = content.parts[0].text
    assert len(words) <= MAX_CHARACTERS
    assert words.endswith(f"29 {line}")
    assert not words.startswith("0 ")


def test_of_questions_that_nobody_answers_the_oldest_are_dropped(transcript):
    """A server that never answers does not fill the memory."""
    line = "x" * (MAX_CHARACTERS // 10)
    for number in range(30):
        transcript.asked(number, "user", f"{number} {line}")
    transcript.heard(Turn(number=30))

    ((_, words),) = said(transcript)
    assert len(words) <= MAX_CHARACTERS
    assert words.endswith(f"29 {line}")


def test_one_turn_longer_than_the_bound_is_kept(transcript):
    """The last word is never dropped."""
    transcript.heard(Turn(number=1, input_transcript="x" * (MAX_CHARACTERS + 1)))

    assert len(said(transcript)[0][1]) == MAX_CHARACTERS + 1
