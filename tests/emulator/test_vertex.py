"""Sessions on the path of Vertex AI."""

from __future__ import annotations

import pytest


@pytest.fixture
def vertex(server, dial, wire):
    """A connection to that path."""
    return dial(server, path=wire.vertex, key=None, headers={"authorization": "Bearer a-token"})


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
@pytest.mark.parametrize("prefix", ["", "projects/p/locations/us-central1/"])
def test_a_turn_is_answered(server, dial, wire, version, prefix):
    """Any version, doubled slashes, and both forms of the model's name are taken."""
    path = "/" + wire.vertex.replace("v1beta1", version)
    client = dial(server, path=path, key=None, headers={"authorization": "Bearer a-token"})
    assert client.setup(model=prefix + wire.vertex_model, outputAudioTranscription={}).keys() == {"setupComplete"}
    assert wire.words(client.ask("Hello."))
    assert server.sessions[0].path == path


def test_its_own_fields_are_known(server, vertex, wire):
    """explicitVadSignal and transparent resumption are only here."""
    setup = {"explicitVadSignal": True, "sessionResumption": {"transparent": True}}
    assert vertex.setup(model=wire.vertex_model, **setup).keys() == {"setupComplete"}


def test_the_gemini_api_s_fields_are_not(vertex, wire):
    """What the other backend alone has closes with 1007."""
    vertex.send({"setup": {"model": wire.vertex_model, "generationConfig": {"enableEnhancedCivicAnswers": True}}})
    code, reason = vertex.closed()
    assert code == 1007 and 'Unknown name "enableEnhancedCivicAnswers"' in reason


@pytest.mark.parametrize("model", ["models/gemini-live", "publishers/google/models/not-a-model"])
def test_an_unknown_model_closes(vertex, model):
    """1008 with Vertex AI's words."""
    vertex.send({"setup": {"model": model}})
    code, reason = vertex.closed()
    assert code == 1008 and reason.startswith(f"Publisher Model `{model}` was not found or your project")


def test_answers_to_calls_need_no_id(vertex, wire):
    """Calls may come without one there."""
    vertex.setup(model=wire.vertex_model)
    vertex.send({"toolResponse": {"functionResponses": [{"name": "f", "response": {}}]}})
    assert vertex.ask("Say yes.")


def test_both_backends_are_served_at_once(server, client, vertex, wire):
    """The profile decides shapes, the path the backend."""
    vertex.setup(model=wire.vertex_model)
    assert client.ask("Say yes.") and vertex.ask("Say yes.")
