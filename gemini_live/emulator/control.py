"""The verbs and the records by HTTP: for programs in other processes and other languages.

Whatever ``Verbs`` has by name in :data:`VERBS` is here, as its own signature and docstring say.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import types
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..exceptions import ConfigError
from .faults import FaultQueue
from .hiding import Secrets
from .hints import matches, words
from .http_errors import HttpError
from .hub import Behaviour
from .ledger import Ledger
from .rest import RestAnswer
from .running import call_on
from .showing import show_control, show_request, show_session, summary
from .verbs import Verbs

if TYPE_CHECKING:
    from .service import Service

ROOT = "/emulator"
VERBS = (
    "fail_next",
    "disturb",
    "go_away",
    "send_all",
    "call_next",
    "close_all",
    "drop_all",
    "freeze_all",
    "expire_handles",
    "poison_handles",
    "expire_tokens",
)


class Inside(Verbs):
    """The verbs of a server for somebody within it.  Any thread but the loop's may call them."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop, faults: FaultQueue) -> None:
        self._service = service
        self._loop = loop
        self._faults = faults

    def _call(self, function: Callable[[Service], Awaitable[None] | None]) -> None:
        call_on(self._loop, self._service, function)


class Control:
    """Answers requests below :data:`ROOT`.  Any thread but the loop's."""

    def __init__(
        self, verbs: Verbs, ledger: Ledger, behaviour: Behaviour, secrets: Secrets, lost: Callable[[], int]
    ) -> None:
        """Begin with a server.

        Args:
            verbs: what it can be told to do.
            ledger: what it has seen.
            behaviour: how it behaves.
            secrets: what is never shown.
            lost: tells how many lines of the log could not be written.
        """
        self._verbs = verbs
        self._ledger = ledger
        self._behaviour = behaviour
        self._secrets = secrets
        self._lost = lost

    def answer(self, method: str, path: str, body: bytes) -> RestAnswer:
        """Answer one request: a document, or an error in words."""
        try:
            document = self._document(method, [name for name in path.removeprefix(ROOT).split("/") if name], body)
        except HttpError as error:
            return _answer(error.status, {"error": error.message})
        except (ConfigError, ValueError, TypeError) as error:
            return _answer(400, {"error": str(error)})
        return _answer(200, document)

    def _document(self, method: str, names: list[str], body: bytes) -> Any:
        name = names[0] if names else ""
        if name in VERBS and len(names) == 1:
            if method != "POST":
                raise HttpError(405, f"{name} is a verb: POST its arguments as a JSON object")
            self._do(name, _arguments(body))
            return {}
        shown = self._shown(names)
        if shown is None:
            raise HttpError(404, f"there is no such thing; GET {ROOT} lists what there is")
        if method != "GET":
            raise HttpError(405, f"{'/'.join(names) or ROOT} is only shown: GET it")
        return shown()

    def _do(self, name: str, arguments: dict[str, Any]) -> None:
        takes = takes_of(name)
        for given, value in arguments.items():
            if given not in takes:
                raise ConfigError(f"{name} has no such argument; it takes {', '.join(takes) or 'none'}", path=given)
            if not matches(value, takes[given].annotation):
                raise ConfigError(f"must be {words(takes[given].annotation)}, not {value!r}", path=given)
        for parameter in takes.values():
            if parameter.default is parameter.empty and parameter.name not in arguments:
                raise ConfigError(f"{name} needs it: {words(parameter.annotation)}", path=parameter.name)
        lists = [key for key, parameter in takes.items() if parameter.kind is parameter.VAR_POSITIONAL]
        several = [item for key in lists for item in arguments.pop(key)]
        getattr(self._verbs, name)(*several, **arguments)

    def _shown(self, names: list[str]) -> Callable[[], Any] | None:
        """Return what makes the document at a place, ``None`` if there is none."""
        match names:
            case []:
                return listing
            case ["state"]:
                return self._state
            case ["sessions"]:
                return lambda: [summary(session, self._secrets) for session in self._ledger.sessions()]
            case ["sessions", number]:
                return lambda: self._session(number)
            case ["requests"]:
                return lambda: [show_request(request, self._secrets) for request in self._ledger.requests()]
            case ["control_messages"]:
                return lambda: show_control(self._ledger, self._secrets)
            case _:
                return None

    def _state(self) -> dict[str, Any]:
        sessions = self._ledger.sessions()
        return {
            "profile": self._behaviour.profile.name,
            "attempts": self._ledger.attempts,
            "sessions": len(sessions),
            "open": sum(session.open for session in sessions),
            "cut": self._ledger.cut,
            "log_lines_lost": self._lost(),
        }

    def _session(self, number: str) -> dict[str, Any]:
        for session in self._ledger.sessions():
            if str(session.number) == number:
                return show_session(session, self._secrets)
        raise HttpError(404, f"there is no connection {number[:20]}")


def takes_of(verb: str) -> dict[str, inspect.Parameter]:
    """Return a verb's parameters by name, with their annotations as types."""
    method = getattr(Verbs, verb)
    hints = typing.get_type_hints(method)
    parameters = list(inspect.signature(method).parameters.values())[1:]
    takes = {}
    for parameter in parameters:
        hint = hints[parameter.name]
        several = parameter.kind is parameter.VAR_POSITIONAL
        takes[parameter.name] = parameter.replace(annotation=types.GenericAlias(list, (hint,)) if several else hint)
    return takes


def listing() -> dict[str, Any]:
    """Return what there is, as a document."""
    verbs = [
        {
            "verb": f"POST {ROOT}/{name}",
            "does": (inspect.getdoc(getattr(Verbs, name)) or "").partition("\n\nRaises:")[0],
            "takes": {
                key: words(parameter.annotation) + ("" if parameter.default is parameter.empty else "; may be left out")
                for key, parameter in takes_of(name).items()
            },
        }
        for name in VERBS
    ]
    shows = {
        f"GET {ROOT}": "this",
        f"GET {ROOT}/state": "how many upgrades were asked for, connections there have been and are, records were cut",
        f"GET {ROOT}/sessions": "every connection in short, oldest first",
        f"GET {ROOT}/sessions/NUMBER": "one connection with all that is kept of it",
        f"GET {ROOT}/requests": "the requests that were no upgrade",
        f"GET {ROOT}/control_messages": "what was taken in on all connections, with their numbers, in order",
    }
    return {"verbs": verbs, "shows": shows, "errors": '400 and the like, with {"error": words}'}


def _arguments(body: bytes) -> dict[str, Any]:
    """Read a verb's arguments; nothing is none.

    Raises:
        ConfigError: it is no JSON object.
    """
    if not body.strip():
        return {}
    try:
        arguments = json.loads(body)
    except (ValueError, RecursionError):
        raise ConfigError("the body is no JSON") from None
    if not isinstance(arguments, dict):
        raise ConfigError(f"the body must be a JSON object, not {type(arguments).__name__}")
    return arguments


def _answer(status: int, document: Any) -> RestAnswer:
    return RestAnswer(status, f"{json.dumps(document, indent=2, default=_plain)}\n")


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else str(value)
