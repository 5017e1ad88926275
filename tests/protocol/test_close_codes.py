"""What the end of a connection means: by code, words and phase, never by the code alone."""

from __future__ import annotations

import pytest

from gemini_live.protocol.close_codes import classify

FAIL, RETRY, RESUME = (False, False), (True, False), (True, True)
TRACE = "Request trace id: 3f9a0c17b2e4d856, [ORIGINAL ERROR] "

TABLE = [
    # code, words, in the setup, in a session
    (1000, "", FAIL, RESUME),
    (1001, "", RETRY, RESUME),
    (1002, "", RETRY, RESUME),
    (1005, "", RETRY, RESUME),
    (1006, "", RETRY, RESUME),
    (1006, "connection reset by peer", RETRY, RESUME),
    (1007, "", FAIL, RESUME),
    (1007, "Request contains an invalid argument.", FAIL, RESUME),
    (1007, "API key not valid. Please pass a valid API key.", FAIL, FAIL),
    (1007, "API key expired. Please renew the API key.", FAIL, FAIL),
    (1007, "User location is not supported for the API use", FAIL, FAIL),
    (1007, "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.", FAIL, FAIL),
    (1007, TRACE + "generic::invalid_argument: No turn to complete", FAIL, RESUME),
    (1007, 'Invalid JSON payload received. Unknown name "x": Cannot find field.', FAIL, FAIL),
    (1007, "Invalid value at 'setup.generation_config'", FAIL, FAIL),
    (1008, "models/m1 is not found for API version v1beta, or is not supported for bidiGenerateContent.", FAIL, FAIL),
    (1008, "Method doesn't allow unregistered callers (callers without established identity).", FAIL, FAIL),
    (1008, "Operation is not implemented, or supported, or enabled.", FAIL, RESUME),
    (1008, "Requested entity was not found.", FAIL, RETRY),
    (1008, "The operation was aborted.", RETRY, RESUME),
    (1008, "something else", FAIL, FAIL),
    (1009, "", FAIL, FAIL),
    (1011, "Deadline expired before operation could complete.", RETRY, RESUME),
    (1011, TRACE + "RPC::DEADLINE_EXCEEDED", RETRY, RESUME),
    (1011, "Internal error encountered.", RETRY, RESUME),
    (1011, "Internal error occurred.", RETRY, RESUME),
    (1011, "The service is currently unavailable.", RETRY, RESUME),
    (1011, "You exceeded your current quota, please check your plan and billing details.", FAIL, FAIL),
    (1011, "RESOURCE_EXHAUSTED", FAIL, FAIL),
    (1012, "", RETRY, RESUME),
    (1013, "", RETRY, RESUME),
    (1014, "", RETRY, RESUME),
    (4000, "nobody knows", FAIL, RESUME),
    (0, "", FAIL, RESUME),
]
IDS = [f"{code}-{words[-30:]}" for code, words, _, _ in TABLE]


def outcome(code, words, *, in_setup):
    """Return the verdict's two answers."""
    verdict = classify(code, words, in_setup=in_setup)
    return verdict.retryable, verdict.resumable


@pytest.mark.parametrize(("code", "words", "in_setup", "in_session"), TABLE, ids=IDS)
def test_the_verdict_in_both_phases(code, words, in_setup, in_session):
    """Each known end is judged as the table of close codes says."""
    assert outcome(code, words, in_setup=True) == in_setup
    assert outcome(code, words, in_setup=False) == in_session


@pytest.mark.parametrize(("code", "words", "in_setup", "in_session"), TABLE, ids=IDS)
def test_the_prefix_of_older_servers_changes_nothing(code, words, in_setup, in_session):
    """A reason behind "Request trace id: …, [ORIGINAL ERROR]" means what it means without."""
    if words and not words.startswith(TRACE):
        words = f"{TRACE}generic::failed_precondition: {words}"

    assert outcome(code, words, in_setup=True) == in_setup
    assert outcome(code, words, in_setup=False) == in_session


@pytest.mark.parametrize("name", ["m1", "gemini-2.0-flash-live-001", "gemini-2.5-flash-native-audio-preview-12-2025"])
@pytest.mark.parametrize("prefix", ["", TRACE, TRACE + "generic::not_found: "], ids=["bare", "trace", "code"])
def test_an_unknown_model_is_recognised_although_the_frame_cuts_the_words(name, prefix):
    """A close frame holds 123 bytes of reason; the prefix and a long name leave only the beginning of the sentence."""
    words = (
        f"{prefix}models/{name} is not found for API version v1beta, or is not supported for bidiGenerateContent. Call"
    )

    verdict = classify(1008, words[:123], in_setup=True)

    assert "model" in verdict.hint
    assert "does not exist" in verdict.hint


@pytest.mark.parametrize(
    ("code", "words", "names"),
    [
        (1007, "API key not valid. Please pass", "GEMINI_API_KEY"),
        (1008, "Method doesn't allow unregistered callers", "Constrained"),
        (1007, "realtime_input.media_chunks is deprecated", "audio"),
        (1011, "Quota exceeded", "quota"),
        (1000, "", "setup"),
        (1009, "", "large"),
    ],
)
def test_a_verdict_says_what_to_look_at(code, words, names):
    """A failure that somebody can mend comes with a hint in plain words."""
    assert names in classify(code, words, in_setup=True).hint


def test_a_reason_of_several_lines_is_read_to_its_end():
    """A line break in the server's words hides nothing."""
    assert outcome(1011, "Failed.\nQuota exceeded for the project.", in_setup=False) == FAIL


def test_words_are_read_without_case_and_a_verdict_is_a_value():
    """Capitals do not matter, and equal ends get equal verdicts."""
    lower = classify(1007, "api key NOT valid", in_setup=True)

    assert lower == classify(1007, "API key not valid. Please pass a valid API key.", in_setup=True)
