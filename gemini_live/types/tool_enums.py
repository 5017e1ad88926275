"""The closed sets of tools, open as all of them; see :mod:`.enums`."""

from __future__ import annotations

from .enums import OpenEnum


class Type(OpenEnum):
    """What a value of a schema is."""

    UNSPECIFIED = "TYPE_UNSPECIFIED"
    STRING = "STRING"
    NUMBER = "NUMBER"
    INTEGER = "INTEGER"
    BOOLEAN = "BOOLEAN"
    ARRAY = "ARRAY"
    OBJECT = "OBJECT"
    NULL = "NULL"


class Behavior(OpenEnum):
    """Whether the model waits for a function's answer; only the Live API knows the difference."""

    UNSPECIFIED = "UNSPECIFIED"
    BLOCKING = "BLOCKING"
    NON_BLOCKING = "NON_BLOCKING"


class PhishBlockThreshold(OpenEnum):
    """From which suspicion of phishing on a page is left out."""

    UNSPECIFIED = "PHISH_BLOCK_THRESHOLD_UNSPECIFIED"
    BLOCK_LOW_AND_ABOVE = "BLOCK_LOW_AND_ABOVE"
    BLOCK_MEDIUM_AND_ABOVE = "BLOCK_MEDIUM_AND_ABOVE"
    BLOCK_HIGH_AND_ABOVE = "BLOCK_HIGH_AND_ABOVE"
    BLOCK_HIGHER_AND_ABOVE = "BLOCK_HIGHER_AND_ABOVE"
    BLOCK_VERY_HIGH_AND_ABOVE = "BLOCK_VERY_HIGH_AND_ABOVE"
    BLOCK_ONLY_EXTREMELY_HIGH = "BLOCK_ONLY_EXTREMELY_HIGH"


class DynamicRetrievalConfigMode(OpenEnum):
    """Whether the model decides if it searches."""

    UNSPECIFIED = "MODE_UNSPECIFIED"
    DYNAMIC = "MODE_DYNAMIC"


class Environment(OpenEnum):
    """What a computer-using model sits in front of."""

    UNSPECIFIED = "ENVIRONMENT_UNSPECIFIED"
    BROWSER = "ENVIRONMENT_BROWSER"
    MOBILE = "ENVIRONMENT_MOBILE"
    DESKTOP = "ENVIRONMENT_DESKTOP"


class SafetyPolicy(OpenEnum):
    """What a computer-using model asks a person about first."""

    UNSPECIFIED = "SAFETY_POLICY_UNSPECIFIED"
    FINANCIAL_TRANSACTIONS = "FINANCIAL_TRANSACTIONS"
    SENSITIVE_DATA_MODIFICATION = "SENSITIVE_DATA_MODIFICATION"
    COMMUNICATION_TOOL = "COMMUNICATION_TOOL"
    ACCOUNT_CREATION = "ACCOUNT_CREATION"
    DATA_MODIFICATION = "DATA_MODIFICATION"
    USER_CONSENT_MANAGEMENT = "USER_CONSENT_MANAGEMENT"
    LEGAL_TERMS_AND_AGREEMENTS = "LEGAL_TERMS_AND_AGREEMENTS"


class ApiSpec(OpenEnum):
    """How an external search is spoken to."""

    UNSPECIFIED = "API_SPEC_UNSPECIFIED"
    SIMPLE_SEARCH = "SIMPLE_SEARCH"
    ELASTIC_SEARCH = "ELASTIC_SEARCH"


class HttpElementLocation(OpenEnum):
    """Where in an HTTP request a key goes."""

    UNSPECIFIED = "HTTP_IN_UNSPECIFIED"
    QUERY = "HTTP_IN_QUERY"
    HEADER = "HTTP_IN_HEADER"
    PATH = "HTTP_IN_PATH"
    BODY = "HTTP_IN_BODY"
    COOKIE = "HTTP_IN_COOKIE"


class AuthType(OpenEnum):
    """How a tool proves who it is."""

    UNSPECIFIED = "AUTH_TYPE_UNSPECIFIED"
    NO_AUTH = "NO_AUTH"
    API_KEY_AUTH = "API_KEY_AUTH"
    HTTP_BASIC_AUTH = "HTTP_BASIC_AUTH"
    GOOGLE_SERVICE_ACCOUNT_AUTH = "GOOGLE_SERVICE_ACCOUNT_AUTH"
    OAUTH = "OAUTH"
    OIDC_AUTH = "OIDC_AUTH"
