"""What the loss of a connection does to turns and calls, and when a change would cut nothing."""

from __future__ import annotations

import pytest

from gemini_live.protocol import State, Trigger
from gemini_live.types import FunctionCall, ServerContent, UsageMetadata

DONE = ServerContent(turn_complete=True)
PCM = bytes(480)
CALL = {"toolCall": {"functionCalls": [{"id": "c1", "name": "f"}]}}
HANDLE = {"sessionResumptionUpdate": {"newHandle": "h1", "resumable": True}}


def speak(turns, words="once upon", now=1.0):
    """Have the model begin an answer."""
    turns.output_text(words, now)
    turns.audio(PCM, 24_000, now)


def numbers(ended):
    """Return the numbers of turns."""
    return [turn.number for turn in ended]


# An answer that was cut


def test_a_cut_between_turns_ends_nothing(turns):
    """Where nobody said anything there is nothing to cut."""
    assert turns.cut(1.0, repeated=0) == ([], None)
    assert turns.number == 1


def test_an_asked_answer_that_is_asked_for_again_begins_again(turns):
    """It comes whole, under the number that the program waits for."""
    turns.request_sent(0.0)
    speak(turns)

    ended, again = turns.cut(2.0, repeated=1)
    speak(turns, "there was", 3.0)
    turn = turns.turn_complete(DONE, 4.0)

    assert (turn.number, turn.output_transcript, turn.audio, turn.interrupted) == (1, "there was", PCM, False)
    assert (ended, again.output_transcript, again.interrupted, again.cut) == ([], "once upon", True, True)


def test_an_answer_that_begins_again_is_timed_from_the_question(turns):
    """The outage is part of what the program has waited."""
    turns.request_sent(0.0)
    speak(turns, now=1.0)
    turns.cut(5.0, repeated=1)
    speak(turns, now=6.0)

    assert turns.turn_complete(DONE, 7.0).timing.first_audio_ms == 6000


def test_what_was_spent_on_an_answer_that_begins_again_is_told(turns):
    """No turn will say it, so the cut does."""
    usage = UsageMetadata(total_token_count=7)
    turns.request_sent(0.0)
    speak(turns)
    turns.usage(usage)

    ended, again = turns.cut(2.0, repeated=1)
    assert (ended, again.usage, again.interrupted, again.cut) == ([], usage, True, True)
    assert turns.cut(3.0, repeated=1) == ([], None)


def test_an_asked_answer_that_is_not_asked_for_again_is_over(turns):
    """The server has the question and does not go on; the program gets what has come."""
    turns.request_sent(0.0)
    speak(turns)

    ended, _ = turns.cut(2.0, repeated=0)

    (turn,) = ended
    assert (turn.number, turn.interrupted, turn.complete, turn.output_transcript) == (1, True, True, "once upon")
    assert turn.audio == PCM
    assert turns.number == 2


def test_a_spoken_answer_that_was_cut_is_over(turns):
    """What the user said was sound, which nobody can say again."""
    turns.input_text("tell me a story", 0.0)
    speak(turns)

    ended, spent = turns.cut(2.0, repeated=0)

    (turn,) = ended
    assert (turn.number, turn.interrupted, turn.input_transcript) == (1, True, "tell me a story")
    assert spent is None


def test_what_was_spent_on_an_answer_that_is_over_stands_in_its_turn(turns):
    """It is told once."""
    turns.usage(UsageMetadata(total_token_count=7))
    speak(turns)

    (turn,), spent = turns.cut(2.0, repeated=0)

    assert turn.usage.total_token_count == 7
    assert spent is None


def test_what_the_user_has_begun_to_say_is_kept(turns):
    """They are still speaking, and go on on the next connection."""
    turns.input_text("tell me", 0.0)

    assert turns.cut(1.0, repeated=0) == ([], None)
    speak(turns, now=2.0)

    assert turns.turn_complete(DONE, 3.0).input_transcript == "tell me"


def test_a_question_without_a_sign_of_an_answer_is_still_awaited(turns):
    """It is asked again, and that is all."""
    turns.request_sent(0.0)

    assert turns.cut(1.0, repeated=1) == ([], None)
    assert turns.awaiting


def test_a_question_that_will_not_be_answered_any_more_is_over(turns):
    """Whoever waits for it is let out."""
    turns.request_sent(0.0)

    assert numbers(turns.cut(1.0, repeated=0)[0]) == [1]
    assert not turns.awaiting


# Several questions


def test_questions_that_are_all_repeated_keep_their_numbers(turns):
    """The answers come in the order of the questions."""
    assert [turns.request_sent(0.0) for _ in range(3)] == [1, 2, 3]
    speak(turns)

    assert turns.cut(2.0, repeated=3)[0] == []
    for number in (1, 2, 3):
        speak(turns, now=3.0)
        assert turns.turn_complete(DONE, 3.0).number == number


@pytest.mark.parametrize(("repeated", "over"), [(3, []), (2, [1]), (1, [1, 2]), (0, [1, 2, 3])])
@pytest.mark.parametrize("begun", [False, True])
def test_of_questions_the_oldest_are_not_repeated(turns, repeated, over, begun):
    """What the server has it has in order, so those that it lacks are the newest."""
    for _ in range(3):
        turns.request_sent(0.0)
    if begun:
        speak(turns)

    ended, _ = turns.cut(2.0, repeated=repeated)

    assert numbers(ended) == over
    assert all(turn.interrupted and turn.complete for turn in ended)
    assert turns.awaiting is (repeated > 0)
    assert turns.number == len(over) + 1


def test_a_question_after_a_spoken_answer_is_asked_again_after_its_end(turns):
    """The spoken answer is over, the question is next."""
    turns.input_text("a story", 0.0)
    speak(turns)
    assert turns.request_sent(1.0) == 2

    assert numbers(turns.cut(2.0, repeated=1)[0]) == [1]
    speak(turns, now=3.0)

    assert turns.turn_complete(DONE, 4.0).number == 2


def test_more_repetitions_than_questions_end_nothing(turns):
    """What was answered before and is answered again is a turn of its own."""
    turns.request_sent(0.0)
    speak(turns)

    assert turns.cut(2.0, repeated=5)[0] == []
    assert turns.number == 1


def test_what_was_answered_and_is_asked_again_is_answered_before_what_is_asked_next(turns):
    """A later question is numbered behind the answers that come once more."""
    turns.request_sent(0.0)
    speak(turns)
    turns.turn_complete(DONE, 1.0)

    assert turns.cut(2.0, repeated=1)[0] == []
    assert turns.awaiting
    assert turns.request_sent(3.0) == 3


def test_a_terminal_that_was_expected_of_the_old_connection_is_not_of_the_new_one(turns):
    """An interruption that was cut short must not swallow the next answer's end."""
    turns.request_sent(0.0)
    speak(turns)
    turns.turn_complete(DONE, 1.0)
    turns.request_sent(1.0)
    turns.interrupted(1.0)
    turns.cut(2.0, repeated=1)

    assert turns.turn_complete(DONE, 2.5).number == 2


# Silence and outages


def test_a_question_in_an_outage_does_not_take_the_place_of_one_before_it(turns):
    """The server is silent because it is out of reach, not because it has dropped the question."""
    turns.request_sent(0.0)
    turns.went_offline()

    assert turns.request_sent(60.0) == 2
    turns.cut(61.0, repeated=2)

    assert turns.request_sent(62.0) == 3


def test_after_an_outage_silence_is_measured_anew(turns):
    """The question was asked again just now."""
    turns.request_sent(0.0)
    turns.went_offline()
    turns.cut(60.0, repeated=1)

    assert turns.request_sent(61.0) == 2


def test_after_an_outage_a_question_can_be_dropped_as_before_it(turns):
    """A server that says nothing for long has not merged the outage into its silence."""
    turns.request_sent(0.0)
    turns.went_offline()
    turns.cut(60.0, repeated=1)

    assert turns.request_sent(80.0) == 1


def test_an_answer_is_awaited_since_it_was_asked_for(turns):
    """A watch over silence begins with the question and ends with the first sign of an answer."""
    assert turns.waits_since is None
    turns.request_sent(5.0)
    assert turns.waits_since == 5.0
    turns.thought("hm")
    assert turns.waits_since is None


def test_a_queued_question_is_awaited_since_its_turn_began(turns):
    """The model could not have answered it earlier."""
    turns.request_sent(5.0)
    speak(turns, now=6.0)
    turns.request_sent(7.0)
    assert turns.waits_since is None

    turns.turn_complete(DONE, 9.0)

    assert turns.waits_since == 9.0


def test_after_a_cut_an_answer_is_awaited_since_then(turns):
    """A server that has just been told can't have been silent for long."""
    turns.request_sent(5.0)
    speak(turns, now=6.0)
    turns.cut(50.0, repeated=1)

    assert turns.waits_since == 50.0


def test_an_answer_is_awaited_while_another_question_waits(turns):
    """Between the end of one answer and the first sign of the next the session is not at rest."""
    assert not turns.awaiting
    turns.request_sent(0.0)
    assert turns.awaiting
    speak(turns)
    assert not turns.awaiting
    turns.request_sent(1.0)
    assert turns.awaiting


def test_the_user_is_heard_until_the_model_answers(turns):
    """Their words are the only sign of it."""
    assert not turns.hears
    turns.input_text("hello", 0.0)
    assert turns.hears
    speak(turns)
    assert not turns.hears


def test_thinking_is_no_answer_to_who_is_speaking(turns):
    """A user who goes on is still heard while the model thinks."""
    turns.input_text("hello", 0.0)
    turns.thought("A greeting.")

    assert turns.hears


def test_an_end_of_what_the_user_said_is_no_beginning(turns):
    """A transcription without words, after the turn, is nobody who speaks."""
    speak(turns)
    turns.turn_complete(DONE, 1.0)
    turns.input_text("", 2.0)

    assert not turns.hears


# The protocol


def test_a_session_is_idle_when_nothing_goes_on(ready):
    """Before the first word, and after an answer."""
    assert ready.protocol.idle
    ready.protocol.turns.request_sent(ready.now)
    ready.feed({"serverContent": {"outputTranscription": {"text": "hello"}}})
    ready.feed({"serverContent": {"turnComplete": True}})

    assert ready.protocol.idle


@pytest.mark.parametrize(
    "message",
    [
        {"serverContent": {"inputTranscription": {"text": "hel"}}},
        {"serverContent": {"modelTurn": {"parts": [{"text": "hm", "thought": True}]}}},
        {"serverContent": {"outputTranscription": {"text": "hello"}}},
        {"serverContent": {"generationComplete": True}},
        CALL,
    ],
    ids=["the user speaks", "thinks", "speaks", "is still heard", "calls"],
)
def test_a_session_is_not_idle_while_something_goes_on(ready, message):
    """A change of the connection would cut it."""
    ready.feed(message)

    assert not ready.protocol.idle


def test_a_session_is_not_idle_while_a_question_is_open(ready):
    """The answer may begin at any moment."""
    ready.protocol.turns.request_sent(ready.now)

    assert not ready.protocol.idle


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ({"voiceActivity": {"type": "ACTIVITY_START"}}, {"voiceActivity": {"type": "ACTIVITY_END"}}),
        (
            {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_SOS"}},
            {"voiceActivityDetectionSignal": {"vadSignalType": "VAD_SIGNAL_TYPE_EOS"}},
        ),
    ],
    ids=["activity", "signal"],
)
def test_a_voice_that_the_server_hears_keeps_a_session_from_being_idle(ready, start, end):
    """Where the server says that somebody speaks, nobody has to wait for the words; then their answer is awaited."""
    ready.feed(start)
    assert not ready.protocol.idle
    ready.feed(end)
    assert not ready.protocol.idle
    ready.feed({"serverContent": {"outputTranscription": {"text": "Yes."}}})
    ready.feed({"serverContent": {"turnComplete": True}})

    assert ready.protocol.idle


def test_a_voice_is_not_heard_beyond_its_connection(ready):
    """Nobody on the new one will say that it has ended."""
    ready.feed({"voiceActivity": {"type": "ACTIVITY_START"}})
    ready.protocol.cut(ready.now, repeated=0)

    assert ready.protocol.idle


def test_an_activity_that_the_program_has_begun_keeps_a_session_from_being_idle(ready):
    """Where the program says when the user speaks, it is believed."""
    ready.protocol.activity_open = True
    assert not ready.protocol.idle

    ready.protocol.activity_open = False

    assert ready.protocol.idle


def test_an_open_call_keeps_a_session_from_being_idle_after_its_turn(ready):
    """A call that does not block outlives the turn that made it."""
    ready.feed(CALL)
    ready.feed({"serverContent": {"turnComplete": True}})
    assert not ready.protocol.idle

    ready.protocol.tool_answered(("c1",))

    assert ready.protocol.idle


def outage(driver):
    """Lose the connection and complete another one's setup."""
    driver.protocol.trigger(Trigger.CONNECTION_LOST)
    driver.protocol.trigger(Trigger.SOCKET_OPENED)
    driver.feed({"setupComplete": {}})


def told_of_cut(driver, **how):
    """Cut; return what is told of it."""
    driver.protocol.cut(driver.now, **how)
    return [(event.name, event.value) for event in driver.protocol.take_events()]


def test_a_cut_tells_what_it_ends_in_the_usual_order(ready):
    """Void calls, concluded transcripts, and the turn, as the server would have told them."""
    ready.feed(CALL)
    ready.feed({"serverContent": {"inputTranscription": {"text": "hi"}, "outputTranscription": {"text": "once"}}})
    outage(ready)

    told = told_of_cut(ready, repeated=0)

    assert [name for name, _ in told] == [
        "tool_call_cancellation", "transcription", "transcription", "interrupted", "turn_complete",
    ]  # fmt: skip
    assert told[0][1].ids == ("c1",)
    assert all(value.finished and value.synthesized for name, value in told if name == "transcription")
    assert told[-1][1].complete
    assert told[-1][1].interrupted


def test_a_cut_of_nothing_tells_nothing(ready):
    """A session that was idle does not notice the change."""
    outage(ready)

    assert told_of_cut(ready, repeated=0) == []


def test_an_answer_that_begins_again_is_not_told_as_ended(ready):
    """Its end is still to come; what has come of it is told as interrupted, for players to fall silent."""
    ready.protocol.turns.request_sent(ready.now)
    ready.feed({"serverContent": {"modelTurn": {"parts": [{"text": "once"}]}}})
    outage(ready)

    assert [name for name, _ in told_of_cut(ready, repeated=1)] == ["interrupted"]


def test_open_calls_are_void_after_a_cut(ready):
    """An answer to them is recognised as too late."""
    ready.feed(CALL)
    outage(ready)
    ready.protocol.cut(ready.now, repeated=0)

    assert ready.protocol.tool_calls.pending == ()
    assert ready.protocol.tool_calls.stale(("c1",))


def test_calls_of_a_connection_that_is_lost_can_be_voided_before_there_is_another(ready):
    """The program is told of them once, however long the outage."""
    ready.feed(CALL)
    ready.protocol.trigger(Trigger.CONNECTION_LOST)
    ready.protocol.void_calls()

    assert [event.name for event in ready.protocol.take_events()] == ["tool_call_cancellation"]
    assert [name for name, _ in told_of_cut(ready, repeated=0)] == ["interrupted", "turn_complete"]
    ready.protocol.void_calls()
    assert ready.protocol.take_events() == []


def test_an_open_call_that_the_handle_covers_survives_an_exact_resume(ready):
    """The server goes on where it waits for the answer."""
    ready.feed(CALL)
    ready.now += 1
    ready.feed(HANDLE)
    outage(ready)

    assert "tool_call_cancellation" not in [name for name, _ in told_of_cut(ready, repeated=0, keep_calls=True)]
    assert ready.protocol.tool_calls.pending == ("c1",)


def test_a_call_after_the_handle_does_not_survive_an_exact_resume(ready):
    """The server goes on where it has not called yet, and will call under another id."""
    ready.feed(HANDLE)
    ready.now += 1
    ready.feed(CALL)
    outage(ready)

    assert told_of_cut(ready, repeated=0, keep_calls=True)[0][0] == "tool_call_cancellation"
    assert ready.protocol.tool_calls.stale(("c1",))


def test_a_new_handle_does_not_make_old_calls_known(ready):
    """What counts is the handle that was resumed with."""
    ready.feed(HANDLE)
    ready.now += 1
    ready.feed(CALL)
    ready.protocol.trigger(Trigger.CONNECTION_LOST)
    ready.protocol.trigger(Trigger.SOCKET_OPENED)
    ready.now += 1
    ready.feed({"setupComplete": {}, **HANDLE})

    ready.protocol.cut(ready.now, repeated=0, keep_calls=True)

    assert ready.protocol.tool_calls.pending == ()


@pytest.mark.parametrize("left", [Trigger.CONNECTION_LOST, Trigger.CHANGE_OVER])
def test_a_question_in_an_outage_waits_behind_those_before(ready, left):
    """However the connection went, its silence is no answer."""
    ready.protocol.turns.request_sent(ready.now)
    ready.protocol.trigger(left)

    assert ready.protocol.turns.request_sent(ready.now + 60) == 2


def test_a_setup_that_nobody_asked_for_is_none(ready):
    """A connection that is being left can't make the session ready once more."""
    ready.protocol.trigger(Trigger.CHANGE_OVER)

    assert "open" not in [event.name for event in ready.feed({"setupComplete": {}})]
    assert ready.protocol.state is State.RECONNECTING


@pytest.mark.parametrize("resuming", [False, True])
def test_another_connection_says_whether_it_goes_on(ready, resuming):
    """``on_open`` tells the number of the connection and whether the server remembers."""
    ready.protocol.trigger(Trigger.CONNECTION_LOST)
    ready.protocol.trigger(Trigger.SOCKET_OPENED)
    ready.protocol.resuming = resuming

    (opened,) = [event.value for event in ready.feed({"setupComplete": {}}) if event.name == "open"]

    assert (opened.connection, opened.resumed) == (2, resuming)


def test_an_error_in_a_later_setup_is_a_refusal_and_no_news(ready):
    """Recoverable trouble is never an ``on_error``."""
    ready.protocol.trigger(Trigger.CONNECTION_LOST)
    ready.protocol.trigger(Trigger.SOCKET_OPENED)

    names = [event.name for event in ready.feed({"error": {"code": 503, "message": "later"}})]

    assert "error" not in names
    assert ready.protocol.refusal.status == 503


def test_another_connection_forgets_the_go_away_and_refusal_of_the_last(ready):
    """They spoke of a connection that is gone."""
    ready.feed({"goAway": {"timeLeft": "50s"}})
    ready.protocol.trigger(Trigger.CHANGE_OVER)
    ready.protocol.trigger(Trigger.SOCKET_OPENED)
    ready.feed({"error": {"code": 503, "message": "later"}})
    ready.protocol.trigger(Trigger.SOCKET_OPENED)
    ready.feed({"setupComplete": {}})

    assert ready.protocol.state is State.READY
    assert ready.protocol.go_away_at is None
    assert ready.protocol.refusal is None


def test_calls_of_a_turn_that_begins_again_are_not_carried_over(turns):
    """The model makes them again, under other ids."""
    turns.request_sent(0.0)
    turns.tool_calls((FunctionCall(id="c1", name="f"),))
    turns.cut(1.0, repeated=1)
    speak(turns, now=2.0)

    assert turns.turn_complete(DONE, 3.0).tool_calls == ()
