"""What a turn cost."""

from __future__ import annotations

import attrs

from ._wire import WireValue, wire
from .enums import Modality, ServiceTier, TrafficType


@attrs.frozen(kw_only=True, slots=False)
class ModalityTokenCount(WireValue):
    """Tokens of one modality."""

    modality: Modality | None = wire("modality")
    token_count: int | None = wire("tokenCount")


@attrs.frozen(kw_only=True, slots=False)
class UsageMetadata(WireValue):
    """Tokens of one answer.  ``prompt_token_count`` is the whole context, billed again at every turn.

    The Gemini API says ``responseTokenCount`` where Vertex AI says ``candidatesTokenCount``: both are read, and
    :attr:`output_tokens` is whichever came.
    """

    prompt_token_count: int | None = wire("promptTokenCount")
    cached_content_token_count: int | None = wire("cachedContentTokenCount")
    response_token_count: int | None = wire("responseTokenCount")
    candidates_token_count: int | None = wire("candidatesTokenCount")
    tool_use_prompt_token_count: int | None = wire("toolUsePromptTokenCount")
    thoughts_token_count: int | None = wire("thoughtsTokenCount")
    total_token_count: int | None = wire("totalTokenCount")
    prompt_tokens_details: tuple[ModalityTokenCount, ...] | None = wire("promptTokensDetails")
    cache_tokens_details: tuple[ModalityTokenCount, ...] | None = wire("cacheTokensDetails")
    response_tokens_details: tuple[ModalityTokenCount, ...] | None = wire("responseTokensDetails")
    candidates_tokens_details: tuple[ModalityTokenCount, ...] | None = wire("candidatesTokensDetails")
    tool_use_prompt_tokens_details: tuple[ModalityTokenCount, ...] | None = wire("toolUsePromptTokensDetails")
    service_tier: ServiceTier | None = wire("serviceTier")
    traffic_type: TrafficType | None = wire("trafficType")

    @property
    def output_tokens(self) -> int:
        """Tokens of the answer under either backend's name; 0 when the server named none."""
        return self.response_token_count or self.candidates_token_count or 0

    def with_both_names(self) -> UsageMetadata:
        """Return the same value with the output counts under both backends' names."""
        count = self.response_token_count if self.response_token_count is not None else self.candidates_token_count
        details = self.response_tokens_details or self.candidates_tokens_details
        return attrs.evolve(
            self,
            response_token_count=count,
            candidates_token_count=count,
            response_tokens_details=details,
            candidates_tokens_details=details,
        )
