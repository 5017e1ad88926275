"""Where a music session connects, as whom, and how it lives and ends."""

from __future__ import annotations

import gc
import os
import weakref

import attrs
import pytest

from gemini_live import (
    AuthError,
    ConfigError,
    ConnectError,
    ForkedSessionError,
    MusicGenerationConfig,
    MusicSession,
    MusicSnapshot,
    SetupError,
)
from gemini_live.emulator import Emulator
from gemini_live.testing import FakeTransport

from .conftest import piece

KEY = "a-good-key"
PATH = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateMusic"


@pytest.fixture(scope="module")
def stage():
    """An emulator over TLS."""
    with Emulator(output_speed=float("inf"), music_chunk_seconds=0.1) as server:
        yield server


def test_the_key_goes_in_a_header(stage, make):
    """To the music method of v1alpha, and never in the URL."""
    music = make(base_url=stage.base_url, ssl_context=stage.ssl_context, api_key=KEY)
    music.connect()
    record = stage.sessions[-1]
    assert record.path == PATH
    assert record.headers["x-goog-api-key"] == KEY
    assert record.setup == {"model": "models/lyria-realtime-exp"}
    assert music.model == "models/lyria-realtime-exp"
    assert KEY not in repr(music) + repr(music.snapshot()) + str(music.flight_recorder())


@pytest.mark.parametrize("name", ["lyria-next", "models/lyria-next"])
def test_model_and_version_can_be_said(make, fake, name):
    """With the model's short name or its full one."""
    make(transport=fake, model=name, api_version="v1beta").connect()
    assert fake.connection.setup == {"model": "models/lyria-next"}
    assert ".v1beta.GenerativeService.BidiGenerateMusic" in fake.connection.request.url


@pytest.mark.parametrize(
    "options",
    [
        {"auth": "vertex_ai"},
        {"auth": "vertex_ai", "project_id": "p", "access_token": "t", "api_key": None},
        {"project_id": "p"},
        {"location": "europe-west4"},
    ],
)
def test_vertex_is_refused_before_anything_is_dialled(make, fake, options):
    """Whatever says that it is meant; the error says what to do."""
    with pytest.raises(ConfigError, match='auth="gemini"') as refused:
        make(transport=fake, **options)
    assert refused.value.path == "auth"
    assert fake.connections == []


@pytest.mark.parametrize("variable", ["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"])
def test_the_environment_may_mean_vertex_unless_gemini_is_said(make, fake, monkeypatch, variable):
    """What a program says itself counts."""
    monkeypatch.setenv(variable, "true")
    with pytest.raises(ConfigError, match="Vertex AI"):
        make(transport=fake)
    make(transport=fake, auth="gemini").connect()


@pytest.mark.parametrize("options", [{"token": "auth_tokens/abc", "api_key": None}, {"api_key": "auth_tokens/abc"}])
def test_there_is_no_method_for_ephemeral_tokens(make, fake, options):
    """So they are refused, and are not shown."""
    with pytest.raises(ConfigError, match="api_key") as refused:
        make(transport=fake, **options)
    assert "abc" not in str(refused.value)


def test_without_a_key_nothing_starts(make, fake):
    """And an error says where to get one."""
    with pytest.raises(AuthError, match="api_key"):
        make(transport=fake, api_key=None)


def test_a_key_of_the_environment_will_do(fake, monkeypatch):
    """As for every session."""
    monkeypatch.setenv("GEMINI_API_KEY", "key-of-the-environment")
    with MusicSession.open(transport=fake):
        assert fake.connection.request.headers["x-goog-api-key"] == "key-of-the-environment"


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"generation_config": {}}, "generation_config"),
        ({"tools": []}, "tools"),
        ({"store": None}, "store"),
        ({"model": 7}, "model"),
        ({"model": "../x"}, "model"),
        ({"name": ""}, "name"),
        ({"reconnect": "yes"}, "reconnect"),
        ({"dispatch": "later"}, "dispatch"),
        ({"connect_timeout": 0}, "connect_timeout"),
        ({"on_audio": 7}, "on_audio"),
        ({"on_audio": lambda: None}, "on_audio"),
    ],
)
def test_wrong_options_are_refused_at_once(make, options, path):
    """With their names, before there is a thread."""
    with pytest.raises(ConfigError) as refused:
        make(**options)
    assert [problem.path for problem in refused.value.problems] == [path]


def test_all_wrong_options_are_told_together(make):
    """So that nobody mends them one by one."""
    with pytest.raises(ConfigError) as refused:
        make(on_adio=print, connect_timeout=-1, dispatch="later", underrun_after=-1, auth="vertex_ai")
    assert {problem.path for problem in refused.value.problems} == {
        "on_adio", "connect_timeout", "dispatch", "underrun_after", "auth",
    }  # fmt: skip


def test_a_bad_key_is_told_to_connect(stage, make):
    """As the server says it, without the key."""
    music = make(base_url=stage.base_url, ssl_context=stage.ssl_context, api_key="bad-key")
    with pytest.raises((SetupError, ConnectError)) as refused:
        music.connect()
    assert "bad-key" not in str(refused.value)
    assert music.status == "disconnected"


def test_nobody_there_is_told_to_connect(make, nobody):
    """And the session may be tried again."""
    music = make(base_url=nobody)
    with pytest.raises(ConnectError):
        music.connect()
    with pytest.raises(ConnectError):
        music.connect()
    assert music.status == "disconnected"


def test_open_closes_what_it_can_not_connect(nobody):
    """No thread is left."""
    with pytest.raises(ConnectError):
        MusicSession.open(api_key=KEY, base_url=nobody)


def test_a_with_statement_connects_and_closes(fake, heard):
    """With the last word told."""
    with MusicSession.start_link(api_key=KEY, transport=fake, **heard.hooks("close")) as music:
        assert music.status == "ready"
        with pytest.raises(ConnectError):
            music.connect()
    assert music.status == "closed"
    assert fake.connection.close_code == 1000
    assert heard.values("close") == [music.closed]
    assert music.closed.by == "user"


def test_the_snapshot_says_what_was_asked_for(open_music, fake, heard):
    """And what has come of it."""
    music = open_music(name="lobby", **heard.hooks("audio", "filtered_prompt"))
    before = music.snapshot()
    assert isinstance(before, MusicSnapshot)
    assert (before.name, before.status, before.playback, before.prompts) == ("lobby", "ready", None, ())
    music.set_weighted_prompts({"piano": 1.0})
    music.set_music_generation_config(bpm=120)
    music.play(wait=True, timeout=5)
    fake.say(piece(0.5), {"filteredPrompt": {"text": "gore"}})
    heard.wait("filtered_prompt")
    now = music.snapshot()
    assert [(prompt.text, prompt.weight) for prompt in now.prompts] == [("piano", 1.0)]
    assert now.config == MusicGenerationConfig(bpm=120)
    assert (now.playback, now.chunks, now.audio_bytes, now.received_ms, now.filtered) == ("PLAY", 1, 96_000, 500, 1)
    assert (now.messages_sent, now.messages_received, now.reconnects, now.outbox_bytes) == (3, 3, 0, 0)
    assert 0 < now.ahead_ms <= 500
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        now.name = "other"


def test_a_dropped_session_closes_itself():
    """And says that somebody forgot to."""
    fake = FakeTransport()
    music = MusicSession.open(api_key=KEY, transport=fake)
    gone = weakref.ref(music)
    with pytest.warns(ResourceWarning, match="dropped without close"):
        del music
        gc.collect()
    assert gone() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_is_refused(open_music, fake):
    """Every call, and no byte of its parent's connection is touched."""
    music = open_music()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            music.play()
        except ForkedSessionError:
            os.write(write, b"refused")
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read, "rb") as answer:
        assert answer.read() == b"refused"
    assert len(fake.sent) == 1


def test_run_connects_and_waits_for_the_end(make, fake):
    """As it does for a conversation; the server may end it well."""
    music = make(transport=fake, reconnect=False, on_open=lambda _: fake.close(1000))
    closed = music.run()
    assert (closed.by, closed.code, closed.error) == ("server", 1000, None)
