"""What every endpoint's Sans-I/O core does: text in, events out, and one table of states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, Protocol, TypeVar

from .._speed import read_json
from ..exceptions import ApiError, GeminiLiveError, ProtocolError
from .events import Event
from .plain import Sound
from .state import State, Trigger, advance


class Received(Protocol):
    """What a message of any endpoint has.

    Attributes:
        raw: the JSON as it came.
        extra: the fields that the library does not know.
    """

    @property
    def raw(self) -> Mapping[str, Any]:
        """The JSON as it came."""

    @property
    def extra(self) -> Mapping[str, Any]:
        """The fields that the library does not know."""


M = TypeVar("M", bound=Received)


class EndpointProtocol(Generic[M]):
    """Follows one session of some endpoint.  Owner: the actor; one thread.

    Whatever a server says, in any order, nothing here raises: what can't be understood becomes an ``error`` event.

    Attributes:
        state: where the session is.
        connection: how many connections there have been.
        setup_pending: whether the present connection's setup is not complete yet.
        resuming: whether the present connection is to go on where an earlier one was.
        refusal: the error document that came in place of the setup's completion.
        plain: what :meth:`receive` returns of a message that is nothing but words or sound, where nobody hears of whole
            ones; ``None`` for an endpoint that has no such messages.
        sound: the message that was taken last, if it can be kept as nothing but a piece of sound; else it has to be as
            it came.
    """

    plain: M | None = None
    sound: Sound | None = None

    def __init__(self) -> None:
        self.state: State = State.DISCONNECTED
        self.connection: int = 0
        self.setup_pending: bool = False
        self.resuming: bool = False
        self.refusal: ApiError | None = None
        self._events: list[Event] = []

    def _read(self, data: dict[str, Any], misfits: list[str]) -> M:
        """Return a message as a value."""
        raise NotImplementedError

    def _dispatch(self, message: M, now: float) -> None:
        """Tell every field, whatever else the message carries, in the documented order."""
        raise NotImplementedError

    def _take_piece(self, payload: str | bytes, now: float) -> bool:
        """Take a message that is one piece of sound or of text, before it is read as JSON; return whether it is one."""
        return False

    def _take_plain(self, data: dict[str, Any], now: float) -> bool:
        """Take a message that is nothing but words or sound; return whether it is one."""
        return False

    def trigger(self, trigger: Trigger) -> bool:
        """Apply a trigger; return whether it meant anything in this state."""
        following = advance(self.state, trigger)
        if following is None:
            return False
        self.state = following
        if trigger is Trigger.SOCKET_OPENED:
            self.connection += 1
            self.setup_pending = True
            self.refusal = None
        elif trigger is Trigger.SETUP_COMPLETED:
            self.setup_pending = False
        return True

    def take_events(self) -> list[Event]:
        """Return the events since the last call, in the order they are to be told."""
        events, self._events = self._events, []
        return events

    def _emit(self, name: str, value: Any) -> None:
        self._events.append(Event(name, value))

    def _emit_error(self, error: GeminiLiveError) -> None:
        self._emit("error", error)

    def receive(self, payload: str | bytes, now: float, *, whole: bool = True) -> M | None:
        """Take one message of the server; return it as a value, ``None`` if it is no JSON object.

        Args:
            payload: the message as it came.
            now: when.
            whole: whether anybody hears of whole messages; without, they are told in parts, and those that are nothing
                but words or sound are not made into values.
        """
        self.sound = None
        if not whole and self._take_piece(payload, now):
            return self.plain
        data = self._parse(payload)
        if data is None:
            return None
        if not whole and self._take_plain(data, now):
            return self.plain
        misfits: list[str] = []
        message = self._read(data, misfits)
        if whole:
            self._emit("raw_message", data)
            self._emit("message", message)
        self._dispatch(message, now)
        if misfits:
            names = ", ".join(misfits)
            self._emit_error(ProtocolError(f"values that do not fit were kept in extra as they came: {names}"))
        if message.extra.get("error") is not None or {"code", "message"} <= message.extra.keys():
            self._receive_error(message.extra)
        return message

    def _parse(self, payload: str | bytes) -> dict[str, Any] | None:
        try:
            data = read_json(payload)
        except (ValueError, RecursionError) as error:
            self._emit_error(ProtocolError(f"a message of {len(payload)} bytes is no JSON: {type(error).__name__}"))
            return None
        if not isinstance(data, dict):
            self._emit_error(ProtocolError(f"a message is a JSON {type(data).__name__}, not an object"))
            return None
        return data

    def _receive_error(self, document: Mapping[str, Any]) -> None:
        """Take an error document."""
        error = ApiError.of(document)
        if self.setup_pending:
            self.refusal = error
        else:
            self._emit_error(error)
