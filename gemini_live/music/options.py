"""``MusicSession.start_link``'s keywords, checked once and before anything is opened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ..backends import WHERE_OPTIONS, DeveloperBackend, Network, make_backend, read_network
from ..backends.base import Endpoint
from ..backends.choosing import wants_vertex
from ..backends.developer import ALPHA_VERSION
from ..exceptions import ConfigError
from ..protocol.music_events import MUSIC_CALLBACKS
from ..session.running import RUNNING_OPTIONS, Checker, RunningOptions, callback_options, read_running
from ..types.codec import collect, unknown_key

DEFAULT_MUSIC_MODEL = "models/lyria-realtime-exp"
DEFAULT_PATIENCE = 0.1
_MOST_PATIENCE = 3600.0
KNOWN = ("model", *WHERE_OPTIONS, *RUNNING_OPTIONS, "reconnect", "underrun_after", *callback_options(MUSIC_CALLBACKS))


@attrs.frozen(kw_only=True)
class MusicOptions(RunningOptions):
    """Everything a music session was started with, complete and valid."""

    backend: DeveloperBackend
    underrun_after: float

    def endpoint(self) -> Endpoint:
        """See :class:`RunningOptions`."""
        return self.backend.music_endpoint()


def make_music_options(given: Mapping[str, Any]) -> MusicOptions:
    """Check the keywords of ``start_link`` and return them complete.

    Raises:
        ConfigError: options are unknown or wrong; the error names every one of them.
        AuthError: there are no credentials.
    """
    problems: list[ConfigError] = [unknown_key(name, list(KNOWN)) for name in given if name not in KNOWN]
    options = {name: value for name, value in given.items() if value is not None}
    check = Checker(problems)
    network = check(read_network, options) or Network()
    backend = check(_backend, options, network)
    model = check(_model, options, backend) if backend is not None else ""
    running = read_running(options, check, events=MUSIC_CALLBACKS, kind="music")
    patience = check(_patience, options)
    collect(problems)
    if check.no_credentials is not None:
        raise check.no_credentials
    return MusicOptions(
        model=model,
        backend=backend,
        network=network,
        underrun_after=patience,
        secrets=(*backend.secrets(), *network.secrets()),
        **running,
    )


def _backend(options: Mapping[str, Any], network: Network) -> DeveloperBackend:
    if wants_vertex(options):
        words = "Live Music is offered by the Gemini API alone, and options or environment mean Vertex AI"
        raise ConfigError(f'{words}; use auth="gemini" and an API key', path="auth")
    backend = make_backend({"api_version": ALPHA_VERSION, **options}, network)
    assert isinstance(backend, DeveloperBackend)
    if backend.takes_tokens:
        raise ConfigError("Live Music has no method for ephemeral tokens; use api_key", path="token")
    return backend


def _model(options: Mapping[str, Any], backend: DeveloperBackend) -> str:
    model = options.get("model", DEFAULT_MUSIC_MODEL)
    if not isinstance(model, str):
        raise ConfigError(f"must be a model's name, such as {DEFAULT_MUSIC_MODEL!r}", path="model")
    return backend.model_path(model)


def _patience(options: Mapping[str, Any]) -> float:
    value = options.get("underrun_after", DEFAULT_PATIENCE)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST_PATIENCE:
        raise ConfigError(f"must be seconds, 0 to {_MOST_PATIENCE:g}, not {value!r}", path="underrun_after")
    return float(value)
