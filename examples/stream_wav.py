"""Speech in, speech out: stream a WAV file at the pace of real time and save the spoken answer.

python examples/stream_wav.py [QUESTION.wav [ANSWER.wav]]
"""

from __future__ import annotations

import sys
from typing import Any

from endpoint import endpoint

from gemini_live import Session
from gemini_live.audio import write_wav
from gemini_live.cli.demo import SPEECH


def main(question: str = str(SPEECH), answer: str = "answer.wav") -> None:
    """Stream ``question``, write ``answer``."""
    transcripts: dict[str, Any] = {"input_audio_transcription": {}, "output_audio_transcription": {}}
    with endpoint() as where, Session.open(**where, **transcripts) as session:
        with session.expect(timeout=60) as turn:
            session.stream_audio(question)
        print(f"heard: {turn.input_transcript}")
        print(f"said:  {turn.output_transcript}")
        write_wav(answer, turn.audio, rate=turn.audio_rate)
        print(f"saved {turn.received_ms / 1000:.1f} s of speech as {answer}")


if __name__ == "__main__":
    main(*sys.argv[1:])
