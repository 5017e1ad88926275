"""Three lines: ask something, print the answer's transcript."""

from __future__ import annotations

from endpoint import endpoint

from gemini_live import Session


def main() -> None:
    """Ask two things, one after the other, in one session."""
    with endpoint() as where, Session.open(**where, output_audio_transcription={}) as session:
        for question in ("My name is Alice.", "What is my name?"):
            turn = session.ask(question, timeout=60)
            print(f"{question} -> {turn.output_transcript} ({turn.received_ms / 1000:.1f} s of speech)")


if __name__ == "__main__":
    main()
