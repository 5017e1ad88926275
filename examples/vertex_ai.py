"""A session on Vertex AI with credentials of google-auth, which are refreshed by themselves at every connect.

With GOOGLE_CLOUD_PROJECT in the environment they are the application default credentials (gcloud auth
application-default login, GOOGLE_APPLICATION_CREDENTIALS, or the machine's own); without, an emulator is asked, with
credentials of our own that show how often they are refreshed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any

from google.auth.credentials import Credentials

from gemini_live import Session


class ShortLived(Credentials):
    """Credentials whose token is good for an hour."""

    def __init__(self) -> None:
        """Begin without a token."""
        super().__init__()  # type: ignore[no-untyped-call]

    def refresh(self, request: object) -> None:
        """Fetch a token; google-auth's own classes ask a token server here."""
        print("a token is fetched")
        self.token = "a-token-of-an-hour"  # noqa: S105 - opens the emulator and nothing else
        self.expiry = (datetime.now(timezone.utc) + timedelta(hours=1)).replace(tzinfo=None)


@contextmanager
def vertex() -> Iterator[dict[str, Any]]:
    """Give the options that say where and as whom."""
    if os.environ.get("GOOGLE_CLOUD_PROJECT"):
        yield {"auth": "vertex_ai"}
        return
    from gemini_live.emulator import Emulator

    with Emulator() as server:
        yield {
            "credentials": ShortLived(),
            "project_id": "my-project",
            "location": "europe-west4",
            "base_url": server.base_url,
            "ssl_context": server.ssl_context,
        }


def main() -> None:
    """Have two sessions, one after the other, with the same credentials."""
    with vertex() as where:
        for question in ("Hello!", "Hello again!"):
            with Session.open(
                model="gemini-live-2.5-flash-native-audio", output_audio_transcription={}, **where
            ) as session:
                print(session.ask(question, timeout=60).output_transcript)


if __name__ == "__main__":
    main()
