"""What the brain that remembers says."""

from __future__ import annotations

import doctest
import math

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.brains import UserTurn, arithmetic, brain_named, memory, talk
from gemini_live.emulator.context import Entry

INTRODUCED = ["My name is Alice and my favorite color is teal.", "I live in Boston"]


def conversation(*texts):
    """Say several things, and return the answers."""
    brain, context, answers = brain_named("rules"), [], []
    for text in texts:
        context.append(Entry(role="user", text=text))
        answers.append(brain.answer(UserTurn(text=text), tuple(context)).text)
        context.append(Entry(role="model", text=answers[-1]))
    return answers


@pytest.mark.parametrize(
    ("sum_", "answer"),
    [
        ("What is seven times six?", "7 times 6 is 42."),
        ("one hundred twenty three thousand four hundred five minus three", "123405 minus 3 is 123402."),
        ("2+2*3", "2 plus 2 times 3 is 8."),
        ("How much is 20 percent of 45?", "20 divided by 100 times 45 is 9."),
        ("What's 7 - 9?", "7 minus 9 is -2."),
        ("please divide ten by four", "10 divided by 4 is 2.5."),
        ("Subtract two from one", "1 minus 2 is -1."),
        ("10 / 3", "10 divided by 3 is 3.333333."),
        ("1 over 0", "Nobody can divide by zero."),
        ("What is two million and twenty-one plus zero?", "2000021 plus 0 is 2000021."),
        ("What is -1.5 squared?", "-1.5 times -1.5 is 2.25."),
    ],
)
def test_sums_are_worked_out(sum_, answer):
    """In words or figures, exactly."""
    assert conversation(sum_) == [answer]


@pytest.mark.parametrize("text", ["My number is 555-1234", "3 apples plus 4 pears", "9" * 20 + " + 1", "1+1" * 50])
def test_what_only_looks_like_a_sum_is_none(text):
    """Telephone numbers, apples, and what would take long."""
    assert arithmetic.worked_out(text) is None


def test_a_sum_goes_on():
    """ "That" is what came out before."""
    assert conversation("6 * 7", "And that divided by four?") == ["6 times 7 is 42.", "42 divided by 4 is 10.5."]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is my name?", "Your name is Alice."),
        ("Who am I?", "Your name is Alice."),
        ("What is my name and favorite color?", "Your name is Alice and your favorite color is teal."),
        ("Where do I live?", "You live in Boston."),
        ("What do I like?", "You have not told me what you like."),
        ("What is my shoe size?", "You have not told me your shoe size."),
        (
            "What do you know about me?",
            "Your name is Alice and your favorite color is teal and you live in Boston.",
        ),
        ("What did I say first?", "The first thing you said was: My name is Alice and my favorite color is teal."),
        ("What did I just say?", "The last thing you said was: I live in Boston."),
        ("What have I said?", "You said: My name is Alice and my favorite color is teal. I live in Boston."),
        ("What did you say?", "I said: I will remember that you live in Boston."),
        ("What number did I tell you?", "You have not told me a number."),
        ("Hello!", "Hello again, Alice!"),
        ("Thanks a lot", "You are welcome, Alice."),
        ("How are you?", "I am fine, thank you, Alice."),
        ("ok", "All right, Alice."),
        ("Bye", "Goodbye, Alice!"),
        ("Why is the sky blue?", "I do not know that, Alice. I do know that you live in Boston."),
        ("I went to the sea with my dog", "I see, Alice: you went to the sea with your dog."),
        ("The sky was grey.", "I see, Alice: the sky was grey."),
    ],
)
def test_it_uses_what_was_said(question, answer):
    """Names, facts and words come back in the answers."""
    assert conversation(*INTRODUCED, question)[-1] == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "I am listening."),
        ("Hello", "Hello! How can I help you?"),
        ("Hi, I'm called Bob.", "Hello, Bob! Nice to meet you."),
        ("Call me Ishmael and I like whales", "Nice to meet you, Ishmael. You like whales."),
        ("call me back later", "I see: call you back later."),
        ("I am from Rome, my dog is Rex.", "I will remember that your dog is Rex and you come from Rome."),
        ("I am 30 years old", "I will remember that you are 30 years old."),
        ("Remember that I have a meeting", "OK, I will remember that you have a meeting."),
        ("Remember the number forty-two.", "OK, I will remember the number forty-two."),
        ("Say hello.", "Hello."),
        ("Say a greeting", "Hello! How can I help you?"),
        ("Who are you?", "I am an emulated model. I remember what you tell me, and I can do sums."),
        ("What did I say?", "You have not said anything yet."),
        ("What have I said?", "You have not said anything yet."),
        ("What did you say?", "I have not said anything yet."),
        ("What do you know about me?", "I know nothing about you yet."),
        ("Why?", "I do not know that, but I can do sums and remember what you tell me."),
    ],
)
def test_first_words_have_answers(text, answer):
    """Without anything before them."""
    assert conversation(text) == [answer]


def test_the_newest_word_counts():
    """Names and numbers are those told last; questions tell none."""
    answers = conversation(
        "My name is Al", "my name is Bo", "What is my name?", "Remember the number seven", "What number was it?"
    )
    assert answers[2::2] == ["Your name is Bo.", "The number is 7."]


def test_a_question_falls_back_on_what_was_said_before():
    """Where nothing is known of the user, his words are."""
    answer = conversation("The sea is loud", "Why is that?")[-1]
    assert answer == "I do not know that. Before that you said: The sea is loud."


def test_speech_has_no_words_here():
    """It says how long it was, and that it can't make out words."""
    answer = brain_named("rules").answer(UserTurn(speech=b"\0\0", speech_ms=2100), ())
    assert answer.text == "I heard 2.1 seconds of speech, but I can't make out words."
    assert answer.heard == (" (2.1", " seconds", " of", " speech)")


def test_a_long_story_can_be_interrupted():
    """It is as long as anywhere."""
    assert len(conversation("Tell me a long story.")[0]) > 500


@pytest.mark.parametrize("module", [arithmetic, memory, talk], ids=lambda module: module.__name__)
def test_the_examples_in_docstrings_are_true(module):
    """What a docstring shows after >>> is what comes out."""
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_it_calls_functions_and_remembers_on_a_resumed_session(dial, resume, wire):
    """Over the wire: a declared tool that fits is called, its result told; a resumed session knows what was said."""
    tools = [
        {
            "functionDeclarations": [
                {"name": "get_weather", "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}}}
            ]
        }
    ]
    with Emulator(tls=False, output_speed=math.inf, brain="rules") as server:
        client = dial(server)
        client.setup(sessionResumption={}, outputAudioTranscription={}, tools=tools)
        client.ask("My name is Alice.")
        client.say("What is the weather in London?")
        (call,) = client.until("toolCall")[-1]["toolCall"]["functionCalls"]
        client.send({"toolResponse": {"functionResponses": [{"id": call["id"], "response": {"output": "Fog"}}]}})
        assert call["args"] == {"city": "London"}
        assert wire.words(client.turn()) == "Fog."
        handle = wire.handle([client.receive()])
        client.websocket.close()
        server.sessions[0].wait_closed()
        assert wire.words(resume(server, handle).ask("Who am I?")) == "Your name is Alice."
