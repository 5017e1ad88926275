"""What a callback for tool calls returns, as answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .._texts import told
from ..exceptions import ConfigError
from ..protocol import answers
from ..tools.results import UnsendableError, answer_of
from ..types import FunctionCall, FunctionResponse, ToolCall
from ..types.codec import encode
from . import commands
from .options import Options
from .outbox import OutboxMeter, Queued

_FORMS = (
    'on_tool_call returns nothing, a list of answers ({"id": …, "name": …, "response": {…}}), a mapping of call ids to'
    ' results, or ("tool_response", answers)'
)
_ANSWER_KEYS = {"id", "name", "response", "scheduling", "will_continue", "willContinue", "parts"}


class HandAnswers:
    """Sends what ``on_tool_call`` has returned.  The callbacks' thread; it keeps nothing.

    Args:
        options: the session's.
        meter: where answers are counted in: they are always accepted, as the model waits for them.
        tell: puts something into the actor's mailbox.
    """

    def __init__(self, options: Options, meter: OutboxMeter, tell: Callable[[object], None]) -> None:
        self._options = options
        self._meter = meter
        self._tell = tell

    def returned(self, call: ToolCall, results: list[Any], failure: BaseException | None) -> Exception | None:
        """Answer calls with what callbacks have returned; where one has raised, the others with an error.

        Returns:
            What is wrong with a returned value; its calls are answered with that.
        """
        problem: Exception | None = None
        calls = call.function_calls or ()
        for result in results:
            if result is None or (isinstance(result, (list, tuple, dict)) and not result):
                continue  # answers come later, or from others
            try:
                self._answer(calls, result)
            except Exception as error:  # noqa: BLE001 - a stranger's object may be anything
                problem = problem or error
        reason = failure or problem
        if reason is not None:
            words = told(failure) if failure is not None else "the result can't be sent"
            self._tell(commands.ToolCallbackFailed(calls, words))
        return problem

    def _answer(self, calls: tuple[FunctionCall, ...], result: Any) -> None:
        options = self._options
        message = answers.tool_response(
            responses_in(result, calls),
            backend=options.backend.name,
            profile=options.profile,
            strict=options.strict,
        )
        self._meter.count_again(message)
        self._tell(Queued(message))


def responses_in(result: Any, calls: tuple[FunctionCall, ...]) -> list[dict[str, Any]]:
    """Return the answers in what a callback has returned, with the ids and names that go without saying.

    Raises:
        ConfigError: it has none of the forms.

    >>> responses_in({"c1": "foggy"}, (FunctionCall(id="c1", name="look"),))
    [{'response': {'output': 'foggy'}, 'id': 'c1', 'name': 'look'}]
    """
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], str):
        if result[0] != "tool_response":
            raise ConfigError(f"begins with {result[0][:40]!r}: {_FORMS}", path="on_tool_call")
        result = result[1]
    ids = {call.id for call in calls if call.id}
    if isinstance(result, Mapping) and result and set(result) <= ids:
        return [_completed(_of_result(value), calls, str(key)) for key, value in result.items()]
    items = [result] if isinstance(result, (Mapping, FunctionResponse)) else result
    if not isinstance(items, (list, tuple)) or not items:
        raise ConfigError(f"is {type(result).__name__}: {_FORMS}", path="on_tool_call")
    return [_completed(_of_answer(item), calls, None) for item in items]


def _of_result(value: Any) -> dict[str, Any]:
    try:
        return encode(answer_of(value))
    except UnsendableError as error:
        raise ConfigError(str(error), path="on_tool_call") from None
    except Exception as error:
        raise ConfigError(f"can't be read: {told(error)}", path="on_tool_call") from error


def _of_answer(item: Any) -> dict[str, Any]:
    if isinstance(item, FunctionResponse):
        return encode(item)
    if isinstance(item, Mapping) and item and set(item) <= _ANSWER_KEYS and "response" in item:
        return dict(item)
    raise ConfigError(f"holds {type(item).__name__} that is no answer: {_FORMS}", path="on_tool_call")


def _completed(answer: dict[str, Any], calls: tuple[FunctionCall, ...], call_id: str | None) -> dict[str, Any]:
    """Fill in which call it answers, where that goes without saying."""
    call_id = answer.get("id") or call_id
    fitting = [call for call in calls if call_id in (None, call.id) and answer.get("name") in (None, call.name)]
    if len(fitting) != 1:
        return answer if call_id is None else {**answer, "id": call_id}
    known = {"id": fitting[0].id, "name": fitting[0].name}
    return {**answer, **{key: value for key, value in known.items() if value is not None}}
