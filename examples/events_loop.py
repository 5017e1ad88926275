"""No callbacks: iterate over everything that happens, or over the messages of one exchange."""

from __future__ import annotations

from endpoint import endpoint

from gemini_live import Session


def main() -> None:
    """Show the two iterators."""
    with endpoint() as where, Session.open(**where, output_audio_transcription={}) as session:
        session.send_text("Say hello.")
        for message in session.receive():
            print("message with", ", ".join(message.raw))

        events = session.events()
        session.send_text("And goodbye.")
        for event in events:
            print("event", event.name)
            if event.name == "turn_complete":
                break


if __name__ == "__main__":
    main()
