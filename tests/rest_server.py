"""Servers on loopback for REST calls: one that answers as a test says, and one that has the bare socket."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs


@attrs.frozen
class Request:
    """One request that a server got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@attrs.frozen
class Reply:
    """One answer; a mapping or list as body becomes JSON."""

    status: int = 200
    body: Any = b"{}"
    headers: dict[str, str] = attrs.field(factory=dict)


Handler = Callable[[Request], Reply]


@attrs.define
class RestServer:
    """An HTTP server on loopback that answers as a test's function says."""

    base_url: str
    requests: list[Request] = attrs.field(factory=list)


@contextlib.contextmanager
def rest_servers() -> Iterator[Callable[[Handler], RestServer]]:
    """Give what starts servers, which end with the block; a function handles each request, on a thread of its own."""
    with contextlib.ExitStack() as stack:

        def start(handle: Handler) -> RestServer:
            made = RestServer("")

            class Handling(BaseHTTPRequestHandler):
                protocol_version = "HTTP/1.1"

                def answer(self) -> None:
                    size = int(self.headers.get("content-length") or 0)
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    request = Request(self.command, self.path, headers, self.rfile.read(size))
                    made.requests.append(request)
                    reply = handle(request)
                    body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                    self.send_response(reply.status)
                    for name, value in {
                        "content-length": str(len(body)),
                        "connection": "close",
                        **reply.headers,
                    }.items():
                        self.send_header(name, value)
                    self.end_headers()
                    with contextlib.suppress(OSError):
                        self.wfile.write(body)

                do_GET = do_POST = answer

                def log_message(self, *arguments: Any) -> None:
                    """Say nothing."""

            server = ThreadingHTTPServer(("127.0.0.1", 0), Handling)
            server.daemon_threads = False
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(server.server_close)
            stack.callback(thread.join, 10)
            stack.callback(server.shutdown)
            made.base_url = f"http://127.0.0.1:{server.server_port}"
            return made

        yield start


@contextlib.contextmanager
def raw_servers() -> Iterator[Callable[[Callable[[socket.socket], Any]], str]]:
    """Give what starts TCP servers whose connections are handled by a function of the socket; it returns their URL."""
    with contextlib.ExitStack() as stack:

        def start(handle: Callable[[socket.socket], Any]) -> str:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def accept() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        peer, _ = listener.accept()
                        with peer, contextlib.suppress(OSError):
                            peer.settimeout(10)
                            handle(peer)

            thread = threading.Thread(target=accept, name="raw-server")
            thread.start()
            stack.callback(thread.join, 10)
            stack.callback(listener.shutdown, socket.SHUT_RDWR)
            return f"http://127.0.0.1:{listener.getsockname()[1]}"

        yield start
