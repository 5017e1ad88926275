"""What sounds like a credential: names of fields, of headers and of a URL's parameters.  Pure; any thread."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

REDACTED = "[redacted]"
_NAME = re.compile(
    r"(api|auth|access|secret|private|encryption|signing|shared|master)key(s|id|string|value)?$"
    r"|tokens?(string|value)?$|passw(or)?ds?$|passphrases?$|secrets?(string|value)?$|cookies?$|credentials?$"
    r"|^(proxy)?authorization$|^headers$|jwt$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[\W_]+")
_PARAMETER_ALONE = {"key", "sig", "signature", "auth"}
"""What is a credential in a URL, and may be anything elsewhere."""
_PARAMETER = re.compile(r"(?<=[?&#;])([\w.%-]{1,64})=([^&#\s\"'<>\\]+)")
_USER = re.compile(r"(?<=://)[^/\s@?#\"']+(?=@)")


def names_secret(name: str) -> bool:
    """Return whether a field of this name holds what opens something, in whatever spelling.

    >>> [names_secret(name) for name in ("x-goog-api-key", "apiKeys", "session_token", "totalTokenCount", "key")]
    [True, True, True, False, False]
    """
    return _NAME.search(_BETWEEN.sub("", name)) is not None


def without_url_secrets(text: str) -> str:
    """Return a text whose URLs show neither who calls nor what opens something.

    >>> without_url_secrets("https://me:pw@host/?key=abc&alt=json")
    'https://[redacted]@host/?key=[redacted]&alt=json'
    """
    if "=" in text:
        text = _PARAMETER.sub(_without_value, text)
    return _USER.sub(REDACTED, text) if "://" in text else text


def _without_value(match: re.Match[str]) -> str:
    name = unquote_plus(match[1])
    secret = name.lower() in _PARAMETER_ALONE or names_secret(name)
    return f"{match[1]}={REDACTED}" if secret else match[0]
