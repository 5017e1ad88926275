"""Run the emulator by itself: ``python -m gemini_live.emulator``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence

from ..exceptions import ConfigError
from .brains import NAMES
from .music_pace import Pace
from .options import is_loopback
from .profiles import AUTO, PROFILES
from .server import Emulator

DEFAULT_SPEED = 8.0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gemini_live.emulator", description="A local server of the Gemini Live API; ends with Ctrl-C."
    )
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on (default: a free one)")
    parser.add_argument("--plain", action="store_true", help="speak http and ws, without TLS")
    parser.add_argument("--profile", choices=[AUTO, *sorted(PROFILES)], default=AUTO, help="(default: %(default)s)")
    parser.add_argument("--brain", choices=NAMES, default="echo", help="(default: %(default)s)")
    parser.add_argument(
        "--scenario", metavar="FILE", help="a JSON or YAML file that says what is answered, step by step"
    )
    parser.add_argument(
        "--model",
        action="append",
        metavar="NAME",
        help="a model that it has; may be repeated (default: it lists several, and takes any live model)",
    )
    parser.add_argument(
        "--output-speed",
        type=_speed,
        default=DEFAULT_SPEED,
        help="how many times faster than it sounds an answer is given, and music is played "
        "(default: %(default)g; inf: no waiting)",
    )
    parser.add_argument(
        "--music-burst-seconds",
        type=float,
        default=Pace().burst_seconds,
        metavar="N",
        help="how far music runs ahead of its playback (default: %(default)g)",
    )
    parser.add_argument(
        "--music-chunk-seconds",
        type=float,
        default=Pace().chunk_seconds,
        metavar="N",
        help="how much music comes at a time (default: %(default)g)",
    )
    parser.add_argument(
        "--log",
        nargs="?",
        const=True,
        metavar="FILE",
        help="log connections on stderr; or connections and messages to a file, a line of JSON each",
    )
    parser.add_argument("--log-content", action="store_true", help="what messages say goes to that file too")
    parser.add_argument("--control", action="store_true", help="serve the verbs and the records below /emulator")
    parser.add_argument("--allow-remote", action="store_true", help="let other machines in, if --host does")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65_535:
        raise argparse.ArgumentTypeError("a port is 0 to 65535")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not speed > 0:
        raise argparse.ArgumentTypeError("a speed is more than 0")
    return speed


def greeting(server: Emulator) -> str:
    """Return the line that says where a running server is and how to point a client at it."""
    url, ca_file = server.base_url, server.ca_file
    if ca_file is None:
        return f"listening on {url} -- GOOGLE_GEMINI_BASE_URL={url} (google-genai has live sessions over TLS alone)"
    return f"listening on {url}, CA file {ca_file} -- SSL_CERT_FILE={ca_file} GOOGLE_GEMINI_BASE_URL={url}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM.  Returns the exit code: 0 at a stop, 1 if it can't listen, 2 for wrong arguments.

    Main thread only: it installs signal handlers.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.log_content and not isinstance(options.log, str):
        parser.error("--log-content needs --log FILE")
    if options.log is True:
        logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s")
        logging.getLogger("gemini_live.emulator").setLevel(logging.INFO)
    stop = threading.Event()
    previous = {name: signal.signal(name, lambda *_: stop.set()) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Emulator(
            options.profile,
            tls=not options.plain,
            host=options.host,
            port=options.port,
            models=options.model,
            brain=options.brain,
            scenario=options.scenario,
            output_speed=options.output_speed,
            music_burst_seconds=options.music_burst_seconds,
            music_chunk_seconds=options.music_chunk_seconds,
            record=options.control,
            control=options.control,
            log=options.log if isinstance(options.log, str) else None,
            log_content=options.log_content,
            allow_remote=options.allow_remote,
        ) as server:
            if not is_loopback(options.host):
                sys.stderr.write(f"warning: other machines reach it at {options.host}, and any key will do\n")
            sys.stdout.write(f"{greeting(server)}\n")
            sys.stdout.flush()
            stop.wait()
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        for name, handler in previous.items():
            signal.signal(name, handler)
    return 0


if __name__ == "__main__":
    sys.exit(main())
