"""The music core: what a stranger's server may say, how a player runs dry, and the way between two sets of prompts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.protocol import State, Trigger
from gemini_live.protocol.crossfade import Crossfade
from gemini_live.protocol.music import MusicProtocol
from gemini_live.protocol.music_outgoing import read_prompts
from gemini_live.protocol.playhead import Playhead
from gemini_live.types import PlaybackControl, WeightedPrompt

PATIENCE = 0.1


def connected():
    """Return a protocol whose setup is complete."""
    protocol = MusicProtocol(PATIENCE)
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        assert protocol.trigger(trigger)
    protocol.receive('{"setupComplete": {}}', 0.0)
    assert protocol.state is State.READY
    protocol.take_events()
    return protocol


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["serverContent", "audioChunks", "data", "mimeType", "sourceMetadata", "clientContent", "weightedPrompts", "text",
     "weight", "filteredPrompt", "filteredReason", "setupComplete", "warning", "musicGenerationConfig", "error"]
)  # fmt: skip
LIKELY = st.recursive(JSON, lambda inner: st.dictionaries(NAMES, inner | st.lists(inner, max_size=2), max_size=3))


@given(message=st.dictionaries(NAMES, LIKELY, max_size=4))
def test_nothing_that_a_server_says_raises(message):
    """It is told as it came, whatever it is."""
    protocol = connected()
    protocol.receive(json.dumps(message), 1.0)
    events = protocol.take_events()
    assert events[0].name == "raw_message"
    assert events[0].value == json.loads(json.dumps(message))
    assert protocol.state is State.READY


def test_what_is_unknown_stays_in_the_message():
    """Under its own name."""
    protocol = connected()
    message = protocol.receive('{"goAway": {"timeLeft": "5s"}, "warning": "Slow.", "filteredPrompt": {"why": 1}}', 1.0)
    assert message.extra == {"goAway": {"timeLeft": "5s"}}
    assert message.filtered_prompt.extra == {"why": 1}
    assert message.warning == "Slow."


def test_an_error_document_is_an_error_or_a_refusal():
    """Before the setup is complete it is the setup that was refused."""
    document = '{"error": {"code": 403, "message": "No.", "status": "PERMISSION_DENIED"}}'
    protocol = connected()
    protocol.receive(document, 1.0)
    assert [event.name for event in protocol.take_events()] == ["raw_message", "message", "error"]
    fresh = MusicProtocol(PATIENCE)
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        fresh.trigger(trigger)
    fresh.receive(document, 1.0)
    assert fresh.refusal.status == 403


def test_the_setup_is_completed_once():
    """A second word of it opens nothing."""
    protocol = connected()
    protocol.receive('{"setupComplete": {}}', 1.0)
    assert "open" not in [event.name for event in protocol.take_events()]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.floats(0, 5)),
        st.tuples(st.just("came"), st.floats(0.01, 5)),
        st.tuples(st.just("control"), st.sampled_from(["PLAY", "PAUSE", "STOP"])),
    ),
    max_size=40,
)


@given(steps=STEPS)
def test_a_player_never_hears_more_or_less_than_there_is(steps):
    """Music that has come is either ahead of the player, played, or dropped by nobody; gaps are told in order."""
    playhead, now = Playhead(PATIENCE), 0.0
    came = told = 0.0
    first = None
    for what, value in steps:
        if what == "wait":
            now += value
        elif what == "came":
            first = now if first is None else first
            told += playhead.came(value, now)
            came += value
        elif value == "PLAY":
            playhead.play(now)
        else:
            playhead.hold(now)
        due = playhead.due_at
        if playhead.look(now):
            assert playhead.wanted
            assert due <= now
            assert playhead.ahead(now) == 0
            assert not playhead.look(now)
        assert 0 <= playhead.ahead(now) <= came + 1e-9
        assert first is None or told <= now - first + 1e-9


def test_a_player_holds_back_a_little_once():
    """A piece may be late by that; delays that come together are a gap, after which it holds back again."""
    playhead = Playhead(PATIENCE)
    playhead.play(0)
    assert playhead.came(1, 0) == 0
    assert playhead.came(1, 1.05) == 0
    assert playhead.ahead(1.05) == pytest.approx(0.95)
    assert playhead.came(1, 2.09) == 0
    assert playhead.came(1, 3.15) == pytest.approx(0.15)
    assert playhead.came(1, 4.20) == 0


def test_slow_music_is_missed_in_the_long_run():
    """Two seconds of it every 2.09 seconds, for an hour: as much silence is told as there was."""
    playhead, now, told = Playhead(PATIENCE), 0.0, 0.0
    playhead.play(now)
    while now < 3600:
        told += playhead.came(2, now)
        now += 2.09
    assert told == pytest.approx(3600 * 0.09 / 2.09, rel=0.1)


def test_a_silence_that_the_program_ends_is_told_with_the_next_piece():
    """By a pause; the time after that is silence that was wanted."""
    playhead = Playhead(PATIENCE)
    playhead.play(0)
    playhead.came(1, 0)
    assert playhead.look(6)
    playhead.hold(7)
    playhead.play(60)
    assert playhead.came(1, 61) == 6
    assert playhead.came(1, 62) == 0


SIZES = st.sampled_from([1e-30, 1e-7, 1.0, 1e30])
"""How large the weights of a set are; they count in relation to one another."""
WEIGHTS = st.builds(
    lambda weights, size: {text: weight * size for text, weight in weights.items()},
    st.dictionaries(st.text(min_size=1, max_size=3), st.floats(0.01, 100), min_size=1, max_size=4),
    SIZES,
)


@given(before=WEIGHTS, after=WEIGHTS, seconds=st.floats(0.1, 1000), share=st.floats(0, 1))
def test_a_crossfade_begins_and_ends_where_it_shall(before, after, seconds, share):
    """And between them every share lies between what it was and what it will be."""
    fade = Crossfade(before=read_prompts(before), after=read_prompts(after), began=5.0, seconds=seconds)
    assert fade.at(5.0 + seconds) == read_prompts(after)
    start = {prompt.text: prompt.weight for prompt in fade.at(5.0)}
    assert start == pytest.approx(before, rel=1e-5)
    now = {prompt.text: prompt.weight for prompt in fade.at(5.0 + seconds * share)}
    assert now
    assert all(now.values())
    if share not in (0, 1):
        read_prompts(now)  # what is on the way may be sent
    whole = sum(now.values())
    for text in {**before, **after}:
        old, new = before.get(text, 0) / sum(before.values()), after.get(text, 0) / sum(after.values())
        assert min(old, new) - 1e-3 <= now.get(text, 0) / whole <= max(old, new) + 1e-3


def test_a_crossfade_over_nothing_leaves_no_prompt_without_weight():
    """A weight may be below 0, and on its way above it passes 0."""
    fade = Crossfade(
        before=(WeightedPrompt(text="piano", weight=-1.0),),
        after=(WeightedPrompt(text="piano", weight=1.0),),
        began=0,
        seconds=1,
    )
    assert fade.at(0.5) == (WeightedPrompt(text="piano", weight=1.0),)


@pytest.mark.parametrize("control", [PlaybackControl.RESET_CONTEXT, PlaybackControl.UNSPECIFIED])
def test_other_controls_change_nothing_of_what_is_wanted(control):
    """Music that plays goes on, and silence stays."""
    protocol = connected()
    protocol.control(control, 1.0)
    assert not protocol.playhead.wanted
    protocol.control(PlaybackControl.PLAY, 2.0)
    protocol.control(control, 3.0)
    assert protocol.playhead.wanted
    assert protocol.waits_since == 2.0


def test_an_empty_piece_is_told_and_is_no_music():
    """It begins nothing, and ends no silence."""
    protocol = connected()
    protocol.control(PlaybackControl.PLAY, 0.0)
    for now in (1.0, 2.0, 3.0):
        protocol.receive('{"serverContent": {"audioChunks": [{"data": ""}]}}', now)
    told = protocol.take_events()
    assert [event.name for event in told].count("audio") == 3
    assert "underrun" not in [event.name for event in told]
    assert protocol.gap_ms == 0


def test_a_piece_that_is_none_takes_no_other_with_it():
    """Every piece of a message is told, whatever stands between them."""
    protocol = connected()
    protocol.receive('{"serverContent": {"audioChunks": [{"data": "AAAA"}, null, 7, {"data": "AAA="}]}}', 1.0)
    told = protocol.take_events()
    assert [len(event.value.data) for event in told if event.name == "audio"] == [3, 2]
    assert "error" in [event.name for event in told]


def test_a_late_piece_tells_of_the_silence_before_it():
    """Even when no clock has rung meanwhile."""
    protocol = connected()
    protocol.control(PlaybackControl.PLAY, 0.0)
    second = '{"serverContent": {"audioChunks": [{"data": "%s"}]}}' % ("AAAA" * 64_000)
    protocol.receive(second, 0.0)
    protocol.receive(second, 3.0)
    names = [event.name for event in protocol.take_events() if event.name in ("audio", "underrun")]
    assert names == ["audio", "underrun", "audio"]


def test_waiting_for_music_begins_with_play_and_again_with_each_piece():
    """And ends with the wish for silence."""
    protocol = connected()
    protocol.control(PlaybackControl.PLAY, 1.0)
    assert protocol.waits_since == 1.0
    protocol.receive('{"serverContent": {"audioChunks": [{"data": "AAAA"}]}}', 2.0)
    assert protocol.waits_since == 2.0
    protocol.control(PlaybackControl.STOP, 3.0)
    assert protocol.waits_since is None
