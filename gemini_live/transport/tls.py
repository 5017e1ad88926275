"""TLS on a socket, or inside a TLS connection to a proxy."""

from __future__ import annotations

import contextlib
import socket
import ssl

from .._clock import Deadline
from .dial import Attempt
from .handshake import time_left
from .stream import Stream

_READ_BYTES = 65_536


def start_tls(sock: socket.socket, host: str, context: ssl.SSLContext, attempt: Attempt) -> Stream:
    """Return TLS on ``sock``, the handshake done; ``sock`` stays the caller's to close if that fails.

    Raises:
        OSError: the handshake failed: ``ssl.SSLError``, a hang-up, ``TimeoutError``.
        AttemptAbandoned: nobody wants the connection any more.
    """
    stream = TLSStream(sock, context, host)  # the attempt holds the socket already
    stream.settimeout(time_left(attempt))
    stream.do_handshake()
    return stream


def wrap_tls(sock: socket.socket, host: str, context: ssl.SSLContext, attempt: Attempt) -> ssl.SSLSocket:
    """Return TLS on a plain socket, whose descriptor it takes over; raises as :func:`start_tls`."""
    secure = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        attempt.hold(secure)
        secure.settimeout(time_left(attempt))
        secure.do_handshake()
        return secure
    except BaseException:
        secure.close()
        raise


class TLSStream:
    """TLS whose records this side reads and writes itself; behaves as an ``SSLSocket`` does.

    An ``SSLSocket`` asks the kernel twice for each record, its head and its body; here one read takes in as many
    records as there are, and one write hands on several.  And it may stand on another TLS connection, which
    ``wrap_socket`` can't.

    Without blocking, :meth:`recv` and :meth:`send` raise what the outer stream raises: ``BlockingIOError``, or
    ``SSLWantReadError`` and ``SSLWantWriteError`` to say what the socket has to be ready for.  As in OpenSSL,
    :meth:`send` takes no new bytes before the records of the last ones are with the kernel, and has to be called with
    the same bytes until then.

    Owner: one thread at a time, first the dial thread, then the actor.
    """

    def __init__(self, outer: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._outer = outer
        self._outer_tls = outer if isinstance(outer, ssl.SSLSocket) else None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._record: bytes | memoryview = b""
        """What the outer stream was asked to write: TLS wants these very bytes again until it has taken them."""
        self._accepted = 0
        self._read_all = True
        """Whether the last read has left nothing of its record."""
        self._timeout = outer.gettimeout()
        self._deadline = Deadline.after(None)

    def do_handshake(self) -> None:
        """Shake hands within the timeout.

        Raises:
            ssl.SSLError: the peer is not who it should be, or speaks no TLS.
            TimeoutError: it took too long.
        """
        self._begin()
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._exchange()
            except ssl.SSLError:
                with contextlib.suppress(OSError):  # the alert that tells the peer why: a courtesy
                    self._flush()
                raise
        self._flush()

    def recv(self, size: int, /) -> bytes:
        """Read decrypted bytes; none at the end of the stream, be it an orderly one or not."""
        if self._timeout != 0.0:
            self._begin()
        if self._read_all and not self._incoming.pending:
            self._exchange()
        while True:
            try:
                data = self._tls.read(size)
                self._read_all = len(data) < size
                return data
            except ssl.SSLWantReadError:  # noqa: PERF203 - seldom more than one round
                self._exchange()
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                return b""

    def send(self, data: bytes | memoryview, /) -> int:
        """Write some of the bytes and return how many are with the kernel."""
        if self._timeout != 0.0:
            self._begin()
        if not self._accepted:
            self._accepted = self._tls.write(data)
        self._flush()
        accepted, self._accepted = self._accepted, 0
        return accepted

    def sendall(self, data: bytes, /) -> None:
        """Write all the bytes within the timeout."""
        self._begin()
        rest = memoryview(data)
        while rest:
            rest = rest[self._tls.write(rest) :]
            self._flush()

    def _exchange(self) -> None:
        """Write what waits and take in what has come.

        A write that gets stuck, or is refused, must not keep what the peer has said from being read.
        """
        unwritten: OSError | None = None
        if self._record or self._outgoing.pending:
            try:
                self._flush()
            except ssl.SSLWantReadError:
                pass  # the outer TLS has to read before it writes, and here it does
            except OSError as error:
                unwritten = error
        try:
            if self._timeout != 0.0:
                self._bound()
            data = self._outer.recv(_READ_BYTES)
        except (ssl.SSLWantReadError, BlockingIOError):
            if unwritten is not None:
                raise unwritten from None
            raise
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        """Hand every record to the outer stream, or raise what that wants."""
        while record := self._record or self._outgoing.read():
            self._record = record
            if self._timeout != 0.0:
                self._bound()
            sent = self._outer.send(record)
            self._record = memoryview(record)[sent:] if sent < len(record) else b""
            if not self._record and not self._outgoing.pending:
                return

    def _begin(self) -> None:
        """Note when the call that begins here has to be through: it may take several reads and writes."""
        self._deadline = Deadline.after(self._timeout or None)

    def _bound(self) -> None:
        remaining = self._deadline.remaining()
        if remaining is not None:
            if not remaining:
                raise TimeoutError("the operation timed out")
            self._outer.settimeout(remaining)

    def pending(self) -> int:
        """Return whether a read would find something, decrypted or in records of either layer."""
        decrypted = 0 if self._read_all else self._tls.pending()
        return self._incoming.pending or decrypted or (self._outer_tls.pending() if self._outer_tls is not None else 0)

    def settimeout(self, seconds: float | None, /) -> None:
        """Bound each call; ``None`` waits without end, 0 does not wait."""
        self._timeout = seconds
        self._outer.settimeout(seconds)

    def gettimeout(self) -> float | None:
        """Return the bound of each call."""
        return self._timeout

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - as a socket's
        """Wait without end, or not at all."""
        self.settimeout(None if flag else 0.0)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._outer.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._outer.close()
