"""Where an answer comes from: searches, pages, maps and documents.

Fields: https://ai.google.dev/api/generate-content#GroundingMetadata
"""

from __future__ import annotations

import attrs

from ._wire import WireValue, sized, wire
from .content_enums import UrlRetrievalStatus


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkImage(WireValue):
    """A picture that was found."""

    source_uri: str | None = wire("sourceUri")
    image_uri: str | None = wire("imageUri")
    title: str | None = wire("title")
    domain: str | None = wire("domain")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkMapsPlaceAnswerSourcesAuthorAttribution(WireValue):
    """Who wrote a review."""

    display_name: str | None = wire("displayName")
    photo_uri: str | None = wire("photoUri")
    uri: str | None = wire("uri")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkMapsPlaceAnswerSourcesReviewSnippet(WireValue):
    """A piece of a place's review."""

    author_attribution: GroundingChunkMapsPlaceAnswerSourcesAuthorAttribution | None = wire("authorAttribution")
    flag_content_uri: str | None = wire("flagContentUri")
    google_maps_uri: str | None = wire("googleMapsUri")
    relative_publish_time_description: str | None = wire("relativePublishTimeDescription")
    review: str | None = wire("review")
    review_id: str | None = wire("reviewId")
    title: str | None = wire("title")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkMapsPlaceAnswerSources(WireValue):
    """What an answer about a place rests on; the two backends spell the list differently."""

    flag_content_uri: str | None = wire("flagContentUri")
    review_snippet: tuple[GroundingChunkMapsPlaceAnswerSourcesReviewSnippet, ...] | None = wire("reviewSnippet")
    review_snippets: tuple[GroundingChunkMapsPlaceAnswerSourcesReviewSnippet, ...] | None = wire("reviewSnippets")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkMapsRoute(WireValue):
    """A way from one place to another; ``duration`` as the server writes it (``"600s"``)."""

    distance_meters: int | None = wire("distanceMeters")
    duration: str | None = wire("duration")
    encoded_polyline: str | None = wire("encodedPolyline")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkMaps(WireValue):
    """A place on Google Maps."""

    place_answer_sources: GroundingChunkMapsPlaceAnswerSources | None = wire("placeAnswerSources")
    place_id: str | None = wire("placeId")
    text: str | None = wire("text")
    title: str | None = wire("title")
    uri: str | None = wire("uri")
    route: GroundingChunkMapsRoute | None = wire("route")


@attrs.frozen(kw_only=True, slots=False)
class RagChunkPageSpan(WireValue):
    """The pages that a piece of a document is on."""

    first_page: int | None = wire("firstPage")
    last_page: int | None = wire("lastPage")


@attrs.frozen(kw_only=True, slots=False)
class RagChunk(WireValue):
    """A piece of a document in a RAG corpus."""

    page_span: RagChunkPageSpan | None = wire("pageSpan")
    text: str | None = wire("text")
    chunk_id: str | None = wire("chunkId")
    file_id: str | None = wire("fileId")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkStringList(WireValue):
    """Several strings under one key."""

    values: tuple[str, ...] | None = wire("values")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkCustomMetadata(WireValue):
    """What a program once noted about a document."""

    key: str | None = wire("key")
    numeric_value: float | None = wire("numericValue")
    string_list_value: GroundingChunkStringList | None = wire("stringListValue")
    string_value: str | None = wire("stringValue")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkRetrievedContext(WireValue):
    """A piece of a document of the program's own."""

    document_name: str | None = wire("documentName")
    rag_chunk: RagChunk | None = wire("ragChunk")
    text: str | None = wire("text")
    title: str | None = wire("title")
    uri: str | None = wire("uri")
    custom_metadata: tuple[GroundingChunkCustomMetadata, ...] | None = wire("customMetadata")
    file_search_store: str | None = wire("fileSearchStore")
    page_number: int | None = wire("pageNumber")
    media_id: str | None = wire("mediaId")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunkWeb(WireValue):
    """A page of the web."""

    domain: str | None = wire("domain")
    title: str | None = wire("title")
    uri: str | None = wire("uri")


@attrs.frozen(kw_only=True, slots=False)
class GroundingChunk(WireValue):
    """One source; one of the fields is set."""

    image: GroundingChunkImage | None = wire("image")
    maps: GroundingChunkMaps | None = wire("maps")
    retrieved_context: GroundingChunkRetrievedContext | None = wire("retrievedContext")
    web: GroundingChunkWeb | None = wire("web")


@attrs.frozen(kw_only=True, slots=False)
class Segment(WireValue):
    """A stretch of the answer; the indices count bytes of UTF-8, the end is the first byte after it."""

    start_index: int | None = wire("startIndex")
    end_index: int | None = wire("endIndex")
    part_index: int | None = wire("partIndex")
    text: str | None = wire("text")


@attrs.frozen(kw_only=True, slots=False)
class GroundingSupport(WireValue):
    """Which sources a stretch of the answer rests on, by their places in ``grounding_chunks``; confidence 0 to 1."""

    confidence_scores: tuple[float, ...] | None = wire("confidenceScores")
    grounding_chunk_indices: tuple[int, ...] | None = wire("groundingChunkIndices")
    segment: Segment | None = wire("segment")
    rendered_parts: tuple[int, ...] | None = wire("renderedParts")


@attrs.frozen(kw_only=True, slots=False)
class RetrievalMetadata(WireValue):
    """How likely a search was to help, 0 to 1."""

    google_search_dynamic_retrieval_score: float | None = wire("googleSearchDynamicRetrievalScore")


@attrs.frozen(kw_only=True, slots=False)
class SearchEntryPoint(WireValue):
    """What Google wants shown beside an answer that it was searched for: HTML, and the same as data."""

    rendered_content: str | None = wire("renderedContent")
    sdk_blob: bytes | None = wire("sdkBlob", repr=sized)


@attrs.frozen(kw_only=True, slots=False)
class GroundingMetadataSourceFlaggingUri(WireValue):
    """Where a source can be reported."""

    flag_content_uri: str | None = wire("flagContentUri")
    source_id: str | None = wire("sourceId")


@attrs.frozen(kw_only=True, slots=False)
class GroundingMetadata(WireValue):
    """What was searched for, what was found, and what of the answer rests on it."""

    web_search_queries: tuple[str, ...] | None = wire("webSearchQueries")
    image_search_queries: tuple[str, ...] | None = wire("imageSearchQueries")
    retrieval_queries: tuple[str, ...] | None = wire("retrievalQueries")
    grounding_chunks: tuple[GroundingChunk, ...] | None = wire("groundingChunks")
    grounding_supports: tuple[GroundingSupport, ...] | None = wire("groundingSupports")
    retrieval_metadata: RetrievalMetadata | None = wire("retrievalMetadata")
    search_entry_point: SearchEntryPoint | None = wire("searchEntryPoint")
    google_maps_widget_context_token: str | None = wire("googleMapsWidgetContextToken")
    source_flagging_uris: tuple[GroundingMetadataSourceFlaggingUri, ...] | None = wire("sourceFlaggingUris")


@attrs.frozen(kw_only=True, slots=False)
class UrlMetadata(WireValue):
    """A page that the model wanted to read, and whether it could."""

    retrieved_url: str | None = wire("retrievedUrl")
    url_retrieval_status: UrlRetrievalStatus | None = wire("urlRetrievalStatus")


@attrs.frozen(kw_only=True, slots=False)
class UrlContextMetadata(WireValue):
    """The pages that the tool ``url_context`` read."""

    url_metadata: tuple[UrlMetadata, ...] | None = wire("urlMetadata")
