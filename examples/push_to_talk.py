"""Push to talk: the program, not the server, says when the user speaks."""

from __future__ import annotations

from endpoint import endpoint

from gemini_live import Session
from gemini_live.cli.demo import SPEECH


def main() -> None:
    """Hold the button for the length of a WAV file."""
    with (
        endpoint() as where,
        Session.open(
            **where,
            realtime_input_config={"automatic_activity_detection": {"disabled": True}},
            output_audio_transcription={},
        ) as session,
    ):
        with session.expect(timeout=60) as turn, session.activity():
            session.stream_audio(SPEECH)
        print(turn.output_transcript)


if __name__ == "__main__":
    main()
