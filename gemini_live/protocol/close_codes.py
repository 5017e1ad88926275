"""What a close code and its words mean: one table, because no code means one thing here.

https://www.rfc-editor.org/rfc/rfc6455#section-7.4 and the service's own words.
"""

from __future__ import annotations

import re

import attrs


@attrs.frozen
class Verdict:
    """What to make of the end of a connection.

    Attributes:
        retryable: whether the same may work later.
        resumable: whether a resumption handle is worth trying.
        hint: what to look at; empty if there is nothing to say.
        blames_handle: whether a handle that was sent, or what it brought back, may be the reason.
        repeats: whether that is so if it happens again and again right after a resume.
    """

    retryable: bool
    resumable: bool
    hint: str = ""
    blames_handle: bool = False
    repeats: bool = False


@attrs.frozen
class Rule:
    """One row: a code (``None`` is any), words at the beginning of the reason, and what they mean."""

    code: int | None
    pattern: re.Pattern[str]
    in_setup: Verdict
    in_session: Verdict


_FATAL = Verdict(retryable=False, resumable=False)
_RETRY = Verdict(retryable=True, resumable=False)
_RESUME = Verdict(retryable=True, resumable=True)
_FAILED = Verdict(retryable=True, resumable=True, repeats=True)
_DOUBT = Verdict(retryable=True, resumable=True, blames_handle=True)
_FRESH = Verdict(retryable=True, resumable=False, blames_handle=True)


def _fatal(hint: str) -> Verdict:
    return Verdict(retryable=False, resumable=False, hint=hint)


def _maybe_handle(verdict: Verdict) -> Verdict:
    return attrs.evolve(verdict, blames_handle=True)


def _rule(code: int | None, words: str, in_setup: Verdict, in_session: Verdict | None = None) -> Rule:
    return Rule(code, re.compile(words, re.IGNORECASE | re.DOTALL), in_setup, in_session or in_setup)


_KEY = _fatal("check the key that api_key or GEMINI_API_KEY holds")
_NO_IDENTITY = _fatal("no credentials arrived, or a token came to a method without Constrained")
_REGION = _fatal("the service is not offered where this request comes from")
_MEDIA_CHUNKS = _fatal("send audio, video or text, not media_chunks")
_NO_MODEL = _fatal("this model does not exist, or not in this API version or for the Live API")
_QUOTA = _fatal("the project's quota or billing does not allow it")
_UNKNOWN_FIELD = _fatal("the server does not know a field of this message, or its type")
_BAD_SETUP = _maybe_handle(_fatal("a field or value of the setup is not accepted by this model"))
_STALE = _maybe_handle(_fatal("the resumption handle, or a tool call's id, is not known any more"))
_UNSUPPORTED = _maybe_handle(_fatal("this model does not support something that the setup asks for"))
_POLICY = _maybe_handle(
    _fatal("the server's policy does not allow this; often a model or feature that the project can't use")
)
_ENDED_IN_SETUP = _maybe_handle(
    _fatal("the server ended it during the setup; usually a field that this model does not take")
)
_TOO_LARGE = _fatal("a message was too large")

RULES: tuple[Rule, ...] = (
    _rule(None, r"API key (not valid|expired)", _KEY),
    _rule(None, r"Method doesn't allow unregistered callers", _NO_IDENTITY),
    _rule(None, r"User location is not supported", _REGION),
    _rule(None, r"realtime_input\.media_chunks is deprecated", _MEDIA_CHUNKS),
    _rule(None, r"models/|.*is not found for API version", _NO_MODEL),  # a frame may hold no more than the name
    _rule(None, r".*(quota|billing|RESOURCE_EXHAUSTED)", _QUOTA),
    _rule(1007, r".*No turn to complete", _FATAL, _FAILED),
    _rule(1007, r"Invalid (JSON payload|value)", _UNKNOWN_FIELD),
    _rule(1007, r"", _BAD_SETUP, _DOUBT),
    _rule(1008, r"Requested entity was not found", _STALE, _FRESH),
    _rule(1008, r"Operation is not implemented", _UNSUPPORTED, _FAILED),
    _rule(1008, r"The operation was aborted", _RETRY, _FAILED),
    _rule(1008, r"", _POLICY),
    _rule(1011, r"The service is currently unavailable", _RETRY, _RESUME),
    _rule(1011, r"", _FRESH, _FAILED),
    _rule(1000, r"", _ENDED_IN_SETUP, _RESUME),
    _rule(1001, r"", _RETRY, _RESUME),
    _rule(1002, r"", _RETRY, _RESUME),
    _rule(1005, r"", _RETRY, _RESUME),
    _rule(1006, r"", _RETRY, _RESUME),
    _rule(1009, r"", _TOO_LARGE),
    _rule(1012, r"", _RETRY, _RESUME),
    _rule(1013, r"", _RETRY, _RESUME),
    _rule(1014, r"", _RETRY, _RESUME),
)
"""The first row that fits counts."""

_PREFIX = re.compile(r"Request trace id: [0-9a-f]+, \[ORIGINAL ERROR\] (generic::\w+: )?", re.IGNORECASE)


def classify(code: int, reason: str, *, in_setup: bool) -> Verdict:
    """Return what to make of a connection that ended with ``code`` and ``reason``.

    Args:
        code: the close code; 1006 if there was no close frame.
        reason: the server's words, of which a close frame holds the first 123 bytes.
        in_setup: whether the setup was not completed yet.
    """
    words = _PREFIX.sub("", reason)
    for rule in RULES:
        if rule.code in (None, code) and rule.pattern.match(words):
            return rule.in_setup if in_setup else rule.in_session
    return _FATAL if in_setup else _RESUME  # what had worked may work again, whatever tomorrow's code says
