"""Ephemeral tokens, for programs that must not see the key: https://ai.google.dev/gemini-api/docs/ephemeral-tokens."""

from __future__ import annotations

from .tokens import AuthTokens

__all__ = ["AuthTokens"]
