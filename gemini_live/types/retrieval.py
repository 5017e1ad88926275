"""Tools that look something up in other services, and how they say who they are.

Fields: https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1beta1/Tool
"""

from __future__ import annotations

import attrs

from ._wire import WireValue, hidden, wire
from .tool_enums import ApiSpec, AuthType, DynamicRetrievalConfigMode, HttpElementLocation


@attrs.frozen(kw_only=True, slots=False)
class ApiAuthApiKeyConfig(WireValue):
    """A key, or the name of the secret that holds it."""

    api_key_secret_version: str | None = wire("apiKeySecretVersion")
    api_key_string: str | None = wire("apiKeyString", repr=hidden)


@attrs.frozen(kw_only=True, slots=False)
class ApiAuth(WireValue):
    """The older form of :class:`AuthConfig`."""

    api_key_config: ApiAuthApiKeyConfig | None = wire("apiKeyConfig")


@attrs.frozen(kw_only=True, slots=False)
class ApiKeyConfig(WireValue):
    """A key, or the name of the secret that holds it, and where in the request it goes."""

    api_key_secret: str | None = wire("apiKeySecret")
    api_key_string: str | None = wire("apiKeyString", repr=hidden)
    http_element_location: HttpElementLocation | None = wire("httpElementLocation")
    name: str | None = wire("name")


@attrs.frozen(kw_only=True, slots=False)
class AuthConfigGoogleServiceAccountConfig(WireValue):
    """A service account that the service speaks as."""

    service_account: str | None = wire("serviceAccount")


@attrs.frozen(kw_only=True, slots=False)
class AuthConfigHttpBasicAuthConfig(WireValue):
    """The name of the secret that holds user and password."""

    credential_secret: str | None = wire("credentialSecret")


@attrs.frozen(kw_only=True, slots=False)
class AuthConfigOauthConfig(WireValue):
    """An access token, or the service account that gets one."""

    access_token: str | None = wire("accessToken", repr=hidden)
    service_account: str | None = wire("serviceAccount")


@attrs.frozen(kw_only=True, slots=False)
class AuthConfigOidcConfig(WireValue):
    """An identity token, or the service account that gets one."""

    id_token: str | None = wire("idToken", repr=hidden)
    service_account: str | None = wire("serviceAccount")


@attrs.frozen(kw_only=True, slots=False)
class AuthConfig(WireValue):
    """How a tool says who it is.  The Gemini API knows ``api_key`` alone."""

    api_key: str | None = wire("apiKey", repr=hidden)
    api_key_config: ApiKeyConfig | None = wire("apiKeyConfig", only="vertex_ai")
    auth_type: AuthType | None = wire("authType", only="vertex_ai")
    google_service_account_config: AuthConfigGoogleServiceAccountConfig | None = wire(
        "googleServiceAccountConfig", only="vertex_ai"
    )
    http_basic_auth_config: AuthConfigHttpBasicAuthConfig | None = wire("httpBasicAuthConfig", only="vertex_ai")
    oauth_config: AuthConfigOauthConfig | None = wire("oauthConfig", only="vertex_ai")
    oidc_config: AuthConfigOidcConfig | None = wire("oidcConfig", only="vertex_ai")


@attrs.frozen(kw_only=True, slots=False)
class ExternalApiElasticSearchParams(WireValue):
    """Which index of an Elasticsearch is asked, by which template, and for how many hits."""

    index: str | None = wire("index")
    num_hits: int | None = wire("numHits", range=(1, None))
    search_template: str | None = wire("searchTemplate")


@attrs.frozen(kw_only=True, slots=False)
class ExternalApiSimpleSearchParams(WireValue):
    """Nothing is to be said of a simple search; it is there or not."""


@attrs.frozen(kw_only=True, slots=False)
class ExternalApi(WireValue):
    """A search of the program's own, at a URL."""

    api_auth: ApiAuth | None = wire("apiAuth")
    api_spec: ApiSpec | None = wire("apiSpec")
    auth_config: AuthConfig | None = wire("authConfig")
    elastic_search_params: ExternalApiElasticSearchParams | None = wire("elasticSearchParams")
    endpoint: str | None = wire("endpoint")
    simple_search_params: ExternalApiSimpleSearchParams | None = wire("simpleSearchParams")


@attrs.frozen(kw_only=True, slots=False)
class VertexAISearchDataStoreSpec(WireValue):
    """A data store, and which of its documents count."""

    data_store: str | None = wire("dataStore")
    filter: str | None = wire("filter")


@attrs.frozen(kw_only=True, slots=False)
class VertexAISearch(WireValue):
    """Documents in Vertex AI Search: a data store or an engine, by its full name."""

    data_store_specs: tuple[VertexAISearchDataStoreSpec, ...] | None = wire("dataStoreSpecs")
    datastore: str | None = wire("datastore")
    engine: str | None = wire("engine")
    filter: str | None = wire("filter")
    max_results: int | None = wire("maxResults", range=(1, None))


@attrs.frozen(kw_only=True, slots=False)
class VertexRagStoreRagResource(WireValue):
    """A corpus, or some of its files."""

    rag_corpus: str | None = wire("ragCorpus")
    rag_file_ids: tuple[str, ...] | None = wire("ragFileIds")


@attrs.frozen(kw_only=True, slots=False)
class RagRetrievalConfigFilter(WireValue):
    """Which pieces of a corpus count."""

    metadata_filter: str | None = wire("metadataFilter")
    vector_distance_threshold: float | None = wire("vectorDistanceThreshold")
    vector_similarity_threshold: float | None = wire("vectorSimilarityThreshold")


@attrs.frozen(kw_only=True, slots=False)
class RagRetrievalConfigHybridSearch(WireValue):
    """How much meaning weighs against words: 0 is words alone, 1 meaning alone."""

    alpha: float | None = wire("alpha", range=(0, 1))


@attrs.frozen(kw_only=True, slots=False)
class RagRetrievalConfigRankingLlmRanker(WireValue):
    """A model that puts the hits in order."""

    model_name: str | None = wire("modelName")


@attrs.frozen(kw_only=True, slots=False)
class RagRetrievalConfigRankingRankService(WireValue):
    """A ranking service that puts the hits in order."""

    model_name: str | None = wire("modelName")


@attrs.frozen(kw_only=True, slots=False)
class RagRetrievalConfigRanking(WireValue):
    """What puts the hits in order."""

    llm_ranker: RagRetrievalConfigRankingLlmRanker | None = wire("llmRanker")
    rank_service: RagRetrievalConfigRankingRankService | None = wire("rankService")


@attrs.frozen(kw_only=True, slots=False)
class RagRetrievalConfig(WireValue):
    """How a corpus is searched."""

    filter: RagRetrievalConfigFilter | None = wire("filter")
    hybrid_search: RagRetrievalConfigHybridSearch | None = wire("hybridSearch")
    ranking: RagRetrievalConfigRanking | None = wire("ranking")
    top_k: int | None = wire("topK", range=(1, None))


@attrs.frozen(kw_only=True, slots=False)
class VertexRagStore(WireValue):
    """Documents in a RAG corpus."""

    rag_corpora: tuple[str, ...] | None = wire("ragCorpora")
    rag_resources: tuple[VertexRagStoreRagResource, ...] | None = wire("ragResources")
    rag_retrieval_config: RagRetrievalConfig | None = wire("ragRetrievalConfig")
    similarity_top_k: int | None = wire("similarityTopK", range=(1, None))
    store_context: bool | None = wire("storeContext")
    vector_distance_threshold: float | None = wire("vectorDistanceThreshold")


@attrs.frozen(kw_only=True, slots=False)
class Retrieval(WireValue):
    """Looks documents up (Vertex AI)."""

    disable_attribution: bool | None = wire("disableAttribution")
    external_api: ExternalApi | None = wire("externalApi")
    vertex_ai_search: VertexAISearch | None = wire("vertexAiSearch")
    vertex_rag_store: VertexRagStore | None = wire("vertexRagStore")


@attrs.frozen(kw_only=True, slots=False)
class DynamicRetrievalConfig(WireValue):
    """When old models search: from which likelihood that it helps."""

    dynamic_threshold: float | None = wire("dynamicThreshold")
    mode: DynamicRetrievalConfigMode | None = wire("mode")


@attrs.frozen(kw_only=True, slots=False)
class GoogleSearchRetrieval(WireValue):
    """Google Search for old models."""

    dynamic_retrieval_config: DynamicRetrievalConfig | None = wire("dynamicRetrievalConfig")
