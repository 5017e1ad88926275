"""Functions as tools against the emulator: a whole conversation, in every family's way."""

from __future__ import annotations

import math
import threading

import pytest

from gemini_live import Tool, ToolContext
from gemini_live.emulator import Emulator

from .conftest import MODEL, TIMEOUT, eventually

FAMILIES = {
    "gemini-2.5": {"model": MODEL},
    "gemini-3.1": {"model": "gemini-3.1-flash-live-preview"},
    "vertex-2.5": {"model": "gemini-live-2.5-flash", "api_key": None, "project_id": "p", "access_token": "t"},
}


def get_weather(city: str) -> str:
    """Look up the weather of a city."""
    return f"It is foggy in {city}."


@pytest.mark.parametrize("family", FAMILIES)
def test_a_question_is_answered_with_a_function(open_session, family):
    """The caller's turn is the spoken answer, whether the server takes one turn for it or two."""
    with Emulator(family, tls=False, output_speed=math.inf) as server:
        session = open_session(server, tools=[get_weather], output_audio_transcription={}, **FAMILIES[family])

        turn = session.ask("What is the weather in London?", timeout=TIMEOUT)
        again = session.ask("And the weather in Paris?", timeout=TIMEOUT)
        session.close()

        assert turn.output_transcript == "It is foggy in London."
        assert again.output_transcript == "It is foggy in Paris."
        assert [call.args for call in (*turn.tool_calls, *again.tool_calls)] == [{"city": "London"}, {"city": "Paris"}]
        assert server.sessions[0].stray_answers == []


def test_a_barge_in_cancels_the_function(open_session, server, heard):
    """The model has given it up, the function hears of it, and no answer goes out."""
    began, ended = threading.Event(), threading.Event()

    def get_weather(city: str, context: ToolContext) -> str:
        began.set()
        assert context.cancelled.wait(TIMEOUT)
        ended.set()
        return city

    session = open_session(
        server, tools=[get_weather], output_audio_transcription={}, **heard.hooks("tool_call_cancellation")
    )
    session.send_text("What is the weather in London?")
    assert began.wait(TIMEOUT)
    turn = session.ask("Say yes.", timeout=TIMEOUT)

    assert ended.wait(TIMEOUT)
    assert turn.output_transcript == "Yes."
    assert heard.wait("tool_call_cancellation")
    eventually(lambda: session.snapshot().late_answers == 1)
    assert server.sessions[0].stray_answers == []
    assert server.sessions[0].tool_answers == []


def test_the_conversation_goes_on_while_a_function_takes_its_time(open_session, server, heard):
    """The model answers other things, and tells the result when it has it."""
    release = threading.Event()

    def find_flights() -> str:
        assert release.wait(TIMEOUT)
        return "Two flights."

    session = open_session(
        server,
        tools=[Tool(find_flights, behavior="NON_BLOCKING", scheduling="WHEN_IDLE")],
        output_audio_transcription={},
        **heard.hooks("turn_complete"),
    )
    first = session.ask("Find flights.", timeout=TIMEOUT)
    second = session.ask("Say yes.", timeout=TIMEOUT)
    release.set()
    third = heard.wait("turn_complete", 3)

    assert first.output_transcript == "One moment, I am looking that up."
    assert second.output_transcript == "Yes."
    assert third.output_transcript == "Two flights."


def test_a_made_up_name_does_not_stop_the_conversation(open_session, server):
    """The model is told, and says so."""
    session = open_session(server, tools=[get_weather], output_audio_transcription={})

    turn = session.ask("call made_up_name with {}", timeout=TIMEOUT)

    assert turn.output_transcript == "That did not work: there is no function 'made_up_name'."


def test_a_lost_connection_voids_its_calls(open_session, server, heard):
    """The question is asked again on the next one, called again, and answered once."""
    began, counted = threading.Event(), []

    def get_weather(city: str, context: ToolContext) -> str:
        counted.append(city)
        if len(counted) == 1:
            began.set()
            assert context.cancelled.wait(TIMEOUT)
        return f"It is foggy in {city}."

    session = open_session(server, tools=[get_weather], output_audio_transcription={}, **heard.hooks("reconnected"))
    session.send_text("What is the weather in London?")
    assert began.wait(TIMEOUT)
    server.drop_all()
    heard.wait("reconnected")
    turn = session.wait_for_turn(timeout=TIMEOUT)

    assert turn.output_transcript == "It is foggy in London."
    assert counted == ["London", "London"]
    assert server.sessions[1].stray_answers == []
