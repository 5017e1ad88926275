"""What a program hears of the music."""

from __future__ import annotations

import queue

import pytest

from gemini_live import (
    ConfigError,
    Event,
    FilteredPrompt,
    MusicChunk,
    MusicServerMessage,
    Opened,
    ProtocolError,
    ReconnectPolicy,
    Underrun,
    WeightedPrompt,
)
from gemini_live.protocol import MUSIC_CALLBACKS
from gemini_live.session import current_session
from gemini_live.testing import ManualClock

from .conftest import SECOND, fence, piece


def test_every_piece_of_a_message_is_told(open_music, fake, heard):
    """Not only the first, and in order, as PCM with what it was made of."""
    source = {
        "clientContent": {"weightedPrompts": [{"text": "piano", "weight": 2.0}]},
        "musicGenerationConfig": {"bpm": 120},
    }
    open_music(**heard.hooks("audio"))
    fake.say(piece(0.25, 0.5, 0.125, sourceMetadata=source))
    heard.wait("audio", 3)
    first, second, third = heard.values("audio")
    assert [first.duration_ms, second.duration_ms, third.duration_ms] == [250, 500, 125]
    assert second.data == b"\1" * (SECOND // 2)
    assert (first.rate, first.channels, first.mime_type) == (48_000, 2, "audio/l16;rate=48000;channels=2")
    assert first.weighted_prompts == (WeightedPrompt(text="piano", weight=2.0),)
    assert first.music_generation_config.bpm == 120
    assert isinstance(first, MusicChunk)
    assert "48000 bytes" in repr(first)


@pytest.mark.parametrize(
    ("mime_type", "rate", "channels"),
    [
        ("audio/l16;rate=48000;channels=1", 48_000, 1),
        ("audio/l16; rate=24000; channels=2", 24_000, 2),
        ("audio/L16;CHANNELS=1", 48_000, 1),
        ("audio/pcm", 48_000, 2),
        (None, 48_000, 2),
        ("audio/l16;rate=0;channels=0", 48_000, 2),
        ("audio/l16;rate=999999;channels=99", 48_000, 2),
        ("audio/l16;rate=fast;channels=many", 48_000, 2),
    ],
)
def test_the_mime_type_says_what_it_is(open_music, fake, heard, mime_type, rate, channels):
    """What it leaves out, or nobody could mean, is as documented."""
    open_music(**heard.hooks("audio"))
    fake.say({"serverContent": {"audioChunks": [{"data": "AAAA", "mimeType": mime_type}]}})
    chunk = heard.wait("audio")
    assert (chunk.rate, chunk.channels) == (rate, channels)
    assert chunk.source_metadata is None
    assert chunk.weighted_prompts == ()
    assert chunk.music_generation_config is None


def test_one_message_is_told_in_the_documented_order(open_music, fake, heard):
    """First as it came, then as a value, then its fields."""
    open_music(**heard.hooks("open", "raw_message", "message", "audio", "filtered_prompt"))
    heard.wait("open")
    message = {**piece(0.1), "filteredPrompt": {"text": "gore", "filteredReason": "Not here."}}
    fake.say(message)
    heard.wait("filtered_prompt")
    names = [name for name, _ in heard.events]
    assert names[:3] == ["raw_message", "message", "open"]
    assert names[3:] == ["raw_message", "message", "audio", "filtered_prompt"]
    assert heard.values("raw_message")[1] == message
    assert isinstance(heard.values("message")[1], MusicServerMessage)
    assert heard.values("open") == [Opened(session_id=None, resumed=False, connection=1)]
    assert heard.values("filtered_prompt") == [FilteredPrompt(text="gore", filtered_reason="Not here.")]


def test_what_the_server_warns_of_is_logged(open_music, fake, heard, caplog):
    """And is in the message; no key that it repeats is."""
    with caplog.at_level("WARNING", "gemini_live"):
        open_music(**heard.hooks("message"))
        fake.say({"warning": "Slow down, a-good-key."})
        heard.wait("message", 2)
        fake.settle()
    assert heard.values("message")[1].warning == "Slow down, a-good-key."
    assert next(record.message for record in caplog.records if "warns" in record.message).endswith(
        "Slow down, [redacted]."
    )


@pytest.mark.parametrize("payload", [b"\xff", "[]", "{", '{"serverContent": {"audioChunks": [{"data": "%%%"}]}}'])
def test_what_can_not_be_read_is_an_error_and_no_end(open_music, fake, heard, payload):
    """The music goes on."""
    open_music(**heard.hooks("error", "audio"))
    fake.say(payload, piece(0.1))
    heard.wait("audio")
    assert isinstance(heard.wait("error"), ProtocolError)


def test_every_callback_can_be_registered_in_every_way(make, fake, heard):
    """As options, in a handler, by ``on`` and as a decorator; ``off`` takes it away."""

    class Handler:
        """One method for each event."""

    for name in MUSIC_CALLBACKS:
        setattr(Handler, f"on_{name}", staticmethod(heard.hook(f"handler {name}")))
    music = make(transport=fake, handler=Handler(), **heard.hooks(*MUSIC_CALLBACKS))
    for name in MUSIC_CALLBACKS:
        music.on(name, heard.hook(f"on {name}"))
        music.on(name)(heard.hook(f"decorated {name}"))
    music.once("audio", heard.hook("once audio"))
    music.on("audio", heard.hook("never"))()
    music.connect()
    fake.say(piece(0.1, 0.1))
    heard.wait("decorated audio", 2)
    assert len(heard.values("once audio")) == 1
    assert not heard.values("never")
    assert music.off("audio") > 0
    for name in ("open", "message", "audio"):
        assert heard.values(name) == heard.values(f"handler {name}") == heard.values(f"on {name}")


@pytest.mark.parametrize("name", ["on_text", "on_turn_complete", "on_adio"])
def test_events_of_other_sessions_are_unknown(make, fake, name):
    """A slip is refused at once, with the nearest name."""
    with pytest.raises(ConfigError):
        make(transport=fake, **{name: print})
    with pytest.raises(ConfigError):
        make(transport=fake).on(name, print)


def test_a_near_miss_is_told(make, fake):
    """With what was meant."""
    with pytest.raises(ConfigError, match="did you mean on_audio"):
        make(transport=fake, on_adio=print)


def test_a_queue_and_an_iterator_hear_everything(make, fake):
    """``owner`` and ``events()``, to the end of the session."""
    owner = queue.Queue()
    music = make(transport=fake, owner=owner)
    events = music.events()
    music.connect()
    fake.say(piece(0.1))
    fake.settle()
    music.close()
    told = list(events)
    queued = [owner.get_nowait() for _ in range(owner.qsize())]
    assert [event.name for event in told] == [
        "raw_message",
        "message",
        "open",
        "raw_message",
        "message",
        "audio",
        "close",
    ]
    assert [event.name for event in queued] == [event.name for event in told]
    assert all(isinstance(event, Event) for event in told)


def test_a_callback_knows_its_session(open_music, fake, heard):
    """By ``current_session``."""
    music = open_music(on_audio=lambda _: heard.hook("session")(current_session()))
    fake.say(piece(0.1))
    assert heard.wait("session") is music


@pytest.fixture
def clock():
    """A clock that only the test moves."""
    return ManualClock()


class Player:
    """A music session on a clock in a test's hands."""

    def __init__(self, music, fake, clock, heard):
        self.music, self.fake, self.clock, self.heard = music, fake, clock, heard

    def hear(self, *seconds):
        self.fake.say(piece(*seconds))
        self.fake.settle()

    def wait(self, seconds):
        """Let time pass, and have the session take note of it."""
        self.clock.advance(seconds)
        fence(self.music)

    @property
    def underruns(self):
        return self.heard.values("underrun")


@pytest.fixture
def player(open_music, fake, clock, heard):
    """One that plays."""
    policy = ReconnectPolicy(base_delay=0, ping_after=None, dead_peer_after=None)
    music = open_music(
        clock=clock, dispatch="inline", reconnect=policy, **heard.hooks("underrun", "audio", "reconnected")
    )
    music.play(wait=True, timeout=5)
    return Player(music, fake, clock, heard)


def test_a_player_that_runs_dry_is_told_once(player):
    """A tenth of a second after its last music; the next piece says how long it was silent."""
    player.hear(2, 2)
    player.wait(4.05)
    assert player.underruns == []
    player.wait(0.06)
    player.wait(3)
    assert player.underruns == [Underrun(received_ms=4000, reconnecting=False)]
    player.hear(1, 1)
    assert [round(chunk.gap_ms) for chunk in player.heard.values("audio")] == [0, 0, 3110, 0]
    snapshot = player.music.snapshot()
    assert (snapshot.underruns, round(snapshot.gap_ms), snapshot.chunks, snapshot.received_ms) == (1, 3110, 4, 6000)
    assert round(snapshot.ahead_ms) == 2000
    player.wait(2.2)
    assert len(player.underruns) == 2


def test_nothing_runs_dry_before_the_first_piece(player):
    """How long a model takes to begin is no gap."""
    player.wait(30)
    player.hear(1)
    assert player.underruns == []
    assert player.heard.values("audio")[0].gap_ms == 0


@pytest.mark.parametrize("control", ["pause", "stop"])
def test_silence_that_is_wanted_is_no_gap(player, control):
    """Nor is the time until the music that was paused goes on."""
    player.hear(1)
    getattr(player.music, control)(wait=True, timeout=5)
    player.clock.advance(60)
    player.fake.settle()
    player.wait(0.5)
    player.hear(1)
    assert player.underruns == []
    assert player.heard.values("audio")[1].gap_ms == 0


def test_a_pause_that_is_shorter_than_what_has_come_leaves_the_player_as_it_is(player):
    """It is still playing."""
    player.hear(10)
    player.clock.advance(2)
    player.music.pause(wait=True, timeout=5)
    player.clock.advance(2)
    player.wait(0)
    player.wait(6.2)
    assert len(player.underruns) == 1


def test_how_late_music_may_be_can_be_said(open_music, fake, clock, heard):
    """By what a player holds back."""
    music = open_music(clock=clock, underrun_after=2, dispatch="inline", **heard.hooks("underrun"))
    player = Player(music, fake, clock, heard)
    player.wait(0)
    player.hear(1)
    player.wait(2.9)
    assert player.underruns == []
    player.wait(0.2)
    assert len(player.underruns) == 1


@pytest.mark.parametrize("wrong", [-1, "soon", True, 1e9, float("nan")])
def test_a_wrong_time_is_refused(make, wrong):
    """With the option's name."""
    with pytest.raises(ConfigError, match="underrun_after"):
        make(underrun_after=wrong)
