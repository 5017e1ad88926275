"""The setup of each connection: the same settings, with the handle of the moment."""

from __future__ import annotations

import attrs

from ..profiles import HistorySeeding, Profile
from ..types import ClientMessage, HistoryConfig, Setup


class Setups:
    """Owner: the actor; one thread.

    Args:
        setup: the settings that the session was started with.
        profile: what the model can do.

    Attributes:
        is_stored: whether the given handle is out of a store, where nobody knows how good it is.
    """

    def __init__(self, setup: Setup, profile: Profile) -> None:
        self._accepted = self._current = setup
        self._profile = profile
        resumption = setup.session_resumption
        self._given = resumption.handle if resumption is not None else None
        self.is_stored = False

    @property
    def asks_for_handles(self) -> bool:
        """Whether handles are asked for at all."""
        return self._current.session_resumption is not None

    @property
    def given_handle(self) -> str | None:
        """The handle that the program, or a store, has given for the first connection."""
        return self._given

    def remember(self, stored: str | None) -> None:
        """Take a handle from a store, unless the program has given one."""
        if stored is not None and self._given is None and self.asks_for_handles:
            self._given, self.is_stored = stored, True

    def forget_handle(self) -> None:
        """Never use the given handle again."""
        self._given, self.is_stored = None, False

    def message(self, handle: str | None, *, fresh: bool) -> ClientMessage:
        """Return the setup for a connection.

        Args:
            handle: what to resume with.
            fresh: whether earlier turns will be told to a server that knows nothing of them.
        """
        setup = self._current
        if setup.session_resumption is not None:
            setup = attrs.evolve(setup, session_resumption=attrs.evolve(setup.session_resumption, handle=handle))
        if fresh and self._profile.history is HistorySeeding.HISTORY_CONFIG:
            setup = attrs.evolve(setup, history_config=HistoryConfig(initial_history_in_client_content=True))
        return ClientMessage(setup=setup)

    def propose(self, setup: Setup) -> None:
        """Use other settings from the next connection on."""
        self._current = setup

    def accept(self) -> None:
        """Keep the settings that were proposed."""
        self._accepted = self._current

    def reject(self) -> None:
        """Go back to those before."""
        self._current = self._accepted
