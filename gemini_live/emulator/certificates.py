"""A certificate authority that lives as long as one run of the server."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

import attrs

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@attrs.frozen
class Certificates:
    """What a TLS server and its clients need.

    Attributes:
        server: the server's side.
        client: a client's side, which trusts this server and nothing else.
        ca_file: a PEM file of the authority.
    """

    server: ssl.SSLContext
    client: ssl.SSLContext
    ca_file: str

    def remove(self) -> None:
        """Delete the PEM file; a second call does nothing."""
        Path(self.ca_file).unlink(missing_ok=True)


def make_certificates(host: str) -> Certificates:
    """Make an authority and a certificate for ``host`` and the loopback's names.  Needs the extra."""
    import trustme  # noqa: PLC0415 - only with the extra

    authority = trustme.CA()
    leaf = authority.issue_cert(*dict.fromkeys((*LOCAL_NAMES, host)))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(server)
    descriptor, ca_file = tempfile.mkstemp(prefix="gemini-live-emulator-", suffix=".pem")
    with os.fdopen(descriptor, "wb") as file:
        file.write(authority.cert_pem.bytes())
    return Certificates(server=server, client=ssl.create_default_context(cafile=ca_file), ca_file=ca_file)
