"""Every field and every enum value that the API documents is there, under its own name.

Of the API's types left out are those that the Live API takes nowhere: tool and routing configurations, several voices.
"""

from __future__ import annotations

from typing import Any

import pytest

import gemini_live.types as wire_types
from gemini_live.exceptions import ConfigError
from gemini_live.types import GenerationConfig, Setup, SpeechConfig, parse
from gemini_live.types._wire import WireValue
from gemini_live.types.codec import plan_of
from gemini_live.types.enums import OpenEnum

FIELDS = {
    "ActivityEnd": "",
    "ActivityStart": "",
    "ApiAuth": "apiKeyConfig",
    "ApiAuthApiKeyConfig": "apiKeySecretVersion apiKeyString",
    "ApiKeyConfig": "apiKeySecret apiKeyString httpElementLocation name",
    "AudioMetadata": "endOffset startOffset",
    "AudioResponseFormat": "bitRate delivery mimeType sampleRate",
    "AudioTranscriptionConfig": """
        adaptationPhrases customVocabulary diarization languageAuto languageCodes languageHints mode
        sourceText wordTimestamp
    """,
    "AuthConfig": """
        apiKey apiKeyConfig authType googleServiceAccountConfig httpBasicAuthConfig oauthConfig oidcConfig
    """,
    "AuthConfigGoogleServiceAccountConfig": "serviceAccount",
    "AuthConfigHttpBasicAuthConfig": "credentialSecret",
    "AuthConfigOauthConfig": "accessToken serviceAccount",
    "AuthConfigOidcConfig": "idToken serviceAccount",
    "AuthToken": "name expireTime newSessionExpireTime uses bidiGenerateContentSetup fieldMask",
    "AutomaticActivityDetection": "disabled endOfSpeechSensitivity prefixPaddingMs silenceDurationMs startOfSpeechSensitivity",
    "AvatarConfig": "audioBitrateBps avatarName customizedAvatar videoBitrateBps",
    "Blob": "data displayName mimeType",
    "ClientContent": "turnComplete turns",
    "ClientMessage": "clientContent contextUpdate realtimeInput setup toolResponse",
    "CodeExecutionResult": "id outcome output",
    "ComputerUse": "disabledSafetyPolicies enablePromptInjectionDetection environment excludedPredefinedFunctions",
    "Content": "parts role",
    "ContextUpdate": "systemInstruction tools",
    "ContextUpdateTools": "tools",
    "ContextWindowCompressionConfig": "slidingWindow triggerTokens",
    "CustomizedAvatar": "imageData imageMimeType",
    "DocumentMetadata": "contentLayers endPage startPage",
    "DynamicRetrievalConfig": "dynamicThreshold mode",
    "EnterpriseWebSearch": "blockingConfidence excludeDomains",
    "ExecutableCode": "code id language",
    "ExternalApi": "apiAuth apiSpec authConfig elasticSearchParams endpoint simpleSearchParams",
    "ExternalApiElasticSearchParams": "index numHits searchTemplate",
    "ExternalApiSimpleSearchParams": "",
    "FileData": "displayName fileUri mimeType",
    "FileSearch": "fileSearchStoreNames metadataFilter topK",
    "FilteredPrompt": "filteredReason text",
    "FunctionCall": "args id name partialArgs willContinue",
    "FunctionDeclaration": "behavior description name parameters parametersJsonSchema response responseJsonSchema",
    "FunctionResponse": "id name parts response scheduling willContinue",
    "FunctionResponseBlob": "data displayName mimeType",
    "FunctionResponseFileData": "displayName fileUri mimeType",
    "FunctionResponsePart": """
        audioMetadata documentMetadata fileData inlineData mediaProcessing mediaResolution
        spreadsheetMetadata videoMetadata
    """,
    "GenerationConfig": """
        audioTranscriptionConfig candidateCount enableAffectiveDialog enableEnhancedCivicAnswers
        frequencyPenalty maxOutputTokens mediaResolution modelConfig presencePenalty responseFormat
        responseModalities seed speechConfig temperature thinkingConfig topK topP translationConfig
    """,
    "GoAway": "timeLeft",
    "GoogleMaps": "authConfig enableWidget groundingTypes",
    "GoogleMapsGroundingTypes": "places routing",
    "GoogleMapsPlaces": "",
    "GoogleMapsRouting": "",
    "GoogleSearch": "blockingConfidence excludeDomains searchTypes timeRangeFilter",
    "GoogleSearchRetrieval": "dynamicRetrievalConfig",
    "GroundingChunk": "image maps retrievedContext web",
    "GroundingChunkCustomMetadata": "key numericValue stringListValue stringValue",
    "GroundingChunkImage": "domain imageUri sourceUri title",
    "GroundingChunkMaps": "placeAnswerSources placeId route text title uri",
    "GroundingChunkMapsPlaceAnswerSources": "flagContentUri reviewSnippet reviewSnippets",
    "GroundingChunkMapsPlaceAnswerSourcesAuthorAttribution": "displayName photoUri uri",
    "GroundingChunkMapsPlaceAnswerSourcesReviewSnippet": """
        authorAttribution flagContentUri googleMapsUri relativePublishTimeDescription review reviewId title
    """,
    "GroundingChunkMapsRoute": "distanceMeters duration encodedPolyline",
    "GroundingChunkRetrievedContext": "customMetadata documentName fileSearchStore mediaId pageNumber ragChunk text title uri",
    "GroundingChunkStringList": "values",
    "GroundingChunkWeb": "domain title uri",
    "GroundingMetadata": """
        googleMapsWidgetContextToken groundingChunks groundingSupports imageSearchQueries retrievalMetadata
        retrievalQueries searchEntryPoint sourceFlaggingUris webSearchQueries
    """,
    "GroundingMetadataSourceFlaggingUri": "flagContentUri sourceId",
    "GroundingSupport": "confidenceScores groundingChunkIndices renderedParts segment",
    "HistoryConfig": "initialHistoryInClientContent",
    "ImageResponseFormat": "aspectRatio delivery imageSize mimeType",
    "ImageSearch": "",
    "Interval": "endTime startTime",
    "LanguageAuto": "",
    "LanguageHints": "languageCodes",
    "McpServer": "name streamableHttpTransport",
    "Model": """
        name baseModelId version displayName description inputTokenLimit outputTokenLimit supportedGenerationMethods
        thinking temperature maxTemperature topP topK versionId launchStage versionState
    """,
    "ModalityTokenCount": "modality tokenCount",
    "ModelSelectionConfig": "featureSelectionPreference",
    "MusicAudioChunk": "data mimeType sourceMetadata",
    "MusicClientContent": "weightedPrompts",
    "MusicClientMessage": "clientContent musicGenerationConfig playbackControl setup",
    "MusicGenerationConfig": """
        bpm brightness density guidance musicGenerationMode muteBass muteDrums onlyBassAndDrums scale seed temperature
        topK
    """,
    "MusicServerContent": "audioChunks",
    "MusicServerMessage": "filteredPrompt serverContent setupComplete warning",
    "MusicSetup": "model",
    "MusicSetupComplete": "",
    "MusicSourceMetadata": "clientContent musicGenerationConfig",
    "Part": """
        audioMetadata audioTranscription codeExecutionResult documentMetadata executableCode fileData
        functionCall functionResponse inlineData mediaProcessing mediaResolution partMetadata speechMetadata
        spreadsheetMetadata text thought thoughtSignature toolCall toolResponse videoMetadata
    """,
    "PartMediaResolution": "level numTokens",
    "PartToolCall": "args id toolType",
    "PartToolResponse": "id response toolType",
    "PartialArg": "boolValue jsonPath nullValue numberValue stringValue willContinue",
    "PrebuiltVoiceConfig": "voiceName",
    "ProactivityConfig": "proactiveAudio proactiveVideo",
    "RagChunk": "chunkId fileId pageSpan text",
    "RagChunkPageSpan": "firstPage lastPage",
    "RagRetrievalConfig": "filter hybridSearch ranking topK",
    "RagRetrievalConfigFilter": "metadataFilter vectorDistanceThreshold vectorSimilarityThreshold",
    "RagRetrievalConfigHybridSearch": "alpha",
    "RagRetrievalConfigRanking": "llmRanker rankService",
    "RagRetrievalConfigRankingLlmRanker": "modelName",
    "RagRetrievalConfigRankingRankService": "modelName",
    "RealtimeInput": "activityEnd activityStart audio audioStreamEnd mediaChunks text video",
    "RealtimeInputConfig": "activityHandling automaticActivityDetection interimTranscriptTimestampEnabled turnCoverage",
    "ReplicatedVoiceConfig": "consentAudio mimeType voiceConsentSignature voiceSampleAudio",
    "ResponseFormat": "audio image text video",
    "Retrieval": "disableAttribution externalApi vertexAiSearch vertexRagStore",
    "RetrievalMetadata": "googleSearchDynamicRetrievalScore",
    "SafetySetting": "category method threshold",
    "Schema": """
        additionalProperties anyOf default defs description enum example format items maxItems maxLength
        maxProperties maximum minItems minLength minProperties minimum nullable pattern properties
        propertyOrdering ref required title type
    """,
    "SearchEntryPoint": "renderedContent sdkBlob",
    "SearchTypes": "imageSearch webSearch",
    "Segment": "endIndex partIndex startIndex text",
    "ServerContent": """
        generationComplete groundingMetadata inputTranscription interactionStatus interimInputTranscription
        interrupted modelTurn outputTranscription turnComplete turnCompleteReason urlContextMetadata
        waitingForInput
    """,
    "ServerMessage": """
        goAway serverContent sessionResumptionUpdate setupComplete toolCall toolCallCancellation
        usageMetadata voiceActivity voiceActivityDetectionSignal
    """,
    "SessionResumptionConfig": "handle transparent",
    "SessionResumptionUpdate": "lastConsumedClientMessageIndex newHandle resumable",
    "Setup": """
        avatarConfig contextWindowCompression explicitVadSignal generationConfig historyConfig
        inputAudioTranscription labels model outputAudioTranscription proactivity realtimeInputConfig safetySettings
        sessionResumption systemInstruction tools
    """,
    "SetupComplete": "sessionId voiceConsentSignature",
    "SlidingWindow": "targetTokens",
    "SpeechConfig": "languageCode voiceConfig",
    "SpeechMetadata": "speaker style",
    "SpreadsheetMetadata": "contentLayers sheetIndex visibleCells",
    "StreamableHttpTransport": "headers sseReadTimeout terminateOnClose timeout url",
    "TextResponseFormat": "mimeType schema",
    "ThinkingConfig": "includeThoughts thinkingBudget thinkingLevel",
    "Tool": """
        codeExecution computerUse enterpriseWebSearch exaAiSearch fileSearch functionDeclarations googleMaps
        googleSearch googleSearchRetrieval mcpServers parallelAiSearch retrieval urlContext
    """,
    "ToolCall": "functionCalls",
    "ToolCallCancellation": "ids",
    "ToolCodeExecution": "",
    "ToolExaAiSearch": "apiKey customConfigs",
    "ToolParallelAiSearch": "apiKey customConfigs enableDataRetention enableZeroDataRetention",
    "ToolResponse": "functionResponses",
    "Transcription": "endOffset finished languageCode speakerLabel startOffset text words",
    "TranslationConfig": "echoTargetLanguage targetLanguageCode",
    "UrlContext": "",
    "UrlContextMetadata": "urlMetadata",
    "UrlMetadata": "retrievedUrl urlRetrievalStatus",
    "UsageMetadata": """
        cacheTokensDetails cachedContentTokenCount promptTokenCount promptTokensDetails responseTokenCount
        responseTokensDetails serviceTier thoughtsTokenCount toolUsePromptTokenCount
        toolUsePromptTokensDetails totalTokenCount trafficType
    """,
    "VertexAISearch": "dataStoreSpecs datastore engine filter maxResults",
    "VertexAISearchDataStoreSpec": "dataStore filter",
    "VertexRagStore": "ragCorpora ragResources ragRetrievalConfig similarityTopK storeContext vectorDistanceThreshold",
    "VertexRagStoreRagResource": "ragCorpus ragFileIds",
    "VideoMetadata": "contentLayers endOffset fps startOffset",
    "VideoResponseFormat": "aspectRatio delivery duration gcsUri resolution",
    "VoiceActivity": "audioOffset type",
    "VoiceActivityDetectionSignal": "vadSignalType",
    "VoiceConfig": "prebuiltVoiceConfig replicatedVoiceConfig voice",
    "VoiceConsentSignature": "signature",
    "WebSearch": "",
    "WeightedPrompt": "text weight",
    "WordInfo": "endOffset startOffset word",
}
"""JSON names by class.  ``UsageMetadata`` has Vertex AI's names beside these."""

VALUES = {
    "ActivityHandling": "ACTIVITY_HANDLING_UNSPECIFIED START_OF_ACTIVITY_INTERRUPTS NO_INTERRUPTION",
    "ApiSpec": "API_SPEC_UNSPECIFIED SIMPLE_SEARCH ELASTIC_SEARCH",
    "AspectRatio": """
        ASPECT_RATIO_UNSPECIFIED ASPECT_RATIO_ONE_BY_ONE ASPECT_RATIO_TWO_BY_THREE ASPECT_RATIO_THREE_BY_TWO
        ASPECT_RATIO_THREE_BY_FOUR ASPECT_RATIO_FOUR_BY_THREE ASPECT_RATIO_FOUR_BY_FIVE
        ASPECT_RATIO_FIVE_BY_FOUR ASPECT_RATIO_NINE_BY_SIXTEEN ASPECT_RATIO_SIXTEEN_BY_NINE
        ASPECT_RATIO_TWENTY_ONE_BY_NINE ASPECT_RATIO_ONE_BY_EIGHT ASPECT_RATIO_EIGHT_BY_ONE
        ASPECT_RATIO_ONE_BY_FOUR ASPECT_RATIO_FOUR_BY_ONE
    """,
    "AuthType": """
        AUTH_TYPE_UNSPECIFIED NO_AUTH API_KEY_AUTH HTTP_BASIC_AUTH GOOGLE_SERVICE_ACCOUNT_AUTH OAUTH
        OIDC_AUTH
    """,
    "Behavior": "UNSPECIFIED BLOCKING NON_BLOCKING",
    "Delivery": "DELIVERY_UNSPECIFIED INLINE URI",
    "DocumentMetadataContentLayer": "CONTENT_LAYER_UNSPECIFIED PAGE_IMAGE PAGE_TEXT",
    "DynamicRetrievalConfigMode": "MODE_UNSPECIFIED MODE_DYNAMIC",
    "EndSensitivity": "END_SENSITIVITY_UNSPECIFIED END_SENSITIVITY_HIGH END_SENSITIVITY_LOW",
    "Environment": "ENVIRONMENT_UNSPECIFIED ENVIRONMENT_BROWSER ENVIRONMENT_MOBILE ENVIRONMENT_DESKTOP",
    "FeatureSelectionPreference": "FEATURE_SELECTION_PREFERENCE_UNSPECIFIED PRIORITIZE_QUALITY BALANCED PRIORITIZE_COST",
    "FunctionResponseScheduling": "SCHEDULING_UNSPECIFIED SILENT WHEN_IDLE INTERRUPT",
    "HarmBlockMethod": "HARM_BLOCK_METHOD_UNSPECIFIED SEVERITY PROBABILITY",
    "HarmBlockThreshold": """
        HARM_BLOCK_THRESHOLD_UNSPECIFIED BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_ONLY_HIGH
        BLOCK_NONE OFF
    """,
    "HarmCategory": """
        HARM_CATEGORY_UNSPECIFIED HARM_CATEGORY_HARASSMENT HARM_CATEGORY_HATE_SPEECH
        HARM_CATEGORY_SEXUALLY_EXPLICIT HARM_CATEGORY_DANGEROUS_CONTENT HARM_CATEGORY_CIVIC_INTEGRITY
        HARM_CATEGORY_JAILBREAK HARM_CATEGORY_IMAGE_HATE HARM_CATEGORY_IMAGE_DANGEROUS_CONTENT
        HARM_CATEGORY_IMAGE_HARASSMENT HARM_CATEGORY_IMAGE_SEXUALLY_EXPLICIT
    """,
    "HttpElementLocation": "HTTP_IN_UNSPECIFIED HTTP_IN_QUERY HTTP_IN_HEADER HTTP_IN_PATH HTTP_IN_BODY HTTP_IN_COOKIE",
    "ImageSize": """
        IMAGE_SIZE_UNSPECIFIED IMAGE_SIZE_FIVE_TWELVE IMAGE_SIZE_ONE_K IMAGE_SIZE_TWO_K IMAGE_SIZE_FOUR_K
    """,
    "InteractionStatus": "INTERACTION_STATUS_UNSPECIFIED IN_PROGRESS REQUIRES_ACTION IDLE",
    "Language": "LANGUAGE_UNSPECIFIED PYTHON",
    "MediaProcessing": "MEDIA_PROCESSING_UNSPECIFIED STATIC AGENTIC",
    "MediaResolution": """
        MEDIA_RESOLUTION_UNSPECIFIED MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM MEDIA_RESOLUTION_HIGH
    """,
    "Modality": "MODALITY_UNSPECIFIED TEXT IMAGE AUDIO VIDEO DOCUMENT",
    "MusicGenerationMode": "MUSIC_GENERATION_MODE_UNSPECIFIED QUALITY DIVERSITY VOCALIZATION",
    "Outcome": "OUTCOME_UNSPECIFIED OUTCOME_OK OUTCOME_FAILED OUTCOME_DEADLINE_EXCEEDED",
    "PartMediaResolutionLevel": """
        MEDIA_RESOLUTION_UNSPECIFIED MEDIA_RESOLUTION_LOW MEDIA_RESOLUTION_MEDIUM MEDIA_RESOLUTION_HIGH
        MEDIA_RESOLUTION_ULTRA_HIGH
    """,
    "PhishBlockThreshold": """
        PHISH_BLOCK_THRESHOLD_UNSPECIFIED BLOCK_LOW_AND_ABOVE BLOCK_MEDIUM_AND_ABOVE BLOCK_HIGH_AND_ABOVE
        BLOCK_HIGHER_AND_ABOVE BLOCK_VERY_HIGH_AND_ABOVE BLOCK_ONLY_EXTREMELY_HIGH
    """,
    "PlaybackControl": "PLAYBACK_CONTROL_UNSPECIFIED PLAY PAUSE STOP RESET_CONTEXT",
    "SafetyPolicy": """
        SAFETY_POLICY_UNSPECIFIED FINANCIAL_TRANSACTIONS SENSITIVE_DATA_MODIFICATION COMMUNICATION_TOOL
        ACCOUNT_CREATION DATA_MODIFICATION USER_CONSENT_MANAGEMENT LEGAL_TERMS_AND_AGREEMENTS
    """,
    "Scale": """
        SCALE_UNSPECIFIED C_MAJOR_A_MINOR D_FLAT_MAJOR_B_FLAT_MINOR D_MAJOR_B_MINOR E_FLAT_MAJOR_C_MINOR
        E_MAJOR_D_FLAT_MINOR F_MAJOR_D_MINOR G_FLAT_MAJOR_E_FLAT_MINOR G_MAJOR_E_MINOR A_FLAT_MAJOR_F_MINOR
        A_MAJOR_G_FLAT_MINOR B_FLAT_MAJOR_G_MINOR B_MAJOR_A_FLAT_MINOR
    """,
    "ServiceTier": "unspecified flex standard priority",
    "SpreadsheetMetadataContentLayer": "CONTENT_LAYER_UNSPECIFIED DATA FORMULAS VISUAL",
    "StartSensitivity": "START_SENSITIVITY_UNSPECIFIED START_SENSITIVITY_HIGH START_SENSITIVITY_LOW",
    "ThinkingLevel": "THINKING_LEVEL_UNSPECIFIED MINIMAL LOW MEDIUM HIGH XHIGH",
    "ToolType": """
        TOOL_TYPE_UNSPECIFIED GOOGLE_SEARCH_WEB GOOGLE_SEARCH_IMAGE URL_CONTEXT GOOGLE_MAPS FILE_SEARCH
        MEDIA_PROCESSING
    """,
    "TrafficType": """
        TRAFFIC_TYPE_UNSPECIFIED ON_DEMAND ON_DEMAND_PRIORITY ON_DEMAND_FLEX ON_DEMAND_OFFPEAK
        PROVISIONED_THROUGHPUT
    """,
    "TranscriptionMode": "MODE_UNSPECIFIED VERBATIM SMART",
    "TurnCompleteReason": """
        TURN_COMPLETE_REASON_UNSPECIFIED MALFORMED_FUNCTION_CALL RESPONSE_REJECTED NEED_MORE_INPUT
        PROHIBITED_INPUT_CONTENT IMAGE_PROHIBITED_INPUT_CONTENT
        INPUT_TEXT_CONTAIN_PROMINENT_PERSON_PROHIBITED INPUT_IMAGE_CELEBRITY
        INPUT_IMAGE_PHOTO_REALISTIC_CHILD_PROHIBITED INPUT_TEXT_NCII_PROHIBITED INPUT_OTHER
        INPUT_IP_PROHIBITED BLOCKLIST UNSAFE_PROMPT_FOR_IMAGE_GENERATION GENERATED_IMAGE_SAFETY
        GENERATED_CONTENT_SAFETY GENERATED_AUDIO_SAFETY GENERATED_VIDEO_SAFETY GENERATED_CONTENT_PROHIBITED
        GENERATED_CONTENT_BLOCKLIST GENERATED_IMAGE_PROHIBITED GENERATED_IMAGE_CELEBRITY
        GENERATED_IMAGE_PROMINENT_PEOPLE_DETECTED_BY_REWRITER GENERATED_IMAGE_IDENTIFIABLE_PEOPLE
        GENERATED_IMAGE_MINORS OUTPUT_IMAGE_IP_PROHIBITED GENERATED_OTHER MAX_REGENERATION_REACHED
    """,
    "TurnCoverage": """
        TURN_COVERAGE_UNSPECIFIED TURN_INCLUDES_ONLY_ACTIVITY TURN_INCLUDES_ALL_INPUT
        TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO
    """,
    "Type": "TYPE_UNSPECIFIED STRING NUMBER INTEGER BOOLEAN ARRAY OBJECT NULL",
    "UrlRetrievalStatus": """
        URL_RETRIEVAL_STATUS_UNSPECIFIED URL_RETRIEVAL_STATUS_SUCCESS URL_RETRIEVAL_STATUS_ERROR
        URL_RETRIEVAL_STATUS_PAYWALL URL_RETRIEVAL_STATUS_UNSAFE
    """,
    "VadSignalType": "VAD_SIGNAL_TYPE_UNSPECIFIED VAD_SIGNAL_TYPE_SOS VAD_SIGNAL_TYPE_EOS",
    "VideoMetadataContentLayer": "CONTENT_LAYER_UNSPECIFIED FRAMES AUDIO TRANSCRIPT",
    "VoiceActivityType": "TYPE_UNSPECIFIED ACTIVITY_START ACTIVITY_END",
}
"""Values by enum."""

CLASSES = {
    name: value
    for name, value in vars(wire_types).items()
    if isinstance(value, type) and issubclass(value, (WireValue, OpenEnum)) and value not in (WireValue, OpenEnum)
}


ONLY_ON_VERTEX_AI = {"candidatesTokenCount", "candidatesTokensDetails"}


def test_every_documented_field_is_there() -> None:
    """Under its JSON name, and no other field is, except what only Vertex AI calls so."""
    classes: dict[str, Any] = {name: CLASSES[name] for name in FIELDS}
    found = {name: {field.wire_name for field in plan_of(cls).fields} for name, cls in classes.items()}
    documented = {name: set(fields.split()) for name, fields in FIELDS.items()}

    assert {name: fields - ONLY_ON_VERTEX_AI for name, fields in found.items()} == documented


def test_every_documented_value_is_a_member() -> None:
    """With its exact spelling; unknown ones survive beside them."""
    for name, values in VALUES.items():
        cls: Any = CLASSES[name]
        assert set(values.split()) - {member.value for member in cls} == set(), name
        assert cls("OF_NEXT_YEAR") == "OF_NEXT_YEAR"


def test_no_class_is_without_documentation() -> None:
    """What is exported is in one of the lists."""
    assert set(CLASSES) == set(FIELDS) | set(VALUES)


UNSUPPORTED: list[tuple[type[WireValue], str]] = [
    (cls, name) for cls in (GenerationConfig, SpeechConfig) for name in sorted(cls.unsupported)
]


@pytest.mark.parametrize(("cls", "name"), UNSUPPORTED, ids=[name for _, name in UNSUPPORTED])
def test_what_the_live_api_lacks_is_called_so(cls: type[WireValue], name: str) -> None:
    """Fields of the API's other methods are no slips of the pen, in either spelling."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    for spelled in (name, snake):
        with pytest.raises(ConfigError) as caught:
            parse(cls, {spelled: None}, "option")
        assert str(caught.value) == f"option.{spelled}: the Live API does not support this"


def test_eight_generation_options_are_not_for_the_live_api() -> None:
    """They are data on the class, and those of the setup's level stay unknown there."""
    assert len(UNSUPPORTED) == 9
    with pytest.raises(ConfigError, match=r"^setup\.tool_config: unknown"):
        parse(Setup, {"tool_config": {}}, "setup")
