"""Recorded sessions against the emulator: the recorded client's messages bring what the real service has said, in shape."""

from __future__ import annotations

import json
import math

import pytest

from gemini_live.emulator import Emulator

from .shapes import shape, squeezed

RECORDINGS = {
    "gemini-2.5-text-in-audio-out": "gemini-2.5",
    "gemini-2.5-audio-in-server-vad": "gemini-2.5",
    "gemini-2.5-history-seeding": "gemini-2.5",
    "gemini-3.1-tool-round": "gemini-3.1",
    "gemini-3.1-history-seeding": "gemini-3.1",
    "vertex-2.5-tool-round": "vertex-2.5",
    "vertex-2.5-text-in-audio-out": "vertex-2.5",
}
MUTE = {"gemini-3.1-history-seeding"}
"""In this one the service gave the words of an answer and no sound at all, which it mostly does."""


def replay(client, recording):
    """Send what the recorded client has sent; return what came, up to as many turns as there were."""
    came = []
    for line in recording:
        if line["direction"] != "sent":
            continue
        message = line["data"]
        if "tool_response" in message:
            came += client.until("toolCall")
            (answer,) = message["tool_response"]["functionResponses"]
            answer["id"] = came[-1]["toolCall"]["functionCalls"][0]["id"]
        client.send(message)
    for _ in range(sum("turnComplete" in line["data"].get("serverContent", {}) for line in recording)):
        came += client.turn()
    return came


def said(messages, profile, *, mute):
    """Return the shapes of messages; where a recording is mute, without their sound."""
    shapes = [shape(message, whole=profile == "vertex-2.5") for message in messages]
    if mute:
        shapes = [one.replace("modelTurn+", "") for one in shapes if one != "modelTurn"]
    return squeezed(shapes)


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_emulator_answers_as_the_service_did(recordings, dial, wire, name):
    """Message by message, field by field."""
    lines = (recordings / f"{name}.jsonl").read_text("utf-8").splitlines()
    recording = [json.loads(line) for line in lines]
    profile = RECORDINGS[name]
    recorded = [line["data"] for line in recording if line["direction"] == "received"]
    options = {"path": wire.vertex, "headers": {"Authorization": "Bearer t"}, "key": None}
    with Emulator(tls=False, output_speed=math.inf, chunk_ms=(100, 150)) as server:
        client = dial(server, **(options if profile == "vertex-2.5" else {}))

        came = replay(client, recording)

    usage = came[-1]["usageMetadata"]
    assert came[0].keys() == recorded[0].keys()
    assert came[0]["setupComplete"].keys() == recorded[0]["setupComplete"].keys()
    mute = name in MUTE
    assert said(came[1:], profile, mute=mute) == said(recorded[1:], profile, mute=mute)
    assert mute or usage.keys() == recorded[-1]["usageMetadata"].keys()
