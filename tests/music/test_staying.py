"""What becomes of the music when the connection is lost."""

from __future__ import annotations

import threading

import pytest

from gemini_live import CallTimeout, ConnectionLost, Reconnected, ReconnectPolicy, SetupError
from gemini_live.emulator import Emulator
from gemini_live.testing import FakeTransport, ManualClock

from ..session.conftest import eventually, park
from .conftest import AT_ONCE, piece

SETUP = {"setup": {"model": "models/lyria-realtime-exp"}}
PLAY, PAUSE, STOP = ({"playbackControl": control} for control in ("PLAY", "PAUSE", "STOP"))


def prompts(**weights):
    return {
        "clientContent": {"weightedPrompts": [{"text": text, "weight": weight} for text, weight in weights.items()]}
    }


def config(**fields):
    return {"musicGenerationConfig": fields}


def told_again(fake, number=2):
    """Wait for a connection and the session's last word on it; return all that was said there."""
    connection = fake.wait_for_connections(number)[-1]
    eventually(lambda: connection.setup is not None)
    fake.settle()
    return connection.sent


@pytest.mark.parametrize(
    "end", [lambda fake: fake.drop(), lambda fake: fake.close(1011), lambda fake: fake.close(1000)]
)
def test_another_connection_is_told_everything_in_order(open_music, fake, heard, end):
    """The last prompts, the last configuration and the last control, whatever else was said meanwhile."""
    music = open_music(**heard.hooks("reconnecting", "reconnected", "open"))
    music.play()
    music.set_weighted_prompts({"piano": 1.0})
    music.update_config(bpm=90)
    music.set_weighted_prompts({"techno": 1.0, "piano": 0.5})
    music.reset_context()
    music.update_config(density=0.5, wait=True, timeout=5)
    end(fake)
    news = heard.wait("reconnected")
    assert told_again(fake) == [SETUP, prompts(techno=1.0, piano=0.5), config(bpm=90, density=0.5), PLAY]
    assert (news.resumed, news.replayed, news.lost) == (False, 3, ())
    assert [opened.connection for opened in heard.values("open")] == [1, 2]
    assert heard.values("reconnecting")[0].attempt == 1


@pytest.mark.parametrize(("control", "wire"), [("pause", PAUSE), ("stop", STOP)])
def test_music_that_was_silent_stays_so(open_music, fake, heard, control, wire):
    """Paused or stopped."""
    music = open_music(**heard.hooks("reconnected"))
    music.play()
    getattr(music, control)(wait=True, timeout=5)
    fake.drop()
    heard.wait("reconnected")
    assert told_again(fake) == [SETUP, wire]


def test_a_session_that_has_said_nothing_says_nothing(open_music, fake, heard):
    """On any connection."""
    open_music(**heard.hooks("reconnected"))
    fake.drop()
    assert heard.wait("reconnected").replayed == 0
    assert told_again(fake) == [SETUP]


@pytest.fixture
def offline(open_music, fake, heard, monkeypatch):
    """A session without a connection, whose next attempt waits for its clock."""
    monkeypatch.setattr("gemini_live.session.recovering.random.random", lambda: 1.0)
    clock = ManualClock()
    policy = ReconnectPolicy(base_delay=20, max_delay=20, ping_after=None, dead_peer_after=None)
    music = open_music(clock=clock, reconnect=policy, **heard.hooks("reconnecting", "reconnected", "underrun", "audio"))
    music.set_weighted_prompts("piano")
    music.play(wait=True, timeout=5)
    fake.say(piece(2))
    heard.wait("audio")
    fake.drop()
    heard.wait("reconnecting")
    return music, clock


def reconnect(clock, heard, fake):
    """Let the attempt be made."""
    clock.advance(20)
    heard.wait("reconnected")
    return told_again(fake)


def test_what_is_asked_for_meanwhile_counts(offline, fake, heard):
    """Once, in the order of what is told again, and nothing of what it has replaced; nobody is left waiting."""
    music, clock = offline
    done = []
    calls = [
        lambda: music.set_weighted_prompts("techno", wait=True, timeout=5),
        lambda: music.set_weighted_prompts("ambient", wait=True, timeout=5),
        lambda: music.pause(wait=True, timeout=5),
        lambda: music.reset_context(wait=True, timeout=5),
        lambda: music.update_config(bpm=70, wait=True, timeout=5),
    ]
    threads = [park(lambda call=call: done.append(call())) for call in calls]
    assert reconnect(clock, heard, fake) == [SETUP, prompts(ambient=1.0), config(bpm=70), PAUSE]
    for thread in threads:
        thread.join(5)
    assert len(done) == len(calls)
    assert heard.values("reconnected")[0].replayed == 0  # nothing of it had gone out before
    assert music.snapshot().outbox_bytes == 0
    assert music.snapshot().outbox_messages == 0


def test_the_gap_is_told(offline, fake, heard):
    """When the player has nothing left, when there is a connection again, and with the next piece."""
    _, clock = offline
    clock.advance(3)
    underrun = heard.wait("underrun")
    assert underrun.reconnecting
    assert underrun.received_ms == 2000
    reconnect(clock, heard, fake)
    (news,) = heard.values("reconnected")
    assert isinstance(news, Reconnected)
    assert news.gap_ms == 23_000
    clock.advance(1)
    fake.say(piece(2))
    heard.wait("audio", 2)
    assert [round(chunk.gap_ms) for chunk in heard.values("audio")] == [0, 22_000]
    assert len(heard.values("underrun")) == 1


def test_a_connection_that_dies_with_words_on_their_way_loses_none(open_music, fake, heard):
    """What the kernel did not take is a part of what is told again."""
    music = open_music(**heard.hooks("reconnected"))
    fake.stall()
    music.set_weighted_prompts("piano")
    music.play()
    fake.connection.drop()
    heard.wait("reconnected")
    assert told_again(fake) == [SETUP, prompts(piano=1.0), PLAY]


def test_nobody_is_told_too_early_that_it_went_out(offline, fake, heard):
    """What has taken the place of a message is waited for in its stead, and so is what makes a reset needless."""
    music, clock = offline
    fake._respond = lambda connection, message: "setup" in message and connection.stall()
    outcome = []

    def wait(call):
        with pytest.raises(CallTimeout):
            call(wait=True, timeout=1)
        outcome.append(True)

    calls = [
        music.reset_context,
        lambda **more: music.update_config(bpm=120, reset="always", **more),
        lambda **more: music.set_weighted_prompts("techno", **more),
    ]
    threads = [park(lambda call=call: wait(call)) for call in calls]
    clock.advance(20)
    heard.wait("reconnected")
    for thread in threads:
        thread.join(5)
    assert len(outcome) == 3
    fake.unstall()
    eventually(lambda: fake.connections[-1].sent == [SETUP, prompts(techno=1.0), config(bpm=120), PLAY])


def test_a_tempo_that_is_changed_meanwhile_is_that_of_the_next_piece(offline, fake, heard):
    """So it needs no reset, and going back does."""
    music, clock = offline
    music.update_config(bpm=120, reset="auto")
    assert reconnect(clock, heard, fake) == [SETUP, prompts(piano=1.0), config(bpm=120), PLAY]
    music.update_config(bpm=120, density=0.5, reset="auto")
    music.update_config(bpm=90, density=0.5, reset="auto", wait=True, timeout=5)
    reset = {"playbackControl": "RESET_CONTEXT"}
    assert fake.connections[-1].sent[4:] == [config(bpm=120, density=0.5), config(bpm=90, density=0.5), reset]


def test_an_outage_in_silence_is_watched_again_after_it(offline, fake, heard):
    """A player that had music left when the connection came back runs dry later."""
    _, clock = offline
    clock.advance(20)
    heard.wait("reconnected")
    clock.advance(1)
    fake.say(piece(5))
    heard.wait("audio", 2)
    clock.advance(6)
    heard.wait("underrun", 2)
    assert [underrun.reconnecting for underrun in heard.values("underrun")] == [True, False]


def test_tempo_belongs_to_the_piece_that_begins_anew(open_music, fake, heard):
    """After a reconnect the music plays at the tempo that was asked for last, so no reset is due."""
    music = open_music(**heard.hooks("reconnected"))
    music.update_config(bpm=90)
    music.play()
    music.update_config(bpm=120, wait=True, timeout=5)
    fake.drop()
    heard.wait("reconnected")
    told_again(fake)
    music.update_config(bpm=120, reset="auto", wait=True, timeout=5)
    assert fake.connections[-1].sent[-1] == config(bpm=120)


def test_a_new_connection_may_be_left_in_silence(open_music, fake, heard):
    """With ``fresh="empty"``, which leaves everything to the program."""
    music = open_music(reconnect=ReconnectPolicy(base_delay=0, fresh="empty"), **heard.hooks("reconnected"))
    music.set_weighted_prompts("piano")
    music.play(wait=True, timeout=5)
    fake.drop()
    assert heard.wait("reconnected").replayed == 0
    assert told_again(fake) == [SETUP]
    assert music.snapshot().playback is None
    assert music.snapshot().prompts == ()
    lost = [unsent.content for unsent in heard.values("reconnected")[0].lost]
    assert lost == [prompts(piano=1.0), PLAY]


def test_what_was_not_sent_goes_to_a_connection_that_is_told_nothing_else(open_music, fake, heard):
    """It is the program's newest word; a transition ends, and its end is lost with the rest."""
    policy = ReconnectPolicy(base_delay=0, fresh="empty", ping_after=None, dead_peer_after=None)
    music = open_music(clock=ManualClock(), reconnect=policy, **heard.hooks("reconnected"))
    music.set_weighted_prompts("piano")
    music.play(wait=True, timeout=5)
    music.transition("techno", 60)
    eventually(lambda: music.snapshot().in_transition)
    fake.stall()
    music.update_config(bpm=90)
    music.stop()
    fake.connection.drop()
    lost = [unsent.content for unsent in heard.wait("reconnected").lost]
    assert told_again(fake) == [SETUP, config(bpm=90), STOP]
    assert lost == [prompts(piano=1.0), prompts(techno=1.0)]
    snapshot = music.snapshot()
    assert (snapshot.prompts, snapshot.config.bpm, snapshot.playback) == ((), 90, "STOP")
    assert not snapshot.in_transition
    assert snapshot.outbox_bytes == 0


@pytest.mark.parametrize(("control", "underruns"), [(None, 0), ("play", 1), ("stop", 0)])
def test_music_is_wanted_on_a_silent_connection_if_it_was_asked_for_since(open_music, fake, heard, control, underruns):
    """What was asked for before does not count there."""
    clock = ManualClock()
    policy = ReconnectPolicy(base_delay=0, fresh="empty", ping_after=None, dead_peer_after=None)
    music = open_music(clock=clock, reconnect=policy, **heard.hooks("reconnected", "underrun", "audio"))
    music.play(wait=True, timeout=5)
    fake.stall()
    if control is not None:
        getattr(music, control)()
    fake.connection.drop()
    heard.wait("reconnected")
    fake.say(piece(1))
    heard.wait("audio")
    clock.advance(5)
    music.update_config(bpm=90, wait=True, timeout=5)
    music.update_config(bpm=91, wait=True, timeout=5)
    assert music.snapshot().underruns == underruns


def test_a_server_that_falls_silent_is_left(open_music, fake, heard):
    """While music is wanted something of it is always due, so no ping is needed to find out."""
    policy = ReconnectPolicy(base_delay=0, ping_after=None, dead_peer_after=0.05)
    music = open_music(reconnect=policy, **heard.hooks("reconnected"))
    music.play()
    heard.wait("reconnected")
    music.pause(wait=True, timeout=5)


def test_a_connection_that_has_played_was_good(open_music, heard):
    """However it ends, another is worth trying, until the policy's attempts are used up."""

    def play_and_fail(connection, message):
        if "playbackControl" in message:
            connection.say(piece(0.1))
            connection.close(1007, "Request contains an invalid argument.")

    fake = FakeTransport(respond=play_and_fail)
    music = open_music(transport=fake, reconnect=ReconnectPolicy(base_delay=0, max_attempts=5))
    music.play()
    assert music.wait(5).code == 1007
    assert len(fake.connections) == 6


def test_a_session_may_end_with_its_connection(open_music, fake, heard):
    """With ``fresh="fail"`` or without a policy: an error says so, and nothing more is dialled."""
    for reconnect in (ReconnectPolicy(fresh="fail"), False):
        music = open_music(reconnect=reconnect, **heard.hooks("close"))
        count = len(fake.connections)
        fake.drop()
        closed = music.wait(5)
        assert isinstance(closed.error, ConnectionLost)
        assert closed.by == "error"
        assert len(fake.connections) == count


def test_a_session_gives_up_within_its_bounds(open_music, fake, heard):
    """And says what it tried."""
    music = open_music(reconnect=ReconnectPolicy(max_attempts=2, base_delay=0), **heard.hooks("error"))
    music.play(wait=True, timeout=5)
    fake.refuse_next(times=2)
    fake.drop()
    closed = music.wait(5)
    assert len(closed.error.attempts) == 3
    assert heard.wait("error") is not None


def test_words_that_the_server_refuses_again_end_the_session(open_music, fake):
    """What was told again is refused again: a third connection would fare no better."""

    def refuse(connection, message):
        if "clientContent" in message:
            connection.close(1007, "Request contains an invalid argument.")

    fake._respond = refuse
    music = open_music()
    music.set_weighted_prompts("piano")
    closed = music.wait(5)
    assert closed.code == 1007
    assert len(fake.connections) == 2


def test_a_setup_that_is_refused_is_told_to_connect(make, fake):
    """With the server's words; the session may be connected again."""
    fake._accept = False
    music = make(transport=fake)
    outcome = []

    def connect():
        try:
            music.connect(timeout=5)
        except SetupError as error:
            outcome.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    eventually(lambda: fake.connections and fake.connections[-1].setup)
    fake.close(1008, "models/lyria-realtime-exp is not found for API version v1alpha")
    thread.join(5)
    assert outcome[0].code == 1008
    assert music.status == "disconnected"


def test_a_server_that_plays_nothing_is_left_when_that_was_wished(open_music, fake, heard):
    """With ``stall_after``, which is off by default."""
    policy = ReconnectPolicy(base_delay=0, stall_after=0.05, ping_after=None, dead_peer_after=None)
    music = open_music(reconnect=policy, **heard.hooks("reconnected"))
    music.play()
    heard.wait("reconnected")
    music.pause(wait=True, timeout=5)


def test_a_piece_goes_on_after_a_drop(make, heard):
    """On a real socket: the same prompts and the same configuration play again, and the gap is told."""
    with Emulator(tls=False, output_speed=1, music_chunk_seconds=0.1, music_burst_seconds=0.1) as server:
        music = make(
            base_url=server.base_url,
            reconnect=AT_ONCE,
            underrun_after=0,
            **heard.hooks("audio", "reconnected", "underrun"),
        )
        music.connect()
        music.set_weighted_prompts({"techno": 1.0, "piano": 0.5})
        music.update_config(bpm=130, scale="D_MAJOR_B_MINOR", density=0.75)
        music.play()
        heard.wait("audio", 3)
        server.close_all(1011, "An internal error has occurred.")
        heard.wait("reconnected")
        before = len(heard.values("audio"))
        heard.wait("audio", before + 3)
        first, second = server.sessions
    was, now = first.music, second.music
    assert (was.prompts, was.config, was.playback) == (now.prompts, now.config, now.playback)
    assert now.playing
    made_of = heard.values("audio")[-1]
    assert made_of.weighted_prompts == heard.values("audio")[0].weighted_prompts
    assert made_of.music_generation_config.bpm == 130
    assert heard.values("reconnected")[0].gap_ms > 0
