"""One process, several conversations: callbacks on a shared pool, the caller's context in each of them.

The pattern for Flask, Django or Celery workers: a session for each request or call, callbacks on the workers' executor.
"""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor

from endpoint import endpoint

from gemini_live import Session, TranscriptionEvent, current_session

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id")


def on_transcription(event: TranscriptionEvent) -> None:
    """Show that a callback knows its request and its session."""
    session = current_session()
    print(f"{request_id.get()} {session.name if session else '-'}: {event.text!r}")


def main() -> None:
    """Hold three conversations at once."""
    with endpoint() as where, ThreadPoolExecutor(2) as pool:
        sessions = []
        for number in range(3):
            request_id.set(f"request-{number}")
            sessions.append(
                Session.open(
                    **where,
                    name=f"call-{number}",
                    dispatch=pool,
                    output_audio_transcription={},
                    on_transcription=on_transcription,
                )
            )
        for session in sessions:
            session.ask("Say hello.", timeout=60)
        for session in sessions:
            session.close()


if __name__ == "__main__":
    main()
