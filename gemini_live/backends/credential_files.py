"""Credentials of google-auth from what a program gives: an object, a key file, or a key file's content."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..exceptions import ConfigError
from .sharing import shared_by_content

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)


def read_credentials(given: Any, *, path: str = "credentials") -> Any:
    """Return what a program gave as credentials of google-auth.

    Args:
        given: credentials of google-auth; or the file, or the content, of a service account's key, of an authorized
            user's, or of an impersonation.
        path: the option's name, for errors.

    Raises:
        ConfigError: it is none of that; the error shows nothing of a file's content.
    """
    if isinstance(given, (str, os.PathLike)):
        return _shared(_read_file(Path(given).expanduser(), path), path)
    if isinstance(given, Mapping):
        return _shared(given, path)
    if not hasattr(given, "token") or not callable(getattr(given, "refresh", None)):
        raise ConfigError(
            f"must be credentials of google-auth, or a service account's key file, not {type(given).__name__}",
            path=path,
        )
    return given


def _shared(info: Mapping[str, Any], path: str) -> Any:
    """Return the credentials of a file's content, the same ones for the same content: their token is fetched once."""
    content = json.dumps(info, sort_keys=True, default=repr)
    return shared_by_content(hashlib.sha256(content.encode()).hexdigest(), lambda: _from_info(info, path))


def _read_file(file: Path, path: str) -> Mapping[str, Any]:
    try:
        info = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: {error.strerror or error}", path=path) from None
    except ValueError:
        info = None
    if not isinstance(info, dict):
        raise ConfigError(f"{file}: is no JSON file of credentials", path=path)
    return info


def _from_info(info: Mapping[str, Any], path: str) -> Any:
    """Return credentials made of a key file's content; a file may say which project pays."""
    credentials, quota = _of_kind(info, path), info.get("quota_project_id")
    return credentials.with_quota_project(quota) if isinstance(quota, str) and quota else credentials


def _of_kind(info: Mapping[str, Any], path: str) -> Any:
    kind = info.get("type")
    try:
        if kind == "service_account":
            from google.oauth2 import service_account  # noqa: PLC0415 - only programs that use it pay for it

            return service_account.Credentials.from_service_account_info(info, scopes=SCOPES)
        if kind == "authorized_user":
            from google.oauth2.credentials import Credentials  # noqa: PLC0415

            return Credentials.from_authorized_user_info(info, scopes=SCOPES)
        if kind == "impersonated_service_account":
            from google.auth.impersonated_credentials import Credentials as Impersonated  # noqa: PLC0415

            return Impersonated.from_impersonated_service_account_info(info, scopes=SCOPES)
    except Exception as error:  # noqa: BLE001 - what a parser of keys raises may show a part of the key
        raise ConfigError(f"is no usable {kind} ({type(error).__name__})", path=path) from None
    raise ConfigError(
        f"is of type {str(kind)[:40]!r}; taken are 'service_account', 'authorized_user' and "
        "'impersonated_service_account', others through GOOGLE_APPLICATION_CREDENTIALS",
        path=path,
    )
