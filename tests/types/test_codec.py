"""The one codec: total on the way in from a server, strict on the way in from a program, camelCase on the way out."""

from __future__ import annotations

import copy
import functools
import json
import pickle
import typing
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gemini_live.types as wire_types
from gemini_live._speed import read_base64
from gemini_live.exceptions import ConfigError
from gemini_live.types import (
    Blob,
    ClientContent,
    ClientMessage,
    Content,
    ContextWindowCompressionConfig,
    FunctionCall,
    FunctionResponse,
    GenerationConfig,
    GoAway,
    Modality,
    Part,
    RealtimeInput,
    ServerMessage,
    SessionResumptionConfig,
    SessionResumptionUpdate,
    Setup,
    SlidingWindow,
    SpeechConfig,
    ThinkingLevel,
    Transcription,
    TurnCompleteReason,
    UsageMetadata,
    decode,
    encode,
    parse,
)
from gemini_live.types._wire import WireValue
from gemini_live.types.codec import ObjectKind, plan_of
from gemini_live.types.enums import OpenEnum
from gemini_live.types.kinds import ListKind, MapKind, check_json

from .conftest import CLASSES

ENUMS = [value for value in vars(wire_types).values() if isinstance(value, type) and issubclass(value, OpenEnum)]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-(10**400), max_value=10**400),
    st.floats(allow_nan=False),
    st.text(max_size=10),
    st.sampled_from(["AUDIO", "true", "12", "3.5s", "QUJD", "-_-_", "", "1e5", "9" * 20]),
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


def spellings(cls: type[WireValue]) -> list[str]:
    """Return every key that a class knows."""
    return sorted(plan_of(cls).by_key)


@functools.cache
def objects(cls: type[WireValue], depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects with the keys of a class, in both spellings, with fitting and unfitting values, and other keys."""
    choices = {}
    for key in spellings(cls):
        kind: Any = plan_of(cls).by_key[key].kind
        choices[key] = st.one_of(json_values, fitting(kind, depth - 1)) if depth else json_values
    return st.builds(
        lambda known, other: {**other, **known},
        st.fixed_dictionaries({}, optional=choices),
        st.dictionaries(st.text(max_size=8), json_values, max_size=3),
    )


def fitting(kind: Any, depth: int) -> st.SearchStrategy[Any]:
    """Objects, and lists and maps of them, where a class has such; any JSON elsewhere."""
    if isinstance(kind, ObjectKind):
        return objects(kind.cls, depth)
    if isinstance(kind, ListKind):
        return st.lists(fitting(kind.item, depth), max_size=2)
    if isinstance(kind, MapKind):
        return st.dictionaries(st.text(max_size=8), fitting(kind.item, depth), max_size=2)
    return json_values


any_object = st.sampled_from(CLASSES).flatmap(lambda cls: st.tuples(st.just(cls), objects(cls)))


def lost_keys(cls: type[WireValue], before: dict[str, Any], after: dict[str, Any], path: str = "") -> list[str]:
    """Return the paths of keys that are in ``before`` and, in neither spelling, in ``after``; ``null`` is absence."""
    lost, by_key = [], plan_of(cls).by_key
    for key, value in before.items():
        field = by_key.get(key)
        if field is None:
            if key not in after or after[key] is not value:
                lost.append(f"{path}.{key}")
        elif value is None:
            continue
        elif key in after and key != field.wire_name:
            if after[key] is not value:  # kept beside the other spelling
                lost.append(f"{path}.{key}")
        elif field.wire_name not in after:
            lost.append(f"{path}.{key}")
        elif isinstance(field.kind, ObjectKind) and isinstance(value, dict):
            lost += lost_keys(field.kind.cls, value, after[field.wire_name], f"{path}.{key}")
    return lost


@given(any_object)
def test_decode_is_total_and_loses_no_key(case: tuple[type[WireValue], dict[str, Any]]) -> None:
    """Any JSON object can be read, and written again with every key: unknown, unfitting, or given in both spellings."""
    cls, data = case
    before = copy.deepcopy(data)
    value = decode(cls, data)
    written = encode(value)

    assert data == before
    assert lost_keys(cls, data, written) == []
    assert json.loads(json.dumps(written)) is not None
    again = decode(cls, written)
    assert encode(again) == written


@given(any_object)
def test_what_was_decoded_can_be_pickled_copied_and_shown(case: tuple[type[WireValue], dict[str, Any]]) -> None:
    """Values travel through Celery and multiprocessing, and a repr is always to be had."""
    value = decode(*case)
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    assert type(value).__name__ in repr(value)


@given(any_object)
def test_parse_raises_nothing_but_config_errors(case: tuple[type[WireValue], dict[str, Any]]) -> None:
    """Whatever a program writes is taken or refused with the path of what is wrong."""
    cls, data = case
    try:
        value = parse(cls, data, "option")
    except ConfigError as error:
        assert error.path.startswith("option")
        assert str(error).startswith(error.path)
    else:
        assert parse(cls, value, "option") == value
        assert parse(cls, encode(value), "option") == value
        json.dumps(encode(value), ensure_ascii=False).encode("utf-8")


@given(json_values)
def test_parse_of_no_object_raises_nothing_else(value: Any) -> None:
    """Numbers, lists and strings where an object belongs."""
    for cls in CLASSES:
        try:
            parse(cls, value, "option")
        except ConfigError as error:
            assert error.path.startswith("option")


def keeps_the_rules(cls: type[WireValue]) -> None:
    """Check the rules of one class."""
    empty = cls()
    assert encode(empty) == {}
    assert decode(cls, {}) == empty
    assert empty.extra is not cls().extra
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        empty.extra = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        cls({})  # type: ignore[call-arg,misc]
    hints = typing.get_type_hints(cls)
    for field in plan_of(cls).fields:
        if field.wire_name == "modelConfig":  # the one that every client calls by another name
            assert field.attribute == "model_selection_config"
            continue
        head, *tail = field.attribute.removesuffix("_ms").split("_")
        assert field.wire_name.removesuffix("Ms") == "".join([head, *(word.capitalize() for word in tail)])
        assert hints[field.attribute] is not None


def test_every_class_keeps_the_rules() -> None:
    """Frozen, keyword-only, camelCase beside snake_case, empty is {}, and nothing is shared between two values."""
    assert len(CLASSES) > 140
    for cls in CLASSES:
        keeps_the_rules(cls)


def test_null_is_absence_and_empty_things_are_values() -> None:
    """protobuf's JSON says so of null; {} and [] and "" and 0 and false are kept."""
    assert encode(decode(ServerMessage, {"setupComplete": {}, "toolCall": None})) == {"setupComplete": {}}
    data = {"turns": [], "turnComplete": False}
    assert encode(decode(ClientContent, data)) == data
    assert encode(decode(Part, {"text": "", "thought": False})) == {"text": "", "thought": False}
    assert encode(decode(UsageMetadata, {"totalTokenCount": 0})) == {"totalTokenCount": 0}
    assert encode(decode(Part, {"unknown": None})) == {"unknown": None}


@pytest.mark.parametrize(
    "data",
    [
        {"turnComplete": True, "turn_complete": False},
        {"turn_complete": False, "turnComplete": True},
    ],
)
def test_both_spellings_at_once(data: dict[str, Any]) -> None:
    """The camelCase one is the field, whichever comes first, and the other is kept beside it."""
    value = decode(ClientContent, data)
    assert value.turn_complete is True
    assert encode(value) == {"turnComplete": True, "turn_complete": False}


def test_both_spellings_of_which_one_does_not_fit() -> None:
    """Both are kept."""
    data = {"turnComplete": "perhaps", "turn_complete": True}
    value = decode(ClientContent, data)
    assert value.turn_complete is None
    assert encode(value) == data
    assert decode(ClientContent, {"turnComplete": None, "turn_complete": True}).turn_complete is True


def test_misfits_are_reported_and_kept() -> None:
    """A known field with a strange value does not hide the rest of the message."""
    report: list[str] = []
    data = {
        "serverContent": {"turnComplete": "yes", "interrupted": True, "modelTurn": {"parts": [{"text": 5}, None]}},
        "goAway": [],
        "usageMetadata": {"totalTokenCount": "12", "promptTokenCount": 1.5},
    }
    message = ServerMessage.from_json(data, report)

    assert message.server_content is not None
    assert message.server_content.interrupted is True
    assert message.usage_metadata is not None
    assert message.usage_metadata.total_token_count == 12
    assert message.raw is data
    assert encode(message) == {**data, "usageMetadata": {"totalTokenCount": 12, "promptTokenCount": 1.5}}
    assert {"ServerContent.turn_complete", "ServerMessage.go_away", "UsageMetadata.prompt_token_count"} <= set(report)


def test_both_spellings_are_read_at_every_level() -> None:
    """snake_case and camelCase in, camelCase out."""
    snake = {"generation_config": {"speech_config": {"language_code": "de-DE"}, "top_k": 3}}
    camel = {"generationConfig": {"speechConfig": {"languageCode": "de-DE"}, "topK": 3}}
    mixed = {"generation_config": {"speechConfig": {"language_code": "de-DE"}, "topK": 3}}
    for data in (snake, camel, mixed):
        assert encode(parse(Setup, data, "")) == camel
        assert encode(decode(Setup, data)) == camel


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"temprature": 1}, "config.temprature: unknown; did you mean temperature?"),
        ({"zzz": 1}, "config.zzz: unknown; known are "),
        ({5: 1}, "config.5: unknown; known are "),
        ({"temperature": "hot"}, "config.temperature: must be a number, not str"),
        ({"temperature": True}, "config.temperature: must be a number, not bool"),
        ({"temperature": float("nan")}, "config.temperature: must be a finite number"),
        ({"temperature": 10**400}, "config.temperature: must be a finite number"),
        ({"topK": 1.5}, "config.topK: must be a whole number, not float"),
        ({"top_k": True}, "config.top_k: must be a whole number, not bool"),
        ({"seed": 1 << 31}, "config.seed: must be a whole number of at most 32 bits"),
        ({"seed": float("inf")}, "config.seed: must be a whole number, not float"),
        ({"enableAffectiveDialog": 1}, "config.enableAffectiveDialog: must be True or False, not int"),
        ({"response_modalities": "AUDIO"}, "config.response_modalities: must be a list, not str"),
        ({"response_modalities": ["SMELL"]}, "config.response_modalities[0]: 'SMELL' is not one of "),
        ({"response_modalities": [None]}, "config.response_modalities[0]: must be one of "),
        ({"topK": 1, "top_k": 2}, "config.top_k: is given in both spellings"),
        (
            {"speech_config": {"voiceConfig": {"prebuilt_voice_config": {"voice_nam": "Kore"}}}},
            "config.speech_config.voiceConfig.prebuilt_voice_config.voice_nam: unknown; did you mean voice_name?",
        ),
        ({"speech_config": 5}, "config.speech_config: must be a SpeechConfig or a mapping, not int"),
        ([], "config: must be a GenerationConfig or a mapping, not list"),
        (None, "config: must be a GenerationConfig or a mapping, not NoneType"),
    ],
)
def test_errors_name_the_place_and_what_would_be_right(value: Any, message: str) -> None:
    """The path as the program wrote it, and the nearest known name."""
    with pytest.raises(ConfigError) as caught:
        parse(GenerationConfig, value, "config")
    assert str(caught.value).startswith(message)
    assert message.startswith(caught.value.path + ":")
    assert isinstance(caught.value, ValueError)


def test_an_empty_path_leaves_no_dot() -> None:
    """The outermost value may have no name."""
    with pytest.raises(ConfigError, match=r"^temperature: must be"):
        parse(GenerationConfig, {"temperature": "hot"}, "")


def test_values_are_looked_through_too() -> None:
    """The constructors take anything: what does not fit is found by parse, and plain forms become the right types."""
    plain = GenerationConfig(
        response_modalities=["audio"],  # type: ignore[arg-type]
        speech_config="Kore",  # type: ignore[arg-type]
        temperature=1,
        extra={"newer": 1},
    )
    value = parse(GenerationConfig, plain, "config")
    assert value.response_modalities == (Modality.AUDIO,)
    assert encode(value) == {
        "responseModalities": ["AUDIO"],
        "temperature": 1,
        "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
        "newer": 1,
    }
    with pytest.raises(ConfigError, match=r"^config\.temperature: must be a number"):
        parse(GenerationConfig, GenerationConfig(temperature="hot"), "config")  # type: ignore[arg-type]
    assert encode(parse(Blob, Blob(data="QUJD"), "blob")) == {"data": "QUJD"}  # type: ignore[arg-type]


def test_a_value_that_is_right_is_taken_as_it_is() -> None:
    """No copy is made of a value with nothing to change."""
    blob = Blob(data=b"abc", mime_type="audio/pcm")
    assert parse(Blob, blob, "blob") is blob


def test_what_the_server_said_can_be_sent_back() -> None:
    """Unknown enum values and fields of a decoded value pass parse unchanged."""
    decoded = decode(GenerationConfig, {"responseModalities": ["SMELL"], "newer": {"a_b": 1}})
    assert encode(parse(GenerationConfig, decoded, "config")) == {"responseModalities": ["SMELL"], "newer": {"a_b": 1}}


USER_DATA = {"snake_key": {"camelKey": [1, {"turn_complete": None}]}, "turnComplete": 0, "": ""}


def test_user_data_is_never_respelled() -> None:
    """args, response, metadata and labels keep their keys, in both directions."""
    for data in (
        {"functionCall": {"args": USER_DATA}},
        {"functionResponse": {"response": USER_DATA}},
        {"partMetadata": USER_DATA},
    ):
        assert encode(parse(Part, data, "part")) == data
        assert encode(decode(Part, data)) == data
    labels = {"labels": {"team_name": "a", "team-name": "b"}}
    assert encode(parse(Setup, labels, "")) == labels
    with pytest.raises(ConfigError, match=r"labels\.team: must be a string"):
        parse(Setup, {"labels": {"team": 5}}, "")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": {1, 2}}, "response.a"),
        ({"a": [0, {"b": object()}]}, "response.a[1].b"),
        ({"a": float("inf")}, "response.a"),
        ({"a": {5: 1}}, "response.a"),
        ({5: 1}, "response"),
        ({"a": b"raw"}, "response.a"),
        ({"a": 10**5000}, "response.a"),
        ({"a": "\ud800"}, "response.a"),
        ({"\udfff": 1}, "response"),
        ([1], "response"),
    ],
)
def test_user_data_that_is_no_json_is_refused_with_its_place(value: Any, path: str) -> None:
    """Before anything is encoded, so that it can't fail half way."""
    with pytest.raises(ConfigError) as caught:
        parse(FunctionResponse, {"response": value}, "")
    assert caught.value.path == path


def test_deep_and_endless_user_data() -> None:
    """A value that contains itself, or is nested without end, is an error and no crash."""
    endless: dict[str, Any] = {}
    endless["self"] = endless
    deep: Any = 0
    for _ in range(50_000):
        deep = [deep]
    for value in (endless, {"deep": deep}):
        with pytest.raises(ConfigError, match="nested more than"):
            parse(FunctionResponse, {"response": value}, "")
    fine: Any = 0
    for _ in range(99):
        fine = [fine]
    check_json(fine, "fine")


def test_deep_nesting_from_a_server_is_harmless() -> None:
    """Unknown and untyped fields are passed on without being walked through."""
    deep: dict[str, Any] = {}
    for _ in range(50_000):
        deep = {"a": deep}
    data = {"toolCall": {"functionCalls": [{"args": deep}]}, "unknown": deep}
    message = ServerMessage.from_json(data)
    assert message.tool_call is not None
    assert message.tool_call.function_calls is not None
    assert message.tool_call.function_calls[0].args is not None
    assert message.extra["unknown"] is deep
    assert "unknown" in repr(message.extra.keys())
    while deep:  # take it apart by hand: the interpreter's own way down is recursive in old versions
        deep = deep.pop("a")


def test_half_a_surrogate_pair_is_no_text() -> None:
    """It could not be sent as UTF-8."""
    with pytest.raises(ConfigError, match=r"^input\.text: .*surrogate"):
        parse(RealtimeInput, {"text": "a\ud800"}, "input")


def test_bytes_are_raw_and_strings_are_base64() -> None:
    """Either alphabet, padded or not, out always standard and padded."""
    raw = bytes(range(251, 256)) + b"\xff\xfe\xfb"
    for given_data in (
        raw,
        bytearray(raw),
        memoryview(raw),
        "+/z9/v//vvs=",
        "-_z9_v__vvs=",
        "-_z9_v__vvs",
        "+/z9/v//vvs",
    ):
        try:
            value = parse(Blob, {"data": given_data}, "blob")
        except ConfigError:
            raise AssertionError(given_data) from None
        assert encode(value)["data"] == encode(Blob(data=value.data))["data"]
        assert type(value.data) is bytes
    assert parse(Blob, {"data": raw}, "").data == raw
    assert encode(Blob(data=b"\xfb\xff")) == {"data": "+/8="}
    assert encode(Blob(data=b"")) == {"data": ""}


@given(st.binary(max_size=60))
def test_every_form_of_base64_is_read(raw: bytes) -> None:
    """Standard and URL-safe, with and without padding."""
    import base64

    for text in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        assert read_base64(text) == raw
        assert read_base64(text.rstrip("=")) == raw
    assert (
        encode(decode(Blob, {"data": base64.urlsafe_b64encode(raw).decode()}))["data"] == base64.b64encode(raw).decode()
    )


@pytest.mark.parametrize("text", ["a", "ab c", "ab\nc", "äöü", "ab=c", "ab==cd==", "====A", "a*bc", "AAAAA"])
def test_what_is_not_base64(text: str) -> None:
    """A program is told so; a server's string is kept as it is."""
    with pytest.raises(ConfigError, match="base64"):
        parse(Blob, {"data": text}, "blob")
    assert encode(decode(Blob, {"data": text})) == {"data": text}
    with pytest.raises(ConfigError, match="must be bytes, or a base64 string, not int"):
        parse(Blob, {"data": 5}, "blob")


@given(st.integers(0, 2**63 - 1))
def test_64_bit_integers_are_strings_on_the_wire(number: int) -> None:
    """Both forms in, a string out, no digit lost."""
    for form in (number, str(number)):
        assert decode(SlidingWindow, {"targetTokens": form}).target_tokens == number
    assert encode(parse(SlidingWindow, {"target_tokens": number}, "")) == {"targetTokens": str(number)}


@pytest.mark.parametrize("form", ["", "1.5", "0x10", "1e3", "٣", "9" * 21, 1 << 64, 1e300, "9" * 20])
def test_what_is_no_64_bit_integer_is_kept(form: Any) -> None:
    """As it came, and it can be written."""
    update = decode(SessionResumptionUpdate, {"lastConsumedClientMessageIndex": form})
    assert update.last_consumed_client_message_index is None
    assert encode(update) == {"lastConsumedClientMessageIndex": form}


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0s", 0),
        ("9.500s", 9_500),
        ("50s", 50_000),
        ("-1.5s", -1_500),
        ("0.0004s", 0.4),
        ("123456789.123s", 123_456_789_123),
    ],
)
def test_durations_are_milliseconds(text: str, milliseconds: float) -> None:
    """protobuf writes seconds with a fraction and an s."""
    assert decode(GoAway, {"timeLeft": text}).time_left_ms == milliseconds
    assert parse(GoAway, {"time_left_ms": text}, "").time_left_ms == milliseconds


@given(st.integers(-(10**14), 10**14))
def test_durations_lose_no_millisecond(milliseconds: int) -> None:
    """What is written is read again as the same."""
    wire = encode(parse(GoAway, {"time_left_ms": milliseconds}, ""))
    assert decode(GoAway, wire).time_left_ms == milliseconds


@pytest.mark.parametrize("text", ["", "5", "s", "1.s", "5m", "1e3s", "١s", "1.0000000001s", 5, None, "5s "])
def test_what_is_no_duration(text: Any) -> None:
    """A server's is kept, a program's refused."""
    value = decode(GoAway, {"timeLeft": text})
    assert value.time_left_ms is None
    assert encode(value) == ({} if text is None else {"timeLeft": text})
    if isinstance(text, str):
        with pytest.raises(ConfigError, match=r"9\.5s"):
            parse(GoAway, {"timeLeft": text}, "")


@pytest.mark.parametrize("cls", ENUMS, ids=lambda cls: cls.__name__)
def test_open_enums_keep_what_they_do_not_know(cls: type[OpenEnum]) -> None:
    """Equal to their string, hashed as it, shown as it, the same after pickling, and never an error."""
    if cls is OpenEnum:
        return
    for member in [*cls, cls("NEWER_THAN_THIS")]:
        assert member == str(member) == member.value
        assert hash(member) == hash(member.value)
        assert {member: 1}[member.value] == 1
        assert json.loads(json.dumps(member)) == member.value
        assert pickle.loads(pickle.dumps(member)) == member
        assert copy.deepcopy(member) == member
        assert member.recognized == (member in list(cls))
    assert not cls("NEWER_THAN_THIS").recognized
    assert cls("NEWER_THAN_THIS") == cls("NEWER_THAN_THIS")
    with pytest.raises(ValueError, match="5"):
        cls(5)


def test_enums_are_read_in_any_case() -> None:
    """Programs may write them small."""
    import enum

    class Mine(str, enum.Enum):
        LOUD = "audio"

    for form in ("audio", "AUDIO", "Audio", Modality.AUDIO, Mine.LOUD):
        assert parse(GenerationConfig, {"response_modalities": [form]}, "").response_modalities == (Modality.AUDIO,)
    assert parse(Part, {"text": Mine.LOUD}, "").text == "audio"
    with pytest.raises(ConfigError, match="'AUDIO' is not one of THINKING"):
        parse(wire_types.ThinkingConfig, {"thinking_level": Modality.AUDIO}, "")
    assert parse(wire_types.ThinkingConfig, {"thinking_level": "high"}, "").thinking_level is ThinkingLevel.HIGH


def test_booleans_as_strings() -> None:
    """protobuf's readers take them, so a server's are read; a program's are refused."""
    assert decode(Part, {"thought": "true"}).thought is True
    assert decode(Part, {"thought": "false"}).thought is False
    assert encode(decode(Part, {"thought": "TRUE"})) == {"thought": "TRUE"}
    with pytest.raises(ConfigError):
        parse(Part, {"thought": "true"}, "")


@pytest.mark.parametrize(
    "value",
    [
        decode(ServerMessage, {"sessionResumptionUpdate": {"newHandle": "SECRET"}}),
        decode(SessionResumptionUpdate, {"newHandle": "SECRET", "new_handle": "SECRET"}),
        decode(SessionResumptionUpdate, {"newHandle": ["SECRET"], "unknown": "SECRET"}),
        SessionResumptionConfig(handle="SECRET"),
        GoAway(handle="SECRET"),
        Blob(data=b"SECRET"),
        decode(Blob, {"data": "SECRET is not base64"}),
        parse(Content, Blob(data=b"SECRET"), ""),
        Part(thought_signature=b"SECRET"),
        wire_types.ReplicatedVoiceConfig(voice_sample_audio=b"SECRET", consent_audio=b"SECRET"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_reprs_show_neither_audio_nor_handles(value: WireValue) -> None:
    """Not even where the server put them into unknown or unfitting fields."""
    shown = repr(value)
    assert "SECRET" not in shown
    assert "U0VDUkVU" not in shown
    assert "'data'" not in shown


def test_reprs_are_short() -> None:
    """Only what is set; bytes by their number, unknown keys by their names."""
    assert repr(Part(text="hi")) == "Part(text='hi')"
    assert repr(decode(Blob, {"data": "QUJD", "newer": 1})) == "Blob(extra=<newer>, data=<3 bytes>)"
    assert repr(SessionResumptionConfig()) == "SessionResumptionConfig()"
    assert repr(SessionResumptionConfig(handle="h")) == "SessionResumptionConfig(handle=<handle>)"


def test_contents_are_taken_in_every_handy_form() -> None:
    """A string, a part, a blob, a list of them, a mapping of either kind."""
    expected = {"parts": [{"text": "hi"}], "role": "user"}
    for form in ("hi", Part(text="hi"), ["hi"], ("hi",), [{"text": "hi"}], {"text": "hi"}, expected, Content()):
        written = encode(parse(Content, form, "content"))
        assert written == ({} if isinstance(form, Content) else expected)
    assert encode(parse(Content, Blob(data=b"abc"), "")) == {
        "parts": [{"inlineData": {"data": "YWJj"}}],
        "role": "user",
    }
    assert encode(parse(Content, {"parts": ["a", Blob(data=b"")]}, ""))["parts"] == [
        {"text": "a"},
        {"inlineData": {"data": ""}},
    ]
    assert encode(parse(Content, {}, "")) == {}
    assert encode(parse(ClientContent, {"turns": ["hi"]}, "")) == {"turns": [expected]}
    with pytest.raises(ConfigError, match=r"^content\.parts\[1\]\.txt: unknown; did you mean text"):
        parse(Content, ["hi", {"txt": "ho"}], "content")


def test_a_voice_is_taken_by_its_name() -> None:
    """speech_config="Kore" is enough."""
    assert encode(parse(SpeechConfig, "Kore", "")) == {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}}


def test_server_messages_offer_their_parts_joined() -> None:
    """text, thoughts and audio; None when there is no such part, "" when it is empty."""
    message = ServerMessage.from_json(
        {
            "serverContent": {
                "modelTurn": {
                    "parts": [
                        {"text": "Hello"},
                        {"text": "hm", "thought": True},
                        {"text": " you"},
                        {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAEC"}},
                        {"inlineData": {"data": "Aw=="}},
                        {"inlineData": {"mimeType": "image/png", "data": "BAU="}},
                        {"inlineData": {"mimeType": "audio/pcm"}},
                    ]
                }
            }
        }
    )
    assert (message.text, message.thoughts, message.audio) == ("Hello you", "hm", b"\0\1\2\3")
    empty = ServerMessage.from_json({"serverContent": {"modelTurn": {"parts": [{"text": ""}]}}})
    assert (empty.text, empty.thoughts, empty.audio) == ("", None, None)
    for nothing in ({}, {"serverContent": {}}, {"serverContent": {"modelTurn": {}}}):
        assert list(ServerMessage.from_json(nothing).parts()) == []
        assert ServerMessage.from_json(nothing).text is None


def test_usage_has_both_backends_names() -> None:
    """responseTokenCount and candidatesTokenCount are the same thing."""
    gemini = decode(UsageMetadata, {"responseTokenCount": 5, "responseTokensDetails": [{"modality": "AUDIO"}]})
    vertex = decode(UsageMetadata, {"candidatesTokenCount": 5, "candidatesTokensDetails": [{"modality": "AUDIO"}]})
    for usage in (gemini, vertex):
        assert usage.output_tokens == 5
        both = usage.with_both_names()
        assert both.response_token_count == both.candidates_token_count == 5
        assert both.response_tokens_details == both.candidates_tokens_details
    assert UsageMetadata().output_tokens == 0
    assert decode(UsageMetadata, {"responseTokenCount": 0}).with_both_names().candidates_token_count == 0


def test_unknown_reasons_and_transcripts_survive() -> None:
    """Values newer than the library reach the program unchanged."""
    message = ServerMessage.from_json(
        {"serverContent": {"turnCompleteReason": "BRAND_NEW", "inputTranscription": {"text": " a", "newField": [1]}}}
    )
    content = message.server_content
    assert content is not None
    assert content.turn_complete_reason == "BRAND_NEW"
    assert not typing.cast("TurnCompleteReason", content.turn_complete_reason).recognized
    assert content.input_transcription == Transcription(text=" a", extra={"newField": [1]})


def test_a_client_message_is_camel_case_all_the_way() -> None:
    """One message with most of what a setup can hold, given in snake_case."""
    setup = parse(
        Setup,
        {
            "model": "models/m",
            "context_window_compression": ContextWindowCompressionConfig(
                trigger_tokens=10, sliding_window=SlidingWindow()
            ),
            "session_resumption": {},
            "tools": [{"function_declarations": [{"name": "f"}]}],
        },
        "",
    )
    assert encode(ClientMessage(setup=setup)) == {
        "setup": {
            "model": "models/m",
            "tools": [{"functionDeclarations": [{"name": "f"}]}],
            "sessionResumption": {},
            "contextWindowCompression": {"triggerTokens": "10", "slidingWindow": {}},
        }
    }


def test_any_mapping_will_do() -> None:
    """Not only dicts: what a settings library hands out is a mapping, too."""
    import types

    proxy = types.MappingProxyType({"labels": types.MappingProxyType({"a": "b"})})
    assert encode(parse(Setup, proxy, "")) == {"labels": {"a": "b"}}


def test_a_function_call_keeps_what_it_was_given() -> None:
    """Arguments are the very object that came."""
    args = {"city_name": "Paris"}
    assert decode(FunctionCall, {"args": args}).args == args
