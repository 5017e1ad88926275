"""What follows the end of a connection: resume, begin afresh, wait, or give up; each row of the table, and each bound."""

from __future__ import annotations

import pytest

from gemini_live.protocol.close_codes import Verdict, classify
from gemini_live.protocol.policy import ReconnectPolicy
from gemini_live.protocol.recovery import EARLY_SECONDS, HANDLE_FAILURES, Plan, Recovery, Step

RESUME, FRESH, FAIL = Step.RESUME, Step.FRESH, Step.FAIL
DROP = classify(1006, "", in_setup=False)
INTERNAL = classify(1011, "", in_setup=False)
INVALID = "Request contains an invalid argument."
NOT_FOUND = "Requested entity was not found."
DEADLINE = "Deadline expired before operation could complete."
OLD = "Request trace id: 3f9a0c17, [ORIGINAL ERROR] "
POISON = classify(1007, INVALID, in_setup=False)
STALE = classify(1008, NOT_FOUND, in_setup=False)
OUT_OF_REACH = Verdict(retryable=True, resumable=True)  # refused, timed out, 429 or 503: no word of the service itself
REFUSED = Verdict(retryable=False, resumable=False)  # 400, 401, 403, 404, 3xx

LOSSES = [
    # code, words, with a handle, without one
    (1000, "", RESUME, FRESH),
    (1001, "", RESUME, FRESH),
    (1005, "", RESUME, FRESH),
    (1006, "", RESUME, FRESH),
    (1006, "nothing was heard from the server for 90 s", RESUME, FRESH),
    (1007, INVALID, RESUME, FRESH),
    (1007, "API key not valid. Please pass a valid API key.", FAIL, FAIL),
    (1007, "API key expired. Please renew the API key.", FAIL, FAIL),
    (1007, "User location is not supported for the API use", FAIL, FAIL),
    (1007, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.", FAIL, FAIL),
    (1007, OLD + "generic::invalid_argument: No turn to complete", RESUME, FRESH),
    (1008, "models/m1 is not found for API version v1beta", FAIL, FAIL),
    (1008, "Method doesn't allow unregistered callers (callers without established identity).", FAIL, FAIL),
    (1008, "Operation is not implemented, or supported, or enabled.", RESUME, FRESH),
    (1008, NOT_FOUND, FRESH, FRESH),
    (1008, "The operation was aborted.", RESUME, FRESH),
    (1008, "some other policy", FAIL, FAIL),
    (1009, "", FAIL, FAIL),
    (1011, DEADLINE, RESUME, FRESH),
    (1011, OLD + "RPC::DEADLINE_EXCEEDED", RESUME, FRESH),
    (1011, "Internal error encountered.", RESUME, FRESH),
    (1011, "Internal error occurred.", RESUME, FRESH),
    (1011, "The service is currently unavailable.", RESUME, FRESH),
    (1011, "You exceeded your current quota, please check your plan and billing details.", FAIL, FAIL),
    (1011, "RESOURCE_EXHAUSTED", FAIL, FAIL),
    (1012, "", RESUME, FRESH),
    (1013, "", RESUME, FRESH),
    (1014, "", RESUME, FRESH),
    (4000, "nobody knows", RESUME, FRESH),
]
"""What follows the loss of a connection that has lived for half a minute."""

REFUSALS = [
    # code, words, after a setup with a handle, after one without
    (1000, "", FRESH, FAIL),
    (1001, "", RESUME, FRESH),
    (1006, "", RESUME, FRESH),
    (1007, INVALID, FRESH, FAIL),
    (1007, "API key not valid. Please pass a valid API key.", FAIL, FAIL),
    (1007, "User location is not supported for the API use", FAIL, FAIL),
    (1007, OLD + "generic::invalid_argument: No turn to complete", FAIL, FAIL),
    (1008, "models/m1 is not found for API version v1beta", FAIL, FAIL),
    (1008, "Method doesn't allow unregistered callers", FAIL, FAIL),
    (1008, "Operation is not implemented, or supported, or enabled.", FRESH, FAIL),
    (1008, NOT_FOUND, FRESH, FAIL),
    (1008, "The operation was aborted.", RESUME, FRESH),
    (1008, "some other policy", FRESH, FAIL),
    (1009, "", FAIL, FAIL),
    (1011, DEADLINE, RESUME, FRESH),
    (1011, "Internal error encountered.", RESUME, FRESH),
    (1011, "The service is currently unavailable.", RESUME, FRESH),
    (1011, "RESOURCE_EXHAUSTED", FAIL, FAIL),
    (1012, "", RESUME, FRESH),
    (1013, "", RESUME, FRESH),
]
"""What follows the first attempt to get another connection, if it ends in the setup."""


class Life:
    """One session's recovery with a clock; whatever a test does not name is the least eventful."""

    def __init__(self, **policy):
        self.recovery = Recovery(ReconnectPolicy(**policy))
        self.now = 1000.0

    def ready(self, *, resumed=True, after=0.0):
        """Complete a setup."""
        self.now += after
        self.recovery.ready(self.now, resumed=resumed)
        return self

    def lost(self, verdict=DROP, *, lived=30.0, handle=True, chance=0.0):
        """Lose the connection after a while."""
        self.now += lived
        return self.recovery.lost(verdict, self.now, has_handle=handle, chance=chance)

    def refused(self, verdict=OUT_OF_REACH, *, took=0.0, handle=True, chance=0.0, wanted=None):
        """Have an attempt fail."""
        self.now += took
        return self.recovery.refused(verdict, self.now, with_handle=handle, chance=chance, wanted=wanted)

    def flap(self, *, down, lived, handle=True):
        """Lose a connection, and have another some time later."""
        plan = self.lost(lived=lived, handle=handle)
        self.ready(after=down)
        return plan


@pytest.fixture
def life():
    """A session on its first connection."""
    return Life().ready(resumed=False)


def ids(rows):
    """Name the rows of a table."""
    return [f"{code}-{words[-30:]}" for code, words, _, _ in rows]


# The table


@pytest.mark.parametrize(("code", "words", "with_handle", "without"), LOSSES, ids=ids(LOSSES))
def test_what_follows_the_loss_of_a_connection(code, words, with_handle, without):
    """Each end of a session that ran has its first step, with a handle and without one."""
    verdict = classify(code, words, in_setup=False)

    assert Life().ready(resumed=False).lost(verdict, handle=True).step is with_handle
    assert Life().ready(resumed=False).lost(verdict, handle=False).step is without


@pytest.mark.parametrize(("code", "words", "with_handle", "without"), REFUSALS, ids=ids(REFUSALS))
def test_what_follows_a_setup_that_was_refused(life, code, words, with_handle, without):
    """Each end in the setup has its step; a handle that was sent may be what it was about."""
    verdict = classify(code, words, in_setup=True)
    life.lost(handle=True)
    other = Life().ready(resumed=False)
    other.lost(handle=False)

    assert life.refused(verdict, handle=True).step is with_handle
    assert other.refused(verdict, handle=False).step is without


def test_an_attempt_that_reached_nobody_says_nothing_of_the_handle(life):
    """A network that is down is no reason to give up what was said."""
    life.lost()

    assert {life.refused(OUT_OF_REACH).step for _ in range(5)} == {RESUME}


def test_an_upgrade_that_was_refused_for_good_ends_it(life):
    """Credentials that are not accepted will not be in half a second."""
    life.lost()

    assert life.refused(REFUSED).step is FAIL


# Whether the handle is to blame


def test_a_handle_whose_setup_was_refused_is_bad(life):
    """Nobody has to find out twice that a handle is not known."""
    life.lost()
    life.refused(classify(1008, NOT_FOUND, in_setup=True))

    assert life.recovery.handle_is_bad


def test_a_loss_alone_does_not_make_a_handle_bad(life):
    """The handle is what makes the loss harmless."""
    life.lost()

    assert not life.recovery.handle_is_bad


def test_a_handle_of_a_session_that_is_given_up_is_bad(life):
    """Where the session itself can't be resumed, its handle must not be tried after the next loss."""
    assert life.lost(STALE, handle=True).step is FRESH

    assert life.recovery.handle_is_bad


def test_a_fresh_session_has_handles_of_its_own(life):
    """What was bad was the handle, not the idea of handles."""
    life.lost(STALE)
    life.ready(resumed=False)

    assert not life.recovery.handle_is_bad
    assert life.lost(handle=True).step is RESUME


def test_three_setups_that_fail_with_one_handle_are_enough(life):
    """A server that says no more than "internal error" is believed to mean the handle at the third time."""
    internal = classify(1011, "Internal error encountered.", in_setup=True)
    life.lost()

    steps = [life.refused(internal).step for _ in range(HANDLE_FAILURES)]

    assert steps == [RESUME, RESUME, FRESH]
    assert life.recovery.handle_is_bad


def test_failures_with_a_handle_are_counted_anew_after_one_success(life):
    """A handle that was accepted is above suspicion until it fails again."""
    internal = classify(1011, "Internal error encountered.", in_setup=True)
    life.lost()
    life.refused(internal)
    life.refused(internal)
    life.ready()
    life.lost()

    assert [life.refused(internal).step for _ in range(2)] == [RESUME, RESUME]


def test_two_early_deaths_after_resumes_lead_to_a_fresh_session(life):
    """What dies within seconds of each resume is resumed to something that can't live."""
    life.lost()
    life.ready()
    first = life.lost(INTERNAL, lived=1.0)
    life.ready()
    second = life.lost(INTERNAL, lived=1.0)

    assert (first.step, second.step) == (RESUME, FRESH)
    assert life.recovery.handle_is_bad


def test_a_network_that_fails_after_each_resume_is_no_proof_against_the_handle(life):
    """The server has said nothing against it, however often it happens."""
    steps = []
    for _ in range(4):
        steps.append(life.lost(lived=1.0).step)
        life.ready()

    assert steps == [RESUME] * 4


@pytest.mark.parametrize("lived", [EARLY_SECONDS, EARLY_SECONDS + 1], ids=str)
def test_deaths_that_are_not_early_do_not_count(life, lived):
    """A connection that lived for a while was resumed well."""
    life.lost()

    steps = []
    for _ in range(4):
        life.ready()
        steps.append(life.lost(lived=lived).step)

    assert set(steps) == {RESUME}


def test_early_deaths_have_to_be_in_a_row(life):
    """One long life in between clears the handle."""
    life.lost()
    steps = []
    for lived in (1.0, 20.0, 1.0):
        life.ready()
        steps.append(life.lost(lived=lived).step)

    assert steps == [RESUME, RESUME, RESUME]


def test_early_deaths_of_fresh_sessions_blame_no_handle(life):
    """A session that was not resumed can't have been resumed badly."""
    steps = []
    for _ in range(3):
        steps.append(life.lost(lived=1.0).step)
        life.ready(resumed=False)

    assert set(steps) == {RESUME}


def test_a_connection_that_has_worked_clears_its_handle(life):
    """An answer after the resume proves it, however soon the connection dies."""
    life.lost()
    steps = []
    for _ in range(4):
        life.ready()
        life.recovery.worked()
        steps.append(life.lost(lived=1.0).step)

    assert set(steps) == {RESUME}


def test_an_invalid_argument_right_after_a_resume_leads_to_a_fresh_session_at_once(life):
    """The context itself holds the poison, so it is not tried twice."""
    life.lost(POISON)
    life.ready()

    assert life.lost(POISON, lived=1.0).step is FRESH


def test_an_invalid_argument_in_mid_session_is_resumed(life):
    """It may have been one message, which is over."""
    life.lost()
    life.ready()

    assert life.lost(POISON, lived=EARLY_SECONDS).step is RESUME


def test_an_invalid_argument_is_answered_with_one_fresh_session_and_no_more(life):
    """Resume, then fresh, then the end: what a fresh session is told kills it as well."""
    steps = [life.lost(POISON).step]
    steps.append(life.ready().lost(POISON, lived=1.0).step)
    steps.append(life.ready(resumed=False).lost(POISON, lived=1.0, handle=False).step)

    assert steps == [RESUME, FRESH, FAIL]


def test_a_handle_of_the_fresh_session_does_not_begin_it_all_again(life):
    """The fresh session's own handle is no other chance for the same poison."""
    life.lost(POISON)
    life.ready().lost(POISON, lived=1.0)

    assert life.ready(resumed=False).lost(POISON, lived=1.0, handle=True).step is FAIL


def test_without_a_handle_an_invalid_argument_is_answered_with_one_fresh_session(life):
    """No handle, no resume; the rest is the same."""
    assert life.lost(POISON, handle=False).step is FRESH
    assert life.ready(resumed=False).lost(POISON, lived=1.0, handle=False).step is FAIL


def test_a_fresh_session_that_has_worked_may_be_hit_again(life):
    """An invalid argument after an answer is another one."""
    life.lost(POISON)
    life.ready().lost(POISON, lived=1.0)
    life.ready(resumed=False)
    life.recovery.worked()

    assert life.lost(POISON, lived=1.0, handle=True).step is RESUME


def test_a_stable_minute_forgives_a_fresh_session(life):
    """Whatever comes an hour later is judged without what came before."""
    life.lost(POISON)
    life.ready().lost(POISON, lived=1.0)
    life.ready(resumed=False).lost(lived=3600.0)
    life.ready()

    assert life.lost(POISON, lived=1.0).step is FRESH


def test_a_resumed_session_that_stalls_is_not_resumed_again(life):
    """It takes everything and answers nothing: the handle brought it there."""
    life.lost()
    life.ready()
    life.recovery.stalled()

    assert life.lost(lived=30.0).step is FRESH
    assert life.recovery.handle_is_bad


def test_a_session_that_stalls_without_having_been_resumed_is(life):
    """There is no handle to blame, and one to try."""
    life.recovery.stalled()

    assert life.lost().step is RESUME


def test_a_session_that_stalls_after_an_answer_is_resumed(life):
    """The handle was good; something else is wrong."""
    life.lost()
    life.ready()
    life.recovery.worked()
    life.recovery.stalled()

    assert life.lost().step is RESUME


# A policy that wants no fresh session


def test_a_session_that_must_not_begin_afresh_fails_without_a_handle():
    """Who would rather have no session than one that knows nothing says so."""
    assert Life(fresh="fail").ready(resumed=False).lost(handle=False).step is FAIL


def test_a_session_that_must_not_begin_afresh_fails_with_a_bad_handle():
    """The only way on would be afresh."""
    life = Life(fresh="fail").ready(resumed=False)

    assert life.lost(handle=True).step is RESUME
    assert life.refused(classify(1008, NOT_FOUND, in_setup=True)).step is FAIL


@pytest.mark.parametrize("fresh", ["seed", "empty", "fail"])
def test_a_first_connect_is_tried_again_whatever_the_policy_says_of_fresh_sessions(fresh):
    """Before there was a session there is nothing that could be lost."""
    assert Life(fresh=fresh).refused(handle=False).step is FRESH


# How long to wait


@pytest.mark.parametrize("chance", [0.0, 0.25, 1.0])
def test_the_pause_is_a_random_part_of_the_longest(life, chance):
    """Full jitter: from none at all to the whole of it."""
    assert life.lost(chance=chance) == Plan(RESUME, 1, 0.5 * chance)


def test_the_longest_pause_doubles_up_to_its_bound():
    """A server that is out of order is asked less and less often, but never forgotten."""
    life = Life(base_delay=1.0, max_delay=10.0, budget=1000.0).ready()

    delays = [life.lost(chance=1.0).delay, *(life.refused(chance=1.0).delay for _ in range(5))]

    assert delays == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_very_many_attempts_do_not_leave_the_range_of_numbers():
    """A session that waits for a server for days doubles its pause no further than a number can hold."""
    life = Life(max_attempts=10_000, base_delay=1.0, max_delay=1.0, budget=86_400.0).ready()
    life.lost()

    plans = [life.refused(chance=1.0) for _ in range(2000)]

    assert plans[-1] == Plan(RESUME, 2001, 1.0)


def test_a_pause_of_nothing_stays_nothing():
    """A policy without pauses has none, however many attempts there were."""
    life = Life(base_delay=0.0, max_attempts=2000).ready()

    assert {life.refused(chance=1.0).delay for _ in range(1500)} == {0.0}


def test_the_servers_wish_to_be_left_alone_is_granted(life):
    """``Retry-After`` is the shortest pause."""
    life.lost()

    assert life.refused(wanted=7.0, chance=1.0).delay == 7.0


def test_the_own_pause_is_kept_where_the_server_wants_a_shorter_one():
    """A wish does not make a client more impatient."""
    life = Life(base_delay=8.0).ready()
    life.lost()

    assert life.refused(wanted=1.0, chance=1.0).delay == 16.0


def test_a_wish_beyond_the_budget_ends_it(life):
    """Who is to be left alone for an hour can't be waited for two minutes."""
    life.lost()

    assert life.refused(wanted=3600.0).step is FAIL


# When to give up


def test_attempts_are_counted_to_their_bound():
    """The plan says which attempt it is; after the last there is none."""
    life = Life(max_attempts=3).ready()

    plans = [life.lost(), *(life.refused() for _ in range(3))]

    assert [plan.attempt for plan in plans] == [1, 2, 3, 0]
    assert plans[-1].step is FAIL


def test_attempts_of_flapping_connections_add_up():
    """A connection that comes and goes uses up the attempts as one that never comes does."""
    life = Life(max_attempts=3).ready()

    assert [life.flap(down=0.1, lived=20.0).step for _ in range(4)] == [RESUME, RESUME, RESUME, FAIL]


def test_a_stable_minute_resets_the_attempts():
    """What lasted a minute begins anew."""
    life = Life(max_attempts=2).ready()

    assert {life.flap(down=0.1, lived=60.0).attempt for _ in range(10)} == {1}


def test_less_than_a_stable_minute_resets_nothing():
    """A second less is not stable."""
    life = Life(max_attempts=2).ready()

    assert [life.flap(down=0.1, lived=59.0).attempt for _ in range(3)] == [1, 2, 0]


def test_an_outage_longer_than_the_budget_ends_it():
    """The time since the loss counts, whatever was done in it."""
    life = Life(budget=10.0, max_attempts=100).ready()
    life.lost()

    assert life.refused(took=9.0).step is RESUME
    assert life.refused(took=2.0).step is FAIL


def test_a_pause_that_would_end_after_the_budget_is_not_begun():
    """There is no waiting for what will not be tried."""
    life = Life(budget=10.0, base_delay=4.0).ready()
    life.lost()

    assert life.refused(took=5.0, chance=1.0).step is FAIL


def test_the_budget_is_downtime_and_not_age():
    """Nine outages of a second are nine seconds, however long the connections between them lasted."""
    life = Life(budget=10.0, max_attempts=100).ready()

    assert {life.flap(down=1.0, lived=50.0).step for _ in range(10)} == {RESUME}
    assert life.lost(lived=50.0).step is RESUME
    assert life.refused(took=0.1).step is FAIL


def test_a_stable_minute_resets_the_budget():
    """Outages an hour apart have nothing to do with each other."""
    life = Life(budget=10.0).ready()

    assert {life.flap(down=9.0, lived=3600.0).step for _ in range(5)} == {RESUME}


def test_a_change_over_that_finds_no_connection_uses_the_budget():
    """A connection that was left, not lost, leaves an outage like any other."""
    life = Life(budget=10.0, max_attempts=100).ready()

    assert life.refused(took=30.0).step is RESUME
    assert life.refused(took=11.0).step is FAIL


def test_a_change_over_after_a_stable_minute_resets_the_attempts():
    """A connection that was left after a good life has proved as much as one that was lost after it."""
    life = Life(max_attempts=2).ready()
    life.flap(down=0.1, lived=30.0)
    life.ready(after=600.0)

    assert life.lost(lived=20.0).attempt == 1


def test_a_first_connect_that_finds_nobody_is_bounded_by_the_budget():
    """A program that wished to wait waits no longer than it would for a later connection."""
    life = Life(budget=10.0, max_attempts=100)

    assert life.refused(handle=False).step is FRESH
    assert life.refused(took=11.0, handle=False).step is FAIL


def test_another_first_connect_begins_anew():
    """What was given up once does not count against a program that tries again an hour later."""
    life = Life(max_attempts=2)
    first = [life.refused(handle=False).attempt for _ in range(3)]
    life.now += 3600.0
    second = [life.refused(handle=False).attempt for _ in range(3)]

    assert first == second == [1, 2, 0]


def test_a_first_connect_that_was_refused_for_good_is_not_tried_again():
    """A wrong setup stays wrong."""
    assert Life().refused(classify(1007, INVALID, in_setup=True), handle=False) == Plan(FAIL)


def test_a_first_setup_that_fails_inside_the_server_is_tried_once_more():
    """A bare 1011 may be a setting that the model can't do; an hour of attempts would not change it."""
    life = Life()
    failed = classify(1011, "Internal error encountered.", in_setup=True)

    assert [life.refused(failed, handle=False).step for _ in range(2)] == [FRESH, FAIL]


def test_a_first_setup_at_a_service_that_is_overloaded_goes_on_being_tried():
    """It says so, and that passes."""
    life = Life()
    busy = classify(1011, "The service is currently unavailable.", in_setup=True)

    assert [life.refused(busy, handle=False).step for _ in range(4)] == [FRESH] * 4
