"""Whether a setup is accepted, and as what: the key or the token, then the setup, then what it resumes.

It decides and does not act, but for the token whose use it counts.  Owned by the server's event loop.
"""

from __future__ import annotations

from typing import Any

from ..types import Setup, decode
from .access import Caller
from .handles import Stay
from .http_errors import HttpError
from .hub import Behaviour, Books
from .paths import Method, Target
from .settings import Settings, read_settings
from .strictness import Check, check_limits_of
from .tokens import IssuedToken


class Admission:
    """The way of one connection's setup, whose methods are called in this order.

    Attributes:
        token: what the caller came with, on the method for that.
    """

    def __init__(self, target: Target, caller: Caller, behaviour: Behaviour, books: Books) -> None:
        """Begin with the setup's arrival.

        Args:
            target: what the upgrade's path names.
            caller: the credentials of the upgrade.
            behaviour: how the server behaves.
            books: its handles and tokens.
        """
        self.token: IssuedToken | None = None
        self._target = target
        self._caller = caller
        self._behaviour = behaviour
        self._books = books

    def check_caller(self) -> None:
        """Refuse who has no key or, on the method for tokens, no token.

        Raises:
            RefusedError: with the service's words.
        """
        if self._target.method is Method.CONSTRAINED:
            self.token = self._books.tokens.find(self._caller.token)
            return
        try:
            self._behaviour.access.check(self._target.backend, self._caller)
        except HttpError as error:
            raise error.as_close() from None

    def effective_setup(self, sent: dict[str, Any], read: Setup) -> dict[str, Any]:
        """Return the setup that counts: the client's as it came, or what the token makes of it."""
        return sent if self.token is None else self.token.lock.applied_to(sent, read)

    def admit(self, setup: dict[str, Any]) -> tuple[Settings, Stay]:
        """Return what the setup asks for and its part in a session; a new session costs the token a use.

        Raises:
            RefusedError: the setup, its handle or the token is not accepted; then no use is counted.
        """
        read = decode(Setup, setup)
        self._behaviour.catalogue.check_live(self._target, read.model)
        lenient = self._behaviour.lenient
        settings = read_settings(read, self._behaviour.profile, any_modality=Check.MODALITIES in lenient)
        if Check.KNOWN_LIMITS not in lenient:
            check_limits_of(read, self._target.backend, self._target.version)
        if self.token is not None and settings.handle is None:
            self._books.tokens.spend(self.token)
        seconds = self._behaviour.limits.handle_life(self._target.backend)
        return settings, self._books.handles.begin(settings.handle, seconds)
