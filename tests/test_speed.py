"""JSON, base64 and masked frames are the same with the packages of the extra ``speed`` and without them."""

from __future__ import annotations

import base64
import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gemini_live import _speed
from gemini_live._speed import base64_by
from gemini_live.protocol import LiveProtocol, Trigger, outgoing, plain
from gemini_live.transport import frames

NEEDED = "orjson, pybase64 and websockets, by pip install 'gemini-live[speed]'"
ROOT = Path(__file__).parents[1]
LONG = "x" * 4096
"""Makes a message so long that the faster reading is worth it."""


@pytest.fixture(params=["with the packages", "without"])
def packages(request, monkeypatch):
    """Both installations, whichever this is."""
    if request.param == "without":
        monkeypatch.setattr(_speed, "_orjson", None)
        monkeypatch.setattr(_speed, "write_base64", base64_by(None)[0])
        monkeypatch.setattr(_speed, "read_strict_base64", base64_by(None)[1])
        monkeypatch.setattr(outgoing, "write_base64", base64_by(None)[0])
        monkeypatch.setattr(plain, "read_strict_base64", base64_by(None)[1])
        monkeypatch.setattr(plain, "write_base64", base64_by(None)[0])
        monkeypatch.setattr(frames, "_mask", frames.apply_mask)
    elif None in (_speed._orjson, _speed._pybase64, _speed.compiled_mask()):
        pytest.skip(f"not installed: {NEEDED}")


def outcome(function, *arguments):
    """Return what a function returns, to the type and the sign, or the kind of error it raises."""
    try:
        return repr(function(*arguments))
    except (ValueError, RecursionError) as error:
        return ValueError if isinstance(error, ValueError) else type(error)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(value=JSON, as_text=st.booleans())
@example(value=2**64, as_text=False)
@example(value=-(2**63) - 1, as_text=False)
@example(value=1e19, as_text=False)
@example(value=math.nan, as_text=False)
@example(value="\ud800", as_text=True)
def test_json_is_read_as_the_standard_library_reads_it(value, as_text):
    """Numbers of any size, what is no number, halves of characters: to the type."""
    written = json.dumps({"data": LONG, "value": value}, indent=2) + "\n"
    assert repr(_speed.read_json(written if as_text else written.encode())) == repr(json.loads(written))


@pytest.mark.parametrize("padding", ["", LONG])
@pytest.mark.parametrize(
    "written",
    [
        "",
        "{",
        "[1,]",
        "{}{}",
        "nul",
        '"\x00"',
        "\ufeff{}",
        "[1e400]",
        "[-0]",
        "[01]",
        '{"a":1,"b":2,"a":3}',
        "[" * 100_000,
    ],
)
def test_what_is_no_json_is_refused_by_both(packages, written, padding):
    """And what only looks odd means the same."""
    whole = f" {written} " if not padding else f'["data", "{padding}", {written}]\r\n'
    assert outcome(_speed.read_json, whole.encode()) == outcome(json.loads, whole)


def test_bytes_that_are_no_utf8_are_refused(packages):
    """Long ones, too."""
    for text in (b'"\xff"', b'"' + LONG.encode() + b'\xff"'):
        with pytest.raises(ValueError):
            _speed.read_json(text)


@given(data=st.binary(max_size=200))
def test_base64_goes_there_and_back(data):
    """In either alphabet, padded or not; written it is the standard one, padded."""
    text = _speed.write_base64(data).decode()
    assert text == base64.b64encode(data).decode()
    for form in (text, text.rstrip("="), text.translate(str.maketrans("+/", "-_"))):
        assert _speed.read_base64(form) == data


def test_a_program_called_as_a_package_is_not_run(tmp_path):
    """A script of the user's own, websockets.py, is what Python finds first; it is no package."""
    (tmp_path / "websockets.py").write_text("print('ran')")
    program = "from gemini_live.transport import frames; print(frames._mask is frames.apply_mask)"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    assert done.stdout == "True\n"


def test_without_the_package_frames_are_masked_all_the_same():
    """Where it can't be imported, for whatever reason."""
    hide = "import sys; sys.modules['websockets'] = None"
    program = f"{hide}; from gemini_live.transport import frames; print(frames._mask is frames.apply_mask)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT
    )
    assert done.stdout == "True\n"


@given(text=st.text(alphabet="AQgw9+/-_= \n%é", max_size=12))
@example(text="AAAA=")
@example(text="AAA====")
def test_both_refuse_the_same_base64(text):
    """Whatever is wrong with it."""
    if _speed._pybase64 is None:
        pytest.skip(f"not installed: {NEEDED}")
    found, as_installed = [], _speed.read_strict_base64
    for package in (_speed._pybase64, None):
        _speed.read_strict_base64 = base64_by(package)[1]
        try:
            found.append(outcome(_speed.read_base64, text))
        finally:
            _speed.read_strict_base64 = as_installed
    assert found[0] == found[1]


@given(data=st.binary(max_size=200))
def test_both_write_the_same_base64(data):
    """To the byte."""
    if _speed._pybase64 is None:
        pytest.skip(f"not installed: {NEEDED}")
    assert base64_by(_speed._pybase64)[0](data) == base64_by(None)[0](data)


@given(payload=st.binary(max_size=300), mask=st.binary(min_size=4, max_size=4))
@example(payload=bytes(70_001), mask=b"\x00\xff\x80\x01")
def test_both_masks_are_the_same(payload, mask):
    """To the byte, at whatever length."""
    compiled = _speed.compiled_mask()
    if compiled is None:
        pytest.skip(f"not installed: {NEEDED}")
    assert compiled(payload, mask) == frames.apply_mask(payload, mask)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 4351, 65_535, 65_536, 70_001])
def test_a_frame_is_the_same(packages, length):
    """Its head, and its payload XOR the mask, byte by byte."""
    payload, mask = random.Random(length).randbytes(length), b"\x00\xff\x80\x01"
    frame = frames.encode_frame(frames.Opcode.TEXT, payload, mask)
    assert frame[: len(frame) - length].endswith(mask)
    assert frame[len(frame) - length :] == bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))


def test_a_session_says_and_hears_the_same(packages):
    """Sound on its way up, and down."""
    pcm = bytes(range(256)) * 16
    sent = json.loads(outgoing.audio(pcm, rate=16_000).payload)
    assert sent == {
        "realtimeInput": {
            "audio": {"mimeType": "audio/pcm;rate=16000", "data": base64.b64encode(pcm).decode()},
        }
    }
    protocol = LiveProtocol()
    for trigger in (Trigger.CONNECT_ASKED, Trigger.SOCKET_OPENED):
        protocol.trigger(trigger)
    protocol.receive('{"setupComplete": {}}', 0.0)
    blob = {"mimeType": "audio/pcm;rate=24000", "data": base64.b64encode(pcm).decode()}
    protocol.receive(json.dumps({"serverContent": {"modelTurn": {"parts": [{"inlineData": blob}]}}}), 1.0)
    assert [event.value.data for event in protocol.take_events() if event.name == "audio"] == [pcm]


def test_random_sound_survives_at_any_size(packages):
    """Also where base64 needs padding."""
    for size in (0, 1, 2, 3, 4, 5, 3199, 3200, 3201):
        data = os.urandom(size)
        assert _speed.read_base64(_speed.write_base64(data).decode()) == data
