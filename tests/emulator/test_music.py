"""The music endpoint, over the wire."""

from __future__ import annotations

import base64
import json
import math

import pytest
from websockets.exceptions import InvalidStatus

from gemini_live.emulator import Emulator
from gemini_live.emulator.music_band import Band
from gemini_live.exceptions import ConfigError

from . import music_ears as ears

MUSIC = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateMusic"
MODEL = "models/lyria-realtime-exp"
SHORT = 0.05
PIECE = 0.1
"""Seconds of music in one message of most of these servers."""
PIECE_BYTES = 19_200
FENCE = {"weightedPrompts": [{"text": "obscene", "weight": 1}]}
"""Prompts that change nothing and are answered."""
INVALID = (1007, "Request contains an invalid argument.")


class Listener:
    """A client of the music endpoint whose setup is complete."""

    def __init__(self, client):
        self.client = client
        client.send({"setup": {"model": MODEL}})
        assert client.receive() == {"setupComplete": {}}

    def prompt(self, **weights):
        given = [{"text": text, "weight": weight} for text, weight in weights.items()]
        self.client.send({"clientContent": {"weightedPrompts": given}})

    def configure(self, **config):
        self.client.send({"musicGenerationConfig": config})

    def control(self, control):
        self.client.send({"playbackControl": control})

    def fence(self):
        """Wait until all that was sent is taken in, and return the music that came before."""
        self.client.send({"clientContent": FENCE})
        return b"".join(map(pcm_of, self.client.until("filteredPrompt")[:-1]))

    def chunk(self):
        """Return the next piece of music, as JSON."""
        (chunk,) = self.client.receive()["serverContent"]["audioChunks"]
        return chunk

    def music(self, seconds):
        """Return at least so much of the music that comes."""
        pcm = b""
        while len(pcm) < seconds * 192_000:
            pcm += base64.b64decode(self.chunk()["data"])
        return pcm

    @property
    def source(self):
        """The configuration that the next piece was made of."""
        return self.chunk()["sourceMetadata"]["musicGenerationConfig"]

    def silent(self):
        """Return whether nothing comes for a moment."""
        try:
            self.client.receive(timeout=SHORT)
        except TimeoutError:
            return True
        return False


def pcm_of(message):
    """Return the PCM of a message, nothing if it has none."""
    chunks = message.get("serverContent", {}).get("audioChunks", [])
    return b"".join(base64.b64decode(chunk["data"]) for chunk in chunks)


@pytest.fixture
def stage():
    """A plain emulator that plays in short pieces without waiting."""
    with Emulator(tls=False, output_speed=math.inf, music_chunk_seconds=PIECE) as server:
        yield server


@pytest.fixture
def listen(dial):
    """Connect to the music endpoint of an emulator."""
    return lambda server: Listener(dial(server, path=MUSIC, patience=0.1))


@pytest.fixture
def listener(stage, listen):
    """A listener to whom techno is played from the same seed."""
    listener = listen(stage)
    listener.prompt(techno=1.0)
    listener.configure(seed=7)
    listener.control("PLAY")
    return listener


def test_music_comes_in_two_seconds_of_stereo(listen):
    """At 48 kHz and 16 bits, with the prompts and the configuration that it was made of."""
    with Emulator(tls=False, output_speed=math.inf) as server:
        listener = listen(server)
        listener.prompt(Piano=2.0)
        listener.configure(bpm=120, seed=7, scale="D_MAJOR_B_MINOR")
        listener.control("PLAY")
        chunk = listener.chunk()
    assert set(chunk) == {"data", "mimeType", "sourceMetadata"}
    assert chunk["mimeType"] == "audio/l16;rate=48000;channels=2"
    assert len(base64.b64decode(chunk["data"], validate=True)) == 2 * 48_000 * 2 * 2
    assert chunk["sourceMetadata"]["clientContent"] == {"weightedPrompts": [{"text": "Piano", "weight": 2.0}]}
    config = chunk["sourceMetadata"]["musicGenerationConfig"]
    assert {"bpm": 120, "seed": 7, "scale": "D_MAJOR_B_MINOR", "temperature": 1.1, "topK": 40}.items() <= config.items()


def test_nothing_is_played_before_it_is_asked_for(stage, listen):
    """Neither prompts nor a configuration start anything, and neither is acknowledged."""
    listener = listen(stage)
    listener.prompt(techno=1.0)
    listener.configure(bpm=120)
    assert listener.fence() == b""
    assert listener.silent()


@pytest.mark.parametrize("version", ["v1", "v1alpha", "v1beta"])
def test_any_version_plays(stage, dial, version):
    """In either spelling of the keys, text or binary, a key in the query too."""
    client = dial(stage, path=f"/{MUSIC.replace('v1beta', version)}?key=a-key", key=None)
    client.send(json.dumps({"setup": {"model": MODEL}}).encode())
    assert client.receive() == {"setupComplete": {}}
    client.send({"client_content": {"weighted_prompts": [{"text": "techno", "weight": 1}]}})
    client.send({"music_generation_config": {"top_k": 3}})
    client.send({"playback_control": "PLAY"})
    (chunk,) = client.receive()["serverContent"]["audioChunks"]
    assert chunk["sourceMetadata"]["musicGenerationConfig"]["topK"] == 3


def test_tempo_changes_with_a_reset_only(listener):
    """Heard and shown; the stream goes on."""
    listener.control("STOP")
    listener.configure(bpm=90, seed=7)
    listener.control("PLAY")
    listener.fence()
    assert ears.tempo_of(listener.music(6)) == pytest.approx(90, rel=0.02)
    listener.configure(bpm=150, seed=7)
    listener.fence()
    assert listener.source["bpm"] == 90
    assert ears.tempo_of(listener.music(6)) == pytest.approx(90, rel=0.02)
    listener.control("RESET_CONTEXT")
    listener.fence()
    assert listener.source["bpm"] == 150
    assert ears.tempo_of(listener.music(6)) == pytest.approx(150, rel=0.02)


def test_brightness_changes_at_once(listener):
    """And a configuration without it brings the prompts' own back."""
    listener.configure(brightness=0.0, seed=7)
    listener.fence()
    dull = ears.centroid_of(listener.music(4))
    listener.configure(brightness=1.0, seed=7)
    listener.fence()
    assert ears.centroid_of(listener.music(4)) > 1.5 * dull
    listener.configure()
    listener.fence()
    assert listener.source["brightness"] == 0.6


def test_a_pause_is_gone_on_from(stage, listener, listen):
    """Nothing comes during it, and nothing is missing after it: the music is the same as without."""
    before = listener.music(0.5)
    listener.control("PAUSE")
    before += listener.fence()
    assert listener.silent()
    listener.control("PLAY")
    paused = before + listener.music(1)
    other = listen(stage)
    other.prompt(techno=1.0)
    other.configure(seed=7)
    other.control("PLAY")
    whole = other.music(len(paused) / 192_000)
    assert whole[: len(paused)] == paused


def test_a_pause_that_is_over_at_once_is_none(listener):
    """The music goes on."""
    for _ in range(20):
        listener.control("PAUSE")
        listener.control("PLAY")
    listener.fence()
    assert listener.music(0.3)


@pytest.mark.parametrize("controls", [["STOP", "PLAY"], ["RESET_CONTEXT"]])
def test_a_reset_begins_anew(listener, controls):
    """With the first bar, cut hard where a piece begins, by the same prompts and configuration."""
    first = listener.music(1)[: 5 * PIECE_BYTES]
    listener.fence()
    for control in controls:
        listener.control(control)
    place = (listener.fence() + listener.music(1)).index(first)
    assert place % PIECE_BYTES == 0


def test_stop_ends_it(listener):
    """Until the next PLAY."""
    listener.music(0.3)
    listener.control("STOP")
    listener.fence()
    assert listener.silent()


def test_a_filtered_prompt_is_told_with_the_reason(listener):
    """The others are played."""
    listener.prompt(**{"explicit lyrics": 1.0, "piano": 1.0})
    (*_, message) = listener.client.until("filteredPrompt")
    assert message["filteredPrompt"]["text"] == "explicit lyrics"
    assert message["filteredPrompt"]["filteredReason"]
    prompts = listener.chunk()["sourceMetadata"]["clientContent"]["weightedPrompts"]
    assert prompts == [{"text": "piano", "weight": 1.0}]


REFUSED = [
    ({"clientContent": {"weightedPrompts": []}}, INVALID[1]),
    ({"clientContent": {"weightedPrompts": [{"text": "piano", "weight": 0}]}}, INVALID[1]),
    ({"musicGenerationConfig": {"bpm": 300}}, INVALID[1]),
    ({"setup": {"model": MODEL}}, INVALID[1]),
    ({"playbackControl": "REWIND"}, "Invalid value at 'playback_control'"),
    ({"musicGenerationConfig": {"musicGenerationConfig": {"bpm": 90}}}, 'Unknown name "musicGenerationConfig"'),
    ({"realtimeInput": {"text": "Hello"}}, 'Unknown name "realtimeInput"'),
    ({"playbackControl": "PLAY", "musicGenerationConfig": {}}, "oneof"),
    ("no json", "Invalid JSON payload received."),
]


@pytest.mark.parametrize(("message", "words"), REFUSED, ids=[str(message) for message, _ in REFUSED])
def test_what_the_service_refuses_ends_the_music(listener, message, words):
    """With 1007 and the words for it."""
    listener.client.send(message)
    code, reason = listener.client.closed()
    assert code == 1007
    assert words in reason


def test_what_is_not_known_can_be_let_through(listen):
    """It is overlooked."""
    with Emulator(tls=False, output_speed=math.inf, lenient=["unknown_names", "second_setup"]) as server:
        listener = listen(server)
        listener.client.send({"musicGenerationConfig": {"swing": 3, "topK": 5}})
        listener.client.send({"setup": {"model": MODEL}})
        listener.client.send({"playbackControl": "REWIND"})
        listener.control("PLAY")
        assert listener.source["topK"] == 5


SETUPS = [
    ({"playbackControl": "PLAY"}, INVALID),
    ({"setup": {}}, INVALID),
    ({"setup": {"model": MODEL, "tools": []}}, (1007, 'Unknown name "tools" at')),
    ({"setup": {"model": "models/gemini-3.8-live"}}, (1008, "not supported for bidiGenerateMusic")),
    ({"setup": {"model": "lyria-realtime-exp"}}, (1008, "models/lyria-realtime-exp is not found")),
]


@pytest.mark.parametrize(("message", "end"), SETUPS, ids=[str(message) for message, _ in SETUPS])
def test_a_setup_names_a_model_that_plays(stage, dial, message, end):
    """And nothing else; it comes first."""
    client = dial(stage, path=MUSIC)
    client.send(message)
    code, reason = client.closed()
    assert code == end[0]
    assert end[1] in reason


def test_the_models_that_play_can_be_given(dial):
    """By their methods, or by their names where these are not known."""
    entry = {"name": "models/mine", "supportedGenerationMethods": ["bidiGenerateMusic"]}
    with Emulator(tls=False, models=[entry, "lyria-realtime-2", "gemini-3.8-live"]) as server:
        for model, plays in (("mine", True), ("lyria-realtime-2", True), ("gemini-3.8-live", False)):
            client = dial(server, path=MUSIC)
            client.send({"setup": {"model": f"models/{model}"}})
            assert (client.receive() == {"setupComplete": {}}) if plays else (client.closed()[0] == 1008)


def test_a_model_that_plays_does_not_speak(stage, dial):
    """The other way round, too."""
    client = dial(stage)
    client.send({"setup": {"model": MODEL}})
    code, reason = client.closed()
    assert code == 1008 and "bidiGenerateContent" in reason


@pytest.mark.parametrize("key", [None, "bad-key", "auth_tokens/abc"])
def test_it_needs_a_key(stage, dial, key):
    """As a live session does; a token is none."""
    client = dial(stage, path=MUSIC, key=key)
    client.send({"setup": {"model": MODEL}})
    assert client.closed()[0] == (1007 if key == "bad-key" else 1008)


@pytest.mark.parametrize("path", ["Service.BidiGenerateMusic", "Service/BidiGenerateMusic"])
def test_vertex_ai_plays_nothing(stage, dial, wire, path):
    """There is no such path."""
    with pytest.raises(InvalidStatus) as caught:
        dial(
            stage, path=wire.vertex.replace("Service/BidiGenerateContent", path), headers={"authorization": "Bearer t"}
        )
    assert caught.value.response.status_code == 404


def test_it_runs_ahead_by_its_burst(listen):
    """So much comes at once, and the next piece when the first has been heard so far."""
    with Emulator(tls=False, output_speed=0.01, music_chunk_seconds=PIECE, music_burst_seconds=3 * PIECE) as server:
        listener = listen(server)
        listener.control("PLAY")
        assert len([listener.chunk() for _ in range(4)]) == 4
        assert listener.silent()


def test_it_keeps_its_pace(listen):
    """Which is that of everything that is said."""
    with Emulator(tls=False, output_speed=4, music_chunk_seconds=PIECE, music_burst_seconds=0) as server:
        listener = listen(server)
        listener.control("PLAY")
        (session,) = server.sessions
        session.wait_for_music(lambda music: music.chunks >= 9)
        assert session.last_audio_at - session.ready_at >= 8 * PIECE / 4


def test_a_pause_ends_the_wait_for_the_next_piece(listen):
    """And PLAY gives what is next at once, not when it would have been due."""
    with Emulator(tls=False, output_speed=0.001, music_chunk_seconds=PIECE, music_burst_seconds=0) as server:
        listener = listen(server)
        listener.control("PLAY")
        first = listener.chunk()
        listener.control("PAUSE")
        listener.fence()
        listener.control("PLAY")
        assert listener.chunk()["data"] != first["data"]


@pytest.mark.parametrize(
    "options",
    [
        {"music_burst_seconds": -1},
        {"music_burst_seconds": math.nan},
        {"music_chunk_seconds": 0},
        {"music_chunk_seconds": True},
        {"music_chunk_seconds": 4000},
    ],
    ids=str,
)
def test_a_pace_has_its_bounds(options):
    """The error names the argument."""
    (name,) = options
    with pytest.raises(ConfigError, match=f"^{name}: must be .* seconds"):
        Emulator(**options)


def test_the_record_shows_a_music_session(stage, listener):
    """What came, what of it counts, and how much was sent."""
    (session,) = stage.sessions
    listener.prompt(piano=1.0, obscene=0.5)
    listener.client.until("filteredPrompt")
    listener.music(0.5)
    listener.control("PAUSE")
    music = session.wait_for_music(lambda music: not music.playing)
    assert music.prompts == ({"text": "piano", "weight": 1.0},)
    assert music.config == {"seed": 7}
    assert (music.playback, music.filtered) == ("PAUSE", ("obscene",))
    assert music.source["musicGenerationConfig"]["seed"] == 7
    assert music.audio_bytes == music.chunks * PIECE_BYTES >= 5 * PIECE_BYTES
    assert session.setup == session.effective_setup == {"model": MODEL}
    assert [next(iter(message)) for message in session.control] == [
        "clientContent", "musicGenerationConfig", "playbackControl", "clientContent", "playbackControl",
    ]  # fmt: skip
    assert session.first_audio_at >= session.ready_at
    assert session.audio_bytes == 0
    with pytest.raises(TimeoutError, match=r"no such music within 0\.01 s; it is EmulatedMusic"):
        session.wait_for_music(lambda music: music.playing, timeout=0.01)


def test_a_live_session_has_no_music(client, server):
    """There is none to be waited for."""
    assert client.ask("Say yes.")
    assert server.sessions[0].music is None


def test_the_control_endpoint_shows_it(listen, call):
    """As JSON."""
    with Emulator(tls=False, output_speed=math.inf, control=True) as server:
        listener = listen(server)
        listener.prompt(piano=1.0)
        listener.fence()
        shown = call(server, "GET", "/emulator/sessions/1", key=None).json["music"]
    assert shown["prompts"] == [{"text": "piano", "weight": 1.0}]
    assert (shown["playing"], shown["chunks"], shown["filtered"]) == (False, 0, ["obscene"])


SETUP, PLAY = {"setup": {"model": MODEL}}, {"playbackControl": "PLAY"}
PHASES = [
    ("open", [], 0),
    ("setup", [SETUP], 0),
    ("ready", [SETUP], 1),
    ("first_message", [SETUP, PLAY], 1),
    ("generation", [SETUP, PLAY], 2),
]


@pytest.mark.parametrize(("at", "said", "count"), PHASES)
def test_it_fails_in_every_phase_that_it_has(stage, dial, at, said, count):
    """After the messages that lead there."""
    stage.fail_next(at=at, code=1011, reason="Gone.")
    client = dial(stage, path=MUSIC)
    for message in said:
        client.send(message)
    assert len([client.receive() for _ in range(count)]) == count
    assert client.closed() == (1011, "Gone.")


def test_its_upgrade_can_be_refused(stage, dial):
    """The next connection of any kind is."""
    stage.fail_next(status=503)
    with pytest.raises(InvalidStatus) as caught:
        dial(stage, path=MUSIC)
    assert caught.value.response.status_code == 503


@pytest.mark.parametrize("verb", ["close_all", "drop_all"])
def test_every_connection_can_be_ended(stage, listener, verb):
    """In the middle of the music."""
    listener.music(0.2)
    getattr(stage, verb)()
    assert listener.client.closed()[0] == (1000 if verb == "close_all" else 1006)
    assert stage.sessions[0].wait_closed() in (1000, 1006)


@pytest.mark.parametrize("fault", [{"freeze": True}, {"mute": True}], ids=str)
def test_it_falls_silent(stage, listen, fault):
    """Whatever is wanted, nothing more is made."""
    stage.fail_next(at="generation", **fault)
    listener = listen(stage)
    listener.control("PLAY")
    listener.music(PIECE)
    assert listener.silent()
    listener.control("PLAY")
    assert listener.silent()
    stage.drop_all()
    assert stage.sessions[0].music.chunks == 1


def test_every_connection_can_be_frozen(stage, listener):
    """What was on its way may come."""
    listener.music(0.2)
    stage.freeze_all()
    with pytest.raises(TimeoutError):
        while True:
            listener.client.receive(timeout=SHORT)
    stage.drop_all()


def test_its_end_is_not_announced(stage, listener):
    """The service has no word for that here; the end comes all the same."""
    stage.go_away(0.05, close=True)
    messages = []
    with pytest.raises(Exception, match="Deadline expired"):
        while True:
            messages.append(listener.client.receive())
    assert all("serverContent" in message for message in messages)


def test_an_old_connection_ends_without_a_word(listen):
    """As the service's do: with 1011 and the words for it."""
    with Emulator(tls=False, connection_seconds=0.2, go_away_before=0.1) as server:
        assert listen(server).client.closed() == (1011, "Deadline expired before operation could complete.")


@pytest.mark.parametrize("sound", ["zeros", "none"])
def test_it_can_sound_of_nothing(stage, listener, sound):
    """All zeros, or no pieces at all."""
    listener.music(0.2)
    stage.disturb(sound=sound)
    listener.fence()
    if sound == "none":
        assert listener.silent()
    else:
        assert not any(listener.music(0.3))
    stage.disturb()
    assert any(listener.music(0.5))


def test_it_can_stall(listen):
    """After so much of it."""
    with Emulator(tls=False, output_speed=math.inf, music_chunk_seconds=PIECE, music_burst_seconds=0) as server:
        server.disturb(stalls=[(3 * PIECE * 1000, math.inf)])
        listener = listen(server)
        listener.control("PLAY")
        listener.music(3 * PIECE)
        assert listener.silent()


def test_any_message_can_be_sent(stage, listener):
    """A warning, say; the music goes on."""
    stage.send_all({"warning": "Prompts contradict each other."})
    listener.client.until("warning")
    assert listener.music(0.2)


def test_a_broken_band_is_an_internal_error(stage, listen, monkeypatch, caplog):
    """Told as the service would, and to the log."""
    monkeypatch.setattr(Band, "play", lambda *_: 1 / 0)
    listener = listen(stage)
    listener.control("PLAY")
    assert listener.client.closed() == (1011, "Internal error encountered.")
    assert "ZeroDivisionError" in caplog.text


def test_two_sessions_play_apart(stage, listen):
    """Each its own, at the same time; without a seed each has another."""
    one, other = listen(stage), listen(stage)
    one.control("PLAY")
    other.configure(bpm=200)
    other.control("PLAY")
    assert one.source["seed"] != other.source["seed"]
    assert other.source["bpm"] == 200 != one.source["bpm"]
