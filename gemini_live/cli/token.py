"""Make an ephemeral token and print it: for a program that must not see the key.

The key is GEMINI_API_KEY's (or GOOGLE_API_KEY's).
"""

from __future__ import annotations

import argparse
import json

from ..tokens import AuthTokens
from ..types import encode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--uses", type=int, default=1, help="how many sessions it may begin, 0 for any number (1)")
    parser.add_argument("--minutes", type=float, default=30, help="for how long messages are taken (30)")
    parser.add_argument("--begin", type=float, default=1, help="minutes in which sessions may be begun (1)")
    parser.add_argument("--model", metavar="NAME", help="hold sessions to this model")
    parser.add_argument("--base-url", metavar="URL", help="another endpoint than Google's")
    parser.add_argument("--json", action="store_true", help="print everything that is known of it")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    token = AuthTokens.create(
        uses=arguments.uses,
        expire_minutes=arguments.minutes,
        new_session_expire_minutes=arguments.begin,
        live_connect_constraints={"model": arguments.model} if arguments.model else None,
        lock_additional_fields=[] if arguments.model else None,
        base_url=arguments.base_url,
    )
    print(json.dumps(encode(token)) if arguments.json else token.name)
    return 0
