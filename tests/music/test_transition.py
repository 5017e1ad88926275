"""Prompts that change step by step."""

from __future__ import annotations

import threading

import pytest

from gemini_live import CallTimeout, ConfigError, ReconnectPolicy, SessionClosed
from gemini_live.testing import ManualClock

from ..session.conftest import eventually
from .conftest import fence

QUIET = ReconnectPolicy(base_delay=0, ping_after=None, dead_peer_after=None)


@pytest.fixture
def clock():
    """A clock that only the test moves."""
    return ManualClock()


@pytest.fixture
def music(open_music, clock):
    """A session to which piano is played."""
    music = open_music(clock=clock, reconnect=QUIET)
    music.set_weighted_prompts({"piano": 1.0}, wait=True, timeout=5)
    return music


def weights(fake):
    """Return the prompts that were sent so far, each as a mapping."""
    return [
        {prompt["text"]: prompt["weight"] for prompt in message["clientContent"]["weightedPrompts"]}
        for message in fake.sent
        if "clientContent" in message
    ]


def step(music, clock, seconds=0.25):
    """Let time pass, and wait until the session has done what was due; what was asked for before that is taken in."""
    fence(music)
    clock.advance(seconds)
    fence(music)


def test_each_share_moves_evenly(music, fake, clock):
    """From what it is to what it shall be; at the end the prompts are exactly those that were asked for."""
    music.transition({"techno": 2.0, "piano": 2.0}, 1.0)
    for _ in range(5):
        step(music, clock)
    told = weights(fake)
    assert told[0] == {"piano": 1.0}
    assert told[-1] == {"techno": 2.0, "piano": 2.0}
    shares = [prompts.get("techno", 0) / sum(prompts.values()) for prompts in told]
    assert shares == pytest.approx([0, 0.125, 0.25, 0.375, 0.5])
    assert [sum(prompts.values()) for prompts in told] == pytest.approx([1, 1.75, 2.5, 3.25, 4])


def test_it_begins_where_the_music_is(music, fake, clock):
    """So nothing is said before the first quarter of a second."""
    music.transition({"techno": 1.0}, 1.0)
    step(music, clock, 0.2)
    assert music.snapshot().in_transition
    assert len(weights(fake)) == 1


def test_what_is_left_out_goes_and_what_is_new_comes(music, fake, clock):
    """To nothing, and from nothing; no prompt ever weighs nothing."""
    music.transition({"techno": 1.0}, 0.5)
    for _ in range(3):
        step(music, clock)
    assert weights(fake) == [{"piano": 1.0}, {"piano": 0.5, "techno": 0.5}, {"techno": 1.0}]


def test_other_prompts_end_it_where_it_is(music, fake, clock):
    """Set at once or by another transition, which begins where the first was; nobody is left waiting."""
    done = threading.Event()
    waiter = threading.Thread(target=lambda: (music.transition({"techno": 1.0}, 1.0, wait=True), done.set()))
    waiter.start()
    while not music.snapshot().in_transition:
        done.wait(0.005)
    step(music, clock, 0.5)
    music.transition({"ambient": 1.0}, 1.0)
    assert done.wait(5)
    waiter.join()
    step(music, clock, 0.5)
    music.set_weighted_prompts({"jazz": 1.0}, wait=True, timeout=5)
    step(music, clock, 5)
    assert weights(fake)[1:] == [
        {"piano": 0.5, "techno": 0.5},
        {"piano": 0.25, "techno": 0.25, "ambient": 0.5},
        {"jazz": 1.0},
    ]
    assert not music.snapshot().in_transition
    assert music.snapshot().outbox_bytes == 0


def test_without_any_before_they_are_set_at_once(open_music, fake, clock):
    """There is nothing to come from."""
    music = open_music(clock=clock, reconnect=QUIET)
    music.transition({"techno": 1.0}, 60, wait=True, timeout=5)
    assert weights(fake) == [{"techno": 1.0}]


def test_it_can_be_waited_for(music, fake, clock):
    """To its end."""
    thread = threading.Thread(target=lambda: music.transition({"techno": 1.0}, 0.5, wait=True, timeout=5))
    thread.start()
    while thread.is_alive():
        clock.advance(0.25)
        thread.join(0.01)
    assert weights(fake)[-1] == {"techno": 1.0}


def test_the_same_prompts_again_are_sent_once(music, fake, clock):
    """Where nothing changes nothing is said on the way."""
    music.transition({"piano": 1.0}, 1.0)
    for _ in range(5):
        step(music, clock)
    assert weights(fake) == [{"piano": 1.0}, {"piano": 1.0}]


def test_it_goes_on_over_a_loss_of_the_connection(music, fake, clock):
    """Another connection is told how far it has come, and hears the rest."""
    music.transition({"techno": 1.0}, 1.0)
    step(music, clock)
    fake.drop()
    fake.wait_for_connections(2)
    while music.status != "ready":
        clock.advance(0)
        threading.Event().wait(0.005)
    for _ in range(4):
        step(music, clock)
    told = [message for message in fake.connections[1].sent if "clientContent" in message]
    assert told[0] == {
        "clientContent": {"weightedPrompts": [{"text": "piano", "weight": 0.75}, {"text": "techno", "weight": 0.25}]}
    }
    assert told[-1] == {"clientContent": {"weightedPrompts": [{"text": "techno", "weight": 1.0}]}}


def test_an_end_in_the_middle_gives_its_last_step_back(music, clock):
    """It was accepted, and it was not sent."""
    music.transition({"techno": 1.0}, 60)
    step(music, clock)
    music.close()
    (unsent,) = music.wait(5).unsent
    assert unsent.content == {"clientContent": {"weightedPrompts": [{"text": "techno", "weight": 1.0}]}}


def test_what_the_network_does_not_take_in_time_is_left_out(music, fake, clock):
    """A step is no word of the program's: it takes no room from those, and is not given back."""
    fake.stall()
    music.transition({"techno": 1.0}, 60)
    for _ in range(20):
        clock.advance(0.25)
        eventually(lambda: music.snapshot().mailbox == 0)
    assert music.snapshot().outbox_messages <= 2  # one step, and the end
    music.pause()
    fake.unstall()
    fake.wait_for(lambda message: message == {"playbackControl": "PAUSE"})
    assert len(weights(fake)) <= 3
    fence(music)
    fake.stall()
    step_before = music.snapshot().prompts
    clock.advance(5)
    eventually(lambda: music.snapshot().prompts != step_before)
    music.close(timeout=0.2)
    clock.advance(1)
    unsent = music.wait(5).unsent
    assert [message.content for message in unsent] == [
        {"clientContent": {"weightedPrompts": [{"text": "techno", "weight": 1.0}]}}
    ]
    assert music.snapshot().outbox_bytes == 0


@pytest.mark.parametrize("size", [1e-7, 1e-30, 1e37])
def test_weights_of_any_size_move(open_music, fake, clock, size):
    """They count in relation to one another."""
    music = open_music(clock=clock, reconnect=QUIET)
    music.set_weighted_prompts({"piano": size, "techno": size}, wait=True, timeout=5)
    music.transition({"ambient": size}, 0.5)
    for _ in range(3):
        step(music, clock)
    told = weights(fake)
    assert told[1] == pytest.approx({"piano": 0.375 * size, "techno": 0.375 * size, "ambient": 0.75 * size})
    assert told[2] == {"ambient": size}


def test_a_wait_has_its_time(music):
    """The transition goes on all the same."""
    with pytest.raises(CallTimeout, match="goes on"):
        music.transition({"techno": 1.0}, 60, wait=True, timeout=0.05)
    assert music.snapshot().in_transition


def test_one_that_lies_in_the_mailbox_at_the_end_is_given_back(open_music, fake):
    """And nobody is left waiting for it."""
    go, stopped = threading.Event(), threading.Event()

    def hold(_):
        stopped.set()
        assert go.wait(5)

    music = open_music(dispatch="inline", on_reconnecting=hold, reconnect=ReconnectPolicy(base_delay=60))
    music.set_weighted_prompts({"piano": 1.0}, wait=True, timeout=5)
    fake.drop()
    assert stopped.wait(5)
    outcome = []

    def wait():
        with pytest.raises(SessionClosed) as refused:
            music.transition({"techno": 1.0}, 5, wait=True, timeout=5)
        outcome.append(refused.value)

    closer = threading.Thread(target=music.close)
    closer.start()
    eventually(lambda: music.snapshot().mailbox == 1)
    waiter = threading.Thread(target=wait)
    waiter.start()
    eventually(lambda: music.snapshot().mailbox == 2)
    go.set()
    waiter.join(5)
    closer.join(5)
    (unsent,) = music.wait(5).unsent
    assert outcome
    assert unsent.content == {"clientContent": {"weightedPrompts": [{"text": "techno", "weight": 1.0}]}}
    assert music.snapshot().outbox_bytes == 0


@pytest.mark.parametrize("seconds", [0, -1, "long", None, True, float("inf")])
def test_a_wrong_time_is_refused(music, fake, seconds):
    """With the argument's name."""
    with pytest.raises(ConfigError, match="seconds"):
        music.transition({"techno": 1.0}, seconds)
    assert len(weights(fake)) == 1
