"""The music endpoint: the types say what Google's own client says, and know all that it knows."""

from __future__ import annotations

import asyncio
import functools
import warnings

import pytest

from gemini_live import MusicSession
from gemini_live.types import (
    FilteredPrompt,
    MusicAudioChunk,
    MusicClientContent,
    MusicClientMessage,
    MusicGenerationConfig,
    MusicGenerationMode,
    MusicServerContent,
    MusicServerMessage,
    MusicSetup,
    MusicSetupComplete,
    MusicSourceMetadata,
    PlaybackControl,
    Scale,
    WeightedPrompt,
    encode,
    parse,
)
from gemini_live.types.codec import plan_of

from .canonical import shown
from .library import KEY
from .recorder import SECONDS

THEIRS = {
    "LiveMusicClientMessage": MusicClientMessage,
    "LiveMusicClientSetup": MusicSetup,
    "LiveMusicClientContent": MusicClientContent,
    "WeightedPrompt": WeightedPrompt,
    "LiveMusicGenerationConfig": MusicGenerationConfig,
    "LiveMusicServerMessage": MusicServerMessage,
    "LiveMusicServerSetupComplete": MusicSetupComplete,
    "LiveMusicServerContent": MusicServerContent,
    "AudioChunk": MusicAudioChunk,
    "LiveMusicSourceMetadata": MusicSourceMetadata,
    "LiveMusicFilteredPrompt": FilteredPrompt,
}
ONLY_OURS = {"LiveMusicServerMessage": {"warning"}}
"""What the API documents and google-genai does not have."""
ENUMS = {"Scale": Scale, "MusicGenerationMode": MusicGenerationMode, "LiveMusicPlaybackControl": PlaybackControl}
PROMPTS = [{"text": "Piano", "weight": 2.0}, {"text": "minimal techno", "weight": -0.5}]
CONFIG = {
    "temperature": 1.1, "top_k": 40, "seed": 7, "guidance": 4.0, "bpm": 120, "density": 0.4, "brightness": 0.5,
    "scale": "D_MAJOR_B_MINOR", "mute_bass": True, "mute_drums": False, "only_bass_and_drums": False,
    "music_generation_mode": "QUALITY",
}  # fmt: skip


@pytest.mark.parametrize("name", THEIRS)
def test_every_field_of_google_is_known(google, name):
    """By the same name; what is known besides is documented."""
    from google.genai import types

    ours = {field.attribute for field in plan_of(THEIRS[name]).fields}
    assert ours - ONLY_OURS.get(name, set()) == set(getattr(types, name).model_fields)


@pytest.mark.parametrize("name", ENUMS)
def test_every_value_of_google_is_known(google, name):
    """And no other is."""
    from google.genai import types

    assert {member.value for member in ENUMS[name]} == {member.value for member in getattr(types, name)}


@pytest.fixture
def said(google, recorder, monkeypatch):
    """Return all that google-genai can say to the music endpoint, as the server heard it, and where."""
    from google.genai import Client, errors, live_music, types

    trusting = functools.partial(live_music.connect, ssl=recorder.ssl_context, proxy=None)
    monkeypatch.setattr(live_music, "connect", trusting)

    async def play():
        options = types.HttpOptions(base_url=recorder.base_url, api_version="v1beta")
        async with (
            Client(vertexai=False, api_key=KEY, http_options=options).aio as client,
            client.live.music.connect(model="lyria-realtime-exp") as session,
        ):
            await session.set_weighted_prompts([types.WeightedPrompt(**prompt) for prompt in PROMPTS])
            await session.set_music_generation_config(types.LiveMusicGenerationConfig(**CONFIG))
            await session.set_music_generation_config(types.LiveMusicGenerationConfig())
            await session.play()
            await session.pause()
            await session.stop()
            await session.reset_context()

    with recorder.listening() as heard, warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.ExperimentalWarning)
        asyncio.run(asyncio.wait_for(play(), SECONDS))
    return heard[0]


def test_the_messages_are_googles(said):
    """Setup, prompts, configuration and every control, in their order, as text."""
    ours = [
        {"setup": {"model": "models/lyria-realtime-exp"}},
        {"client_content": {"weighted_prompts": PROMPTS}},
        {"music_generation_config": CONFIG},
        {"music_generation_config": {}},
        *({"playback_control": control} for control in ("PLAY", "PAUSE", "STOP", "RESET_CONTEXT")),
    ]
    assert [shown(encode(parse(MusicClientMessage, message, ""))) for message in ours] == [
        shown(frame) for frame in said.frames
    ]
    assert not said.binary


def test_a_session_says_the_same_as_googles(said, recorder):
    """Message for message, under the same method of the same version, with the key in the same header."""
    with recorder.listening() as heard:
        options = {"base_url": recorder.base_url, "ssl_context": recorder.ssl_context, "api_version": "v1beta"}
        with MusicSession.open(model="lyria-realtime-exp", api_key=KEY, **options) as music:
            music.set_weighted_prompts(PROMPTS)
            music.set_music_generation_config(CONFIG)
            music.set_music_generation_config()
            music.play()
            music.pause()
            music.stop()
            music.reset_context()
    (ours,) = heard
    assert [shown(frame) for frame in ours.frames] == [shown(frame) for frame in said.frames]
    assert (ours.path, ours.headers["x-goog-api-key"]) == (said.path, said.headers["x-goog-api-key"])
    assert not ours.binary


def test_the_upgrade_names_the_method_and_shows_no_key(said):
    """The key is in the header."""
    assert said.path == "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateMusic"
    assert said.headers["x-goog-api-key"] == KEY
