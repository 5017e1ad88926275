"""Small real proxies on loopback: CONNECT over plain TCP and over TLS, SOCKS 4, 4a and 5; one thread each."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import shutil
import socket
import ssl
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import attrs
import pytest

from gemini_live._proxies import Proxy, parse_proxy

from .driver import WAIT

_READ = 65_536
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@attrs.frozen
class Seen:
    """One request that a proxy got.

    Attributes:
        host: the target as it was asked for, a name or an address.
        port: the target's port.
        head: all that an HTTP proxy was told; empty with SOCKS.
        username: what the client called itself.
        password: what it proved it with.
    """

    host: str
    port: int
    head: str = ""
    username: str = ""
    password: str = ""


class Refused(Exception):
    """The proxy has said no."""


class ProxyServer:
    """A proxy for one test or one module; a context manager.

    Args:
        scheme: ``http``, ``https``, ``socks4``, ``socks4a``, ``socks5`` or ``socks5h``.
        username: with ``password``, what it asks for (SOCKS4: the user id); empty: nothing.
        tls: the context of an ``https`` proxy.
        names: what it resolves names to; others it resolves as this machine does.
        refuse: addresses or names that it says it can't reach.
        reply: that SOCKS reply code instead of the right one.

    Attributes:
        url: how a client names it, credentials included.
        requests: what it was asked for.
        tunnelled: what clients said inside tunnels, the beginning of it.
    """

    def __init__(
        self,
        scheme: str = "http",
        *,
        username: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        names: Mapping[str, str] | None = None,
        refuse: tuple[str, ...] = (),
        reply: int = 0,
    ) -> None:
        self._scheme, self._username, self._password = scheme, username, password
        self._tls, self._names, self._refuse, self._reply = tls, names or {}, refuse, reply
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        user_info = f"{quote(username, safe='')}:{quote(password, safe='')}@" if username or password else ""
        self.url = f"{scheme}://{user_info}localhost:{self.port}"
        self.requests: list[Seen] = []
        self.tunnelled = bytearray()
        self._tasks: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy")

    @property
    def proxy(self) -> Proxy:
        """The value for ``ConnectRequest(proxy=…)``."""
        return parse_proxy(self.url)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody may see but this proxy."""
        return self.proxy.secrets

    def __enter__(self) -> ProxyServer:  # noqa: PYI034 - Self is newer than the oldest Python here
        self._thread.start()
        assert self._started.wait(WAIT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(WAIT)
        assert not self._thread.is_alive()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, sock=self._listener, ssl=self._tls)
        self._started.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._handle((reader, writer)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _handle(self, client: Streams) -> None:
        target: Streams | None = None
        try:
            ask = self._http if self._scheme.startswith("http") else self._socks
            target = await ask(*client)
            await self._relay(client, target)
        except (OSError, EOFError, Refused):
            pass  # the client has hung up, or was refused
        finally:
            await _close([streams[1] for streams in (client, target) if streams is not None])

    async def _relay(self, client: Streams, target: Streams) -> None:
        pumps = [
            self._loop.create_task(self._pump(client[0], target[1], keep=True)),
            self._loop.create_task(self._pump(target[0], client[1])),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, keep: bool = False) -> None:
        while data := await source.read(_READ):
            if keep and len(self.tunnelled) < _READ:
                self.tunnelled += data
            sink.write(data)
            await sink.drain()

    async def _connect(self, host: str, port: int) -> Streams:
        if host in self._refuse:
            raise ConnectionRefusedError(host)
        # Looked up here: asyncio would do it on a thread that stays until the end of its loop.
        addresses = socket.getaddrinfo(self._names.get(host, host), port, type=socket.SOCK_STREAM)
        for *_, address in addresses[:-1]:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection(address[0], port)
        return await asyncio.open_connection(addresses[-1][4][0], port)

    async def _http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Streams:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, authority, _ = head.split("\r\n")[0].split(" ")
        host, _, port = authority.rpartition(":")
        given = ""
        for line in head.split("\r\n"):
            name, _, value = line.partition(": ")
            if name.lower() == "proxy-authorization" and value.startswith("Basic "):
                given = base64.b64decode(value[6:]).decode()
        username, _, password = given.partition(":")
        self.requests.append(Seen(host.strip("[]"), int(port), head, username, password))
        if (username, password) != (self._username, self._password):
            writer.write(
                b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n'
                b"Content-Length: 9\r\nConnection: close\r\n\r\nwho goes?"
            )
            raise Refused
        assert method == "CONNECT"
        try:
            target = await self._connect(host.strip("[]"), int(port))
        except OSError:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno")
            raise
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        return target

    async def _socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Streams:
        version = (await reader.readexactly(1))[0]
        assert version == (4 if self._scheme.startswith("socks4") else 5)
        return await (self._socks4 if version == 4 else self._socks5)(reader, writer)

    async def _socks4(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Streams:
        _, port, address = struct.unpack("!BH4s", await reader.readexactly(7))
        username = (await reader.readuntil(b"\0"))[:-1].decode()
        host = str(ipaddress.ip_address(address))
        if address[:3] == b"\0\0\0":
            host = (await reader.readuntil(b"\0"))[:-1].decode()
        self.requests.append(Seen(host, port, username=username))
        if username != self._username:
            await self._refuse_socks4(writer, 0x5D)
        if self._reply:
            await self._refuse_socks4(writer, self._reply)
        try:
            target = await self._connect(host, port)
        except OSError:
            await self._refuse_socks4(writer, 0x5B)
            raise
        writer.write(b"\0\x5a" + bytes(6))
        return target

    async def _refuse_socks4(self, writer: asyncio.StreamWriter, code: int) -> None:
        writer.write(bytes([0, code]) + bytes(6))
        raise Refused

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Streams:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        wanted = 2 if self._username else 0
        if wanted not in methods:
            writer.write(b"\x05\xff")
            raise Refused
        writer.write(bytes([5, wanted]))
        username = password = ""
        if wanted:
            await reader.readexactly(1)
            username = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            password = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            right = (username, password) == (self._username, self._password)
            writer.write(b"\x01\0" if right else b"\x01\x01")
            if not right:
                raise Refused
        _, _, _, kind = await reader.readexactly(4)
        size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        address = await reader.readexactly(size)
        host = address.decode() if kind == 3 else str(ipaddress.ip_address(address))
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        self.requests.append(Seen(host, port, username=username, password=password))
        if self._reply:
            writer.write(bytes([5, self._reply]) + b"\0\x01" + bytes(6))
            raise Refused
        try:
            target = await self._connect(host, port)
        except OSError:
            writer.write(b"\x05\x04\0\x01" + bytes(6))
            raise
        writer.write(b"\x05\0\0\x01" + bytes(6))
        return target


async def _close(writers: list[asyncio.StreamWriter]) -> None:
    """Close after what is to be written, but wait for nobody long."""
    for writer in writers:
        writer.close()
    try:
        await asyncio.gather(*(_closed(writer) for writer in writers), return_exceptions=True)
    finally:
        for writer in writers:
            writer.transport.abort()


async def _closed(writer: asyncio.StreamWriter) -> None:
    # In a coroutine of its own: a task that is cancelled before it begins would leave wait_closed() never awaited.
    await asyncio.wait_for(writer.wait_closed(), 0.5)


@contextlib.contextmanager
def tinyproxy_in(folder: Path) -> Iterator[str]:
    """Run a tinyproxy that wants ``user`` and ``pass-word``, with its files in a folder; gives its address."""
    program = shutil.which("tinyproxy")
    if program is None:
        pytest.skip("tinyproxy is not installed: apt-get install tinyproxy")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "tinyproxy.conf"
    config.write_text(
        f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\nLogLevel Error\n"
        f'LogFile "{folder}/log"\nPidFile "{folder}/pid"\nBasicAuth user pass-word\n'
    )
    process = subprocess.Popen([program, "-d", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        pause = threading.Event()
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "tinyproxy ended"
            pause.wait(0.01)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
