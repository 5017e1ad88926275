"""The types of ``MusicSession.start_link``'s keywords, for editors and type checkers; :mod:`.options` checks values."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .._clock import Clock
    from ..backends.keywords import WhereOptions
    from ..protocol import Closed, Opened, Reconnected, Reconnecting, ReconnectPolicy
    from ..protocol.music_events import MusicChunk, Underrun
    from ..session.policies import OutboxPolicy
    from ..telemetry import Observer
    from ..transport import Connector
    from ..types import FilteredPrompt, MusicServerMessage

    class MusicSessionOptions(WhereOptions, total=False):
        """Every keyword of ``start_link``; none is required."""

        model: str
        handler: object
        owner: Any
        name: str | None
        transport: Connector | None
        dispatch: str | Executor
        reconnect: ReconnectPolicy | bool | None
        outbox: OutboxPolicy | None
        underrun_after: float
        connect_timeout: float
        close_timeout: float
        max_message_bytes: int
        observer: Observer | None
        clock: Clock
        on_open: Callable[[Opened], object] | None
        on_raw_message: Callable[[dict[str, Any]], object] | None
        on_message: Callable[[MusicServerMessage], object] | None
        on_audio: Callable[[MusicChunk], object] | None
        on_filtered_prompt: Callable[[FilteredPrompt], object] | None
        on_underrun: Callable[[Underrun], object] | None
        on_reconnecting: Callable[[Reconnecting], object] | None
        on_reconnected: Callable[[Reconnected], object] | None
        on_error: Callable[[Exception], object] | None
        on_close: Callable[[Closed], object] | None
