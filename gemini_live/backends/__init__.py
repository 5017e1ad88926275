"""Where to connect and as whom, and REST calls there."""

from __future__ import annotations

from .base import Backend, Endpoint, check_header
from .choosing import WHERE_OPTIONS, make_backend
from .credentials import ApiKey, Credentials, GivenToken, NoCredentials
from .developer import DeveloperBackend
from .google_credentials import GoogleCredentials
from .network import Network, read_network
from .rest import RestClient
from .urls import parse_base_url
from .vertex import VertexBackend

__all__ = [
    "ApiKey",
    "Backend",
    "Credentials",
    "DeveloperBackend",
    "Endpoint",
    "GivenToken",
    "GoogleCredentials",
    "Network",
    "NoCredentials",
    "RestClient",
    "VertexBackend",
    "WHERE_OPTIONS",
    "check_header",
    "make_backend",
    "parse_base_url",
    "read_network",
]
