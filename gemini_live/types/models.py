"""A model as the service lists it: https://ai.google.dev/api/models#Model.

Vertex AI lists ``publisherModels``, which say less: https://cloud.google.com/vertex-ai/docs/reference/rest.
"""

from __future__ import annotations

import attrs

from ._wire import WireValue, wire


@attrs.frozen(kw_only=True, slots=False)
class Model(WireValue):
    """One entry of a listing.

    Attributes:
        name: the full name, ``models/m`` or ``publishers/google/models/m``.
        base_model_id: what a tuned model was made of.
        version: the Gemini API's version of the model.
        version_id: Vertex AI's.
        launch_stage: how far it has come on Vertex AI, such as ``"GA"`` or ``"PUBLIC_PREVIEW"``.
        version_state: whether that version is stable, on Vertex AI.
        supported_generation_methods: what the Gemini API does with it; ``"bidiGenerateContent"`` is the Live API.
            Vertex AI does not say.
        input_token_limit: the size of the context, in tokens.
        output_token_limit: the longest answer, in tokens.
        thinking: whether it thinks.
    """

    name: str | None = wire("name")
    base_model_id: str | None = wire("baseModelId")
    version: str | None = wire("version")
    display_name: str | None = wire("displayName")
    description: str | None = wire("description")
    input_token_limit: int | None = wire("inputTokenLimit")
    output_token_limit: int | None = wire("outputTokenLimit")
    supported_generation_methods: tuple[str, ...] | None = wire("supportedGenerationMethods")
    thinking: bool | None = wire("thinking")
    temperature: float | None = wire("temperature")
    max_temperature: float | None = wire("maxTemperature")
    top_p: float | None = wire("topP")
    top_k: int | None = wire("topK")
    version_id: str | None = wire("versionId")
    launch_stage: str | None = wire("launchStage")
    version_state: str | None = wire("versionState")
