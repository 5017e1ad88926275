"""The error tree: data in attributes, safe to pickle, nothing secret in the text."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from gemini_live import exceptions
from gemini_live.exceptions import (
    ApiError,
    AuthError,
    CallbackError,
    CallingSelfError,
    CallTimeout,
    ConfigError,
    ConnectError,
    ConnectionLost,
    ConnectTimeout,
    ForkedSessionError,
    GeminiLiveError,
    HandshakeError,
    ModelNotFoundError,
    NotReadyError,
    OutboxFullError,
    ProtocolError,
    SessionClosed,
    SetupError,
    ToolError,
    TurnTimeout,
)

EXAMPLES: list[tuple[GeminiLiveError, str, dict[str, Any]]] = [
    (ConfigError("must be a number", path="a.b"), "a.b: must be a number", {"path": "a.b"}),
    (ConfigError("wrong"), "wrong", {"path": ""}),
    (AuthError("no key"), "no key", {}),
    (ConnectError("no", phase="tcp", retryable=True), "no", {"phase": "tcp", "retryable": True}),
    (
        HandshakeError("refused", status=429, headers={"retry-after": "1"}, body="slow down"),
        "refused",
        {"status": 429, "headers": {"retry-after": "1"}, "body": "slow down", "phase": "upgrade", "retryable": True},
    ),
    (HandshakeError("odd", status=None), "odd", {"status": None, "headers": {}, "body": "", "retryable": False}),
    (
        SetupError(1007, "bad model", hint="check the name"),
        "the server refused the setup: 1007 bad model (check the name)",
        {"code": 1007, "reason": "bad model", "hint": "check the name", "phase": "setup", "retryable": False},
    ),
    (SetupError(1006, ""), "the server refused the setup: 1006 (no reason given)", {"hint": ""}),
    (
        ConnectTimeout(2.5, phase="tls"),
        "no session within 2.5 s; it came as far as: tls",
        {"seconds": 2.5, "phase": "tls", "retryable": True},
    ),
    (
        NotReadyError("disconnected"),
        "cannot send while the session is disconnected; call connect() first",
        {"status": "disconnected"},
    ),
    (NotReadyError("closing", doing="connect"), "cannot connect while the session is closing", {"status": "closing"}),
    (SessionClosed(), "the session has ended", {"code": None, "reason": "", "unsent": (), "history": ()}),
    (
        SessionClosed(1000, "bye", unsent=[1, 2], history=["h"]),
        "the session has ended: 1000 bye; 2 accepted message(s) were not sent",
        {"code": 1000, "unsent": (1, 2), "history": ("h",)},
    ),
    (
        ConnectionLost(1011, "oops", phase="draining", retryable=True, resumable=True, hint="later", unsent=[1]),
        "the connection was lost: 1011 oops (later)",
        {"code": 1011, "phase": "draining", "retryable": True, "resumable": True, "unsent": (1,), "history": ()},
    ),
    (ConnectionLost(1006), "the connection was lost: 1006 (no reason given)", {"phase": "session", "hint": ""}),
    (OutboxFullError(10, 5), "10 bytes wait to be sent and the bound is 5", {"queued_bytes": 10, "max_bytes": 5}),
    (CallTimeout("slow"), "slow", {}),
    (TurnTimeout(3), "no turn ended within 3 s", {"seconds": 3}),
    (CallingSelfError("self"), "self", {}),
    (ForkedSessionError("forked"), "forked", {}),
    (ToolError("broke", name="f", call_id="1"), "f: broke", {"name": "f", "call_id": "1"}),
    (ProtocolError("what?"), "what?", {}),
    (ApiError(404, "no such model", details={"a": 1}), "404: no such model", {"status": 404, "details": {"a": 1}}),
    (ApiError(None, "odd"), "error: odd", {"status": None, "details": {}}),
    (ModelNotFoundError("none", available=["a"]), "none", {"available": ("a",)}),
    (CallbackError("text", KeyError("k")), "on_text raised KeyError: 'k'", {"event": "text"}),
]


@pytest.mark.parametrize(("error", "text", "attributes"), EXAMPLES, ids=lambda value: type(value).__name__)
def test_errors_carry_data_and_survive_pickling(error: GeminiLiveError, text: str, attributes: dict[str, Any]) -> None:
    """Text and attributes are the same before and after, also in a copy."""
    for same in (error, pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(same) is type(error)
        assert str(same).startswith(text)
        assert isinstance(same, GeminiLiveError)
        for name, value in attributes.items():
            assert getattr(same, name) == value


def test_every_class_has_an_example_and_stands_in_the_tree() -> None:
    """The docstring draws what the module holds."""
    classes = {
        value for value in vars(exceptions).values() if isinstance(value, type) and issubclass(value, GeminiLiveError)
    }
    public = {cls for cls in classes if not cls.__name__.startswith("_")} - {GeminiLiveError}
    assert {type(error) for error, _, _ in EXAMPLES} == public
    for cls in public:
        assert f"── {cls.__name__} " in (exceptions.__doc__ or "")
        assert cls.__doc__


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (ConfigError("x"), ValueError),
        (ConnectTimeout(1, phase="tcp"), TimeoutError),
        (ConnectTimeout(1, phase="tcp"), ConnectError),
        (CallTimeout("x"), TimeoutError),
        (TurnTimeout(1), TimeoutError),
        (HandshakeError("x", status=500), ConnectError),
        (SetupError(1000, ""), ConnectError),
    ],
)
def test_errors_are_also_what_python_programs_expect(error: Exception, base: type[Exception]) -> None:
    """Who catches the standard class catches ours."""
    assert isinstance(error, base)


@pytest.mark.parametrize(("status", "retryable"), [(401, False), (404, False), (429, True), (500, True), (503, True)])
def test_some_refusals_may_be_tried_again(status: int, retryable: bool) -> None:
    """Quota and server trouble pass; a wrong key does not."""
    assert HandshakeError("x", status=status).retryable is retryable


def test_a_callback_error_holds_its_cause() -> None:
    """error and __cause__, after pickling as well."""
    cause = KeyError("k")
    error = CallbackError("message", cause)
    assert error.error is error.__cause__ is cause
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again.error, KeyError)
    assert again.__cause__ is again.error


class TwoArguments(Exception):
    """Pickles well and fails when it is loaded."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} and {second}")


class Unpicklable(Exception):
    """Does not even pickle."""

    def __reduce__(self) -> Any:
        raise TypeError("no")


@pytest.mark.parametrize("cause", [TwoArguments("a", "b"), Unpicklable("c")])
def test_a_programs_own_exception_may_not_be_picklable(cause: Exception) -> None:
    """The callback error travels all the same, with the name and the text of what it held."""
    again = pickle.loads(pickle.dumps(CallbackError("message", cause)))
    assert type(cause).__name__ in str(again)
    assert str(again.error) == f"{type(cause).__name__}: {cause}"
    assert again.__cause__ is again.error


def several() -> ConfigError:
    """Return an error of three problems, two of which were one error already."""
    return ConfigError.of([ConfigError.of([ConfigError("a", path="x"), ConfigError("b", path="y")]), ConfigError("c")])


def test_a_configuration_error_holds_all_its_problems() -> None:
    """Flat, in order, each on a line of its own; the path is the first one's."""
    error = several()

    assert str(error) == "x: a\ny: b\nc"
    assert error.path == "x"
    assert [str(problem) for problem in error.problems] == ["x: a", "y: b", "c"]
    assert isinstance(error, ValueError)


def test_a_single_problem_is_its_own_only_entry() -> None:
    """So that a program can always walk through the problems."""
    error = ConfigError("a", path="x")

    assert error.problems == (error,)
    assert ConfigError.of([error]) is error
    assert ConfigError.of([ConfigError.of([error])]) is error


@pytest.mark.parametrize("clone", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
def test_problems_survive_pickling(clone: Any) -> None:
    """One or several, with their paths."""
    for error in (several(), ConfigError("a", path="x")):
        again = clone(error)
        assert str(again) == str(error)
        assert again.path == error.path
        assert [(str(problem), problem.path) for problem in again.problems] == [
            (str(problem), problem.path) for problem in error.problems
        ]
        assert all(problem.problems == (problem,) for problem in again.problems)
