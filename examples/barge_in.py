"""Barge-in: speech that arrives while the model speaks cuts it short.

Audio that was queued for ``on_audio`` is discarded, and the turn says how much of it the user may have heard.
"""

from __future__ import annotations

import threading

from endpoint import endpoint

from gemini_live import AudioChunk, Session, Turn
from gemini_live.cli.demo import SPEECH


def main() -> None:
    """Ask for something long and speak into it."""
    speaking = threading.Event()

    def on_audio(_: AudioChunk) -> None:
        speaking.set()

    def on_interrupted(turn: Turn) -> None:
        print(f"interrupted in turn {turn.number} after {turn.received_ms / 1000:.1f} s of speech had come")

    with (
        endpoint() as where,
        Session.open(
            **where, output_audio_transcription={}, on_audio=on_audio, on_interrupted=on_interrupted
        ) as session,
    ):
        session.send_text("Please tell me a long story.")
        speaking.wait(60)
        with session.expect(timeout=60) as answer:  # the turn after the one that is cut
            session.stream_audio(SPEECH)
        print(f"then: {answer.output_transcript}")


if __name__ == "__main__":
    main()
