"""This library, driven against the same recorder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

import gemini_live

from .recorder import SECONDS, Conversation, Recorder

KEY, TOKEN = "a-good-key", "a-good-token"
PROJECT, LOCATION = "project-1", "europe-west4"
MODEL = "m1"
API_VERSIONS = {"gemini": "v1beta", "vertex_ai": "v1beta1"}
CREDENTIALS: dict[str, dict[str, Any]] = {
    "gemini": {"auth": "gemini", "api_key": KEY},
    "vertex_ai": {"auth": "vertex_ai", "project_id": PROJECT, "location": LOCATION, "access_token": TOKEN},
}


Sends = Iterable[tuple[str, Mapping[str, Any]]]


@attrs.frozen
class Library:
    """Sessions of this library, one for each conversation."""

    recorder: Recorder

    def start(self, backend: str, options: Mapping[str, Any], *, model: str = MODEL) -> gemini_live.Session:
        """Make a session that asks for no more than its options say; nothing is connected."""
        given = {
            "model": model,
            "base_url": self.recorder.base_url,
            "api_version": API_VERSIONS[backend],
            "ssl_context": self.recorder.ssl_context,
            "connect_timeout": SECONDS,
            "reconnect": False,
            "strict": False,
            **CREDENTIALS[backend],
            **options,
        }
        return gemini_live.Session.start_link(**given)

    def talk(self, backend: str, options: Mapping[str, Any], sends: Sends = (), *, model: str = MODEL) -> Conversation:
        """Connect, send, close, and return what the server heard.

        Args:
            backend: ``"gemini"`` or ``"vertex_ai"``.
            options: of ``start_link``.
            sends: methods of the session with their keywords.
            model: the model.
        """
        with self.recorder.listening() as heard:
            self.run(backend, options, sends, model=model)
        return heard[0]

    def run(self, backend: str, options: Mapping[str, Any], sends: Sends = (), *, model: str = MODEL) -> None:
        """Do the same without asking what the server heard, for what is refused."""
        with self.start(backend, options, model=model) as session:
            for method, keywords in sends:
                getattr(session, method)(**keywords)
