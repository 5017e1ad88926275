"""Google's own client, driven against the recorder."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Mapping
from typing import Any

import attrs
from google.auth.credentials import Credentials
from google.genai import Client, types

from .library import API_VERSIONS, KEY, LOCATION, MODEL, PROJECT, TOKEN, Sends
from .recorder import SECONDS, Conversation, Recorder


class FixedCredentials(Credentials):  # type: ignore[misc]
    """Credentials that are always good."""

    def __init__(self) -> None:
        super().__init__()
        self.token = TOKEN

    def refresh(self, request: Any) -> None:
        """Do nothing: the token never expires."""


@attrs.frozen
class Google:
    """A client of google-genai for each backend.

    For Vertex AI, project and location are both given.  Only then does a custom base URL leave everything else as it is
    in production: without them google-genai takes the URL for a gateway's, to be used as it stands, and sends a model's
    name without its project.
    """

    recorder: Recorder
    clients: dict[str, Client]

    def talk(
        self, backend: str, config: Mapping[str, Any] | None, sends: Sends = (), *, model: str = MODEL
    ) -> Conversation:
        """Connect, send, close, and return what the server heard.

        Args:
            backend: ``"gemini"`` or ``"vertex_ai"``.
            config: a ``LiveConnectConfig`` as a mapping.
            sends: methods of google-genai's session with their keywords.
            model: the model.
        """
        with self.recorder.listening() as heard:
            self.run(backend, config, sends, model=model)
        return heard[0]

    def run(self, backend: str, config: Mapping[str, Any] | None, sends: Sends = (), *, model: str = MODEL) -> None:
        """Do the same without asking what the server heard, for what is refused."""

        async def speak() -> None:
            given = None if config is None else dict(config)
            async with self.clients[backend].aio.live.connect(model=model, config=given) as session:
                for method, keywords in sends:
                    await getattr(session, method)(**keywords)

        with warnings.catch_warnings():
            # Its nested generation_config, the only way to some fields, is deprecated there.
            warnings.filterwarnings("ignore", category=DeprecationWarning, message=r".*generation_config")
            asyncio.run(asyncio.wait_for(speak(), SECONDS))


def make_google(recorder: Recorder) -> Google:
    """Make the clients; they connect to nothing yet."""

    def options(backend: str) -> types.HttpOptions:
        return types.HttpOptions(
            base_url=recorder.base_url,
            api_version=API_VERSIONS[backend],
            async_client_args={"ssl": recorder.ssl_context, "proxy": None},
        )

    return Google(
        recorder,
        {
            "gemini": Client(vertexai=False, api_key=KEY, http_options=options("gemini")),
            "vertex_ai": Client(
                vertexai=True,
                project=PROJECT,
                location=LOCATION,
                credentials=FixedCredentials(),
                http_options=options("vertex_ai"),
            ),
        },
    )
