"""Messages that can be told apart wherever they turn up."""

from __future__ import annotations

import json
import re
from typing import Any

_MARK = re.compile(r"\b(?:note|call)-\d+\b")


def marks_in(message: Any) -> list[str]:
    """Return the marks in a message, each once, in order."""
    return list(dict.fromkeys(_MARK.findall(json.dumps(message).replace("\\n", " "))))


def tool_call(mark: str) -> dict[str, Any]:
    """Return a server's message that calls a function."""
    return {"toolCall": {"functionCalls": [{"id": mark, "name": "look", "args": {}}]}}


def tool_answer(mark: str) -> dict[str, Any]:
    """Return what :meth:`Session.send_tool_response` takes for it."""
    return {"id": mark, "name": "look", "response": {"output": mark}}


def spoken_end() -> list[dict[str, Any]]:
    """Return what a server says after the answer to a call: a word, and that the turn is over."""
    return [
        {"serverContent": {"outputTranscription": {"text": "Done."}}},
        {"serverContent": {"generationComplete": True}},
        {"serverContent": {"turnComplete": True}},
    ]
