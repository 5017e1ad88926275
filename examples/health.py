"""What a session tells about itself: snapshot, telemetry and flight recorder, none of which touches the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from endpoint import endpoint

from gemini_live import Session


class CountingObserver:
    """Counts telemetry events by name; called on the session's own thread, so it only counts."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def event(
        self, name: str, measurements: Mapping[str, float], attributes: Mapping[str, str | int | bool | None]
    ) -> None:
        """Take one event."""
        self.counts[name] += 1


def main() -> None:
    """Have one exchange and print the numbers."""
    observer = CountingObserver()
    with endpoint() as where, Session.open(**where, name="checked", observer=observer) as session:
        session.ask("Say hello.", timeout=60)
        shot = session.snapshot()
        print(f"{shot.name}: {shot.status}, connected in {shot.connect_ms or 0:.0f} ms")
        print(f"{shot.messages_sent} sent, {shot.messages_received} received, {shot.usage.total_tokens} tokens")
        print(f"{shot.outbox_bytes} bytes wait, {shot.dropped_messages} messages were dropped")
    print(session.flight_recorder())
    print(dict(observer.counts))


if __name__ == "__main__":
    main()
