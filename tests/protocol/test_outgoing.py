"""What a program says, as JSON on the wire, and what is refused before it gets there."""

from __future__ import annotations

import array
import base64
import json

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.exceptions import ConfigError
from gemini_live.profiles import UNKNOWN, profile_of
from gemini_live.protocol import outgoing
from gemini_live.protocol.histories import seed
from gemini_live.protocol.outgoing import (
    Lane,
    asking,
    audio,
    client_content,
    realtime_input,
    text,
    to_json,
)
from gemini_live.types import Blob, ClientMessage, Content, FunctionResponse, Part, ToolResponse

REALTIME = profile_of("gemini-3.1-flash-live-preview")
RAW = b"\xff\xfe\xfb\x00"
B64 = "//77AA=="


def wire(message):
    """Return a message's JSON as an object."""
    return json.loads(message.payload)


# The exact JSON


@pytest.mark.parametrize(
    ("message", "kind", "line"),
    [
        (client_content("hi"), "client_content",
         '{"clientContent":{"turns":[{"parts":[{"text":"hi"}],"role":"user"}],"turnComplete":true}}'),
        (client_content("hi", turn_complete=False), "client_content",
         '{"clientContent":{"turns":[{"parts":[{"text":"hi"}],"role":"user"}],"turnComplete":false}}'),
        (client_content(), "client_content", '{"clientContent":{"turnComplete":true}}'),
        (client_content([]), "client_content", '{"clientContent":{"turns":[],"turnComplete":true}}'),
        (realtime_input(text="yo"), "realtime_input.text", '{"realtimeInput":{"text":"yo"}}'),
        (realtime_input(text=""), "realtime_input.text", '{"realtimeInput":{"text":""}}'),
        (realtime_input(activity_start=True), "realtime_input.activity_start", '{"realtimeInput":{"activityStart":{}}}'),
        (realtime_input(activity_start={}), "realtime_input.activity_start", '{"realtimeInput":{"activityStart":{}}}'),
        (realtime_input(activity_end=True), "realtime_input.activity_end", '{"realtimeInput":{"activityEnd":{}}}'),
        (realtime_input(audio_stream_end=True), "realtime_input.audio_stream_end",
         '{"realtimeInput":{"audioStreamEnd":true}}'),
        (audio(RAW, rate=16_000), "realtime_input.audio",
         '{"realtimeInput":{"audio":{"mimeType":"audio/pcm;rate=16000","data":"' + B64 + '"}}}'),
        (realtime_input(video={"data": RAW, "mime_type": "image/jpeg"}), "realtime_input.video",
         '{"realtimeInput":{"video":{"mimeType":"image/jpeg","data":"' + B64 + '"}}}'),
    ],
)  # fmt: skip
def test_each_kind_of_message_is_exactly_this_line(message, kind, line):
    """camelCase, standard base64, no blanks, nothing that was not said."""
    assert (message.kind, message.payload.decode()) == (kind, line)


def test_a_tool_response_is_exactly_this_line():
    """User data inside ``response`` keeps its spelling."""
    answer = FunctionResponse(id="c1", name="f", response={"result_x": 1, "aB": [None]}, scheduling="WHEN_IDLE")

    line = to_json(ClientMessage(tool_response=ToolResponse(function_responses=(answer,))))

    assert line == (
        b'{"toolResponse":{"functionResponses":[{"id":"c1","name":"f","response":{"result_x":1,"aB":[null]},'
        b'"scheduling":"WHEN_IDLE"}]}}'
    )


HI = {"parts": [{"text": "hi"}], "role": "user"}


@pytest.mark.parametrize(
    ("turns", "contents"),
    [
        ("hi", [HI]),
        (["hi"], [HI]),
        (("hi", "hi"), [HI, HI]),
        (Content(parts=(Part(text="hi"),), role="user"), [HI]),
        (HI, [HI]),
        ([HI, {"role": "model", "parts": ["yes"]}], [HI, {"parts": [{"text": "yes"}], "role": "model"}]),
        (Part(text="hi"), [HI]),
        ({"text": "hi"}, [HI]),
        ([{"text": "hi"}, Part(text="ho")], [{"parts": [{"text": "hi"}, {"text": "ho"}], "role": "user"}]),
        ([{"text": "see"}, Blob(data=RAW, mime_type="image/png")],
         [{"parts": [{"text": "see"}, {"inlineData": {"mimeType": "image/png", "data": B64}}], "role": "user"}]),
        ({"inline_data": {"data": B64, "mime_type": "image/png"}},
         [{"parts": [{"inlineData": {"mimeType": "image/png", "data": B64}}], "role": "user"}]),
        ({"parts": [{"inlineData": {"data": RAW, "mimeType": "image/png"}}]},
         [{"parts": [{"inlineData": {"mimeType": "image/png", "data": B64}}]}]),
        ({"parts": [{"functionResponse": {"name": "f", "response": {"snake_key": {"a_b": 1}}}}], "role": "user"},
         [{"parts": [{"functionResponse": {"name": "f", "response": {"snake_key": {"a_b": 1}}}}], "role": "user"}]),
    ],
)  # fmt: skip
def test_turns_may_be_given_in_every_natural_form(turns, contents):
    """A string, a content, parts, or a list of them; bytes are raw and strings are base64 already."""
    assert wire(client_content(turns)) == {"clientContent": {"turns": contents, "turnComplete": True}}


def test_text_outside_ascii_goes_out_as_utf_8():
    """Nothing is escaped that need not be, emoji and line separators included."""
    words = 'naïve 😀 \u2028 \x00 "quoted" \\'

    payload = client_content(words).payload

    assert "naïve 😀".encode() in payload
    assert json.loads(payload)["clientContent"]["turns"][0]["parts"][0]["text"] == words


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_arrives_as_it_was_said(words):
    """Every string that UTF-8 can hold survives the way, by either transport."""
    assert wire(text(words, UNKNOWN))["clientContent"]["turns"][0]["parts"][0]["text"] == words
    assert wire(text(words, REALTIME))["realtimeInput"]["text"] == words


@given(st.binary(max_size=200).filter(lambda pcm: len(pcm) % 2 == 0))
def test_any_pcm_arrives_as_it_was_said(pcm):
    """Bytes are encoded once."""
    blob = wire(audio(pcm, rate=24_000))["realtimeInput"]["audio"]

    assert base64.b64decode(blob["data"]) == pcm
    assert blob["mimeType"] == "audio/pcm;rate=24000"


@pytest.mark.parametrize(
    "pcm",
    [bytearray(RAW), memoryview(RAW), memoryview(RAW + RAW)[::2], memoryview(array.array("h", [1, 2]))],
    ids=["bytearray", "memoryview", "strided", "16-bit"],
)
def test_pcm_may_be_anything_made_of_bytes(pcm):
    """What holds samples is taken as it is, and a later change of the buffer changes nothing."""
    message = audio(pcm, rate=16_000)
    raw = bytes(pcm)
    if isinstance(pcm, bytearray):
        pcm[0] = 0

    assert base64.b64decode(wire(message)["realtimeInput"]["audio"]["data"]) == raw


# What each message means to the session


def test_only_audio_and_video_may_be_dropped():
    """Everything else is control and is never dropped."""
    video = realtime_input(video=Blob(data=RAW, mime_type="image/png"))
    control = [client_content("x"), realtime_input(text="x"), realtime_input(activity_end=True)]

    assert (audio(RAW, rate=8_000).lane, video.lane) == (Lane.AUDIO, Lane.VIDEO)
    assert {message.lane for message in control} == {Lane.CONTROL}


def test_only_requests_ask_for_an_answer():
    """A completed turn and realtime text ask; an open turn, sound and marks do not."""
    asks = [client_content("x"), client_content(), realtime_input(text="x"), asking(realtime_input(activity_end=True))]
    silent = [client_content("x", turn_complete=False), audio(RAW, rate=8_000), realtime_input(activity_start=True)]

    assert all(message.asks for message in asks)
    assert not any(message.asks for message in silent)


def test_the_end_of_input_is_known():
    """The marks that end the user's speech say so."""
    assert realtime_input(activity_end=True).ends_input
    assert realtime_input(audio_stream_end=True).ends_input
    assert not realtime_input(activity_start=True).ends_input


def test_asking_changes_nothing_else():
    """The same bytes, only that an answer is expected."""
    end = realtime_input(activity_end=True)

    assert attrs.evolve(asking(end), asks=False) == end


@pytest.mark.parametrize(
    ("profile", "turn_complete", "key"),
    [(UNKNOWN, True, "clientContent"), (UNKNOWN, False, "clientContent"),
     (REALTIME, True, "realtimeInput"), (REALTIME, False, "clientContent")],
)  # fmt: skip
def test_text_goes_the_way_the_family_wants(profile, turn_complete, key):
    """An unfinished turn has only one form; a finished one follows the profile."""
    assert set(wire(text("hi", profile, turn_complete=turn_complete))) == {key}


def test_a_message_does_not_show_its_content():
    """A message that is logged shows what it is, not what it says."""
    assert "secret" not in repr(client_content("secret words"))


# Refused here, so that the server need not


@pytest.mark.parametrize(
    ("make", "path"),
    [
        (lambda: client_content("x", turn_complete=1), "turn_complete"),
        (lambda: client_content("x", turn_complete=None), "turn_complete"),
        (lambda: text("x", REALTIME, turn_complete="yes"), "turn_complete"),
        (lambda: text("x", UNKNOWN, turn_complete="yes"), "turn_complete"),
        (lambda: client_content(7), "turns[0]"),
        (lambda: client_content(b"raw"), "turns[0]"),
        (lambda: client_content(["a", 7]), "turns[1]"),
        (lambda: client_content(iter(["a"])), "turns[0]"),
        (lambda: client_content({"rol": "user"}), "turns[0].parts[0].rol"),
        (lambda: client_content({"role": "user", "part": []}), "turns[0].part"),
        (lambda: client_content({"role": 1}), "turns[0].role"),
        (lambda: client_content({"parts": "hi"}), "turns[0].parts"),
        (lambda: client_content({"parts": [{"text": 5}]}), "turns[0].parts[0].text"),
        (lambda: client_content({"parts": [{"inline_data": {"data": "?"}}]}), "turns[0].parts[0].inline_data.data"),
        (lambda: client_content("half \ud800"), "turns[0].parts[0].text"),
        (lambda: text("half \udfff", UNKNOWN), "turns[0].parts[0].text"),
        (lambda: text("half \udfff", REALTIME), "realtime_input.text"),
        (lambda: text(b"raw", UNKNOWN), "text"),
        (lambda: text(None, REALTIME), "text"),
        (lambda: realtime_input(text=5), "realtime_input.text"),
        (lambda: realtime_input(activity_start="yes"), "realtime_input.activity_start"),
        (lambda: realtime_input(audio_stream_end="yes"), "realtime_input.audio_stream_end"),
        (lambda: realtime_input(audio=RAW), "realtime_input.audio"),
        (lambda: realtime_input(audio={"data": RAW}), "audio.mime_type"),
        (lambda: realtime_input(audio={"mime_type": "audio/pcm"}), "audio.data"),
        (lambda: realtime_input(audio={"data": RAW, "mime_type": "image/png"}), "audio.mime_type"),
        (lambda: realtime_input(video={"data": RAW, "mime_type": "audio/pcm"}), "video.mime_type"),
        (lambda: realtime_input(video={"mime_type": "image/png"}), "video.data"),
        (lambda: realtime_input(audio={"data": "no base64!", "mime_type": "audio/pcm"}), "realtime_input.audio.data"),
        (lambda: realtime_input(audio={"dat": RAW}), "realtime_input.audio.dat"),
        (lambda: realtime_input(tekst="x"), "realtime_input.tekst"),
        (lambda: audio("text", rate=16_000), "pcm"),
        (lambda: audio([1, 2], rate=16_000), "pcm"),
        (lambda: audio(b"odd", rate=16_000), "pcm"),
        (lambda: audio(RAW, rate=0), "rate"),
        (lambda: audio(RAW, rate="16000"), "rate"),
        (lambda: audio(RAW, rate=16_000.0), "rate"),
        (lambda: audio(RAW, rate=True), "rate"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_path(make, path):
    """The error names the place as the caller wrote it, and does not show the value."""
    with pytest.raises(ConfigError) as caught:
        make()

    assert caught.value.path == path
    assert str(caught.value).startswith(path)


@pytest.mark.parametrize(
    "given_fields",
    [{}, {"text": None}, {"audio_stream_end": False}, {"text": "x", "activity_end": True},
     {"audio": Blob(data=RAW, mime_type="audio/pcm"), "video": Blob(data=RAW, mime_type="image/png")}],
)  # fmt: skip
def test_realtime_input_is_exactly_one_thing(given_fields):
    """None and several are refused, and the error says what was given."""
    with pytest.raises(ConfigError, match="exactly one"):
        realtime_input(**given_fields)


@pytest.mark.parametrize(
    "extra",
    [{"x": {1, 2}}, {"x": float("nan")}, {"x": float("inf")}, {"x": "half \ud800"}, {"x": 10**5000}, {"x": b"raw"}],
    ids=["set", "nan", "infinity", "surrogate", "huge number", "bytes"],
)
def test_what_json_can_not_hold_is_refused_even_in_extra_fields(extra):
    """``extra`` takes anything, so the last look is when the JSON is made."""
    with pytest.raises(ConfigError):
        client_content(Content(parts=(Part(text="x"),), role="user", extra=extra))


def test_what_contains_itself_is_refused():
    """A loop in an extra field is an error of the caller's, not a crash."""
    loop = {}
    loop["again"] = loop

    with pytest.raises(ConfigError):
        client_content(Content(parts=(Part(text="x"),), extra=loop))


# What a message says, and for how long


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (client_content("hi"), (("user", "hi"),)),
        (client_content("hi", turn_complete=False), (("user", "hi"),)),
        (client_content(), ()),
        (client_content([]), ()),
        (client_content(Content(parts=(Part(text="no role"),))), (("user", "no role"),)),
        (client_content([Content(role="user", parts=(Part(text="a"), Part(text="b"))),
                         Content(role="model", parts=(Part(text="c"),))]),
         (("user", "a"), ("user", "b"), ("model", "c"))),
        (client_content([Content(role="model", parts=(Part(text="hm", thought=True), Part(text="yes")))]),
         (("model", "yes"),)),
        (client_content([Part(text="see"), Blob(data=RAW, mime_type="image/png")]), (("user", "see"),)),
        (client_content(Part(text="")), ()),
        (realtime_input(text="yo"), (("user", "yo"),)),
        (realtime_input(activity_start=True), ()),
        (audio(bytes(320), rate=16_000), ()),
        (text("hi", REALTIME), (("user", "hi"),)),
        (text("hi", UNKNOWN), (("user", "hi"),)),
        (asking(client_content("hi", turn_complete=False)), (("user", "hi"),)),
    ],
)  # fmt: skip
def test_a_message_knows_the_words_that_it_says(message, said):
    """Both sides' words count, thoughts, pictures and sounds do not."""
    assert message.said == said


def test_a_history_knows_the_words_that_it_says():
    """What a session was begun with is a part of what was said in it."""
    turns = [Content(role="user", parts=(Part(text="a"),)), Content(role="model", parts=(Part(text="b"),))]

    message = seed(turns, backend="gemini", profile=UNKNOWN, announced=False, strict=False)

    assert message.said == (("user", "a"), ("model", "b"))


def test_words_are_kept_out_of_the_repr():
    """What somebody said is in no log."""
    assert "secret" not in repr(client_content("secret"))


@pytest.mark.parametrize(
    ("message", "milliseconds"),
    [
        (audio(bytes(3200), rate=16_000), 100.0),
        (audio(bytes(480), rate=24_000), 10.0),
        (audio(b"", rate=16_000), 0.0),
        (realtime_input(audio=Blob(data=bytes(3200), mime_type="audio/pcm")), 100.0),
        (realtime_input(audio=Blob(data=bytes(1600), mime_type="audio/pcm;rate=8000")), 100.0),
        (realtime_input(video=Blob(data=RAW, mime_type="image/jpeg")), 0.0),
        (realtime_input(text="yo"), 0.0),
        (client_content("hi"), 0.0),
    ],
)
def test_a_message_knows_how_long_it_sounds(message, milliseconds):
    """Sound lasts as long as its samples do at its rate, and nothing else lasts at all."""
    assert message.duration_ms == pytest.approx(milliseconds)


@given(words=st.text(max_size=20), turn_complete=st.booleans())
def test_words_alone_are_written_as_any_content_is(words, turn_complete):
    """Byte for byte, with the same said of them."""
    try:
        alone = outgoing.client_content(words, turn_complete=turn_complete)
    except ConfigError as error:
        with pytest.raises(ConfigError, match="surrogate"):
            outgoing.client_content([words], turn_complete=turn_complete)
        assert "surrogate" in str(error)
        return
    assert alone == outgoing.client_content([words], turn_complete=turn_complete)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
@given(pcm=st.binary(max_size=64).filter(lambda pcm: len(pcm) % 2 == 0))
def test_sound_alone_is_written_as_any_realtime_input_is(pcm, rate):
    """Byte for byte, and as long."""
    blob = {"data": pcm, "mime_type": f"audio/pcm;rate={rate}"}
    assert outgoing.audio(pcm, rate=rate) == outgoing.realtime_input(audio=blob)
