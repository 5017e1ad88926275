"""What every transport does, on a socket, over TLS, in memory, and wrapped by a recorder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from gemini_live.transport import ConnectionEnded, PongReceived, Ready

from .driver import Driver
from .ends import End, both_ends

KINDS = ["plain", "tls", "memory", "recorded plain", "recorded memory"]
MANY = 12 * 2**20

Connected = Callable[..., "tuple[Driver, End]"]


@pytest.fixture(params=KINDS)
def connected(request: pytest.FixtureRequest, trust: Any) -> Iterator[Connected]:
    """Make a connection of the kind; it is dropped at the end."""
    with ExitStack() as stack:

        def connect(**options: Any) -> tuple[Driver, End]:
            transport, end = stack.enter_context(both_ends(request.param, trust, **options))
            driver = Driver(transport)
            stack.callback(driver.close)
            return driver, end

        yield connect


@pytest.fixture
def pair(connected: Connected) -> tuple[Driver, End]:
    """One connection with the usual options."""
    return connected()


def test_messages_go_both_ways_in_order(pair: tuple[Driver, End]) -> None:
    """What is sent arrives once, in order, and each receipt is given when its message has left."""
    driver, end = pair
    for number in range(300):
        driver.send(f"message {number}".encode(), receipt=number)
        end.say(f"answer {number}")

    assert driver.messages(300) == [f"answer {number}" for number in range(300)]
    driver.until(lambda: len(end.received()) == 300)
    assert end.received() == [f"message {number}" for number in range(300)]
    assert driver.receipts == list(range(300))
    assert driver.transport.buffered == 0
    assert driver.transport.unsent == []


def test_a_message_without_a_receipt_is_not_reported(pair: tuple[Driver, End]) -> None:
    """Nobody asked for that."""
    driver, end = pair
    driver.send(b"quiet")
    driver.send(b"loud", receipt="r")

    driver.until(lambda: end.received() == ["quiet", "loud"])
    assert driver.receipts == ["r"]


def test_text_comes_as_text_and_bytes_as_bytes(pair: tuple[Driver, End]) -> None:
    """The service sends binary frames, and both are messages."""
    driver, end = pair
    end.say("text \u2603", b"\x00\xff", "", b"")

    assert driver.messages(4) == ["text \u2603", b"\x00\xff", "", b""]


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 1_000_000])
def test_messages_of_every_size_are_sent(pair: tuple[Driver, End], size: int) -> None:
    """Whole, however long."""
    driver, end = pair
    driver.send(b"x" * size)

    driver.until(lambda: end.received() == ["x" * size])


def test_our_ping_gets_a_pong(pair: tuple[Driver, End]) -> None:
    """The pong is an event with the ping's payload."""
    driver, _ = pair
    driver.transport.ping(b"payload")
    driver.flush()

    driver.until(lambda: PongReceived(b"payload") in driver.events)
    assert driver.transport.buffered == 0


def test_a_ping_is_no_longer_than_a_control_frame(pair: tuple[Driver, End]) -> None:
    """126 bytes would break the protocol."""
    driver, _ = pair
    with pytest.raises(ValueError, match="125"):
        driver.transport.ping(bytes(126))


@pytest.mark.parametrize("code", [1000, 1001, 1007, 1008, 1011, 3000, 4999])
def test_the_servers_close_code_and_reason_are_kept(pair: tuple[Driver, End], code: int) -> None:
    """They are told as they came, after what was said before; it was the server's close, and a clean one."""
    driver, end = pair
    end.say("last words")
    end.close(code, "as you wish")

    assert driver.end() == ConnectionEnded(code, "as you wish", clean=True, by_peer=True)
    assert driver.payloads == ["last words"]
    assert end.ended() == (code, "as you wish")


def test_a_close_without_a_code_is_1005(pair: tuple[Driver, End]) -> None:
    """For the program; on the wire there is none."""
    driver, end = pair
    end.close(1005)

    assert driver.end() == ConnectionEnded(1005, "", clean=True, by_peer=True)


def test_our_close_comes_after_what_is_queued(pair: tuple[Driver, End]) -> None:
    """Messages first, then the close; the server's answer ends the connection, and it was ours."""
    driver, end = pair
    driver.transport.send(b"last words", receipt=1)
    driver.transport.close(1000, "done")
    driver.transport.close(1001, "twice is harmless")
    driver.transport.send(b"too late", receipt=2)
    driver.transport.ping(b"too late")
    driver.flush()

    assert driver.end() == ConnectionEnded(1000, "done", clean=True, by_peer=False)
    assert driver.receipts == [1]
    assert driver.transport.unsent == [2]
    assert end.received() == ["last words"]
    assert end.ended() == (1000, "done")


def test_close_with_a_code_that_must_not_be_sent_is_refused(pair: tuple[Driver, End]) -> None:
    """1006 never stands in a frame."""
    driver, _ = pair
    with pytest.raises(ValueError, match="1006"):
        driver.transport.close(1006)


def test_abort_drops_everything_at_once(pair: tuple[Driver, End]) -> None:
    """No further byte; twice is harmless; what was not sent can still be looked at, and nobody waits for it."""
    driver, end = pair
    driver.transport.send(b"unsent", receipt="r")
    driver.transport.abort()
    driver.transport.abort()
    driver.transport.ping()
    driver.transport.close()
    driver.transport.send(b"later", receipt="s")

    assert driver.transport.service() == []
    assert driver.transport.unsent == ["r", "s"]
    assert driver.poller.wait(0) == []
    driver.until(lambda: end.ended() == (1006, ""))
    assert end.received() == []


def test_an_end_without_a_close_is_1006(pair: tuple[Driver, End]) -> None:
    """Messages before it are delivered."""
    driver, end = pair
    end.say("whole")
    end.drop()

    reason = "the server closed the TCP connection without a close frame"
    assert driver.end() == ConnectionEnded(1006, reason, clean=False, by_peer=False)
    assert driver.payloads == ["whole"]


def test_a_peer_that_stops_taking_freezes_nothing(pair: tuple[Driver, End]) -> None:
    """Messages still come in, buffered and unsent tell the truth, and all arrives when it takes again."""
    driver, end = pair
    piece = b"x" * 2**18
    count = MANY // len(piece)
    end.stall()
    end.say("still talking")
    for number in range(count):
        driver.send(piece, receipt=number)

    assert driver.messages(1) == ["still talking"]
    assert driver.step(0.0) == []
    assert MANY // 4 < driver.transport.buffered <= MANY + 14 * count
    assert driver.transport.unsent == list(range(len(driver.receipts), count))

    end.unstall()
    driver.until(lambda: len(end.received()) == count)
    assert driver.transport.buffered == 0
    assert driver.receipts == list(range(count))


def test_a_close_that_can_not_be_echoed_ends_all_the_same(pair: tuple[Driver, End]) -> None:
    """A server that has said goodbye and does not take any more is not waited for; what is unsent is told."""
    driver, end = pair
    end.stall()
    for number in range(12):
        driver.send(bytes(2**20), receipt=number)
    end.close(1013, "overloaded")

    assert driver.end() == ConnectionEnded(1013, "overloaded", clean=False, by_peer=True)
    assert driver.transport.unsent[-1] == 11


def test_a_message_that_is_too_big_fails_the_connection(connected: Connected) -> None:
    """With 1009; one of just the size is a message."""
    driver, end = connected(max_message_bytes=1_000)
    end.say("x" * 1_000, b"y" * 1_001)

    ended = driver.end()
    assert (ended.code, ended.clean, ended.by_peer) == (1009, False, False)
    assert ended.reason == "the server broke the protocol: a message of more than 1000 bytes"
    assert driver.payloads == ["x" * 1_000]


def test_service_without_readiness_reads_nothing(pair: tuple[Driver, End]) -> None:
    """It reads when there is something to read, which the poller says."""
    driver, end = pair
    end.say("there")

    assert driver.transport.service() == []
    assert driver.transport.service(Ready(driver.transport, readable=False, writable=True)) == []  # type: ignore[arg-type]
    assert driver.messages(1) == ["there"]


def test_nothing_to_do_is_no_readiness(pair: tuple[Driver, End]) -> None:
    """Whoever rests on it rests."""
    driver, end = pair
    driver.step()
    end.say("one")
    driver.messages(1)

    assert driver.poller.wait(0.02) == []
