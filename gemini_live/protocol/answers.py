"""Answers to function calls and updates of the context, checked and turned into messages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..profiles import Profile
from ..types import ClientMessage, ContextUpdate, FunctionResponse, Tool, ToolResponse, parse
from ..types.codec import collect, wrong_backend
from .outgoing import Outgoing, to_json
from .preflight import check_scheduling


def tool_response(responses: Any, *, backend: str, profile: Profile, strict: bool) -> Outgoing:
    """Make a ``toolResponse`` from one answer or a list of them.

    Args:
        responses: mappings or values of ``{id, name, response, scheduling, will_continue, parts}``.
        backend: ``"gemini"`` wants the id of every call; Vertex AI may never have given one.
        profile: what the model can do.
        strict: whether to refuse what it is known not to do.

    Raises:
        ConfigError: everything that is wrong with them.
    """
    single = isinstance(responses, (Mapping, FunctionResponse))
    items = [responses] if single else responses
    if not isinstance(items, (list, tuple)) or not items:
        raise ConfigError("must be an answer or a list of answers", path="responses")
    problems: list[ConfigError] = []
    parsed: list[FunctionResponse] = []
    for index, item in enumerate(items):
        path = "response" if single else f"responses[{index}]"
        try:
            answer = parse(FunctionResponse, item, path)
        except ConfigError as error:
            problems += error.problems
            continue
        parsed.append(answer)
        problems += _wrong_answer(answer, path, backend=backend)
        problem = check_scheduling(profile, answer.scheduling, path=f"{path}.scheduling") if strict else None
        if problem is not None:
            problems.append(problem)
    finals = [answer.id for answer in parsed if answer.id and not answer.will_continue]
    problems += [
        ConfigError(f"answers the call {call_id!r} twice", path="responses")
        for call_id in dict.fromkeys(finals)
        if finals.count(call_id) > 1
    ]
    collect(problems)
    message = ClientMessage(tool_response=ToolResponse(function_responses=tuple(parsed)))
    return Outgoing(
        "tool_response",
        to_json(message),
        answers=tuple(finals),
        nameless=tuple(str(answer.name) for answer in parsed if not answer.id and not answer.will_continue),
        concerns=tuple(answer.id for answer in parsed if answer.id),
    )


def without(message: Outgoing, ids: tuple[str, ...], names: tuple[str, ...] = ()) -> Outgoing | None:
    """Return a ``toolResponse`` without the answers to some calls, ``None`` if nothing is left of it.

    Args:
        message: the message.
        ids: of the calls.
        names: the functions' names of calls without an id; one that is named twice loses two answers.
    """
    document = json.loads(message.payload)
    kept, gone = [], list(names)
    for answer in document["toolResponse"]["functionResponses"]:
        if not answer.get("id") and answer.get("name") in gone:
            gone.remove(answer["name"])
        elif answer.get("id") not in ids:
            kept.append(answer)
    if not kept:
        return None
    document["toolResponse"]["functionResponses"] = kept
    return attrs.evolve(
        message,
        payload=json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8"),
        answers=tuple(call_id for call_id in message.answers if call_id not in ids),
        nameless=tuple(str(answer.get("name")) for answer in kept if not answer.get("id")),
        concerns=tuple(call_id for call_id in message.concerns if call_id not in ids),
    )


def _wrong_answer(answer: FunctionResponse, path: str, *, backend: str) -> list[ConfigError]:
    problems = wrong_backend(answer, backend, path)
    if not answer.name:
        problems.append(ConfigError("is missing: the name of the function that was called", path=f"{path}.name"))
    if not answer.id and backend == "gemini":
        problems.append(ConfigError("is missing: the id of the call that it answers", path=f"{path}.id"))
    if answer.response is None:
        problems.append(ConfigError('is missing: a mapping, such as {"output": …}', path=f"{path}.response"))
    return problems


def context_update(
    *, system_instruction: Any = None, tools: Any = None, backend: str
) -> tuple[Outgoing, tuple[Tool, ...]]:
    """Make a ``contextUpdate``; an empty list of tools takes all of them away.

    Returns:
        The message, and the tools in it.

    Args:
        system_instruction: the new one.
        tools: the new ones.
        backend: what only the other backend has is refused.

    Raises:
        ConfigError: neither is given, or one of them is wrong.
    """
    if system_instruction is None and tools is None:
        raise ConfigError("takes system_instruction, tools or both", path="context_update")
    given: dict[str, Any] = {}
    if system_instruction is not None:
        given["system_instruction"] = system_instruction
    if tools is not None:
        given["tools"] = {"tools": tools}
    try:
        update = parse(ContextUpdate, given, "")
        collect(wrong_backend(update, backend, ""))
    except ConfigError as error:
        collect([_flattened(problem) for problem in error.problems])
        raise
    listed = update.tools.tools if update.tools is not None else None
    return Outgoing("context_update", to_json(ClientMessage(context_update=update))), listed or ()


def _flattened(problem: ConfigError) -> ConfigError:
    """Return a problem with the path that the caller knows: on the wire the tools are nested twice."""
    words = str(problem).removeprefix(f"{problem.path}: ")
    return ConfigError(words, path=problem.path.replace("tools.tools", "tools", 1))
