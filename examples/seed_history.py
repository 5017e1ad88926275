"""A conversation that goes on: tell the model what was said before, then talk."""

from __future__ import annotations

from endpoint import endpoint

from gemini_live import Session

EARLIER = [
    {"role": "user", "parts": [{"text": "My name is Alice and my favorite color is teal."}]},
    {"role": "model", "parts": [{"text": "Nice to meet you, Alice!"}]},
]


def main() -> None:
    """Seed the history and ask about it."""
    with endpoint() as where, Session.open(**where, output_audio_transcription={}) as session:
        session.seed_history(EARLIER)
        print(session.ask("What is my name and favorite color?", timeout=60).output_transcript)


if __name__ == "__main__":
    main()
