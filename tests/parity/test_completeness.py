"""That nothing Google's client can say is left out of the comparison, but for what has a reason."""

from __future__ import annotations

import typing

import pytest

from . import configurations, sends

LEFT_OUT = {
    "LiveConnectConfig": {"http_options"},  # where to connect, not what to say
    "GenerationConfig": {  # the service takes none of these in a live session
        "response_json_schema", "audio_timestamp", "logprobs", "response_logprobs", "response_mime_type",
        "response_schema", "routing_config", "stop_sequences", "response_format",
    },
    "SpeechConfig": {"multi_speaker_voice_config"},  # refused, and so compared where that is
    "LiveSendRealtimeInputParameters": {"media"},  # deprecated for audio and video
}  # fmt: skip
"""Fields of google-genai's types that no configuration and no send here has."""


def models_in(annotation):
    """Return the types of messages that an annotation speaks of."""
    if hasattr(annotation, "model_fields"):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in models_in(argument)]


def keys_of(value):
    """Return the keys of a mapping, or of all mappings in a list."""
    if isinstance(value, list):
        return {key for item in value for key in keys_of(item)}
    return set(value) if isinstance(value, dict) else set()


def note(model, value, said):
    """Note which fields of which types a value has; the annotation of ``tools`` does not say that they are tools."""
    from google.genai import types

    if isinstance(value, list):
        for item in value:
            note(model, item, said)
    elif isinstance(value, dict):
        seen = said.setdefault(model.__name__, set())
        for name, item in value.items():
            if name not in model.model_fields:  # a map from the program's names to values
                note(model, item, said)
                continue
            seen.add(name)
            candidates = [types.Tool] if name == "tools" else models_in(model.model_fields[name].annotation)
            if candidates:
                note(max(candidates, key=lambda one: len(keys_of(item) & set(one.model_fields))), item, said)


@pytest.fixture(scope="session")
def said(google):
    """Return the fields that are compared, by type, and the types themselves."""
    from google.genai import types

    found = {}
    for configuration in configurations.CONFIGURATIONS:
        note(types.LiveConnectConfig, configuration.google, found)
        note(types.GenerationConfig, configuration.ours.get("generation_config"), found)  # flat at Google's
    for send in sends.SENDS:
        method, keywords = send.google
        if method == "send_client_content":
            note(types.Content, keywords.get("turns", []), found)
        elif method == "send_tool_response":
            note(types.FunctionResponse, keywords["function_responses"], found)
        elif method == "send_realtime_input":
            note(types.LiveSendRealtimeInputParameters, keywords, found)
        else:
            note(types.LiveConnectConfig, keywords, found)
    return found


def test_every_field_of_every_type_is_compared(said):
    """Each field that Google's client knows of the types that are sent at all; a new version may bring new ones."""
    from google.genai import types

    assert {"Tool", "Schema", "FunctionDeclaration", "Part", "Blob", "VoiceConfig", "AvatarConfig"} <= set(said)
    missing = {
        name: sorted(left)
        for name, fields in said.items()
        if (left := set(getattr(types, name).model_fields) - fields - LEFT_OUT.get(name, set()))
    }

    assert missing == {}


def test_nothing_is_said_to_be_left_out_that_is_there(said):
    """The list of what is left out holds nothing else."""
    assert {
        name: fields & said.get(name, set()) for name, fields in LEFT_OUT.items() if fields & said.get(name, set())
    } == {}
