"""What a token makes of a client's setup."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live.emulator.locks import Lock, mask_paths
from gemini_live.types import Setup, decode

OWN = {"model": "models/own", "generationConfig": {"temperature": 0.1}, "inputAudioTranscription": {}}
CLIENT = {
    "model": "models/theirs",
    "generationConfig": {"temperature": 0.9, "topK": 3},
    "outputAudioTranscription": {},
}


def effective(client, own=None, mask=""):
    return Lock(own, mask_paths(mask)).applied_to(client, decode(Setup, client))


def resuming(setup, handle="h"):
    return {**setup, "sessionResumption": {"handle": handle}}


def test_a_token_without_setup_and_mask_locks_nothing():
    """The client's setup counts as it came, in whatever spelling."""
    client = {"model": "m", "generation_config": {"top_k": 1}}
    assert effective(client) is client


def test_a_setup_without_mask_is_all_that_counts():
    """What the client says is not looked at."""
    assert effective(CLIENT, OWN) == OWN


def test_the_handle_is_the_client_s_even_so():
    """Otherwise a locked session could not be resumed."""
    assert effective(resuming(CLIENT), OWN) == resuming(OWN)
    assert effective({**CLIENT, "sessionResumption": {}}, OWN) == OWN
    assert effective({**CLIENT, "session_resumption": {"handle": "h"}}, resuming(OWN, "its own")) == resuming(OWN)


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("model", {**CLIENT, "model": "models/own"}),
        ("generationConfig.temperature", {**CLIENT, "generationConfig": {"temperature": 0.1, "topK": 3}}),
        ("generationConfig", {**CLIENT, "generationConfig": {"temperature": 0.1}}),
        ("generationConfig.topK", {**CLIENT, "generationConfig": {"temperature": 0.9}}),
        ("inputAudioTranscription", {**CLIENT, "inputAudioTranscription": {}}),
        ("systemInstruction.parts", CLIENT),
        ("model,model", {**CLIENT, "model": "models/own"}),
        (
            "model,generationConfig.temperature,outputAudioTranscription",
            {"model": "models/own", "generationConfig": {"temperature": 0.1, "topK": 3}},
        ),
    ],
)
def test_masked_fields_are_the_token_s(mask, expected):
    """They have its values, or are unset if it has none; the others are the client's."""
    assert effective(CLIENT, OWN, mask) == expected


def test_masked_fields_are_unset_without_a_setup():
    """A mask alone locks to nothing; the object around a field stays."""
    assert effective(CLIENT, None, "generationConfig.temperature,generationConfig.topK") == {
        **CLIENT,
        "generationConfig": {},
    }


def test_masked_fields_are_found_in_either_spelling():
    """Snake case is no way around a lock."""
    client = {"model": "m", "generation_config": {"temperature": 0.9, "top_k": 3}}
    assert effective(client, OWN, "generationConfig.temperature") == {
        "model": "m",
        "generationConfig": {"temperature": 0.1, "topK": 3},
    }


@pytest.mark.parametrize(
    "mask", ["generation_config.temperature", "temperature", "temperature,generationConfig.temperature"]
)
@pytest.mark.parametrize("name", ["generationConfig", "generation_config"])
def test_a_mask_in_either_spelling_locks(mask, name):
    """Nor is it of any use to write the mask otherwise than the setup."""
    assert effective({"model": "m", name: {"temperature": 0.9, "topK": 3}}, OWN, mask) == {
        "model": "m",
        "generationConfig": {"temperature": 0.1, "topK": 3},
    }


@pytest.mark.parametrize(
    "mask", ["output_audio_transcription,top_k", "outputAudioTranscription,generation_config.topK"]
)
def test_a_mask_in_either_spelling_unsets(mask):
    """What it names and the token has not is gone."""
    assert effective(CLIENT, OWN, mask) == {"model": "models/theirs", "generationConfig": {"temperature": 0.9}}


def test_a_masked_handle_in_snake_case_is_locked():
    """It is the one path that is told from the others."""
    pinned = resuming(OWN, "pinned")
    assert effective(resuming(CLIENT), pinned, "session_resumption.handle") == resuming(CLIENT, "pinned")


def test_masked_resumption_leaves_the_handle():
    """The settings are the token's, the handle is not, unless the mask names just that."""
    own = {"sessionResumption": {}}
    assert effective(resuming(CLIENT), own, "sessionResumption") == resuming(CLIENT)
    assert effective(CLIENT, own, "sessionResumption") == {**CLIENT, **own}
    assert effective(resuming(CLIENT), own, "sessionResumption.handle") == {**CLIENT, **own}
    assert effective(resuming(CLIENT), resuming(own, "pinned"), "sessionResumption.handle") == resuming(
        CLIENT, "pinned"
    )


NUMBERS = st.dictionaries(st.sampled_from(["temperature", "topK", "seed"]), st.integers(1, 9))
SETUPS = st.fixed_dictionaries({}, optional={"model": st.text(), "generationConfig": NUMBERS})
MASKS = st.lists(
    st.sampled_from(["model", "generationConfig", "generationConfig.topK", "generationConfig.seed"]), min_size=1
)


@given(SETUPS, st.none() | SETUPS, MASKS)
def test_no_client_gets_past_a_mask(client, own, mask):
    """Whatever it sends, a masked field has the token's value; nothing that was given is changed."""
    before = copy.deepcopy((client, own))
    result = effective(client, own, ",".join(mask))
    for path in mask:
        head, _, field = path.partition(".")
        ours, theirs = (own or {}).get(head), result.get(head)
        if field:
            assert (theirs or {}).get(field) == (ours or {}).get(field)
        else:
            assert theirs == ours
    assert (client, own) == before
