"""Earlier turns, told to a model in the way that its family wants them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from ..exceptions import ConfigError
from ..profiles import HistorySeeding, Profile
from ..types import ClientContent, ClientMessage, Content, Part, parse
from ..types.codec import collect, wrong_backend
from .outgoing import Outgoing, to_json, words_of


def seed(turns: Any, *, backend: str, profile: Profile, announced: bool, strict: bool) -> Outgoing:
    """Make the message that tells a model what was said before.

    Where the setup has announced a history, the content is closed, which begins no answer; elsewhere it is left open
    and the next thing the user says closes it.

    Args:
        turns: contents, oldest first.
        backend: what only the other backend has is refused.
        profile: what the model can do.
        announced: whether the setup has ``history_config.initial_history_in_client_content``.
        strict: whether to refuse what the model is known not to take.

    Raises:
        ConfigError: no such contents, or a family that hears audio and nothing else.
    """
    contents = seedable(turns)
    if strict and profile.history is HistorySeeding.NONE:
        raise ConfigError(f"models of the family {profile.name} take no history: they hear audio and nothing else")
    content = ClientContent(turns=contents, turn_complete=announced)
    collect(wrong_backend(content, backend, ""))
    return Outgoing("client_content", to_json(ClientMessage(client_content=content)), said=words_of(contents))


def seedable(turns: Any) -> tuple[Content, ...]:
    """Return turns as contents that any model takes as history.

    The Live API takes no function calls, answers or results in a history (it closes the connection with 1007), so those
    parts become text.  A content without a role is the user's.

    Raises:
        ConfigError: not a list of contents, an unknown role, or nothing at all.
    """
    if isinstance(turns, (str, Content)) or not isinstance(turns, Sequence) or not turns:
        raise ConfigError("must be a list of contents, oldest first", path="turns")
    return tuple(
        _seedable(parse(Content, turn, f"turns[{index}]"), f"turns[{index}]") for index, turn in enumerate(turns)
    )


def _seedable(content: Content, path: str) -> Content:
    role = content.role or "user"
    if role not in ("user", "model"):
        raise ConfigError(f"must be 'user' or 'model', not {role!r}", path=f"{path}.role")
    parts = tuple(_as_words(part) for part in content.parts or ())
    if not parts:
        raise ConfigError("has no parts", path=path)
    return attrs.evolve(content, role=role, parts=parts)


def _as_words(part: Part) -> Part:
    """Turn a part that belongs to a tool round into a sentence."""
    call, response = part.function_call, part.function_response
    if call is not None:
        return Part(text=f"[called {call.name} with {call.args or {}}]")
    if response is not None:
        return Part(text=f"[{response.name} answered {response.response or {}}]")
    return part
