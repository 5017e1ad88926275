"""A conversation that changes hands: one process parks it, another goes on, and a file keeps the handle meanwhile."""

from __future__ import annotations

import tempfile
from pathlib import Path

from endpoint import endpoint

from gemini_live import FileHandleStore, Session


def main() -> None:
    """Begin a conversation, end it, and go on with it twice: with the handle, and with what a store has kept."""
    with endpoint() as where, tempfile.TemporaryDirectory() as folder:
        where["output_audio_transcription"] = {}
        with Session.open(**where) as first:
            print(first.ask("My name is Alice.", timeout=60).output_transcript)
            handle = first.park()

        store = FileHandleStore(Path(folder) / "handles.json")
        with Session.open(**where, resume_handle=handle, name="line-17", store=store) as second:
            print(second.ask("What is my name?", timeout=60).output_transcript)
            second.park()

        with Session.open(**where, name="line-17", store=store) as third:
            print(third.ask("What is my name?", timeout=60).output_transcript)


if __name__ == "__main__":
    main()
