"""Which turn a message belongs to, and when a turn is over: every rule, and the orders that would break a weaker one."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gemini_live.protocol import TurnTiming
from gemini_live.protocol.turns import TurnTracker
from gemini_live.types import FunctionCall, InteractionStatus, ServerContent, TurnCompleteReason, UsageMetadata

DONE = ServerContent(turn_complete=True)
PCM = bytes(480)


@pytest.fixture
def vertex():
    """A tracker for a server that ends a tool call with a ``turnComplete`` of its own."""
    return TurnTracker(splits_tool_rounds=True)


def answer(turns, words, now):
    """Play a whole answer; return the turn it ended."""
    turns.output_text(words, now)
    turns.audio(PCM, 24_000, now)
    turns.generation_complete(now)
    return turns.turn_complete(DONE, now)


# Numbers of requests


def test_the_first_request_is_answered_by_the_first_turn(turns):
    """Numbers begin at one."""
    assert turns.request_sent(0.0) == 1
    assert answer(turns, "hello", 1.0).number == 1
    assert turns.number == 2


def test_a_request_during_an_answer_belongs_to_the_next_turn(turns):
    """What is asked while the model speaks is not answered by what it is saying."""
    turns.request_sent(0.0)
    turns.output_text("once upon", 1.0)

    assert turns.request_sent(2.0) == 2
    assert turns.turn_complete(DONE, 3.0).number == 1
    assert answer(turns, "two", 4.0).number == 2


def test_several_requests_are_numbered_in_their_order(turns):
    """Each request has a number of its own, and each answer comes under its number."""
    assert [turns.request_sent(float(now)) for now in range(3)] == [1, 2, 3]

    assert [answer(turns, words, 5.0).number for words in ("a", "b", "c")] == [1, 2, 3]


def test_a_request_while_the_model_thinks_belongs_to_the_next_turn(turns):
    """Thinking about what somebody said is already an answer to them."""
    turns.input_text("what is the time", 0.0)
    turns.thought("Looking at the clock.")

    assert turns.request_sent(1.0) == 2


def test_a_request_after_the_user_spoke_joins_their_turn(turns):
    """Speech that has not been answered yet and a text after it are one request."""
    turns.input_text("hello", 0.0)

    assert turns.request_sent(1.0) == 1


def test_an_unsolicited_answer_is_a_turn_of_its_own(turns):
    """The model may speak unasked, for a tool that ran in the background; a later request is the next turn."""
    assert answer(turns, "your timer rings", 1.0).number == 1
    assert turns.request_sent(2.0) == 2


# Terminals that come late


def test_a_late_turn_complete_ends_the_turn_it_belongs_to(turns):
    """The server holds turnComplete back while it believes the answer is playing; the next request does not get it."""
    turns.request_sent(0.0)
    turns.audio(PCM, 24_000, 1.0)
    turns.generation_complete(1.5)
    second = turns.request_sent(2.0)

    late = turns.turn_complete(DONE, 3.0)

    assert (late.number, second) == (1, 2)
    assert late.audio == PCM
    assert answer(turns, "two", 4.0).number == second


def test_a_stale_pair_after_a_new_request_ends_nothing(turns):
    """``interrupted`` and ``turnComplete`` before any output of the new turn speak of the one before."""
    turns.request_sent(0.0)
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)

    cut = turns.interrupted(2.1)

    assert (cut.number, cut.interrupted, cut.output_transcript) == (1, True, "one")
    assert turns.turn_complete(DONE, 2.2) is None
    real = answer(turns, "two", 3.0)
    assert (real.number, real.interrupted, real.output_transcript) == (2, False, "two")


def test_a_stale_interruption_without_its_terminal_does_not_eat_the_real_one(turns):
    """Once the new turn has output, the next terminal is its own."""
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)
    turns.interrupted(2.1)

    assert answer(turns, "two", 3.0).number == 2


@pytest.mark.parametrize(
    "sign_of_life",
    [
        lambda turns: turns.thought("hm"),
        lambda turns: turns.text("x", 3.0),
        lambda turns: turns.audio(PCM, 24_000, 3.0),
        lambda turns: turns.tool_calls((FunctionCall(id="1", name="f"),)),
        lambda turns: turns.generation_complete(3.0),
    ],
    ids=["thought", "text", "audio", "tool call", "generation complete"],
)
def test_any_sign_of_the_new_answer_makes_the_next_terminal_its_own(turns, sign_of_life):
    """An interrupted turn has no generation left, so whatever is generated belongs to the new turn."""
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)
    turns.interrupted(2.1)
    sign_of_life(turns)

    assert turns.turn_complete(DONE, 4.0).number == 2


@pytest.mark.parametrize(
    "content",
    [
        ServerContent(turn_complete=True, turn_complete_reason=TurnCompleteReason.PROHIBITED_INPUT_CONTENT),
        ServerContent(turn_complete=True, turn_complete_reason=TurnCompleteReason("NEWER_THAN_US")),
        ServerContent(turn_complete=True, waiting_for_input=True),
    ],
    ids=["refused", "unknown reason", "waits for more"],
)
def test_a_terminal_that_gives_a_reason_is_no_stale_one(turns, content):
    """A refused request ends empty; a playback that was interrupted a moment ago must not swallow that."""
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)
    turns.interrupted(2.1)

    ended = turns.turn_complete(content, 2.2)

    assert (ended.number, ended.reason) == (2, content.turn_complete_reason)


def test_an_interruption_of_long_ago_swallows_nothing(turns):
    """The stale pair comes together; a terminal that comes much later is the present turn's."""
    answer(turns, "one", 1.0)
    turns.interrupted(2.0)
    turns.request_sent(100.0)

    assert turns.turn_complete(DONE, 110.0).number == 2


def test_a_stale_pair_in_one_message_ends_nothing(turns):
    """Newer models pack both into one message."""
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)
    turns.interrupted(2.1)

    assert turns.turn_complete(ServerContent(interrupted=True, turn_complete=True), 2.1) is None


def test_an_interruption_before_the_very_first_output_is_the_first_turns(turns):
    """With no turn before it there is nothing else that could have been cut."""
    turns.request_sent(0.0)

    assert turns.interrupted(0.5).number == 1
    ended = turns.turn_complete(DONE, 0.6)
    assert (ended.number, ended.interrupted) == (1, True)


def test_an_interruption_while_the_model_thinks_cuts_that_turn(turns):
    """Thoughts belong to the present turn, so the interruption does, and so does its terminal."""
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)
    turns.thought("Let me see.")

    assert turns.interrupted(2.5).number == 2
    assert turns.turn_complete(DONE, 2.6).number == 2


def test_a_request_that_supersedes_an_unanswered_one_lets_the_pair_end_it(turns):
    """Two requests in a row: the server cuts the first, ends it, and answers the second under its own number."""
    answer(turns, "zero", 0.5)
    first, second = turns.request_sent(1.0), turns.request_sent(1.1)

    assert turns.interrupted(1.2).number == first
    assert turns.turn_complete(DONE, 1.3).number == first
    assert answer(turns, "two", 2.0).number == second


def test_an_interruption_after_turn_complete_marks_the_finished_turn(turns):
    """The server believes that speech is still playing after its turn; cutting that is told of the finished turn.

    Its audio was given with its end and is not kept.
    """
    turns.request_sent(0.0)
    answer(turns, "one", 1.0)

    cut = turns.interrupted(1.5)

    assert (cut.number, cut.interrupted, cut.complete, cut.audio) == (1, True, True, b"")
    assert cut.received_ms > 0


def test_an_interruption_in_the_middle_marks_the_turn_that_its_terminal_ends(turns):
    """Barge-in: no generationComplete, the audio so far stays."""
    turns.request_sent(0.0)
    turns.audio(PCM, 24_000, 1.0)

    assert turns.interrupted(1.5).complete is False
    ended = turns.turn_complete(DONE, 1.6)
    assert (ended.interrupted, ended.complete, ended.audio, ended.timing.generation_ms) == (True, True, PCM, None)


# Requests that nobody answers


def test_an_unanswered_request_does_not_shift_all_later_answers(turns):
    """A request that the server merged with another leaves no debt: after a long silence the next one starts clean."""
    turns.request_sent(0.0)
    turns.request_sent(0.1)
    assert answer(turns, "both at once", 1.0).number == 1  # and nothing follows

    later = turns.request_sent(60.0)

    assert answer(turns, "later", 61.0).number == later


def test_a_slow_answer_keeps_its_number(turns):
    """A request soon after an unanswered one still waits for the answer after that."""
    first = turns.request_sent(0.0)
    second = turns.request_sent(5.0)

    assert (answer(turns, "one", 10.0).number, answer(turns, "two", 11.0).number) == (first, second)


def test_a_request_that_is_being_thought_about_is_not_given_up(turns):
    """As long as the model shows that it works, however slowly, its answer is still owed."""
    turns.request_sent(0.0)
    turns.thought("A long one.")

    assert turns.request_sent(300.0) == 2


# What ends a turn


def test_a_turn_without_any_content_ends_and_says_why(turns):
    """A refused request has an end, so nobody waits for ever."""
    turns.request_sent(0.0)

    ended = turns.turn_complete(attrs.evolve(DONE, turn_complete_reason=TurnCompleteReason("RESPONSE_REJECTED")), 1.0)

    assert (ended.number, ended.reason, ended.text, ended.audio) == (1, TurnCompleteReason.RESPONSE_REJECTED, "", b"")
    assert ended.complete


def test_in_progress_goes_on_and_idle_ends(turns):
    """Models with background work speak several times for one request; only IDLE is the end."""
    turns.request_sent(0.0)
    turns.output_text("One moment.", 1.0)
    assert turns.turn_complete(attrs.evolve(DONE, interaction_status=InteractionStatus("IN_PROGRESS")), 2.0) is None
    turns.output_text(" It is noon.", 3.0)

    ended = turns.turn_complete(attrs.evolve(DONE, interaction_status=InteractionStatus("IDLE")), 4.0)

    assert (ended.number, ended.output_transcript) == (1, "One moment. It is noon.")


def test_idle_alone_ends_a_turn_that_is_going_on(turns):
    """The status may come in a message of its own after the last turnComplete."""
    turns.request_sent(0.0)
    turns.output_text("One moment.", 1.0)
    turns.turn_complete(attrs.evolve(DONE, interaction_status=InteractionStatus("IN_PROGRESS")), 2.0)

    assert turns.turn_complete(ServerContent(interaction_status=InteractionStatus("IDLE")), 3.0).number == 1


def test_idle_alone_ends_no_turn_that_has_not_begun(turns):
    """The echo of the last turn's end is not the answer to the next request."""
    answer(turns, "one", 1.0)
    turns.request_sent(2.0)

    assert turns.turn_complete(ServerContent(interaction_status=InteractionStatus("IDLE")), 2.1) is None
    assert answer(turns, "two", 3.0).number == 2


@pytest.mark.parametrize("status", ["IN_PROGRESS", "REQUIRES_ACTION", "SOMETHING_NEW"])
def test_any_other_status_goes_on(turns, status):
    """Only IDLE, or no status at all, lets a turnComplete end the turn."""
    turns.output_text("x", 1.0)

    assert turns.turn_complete(attrs.evolve(DONE, interaction_status=InteractionStatus(status)), 2.0) is None


@pytest.mark.parametrize("status", [None, InteractionStatus.UNSPECIFIED])
def test_no_status_ends(turns, status):
    """A server that knows no statuses ends a turn with turnComplete alone."""
    turns.output_text("x", 1.0)

    assert turns.turn_complete(attrs.evolve(DONE, interaction_status=status), 2.0).number == 1


def test_no_terminal_at_all_ends_nothing(turns):
    """A status without turnComplete, or a false one, is no end."""
    assert turns.turn_complete(ServerContent(), 1.0) is None
    assert turns.turn_complete(ServerContent(turn_complete=False), 1.0) is None


# Tool rounds


def call(turns, *ids):
    """Let the model call a function."""
    turns.tool_calls(tuple(FunctionCall(id=id_, name="f") for id_ in ids))


def test_a_tool_round_on_vertex_ends_with_the_answer(vertex):
    """The first turnComplete closes the call, the second the caller's turn; both halves are in it."""
    number = vertex.request_sent(0.0)
    call(vertex, "1")
    assert vertex.turn_complete(DONE, 1.0) is None

    ended = answer(vertex, "foggy", 2.0)

    assert (ended.number, ended.output_transcript, len(ended.tool_calls)) == (number, "foggy", 1)


def test_a_spoken_tool_round_on_vertex_ends_with_the_answer(vertex):
    """Sound that comes after the call is no answer before the program has answered, and is one after that."""
    vertex.request_sent(0.0)
    vertex.audio(bytes(960), 24_000, 0.5)
    call(vertex, "1")
    vertex.audio(bytes(960), 24_000, 0.6)  # was on its way
    assert vertex.turn_complete(DONE, 1.0) is None

    call(vertex, "2")
    vertex.tool_answered()
    vertex.audio(bytes(960), 24_000, 1.5)
    assert vertex.turn_complete(DONE, 2.0).received_ms == 60


def test_two_tool_rounds_on_vertex_end_with_the_answer(vertex):
    """Each call has a turnComplete of its own."""
    for id_ in "12":
        call(vertex, id_)
        assert vertex.turn_complete(DONE, 1.0) is None

    assert answer(vertex, "foggy", 2.0).number == 1


def test_a_tool_round_elsewhere_ends_at_its_only_turn_complete(turns):
    """The Gemini API closes a call and its answer together."""
    call(turns, "1")

    assert turns.turn_complete(DONE, 1.0).number == 1


def test_an_interrupted_tool_call_on_vertex_ends_the_turn(vertex):
    """After a barge-in no answer follows, so the terminal is the last and nobody waits for another."""
    vertex.request_sent(0.0)
    call(vertex, "1")
    vertex.interrupted(1.0)

    ended = vertex.turn_complete(DONE, 1.1)

    assert (ended.number, ended.interrupted) == (1, True)


def test_a_cancelled_tool_call_on_vertex_ends_the_turn(vertex):
    """A call that is void has no answer to wait for."""
    vertex.request_sent(0.0)
    call(vertex, "1", "2")
    vertex.tool_calls_cancelled(("1", "2"))

    assert vertex.turn_complete(DONE, 1.1).number == 1


def test_a_call_that_is_left_after_a_cancellation_is_still_answered(vertex):
    """One void call of two leaves an answer to come."""
    call(vertex, "1", "2")
    vertex.tool_calls_cancelled(("1",))

    assert vertex.turn_complete(DONE, 1.1) is None


def test_a_malformed_call_on_vertex_ends_the_turn(vertex):
    """A terminal that says why it ended is the last one."""
    call(vertex, "1")

    ended = vertex.turn_complete(
        attrs.evolve(DONE, turn_complete_reason=TurnCompleteReason.MALFORMED_FUNCTION_CALL), 1.0
    )

    assert ended.reason == TurnCompleteReason.MALFORMED_FUNCTION_CALL


# What a turn holds


def test_timing_counts_from_the_end_of_the_request(turns):
    """Every time is in milliseconds from the request."""
    turns.request_sent(10.0)
    turns.output_text("", 10.1)  # empty, so no text yet
    turns.output_text("hi", 10.25)
    turns.audio(PCM, 24_000, 10.5)
    turns.audio(PCM, 24_000, 11.0)
    turns.generation_complete(12.0)

    timing = turns.turn_complete(DONE, 14.0).timing

    assert timing == TurnTiming(first_text_ms=250.0, first_audio_ms=500.0, generation_ms=2000.0, total_ms=4000.0)


def test_timing_of_speech_counts_from_the_last_word_heard(turns):
    """Without a request of the program's, the last transcript of the user's speech is where the wait began."""
    turns.input_text("hel", 1.0)
    turns.input_text("lo", 2.0)
    turns.audio(PCM, 24_000, 2.5)
    turns.input_text(" late", 2.6)

    turn = turns.turn_complete(DONE, 3.0)

    assert (turn.timing.first_audio_ms, turn.timing.total_ms) == (500.0, 1000.0)
    assert turn.input_transcript == "hello late"


def test_timing_counts_from_the_end_of_input_that_the_program_marked(turns):
    """``activity_end`` says when the user had finished; during an answer it says nothing about that answer."""
    turns.input_ended(5.0)
    turns.audio(PCM, 24_000, 5.5)
    turns.input_ended(5.6)

    assert turns.turn_complete(DONE, 6.0).timing.total_ms == 1000.0


def test_timing_of_a_queued_request_counts_from_when_it_was_made(turns):
    """A request during an answer was made when it was made, not when its turn came."""
    turns.output_text("one", 1.0)
    turns.request_sent(2.0)
    turns.turn_complete(DONE, 3.0)
    turns.audio(PCM, 24_000, 4.0)

    assert turns.turn_complete(DONE, 5.0).timing.first_audio_ms == 2000.0


def test_an_unsolicited_turn_has_no_times(turns):
    """Where nothing was asked there is nothing to count from."""
    assert answer(turns, "ding", 1.0).timing == TurnTiming()


def test_transcripts_and_texts_are_joined_as_they_came(turns):
    """Pieces carry their own blanks; only the ends of a transcript are trimmed."""
    for piece in (" Hello", ",", " my", " name "):
        turns.input_text(piece, 0.0)
        turns.output_text(piece, 1.0)
        turns.text(piece, 1.0)
        turns.thought(piece)

    turn = turns.turn_complete(DONE, 2.0)

    assert (turn.input_transcript, turn.output_transcript) == ("Hello, my name", "Hello, my name")
    assert (turn.text, turn.thoughts) == (" Hello, my name ", " Hello, my name ")


def test_audio_is_counted_in_time_at_its_own_rate(turns):
    """Half a sample counts nothing; the rate is the server's."""
    turns.audio(bytes(3200), 16_000, 1.0)
    turns.audio(bytes(3201), 16_000, 1.0)

    turn = turns.turn_complete(DONE, 2.0)

    assert (turn.received_ms, turn.audio_rate, len(turn.audio)) == (200.0, 16_000, 6401)


def test_the_last_word_on_usage_counts(turns):
    """A turn's cost is what the server said last."""
    turns.usage(UsageMetadata(total_token_count=5))
    turns.usage(UsageMetadata(total_token_count=9))

    assert turns.turn_complete(DONE, 1.0).usage.total_token_count == 9


def test_a_turn_that_was_given_out_does_not_change(turns):
    """What comes later is in later values only."""
    turns.audio(PCM, 24_000, 1.0)
    turns.output_text("half", 1.0)
    early = turns.generation_complete(1.0)
    turns.audio(PCM, 24_000, 2.0)
    turns.output_text(" and half", 2.0)

    ended = turns.turn_complete(DONE, 3.0)

    assert (early.audio, early.output_transcript, early.complete) == (PCM, "half", False)
    assert (ended.audio, ended.output_transcript, ended.complete) == (PCM * 2, "half and half", True)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        ended.text = "changed"


# What was heard


def heard(turns, milliseconds):
    """Return what the user heard of a finished turn of four words and 100 ms after so much playing."""
    turns.output_text("one two three four", 1.0)
    turns.audio(bytes(4800), 24_000, 1.0)
    turns.mark_played(1, milliseconds)
    return turns.turn_complete(DONE, 2.0)


@pytest.mark.parametrize(
    ("milliseconds", "words"),
    [(0, ""), (-5, ""), (10, ""), (30, "one"), (50, "one two"), (99, "one two three"), (100, "one two three four"),
     (1e9, "one two three four")],
)  # fmt: skip
def test_heard_text_follows_what_was_played(turns, milliseconds, words):
    """The transcript is cut in proportion, at a blank; marks outside the speech are its ends."""
    assert heard(turns, milliseconds).heard_text == words


def test_heard_text_is_everything_when_nobody_told(turns):
    """Without a mark the whole transcript counts as heard."""
    turns.output_text("one two", 1.0)
    turns.audio(PCM, 24_000, 1.0)

    turn = turns.turn_complete(DONE, 2.0)

    assert (turn.played_ms, turn.heard_text) == (None, "one two")


def test_heard_text_of_a_language_without_blanks_is_cut_between_characters(turns):
    """Chinese and Japanese have no blanks to cut at."""
    turns.output_text("今天天气很好", 1.0)
    turns.audio(bytes(4800), 24_000, 1.0)
    turns.mark_played(1, 50)

    assert turns.turn_complete(DONE, 2.0).heard_text == "今天天"


def test_only_the_newest_marks_are_kept(turns):
    """A session of many turns does not keep a mark for each; one that is renewed is new."""
    for number in range(1, 33):
        turns.mark_played(number, 5.0)
    turns.mark_played(1, 6.0)
    turns.mark_played(33, 7.0)

    assert turns.turn_complete(DONE, 1.0).played_ms == 6.0


# Anything in any order


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order, numbers grow one by one and an answered request keeps its number."""

    def __init__(self):
        super().__init__()
        self.turns = TurnTracker(splits_tool_rounds=True)
        self.now = 0.0
        self.ended = 0
        self.asked = 0

    def _end(self, turn):
        if turn is not None:
            assert turn.number == self.ended + 1
            assert turn.complete
            self.ended = turn.number

    @rule(seconds=st.floats(0.0, 40.0))
    def time_passes(self, seconds):
        """Let time pass."""
        self.now += seconds

    @rule()
    def ask(self):
        """The program asks."""
        number = self.turns.request_sent(self.now)
        assert number > self.ended
        self.asked = max(number, self.asked)

    @rule(kind=st.sampled_from(["text", "thought", "audio", "call", "input", "generated", "interrupted", "cancelled"]))
    def server_says(self, kind):
        """The server sends content."""
        turns, now = self.turns, self.now
        {
            "text": lambda: turns.text("x", now),
            "thought": lambda: turns.thought("x"),
            "audio": lambda: turns.audio(PCM, 24_000, now),
            "call": lambda: call(turns, "1"),
            "input": lambda: turns.input_text("x", now),
            "generated": lambda: turns.generation_complete(now),
            "interrupted": lambda: turns.interrupted(now),
            "cancelled": lambda: turns.tool_calls_cancelled(("1",)),
        }[kind]()

    @rule(
        complete=st.booleans(),
        status=st.sampled_from([None, "IDLE", "IN_PROGRESS", "INTERACTION_STATUS_UNSPECIFIED", "NEW"]),
        reason=st.sampled_from([None, "RESPONSE_REJECTED"]),
    )
    def server_ends(self, complete, status, reason):
        """The server says that a turn may be over."""
        content = ServerContent(
            turn_complete=complete,
            interaction_status=None if status is None else InteractionStatus(status),
            turn_complete_reason=None if reason is None else TurnCompleteReason(reason),
        )
        self._end(self.turns.turn_complete(content, self.now))

    @invariant()
    def the_number_is_one_more_than_what_has_ended(self):
        """There is exactly one open turn."""
        assert self.turns.number == self.ended + 1

    def teardown(self):
        """In the end, plain answers end every turn that anybody waits for."""
        self.now += 10.0
        for _ in range(self.asked + 3):
            self._end(answer(self.turns, "x", self.now))
        assert self.ended >= self.asked


AnyOrder.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestAnyOrder = AnyOrder.TestCase
