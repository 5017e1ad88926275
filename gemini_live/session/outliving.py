"""The part of the facade that is about a session outliving its connections, and its process."""

from __future__ import annotations

from typing import Any

from .._clock import Deadline, check_seconds
from ..exceptions import CallTimeout, NotReadyError
from . import commands
from .options import make_changed_setup, with_changed_setup
from .waiting import Waiting

_GRACE = 0.5  # seconds more than the session itself takes for its end


class Outliving(Waiting):
    """Handles, and other settings for the same conversation.  Any thread."""

    def get_session_handle(self) -> str | None:
        """Return the newest resumption handle, ``None`` if the server has given none.

        Another session can go on with it (``resume_handle=``) when this one has ended, within two hours on the Gemini
        API.  It is a secret.  :meth:`park` ends the session at a moment when nothing is lost by that.
        """
        self._enter()
        return self._board.handle

    def park(self, timeout: float = 10.0) -> str:
        """End the session so that it can go on elsewhere, and return the handle for that.

        Waits for a quiet moment with a handle that covers everything: no answer is going on, no call is open, nothing
        waits to be sent.

        Args:
            timeout: seconds to wait for that; then it ends all the same, with the newest handle.

        Returns:
            The handle: ``Session.open(resume_handle=handle, …)`` with the same model, in any process.

        Raises:
            NotReadyError: the server has given no handle, or the session is not connected.
            CallingSelfError: called from a callback with ``dispatch="inline"``.
            SessionClosed: the session has ended.
            ConnectionLost: it ended while it waited, and not well; the handle is in :attr:`closed`.

        Example::

            handle = session.park()
            redis.set("call-42", handle)
        """
        self._enter()
        self._forbid_self("park()")
        self._forbid_own_tool("park()")
        seconds = check_seconds(timeout, "timeout")
        self._check_ready()
        if self._options.setup.session_resumption is None:
            raise NotReadyError(str(self._board.status), doing="be parked, as it asks for no handles,")
        reply = self._ref.call_later(commands.Park(seconds))
        try:
            self._await(reply, Deadline.after(seconds + self._options.close_timeout + _GRACE), "")
        except CallTimeout:
            pass  # it ends behind our back
        self._keeper.join(self._options.close_timeout)
        closed = self._board.closed
        if closed is not None and closed.error is not None:
            raise closed.error
        handle = self._board.handle
        if handle is None:
            raise NotReadyError(str(self._board.status), doing="be parked, as the server has given no handle,")
        return handle

    def update(self, *, timeout: float = 30.0, **options: Any) -> None:
        """Change the session's settings: it goes on, on another connection with another setup.

        Everything of the setup but the model can be changed; what is not named stays.  The change is made at the next
        quiet moment, and at the latest after ``timeout``.  Where the model takes it, :meth:`send_context_update`
        changes instructions and tools without another connection.

        Args:
            timeout: seconds until the change is made whatever is going on.
            options: as for :meth:`start_link`, such as ``generation_config`` or ``tools``.

        Raises:
            ConfigError: an option is wrong or can't be changed.
            SetupError: the server refused them; the session goes on with the old ones.
            ConnectError: the session is not connected, does not reconnect, or another change is being made.
            CallingSelfError: called from a callback with ``dispatch="inline"``.

        Example::

            session.update(generation_config={"speech_config": "Puck"})
        """
        self._enter()
        self._forbid_self("update()")
        self._forbid_own_tool("update()")
        seconds = check_seconds(timeout, "timeout")
        plan = make_changed_setup(self._options, options)
        reply = self._ref.call_later(commands.Update(plan.sent, plan.toolbox if "tools" in options else None, seconds))
        self._await(reply, Deadline.after(None), "")
        with self._options_lock:
            self._options = with_changed_setup(self._options, plan, options)
