"""Functions that the model calls: one answers at once, the other takes its time while the conversation goes on."""

from __future__ import annotations

import threading
from typing import Literal

from endpoint import endpoint

from gemini_live import Session, ToolCall, ToolContext, Turn, tool


def get_weather(city: str, unit: Literal["celsius", "fahrenheit"] = "celsius") -> str:
    """Look up the weather.

    Args:
        city: the city's name
        unit: the unit of the temperature
    """
    degrees = 12 if unit == "celsius" else 54
    return f"It is foggy and {degrees} degrees in {city}."


@tool(behavior="NON_BLOCKING", scheduling="WHEN_IDLE", timeout=60)
def search_flights(city: str, context: ToolContext) -> dict[str, object]:
    """Search flights to a city; this takes a while."""
    for airline in ("Aurora", "Borealis"):
        print(f"   (asking {airline})")
        if context.cancelled.wait(0.2):
            return {}  # nobody waits for it any more
    return {"city": city, "flights": ["AU 12", "BO 7"]}


def main() -> None:
    """Ask for the weather, then for flights, and talk on while they are searched."""
    searched = threading.Event()

    def called(call: ToolCall) -> None:
        names = ", ".join(str(one.name) for one in call.function_calls or ())
        print(f"   (the model calls {names})")

    def finished(turn: Turn) -> None:
        if "BO 7" in turn.output_transcript:
            searched.set()

    with (
        endpoint() as where,
        Session.open(
            **{**where, "model": "gemini-2.5-flash-native-audio-preview-12-2025"},
            tools=[get_weather, search_flights],
            output_audio_transcription={},
            on_tool_call=called,
            on_turn_complete=finished,
        ) as session,
    ):
        print(session.ask("What is the weather in London?", timeout=60).output_transcript)
        print(session.ask("Search flights to Lisbon.", timeout=60).output_transcript)
        print(session.ask("My name is Alice.", timeout=60).output_transcript)
        print("the flights were told:", searched.wait(60))


if __name__ == "__main__":
    main()
