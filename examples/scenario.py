"""A scenario: the emulator says what the file tells it to, loses the connection, and goes on where it was."""

from __future__ import annotations

import math
import threading
from pathlib import Path

from gemini_live import Reconnected, Session, Turn
from gemini_live.emulator import Emulator


def find_shows(day: str) -> str:
    """Find the shows of a day."""
    return f"On {day} there are Hamlet and Macbeth."


def main() -> None:
    """Buy tickets, whatever comes between."""
    welcomed = threading.Event()

    def finished(turn: Turn) -> None:
        if not welcomed.is_set():
            print("model:", turn.output_transcript)
            welcomed.set()

    def reconnected(event: Reconnected) -> None:
        print(f"   (reconnected; resumed: {event.resumed})")

    with (
        Emulator(scenario=Path(__file__).with_name("scenario.json"), output_speed=math.inf) as server,
        Session.open(
            model="gemini-2.5-flash-native-audio-preview-12-2025",
            api_key="any",
            base_url=server.base_url,
            ssl_context=server.ssl_context,
            tools=[find_shows],
            output_audio_transcription={},
            on_turn_complete=finished,
            on_reconnected=reconnected,
        ) as session,
    ):
        welcomed.wait(10)
        for text in ("Are there any tickets?", "Hamlet, please.", "Hello?", "Thank you.", "Thanks!"):
            print("model:", session.ask(text).output_transcript)
        server.sessions[-1].script.wait_done()
        print("errors:", [record.script_error for record in server.sessions])


if __name__ == "__main__":
    main()
