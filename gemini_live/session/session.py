"""A session with the Live API, as the program holds it."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING

from .._clock import Deadline
from .board import LiveBoard, Snapshot
from .hand_answers import HandAnswers
from .keeping import HandleKeeper
from .living import age, tell_actor
from .options import Options, make_options
from .registering import Registering
from .server import SessionServer
from .tool_runner import ToolRunner
from .turn_hub import TurnHub

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .keywords import SessionOptions

_TOOL_PATIENCE = 0.1  # seconds for tools that look at their `cancelled`


class Session(Registering):
    """A conversation with a model, kept by a thread of its own.

    Make one with :meth:`start_link` and :meth:`connect`, or both at once with :meth:`open`.  Every method may be called
    by any thread; callbacks run on a thread of their own, one at a time and in order.

    Example::

        with Session.open(model="gemini-3.8-live", on_text=print) as session:
            print(session.ask("What is the capital of France?").output_transcript)
    """

    def __init__(self, options: Options) -> None:
        """Start the actor; programs call :meth:`start_link`."""
        parts = self._gather(options, LiveBoard(), TurnHub(options.owner))
        self._ask_lock, self._options_lock = threading.Lock(), threading.Lock()
        self._expecting = threading.local()
        self._keeper = HandleKeeper(options.store, options.name)
        server = SessionServer(options, keeper=self._keeper, **parts.server)
        tell = functools.partial(tell_actor, server)
        self._runner = server.runner = ToolRunner(
            options,
            name=parts.name,
            context=parts.context,
            session=parts.myself,
            meter=self._meter,
            redact=parts.redact,
            tell=tell,
        )
        self._start(server, parts, HandAnswers(options, self._meter, tell).returned)

    @classmethod
    def start_link(cls, **options: Unpack[SessionOptions]) -> Self:
        """Check every option, start the session's thread and return; nothing is connected yet.

        Args:
            model: the model's name, required.
            auth: ``"gemini"`` or ``"vertex_ai"``; guessed from the others when it is left out.
            api_key: the key of the Gemini API, or of Vertex AI in express mode; else ``GOOGLE_API_KEY`` or
                ``GEMINI_API_KEY`` of the environment.
            token: an ephemeral token (see :class:`AuthTokens`), or a function that returns one; like the two below it
                is asked at every connect, on a thread that may wait.
            credentials: credentials of google-auth, or a service account's key file; else, on Vertex AI, the
                application default credentials.
            access_token: an OAuth token, or a function that returns one.
            project_id: the project on Vertex AI, else ``GOOGLE_CLOUD_PROJECT``, else a service account's own.
            location: the region on Vertex AI, else ``GOOGLE_CLOUD_LOCATION``, else ``"us-central1"``; ``"global"``,
                ``"us"`` and ``"eu"`` are others.
            base_url: scheme, host, port and prefix of another endpoint, such as the emulator's; else
                ``GOOGLE_GEMINI_BASE_URL`` or ``GOOGLE_VERTEX_BASE_URL``.
            api_version: the version of the service: ``"v1beta"`` (``"v1alpha"`` for tokens, and where an option needs
                it), on Vertex AI ``"v1beta1"``.
            headers: more headers for the connection; they win over the library's own.
            proxy: the URL of a proxy (``http``, ``https``, or ``socks5`` with the extra ``socks``), ``False`` for none;
                else what ``HTTPS_PROXY`` and ``NO_PROXY`` say.
            ssl_context: whom to trust at the endpoint; else ``SSL_CERT_FILE``, else the system's and certifi's
                authorities, which also count for proxies and for google-auth's token servers.
            generation_config: how answers are made, such as ``{"response_modalities": ["AUDIO"]}``.
            system_instruction: what the model is told beforehand; a string will do.
            tools: what the model may use, in any mixture: Python functions, which the library runs (their type hints
                and docstrings become the declaration), :class:`Tool` for what these can't say, declarations that
                ``on_tool_call`` answers, tools of an MCP server, and the service's own: ``{"google_search": {}}``.
            tool_timeout: seconds for a function's answer, 30; ``float("inf")`` for no end.
            max_tool_workers: how many functions run at once, 16.
            max_tool_calls: how many calls are answered in one turn, 100; more are refused.
            realtime_input_config: how speech becomes turns.
            input_audio_transcription: ``{}`` has the user's speech written down.
            output_audio_transcription: ``{}`` has the model's speech written down.
            context_window_compression: how a long conversation is cut.
            proactivity: whether the model may stay silent.
            history_config: whether earlier turns come first.
            enable_affective_dialog: whether the model takes up the user's tone.
            translation_config: what a translating model translates into.
            explicit_vad_signal: whether the server reports the user's voice activity (Vertex AI).
            avatar_config: who is seen speaking.
            safety_settings: what is blocked.
            labels: for the bill; up to 63 characters of lower case letters, digits, ``_`` and ``-``.
            session_resumption: ``False`` asks for no resumption handles.
            resume_handle: a handle of an earlier session that is to go on.
            extra_setup: fields newer than this library, merged into the setup as they are.
            on_message: and every other ``on_…``: functions of one argument, see the list of events.
            handler: an object with methods of those names.
            owner: a ``queue.Queue`` that receives every event.
            dispatch: where callbacks run: ``"thread"``, ``"inline"`` (the session's thread: return at once), or a
                ``concurrent.futures.Executor``.
            name: the session's name, for threads and logs.
            transport: opens connections in place of the network, for tests.
            reconnect: how hard to try to stay connected, a :class:`ReconnectPolicy`; ``False`` ends the session with
                its connection, and asks for no resumption handles.
            store: where handles are kept for another process, a :class:`HandleStore`; with it goes ``name``.
            outbox: how much may wait to be sent, an :class:`OutboxPolicy`.
            connect_timeout: seconds for name lookup, TCP, TLS, upgrade and setup together, 30.
            close_timeout: seconds for an orderly end, 5.
            max_message_bytes: the largest message that is accepted, 64 MiB.
            strict: ``False`` lets through what the model is known to refuse.
            observer: hears of everything for metrics, an :class:`Observer`.
            clock: whose time counts, for tests.

        Raises:
            ConfigError: an option is unknown or wrong; the error names it.
            AuthError: there is no key.

        Example::

            session = Session.start_link(model="gemini-3.8-live", on_message=print)
            session.connect()
        """
        return cls(make_options(options))

    @classmethod
    def open(cls, **options: Unpack[SessionOptions]) -> Self:
        """Do :meth:`start_link` and :meth:`connect`; if the connect fails, the session is closed again.

        Raises:
            ConfigError, AuthError, ConnectError: as those two.
        """
        return cls.start_link(**options)._open()  # noqa: SLF001 - one object in two classes

    def _join_helpers(self, deadline: Deadline) -> None:
        self._keeper.join(deadline.remaining())
        self._runner.workers.join(min(_TOOL_PATIENCE, deadline.remaining() or 0.0))

    def snapshot(self) -> Snapshot:
        """Return the session's state at this moment, without touching the network or waiting for the actor."""
        self._enter()
        board, now = self._board, self._options.clock.monotonic()
        return Snapshot(
            **self._facts(now),
            session_id=board.session_id,
            time_left=None if board.go_away_at is None else max(0.0, board.go_away_at - now),
            handle_age=age(now, board.handle_at),
            handle_safe=board.handle_safe,
            dropped_messages=board.dropped_messages,
            dropped_bytes=board.dropped_bytes,
            discarded_audio_bytes=self._dispatcher.discarded_audio_bytes,
            pending_tools=board.pending_tools,
            running_tools=board.running_tools,
            stale_answers=board.stale_answers,
            late_answers=board.late_answers,
            usage=board.usage,
        )
