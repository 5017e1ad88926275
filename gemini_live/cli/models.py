"""List the live models and mark the one that a program gets which leaves the choice to the library.

Who asks where is in the environment, as for every program: GEMINI_API_KEY or GOOGLE_API_KEY, or for Vertex AI
GOOGLE_CLOUD_PROJECT and application default credentials.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

import attrs

from ..exceptions import ModelNotFoundError
from ..models import Models
from ..models.choosing import supports
from ..models.names import key_of
from ..types import Model
from ..types.names import LIVE_METHOD
from .console import Console

_HEADINGS = ("", "MODEL", "CONTEXT", "ANSWER", "CALLED")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--all", action="store_true", help="list the models that are not live, too")
    parser.add_argument(
        "--auth", choices=("gemini", "vertex_ai"), help="the backend (default: as the environment says)"
    )
    parser.add_argument("--modality", metavar="KIND", default="audio", help="what to answer in (default: audio)")
    parser.add_argument("--base-url", metavar="URL", help="the endpoint (default: Google's)")
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status."""
    Models.candidates(arguments.modality, auth=arguments.auth)  # what is asked wrongly is said before anybody is asked
    listed = Models.list(auth=arguments.auth, base_url=arguments.base_url)
    taken = _resolve(listed, arguments)
    rows = [_row(model, taken) for model in listed]
    shown = rows if arguments.all else [row for row in rows if row.live]
    console = Console(sys.stdout)
    if arguments.json:
        console.line(json.dumps([attrs.asdict(row) for row in shown], indent=2))
    else:
        _show(console, shown, len(listed), arguments.modality)
    return 0


@attrs.frozen(kw_only=True)
class _Row:
    """One model as it is shown.

    Attributes:
        name: without the path, but for a tuned model's.
        display_name: what people call it.
        input_token_limit: the size of the context, in tokens.
        output_token_limit: the longest answer, in tokens.
        live: whether sessions can be had with it.
        resolved: whether it is the one that ``Models.resolve`` takes.
    """

    name: str
    display_name: str | None
    input_token_limit: int | None
    output_token_limit: int | None
    live: bool
    resolved: bool


def _resolve(listed: Sequence[Model], arguments: argparse.Namespace) -> str | None:
    try:
        return Models.resolve(arguments.modality, auth=arguments.auth, available_models=listed)
    except ModelNotFoundError:
        return None


def _row(model: Model, taken: str | None) -> _Row:
    name = key_of(model.name or "")
    return _Row(
        name=name,
        display_name=model.display_name,
        input_token_limit=model.input_token_limit,
        output_token_limit=model.output_token_limit,
        live=supports(model, LIVE_METHOD),
        resolved=name == taken,
    )


def _show(console: Console, rows: Sequence[_Row], count: int, modality: str) -> None:
    """Write a table, and below it what its mark means."""
    if not rows:
        console.line(f"No live model is listed, among {count} in all.")
        return
    table = [_HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(_HEADINGS))]
    for mark, name, context, answer, called in table:
        line = f"{mark:1} {name:{widths[1]}}  {context:>{widths[2]}}  {answer:>{widths[3]}}  {called}"
        console.line("".join(letter if letter.isprintable() else "?" for letter in line).rstrip())
    if any(row.resolved for row in rows):
        console.line(f"* is what Models.resolve({modality!r}) takes.")
    else:
        console.line(f"Models.resolve({modality!r}) takes none of them.")


def _cells(row: _Row) -> tuple[str, ...]:
    return (
        "*" if row.resolved else "",
        row.name,
        _number(row.input_token_limit),
        _number(row.output_token_limit),
        row.display_name or "",
    )


def _number(tokens: int | None) -> str:
    return "" if tokens is None else f"{tokens:,}"
