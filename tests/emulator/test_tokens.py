"""Tokens: what can be asked for, and when they are over."""

from __future__ import annotations

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.emulator.http_errors import HttpError
from gemini_live.emulator.refusals import RefusedError
from gemini_live.emulator.token_requests import read_timestamp, read_token_request, write_timestamp
from gemini_live.emulator.tokens import TokenBook

UTC = datetime.timezone.utc
NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)


def read(**body):
    return read_token_request(json.dumps(body).encode(), NOON)


def refusal(body):
    with pytest.raises(HttpError) as caught:
        read_token_request(body if isinstance(body, bytes) else json.dumps(body).encode(), NOON)
    assert caught.value.status == 400
    return caught.value


class Clock:
    """Tells the time that the test sets."""

    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def ticking():
    """A clock, and a book that goes by it."""
    clock = Clock()
    return clock, TokenBook(clock)


def issue(book, **body):
    return book.find(book.create(json.dumps(body).encode())["name"])


@pytest.mark.parametrize("body", [b"", b"{}", b'{"uses":null,"fieldMask":""}', b' {"name":"ignored"}'])
def test_the_defaults_are_the_service_s(body):
    """30 minutes, 60 seconds to begin in, one use, and nothing locked."""
    request = read_token_request(body, NOON)
    assert request.expires - NOON == datetime.timedelta(minutes=30)
    assert request.window_ends - NOON == datetime.timedelta(seconds=60)
    assert (request.uses, request.lock.setup, request.lock.mask) == (1, None, ())


@pytest.mark.parametrize(
    "names",
    [
        ("expireTime", "newSessionExpireTime", "bidiGenerateContentSetup", "fieldMask"),
        ("expire_time", "new_session_expire_time", "bidi_generate_content_setup", "field_mask"),
    ],
)
def test_everything_can_be_said_in_either_spelling(names):
    """The setup is kept in camelCase."""
    setup = {"model": "models/m", "generation_config": {"temperature": 0.5}}
    values = ("2026-01-31T13:00:00Z", "2026-01-31T12:00:01+00:00", setup, "model,generationConfig.temperature")
    request = read(uses=0, **dict(zip(names, values, strict=True)))
    assert (request.expires - NOON, request.window_ends - NOON, request.uses) == (HOUR, SECOND, 0)
    assert request.lock.setup == {"model": "models/m", "generationConfig": {"temperature": 0.5}}
    assert request.lock.mask == (("model",), ("generationConfig", "temperature"))


def test_the_name_of_the_client_libraries_is_no_field():
    """It is refused in the service's own words, with the place in the details."""
    error = refusal({"liveConnectConstraints": {}})
    words = "Invalid JSON payload received. Unknown name \"liveConnectConstraints\" at 'auth_token': Cannot find field."
    assert error.document()["error"] == {
        "code": 400,
        "message": words,
        "status": "INVALID_ARGUMENT",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": "auth_token", "description": words}],
            }
        ],
    }


def test_every_mistake_is_a_violation():
    """Unknown names, wrong types and what only Vertex AI has, each with its place."""
    setup = {"foo": 1, "explicitVadSignal": True, "generationConfig": {"temperature": "hot"}}
    error = refusal({"uses": "many", "bidiGenerateContentSetup": setup})
    fields = [violation["field"] for violation in error.details[0]["fieldViolations"]]
    root = "auth_token.bidi_generate_content_setup"
    assert sorted(fields) == sorted(["auth_token.uses", root, root, f"{root}.generation_config.temperature"])
    assert error.message.count("\n") == 3


@pytest.mark.parametrize("body", [b"{", b"[]", b"nonsense", b"\xff", b"[" * 100_000, b'{"uses":NaN}'])
def test_what_is_no_json_object_is_refused(body):
    """400, and the description says what is wrong with it."""
    assert refusal(body).message.startswith("Invalid JSON payload received.")


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:30:01.250000",
        "2026-01-31 12:30:01Z",
        "2026-02-31T12:30:01Z",
        "0000-01-01T00:00:00Z",
        "tomorrow",
        "",
        "1769862601",
    ],
)
@pytest.mark.parametrize("name", ["expireTime", "newSessionExpireTime"])
def test_a_time_is_rfc_3339_with_its_zone(name, text):
    """Others are no Timestamp, those without a zone first of all."""
    assert "type.googleapis.com/google.protobuf.Timestamp" in refusal({name: text}).message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-01-31T12:00:00Z", "must be in the future"),
        ("2026-01-31T12:59:59+01:00", "must be in the future"),
        ("0001-01-01T00:00:00+23:59", "must be in the future"),
        ("2026-02-01T08:00:00Z", "must be less than 20 hours in the future"),
        ("9999-12-31T23:59:59-23:59", "must be less than 20 hours in the future"),
    ],
)
@pytest.mark.parametrize("name", ["expireTime", "newSessionExpireTime"])
def test_a_time_is_ahead_and_not_too_far(name, text, words):
    """The past is refused, and 20 hours or more."""
    assert words in refusal({name: text}).message


def test_a_time_just_below_the_bound_is_taken():
    """Less than 20 hours will do, to the microsecond."""
    assert read(expireTime="2026-02-01T07:59:59.999999Z").expires - NOON < datetime.timedelta(hours=20)


@pytest.mark.parametrize("uses", [-1, 2**31, "-5", True, 1.5, []])
def test_uses_are_a_number_of_some(uses):
    """Negative ones and other things are refused."""
    assert "uses" in refusal({"uses": uses}).message


@pytest.mark.parametrize(
    "mask",
    [
        "generationConfig.",
        "generationConfig.topk",
        "topk",
        "model,",
        "model, tools",
        "tools.0",
        "labels.team",
        "labels.x",
        "model.name",
        "temperature.x",
        "explicitVadSignal",
        "explicit_vad_signal",
        "generationConfig.modelConfig",
        "modelConfig",
        "model_config",
        "setup.model",
        "generationConfig.generationConfig",
        "systemInstruction.temperature",
    ],
)
def test_a_mask_is_of_paths_that_exist(mask):
    """Other names, what is inside lists and maps, and what only Vertex AI has are refused, with the path."""
    assert "google.protobuf.FieldMask" in refusal({"fieldMask": mask}).message


@pytest.mark.parametrize(
    ("mask", "path"),
    [
        ("generation_config.top_k", ("generationConfig", "topK")),
        ("generationConfig.top_k", ("generationConfig", "topK")),
        ("system_instruction.parts", ("systemInstruction", "parts")),
        ("output_audio_transcription", ("outputAudioTranscription",)),
        ("session_resumption.handle", ("sessionResumption", "handle")),
        ("temperature", ("generationConfig", "temperature")),
        ("response_modalities", ("generationConfig", "responseModalities")),
        ("responseModalities", ("generationConfig", "responseModalities")),
        ("thinking_config.thinking_budget", ("generationConfig", "thinkingConfig", "thinkingBudget")),
        ("speech_config", ("generationConfig", "speechConfig")),
    ],
)
def test_a_mask_is_kept_in_camel_case(mask, path):
    """It may be in either spelling, and without the name of the generation config in front."""
    assert read(fieldMask=f"model,{mask}").lock.mask == (("model",), path)


def test_a_mask_needs_no_setup():
    """It locks fields to being unset then."""
    assert read(fieldMask="tools,generationConfig.topK").lock.mask == (("tools",), ("generationConfig", "topK"))


@pytest.mark.parametrize("depth", [50, 200, 300, 400, 480, 600, 900])
def test_a_deep_body_is_a_token_or_a_refusal(depth):
    """A setup may be nested deeper than anybody means it."""
    setup = b'{"bidiGenerateContentSetup":{"tools":[{"functionDeclarations":[{"parameters":'
    try:
        read_token_request(setup + b'{"items":' * depth + b"{}" + b"}" * depth + b"}]}]}}", NOON)
    except HttpError as error:
        assert error.status == 400 and depth > 50


@given(st.binary())
def test_any_body_is_a_token_or_a_refusal(body):
    """A stranger's bytes never break it."""
    try:
        read_token_request(body, NOON)
    except HttpError as error:
        assert error.status == 400


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["name", "expireTime", "new_session_expire_time", "uses", "bidiGenerateContentSetup", "fieldMask"]
)


@given(st.dictionaries(FIELDS, JSON))
def test_any_values_are_a_token_or_a_refusal(body):
    """Known names with a stranger's values never break it."""
    try:
        read_token_request(json.dumps(body).encode(), NOON)
    except HttpError as error:
        assert error.status == 400


@given(st.datetimes(timezones=st.sampled_from([UTC, datetime.timezone(datetime.timedelta(hours=-7, minutes=-30))])))
def test_a_moment_is_read_as_it_was_written(moment):
    """Writing and reading is lossless, in UTC and with an offset."""
    assert read_timestamp(moment.isoformat()) == moment
    if datetime.datetime(2, 1, 1, tzinfo=UTC) < moment < datetime.datetime(9999, 1, 1, tzinfo=UTC):
        assert write_timestamp(moment).endswith("Z")
        assert read_timestamp(write_timestamp(moment)) == moment


def test_nanoseconds_are_cut():
    """A fraction may have one to nine digits."""
    assert read_timestamp("2026-01-31T12:00:00.5Z").microsecond == 500_000
    assert read_timestamp("2026-01-31T12:00:00.123456789Z").microsecond == 123_456


def test_a_token_is_answered_with_what_it_is(ticking):
    """Name, times and uses come back; no two names are alike."""
    _, book = ticking
    first, second = (book.create(b'{"uses":3}') for _ in range(2))
    assert set(first) == {"name", "expireTime", "newSessionExpireTime", "uses"}
    assert (first["expireTime"], first["uses"]) == ("2026-01-31T12:30:00Z", 3)
    assert first["newSessionExpireTime"] == "2026-01-31T12:01:00Z"
    assert first["name"].startswith("auth_tokens/") and first["name"] != second["name"]
    assert len(first["name"]) > 40


def test_an_unknown_token_is_an_unregistered_caller(ticking):
    """So is none."""
    for name in ("", "auth_tokens/unknown"):
        with pytest.raises(RefusedError, match="^1008 Method doesn't allow unregistered callers"):
            ticking[1].find(name)


@pytest.mark.parametrize("uses", [1, 2])
def test_a_token_has_its_uses_and_no_more(ticking, uses):
    """One more is told so."""
    _, book = ticking
    token = issue(book, uses=uses)
    for _ in range(uses):
        book.spend(token)
    with pytest.raises(RefusedError, match=f"^1008 The auth token is used up: its uses are {uses}"):
        book.spend(token)


def test_no_uses_are_any_number(ticking):
    """0 is unlimited."""
    token = issue(ticking[1], uses=0)
    for _ in range(50):
        ticking[1].spend(token)


def test_sessions_begin_before_their_time_is_over(ticking):
    """At newSessionExpireTime no more begin, while the token lives on."""
    clock, book = ticking
    token = issue(book, uses=0)
    clock.now += 59 * SECOND
    book.spend(token)
    clock.now += SECOND
    with pytest.raises(RefusedError, match="^1008 The auth token begins no new sessions: its newSessionExpireTime"):
        book.spend(token)
    book.check_alive(token)
    assert token.used == 1


def test_a_token_dies_at_its_time(ticking):
    """At expireTime it is neither found nor alive."""
    clock, book = ticking
    token = issue(book)
    clock.now += 30 * 60 * SECOND
    for check in (lambda: book.find(token.name), lambda: book.check_alive(token)):
        with pytest.raises(RefusedError, match="^1008 The auth token has expired: its expireTime has passed"):
            check()


@pytest.mark.parametrize("sessions_only", [False, True])
def test_all_tokens_can_be_expired(ticking, sessions_only):
    """Those made so far are over, wholly or for new sessions; a later one is good."""
    _, book = ticking
    old = issue(book, uses=0)
    book.expire_all(sessions_only=sessions_only)
    with pytest.raises(RefusedError, match="newSessionExpireTime"):
        book.spend(old)
    if sessions_only:
        assert book.find(old.name) is old
    else:
        with pytest.raises(RefusedError, match="has expired"):
            book.find(old.name)
    book.spend(issue(book))


def test_expiring_twice_moves_no_time_back(ticking):
    """What is over stays over since then."""
    clock, book = ticking
    token = issue(book)
    book.expire_all(sessions_only=False)
    clock.now += HOUR
    book.expire_all(sessions_only=False)
    assert token.expires == token.window_ends == NOON


def test_very_many_tokens_are_not_kept(ticking, monkeypatch):
    """The oldest is forgotten."""
    monkeypatch.setattr("gemini_live.emulator.tokens._MOST_TOKENS", 2)
    _, book = ticking
    tokens = [book.create(b"")["name"] for _ in range(3)]
    with pytest.raises(RefusedError, match="unregistered"):
        book.find(tokens[0])
    assert book.find(tokens[1]).name == tokens[1]


def test_a_repr_shows_no_token(ticking):
    """The name is the secret."""
    token = issue(ticking[1])
    assert token.name not in repr(token) and "uses=1" in repr(token)
