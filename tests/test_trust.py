"""One shared context for each trust."""

from __future__ import annotations

import ssl
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from gemini_live._trust import default_context
from gemini_live.exceptions import ConfigError


@pytest.fixture
def bundle(trust: Any, tmp_path: Path) -> Path:
    """A file with the test's own authority."""
    path = tmp_path / "authority.pem"
    trust.authority.cert_pem.write_to_path(str(path))
    return path


def test_the_default_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All threads get the same context, which checks names and certificates."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    found: list[ssl.SSLContext] = []
    threads = [threading.Thread(target=lambda: found.append(default_context())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert found[0].check_hostname
    assert found[0].verify_mode == ssl.CERT_REQUIRED


def test_a_bundle_is_a_trust_of_its_own(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSL_CERT_FILE takes the place of every other authority, and is read when it is needed."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    usual = default_context()
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    own = default_context()

    assert own is not usual
    assert own is default_context()
    assert len(own.get_ca_certs()) == 1


@pytest.mark.parametrize("content", [None, "this is no certificate"])
def test_a_bundle_that_can_not_be_read_is_named(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the variable and the file."""
    path = tmp_path / "missing.pem"
    if content is not None:
        path.write_text(content, "utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(ConfigError, match=r"missing\.pem") as caught:
        default_context()
    assert caught.value.path == "SSL_CERT_FILE"


def test_without_certifi_the_systems_store_is_enough(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """certifi comes with requests, but a distribution may have taken it out."""
    monkeypatch.setitem(sys.modules, "certifi", None)
    monkeypatch.setattr("gemini_live._trust._contexts", {})
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert default_context().verify_mode == ssl.CERT_REQUIRED
