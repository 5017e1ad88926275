"""From a frame to a message, and the words of refusals."""

from __future__ import annotations

import attrs
import pytest

from gemini_live.emulator.profiles import PROFILES, profile_named
from gemini_live.emulator.refusals import RefusedError, cut_reason, error_document
from gemini_live.emulator.wire_check import read_json, read_message, type_name
from gemini_live.exceptions import ConfigError
from gemini_live.types import kinds

PROFILE = PROFILES["gemini-2.5"]


def refusal(data):
    with pytest.raises(RefusedError) as caught:
        read_message(data, PROFILE)
    return caught.value


def test_text_and_binary_frames_are_read():
    """A frame may be text or bytes."""
    assert read_json('{"a":1}') == read_json(b'{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    "frame", ["{", "", "nonsense", "[1]", '"text"', '{"a":NaN}', b"\xff\xfe", "[" * 100_000, '{"a":' + "1" * 5000 + "}"]
)
def test_what_is_no_json_object_is_refused(frame):
    """Malformed JSON closes with 1007 and says so."""
    with pytest.raises(RefusedError, match=r"^1007 Invalid JSON payload received\. Unexpected "):
        read_json(frame)


def test_an_unfinished_object_is_told_from_a_wrong_token():
    """The words tell what is wrong with the JSON."""
    with pytest.raises(RefusedError, match="end of string"):
        read_json('{"a":')
    with pytest.raises(RefusedError, match="Unexpected token"):
        read_json("{a}")


def test_both_spellings_and_both_base64_alphabets_are_read():
    """Keys may be camelCase or snake_case, mixed; base64 standard or URL-safe."""
    for key in ("realtimeInput", "realtime_input"):
        for data in ("//8=", "__8=", "__8"):
            message = read_message({key: {"audio": {"mime_type": "audio/pcm", "data": data}}}, PROFILE)
            assert message.realtime_input.audio.data == b"\xff\xff"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"foo": 1}, 'Invalid JSON payload received. Unknown name "foo": Cannot find field.'),
        (
            {"setup": {"generationConfig": {"foo": 1}}},
            "Invalid JSON payload received. Unknown name \"foo\" at 'setup.generation_config': Cannot find field.",
        ),
        (
            {"setup": {"generationConfig": {"temperature": "hot"}}},
            "Invalid value at 'setup.generation_config.temperature' (TYPE_FLOAT), \"hot\"",
        ),
        (
            {"setup": {"generationConfig": {"temperature": [1]}}},
            (
                "Invalid JSON payload received. Unknown name \"temperature\" at 'setup.generation_config': Proto field "
                "is not repeating, cannot start list."
            ),
        ),
        ({"setup": 5}, "Invalid value at 'setup' (type.googleapis.com/google.ai.generativelanguage.v1beta.Setup), 5"),
        (
            {"clientContent": {"turns": [{"parts": [{"txt": "x"}]}]}},
            (
                "Invalid JSON payload received. Unknown name \"txt\" at 'client_content.turns[0].parts[0]': Cannot "
                "find field."
            ),
        ),
        (
            {"clientContent": {"turns": ["x"]}},
            (
                "Invalid value at 'client_content.turns[0]' "
                '(type.googleapis.com/google.ai.generativelanguage.v1beta.Content), "x"'
            ),
        ),
        (
            {"realtimeInput": {"audio": {"data": "***"}}},
            "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed for \"***\"",
        ),
        (
            {"setup": {"generationConfig": {"responseModalities": ["SMELL"]}}},
            (
                "Invalid value at 'setup.generation_config.response_modalities[0]' "
                '(type.googleapis.com/google.ai.generativelanguage.v1beta.Modality), "SMELL"'
            ),
        ),
        (
            {"setup": {}, "clientContent": {}},
            "Invalid value (oneof), oneof field 'message_type' is already set. Cannot set 'clientContent'",
        ),
        ({}, "Request contains an invalid argument."),
        ({"setup": None}, "Request contains an invalid argument."),
        (
            {"setup": {"sessionResumption": {"transparent": True}}},
            (
                "Invalid JSON payload received. Unknown name \"transparent\" at 'setup.session_resumption': Cannot "
                "find field."
            ),
        ),
    ],
)
def test_refusals_name_the_field(data, words):
    """What is wrong closes with 1007 and the service's words, with the snake_case path."""
    error = refusal(data)
    assert (error.code, error.reason) == (1007, words)


def test_every_mistake_is_named():
    """Several mistakes make several sentences."""
    reason = refusal({"setup": {"a": 1, "model": 2}}).reason
    assert reason.count("\n") == 1 and '"a"' in reason and "'setup.model' (TYPE_STRING)" in reason


def test_enum_names_may_be_in_lower_case():
    """The service does not insist on upper case."""
    message = {"setup": {"generationConfig": {"responseModalities": ["audio"]}}}
    assert read_message(message, PROFILE).setup is not None


def test_the_types_of_lists_and_maps_have_names():
    """A list is called by its items; a map is a Struct."""
    assert type_name(kinds.ListKind(kinds.STR)) == "TYPE_STRING"
    assert type_name(kinds.MapKind(kinds.STR)).endswith("Struct")


def test_reasons_are_cut_to_a_close_frame():
    """At most 123 bytes, whole characters."""
    assert cut_reason("ü" * 100) == "ü" * 61
    assert cut_reason("short") == "short"


def test_error_documents_name_the_status():
    """HTTP errors carry Google's document."""
    assert error_document(404, "x")["error"] == {"code": 404, "message": "x", "status": "NOT_FOUND"}
    assert error_document(418, "x")["error"]["status"] == "UNKNOWN"


def test_an_unknown_profile_names_the_known_ones():
    """A wrong profile name is a ConfigError that lists the right ones."""
    with pytest.raises(ConfigError, match=r"profile: 'gemini-9' is not known; known are .*gemini-2\.5"):
        profile_named("gemini-9")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"setup": {"sessionResumption": {"transparent": True}}}, "transparent"),
        ({"setup": {"explicitVadSignal": True}}, "explicitVadSignal"),
    ],
)
def test_fields_may_be_absent_by_backend(data, found):
    """What Vertex AI alone has is unknown on the Gemini API."""
    assert read_message(data, PROFILE, "vertex_ai").setup is not None
    assert f'Unknown name "{found}"' in refusal(data).reason


def test_fields_may_be_absent_by_profile():
    """Which names a family lacks besides is data of the profile."""
    strict = attrs.evolve(PROFILE, absent_fields=frozenset({"setup.proactivity"}))
    message = {"setup": {"proactivity": {}}}
    assert read_message(message, PROFILE).setup.proactivity is not None
    with pytest.raises(RefusedError, match="Unknown name \"proactivity\" at 'setup'"):
        read_message(message, strict)
