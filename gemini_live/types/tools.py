"""What a model may use: functions of the program's, and the service's own tools.

Fields: https://ai.google.dev/api/caching#Tool
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ..exceptions import ConfigError
from . import kinds
from ._wire import WireValue, hidden, wire
from .codec import ObjectKind, plan_of
from .retrieval import AuthConfig, GoogleSearchRetrieval, Retrieval
from .schema import Schema
from .times import DURATION_MS, TIMESTAMP
from .tool_enums import Behavior, Environment, PhishBlockThreshold, SafetyPolicy

MAX_DECLARATIONS = 512
_FUNCTION_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:-]{0,127}")


@attrs.frozen(kw_only=True, slots=False)
class FunctionDeclaration(WireValue):
    """A function that the model may ask for.

    Attributes:
        name: a letter or ``_``, then letters, digits and ``_ . : -``; at most 128 characters.
        description: what it does and when to use it, for the model.
        parameters: an object's schema; the arguments are its properties.
        response: the answer's schema.
        behavior: whether the model waits for the answer.
        parameters_json_schema: the same as ``parameters``, which it is turned into: the Live API overlooks it.
        response_json_schema: likewise for ``response``.
    """

    name: str | None = wire("name", required=True)
    description: str | None = wire("description")
    parameters: Schema | None = wire("parameters")
    response: Schema | None = wire("response")
    behavior: Behavior | None = wire("behavior")
    parameters_json_schema: Any = wire("parametersJsonSchema")
    response_json_schema: Any = wire("responseJsonSchema")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Turn ``parameters_json_schema`` into ``parameters``."""
        for plain, camel in (("parameters", "parametersJsonSchema"), ("response", "responseJsonSchema")):
            given = f"{plain}_json_schema"
            if isinstance(value, cls):
                given_schema, other = getattr(value, given), getattr(value, plain)
            elif isinstance(value, Mapping):
                given = given if value.get(given) is not None else camel
                given_schema, other = value.get(given), value.get(plain)
            else:
                return value
            if given_schema is None:
                continue
            place = kinds.join(path, given)
            schema = other
            with kinds.Gather(problems):
                if other is not None:
                    raise ConfigError(f"says the same as {plain}; give one of them", path=place)
                schema = ObjectKind(Schema).parse(given_schema, place)
            if isinstance(value, cls):
                value = attrs.evolve(value, **{plain: schema, given: None})
            else:
                value = {**{key: item for key, item in value.items() if key != given}, plain: schema}
        return value

    def check(self, path: str) -> Iterator[ConfigError]:
        """Names as the API takes them."""
        if self.name is not None and not _FUNCTION_NAME.fullmatch(self.name):
            yield ConfigError(
                "must be a letter or _, then at most 127 letters, digits or _ . : -", path=kinds.join(path, "name")
            )


@attrs.frozen(kw_only=True, slots=False)
class WebSearch(WireValue):
    """Searches pages; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class ImageSearch(WireValue):
    """Searches pictures; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class SearchTypes(WireValue):
    """What is searched."""

    web_search: WebSearch | None = wire("webSearch")
    image_search: ImageSearch | None = wire("imageSearch")


@attrs.frozen(kw_only=True, slots=False)
class Interval(WireValue):
    """A stretch of time, from and up to; moments as RFC 3339 text, or given as datetimes that know their zone."""

    start_time: str | None = wire("startTime", kind=TIMESTAMP)
    end_time: str | None = wire("endTime", kind=TIMESTAMP)


@attrs.frozen(kw_only=True, slots=False)
class GoogleSearch(WireValue):
    """Google Search; ``{}`` is enough."""

    search_types: SearchTypes | None = wire("searchTypes")
    time_range_filter: Interval | None = wire("timeRangeFilter", only="gemini")
    blocking_confidence: PhishBlockThreshold | None = wire("blockingConfidence", only="vertex_ai")
    exclude_domains: tuple[str, ...] | None = wire("excludeDomains", only="vertex_ai")


@attrs.frozen(kw_only=True, slots=False)
class EnterpriseWebSearch(WireValue):
    """Web search for enterprises (Vertex AI)."""

    blocking_confidence: PhishBlockThreshold | None = wire("blockingConfidence")
    exclude_domains: tuple[str, ...] | None = wire("excludeDomains")


@attrs.frozen(kw_only=True, slots=False)
class GoogleMapsPlaces(WireValue):
    """Finds places; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class GoogleMapsRouting(WireValue):
    """Finds ways; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class GoogleMapsGroundingTypes(WireValue):
    """What is looked up on the map."""

    places: GoogleMapsPlaces | None = wire("places")
    routing: GoogleMapsRouting | None = wire("routing")


@attrs.frozen(kw_only=True, slots=False)
class GoogleMaps(WireValue):
    """Google Maps; ``enable_widget`` asks for a token that a map can be shown with."""

    auth_config: AuthConfig | None = wire("authConfig")
    enable_widget: bool | None = wire("enableWidget")
    grounding_types: GoogleMapsGroundingTypes | None = wire("groundingTypes", only="vertex_ai")


@attrs.frozen(kw_only=True, slots=False)
class ToolCodeExecution(WireValue):
    """Runs Python that the model writes; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class UrlContext(WireValue):
    """Reads pages whose addresses are in the conversation; there is nothing to be said of it."""


@attrs.frozen(kw_only=True, slots=False)
class ComputerUse(WireValue):
    """Works a screen by itself."""

    environment: Environment | None = wire("environment")
    excluded_predefined_functions: tuple[str, ...] | None = wire("excludedPredefinedFunctions")
    enable_prompt_injection_detection: bool | None = wire("enablePromptInjectionDetection")
    disabled_safety_policies: tuple[SafetyPolicy, ...] | None = wire("disabledSafetyPolicies")


@attrs.frozen(kw_only=True, slots=False)
class FileSearch(WireValue):
    """Looks documents up in file search stores, at most ``top_k`` pieces (Gemini API)."""

    file_search_store_names: tuple[str, ...] | None = wire("fileSearchStoreNames")
    top_k: int | None = wire("topK", range=(1, None))
    metadata_filter: str | None = wire("metadataFilter")


@attrs.frozen(kw_only=True, slots=False)
class StreamableHttpTransport(WireValue):
    """Where a tool server is.  Header names are user data; times are in milliseconds, or text such as ``"30s"``."""

    url: str | None = wire("url")
    headers: dict[str, str] | None = wire("headers", repr=hidden)
    timeout_ms: float | None = wire("timeout", kind=DURATION_MS, range=(0, None))
    sse_read_timeout_ms: float | None = wire("sseReadTimeout", kind=DURATION_MS, range=(0, None))
    terminate_on_close: bool | None = wire("terminateOnClose")


@attrs.frozen(kw_only=True, slots=False)
class McpServer(WireValue):
    """A tool server that the service itself asks, by the Model Context Protocol (Gemini API)."""

    name: str | None = wire("name")
    streamable_http_transport: StreamableHttpTransport | None = wire("streamableHttpTransport")


@attrs.frozen(kw_only=True, slots=False)
class ToolParallelAiSearch(WireValue):
    """Searches by Parallel (Vertex AI); ``custom_configs`` are passed on to it as they are."""

    api_key: str | None = wire("apiKey", repr=hidden)
    custom_configs: dict[str, Any] | None = wire("customConfigs")
    enable_data_retention: bool | None = wire("enableDataRetention")
    enable_zero_data_retention: bool | None = wire("enableZeroDataRetention")


@attrs.frozen(kw_only=True, slots=False)
class ToolExaAiSearch(WireValue):
    """Searches by Exa (Vertex AI); ``custom_configs`` are passed on to it as they are."""

    api_key: str | None = wire("apiKey", repr=hidden)
    custom_configs: dict[str, Any] | None = wire("customConfigs")


@attrs.frozen(kw_only=True, slots=False)
class Tool(WireValue):
    """Functions, or one of the service's own tools.

    A program may also write a declaration, or a list of them, where a tool belongs.
    """

    function_declarations: tuple[FunctionDeclaration, ...] | None = wire("functionDeclarations")
    google_search: GoogleSearch | None = wire("googleSearch")
    google_search_retrieval: GoogleSearchRetrieval | None = wire("googleSearchRetrieval")
    code_execution: ToolCodeExecution | None = wire("codeExecution")
    url_context: UrlContext | None = wire("urlContext")
    google_maps: GoogleMaps | None = wire("googleMaps")
    computer_use: ComputerUse | None = wire("computerUse")
    file_search: FileSearch | None = wire("fileSearch", only="gemini")
    mcp_servers: tuple[McpServer, ...] | None = wire("mcpServers", only="gemini")
    retrieval: Retrieval | None = wire("retrieval", only="vertex_ai")
    enterprise_web_search: EnterpriseWebSearch | None = wire("enterpriseWebSearch", only="vertex_ai")
    parallel_ai_search: ToolParallelAiSearch | None = wire("parallelAiSearch", only="vertex_ai")
    exa_ai_search: ToolExaAiSearch | None = wire("exaAiSearch", only="vertex_ai")

    @classmethod
    def coerce(cls, value: Any, path: str, problems: list[ConfigError]) -> Any:
        """Take a function's declaration, or a list of them."""
        kind: kinds.Kind = ObjectKind(FunctionDeclaration)
        bare = isinstance(value, Mapping) and "name" in value and not value.keys() & plan_of(cls).by_key.keys()
        if isinstance(value, FunctionDeclaration) or bare:
            with kinds.Gather(problems):
                return cls(function_declarations=(kind.parse(value, path),))
            return cls()
        if isinstance(value, (list, tuple)):
            with kinds.Gather(problems):
                return cls(function_declarations=kinds.ListKind(kind).parse(value, path))
            return cls()
        return value


def check_declarations(tools: tuple[Tool, ...] | None, path: str) -> Iterator[ConfigError]:
    """Yield what is wrong with all functions together: too many, or two of one name."""
    seen: set[str] = set()
    count = 0
    for index, tool in enumerate(tools or ()):
        for place, declaration in enumerate(tool.function_declarations or ()):
            count += 1
            if declaration.name in seen:
                where = f"{path}[{index}].function_declarations[{place}].name"
                yield ConfigError(f"{declaration.name!r} is declared twice", path=where)
            seen.add(declaration.name or "")
    if count > MAX_DECLARATIONS:
        yield ConfigError(f"declare at most {MAX_DECLARATIONS} functions, not {count}", path=path)
