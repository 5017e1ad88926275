"""The emulator as a program uses it."""

from __future__ import annotations

import ipaddress
import os
import ssl
import threading
import weakref
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import extras
from .access import Access
from .brains import brain_named
from .catalogue import catalogue_of
from .certificates import make_certificates
from .disturbance import disturbance_of
from .faults import FaultQueue
from .hub import MAX_MESSAGE_BYTES, Behaviour
from .journal import LogFile
from .kept import Bounds, check_bounds, check_count
from .ledger import Ledger
from .limits import check_limits
from .music_pace import Pace, check_pace
from .options import check_chunks, check_host, check_refuse_at, check_secrets, check_speed
from .profiles import AUTO, PROFILES, profile_named
from .records import EmulatedRequest, EmulatedSession
from .running import Running
from .strictness import check_lenient
from .verbs import Verbs

if TYPE_CHECKING:
    from .service import Service


class Emulator(Verbs):
    """A local server of the Live API.

    It speaks WebSocket and HTTP on one port, over TLS with a certificate of its own or plainly, and answers as the
    profile's models do, shape for shape.  The paths of both backends are served at once: live sessions, those with a
    token, music, the listings of models, and the making of tokens.

    Use it as a context manager, or with :meth:`start` and :meth:`stop`; after a stop it can be started again, with a
    new certificate and, unless a port was given, on another port.

    Every method and property may be called from any thread.

    Example::

        with Emulator(tls=False) as server:
            connect_something_to(server.base_url)
            server.sessions[0].wait_for(lambda message: "clientContent" in message)
            server.go_away(10)
    """

    def __init__(
        self,
        profile: str = AUTO,
        *,
        tls: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
        api_keys: Iterable[str] | None = None,
        access_tokens: Iterable[str] | None = None,
        models: Iterable[str | Mapping[str, Any]] | None = None,
        page_size: int | None = None,
        refuse_at: str = "setup",
        brain: str = "echo",
        scenario: Sequence[Any] | Mapping[str, Any] | str | os.PathLike[str] | None = None,
        output_speed: float = 8.0,
        chunk_ms: tuple[float, float] | None = None,
        seed: int = 0,
        record: bool = True,
        handle_seconds: float | None = None,
        refuse_open_resume: bool = True,
        transparent_every: int = 1,
        connection_seconds: float | None = None,
        go_away_before: float | None = 50.0,
        call_ids: bool = True,
        lenient: Iterable[str] = (),
        disturbance: Mapping[str, Any] | None = None,
        control: bool = False,
        log: str | os.PathLike[str] | None = None,
        log_content: bool = False,
        allow_remote: bool = False,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
        keep_messages: int = Bounds().messages,
        keep_bytes: int = Bounds().bytes,
        music_burst_seconds: float = Pace().burst_seconds,
        music_chunk_seconds: float = Pace().chunk_seconds,
    ) -> None:
        """Make a server; nothing listens yet.

        Args:
            profile: the family of models whose ways it has: ``"gemini-2.5"``, ``"gemini-3.1"`` and ``"vertex-2.5"`` as
                they were recorded, ``"gemini-3.8"`` and ``"gemini-3.8-thinking"`` as they are documented.  By default
                each session has those of its model's family.
            tls: whether it speaks TLS.
            host: where it listens; other addresses than this machine's own need ``allow_remote``.
            port: where it listens; 0 takes a free port.
            api_keys: the keys that are accepted.  By default any is but an empty one and one that begins with ``bad``.
            access_tokens: the OAuth tokens (``Authorization: Bearer``) that are accepted; by default likewise.
            models: what is listed, and what a session's model must be one of: bare names for both backends, full names
                for one, or whole JSON entries.  One whose methods, or failing these whose name, are not a live model's
                is listed and has no sessions.  By default the models of both are listed, and a session can have any
                that sounds like a live model.
            page_size: how many models a page of the listing has at most.
            refuse_at: when wrong credentials of the Gemini API are refused: ``"setup"`` closes after the setup, as the
                service mostly does; ``"upgrade"`` answers the upgrade with an HTTP error.  Those of Vertex AI are
                refused at the upgrade, and a token after the setup, in any case.
            brain: what answers: ``"echo"`` says back what it is told; ``"rules"`` holds a small conversation, and
                remembers it; ``"script"`` plays a scenario; ``"voice"`` hears words and speaks them, offline (extra
                ``offline-voice``).
            scenario: what the brain ``"script"`` does, which it then is by default: a list of steps, a mapping that has
                them under ``steps``, or the path of a JSON or YAML file (extra ``scenario``) with either.
            output_speed: how many times faster than it sounds an answer is given, and music is played: 1 as a person
                would hear it, ``math.inf`` without any waiting.
            chunk_ms: how short and how long a piece of an answer's sound may be; the profile's own by default.
            seed: decides everything that varies; the same seed gives the same lengths.
            record: whether :attr:`sessions` keep messages and audio, and ended sessions and :attr:`requests` are kept
                at all.  Turn it off for a server that runs for days.
            handle_seconds: how long resumption handles are good after their session's last connection has ended; by
                default 2 hours on the Gemini API and 24 on Vertex AI.
            refuse_open_resume: whether a session is refused, with 1011, to whoever resumes it while a connection of it
                is still open.
            transparent_every: after how many control messages (all but sound and pictures) an update comes on a
                session with transparent resumption.
            connection_seconds: how old a connection becomes: then it is closed with 1011 and the service's words.
            go_away_before: how many seconds before that a connection whose setup is complete hears of it: at once, if
                it does not live that long; with ``None`` never, as connections do die unannounced.
            lenient: what the service refuses and this server lets through, of ``"unknown_names"``, ``"second_setup"``,
                ``"media_chunks"``, ``"response_ids"``, ``"modalities"``, ``"known_limits"``, ``"history_parts"``.
            call_ids: whether function calls have ids; some servers of Vertex AI gave none.
            disturbance: what is wrong with connections from the start: arguments of :meth:`disturb`.
            control: whether the verbs and the records are there by HTTP too, below ``/emulator`` and for programs on
                this machine only; a ``GET`` of that path lists them.
            log: a file that gets a line of JSON for each connection, message and end.  It is nobody else's to read,
                shows no key, token or handle, and stops nothing when it can't be written.
            log_content: whether what messages say is written there too, sound by its length.
            allow_remote: whether ``host`` may let other machines in.
            max_message_bytes: how long a client's message may be; a longer one closes with 1009.
            keep_messages: how many messages of a connection, requests, and control messages of all are kept; of more
                the oldest are not, and :attr:`EmulatedSession.cut_messages` says how many.
            keep_bytes: how many bytes of a connection's messages, and of its sound, are kept likewise.
            music_burst_seconds: how far music runs ahead of its playback from the moment on that it is played.
            music_chunk_seconds: how much music comes at a time.

        Raises:
            ConfigError: an argument is wrong, or the extra ``emulator`` is not installed.
        """
        extras.require()
        chosen = profile_named(profile)
        self._behaviour = Behaviour(
            profile=chosen or PROFILES["gemini-2.5"],
            by_model=chosen is None,
            brain=brain_named(brain, scenario),
            output_speed=check_speed(output_speed),
            given_chunk_ms=None if chunk_ms is None else check_chunks(chunk_ms),
            seed=seed,
            access=Access(
                api_keys=check_secrets(api_keys, "api_keys"),
                access_tokens=check_secrets(access_tokens, "access_tokens"),
                at_upgrade=check_refuse_at(refuse_at),
            ),
            catalogue=catalogue_of(models, page_size),
            limits=check_limits(
                handle_seconds=handle_seconds,
                refuse_open_resume=refuse_open_resume,
                transparent_every=transparent_every,
                connection_seconds=connection_seconds,
                go_away_before=go_away_before,
            ),
            call_ids=bool(call_ids),
            lenient=check_lenient(lenient),
            disturbance=disturbance_of(**(disturbance or {})),
            max_message_bytes=check_count(max_message_bytes, "max_message_bytes"),
            music=check_pace(music_chunk_seconds, music_burst_seconds),
        )
        self._tls = tls
        self._host = check_host(host, allow_remote=allow_remote)
        self._control = control
        self._log_file = None if log is None else LogFile(log, content=log_content)
        self._port = port
        self._faults = FaultQueue()
        self._ledger = Ledger(record, check_bounds(keep_messages, keep_bytes))
        self._lock = threading.RLock()
        self._running: Running | None = None
        self._log_lines_lost = 0
        self._finalizer: weakref.finalize[[], Emulator] | None = None

    def start(self) -> Emulator:
        """Listen; returns when it does.  On a server that is running it does nothing.

        Raises:
            OSError: the address is taken or not this machine's, or the log's file can't be opened.
        """
        from .service import Address, Service  # noqa: PLC0415 - imports the extra

        with self._lock:
            if self._running is None:
                self._ledger.clear()
                certificates = make_certificates(self._host) if self._tls else None
                service = Service(
                    self._behaviour, self._ledger, self._faults, log_file=self._log_file, control=self._control
                )
                self._running = Running(service, Address(self._host, self._port), certificates)
                self._finalizer = weakref.finalize(self, self._running.stop)
        return self

    def stop(self) -> None:
        """Close every connection and stop listening; returns when nothing is left.  A second call does nothing.

        :attr:`sessions` can still be read.
        """
        with self._lock:
            running, self._running = self._running, None
            if self._finalizer is not None:
                self._finalizer()
            if running is not None:
                self._log_lines_lost = running.service.log_lines_lost

    def __enter__(self) -> Emulator:  # noqa: PYI034 - typing.Self is newer than the oldest Python served
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> Running:
        running = self._running
        if running is None:
            raise RuntimeError("the emulator is not running; call start() or use it in a with statement")
        return running

    def _call(self, function: Callable[[Service], Awaitable[None] | None]) -> None:
        self._run().call(function)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._run().address.port

    @property
    def base_url(self) -> str:
        """Where clients find it: ``https://127.0.0.1:PORT``, or ``http://…`` when it is plain."""
        address = self._run().address
        return f"{'https' if self._tls else 'http'}://{_reachable(address.host)}:{address.port}"

    @property
    def ca_file(self) -> str | None:
        """The path of a PEM file with its certificate authority, until it stops; ``None`` when it is plain."""
        certificates = self._run().certificates
        return certificates.ca_file if certificates else None

    @property
    def ssl_context(self) -> ssl.SSLContext | None:
        """A client's TLS context that trusts this server and nothing else; ``None`` when it is plain."""
        certificates = self._run().certificates
        return certificates.client if certificates else None

    @property
    def sessions(self) -> list[EmulatedSession]:
        """Every connection since the start, oldest first; one that was refused before the upgrade is none."""
        return self._ledger.sessions()

    @property
    def control_messages(self) -> list[tuple[int, dict[str, Any]]]:
        """Every :attr:`EmulatedSession.control` message since the start with its connection's number, as they came."""
        return self._ledger.control_messages()

    @property
    def requests(self) -> list[EmulatedRequest]:
        """Every request since the start that was no upgrade, oldest first, those that were refused too."""
        return self._ledger.requests()

    @property
    def cut(self) -> int:
        """How many of the oldest :attr:`requests` and :attr:`control_messages` are not kept any more."""
        return self._ledger.cut

    @property
    def log_lines_lost(self) -> int:
        """How many lines of the log could not be written since the start."""
        if self._running is not None:
            self._log_lines_lost = self._running.service.log_lines_lost
        return self._log_lines_lost

    @property
    def attempts(self) -> int:
        """How many upgrades were asked for since the start, refused ones included."""
        return self._ledger.attempts

    def wait_for_sessions(self, count: int, timeout: float = 5.0) -> list[EmulatedSession]:
        """Wait until there have been so many connections, and return all of them.

        Raises:
            TimeoutError: there are fewer after ``timeout`` seconds.
        """
        return self._ledger.wait_for_sessions(count, timeout)

    def wait_for_requests(self, count: int, timeout: float = 5.0) -> list[EmulatedRequest]:
        """Wait until there have been so many requests, and return all of them.

        Raises:
            TimeoutError: there are fewer after ``timeout`` seconds.
        """
        return self._ledger.wait_for_requests(count, timeout)

    def __repr__(self) -> str:
        state = f"listening on {self.base_url}" if self._running else "stopped"
        name = AUTO if self._behaviour.by_model else self._behaviour.profile.name
        return f"<Emulator {name}, {state}>"


def _reachable(host: str) -> str:
    """Return how a bound address stands in a URL; "every address" is reached by the loopback's."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"[{address}]" if address.version == 6 else str(address)
