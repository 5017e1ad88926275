"""The seam for metrics and traces: one method, called with numbers and labels, never with content."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class Observer(Protocol):
    """Hears what a session does.  Called on the session's own thread: return at once, never block.

    Example::

        class Prometheus:
            def event(self, name, measurements, attributes):
                COUNTER.labels(name).inc()

        Session.open(model=…, observer=Prometheus())
    """

    def event(
        self, name: str, measurements: Mapping[str, float], attributes: Mapping[str, str | int | bool | None]
    ) -> None:
        """Take one event.

        Args:
            name: such as ``"session.message.sent"``; the names are listed in the documentation.
            measurements: numbers; a name that ends in ``_ms`` is milliseconds, in ``bytes`` is bytes.
            attributes: labels, such as the close code or the kind of a message; never content.
        """
