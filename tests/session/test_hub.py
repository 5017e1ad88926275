"""What iterators and waiters are told, by the hub alone."""

from __future__ import annotations

from gemini_live import Event, Turn
from gemini_live.protocol.plain import plain_piece
from gemini_live.session.turn_hub import TurnHub
from gemini_live.types import ServerMessage


def test_a_receiver_ends_after_requests_that_were_merged():
    """When a server has answered several requests with one turn, the next exchange still ends with its own."""
    hub = TurnHub()
    for number in (1, 2, 3):
        hub.exchange_begun()
        hub.exchange_numbered(number)
    hub.publish(Event("turn_complete", Turn(number=1)))
    hub.exchange_begun()
    hub.exchange_numbered(2)

    messages = hub.receive()
    hub.received("{}", ServerMessage())
    hub.publish(Event("turn_complete", Turn(number=2)))

    assert [event.name for event in messages] == ["message"]


def test_sound_without_a_sound_is_bounded_as_well(caplog):
    """What a message is beside its sound counts, too."""
    hub = TurnHub()
    silence = plain_piece(
        '{"serverContent":{"modelTurn":{"parts":[{"inlineData":{"mimeType":"audio/pcm","data":""}}]}}}'
    )
    for _ in range(100_000):
        hub.received(silence, None)
    assert "receive() will begin in its middle" in caplog.text


def test_an_exchange_larger_than_the_backlog_is_not_kept(caplog):
    """An answer that nobody iterates over is not kept without bound; a late receive() begins in its middle."""
    hub = TurnHub()
    for _ in range(5):
        hub.received(bytes(10 * 2**20), ServerMessage())
    hub.publish(Event("turn_complete", Turn(number=1)))

    assert len(list(hub.receive())) == 1
    assert "receive() will begin in its middle" in caplog.text
