"""A session through a proxy that asks for a password: HTTPS_PROXY of the environment, or else one that is started here.

NO_PROXY lists what is reached directly; ``proxy="http://user:password@host:port"`` says the same for one session, and
``proxy=False`` passes by whatever the environment says.
"""

from __future__ import annotations

import base64
import os
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from endpoint import endpoint

from gemini_live import Session

PASSWORD = base64.b64encode(b"somebody:open sesame").decode()


class Tunnel(socketserver.StreamRequestHandler):
    """One connection through a small proxy: a CONNECT with the right password, then bytes both ways."""

    def handle(self) -> None:
        """Open the tunnel."""
        target = self.rfile.readline().split()[1].decode()
        headers = [line.decode().strip() for line in iter(self.rfile.readline, b"\r\n")]
        if f"Proxy-Authorization: Basic {PASSWORD}" not in headers:
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        print("a tunnel to", target.rpartition(":")[0])
        host, _, port = target.rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port))) as server:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, self.connection))
            back.start()
            pump(self.connection, server)
            back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes one way until there are no more."""
    try:
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        sink.close()


@contextmanager
def proxy() -> Iterator[str | None]:
    """Give the URL of a proxy; ``None`` leaves it to the environment."""
    if os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy"):
        yield None
        return
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"http://somebody:open%20sesame@127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def main() -> None:
    """Ask something from behind the proxy."""
    with (
        proxy() as url,
        endpoint() as where,
        Session.open(**where, proxy=url, output_audio_transcription={}) as session,
    ):
        print(session.ask("Hello from behind a proxy!", timeout=60).output_transcript)


if __name__ == "__main__":
    main()
