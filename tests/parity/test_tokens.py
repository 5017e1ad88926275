"""Tokens: what this library asks for is what Google's own client asks for, where that is right."""

from __future__ import annotations

import datetime
import warnings

import pytest

from gemini_live import AuthTokens
from gemini_live.emulator import Emulator

pytest.importorskip("google.genai", reason="google-genai is not installed")

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
SOON = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(hours=1)


@pytest.fixture(scope="module")
def server():
    """One plain emulator that writes down every request."""
    with Emulator(tls=False) as running:
        yield running


def googles(server, config):
    """Return what Google's client sends for a config."""
    from google.genai import Client, types

    client = Client(
        vertexai=False,
        api_key="a-good-key",
        http_options=types.HttpOptions(base_url=server.base_url, api_version="v1alpha"),
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*token creation implementation is experimental")
        client.auth_tokens.create(config=config)
    return server.requests[-1]


def ours(server, **options):
    """Return what this library sends."""
    AuthTokens.create(api_key="a-good-key", base_url=server.base_url, **options)
    return server.requests[-1]


FULL = {
    "system_instruction": "Be brief.",
    "tools": [{"google_search": {}}],
    "session_resumption": {},
    "output_audio_transcription": {},
}
CASES = {
    "nothing": ({}, {}),
    "uses": ({"uses": 5}, {"uses": 5}),
    "any number": ({"uses": 0}, {"uses": 0}),
    "model": ({"live_connect_constraints": {"model": MODEL}}, {"live_connect_constraints": {"model": MODEL}}),
    "model, its fields": (
        {"live_connect_constraints": {"model": MODEL}, "lock_additional_fields": []},
        {"live_connect_constraints": {"model": MODEL}, "lock_additional_fields": []},
    ),
    "full": (
        {"live_connect_constraints": {"model": MODEL, "config": {"temperature": 0.5, "response_modalities": ["AUDIO"], **FULL}}},
        {"live_connect_constraints": {"model": MODEL, "config": {
            "generation_config": {"temperature": 0.5, "response_modalities": ["AUDIO"]}, **FULL}}},
    ),
    "full, its fields": (
        {"live_connect_constraints": {"model": MODEL, "config": {"temperature": 0.5, "response_modalities": ["AUDIO"], **FULL}},
         "lock_additional_fields": []},
        {"live_connect_constraints": {"model": MODEL, "config": {
            "generation_config": {"temperature": 0.5, "response_modalities": ["AUDIO"]}, **FULL}},
         "lock_additional_fields": []},
    ),
    "more fields": (
        {"live_connect_constraints": {"model": MODEL}, "lock_additional_fields": ["temperature"]},
        {"live_connect_constraints": {"model": MODEL}, "lock_additional_fields": ["temperature"]},
    ),
}  # fmt: skip


def read(body):
    """Return a body with what differs in form and not in meaning made alike: mask order, key spelling."""
    mask = body.get("fieldMask")
    return {**body, **({"fieldMask": set(mask.split(","))} if mask else {})}


@pytest.mark.parametrize("name", CASES)
def test_the_bodies_are_the_same(server, name):
    """Path, key and body, for each of the ways to lock."""
    theirs_config, our_options = CASES[name]
    theirs, mine = googles(server, theirs_config), ours(server, **our_options)

    assert mine.path == theirs.path
    assert mine.headers["x-goog-api-key"] == theirs.headers["x-goog-api-key"]
    assert read(mine.body or {}) == read(theirs.body or {})


def test_times_mean_the_same(server):
    """A moment with a zone is the same moment; one without would not be taken from theirs, and is UTC from ours."""
    theirs = googles(server, {"expire_time": SOON, "new_session_expire_time": SOON}).body
    mine = ours(server, expire_time=SOON.replace(tzinfo=None), new_session_expire_time=SOON).body

    assert set(mine) == set(theirs) == {"expireTime", "newSessionExpireTime"}
    for name, text in mine.items():
        assert text.endswith("Z")
        moments = [datetime.datetime.fromisoformat(one[name].replace("Z", "+00:00")) for one in (mine, theirs)]
        assert moments == [SOON, SOON]
