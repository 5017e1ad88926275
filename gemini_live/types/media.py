"""What is said about media beside their bytes: which piece of them is meant, and how closely they are looked at.

Fields: https://ai.google.dev/api/caching#Part
"""

from __future__ import annotations

import attrs

from ._wire import WireValue, sized, wire
from .content_enums import (
    DocumentMetadataContentLayer,
    MediaProcessing,
    PartMediaResolutionLevel,
    SpreadsheetMetadataContentLayer,
    VideoMetadataContentLayer,
)
from .times import DURATION_MS


@attrs.frozen(kw_only=True, slots=False)
class Blob(WireValue):
    """Bytes with a type.  In ``data``, ``bytes`` are raw and a string is base64 already."""

    mime_type: str | None = wire("mimeType")
    data: bytes | None = wire("data", repr=sized)
    display_name: str | None = wire("displayName")


@attrs.frozen(kw_only=True, slots=False)
class FileData(WireValue):
    """A reference to an uploaded file."""

    mime_type: str | None = wire("mimeType")
    file_uri: str | None = wire("fileUri")
    display_name: str | None = wire("displayName")


@attrs.frozen(kw_only=True, slots=False)
class PartMediaResolution(WireValue):
    """How closely the model looks at one part: a level, or a number of tokens."""

    level: PartMediaResolutionLevel | None = wire("level")
    num_tokens: int | None = wire("numTokens", range=(1, None))


@attrs.frozen(kw_only=True, slots=False)
class VideoMetadata(WireValue):
    """Which piece of a video is meant, from and to in milliseconds, and how many frames a second (at most 24)."""

    start_offset_ms: float | None = wire("startOffset", kind=DURATION_MS)
    end_offset_ms: float | None = wire("endOffset", kind=DURATION_MS)
    fps: float | None = wire("fps", range=(0, 24))
    content_layers: tuple[VideoMetadataContentLayer, ...] | None = wire("contentLayers")


@attrs.frozen(kw_only=True, slots=False)
class AudioMetadata(WireValue):
    """Which piece of a recording is meant, from and to in milliseconds."""

    start_offset_ms: float | None = wire("startOffset", kind=DURATION_MS)
    end_offset_ms: float | None = wire("endOffset", kind=DURATION_MS)


@attrs.frozen(kw_only=True, slots=False)
class DocumentMetadata(WireValue):
    """Which pages of a document are meant."""

    start_page: int | None = wire("startPage")
    end_page: int | None = wire("endPage")
    content_layers: tuple[DocumentMetadataContentLayer, ...] | None = wire("contentLayers")


@attrs.frozen(kw_only=True, slots=False)
class SpreadsheetMetadata(WireValue):
    """Which cells of a spreadsheet are meant."""

    visible_cells: str | None = wire("visibleCells")
    sheet_index: int | None = wire("sheetIndex")
    content_layers: tuple[SpreadsheetMetadataContentLayer, ...] | None = wire("contentLayers")


@attrs.frozen(kw_only=True, slots=False)
class SpeechMetadata(WireValue):
    """Who speaks, and in which manner."""

    speaker: str | None = wire("speaker")
    style: str | None = wire("style")


@attrs.frozen(kw_only=True, slots=False)
class WordInfo(WireValue):
    """A word of a transcription with its place in the audio, from and to in milliseconds."""

    word: str | None = wire("word")
    start_offset_ms: float | None = wire("startOffset", kind=DURATION_MS)
    end_offset_ms: float | None = wire("endOffset", kind=DURATION_MS)


@attrs.frozen(kw_only=True, slots=False)
class Transcription(WireValue):
    """A piece of what was said, as text; pieces are put together as they are, blanks included."""

    text: str | None = wire("text")
    finished: bool | None = wire("finished")
    language_code: str | None = wire("languageCode")
    speaker_label: str | None = wire("speakerLabel")
    words: tuple[WordInfo, ...] | None = wire("words")
    start_offset_ms: float | None = wire("startOffset", kind=DURATION_MS)
    end_offset_ms: float | None = wire("endOffset", kind=DURATION_MS)


@attrs.frozen(kw_only=True, slots=False)
class FunctionResponseBlob(WireValue):
    """Bytes that a function answers with."""

    mime_type: str | None = wire("mimeType")
    data: bytes | None = wire("data", repr=sized)
    display_name: str | None = wire("displayName")


@attrs.frozen(kw_only=True, slots=False)
class FunctionResponseFileData(WireValue):
    """A file that a function answers with."""

    mime_type: str | None = wire("mimeType")
    file_uri: str | None = wire("fileUri")
    display_name: str | None = wire("displayName")


@attrs.frozen(kw_only=True, slots=False)
class FunctionResponsePart(WireValue):
    """A picture, a recording or a file in a function's answer."""

    inline_data: FunctionResponseBlob | None = wire("inlineData")
    file_data: FunctionResponseFileData | None = wire("fileData")
    media_processing: MediaProcessing | None = wire("mediaProcessing", only="gemini")
    media_resolution: PartMediaResolution | None = wire("mediaResolution")
    video_metadata: VideoMetadata | None = wire("videoMetadata")
    document_metadata: DocumentMetadata | None = wire("documentMetadata")
    spreadsheet_metadata: SpreadsheetMetadata | None = wire("spreadsheetMetadata")
    audio_metadata: AudioMetadata | None = wire("audioMetadata")
