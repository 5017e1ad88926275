"""What reads the answer to an HTTP upgrade or to a CONNECT, and nothing that follows its head.

During the upgrade it stands between websocket-client and the socket.  That library gives every byte of the answer its
own timeout, reads an error's body as long as the header says it is, and forgets what it has read when something goes
wrong.  Here one deadline covers everything, an answer has a largest size, and what was said about a refusal is kept.
"""

from __future__ import annotations

import http.client
import io
import re
from typing import Any

from .._clock import Deadline
from .dial import Attempt
from .stream import Stream

MAX_BODY = 65_536
"""Bytes of a refusal's body that are kept."""
_MAX_HEAD = 65_536
_BODY_SECONDS = 2.0
"""How long a body is waited for: the status is known already, and a server may leave the end of the body open."""
_INTERIM = re.compile(rb"HTTP/1\.[0-9] 1[0-9][0-9]\b(?<!101)")
"""Status lines that another answer follows."""
_MAX_ANSWERS = 8
"""Answers that are looked at for a final one."""


def time_left(attempt: Attempt) -> float:
    """Return the seconds left for the next blocking step.

    Raises:
        TimeoutError: the deadline has passed.
    """
    if attempt.deadline.expired:
        raise TimeoutError("the deadline has passed")
    return attempt.deadline.patience()


class _BodyBegins(Exception):  # noqa: N818 - goes through websocket-client, to who reads the body better
    """The head of the answer is complete."""


class HandshakeSocket:
    """The part of a socket that websocket-client's handshake uses.  Owner: the dial thread."""

    def __init__(self, sock: Stream, attempt: Attempt) -> None:
        self._sock = sock
        self._attempt = attempt
        self._head = bytearray()
        self._line = b""

    @property
    def _complete(self) -> bool:
        return self._head.endswith((b"\n\r\n", b"\n\n"))

    def recv(self, size: int) -> bytes:
        """Read within the deadline, and not beyond the answer's head.

        Cookies are left out: the library has one jar for the whole process, and would show one session's cookies to the
        server of the next.
        """
        if not self._line:
            self._line = self._read_line()
            while self._line.lower().startswith(b"set-cookie:"):
                self._line = self._read_line()
        data, self._line = self._line[:size], self._line[size:]
        return data

    def _read_line(self) -> bytes:
        """Return the next line of the head, or what there is of it at the end of the stream."""
        if self._complete:
            raise _BodyBegins
        begin = len(self._head)
        while not self._head.endswith(b"\n", begin):
            if len(self._head) > _MAX_HEAD:
                raise http.client.HTTPException(f"more than {_MAX_HEAD} bytes of headers")
            byte = self.read(1)  # one by one: what follows the head belongs to the WebSocket
            if not byte:
                break
            self._head += byte
        return bytes(self._head[begin:])

    def read(self, size: int, within: float | None = None) -> bytes:
        """Read within the deadline, and within so many seconds if that is sooner."""
        left = time_left(self._attempt)
        self._sock.settimeout(left if within is None else min(left, within))
        return self._sock.recv(min(size, MAX_BODY))

    def send(self, data: bytes) -> int:
        """Write all of it within the deadline."""
        self._sock.settimeout(time_left(self._attempt))
        self._sock.sendall(data)
        return len(data)

    def gettimeout(self) -> float | None:
        """Return the timeout of the socket."""
        return self._sock.gettimeout()

    def close(self) -> None:
        """Do nothing: who made the socket closes it."""

    def read_answer(self) -> http.client.HTTPResponse:
        """Read the head of the final answer (RFC 9110 section 15.2); its body is still to be read.

        Raises:
            http.client.HTTPException: it is no HTTP, or too long.
            ConnectionResetError: the stream ended before the head did.
        """
        for _ in range(_MAX_ANSWERS):
            self._head.clear()
            line = status = self._read_line()
            while line.endswith(b"\n") and status.startswith(b"HTTP/") and not self._complete:
                line = self._read_line()
            if not line.endswith(b"\n"):
                raise ConnectionResetError("hung up before it answered")
            if not _INTERIM.match(status):
                response = self.response()
                if response is None:
                    break
                return response
        raise http.client.HTTPException("what came is no HTTP answer")

    def response(self) -> http.client.HTTPResponse | None:
        """Return the answer, its body still to be read; ``None`` if what came is no whole head of an HTTP answer."""
        if not self._complete:
            return None
        response = http.client.HTTPResponse(_Source(self._head, self))  # type: ignore[arg-type]
        try:
            response.begin()
        except (http.client.HTTPException, ValueError):
            response.close()
            return None
        return response


class _Source(io.RawIOBase):
    """First what was read, then what still comes; the end when nothing comes any more."""

    def __init__(self, head: bytearray, live: HandshakeSocket) -> None:
        super().__init__()
        self._head = bytes(head)
        self._live = live
        self._deadline = Deadline.after(_BODY_SECONDS)

    def makefile(self, mode: str) -> io.BufferedReader:
        """Be taken for a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill ``buffer`` with some bytes."""
        if self._head:
            data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            data = self._more(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _more(self, size: int) -> bytes:
        remaining = self._deadline.remaining()
        if not remaining:
            return b""
        try:
            return self._live.read(size, remaining)
        except OSError:  # a timeout, a reset: a part of the body is better than none of the refusal
            return b""


def read_body(response: http.client.HTTPResponse) -> str:
    """Return the body as text, as much of it as comes."""
    try:
        body = response.read(MAX_BODY)
    except http.client.IncompleteRead as error:
        body = error.partial
    except (http.client.HTTPException, ValueError):
        body = b""
    return body.decode("utf-8", "replace")
