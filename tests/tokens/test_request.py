"""What is sent to make a token: the four cases of a lock, times, uses, and what is refused beforehand."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.backends import ApiKey, DeveloperBackend
from gemini_live.exceptions import ConfigError
from gemini_live.tokens.request import LIMIT, TokenOptions, complete, make_request
from gemini_live.types import AuthToken

BACKEND = DeveloperBackend(credentials=ApiKey("a-key"), api_version="v1alpha")
UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
CONSTRAINTS = {
    "model": MODEL,
    "config": {
        "generation_config": {"response_modalities": ["AUDIO"], "temperature": 0.5},
        "system_instruction": "Be brief.",
        "tools": [{"google_search": {}}],
        "session_resumption": {},
        "output_audio_transcription": {},
    },
}


def body(**options):
    """Return the request for these options."""
    return make_request(TokenOptions(**options), BACKEND, NOW)


def test_a_token_of_the_default_kind_asks_for_nothing():
    """The service has the same defaults, and counts by its own clock."""
    assert body() == {}
    assert body(uses=1, expire_minutes=30, new_session_expire_minutes=1) == {}


def test_constraints_alone_lock_the_whole_setup():
    """The setup as connect() would send it, and no mask."""
    made = body(live_connect_constraints=CONSTRAINTS)

    assert set(made) == {"bidiGenerateContentSetup"}
    assert made["bidiGenerateContentSetup"] == {
        "model": f"models/{MODEL}",
        "generationConfig": {"responseModalities": ["AUDIO"], "temperature": 0.5},
        "systemInstruction": {"parts": [{"text": "Be brief."}], "role": "user"},
        "tools": [{"googleSearch": {}}],
        "sessionResumption": {},
        "outputAudioTranscription": {},
    }


def test_an_empty_list_locks_what_the_constraints_have():
    """The mask is the setup's own paths."""
    assert body(live_connect_constraints=CONSTRAINTS, lock_additional_fields=[])["fieldMask"] == (
        "model,generationConfig.responseModalities,generationConfig.temperature,systemInstruction.parts,"
        "systemInstruction.role,tools,sessionResumption,outputAudioTranscription"
    )


def test_a_list_locks_more():
    """Listed fields come behind the setup's own, those that are there already only once."""
    made = body(live_connect_constraints={"model": MODEL}, lock_additional_fields=["temperature", "model", "top_k"])

    assert made["fieldMask"] == "model,generationConfig.temperature,generationConfig.topK"


@pytest.mark.parametrize("constraints", [None, {}, {"config": {}}, {"model": None, "config": None}])
def test_a_list_without_constraints_locks_defaults(constraints):
    """There is a mask and no setup."""
    made = body(live_connect_constraints=constraints, lock_additional_fields=["output_audio_transcription", "seed"])

    assert made == {"fieldMask": "outputAudioTranscription,generationConfig.seed"}


def test_an_empty_list_without_constraints_locks_nothing():
    """That is a token of the default kind."""
    assert body(lock_additional_fields=[]) == {}


def test_a_model_alone_is_a_constraint():
    """It gets its full name."""
    assert body(live_connect_constraints={"model": MODEL}) == {"bidiGenerateContentSetup": {"model": f"models/{MODEL}"}}


def test_constraints_without_a_model_hold_for_any():
    """No model is made up."""
    made = body(live_connect_constraints={"config": {"generation_config": {"temperature": 1}}})

    assert made == {"bidiGenerateContentSetup": {"generationConfig": {"temperature": 1}}}


@pytest.mark.parametrize(
    ("given_time", "sent"),
    [
        (NOW.replace(tzinfo=None, hour=13, second=1, microsecond=250_000), "2026-11-26T13:00:01.250000Z"),
        (datetime.datetime(2026, 11, 26, 13, 0, tzinfo=UTC), "2026-11-26T13:00:00Z"),
        (datetime.datetime(2026, 11, 26, 15, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=2))),
         "2026-11-26T13:00:00Z"),
        ("2026-11-26T13:00:00Z", "2026-11-26T13:00:00Z"),
        ("2026-11-26T15:00:00.123456789+02:00", "2026-11-26T15:00:00.123456789+02:00"),
    ],
)  # fmt: skip
def test_moments_are_timestamps(given_time, sent):
    """A datetime without a zone is UTC; what is text already stays as it is."""
    assert body(expire_time=given_time)["expireTime"] == sent
    assert body(new_session_expire_time=given_time)["newSessionExpireTime"] == sent


def test_minutes_are_counted_from_now():
    """They become moments, halves too."""
    assert body(expire_minutes=60, new_session_expire_minutes=2.5) == {
        "expireTime": "2026-11-26T13:00:00Z",
        "newSessionExpireTime": "2026-11-26T12:02:30Z",
    }


def test_any_number_of_uses_is_zero():
    """And another number is that number."""
    assert body(uses=0) == {"uses": 0}
    assert body(uses=7) == {"uses": 7}


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"uses": -1}, "uses"),
        ({"uses": True}, "uses"),
        ({"uses": 1.5}, "uses"),
        ({"uses": 2**31}, "uses"),
        ({"expire_minutes": 0}, "expire_minutes"),
        ({"expire_minutes": 1200}, "expire_minutes"),
        ({"expire_minutes": True}, "expire_minutes"),
        ({"expire_minutes": float("nan")}, "expire_minutes"),
        ({"new_session_expire_minutes": True}, "new_session_expire_minutes"),
        ({"new_session_expire_minutes": "1"}, "new_session_expire_minutes"),
        ({"expire_time": NOW, "expire_minutes": 5}, "expire_minutes"),
        ({"expire_time": NOW}, "expire_time"),
        ({"expire_time": NOW + LIMIT}, "expire_time"),
        ({"expire_time": "2026-11-26 13:00"}, "expire_time"),
        ({"expire_time": "2026-02-30T13:00:00Z"}, "expire_time"),
        ({"expire_time": 5}, "expire_time"),
        ({"expire_time": datetime.datetime.max.replace(tzinfo=datetime.timezone(datetime.timedelta(hours=-5)))},
         "expire_time"),
        ({"new_session_expire_time": "2025-01-01T00:00:00Z"}, "new_session_expire_time"),
        ({"live_connect_constraints": "m"}, "live_connect_constraints"),
        ({"live_connect_constraints": {"modle": "m"}}, "live_connect_constraints.modle"),
        ({"live_connect_constraints": {"model": "a?b"}}, "live_connect_constraints.model"),
        ({"live_connect_constraints": {"config": 5}}, "live_connect_constraints.config"),
        ({"live_connect_constraints": {"config": {"tols": []}}}, "live_connect_constraints.config.tols"),
        ({"live_connect_constraints": {"config": {"resume_handle": "h"}}},
         "live_connect_constraints.config.resume_handle"),
        ({"live_connect_constraints": {"config": {"generation_config": {"temprature": 1}}}},
         "live_connect_constraints.config.generation_config.temprature"),
        ({"live_connect_constraints": {"config": {"explicit_vad_signal": True}}},
         "live_connect_constraints.config.explicit_vad_signal"),
        ({"live_connect_constraints": {"model": "gemini-3.8-live",
                                       "config": {"generation_config": {"thinking_config": {}}}}},
         "live_connect_constraints.config.generation_config.thinking_config"),
        ({"lock_additional_fields": "temperature"}, "lock_additional_fields"),
        ({"lock_additional_fields": 5}, "lock_additional_fields"),
        ({"lock_additional_fields": ["nothing"]}, "lock_additional_fields[0]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_by_name(options, path):
    """Nothing is sent of it; the error says where."""
    with pytest.raises(ConfigError) as caught:
        body(**options)

    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")


def test_everything_that_is_wrong_is_said_at_once():
    """One error has all problems."""
    with pytest.raises(ConfigError) as caught:
        body(uses=-1, expire_minutes=0, live_connect_constraints={"modle": 1}, lock_additional_fields=["nothing"])

    assert [problem.path for problem in caught.value.problems] == [
        "uses", "expire_minutes", "live_connect_constraints.modle", "lock_additional_fields[0]",
    ]  # fmt: skip


@given(st.datetimes(NOW.replace(tzinfo=None), (NOW + LIMIT).replace(tzinfo=None)))
def test_any_moment_within_the_limit_can_be_read_again(moment):
    """It is the same moment on the wire, to the microsecond."""
    if moment == (NOW + LIMIT).replace(tzinfo=None) or moment <= NOW.replace(tzinfo=None) + datetime.timedelta(
        seconds=1
    ):
        return
    sent = body(expire_time=moment)["expireTime"]

    assert sent.endswith("Z")
    assert datetime.datetime.fromisoformat(sent.removesuffix("Z")) == moment


def test_what_the_service_does_not_repeat_is_completed():
    """From the request, or from its defaults; what it says itself counts."""
    asked = body(uses=3, expire_minutes=60)
    token = complete(AuthToken(name="auth_tokens/t", expire_time="2026-11-26T12:59:00Z"), asked, NOW)

    assert (token.uses, token.expire_time, token.new_session_expire_time) == (
        3, "2026-11-26T12:59:00Z", "2026-11-26T12:01:00Z",
    )  # fmt: skip
