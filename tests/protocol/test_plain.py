"""Messages that are nothing but words or sound: told the same whether or not anybody hears of whole messages."""

from __future__ import annotations

import base64
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live import _speed
from gemini_live._speed import base64_by
from gemini_live.protocol import LiveProtocol, Trigger, plain
from gemini_live.protocol.plain import as_written, is_exact, plain_parts, plain_piece

PACKAGES = [None] if _speed._pybase64 is None else [None, _speed._pybase64]
"""What may read base64 where this runs."""
SOUND = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(bytes(range(200))).decode()}
NAMES = st.sampled_from(
    ["serverContent", "modelTurn", "parts", "role", "text", "inlineData", "inline_data", "mimeType", "data", "thought",
     "turnComplete", "interrupted", "usageMetadata", "outputTranscription", "goAway", "executableCode"]
)  # fmt: skip
VALUES = st.sampled_from(
    [None, True, 0, 7, "", "words", "audio/pcm", "audio/pcm;rate=16000", "image/png", "AAAA", "AA", "%", "A A", [], {}]
)
PARTS = st.one_of(
    st.fixed_dictionaries({"text": st.text(max_size=5)}),
    st.fixed_dictionaries({"text": st.text(max_size=5), "thought": st.booleans()}),
    st.fixed_dictionaries({"inlineData": st.just(SOUND)}),
    st.fixed_dictionaries({"inlineData": st.dictionaries(NAMES, VALUES, max_size=3)}),
    st.dictionaries(NAMES, VALUES, max_size=2),
    VALUES,
)
TURNS = st.one_of(
    st.fixed_dictionaries({"parts": st.lists(PARTS, max_size=3)}),
    st.fixed_dictionaries({"parts": st.lists(PARTS, max_size=3), "role": VALUES}),
    st.dictionaries(NAMES, VALUES, max_size=2),
)
CONTENTS = st.one_of(
    st.fixed_dictionaries({"modelTurn": TURNS}),
    st.fixed_dictionaries({"modelTurn": TURNS, "turnComplete": st.booleans()}),
    st.dictionaries(NAMES, VALUES, max_size=2),
)
MESSAGES = st.one_of(
    st.fixed_dictionaries({"serverContent": CONTENTS}),
    st.fixed_dictionaries({"serverContent": CONTENTS, "usageMetadata": st.just({"totalTokenCount": 7})}),
    st.dictionaries(NAMES, VALUES, max_size=2),
)


def told(messages, *, whole):
    """Return what a program hears of some messages, but for the messages themselves."""
    return told_as_written(map(json.dumps, messages), whole=whole)


def told_as_written(payloads, *, whole):
    """Return the same of messages as they come."""
    protocol = LiveProtocol()
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        protocol.trigger(trigger)
    protocol.receive('{"setupComplete": {}}', 0.0)
    protocol.take_events()
    for number, payload in enumerate(payloads):
        protocol.receive(payload, float(number), whole=whole)
    events = [event for event in protocol.take_events() if event.name not in ("raw_message", "message")]
    return [(event.name, repr(event.value)) for event in events], protocol.idle, protocol.turns.generating


@given(messages=st.lists(MESSAGES, max_size=4))
def test_no_shape_makes_a_difference(messages):
    """To a program that hears of words, sound, turns and errors."""
    assert told(messages, whole=False) == told(messages, whole=True)


AROUND = '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm;rate=24000","data":"%s"}}]}}}'
ODD = [
    AROUND % "AAECAw==",
    AROUND.replace(",", ", ").replace(":", " : \n").replace(" : \nrate", ":rate") % "AAECAw==",
    AROUND % "",
    AROUND % "AAECAw",
    AROUND % "AA-_",
    AROUND % "AA\\/A",
    AROUND % "AA\\u0041A",
    AROUND % "AA A",
    AROUND % "ABAB====",
    AROUND % "AAA\u00e4",
    AROUND % "AAAA" + "}",
    (AROUND % "AAAA")[:-1],
    (AROUND % "AAAA")[:-20],
    " \r\n" + AROUND % "AAAA" + "\t",
    "\ufeff" + AROUND % "AAAA",
    AROUND % 'AAAA","data":"',
    AROUND % 'AAAA","d\\u0061ta":"',
    AROUND % 'AAAA","data":"BBBB',
    AROUND % 'AAAA","more":"',
    AROUND % 'AAAA"}},{"inlineData":{"mimeType":"audio/pcm","data":"BBBB',
    AROUND % 'AAAA"}},{"text":"words","no":"',
    AROUND % 'AAAA"}}]}},"serverContent":{"modelTurn":{"parts":[{"text":"',
    AROUND.replace("audio/pcm", "image/png") % "AAAA",
    AROUND.replace("inlineData", "inline_data") % "AAAA",
    AROUND.replace("rate=24000", "rate=16000") % "AAAA",
    AROUND.replace("mimeType", "more") % "AAAA",
    AROUND.replace("audio/pcm", "x" * 600) % "AAAA",
    AROUND.replace('"mimeType"', '"data" : "BBBB", "mimeType"') % "AAAA",
    '{"data":"AAAA"}',
    '["data","AAAA"]',
    '{"serverContent":{"modelTurn":{"parts":[{"text":"\\"data\\":\\"AAAA\\""}]}}}',
]
"""Messages that are sound, or nearly so, each written in a way of its own."""
WORDS = '{"serverContent":{"modelTurn":{"parts":[{"text":"%s"}]}}}'
ODD_WORDS = [
    WORDS % "one word",
    WORDS.replace(":", " : \n").replace("[", "[ ") % "spread",
    WORDS % "",
    WORDS % "\u00e4\u00f6 \U0001f600",
    WORDS % "\x7f\u2028",
    WORDS % "a\\nb",
    WORDS % "a\\u0041",
    WORDS % "a\nb",
    WORDS % "a\x00b",
    WORDS % "\\",
    WORDS % "half \ud800",
    WORDS % 'a","text":"b',
    WORDS % 'a","t\\u0065xt":"b',
    WORDS % 'a","thought":true,"x":"',
    WORDS % 'a","thought":false,"x":"',
    WORDS % 'a"},{"text":"b',
    WORDS % 'a"}],"role":"model","x":["',
    WORDS % 'a"}],"role":"text","x":["',
    WORDS.replace('{"parts"', '{"role":"model","parts"') % "with a role",
    WORDS.replace('{"parts"', '{"role":"text","parts"') % "with an odd role",
    WORDS.replace('{"parts"', '{"role":7,"parts"') % "with an odd role",
    WORDS.replace("modelTurn", "outputTranscription") % "no turn",
    WORDS.replace('"text"', '"text" ') % "blank",
    WORDS.replace('"text"', '"text":"no","data"') % "AAAA",
    WORDS % ("x" * 600),
    (WORDS % "a")[:-1],
    WORDS % "a" + "}",
    "[" + WORDS % "a" + "]",
    '{"serverContent":{"outputTranscription":{"text":"a"}}}',
    '{"serverContent":{"modelTurn":{"parts":[{"text":"a"}]},"turnComplete":true}}',
    '{"serverContent":{"modelTurn":{"parts":[{"text":7}]}}}',
    '{"text":"a"}',
    '"text":"a"',
    *(
        f'{{"serverContent":{{"modelTurn":{{"parts":[{first}]}}}},"serverContent":{{"modelTurn":{{"parts":[{last}]}}}}}}'
        for first, last in itertools.permutations(
            [
                '{"text":"a"}',
                '{"text":""}',
                '{"inlineData":{"mimeType":"audio/pcm","data":"QUJD"}}',
                '{"inlineData":{"mimeType":"audio/pcm","data":""}}',
            ],
            2,
        )
    ),
]
"""The same of text."""


@pytest.mark.parametrize("form", ["text", "bytes"])
@pytest.mark.parametrize("written", ODD + ODD_WORDS)
def test_no_way_of_writing_makes_a_difference(written, form):
    """A piece is told by its letters, and whatever is not exactly that is read as a whole."""
    payload = written if form == "text" else written.encode("utf-8", "surrogatepass")
    assert told_as_written([payload] * 2, whole=False) == told_as_written([payload] * 2, whole=True)


@given(
    written=st.sampled_from(ODD + ODD_WORDS),
    place=st.integers(0, 150),
    length=st.integers(0, 12),
    other=st.sampled_from(
        ["", "\\", '"', "{", "}", "]", ",", ":", " ", "\x00", "\xff", "\ud800", '"data"', '"data":""', '"data":"AAAA",',
         '"text":"', "AAAA", "=", "\\u0061"]
    ),
    form=st.sampled_from(["text", "bytes"]),
)  # fmt: skip
def test_no_damage_makes_a_difference(written, place, length, other, form):
    """A message that something was cut out of, or written into, is told alike on both ways."""
    damaged = written[:place] + other + written[place + length :]
    payload = damaged if form == "text" else damaged.encode("utf-8", "surrogatepass")
    assert told_as_written([payload], whole=False) == told_as_written([payload], whole=True)


@pytest.mark.parametrize("first", [ODD[0], ODD[1], ODD_WORDS[0]])
@pytest.mark.parametrize("written", ODD + ODD_WORDS)
def test_what_came_before_makes_no_difference(first, written):
    """A piece is first looked at as one that is written like the last; whatever is not exactly that gains nothing."""
    payloads = [first, written.encode("utf-8", "surrogatepass"), first, written]
    assert told_as_written(payloads, whole=False) == told_as_written(payloads, whole=True)


@given(
    like=st.sampled_from([ODD[0], ODD[1], AROUND % "", *ODD_WORDS[:5]]),
    written=st.sampled_from(ODD + ODD_WORDS),
    place=st.integers(0, 150),
    length=st.integers(0, 130),
    other=st.sampled_from(
        ["", '"', "}", "=", "AAAA", "AA==", "\\", "\x1f", "\ud800", 'AAAA"', '"AAAA', "}}]}}}", '"}}]}}}', '{"data":"']
    ),
)
def test_a_piece_is_what_it_is_whatever_it_is_held_against(like, written, place, length, other):
    """Too short to have both ends, too, or with one of them twice; by whatever reads base64."""
    form, _ = plain_piece(like)
    damaged = (written[:place] + other + written[place + length :]).encode("utf-8", "surrogatepass")
    for package in PACKAGES:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(plain, "read_strict_base64", base64_by(package)[1])
            assert plain_piece(damaged, form) == plain_piece(damaged)


@pytest.mark.parametrize("package", PACKAGES)
def test_too_much_padding_is_not_read_as_sound(package, monkeypatch):
    """The standard library takes it; the whole of the message is read then, and says what it is."""
    monkeypatch.setattr(plain, "read_strict_base64", base64_by(package)[1])
    form, _ = plain_piece(AROUND % "AAECAw==")
    for data in ("ABAB====", "AB======", "ABA=====", "===="):
        assert plain_piece(AROUND % data, form) is None


def test_bytes_that_are_no_text_are_told_as_such():
    """Inside of the data, beside it, and in its place."""
    for place in (3, 60, 97, 100):
        payload = bytearray((AROUND % "AAECAwQF").encode())
        payload[place] = 0xFF
        assert told_as_written([bytes(payload)], whole=False) == told_as_written([bytes(payload)], whole=True)


def test_sound_alone_is_recognised():
    """As the service writes it, and as others do."""
    for written in ODD[:2]:
        assert plain_piece(written.encode()) == plain_piece(written)
        form, data = plain_piece(written)
        assert (data, form.mime_type, form.rate) == (bytes(range(4)), "audio/pcm;rate=24000", 24_000)


@pytest.mark.parametrize("written", ODD_WORDS[:5])
def test_text_alone_is_recognised(written):
    """Whatever its letters are, as long as none of them is escaped."""
    form, words = plain_piece(written)
    assert form.mime_type is None
    assert words == json.loads(written)["serverContent"]["modelTurn"]["parts"][0]["text"]
    assert plain_piece(written.encode()) == (form, words)


def test_what_stands_around_a_piece_is_short():
    """Else it is read as any message is: what is kept for each way of writing has a bound."""
    assert plain_piece(AROUND.replace("rate=24000", "x" * 400) % "AAAA") is not None
    assert plain_piece(AROUND.replace("rate=24000", "x" * 600) % "AAAA") is None
    assert plain_piece((WORDS % "word") + " " * 600) is None


@pytest.mark.parametrize("written", ODD)
def test_sound_that_is_kept_as_such_is_written_again_as_it_came(written):
    """To the byte, or it is not kept so: where base64 needs padding there are several ways to write the same."""
    sound = plain_piece(written)
    if sound is not None and sound[0].mime_type is not None and is_exact(sound[1]):
        assert as_written(sound) == written.encode()
    for data in ("AAECAwQF", "AAECAwR=", "ABAB====", "AB======"):
        padded = plain_piece(AROUND % data)
        if padded is not None:
            assert is_exact(padded[1]) == (as_written(padded) == (AROUND % data).encode())


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ({"serverContent": {"modelTurn": {"parts": [{"text": "words"}]}}}, [("words", None, None)]),
        ({"serverContent": {"modelTurn": {"role": "model", "parts": []}}}, []),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x", "thought": True}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x"}]}, "turnComplete": True}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x"}]}}, "usageMetadata": {}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {**SOUND, "displayName": "x"}}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {**SOUND, "mimeType": "image/png"}}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"inlineData": {**SOUND, "data": "%"}}]}}}, None),
        ({"serverContent": {"modelTurn": {"parts": [{"text": "x"}, {"executableCode": {}}]}}}, None),
        ({"goAway": {}}, None),
    ],
)
def test_only_words_and_sound_are_plain(message, found):
    """Whatever carries anything else is read as a whole."""
    assert plain_parts(message) == found


def test_whole_messages_are_told_when_somebody_wants_them():
    """From the next one on."""
    protocol = LiveProtocol()
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        protocol.trigger(trigger)
    protocol.receive('{"setupComplete": {}}', 0.0)
    protocol.take_events()
    words = json.dumps({"serverContent": {"modelTurn": {"parts": [{"text": "words"}]}}})
    heard = []
    for tells in (False, True):
        protocol.receive(words, 1.0, whole=tells)
        heard.append([event.name for event in protocol.take_events()])
    assert heard == [["text"], ["raw_message", "message", "text"]]
