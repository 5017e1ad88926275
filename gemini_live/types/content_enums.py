"""The closed sets of contents, open as all of them; see :mod:`.enums`."""

from __future__ import annotations

from .enums import OpenEnum


class PartMediaResolutionLevel(OpenEnum):
    """How closely the model looks at one part."""

    UNSPECIFIED = "MEDIA_RESOLUTION_UNSPECIFIED"
    LOW = "MEDIA_RESOLUTION_LOW"
    MEDIUM = "MEDIA_RESOLUTION_MEDIUM"
    HIGH = "MEDIA_RESOLUTION_HIGH"
    ULTRA_HIGH = "MEDIA_RESOLUTION_ULTRA_HIGH"


class Outcome(OpenEnum):
    """How a run of the model's code ended."""

    UNSPECIFIED = "OUTCOME_UNSPECIFIED"
    OK = "OUTCOME_OK"
    FAILED = "OUTCOME_FAILED"
    DEADLINE_EXCEEDED = "OUTCOME_DEADLINE_EXCEEDED"


class Language(OpenEnum):
    """What the model's code is written in."""

    UNSPECIFIED = "LANGUAGE_UNSPECIFIED"
    PYTHON = "PYTHON"


class FunctionResponseScheduling(OpenEnum):
    """When the model takes up the answer of a function that it did not wait for."""

    UNSPECIFIED = "SCHEDULING_UNSPECIFIED"
    SILENT = "SILENT"
    WHEN_IDLE = "WHEN_IDLE"
    INTERRUPT = "INTERRUPT"


class MediaProcessing(OpenEnum):
    """Whether media are looked at once, or by the model's own steps."""

    UNSPECIFIED = "MEDIA_PROCESSING_UNSPECIFIED"
    STATIC = "STATIC"
    AGENTIC = "AGENTIC"


class VideoMetadataContentLayer(OpenEnum):
    """What of a video is used."""

    UNSPECIFIED = "CONTENT_LAYER_UNSPECIFIED"
    FRAMES = "FRAMES"
    AUDIO = "AUDIO"
    TRANSCRIPT = "TRANSCRIPT"


class DocumentMetadataContentLayer(OpenEnum):
    """What of a document is used."""

    UNSPECIFIED = "CONTENT_LAYER_UNSPECIFIED"
    PAGE_IMAGE = "PAGE_IMAGE"
    PAGE_TEXT = "PAGE_TEXT"


class SpreadsheetMetadataContentLayer(OpenEnum):
    """What of a spreadsheet is used."""

    UNSPECIFIED = "CONTENT_LAYER_UNSPECIFIED"
    DATA = "DATA"
    FORMULAS = "FORMULAS"
    VISUAL = "VISUAL"


class ToolType(OpenEnum):
    """A tool that the service runs itself."""

    UNSPECIFIED = "TOOL_TYPE_UNSPECIFIED"
    GOOGLE_SEARCH_WEB = "GOOGLE_SEARCH_WEB"
    GOOGLE_SEARCH_IMAGE = "GOOGLE_SEARCH_IMAGE"
    URL_CONTEXT = "URL_CONTEXT"
    GOOGLE_MAPS = "GOOGLE_MAPS"
    FILE_SEARCH = "FILE_SEARCH"
    MEDIA_PROCESSING = "MEDIA_PROCESSING"


class UrlRetrievalStatus(OpenEnum):
    """Whether a page could be read."""

    UNSPECIFIED = "URL_RETRIEVAL_STATUS_UNSPECIFIED"
    SUCCESS = "URL_RETRIEVAL_STATUS_SUCCESS"
    ERROR = "URL_RETRIEVAL_STATUS_ERROR"
    PAYWALL = "URL_RETRIEVAL_STATUS_PAYWALL"
    UNSAFE = "URL_RETRIEVAL_STATUS_UNSAFE"
