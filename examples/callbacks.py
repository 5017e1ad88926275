"""Callbacks: what happens is told to functions, on a thread of their own, while the main thread does as it likes."""

from __future__ import annotations

import threading

from endpoint import endpoint

from gemini_live import AudioChunk, Closed, Session, TranscriptionEvent, Turn


def main() -> None:
    """Send one text turn and print what the callbacks hear of it."""
    finished = threading.Event()

    def on_transcription(event: TranscriptionEvent) -> None:
        print(f"{event.source}: {event.text!r}")

    def on_audio(chunk: AudioChunk) -> None:
        print(f"audio: {chunk.duration_ms:.0f} ms at {chunk.rate} Hz")

    def on_turn_complete(turn: Turn) -> None:
        print(f"turn {turn.number} is over; first audio after {turn.timing.first_audio_ms or 0:.0f} ms")
        finished.set()

    def on_close(closed: Closed) -> None:
        print(f"closed by {closed.by} with {closed.code}")

    with endpoint() as where:
        session = Session.start_link(
            **where,
            output_audio_transcription={},
            on_transcription=on_transcription,
            on_audio=on_audio,
            on_turn_complete=on_turn_complete,
            on_error=print,
            on_close=on_close,
        )
        session.connect()
        session.send_text("Say hello.")
        finished.wait(60)
        session.close()


if __name__ == "__main__":
    main()
