"""What was sent and may not have arrived: what the log keeps, sends again, gives up, and says of it."""

from __future__ import annotations

import attrs
import pytest

from gemini_live.protocol.outgoing import Outgoing
from gemini_live.protocol.replay import SETTLED_SECONDS, ReplayLog, Rerun

LIMIT = 1000
ONLY_NOW = [
    "realtime_input.activity_start", "realtime_input.activity_end", "realtime_input.audio_stream_end", "tool_response",
]  # fmt: skip
MEANT_TO_LAST = ["client_content", "realtime_input.text", "context_update", "frame"]
SOON = SETTLED_SECONDS / 4


class Log:
    """A log with a clock; its items are words."""

    def __init__(self, *, transparent=False, limit=LIMIT):
        self.log = ReplayLog(limit, transparent=transparent)
        self.now = 100.0

    def ask(self, item, turn):
        """Send something that a turn answers."""
        return self.send(item, kind="client_content", turn=turn)

    def send(self, item, *, kind="client_content", turn=None, asks=True, size=10):
        """Send something; what belongs to a turn asks for it, unless it is said otherwise."""
        message = Outgoing(kind, b"x" * size, asks=asks and turn is not None)
        return self.log.sent(item, message, turn, self.now)

    def seed(self):
        """Tell the history."""
        self.log.seeded("seed", Outgoing("client_content", b"x" * 10), self.now)

    def audio(self, count=1):
        """Send sound."""
        self.log.passed(count)

    def handle(self, consumed=None, *, after=0.0):
        """Have a handle come after a while."""
        self.now += after
        self.log.handle_came(self.now, consumed)

    def resume(self, replay="auto"):
        """Go on where the last handle was given."""
        return self.log.rerun(resumed=True, replay=replay)

    def begin_afresh(self, replay="auto"):
        """Go on with a server that knows nothing."""
        return self.log.rerun(resumed=False, replay=replay)


@pytest.fixture
def gemini():
    """A log for a server that does not tell what it has taken in."""
    return Log()


@pytest.fixture
def vertex():
    """A log for one that does."""
    return Log(transparent=True)


def rerun(*again, lost=()):
    """Say what is expected."""
    return Rerun(again, tuple(lost))


# A server that tells


@pytest.mark.parametrize("consumed", range(5))
def test_exactly_what_was_not_taken_in_is_sent_again(vertex, consumed):
    """None twice, none missing, in the order in which they were sent."""
    sent = ["a", "b", "c", "d"]
    for item in sent:
        vertex.send(item)
    vertex.handle(consumed)

    assert vertex.resume() == rerun(*sent[consumed:])


def test_sound_counts_in_the_numbering_and_is_not_kept(vertex):
    """The server numbers every message; only those that may not be lost are kept."""
    vertex.audio(3)
    vertex.send("a")
    vertex.audio(2)
    vertex.send("b")
    vertex.handle(4)

    assert vertex.resume() == rerun("b")


def test_the_numbering_begins_anew_on_every_connection(vertex):
    """The first message on another connection is its number 1."""
    vertex.send("a")
    vertex.send("b")
    vertex.handle(2)
    vertex.resume()
    vertex.send("c")
    vertex.send("d")
    vertex.handle(1)

    assert vertex.resume() == rerun("d")


def test_what_was_sent_again_is_counted_on_the_new_connection(vertex):
    """A message that goes out twice is kept until the second time is known to have arrived."""
    vertex.send("a")
    vertex.send("b")
    for item in vertex.resume().again:
        vertex.send(item)
    vertex.handle(1)

    assert vertex.resume() == rerun("b")


def test_a_seed_is_counted_and_not_sent_again(vertex):
    """It is the server's number 1 of a fresh session; what comes after is the second."""
    vertex.begin_afresh()
    vertex.seed()
    vertex.send("a")
    assert vertex.log.awaits_seed
    vertex.handle(1)

    assert not vertex.log.awaits_seed
    assert vertex.resume() == rerun("a")


def test_a_handle_holds_no_seed_that_may_have_been_on_its_way(gemini):
    """Where the server does not tell, time does: a handle that comes soon after the seed was given before it."""
    gemini.begin_afresh()
    gemini.seed()
    gemini.handle(after=SOON)
    assert gemini.log.awaits_seed
    gemini.handle(after=SETTLED_SECONDS)

    assert not gemini.log.awaits_seed


def test_the_end_of_a_turn_proves_the_seed_before_it(gemini):
    """The next handle holds it, however soon."""
    gemini.begin_afresh()
    gemini.seed()
    gemini.ask("a", turn=1)
    gemini.log.answered(1)
    assert gemini.log.awaits_seed
    gemini.handle(after=SOON)

    assert not gemini.log.awaits_seed


def test_what_begins_afresh_again_awaits_no_seed(gemini):
    """Each fresh session has its own."""
    gemini.seed()
    gemini.begin_afresh()

    assert not gemini.log.awaits_seed


@pytest.mark.parametrize("kind", [*ONLY_NOW, *MEANT_TO_LAST])
def test_every_kind_is_sent_again_where_the_server_tells(vertex, kind):
    """The server goes on exactly where it was, so everything means what it meant."""
    vertex.send("a", kind=kind)

    assert vertex.resume() == rerun("a")


def test_what_was_answered_and_not_covered_is_sent_again_where_the_server_tells(vertex):
    """The server has gone back to before the question; without it, what follows would be a riddle."""
    vertex.ask("a", turn=1)
    vertex.log.answered(1)

    assert vertex.resume() == rerun("a")


def test_time_covers_nothing_where_the_server_tells(vertex):
    """What it says counts, not what is likely."""
    vertex.send("a")
    vertex.send("b")
    vertex.handle(1, after=3600.0)

    assert vertex.resume() == rerun("b")


def test_a_handle_without_a_number_covers_nothing_yet(vertex):
    """JSON leaves out a zero."""
    vertex.send("a")
    vertex.handle(None, after=3600.0)

    assert vertex.resume() == rerun("a")


def test_a_handle_without_a_number_covers_nothing_where_others_had_one(vertex):
    """On another connection the count begins with a zero again."""
    vertex.send("a")
    vertex.handle(1)
    vertex.resume()
    vertex.ask("b", turn=1)
    vertex.log.answered(1)
    vertex.handle(None, after=3600.0)

    assert vertex.resume() == rerun("b")


def test_a_server_that_never_tells_is_believed_as_one_that_was_not_asked_to(vertex):
    """It has answered and names no number, so a whole conversation must not be sent again."""
    vertex.ask("a", turn=1)
    vertex.log.answered(1)
    vertex.handle(None)
    vertex.ask("b", turn=2)

    assert vertex.resume() == rerun("b")


def test_a_server_that_begins_to_tell_is_believed(vertex):
    """A number that comes late is still a number."""
    vertex.ask("a", turn=1)
    vertex.log.answered(1)
    vertex.handle(None)
    vertex.send("b", kind="tool_response")
    vertex.send("c", kind="tool_response")
    vertex.handle(2)

    assert vertex.resume() == rerun("c")


def test_a_policy_of_none_sends_nothing_again_where_the_server_tells(vertex):
    """The program is told of them instead."""
    vertex.send("a")

    assert vertex.resume(replay="none") == rerun(lost=["a"])


# A server that does not tell


def test_what_was_not_answered_is_sent_again(gemini):
    """A question without an answer is asked again."""
    gemini.ask("a", turn=1)

    assert gemini.resume() == rerun("a")


def test_what_was_answered_is_not_asked_again_but_may_be_lost(gemini):
    """Nobody wants the answer twice; that the server has forgotten it is said."""
    gemini.ask("a", turn=1)
    gemini.log.answered(1)

    assert gemini.resume() == rerun(lost=["a"])


def test_an_answer_settles_what_was_asked_before_it(gemini):
    """A server that merges two questions answers both."""
    gemini.ask("a", turn=1)
    gemini.ask("b", turn=2)
    gemini.ask("c", turn=3)
    gemini.log.answered(2)

    assert gemini.resume() == rerun("c", lost=["a", "b"])


def test_a_handle_after_the_answer_covers_the_question(gemini):
    """The server was at rest, and knew it."""
    gemini.ask("a", turn=1)
    gemini.log.answered(1)
    gemini.handle(after=SOON)

    assert gemini.resume() == rerun()


def test_a_handle_long_after_a_message_covers_it(gemini):
    """What was written so long ago has arrived."""
    gemini.send("a")
    gemini.handle(after=SETTLED_SECONDS)

    assert gemini.resume() == rerun()


def test_a_handle_right_after_a_message_may_not_cover_it(gemini):
    """It may have been under way when the message was."""
    gemini.send("a")
    gemini.handle(after=SOON)

    assert gemini.resume() == rerun("a")


def test_the_end_of_a_turn_proves_nothing_of_words_that_did_not_ask_for_it(gemini):
    """They may have been on their way while the model answered something else."""
    gemini.send("a", turn=1, asks=False)
    gemini.log.answered(1)
    gemini.handle(after=SOON)

    assert gemini.resume() == rerun("a")


def test_the_end_of_a_turn_proves_the_first_of_two_questions_for_it(gemini):
    """A question that took the place of another may still be on its way when that is answered after all."""
    gemini.ask("a", turn=1)
    gemini.ask("b", turn=1)
    gemini.log.answered(1)
    gemini.handle(after=SOON)

    assert gemini.resume() == rerun("b")


def test_the_end_of_a_later_turn_proves_all_questions_before_it(gemini):
    """The server takes in one after the other."""
    gemini.ask("a", turn=1)
    gemini.ask("b", turn=1)
    gemini.ask("c", turn=2)
    gemini.log.answered(2)
    gemini.handle(after=SOON)

    assert gemini.resume() == rerun()


def test_a_second_answer_proves_nothing_of_the_question_whose_number_it_has(gemini):
    """Questions that are asked again although they were answered are answered before the one that waits."""
    gemini.ask("a", 1)
    gemini.log.answered(1)
    gemini.ask("b", 2)
    assert gemini.resume("all") == rerun("a", "b")
    gemini.ask("a", 1)
    gemini.ask("b", 2)
    gemini.log.answered(2)  # to "a", once more
    gemini.handle()
    assert gemini.resume("all") == rerun("b")


def test_questions_that_wait_to_be_asked_again_over_a_second_loss_prove_no_more_than_before(gemini):
    """Nothing of them was written on the connection between, and their second answers come all the same."""
    gemini.ask("a", 1)
    gemini.log.answered(1)
    gemini.ask("b", 2)
    gemini.ask("c", 3)
    assert gemini.resume("all") == rerun("a", "b", "c")
    assert gemini.resume("all") == rerun()
    for turn, item in enumerate("abc", 1):
        gemini.ask(item, turn)
    gemini.log.answered(2)  # to "a", once more
    gemini.handle()
    assert gemini.resume("all") == rerun("b", "c")


def test_every_second_answer_proves_one_more_question(gemini):
    """So that what is sent again grows less with every answer."""
    for turn, item in enumerate("abc", 1):
        gemini.ask(item, turn)
        gemini.log.answered(turn)
    gemini.resume("all")
    for turn, item in enumerate("abc", 1):
        gemini.ask(item, turn)
    gemini.log.answered(4)
    gemini.log.answered(5)
    gemini.handle()
    assert gemini.resume("all") == rerun("c")


def test_words_that_stand_in_the_seed_are_not_told_again(gemini):
    """A fresh session hears them with the turn in which they were said."""
    gemini.send("a", turn=1, asks=False)
    gemini.log.answered(1)

    assert gemini.begin_afresh() == rerun()


def test_words_that_were_covered_and_stand_in_no_seed_yet_are_told_again(gemini):
    """Their turn is not over, so the transcript does not have them."""
    gemini.send("a", turn=1, asks=False)
    gemini.handle(after=SETTLED_SECONDS)

    assert gemini.begin_afresh() == rerun("a")


def test_a_handle_covers_the_old_and_not_the_new(gemini):
    """Each message is judged by its own age."""
    gemini.send("a")
    gemini.now += SETTLED_SECONDS
    gemini.send("b")
    gemini.handle(after=SOON)

    assert gemini.resume() == rerun("b")


def test_a_number_means_nothing_where_none_was_asked_for(gemini):
    """Only a transparent session goes by numbers."""
    gemini.send("a")
    gemini.handle(1, after=SOON)

    assert gemini.resume() == rerun("a")


@pytest.mark.parametrize("replay", ["auto", "all", "none"])
@pytest.mark.parametrize("kind", ONLY_NOW)
def test_what_meant_something_only_then_is_not_sent_again(gemini, kind, replay):
    """The end of an activity that the new connection knows nothing of would be an error there."""
    gemini.send("a", kind=kind)

    assert gemini.resume(replay) == rerun(lost=["a"])


@pytest.mark.parametrize(
    ("replay", "expected"),
    [
        ("auto", rerun("b", lost=["a"])),
        ("all", rerun("a", "b")),
        ("none", rerun(lost=["a", "b"])),
    ],
)
def test_the_policy_says_what_is_sent_again(gemini, replay, expected):
    """What matters, all of it, or nothing; the rest is told."""
    gemini.ask("a", turn=1)
    gemini.log.answered(1)
    gemini.ask("b", turn=2)

    assert gemini.resume(replay) == expected


# A server that knows nothing


@pytest.mark.parametrize("replay", ["auto", "all"])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_fresh_session_is_asked_what_was_not_answered(transparent, replay):
    """What was answered stands in its seed already."""
    log = Log(transparent=transparent)
    log.ask("a", turn=1)
    log.log.answered(1)
    log.ask("b", turn=2)

    assert log.begin_afresh(replay) == rerun("b")


@pytest.mark.parametrize("transparent", [False, True])
def test_a_question_that_only_the_old_session_knew_is_asked_again(transparent):
    """A handle that covered it is worth nothing where it can't be resumed."""
    log = Log(transparent=transparent)
    log.ask("a", turn=1)
    log.handle(1, after=SETTLED_SECONDS)

    assert log.begin_afresh() == rerun("a")


def test_a_question_that_was_covered_survives_several_resumes(gemini):
    """As long as it has no answer it may have to be asked again."""
    gemini.ask("a", turn=1)
    gemini.handle(after=SETTLED_SECONDS)
    assert gemini.resume() == rerun()
    gemini.ask("b", turn=2)

    assert gemini.begin_afresh() == rerun("a", "b")


def test_settings_that_were_covered_are_made_again(gemini):
    """A fresh session has the settings of its setup, not those that came later."""
    gemini.send("a", kind="context_update")
    gemini.handle(after=SETTLED_SECONDS)

    assert gemini.begin_afresh() == rerun("a")


def test_what_was_covered_and_holds_no_words_is_not_kept(gemini):
    """A seed is words, and what belongs to no turn has none."""
    gemini.send("a")
    gemini.handle(after=SETTLED_SECONDS)

    assert gemini.begin_afresh() == rerun()


def test_a_covered_question_is_forgotten_with_its_answer(gemini):
    """A session that runs for days keeps nothing of what is over."""
    gemini.ask("a", turn=1)
    gemini.handle(after=SETTLED_SECONDS)
    gemini.log.answered(1)

    assert gemini.begin_afresh() == rerun()
    assert gemini.log.size == 0


@pytest.mark.parametrize("kind", ONLY_NOW)
def test_what_meant_something_only_then_is_nothing_to_a_fresh_session(gemini, kind):
    """A call of the old session is none of the new one's."""
    gemini.send("a", kind=kind)

    assert gemini.begin_afresh("all") == rerun(lost=["a"])


def test_a_policy_of_none_tells_a_fresh_session_nothing(gemini):
    """What it does not know is told to the program."""
    gemini.ask("a", turn=1)
    gemini.handle(after=SETTLED_SECONDS)
    gemini.ask("b", turn=2)

    assert gemini.begin_afresh("none") == rerun(lost=["a", "b"])


# What is kept


def test_what_was_neither_answered_nor_covered_is_unconfirmed(gemini):
    """A session that ends without its connection can't say more of it."""
    gemini.ask("a", turn=1)
    gemini.log.answered(1)
    gemini.send("b", kind="tool_response")
    gemini.handle(after=SETTLED_SECONDS)
    gemini.ask("c", turn=2)
    gemini.send("d", kind="tool_response")
    gemini.ask("e", turn=3)
    gemini.log.answered(2)

    assert gemini.log.unconfirmed == ("d", "e")


def test_what_had_to_be_forgotten_is_unconfirmed():
    """That there was no room for it is no sign that it has arrived."""
    log = Log(limit=100)
    log.send("a", size=101)
    log.send("b", size=10)

    assert log.log.unconfirmed == ("a", "b")


def test_what_is_told_once_is_not_told_again(gemini):
    """What became of a message is decided once."""
    gemini.ask("a", turn=1)
    gemini.send("b", kind="tool_response")
    gemini.resume()

    assert gemini.resume() == rerun()


def test_what_was_forgotten_is_told_once():
    """A loss is no loss again at the next change."""
    log = Log(limit=100)
    log.send("a", size=101)
    log.resume()

    assert log.resume() == rerun()


def test_realtime_input_is_never_kept(gemini):
    """Sound that comes late is worth nothing."""
    gemini.audio(5)

    assert (len(gemini.log), gemini.log.size) == (0, 0)
    assert gemini.resume("all") == rerun()


def test_the_size_is_that_of_what_is_kept(gemini):
    """Bytes come with messages and go with them."""
    gemini.send("a", size=30)
    gemini.now += SETTLED_SECONDS
    gemini.send("b", size=40)
    assert (len(gemini.log), gemini.log.size) == (2, 70)

    gemini.handle()

    assert (len(gemini.log), gemini.log.size) == (1, 40)


def test_beyond_the_bound_the_oldest_is_forgotten_and_said_to_be_lost():
    """Memory has an end, and what falls off it is told at once and once more when it counts."""
    log = Log(limit=100)
    assert log.send("a", size=60) == []
    assert log.send("b", size=40) == []
    assert log.send("c", size=50) == ["a"]

    assert log.log.size == 90
    assert log.resume() == rerun("b", "c", lost=["a"])


def test_a_message_larger_than_the_bound_is_forgotten_at_once():
    """It was sent; that it can't be sent again is said."""
    log = Log(limit=100)

    assert log.send("a", size=101) == ["a"]
    assert log.resume() == rerun(lost=["a"])


def test_what_was_answered_is_forgotten_without_a_word():
    """Nothing is lost with it."""
    log = Log(limit=100)
    log.send("a", size=60, turn=1)
    log.log.answered(1)

    assert log.send("b", size=60) == []


def test_what_a_handle_covers_goes_before_what_none_does():
    """Its copy with the server is as good, for as long as the handle is."""
    log = Log(limit=100)
    log.send("a", size=60, turn=1)
    log.handle(after=SETTLED_SECONDS)
    log.send("b", size=40, turn=2)

    assert log.send("c", size=50, turn=3) == []
    assert log.begin_afresh() == rerun("b", "c")


@pytest.mark.parametrize("kind", ["tool_response", "client_content"])
def test_a_session_without_handles_is_bounded_as_well(kind):
    """Where no handle ever comes, what was forgotten does not pile up in another place."""
    log = Log(limit=100)
    for number in range(1000):
        log.send(number, kind=kind, size=10)

    result = log.resume()
    kept = [*result.lost, *result.again]
    assert kept == list(range(980, 1000))


def test_a_day_of_questions_and_handles_leaves_nothing_behind(gemini):
    """What was asked, answered and covered is gone."""
    for turn in range(1, 2000):
        gemini.ask(f"q{turn}", turn)
        gemini.send(f"c{turn}", kind="tool_response")
        gemini.log.answered(turn)
        gemini.handle(after=SETTLED_SECONDS)

    assert (len(gemini.log), gemini.log.size) == (0, 0)
    assert gemini.begin_afresh() == rerun()


@pytest.mark.parametrize("resumed", [True, False])
@pytest.mark.parametrize("replay", ["auto", "all", "none"])
@pytest.mark.parametrize("transparent", [True, False])
def test_nothing_is_both_sent_again_and_lost(transparent, replay, resumed):
    """A program that is told of a loss may send it again itself without a doubt."""
    log = Log(transparent=transparent)
    for number, kind in enumerate([*ONLY_NOW, *MEANT_TO_LAST]):
        log.send(kind, kind=kind, turn=number if kind in MEANT_TO_LAST else None)
    log.log.answered(5)

    result = log.log.rerun(resumed=resumed, replay=replay)

    assert not set(result.again) & set(result.lost)
    assert set(result.again) | set(result.lost) == {*ONLY_NOW, *MEANT_TO_LAST} - (
        {"client_content", "realtime_input.text"} if not resumed else set()
    )


def test_a_rerun_is_a_value():
    """What was decided does not change any more."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        rerun().again = ("a",)


def test_a_second_question_for_an_answered_turn_stays_in_doubt(gemini):
    """Until an answer after it proves it, also when a handle has covered the first one meanwhile."""
    gemini.ask("first", 8)
    gemini.ask("second", 8)
    gemini.log.answered(8)
    gemini.handle()
    gemini.log.answered(9)
    rerun = gemini.resume()
    assert (rerun.again, rerun.lost) == ((), ("second",))


def test_what_is_answered_counts_as_kept_until_a_handle_covers_it():
    """A server whose handles stand still does not make the log grow beyond its bound."""
    log = Log(transparent=True, limit=1_000)
    for turn in range(1, 200):
        log.send(turn, turn=turn, size=100)
        log.log.answered(turn)
        log.handle(0)
        assert log.log.size == 100 * len(log.log) <= 1_000


def test_an_answer_costs_no_more_after_many(gemini):
    """What was answered before is not looked at again."""
    for turn in range(1, 2_000):
        gemini.ask(turn, turn)
        gemini.log.answered(turn)
        assert len(gemini.log._entries) == 0
    assert len(gemini.log) > 0
