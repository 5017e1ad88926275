"""JSON, base64 and masks, by the packages of the extra ``speed`` where they are installed; the results are the same.

What orjson reads otherwise than the standard library, or refuses, is read once more by that: whole numbers of more than
64 bits, ``NaN``, half a surrogate pair.  pybase64 in its strict mode takes nothing that the standard library's does
not.  Of websockets, the package, only its compiled mask is used: the standard library has nothing that applies one at
less than fifteen times the price.
"""

from __future__ import annotations

import base64
import binascii
import functools
import importlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable
from typing import Any


def _installed(name: str) -> Any:
    """Return a package, ``None`` if it is not there."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


_orjson, _pybase64 = _installed("orjson"), _installed("pybase64")
_decode = json.JSONDecoder().raw_decode
"""As ``json.loads``, without its looks for blanks on either side."""
_WORTH_IT = 2048
"""Bytes of JSON from which on the look at the result costs less than the faster reading gains."""
_BLANKS = " \t\r\n"
_BIG = float(1 << 63)
_PLAIN, _PLAIN_BYTES = re.compile(r"[A-Za-z0-9+/]*={0,2}"), re.compile(rb"[A-Za-z0-9+/]*={0,2}")
_TO_PLAIN = {ord("-"): "+", ord("_"): "/"}


def compiled_mask() -> Callable[[bytes, bytes], bytes] | None:
    """Return what returns a payload XOR the repeated four bytes of a mask (RFC 6455 section 5.3), if a package does."""
    try:
        found = importlib.util.find_spec("websockets")
    except (ImportError, ValueError):
        return None
    if found is None or found.submodule_search_locations is None:  # a program of that name must not be run by this
        return None
    return getattr(_installed("websockets.speedups"), "apply_mask", None)


def read_json(payload: str | bytes) -> Any:
    """Return what some JSON means.

    Raises:
        ValueError: it is no JSON, or no UTF-8.
        RecursionError: it is nested deeper than Python goes.
    """
    if _orjson is not None and len(payload) >= _WORTH_IT and _has_data(payload):
        try:
            value = _orjson.loads(payload)
            if not _has_big(value):
                return value
        except (ValueError, RecursionError):
            pass  # the standard library takes more, and says what is wrong
    text = payload if isinstance(payload, str) else payload.decode("utf-8")
    try:
        value, end = _decode(text)
        if end == len(text) or not text[end:].strip(_BLANKS):
            return value
    except ValueError:
        pass  # a blank before it, perhaps
    return json.loads(text)


def _has_data(payload: str | bytes) -> bool:
    """Whether there are bytes in it: then it is most likely one long string, at which the faster reading gains most.

    Of others, with many small values, the look at the result would cost more than that.
    """
    return '"data"' in payload if isinstance(payload, str) else b'"data"' in payload


def _has_big(value: Any) -> bool:
    """Whether there is a number that may have been a whole one of more than 64 bits."""
    left = [value]
    while left:
        item = left.pop()
        kind = type(item)
        if kind is dict:
            left.extend(item.values())
        elif kind is list:
            left.extend(item)
        elif kind is float and not -_BIG < item < _BIG:
            return True
    return False


def _read_strictly(text: str | bytes) -> bytes:
    """Do what ``strict_mode`` does, of Python 3.11 and later."""
    plain = _PLAIN.fullmatch(text) if isinstance(text, str) else _PLAIN_BYTES.fullmatch(text)
    if plain is None or len(text) % 4:
        raise ValueError("not base64")
    return binascii.a2b_base64(text)


def base64_by(package: Any) -> tuple[Callable[[bytes], bytes], Callable[[str | bytes], bytes]]:
    """Return how a package writes and strictly reads base64, the standard library if it is ``None``.

    Functions of C's, as they are called for every piece of sound.
    """
    if package is not None:
        return package.b64encode, functools.partial(package.b64decode, validate=True)
    read: Callable[[str | bytes], bytes] = _read_strictly
    if sys.version_info >= (3, 11):
        read = functools.partial(binascii.a2b_base64, strict_mode=True)
    return functools.partial(binascii.b2a_base64, newline=False), read


write_base64, read_strict_base64 = base64_by(_pybase64)
"""Return bytes in the standard alphabet, padded; and the bytes that such base64 means, or raise ``ValueError``."""


def read_base64(text: str) -> bytes:
    """Return the bytes that either base64 alphabet means, padded or not.

    Raises:
        ValueError: it is neither.
    """
    try:
        return read_strict_base64(text)
    except ValueError:
        pass
    bare = text.rstrip("=").translate(_TO_PLAIN)
    if not re.fullmatch(r"[A-Za-z0-9+/]*", bare) or len(bare) % 4 == 1:
        raise ValueError("not base64")
    return base64.b64decode(bare + "=" * (-len(bare) % 4))
