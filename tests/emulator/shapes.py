"""The shape of what a server says: order and set of fields, not words, sound, or how many pieces they come in."""

from __future__ import annotations


def shape(message, *, whole):
    """Return the set of a message's fields, as one word."""
    if "toolCall" in message:
        return "toolCall"
    if "sessionResumptionUpdate" in message:
        return "sessionResumptionUpdate"
    content = message["serverContent"]
    names = sorted(content)
    if whole and names == ["outputTranscription"]:
        return f"outputTranscription.{'+'.join(sorted(content['outputTranscription']))}"
    usage = " usage" if "usageMetadata" in message else ""
    return ("+".join(names) or "empty") + usage


def squeezed(shapes):
    """Return shapes without repetitions; words and sound that alternate are both told once."""
    told = []
    for one in shapes:
        pieces = ("inputTranscription", "outputTranscription", "modelTurn")
        seen = one in told[-2:] if one.startswith(pieces) and not one.endswith((".", "finished")) else False
        if not seen:
            told.append(one)
    return told
