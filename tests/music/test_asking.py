"""What a program says of the music, and what goes over the wire for it."""

from __future__ import annotations

import math
import threading

import pytest

from gemini_live import (
    CallingSelfError,
    CallTimeout,
    ConfigError,
    MusicGenerationConfig,
    MusicGenerationMode,
    NotReadyError,
    OutboxFullError,
    OutboxPolicy,
    Scale,
    SessionClosed,
    WeightedPrompt,
)
from gemini_live.testing import FakeTransport

TECHNO, PIANO = {"text": "minimal techno", "weight": 1.0}, {"text": "piano", "weight": 0.5}


def said(fake):
    """Return what was said after the setup of the newest connection."""
    return fake.connections[-1].sent[1:]


@pytest.mark.parametrize(
    ("prompts", "on_the_wire"),
    [
        ([TECHNO, PIANO], [TECHNO, PIANO]),
        ((TECHNO,), [TECHNO]),
        (TECHNO, [TECHNO]),
        ({"minimal techno": 1.0, "piano": 0.5}, [TECHNO, PIANO]),
        ({"text": 1.0}, [{"text": "text", "weight": 1.0}]),
        ({"text": 1.0, "weight": 0.5}, ConfigError),
        (WeightedPrompt(text="piano", weight=0.5), [PIANO]),
        ([WeightedPrompt(text="piano", weight=0.5), TECHNO], [PIANO, TECHNO]),
        ("piano", [{"text": "piano", "weight": 1.0}]),
        (["piano", PIANO], [{"text": "piano", "weight": 1.0}, PIANO]),
        ({"piano": -2}, [{"text": "piano", "weight": -2.0}]),
        ([], ConfigError),
        ({}, ConfigError),
        (None, ConfigError),
        (7, ConfigError),
        ([None], ConfigError),
        (({"text": "piano", "weight": weight} for weight in [0.5]), [PIANO]),
        ({"piano": 1e38}, ConfigError),
        ({"piano": 1e-40}, ConfigError),
        ({"piano": 0}, ConfigError),
        ({"piano": -0.0}, ConfigError),
        ({"piano": math.nan}, ConfigError),
        ({"piano": math.inf}, ConfigError),
        ({"piano": "loud"}, ConfigError),
        ({"piano": None}, ConfigError),
        ({"piano": True}, ConfigError),
        ({7: 1.0}, ConfigError),
        ([{"text": "piano"}], ConfigError),
        ([{"text": "piano", "wieght": 1.0}], ConfigError),
    ],
)
def test_prompts_may_be_one_or_many(open_music, fake, prompts, on_the_wire):
    """In every form that says texts and weights; what says nothing, or weighs nothing, is refused and not sent."""
    music = open_music()
    if on_the_wire is ConfigError:
        with pytest.raises(ConfigError):
            music.set_weighted_prompts(prompts)
        with pytest.raises(ConfigError):
            music.transition(prompts, 1.0)
    else:
        music.set_weighted_prompts(prompts, wait=True, timeout=5)
    expected = [] if on_the_wire is ConfigError else [{"clientContent": {"weightedPrompts": on_the_wire}}]
    assert said(fake) == expected


def test_every_wrong_prompt_is_named(open_music):
    """With its place."""
    with pytest.raises(ConfigError) as refused:
        open_music().set_weighted_prompts([TECHNO, {"text": "piano", "weight": 0}, {"weight": 1.0}])
    assert [problem.path for problem in refused.value.problems] == [
        "weighted_prompts[1].weight",
        "weighted_prompts[2].text",
    ]


@pytest.mark.parametrize(
    "form",
    [
        lambda music: music.set_music_generation_config(bpm=120, top_k=40, scale=Scale.D_MAJOR_B_MINOR, wait=True),
        lambda music: music.set_music_generation_config(
            {"bpm": 120, "topK": 40, "scale": "D_MAJOR_B_MINOR"}, wait=True
        ),
        lambda music: music.set_music_generation_config(
            config=MusicGenerationConfig(bpm=120, top_k=40, scale=Scale.D_MAJOR_B_MINOR), wait=True
        ),
    ],
)
def test_a_configuration_may_be_keywords_a_mapping_or_a_value(open_music, fake, form):
    """In either spelling."""
    form(open_music())
    assert said(fake) == [{"musicGenerationConfig": {"bpm": 120, "topK": 40, "scale": "D_MAJOR_B_MINOR"}}]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("temperature", 3.1), ("temperature", -0.1), ("top_k", 0), ("top_k", 1001), ("top_k", 1.5), ("seed", -1),
        ("seed", 2**31), ("guidance", 6.5), ("bpm", 59), ("bpm", 201), ("bpm", "fast"), ("density", 1.1),
        ("brightness", -0.1), ("scale", "H_MAJOR"), ("scale", 7), ("mute_bass", "yes"), ("mute_drums", 1),
        ("only_bass_and_drums", "no"), ("music_generation_mode", "LOUD"), ("tempo", 120),
    ],
)  # fmt: skip
def test_what_the_server_would_refuse_is_refused_here(open_music, fake, field, wrong):
    """Ranges, types, enums and names, with the field's name; nothing is sent, and nothing of it is kept."""
    music = open_music()
    for refuses in (music.set_music_generation_config, music.update_config):
        with pytest.raises(ConfigError, match=field):
            refuses(**{field: wrong})
    music.update_config(bpm=100, wait=True)
    assert said(fake) == [{"musicGenerationConfig": {"bpm": 100}}]


def test_an_update_keeps_what_was_sent_before(open_music, fake):
    """The service knows only whole configurations; a field that is None goes back to its default."""
    music = open_music()
    music.update_config(bpm=120)
    music.update_config(density=0.5, musicGenerationMode="QUALITY")
    music.update_config(bpm=None, muteBass=True)
    music.set_music_generation_config(guidance=3)
    music.update_config(temperature=1)
    music.set_music_generation_config(wait=True)
    assert [message["musicGenerationConfig"] for message in said(fake)] == [
        {"bpm": 120},
        {"bpm": 120, "density": 0.5, "musicGenerationMode": "QUALITY"},
        {"density": 0.5, "muteBass": True, "musicGenerationMode": "QUALITY"},
        {"guidance": 3.0},
        {"guidance": 3.0, "temperature": 1.0},
        {},
    ]


def test_an_update_needs_a_change(open_music):
    """And says which there are."""
    with pytest.raises(ConfigError, match="brightness"):
        open_music().update_config()


def test_a_configuration_is_either_a_mapping_or_keywords(open_music):
    """Not both, where nobody could tell which counts."""
    with pytest.raises(ConfigError, match="config"):
        open_music().set_music_generation_config({"bpm": 120}, density=0.5)


def test_threads_that_update_at_once_lose_nothing(open_music, fake):
    """The last whole configuration holds the changes of all of them."""
    music = open_music()
    changes = [{"bpm": 120}, {"density": 0.5}, {"brightness": 0.25}, {"temperature": 1}, {"guidance": 2}, {"seed": 7}]
    barrier = threading.Barrier(len(changes))

    def update(change):
        barrier.wait(5)
        for _ in range(20):
            music.update_config(**change)

    threads = [threading.Thread(target=update, args=(change,)) for change in changes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    music.play(wait=True, timeout=5)
    assert music.snapshot().outbox_bytes == 0
    *_, last, _ = said(fake)
    assert last["musicGenerationConfig"] == {
        "bpm": 120, "density": 0.5, "brightness": 0.25, "temperature": 1.0, "guidance": 2.0, "seed": 7,
    }  # fmt: skip


def test_a_refused_update_is_not_kept(make, fake):
    """What did not go out is not merged into what does."""
    music = make(transport=fake)
    with pytest.raises(NotReadyError):
        music.update_config(bpm=120)
    music.connect()
    music.update_config(density=0.5, wait=True)
    assert said(fake) == [{"musicGenerationConfig": {"density": 0.5}}]


def test_the_controls_go_out_as_they_are_called(open_music, fake):
    """PLAY, PAUSE, STOP and RESET_CONTEXT, in order."""
    music = open_music()
    music.play()
    music.pause()
    music.stop()
    music.reset_context(wait=True, timeout=5)
    assert [message["playbackControl"] for message in said(fake)] == ["PLAY", "PAUSE", "STOP", "RESET_CONTEXT"]


RESET = {"playbackControl": "RESET_CONTEXT"}


def resets(fake):
    """Return at which places of what was said a reset is."""
    return [place for place, message in enumerate(said(fake)) if message == RESET]


def test_a_reset_follows_another_tempo_or_key_when_asked(open_music, fake):
    """With "auto", and only where the music that is going on began with another one."""
    music = open_music()
    music.update_config(bpm=120, reset="auto")  # 0: nothing plays, so there is nothing to forget
    music.play()  # 1
    music.update_config(bpm=120, density=0.5, reset="auto")  # 2: the same tempo
    music.update_config(bpm=140, reset="auto")  # 3, and a reset: 4
    music.update_config(scale="C_MAJOR_A_MINOR", reset="auto")  # 5, and a reset: 6
    music.update_config(bpm=90)  # 7
    music.update_config(brightness=0.5, reset="auto")  # 8, and a reset for the 90 that is not heard yet: 9
    music.pause()  # 10
    music.update_config(bpm=60, reset="auto")  # 11, and a reset: what is paused goes on as it was
    music.stop()  # 13
    music.update_config(bpm=70, reset="auto", wait=True)  # 14
    assert resets(fake) == [4, 6, 9, 12]


def test_a_reset_needs_music_that_remembers(open_music, fake):
    """Asked for by itself where nothing plays, it is sent, and makes no later change need one."""
    music = open_music()
    music.reset_context()  # 0
    music.update_config(bpm=90, reset="auto", wait=True)  # 1
    assert resets(fake) == [0]


def test_a_reset_may_follow_always(open_music, fake):
    """Whatever has changed; but where nothing plays there is nothing to forget."""
    music = open_music()
    music.update_config(density=0.5, reset="always")
    music.play()
    music.set_music_generation_config(density=0.5, reset="always", wait=True)
    assert resets(fake) == [3]


def test_waiting_for_a_configuration_waits_for_its_reset(open_music):
    """Both are with the kernel then."""
    fake = FakeTransport(respond=lambda connection, message: "musicGenerationConfig" in message and connection.stall())
    music = open_music(transport=fake)
    music.play()
    with pytest.raises(CallTimeout):
        music.update_config(bpm=100, reset="auto", wait=True, timeout=0.1)
    fake.unstall()
    fake.wait_for(lambda message: message == RESET)


def test_an_update_that_another_comes_before_is_made_anew(open_music, fake, monkeypatch):
    """It is merged with what was sent last when it goes out, and counted once."""
    music = open_music()
    admit, before = type(music)._admit, []

    def overtaken(session, message, **more):
        if not before:
            before.append(True)
            music.update_config(brightness=0.5)
        return admit(session, message, **more)

    monkeypatch.setattr(type(music), "_admit", overtaken)
    music.update_config(density=0.5, wait=True, timeout=5)
    assert said(fake) == [
        {"musicGenerationConfig": {"brightness": 0.5}},
        {"musicGenerationConfig": {"brightness": 0.5, "density": 0.5}},
    ]
    assert music.snapshot().outbox_bytes == 0


def test_an_update_in_the_middle_of_another_is_not_lost(open_music, fake, monkeypatch):
    """As when a signal's handler makes it on the same thread."""
    music = open_music()
    cast, inside = type(music._ref).cast, []

    def interrupted(ref, message):
        if not inside:
            inside.append(True)
            music.update_config(brightness=0.5)
        cast(ref, message)

    monkeypatch.setattr(type(music._ref), "cast", interrupted)
    music.update_config(density=0.5, wait=True, timeout=5)
    music.play(wait=True, timeout=5)
    assert said(fake)[-2] == {"musicGenerationConfig": {"brightness": 0.5, "density": 0.5}}
    assert music.snapshot().outbox_bytes == 0


@pytest.mark.parametrize("wrong", ["sometimes", True, None, 7])
def test_another_word_for_a_reset_is_refused(open_music, fake, wrong):
    """With those that there are."""
    with pytest.raises(ConfigError, match="'auto'"):
        open_music().update_config(bpm=100, reset=wrong)
    assert said(fake) == []


CALLS = {
    "set_weighted_prompts": lambda music, **more: music.set_weighted_prompts("piano", **more),
    "transition": lambda music, **more: music.transition("piano", 1, **more),
    "set_music_generation_config": lambda music, **more: music.set_music_generation_config(bpm=100, **more),
    "update_config": lambda music, **more: music.update_config(bpm=100, **more),
    "play": lambda music, **more: music.play(**more),
    "pause": lambda music, **more: music.pause(**more),
    "stop": lambda music, **more: music.stop(**more),
    "reset_context": lambda music, **more: music.reset_context(**more),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_nothing_is_accepted_before_and_after(make, fake, call):
    """Before the session is connected and after its end."""
    music = make(transport=fake)
    with pytest.raises(NotReadyError):
        call(music)
    music.connect()
    music.close()
    with pytest.raises(SessionClosed):
        call(music)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_waiting_on_the_sessions_own_thread_is_refused(open_music, fake, heard, call):
    """Where a callback runs on it; without a wait everything may be called there."""

    def on_message(message):
        try:
            call(music, wait=True)
        except CallingSelfError:
            call(music)
            heard.hook("refused")(message)

    music = open_music(dispatch="inline", on_message=lambda message: music and on_message(message))
    fake.say({"warning": "Quiet."})
    heard.wait("refused")
    music.play(wait=True, timeout=5)
    assert len(said(fake)) == 2


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_full_outbox_refuses_and_forgets(fake, make, call):
    """What the network does not take is bounded; what was refused is not counted, and not sent later."""
    music = make(transport=fake, outbox=OutboxPolicy(max_bytes=10))
    music.connect()
    with pytest.raises(OutboxFullError):
        call(music)
    assert music.snapshot().outbox_bytes == 0
    assert said(fake) == []


def test_what_was_not_sent_is_given_back(fake, make):
    """At the end, in order, an unfinished transition's end included."""
    music = make(transport=fake)
    music.connect()
    music.set_weighted_prompts("piano", wait=True, timeout=5)
    fake.stall()
    music.transition("techno", 60)
    music.play()
    with pytest.raises(Exception, match="in time"):
        music.play(wait=True, timeout=0.05)
    music.close(timeout=0.2)
    closed = music.wait(5)
    assert {"clientContent": {"weightedPrompts": [{"text": "techno", "weight": 1.0}]}} in [
        unsent.content for unsent in closed.unsent
    ]
    assert [unsent.kind for unsent in closed.unsent].count("playback_control") == 2


def test_every_method_takes_its_session_first():
    """As functions of the class, in the form of other languages' clients."""
    from gemini_live import MusicSession

    fake = FakeTransport()
    music = MusicSession.start_link(api_key="a-good-key", transport=fake)
    MusicSession.connect(music)
    MusicSession.set_weighted_prompts(music, "piano")
    MusicSession.play(music, wait=True)
    MusicSession.close(music)
    assert [next(iter(message)) for message in fake.sent] == ["setup", "clientContent", "playbackControl"]


def test_modes_are_enums(open_music, fake):
    """As values or as words."""
    music = open_music()
    music.update_config(music_generation_mode=MusicGenerationMode.DIVERSITY, wait=True)
    assert said(fake) == [{"musicGenerationConfig": {"musicGenerationMode": "DIVERSITY"}}]
