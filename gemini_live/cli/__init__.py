"""The commands: ``gemini-live NAME`` or ``python -m gemini_live NAME``; one module for each.

Exit status: 0 when it worked, 1 when something outside failed (network, server, disk), 2 when it was asked wrongly, 130
after Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from .._version import __version__
from ..exceptions import AuthError, ConfigError, GeminiLiveError
from . import demo, models, music, token
from .console import one_line
from .interrupts import heedful

COMMANDS = {"demo": demo, "models": models, "music": music, "token": token}
"""Every command's name and module; a module has ``add_arguments(parser)`` and ``run(arguments) -> int``."""


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="gemini-live", description="The Gemini Live API from the command line.")
    parser.add_argument("--version", action="version", version=f"gemini-live {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0]
        module.add_arguments(commands.add_parser(name, help=summary, description=summary))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; errors are one line on standard error."""
    if sys.stdout is None or sys.stderr is None:  # started with a closed descriptor, as by >&-
        sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the end
        sys.stderr = sys.stderr or sys.stdout
    arguments = make_parser().parse_args(argv)
    try:
        with heedful():
            status: int = COMMANDS[arguments.command].run(arguments)
            sys.stdout.flush()
            return status
    except KeyboardInterrupt:
        return _fail("interrupted", 130)
    except (ConfigError, AuthError) as error:
        return _fail(str(error), 2)
    except BrokenPipeError:
        # Whoever read our output has gone; what Python would still flush at the end has nowhere to go either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (GeminiLiveError, OSError) as error:
        return _fail(str(error), 1)


def _fail(message: str, status: int) -> int:
    print(f"gemini-live: {one_line(message)}", file=sys.stderr)
    return status
