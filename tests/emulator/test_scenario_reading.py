"""Scenarios out of lists, mappings and files; wrong ones are refused by step and field."""

from __future__ import annotations

import json
import sys

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.brains import scenario as values
from gemini_live.emulator.brains.scenario_reading import scenario_of
from gemini_live.exceptions import ConfigError

SAY = {"say": "Hi."}


def test_loops_become_steps_back():
    """A row of steps, each with the place where the scenario has it."""
    scenario = scenario_of(
        [SAY, {"loop": {"times": 2, "steps": [{"wait": "turn"}, {"loop": {"steps": [{"wait": "text"}]}}]}}]
    )

    assert [str(step) if isinstance(step, values.Step) else step for step in scenario.steps] == [
        "steps[0] waits for nothing",
        "steps[1].loop.steps[0] waits for any turn",
        "steps[1].loop.steps[1].loop.steps[0] waits for a text",
        values.Repeat(2, None),
        values.Repeat(1, 2),
    ]


def test_what_stands_beside_the_steps_is_read():
    """Steps for anything else wait for any turn unless they say so; counters are the session's unless they say so."""
    scenario = scenario_of({"name": "x", "counters": "connection", "steps": [SAY], "otherwise": [SAY]})

    assert (scenario.per_session, str(scenario.otherwise[0])) == (False, "otherwise[0] waits for any turn")
    assert scenario_of([SAY]).per_session


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        ("turn", "any turn"),
        ("speech", "0 to inf ms of speech"),
        ({"text": "a.b"}, "a text with 'a.b'"),
        ({"matches": "a.b"}, "a text with 'a.b'"),
        ({"speech_ms": 500}, "500 to inf ms of speech"),
        ({"speech_ms": [500, 900]}, "500 to 900 ms of speech"),
        ("tool", "the result of a function"),
        ({"tool": "f"}, "the result of f"),
        ("nothing", "nothing"),
    ],
)
def test_a_step_says_what_it_waits_for(wait, said):
    """In words, for errors."""
    assert str(scenario_of([{"wait": wait}]).steps[0]) == f"steps[0] waits for {said}"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ([], "scenario.steps: has no step"),
        ({}, "scenario.steps: must be a list of steps"),
        (7, "scenario: must be a mapping"),
        ({"steps": [SAY], "sets": 1}, "scenario.sets: is not known; known are steps, otherwise"),
        ({"steps": [SAY], "counters": "user"}, "scenario.counters: must be one of session, connection"),
        ({"steps": [SAY], "otherwise": ["x"]}, r"scenario.otherwise\[0\]: must be a mapping"),
        ([SAY, {"sya": "x"}], r"scenario.steps\[1\].sya: is not known; known are wait, heard"),
        ([{"say": 7}], r"scenario.steps\[0\].say: must be a list"),
        ([{"say": [7]}], r"scenario.steps\[0\].say\[0\]: must be a mapping"),
        ([{"say": [{}]}], r"steps\[0\].say\[0\]: must have exactly one of pause_ms"),
        ([{"say": [{"pause_ms": -1}]}], r"say\[0\].pause_ms: must be a number of milliseconds, not -1"),
        ([{"say": [{"silence_ms": True}]}], r"say\[0\].silence_ms: must be a number"),
        ([{"say": [{"interrupt": False}]}], r"say\[0\].interrupt: must be true"),
        ([{"say": ["x", {"silence_ms": 5}], "audio_ms": 9}], r"steps\[0\].audio_ms: goes with say without silence_ms"),
        ([{"heard": 1}], r"steps\[0\].heard: must be text"),
        ([{"silent": "yes"}], r"steps\[0\].silent: must be true or false"),
        ([{"audio_ms": "1"}], r"steps\[0\].audio_ms: must be a number"),
        ([{"wait": "turns"}], r"steps\[0\].wait: must be one of turn, text"),
        ([{"wait": {}}], r"steps\[0\].wait: must have exactly one of text"),
        ([{"wait": {"text": 1}}], r"steps\[0\].wait.text: must be text"),
        ([{"wait": {"tool": 1}}], r"steps\[0\].wait.tool: must be text"),
        ([{"wait": {"matches": "("}}], r"steps\[0\].wait.matches: is no regular expression"),
        ([{"wait": {"speech_ms": [1]}}], r"steps\[0\].wait.speech_ms: must be at least and at most"),
        ([{"wait": {"speech_ms": [2, 1]}}], r"steps\[0\].wait.speech_ms: must be at least and at most"),
        ([{"wait": {"speech_ms": "x"}}], r"steps\[0\].wait.speech_ms: must be a number"),
        ([{"go_away": "soon"}], r"steps\[0\].go_away: must be a number of seconds"),
        ([{"go_away": {"seconds": 1, "close": 2}}], r"steps\[0\].go_away.close: must be true or false"),
        ([{"fail": "burn"}], r"steps\[0\].fail: must be reset, freeze"),
        ([{"fail": {"code": "x"}}], r"steps\[0\].fail.code: must be a close code"),
        ([{"fail": {"code": 1006}}], r"steps\[0\].fail.code: 1006 is carried by no close frame"),
        ([{"fail": {"code": 1011, "reason": 1}}], r"steps\[0\].fail.reason: must be text"),
        ([{"call": []}], r"steps\[0\].call: takes at least one call"),
        ([{"call": [7]}], r"steps\[0\].call\[0\]: must be a mapping"),
        ([{"call": {}}], r"steps\[0\].call.name: must be text"),
        ([{"call": {"name": "f", "args": 1}}], r"steps\[0\].call.args: must be a mapping"),
        ([{"call": {"name": "f", "blocks": 1}}], r"steps\[0\].call.blocks: must be true"),
        ([{"loop": {"steps": [SAY]}}], r"steps\[0\].loop.steps: has no step that waits for anything"),
        ([{"loop": {"times": 0, "steps": [{"wait": "turn"}]}}], r"steps\[0\].loop.times: must be a number from 1"),
        ([{"loop": {"steps": [{"wait": "turn"}]}, "say": "x"}], r"steps\[0\].say: is not known; known are loop"),
    ],
)  # fmt: skip
def test_a_wrong_scenario_is_refused_when_the_emulator_is_made(source, error):
    """The error names the step and the field."""
    with pytest.raises(ConfigError, match=error):
        Emulator(scenario=source)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"brain": "rules", "scenario": [SAY]}, "brain: must be 'script' or left out"),
        ({"brain": "script"}, "brain: 'script' plays a scenario"),
    ],
)
def test_a_scenario_goes_with_its_brain(options, error):
    """The one needs the other."""
    with pytest.raises(ConfigError, match=error):
        Emulator(**options)


def test_a_json_file_needs_no_extra(tmp_path):
    """It is read as the same list."""
    path = tmp_path / "steps.json"
    path.write_text(json.dumps([SAY]), "utf-8")

    assert scenario_of(path) == scenario_of(str(path)) == scenario_of([SAY])


def test_a_yaml_file_is_read_too(tmp_path):
    """With the extra."""
    pytest.importorskip("yaml", reason="the extra scenario is not installed")
    path = tmp_path / "steps.yaml"
    path.write_text("steps:\n  - say: Hi.\n", "utf-8")

    assert scenario_of(path) == scenario_of([SAY])
    path.write_text("steps: [", "utf-8")
    with pytest.raises(ConfigError, match=r"steps.yaml is no YAML"):
        scenario_of(path)


def test_without_pyyaml_the_error_says_what_to_install(tmp_path, monkeypatch):
    """Or to write JSON."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "steps.yaml"
    path.write_text("- say: Hi.\n", "utf-8")

    with pytest.raises(ConfigError, match=r"gemini-live\[scenario\]"):
        scenario_of(path)


def test_a_file_that_can_not_be_read_is_named(tmp_path):
    """Missing, or no JSON."""
    with pytest.raises(ConfigError, match=r"none.json: No such file"):
        scenario_of(tmp_path / "none.json")
    path = tmp_path / "steps.json"
    path.write_text("[", "utf-8")
    with pytest.raises(ConfigError, match=r"steps.json is no JSON"):
        scenario_of(path)
