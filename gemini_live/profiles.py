"""What each family of models can do, as one table of data.

A row states only what is documented or was seen; everything else keeps its default, which means "unknown", and nothing
is ever refused because of something unknown.  Where two sources contradict each other, the cell is unknown too.

Sources: https://ai.google.dev/gemini-api/docs/live, the comparison of the models in
https://ai.google.dev/gemini-api/docs/live-guide, and each row's own page.
"""

from __future__ import annotations

import enum

import attrs

from .types import Behavior, Modality, ThinkingLevel


class TextTransport(enum.Enum):
    """How a family wants text during a session."""

    CLIENT_CONTENT = "clientContent"
    REALTIME_INPUT = "realtimeInput.text"


class HistorySeeding(enum.Enum):
    """How a family is told the turns of an earlier conversation.

    ``CLIENT_CONTENT``: as client content that leaves the turn open, at any time.
    ``LAST_TURN_USER``: the same, but the content that closes the turn must end with a turn of the user.
    ``HISTORY_CONFIG``: announced by ``history_config.initial_history_in_client_content`` in the setup; the client
    content up to the first ``turn_complete`` is history, gets no answer and may end with a turn of the model.
    ``NONE``: not at all; the family hears audio and nothing else.
    """

    CLIENT_CONTENT = "client content"
    LAST_TURN_USER = "client content whose last turn is the user's"
    HISTORY_CONFIG = "client content that history_config announces"
    NONE = "none"


class Thinking(enum.Enum):
    """What of ``thinking_config`` a family takes.

    ``OMIT`` refuses the whole object, an empty one too.  ``NONE`` does not think, and nobody knows whether it minds.
    """

    UNKNOWN = "unknown"
    NONE = "none"
    BUDGET = "thinking_budget"
    LEVEL = "thinking_level"
    OMIT = "omit"


class Proactivity(enum.Enum):
    """Whether the model may keep silent, or speak first.  Where it is ``ALWAYS_ON``, turning it off is an error."""

    UNKNOWN = "unknown"
    OPT_IN = "opt-in"
    UNSUPPORTED = "unsupported"
    ALWAYS_ON = "always on"


class AffectiveDialog(enum.Enum):
    """Whether the model takes up the user's tone.

    ``REMOVED``: the Gemini API has dropped the option from this family on.  Vertex AI describes the same models as
    having it on by default and does not say what becomes of the option, so there it passes.
    """

    UNKNOWN = "unknown"
    OPT_IN = "opt-in"
    UNSUPPORTED = "unsupported"
    REMOVED = "removed"


_BOTH = frozenset({Behavior.BLOCKING, Behavior.NON_BLOCKING})
_SEARCH = frozenset({"google_search"})
_NO_SUCH_TOOLS = frozenset({"code_execution", "file_search", "google_maps", "url_context"})


@attrs.frozen(kw_only=True)
class Profile:
    """One family.

    ``None``, and ``UNKNOWN`` in the enums, is what nobody has documented or seen.

    Attributes:
        name: the family's name.
        prefixes: how its models' bare names begin; of all rows the longest prefix wins.
        modalities: what its models answer in.
        text_transport: what ``send_text`` sends.
        takes_text: ``False`` for families that hear audio and nothing else.
        history: how earlier turns are told.
        thinking: what of ``thinking_config`` it takes.
        thinking_levels: the levels, where it takes levels.
        proactivity: whether ``proactivity`` can be asked for.
        affective_dialog: whether ``enable_affective_dialog`` can be asked for.
        extras_need_alpha: these two are served by version v1alpha of the Gemini API only.
        system_instruction: whether there can be one.
        tools: whether there can be any tools.
        behaviors: how functions may be declared.
        default_behavior: what a function is whose declaration does not say.
        scheduling: whether a function's response can say when it is spoken of.
        built_in_tools: tools run by the server that are documented to work, by their names in ``Tool``.
        refused_tools: those that are documented not to.
        context_update: whether instructions and tools can be replaced during a session.
        language_code: whether ``speech_config.language_code`` is taken.
        needs_translation_config: without a language to translate into, all it says is silence.
        sends_voice_activity: whether the server reports where the user's speech begins and ends.
        needs_trailing_audio: the user's turn does not end when the audio stops; silence has to follow.
        finishes_transcriptions: whether a transcription's end is marked with ``finished``.
        splits_tool_rounds: a tool round has two ``turn_complete``: one closes the call and one the answer.
        opens_with_nothing: a turn begins with a content, or a transcription, that is empty.
        bundles_fields: one message may hold audio, transcription and the turn's end together.
        reports_interaction_status: one request has many turns; it is over when the status is ``IDLE``.
        input_cancels_blocking_calls: new input while a blocking function runs cancels the call.
        interrupt_waits_for_user: a response scheduled with ``INTERRUPT`` lets a speaking user finish.
        continuous: there are no turns; it answers while it listens.
        special: it is for one purpose and wants its own configuration, so it is never chosen for who does not name it.
        gemini_models: its models on the Gemini API that may be chosen unseen, the best first.
        vertex_models: likewise on Vertex AI.
    """

    name: str
    prefixes: tuple[str, ...]
    modalities: frozenset[Modality] | None = None
    text_transport: TextTransport = TextTransport.CLIENT_CONTENT
    takes_text: bool = True
    history: HistorySeeding = HistorySeeding.CLIENT_CONTENT
    thinking: Thinking = Thinking.UNKNOWN
    thinking_levels: tuple[ThinkingLevel, ...] = ()
    proactivity: Proactivity = Proactivity.UNKNOWN
    affective_dialog: AffectiveDialog = AffectiveDialog.UNKNOWN
    extras_need_alpha: bool = False
    system_instruction: bool | None = None
    tools: bool | None = None
    behaviors: frozenset[Behavior] | None = None
    default_behavior: Behavior | None = None
    scheduling: bool | None = None
    built_in_tools: frozenset[str] = frozenset()
    refused_tools: frozenset[str] = frozenset()
    context_update: bool | None = None
    language_code: bool | None = None
    needs_translation_config: bool = False
    sends_voice_activity: bool | None = None
    needs_trailing_audio: bool = False
    finishes_transcriptions: bool | None = None
    splits_tool_rounds: bool = False
    opens_with_nothing: bool = False
    bundles_fields: bool = False
    reports_interaction_status: bool = False
    input_cancels_blocking_calls: bool = False
    interrupt_waits_for_user: bool = False
    continuous: bool = False
    special: bool = False
    gemini_models: tuple[str, ...] = ()
    vertex_models: tuple[str, ...] = ()

    @property
    def default_modality(self) -> Modality:
        """What to ask for when the program does not say and the backend wants it said."""
        text_only = self.modalities is not None and Modality.AUDIO not in self.modalities
        return Modality.TEXT if text_only else Modality.AUDIO


PROFILES: tuple[Profile, ...] = (
    # https://ai.google.dev/gemini-api/docs/models/gemini-3.8-live
    Profile(
        name="gemini-3.8",
        prefixes=("gemini-3.8-live",),
        # Text is to be had as the transcription of the answer; video is that of an avatar, on Vertex AI.
        modalities=frozenset({Modality.AUDIO, Modality.VIDEO}),
        thinking=Thinking.OMIT,  # it reasons while it speaks; there is nothing to set
        proactivity=Proactivity.ALWAYS_ON,
        affective_dialog=AffectiveDialog.REMOVED,
        system_instruction=True,
        tools=True,
        behaviors=_BOTH,
        default_behavior=Behavior.NON_BLOCKING,  # the other way round than in every family before
        scheduling=True,
        built_in_tools=_SEARCH,
        refused_tools=_NO_SUCH_TOOLS,
        context_update=True,  # documented for Vertex AI; Google's own clients send it to both
        sends_voice_activity=False,
        needs_trailing_audio=True,  # audio_stream_end ended a turn on 3.1 and does not here
        input_cancels_blocking_calls=True,
        interrupt_waits_for_user=True,
        gemini_models=("gemini-3.8-live",),
        vertex_models=("gemini-3.8-live",),
    ),
    # https://ai.google.dev/gemini-api/docs/models/gemini-3.8-live-extended-thinking
    # https://ai.google.dev/gemini-api/docs/live-api/thinking
    # Proactivity, affective dialog, scheduling and trailing audio: the page does not say that they are as in 3.8.
    Profile(
        name="gemini-3.8-extended-thinking",
        prefixes=("gemini-3.8-live-extended-thinking",),
        modalities=frozenset({Modality.AUDIO, Modality.VIDEO}),  # whether it has avatars is not said; so they pass
        thinking=Thinking.LEVEL,
        thinking_levels=(ThinkingLevel.LOW, ThinkingLevel.MEDIUM, ThinkingLevel.HIGH),
        system_instruction=True,
        tools=True,
        behaviors=frozenset({Behavior.NON_BLOCKING}),  # "async only": it goes on speaking while tools run
        default_behavior=Behavior.NON_BLOCKING,
        built_in_tools=_SEARCH,
        refused_tools=_NO_SUCH_TOOLS,
        sends_voice_activity=False,
        reports_interaction_status=True,
        gemini_models=("gemini-3.8-live-extended-thinking",),
        vertex_models=("gemini-3.8-live-extended-thinking",),
    ),
    # https://ai.google.dev/gemini-api/docs/live-api/live-translate
    Profile(
        name="gemini-3.5-translate",
        prefixes=("gemini-3.5-live-translate",),
        modalities=frozenset({Modality.AUDIO}),
        takes_text=False,
        history=HistorySeeding.NONE,
        thinking=Thinking.NONE,
        system_instruction=False,
        tools=False,
        needs_translation_config=True,  # without: zeros as audio, no error and no end of the turn
        continuous=True,
        special=True,
    ),
    # https://ai.google.dev/gemini-api/docs/live-api/live-transcribe
    # The page names neither tools nor instructions among its features, and does not say what becomes of them.
    Profile(
        name="gemini-3.5-transcribe",
        prefixes=("gemini-3.5-transcribe-live",),
        modalities=frozenset({Modality.TEXT}),
        takes_text=False,
        history=HistorySeeding.NONE,
        thinking=Thinking.NONE,
        continuous=True,
        special=True,
    ),
    # https://ai.google.dev/gemini-api/docs/models/gemini-robotics-er-2-streaming-preview
    Profile(
        name="gemini-robotics-er-2",
        prefixes=("gemini-robotics-er-2-streaming",),
        modalities=frozenset({Modality.TEXT}),
        tools=True,
        refused_tools=_NO_SUCH_TOOLS | {"computer_use", "google_search"},
        special=True,
    ),
    # https://ai.google.dev/gemini-api/docs/models/gemini-3.1-flash-live-preview
    Profile(
        name="gemini-3.1",
        prefixes=("gemini-3.1-flash-live",),
        modalities=frozenset({Modality.AUDIO}),
        # Client content in the middle of a session used to end it with 1007.  It is said to be taken by now; realtime
        # text always was.
        text_transport=TextTransport.REALTIME_INPUT,
        history=HistorySeeding.HISTORY_CONFIG,  # it has been seen to work unannounced as well
        thinking=Thinking.LEVEL,
        thinking_levels=(ThinkingLevel.MINIMAL, ThinkingLevel.LOW, ThinkingLevel.MEDIUM, ThinkingLevel.HIGH),
        proactivity=Proactivity.UNSUPPORTED,
        affective_dialog=AffectiveDialog.UNSUPPORTED,  # the server answers with a bare 1011
        system_instruction=True,
        tools=True,
        behaviors=frozenset({Behavior.BLOCKING}),
        default_behavior=Behavior.BLOCKING,
        scheduling=False,
        built_in_tools=_SEARCH,
        refused_tools=_NO_SUCH_TOOLS,
        finishes_transcriptions=False,
        opens_with_nothing=True,
        bundles_fields=True,
        gemini_models=("gemini-3.1-flash-live-preview",),
    ),
    # https://ai.google.dev/gemini-api/docs/live-guide
    # Code execution and URL context: named for 2.x models in one place and not in another.
    Profile(
        name="gemini-2.5",
        prefixes=(
            "gemini-2.5-flash-native-audio",
            "gemini-2.5-flash-preview-native-audio",
            "gemini-2.5-flash-exp-native-audio",
        ),
        modalities=frozenset({Modality.AUDIO}),
        history=HistorySeeding.LAST_TURN_USER,
        thinking=Thinking.BUDGET,
        proactivity=Proactivity.OPT_IN,
        affective_dialog=AffectiveDialog.OPT_IN,
        extras_need_alpha=True,
        system_instruction=True,
        tools=True,
        behaviors=_BOTH,
        default_behavior=Behavior.BLOCKING,
        scheduling=True,
        built_in_tools=_SEARCH,
        language_code=False,  # it hears which language is spoken; the server closes with 1000 and no reason
        finishes_transcriptions=False,
        gemini_models=(
            "gemini-2.5-flash-native-audio-preview-12-2025",
            "gemini-2.5-flash-native-audio-preview-09-2025",
            "gemini-2.5-flash-native-audio-latest",
        ),
    ),
    # https://docs.cloud.google.com/vertex-ai/generative-ai/docs/live-api/configure-gemini-capabilities
    # Scheduling: announced for April 2026, and reported to be ignored since.
    Profile(
        name="vertex-2.5",
        prefixes=("gemini-live-2.5-flash-native-audio", "gemini-live-2.5-flash-preview-native-audio"),
        modalities=frozenset({Modality.AUDIO}),
        history=HistorySeeding.LAST_TURN_USER,
        thinking=Thinking.BUDGET,
        proactivity=Proactivity.OPT_IN,
        affective_dialog=AffectiveDialog.OPT_IN,
        system_instruction=True,
        tools=True,
        behaviors=_BOTH,
        built_in_tools=_SEARCH,
        finishes_transcriptions=True,
        splits_tool_rounds=True,
        opens_with_nothing=True,
        vertex_models=(
            "gemini-live-2.5-flash-native-audio",
            "gemini-live-2.5-flash-preview-native-audio-09-2025",
            "gemini-live-2.5-flash-preview-native-audio",
        ),
    ),
    # Half-cascade models made text first and then speech of it, so they could stop at the text.  They are retired.
    Profile(
        name="vertex-2.5-half-cascade",
        prefixes=("gemini-live-2.5-flash",),
        modalities=frozenset({Modality.TEXT, Modality.AUDIO}),
        history=HistorySeeding.LAST_TURN_USER,
        system_instruction=True,
        tools=True,
        behaviors=_BOTH,
        language_code=True,
        finishes_transcriptions=True,
        splits_tool_rounds=True,
        opens_with_nothing=True,
    ),
    Profile(
        name="half-cascade",
        prefixes=("gemini-live-2.5-flash-preview", "gemini-2.0-flash-live"),
        modalities=frozenset({Modality.TEXT, Modality.AUDIO}),
        history=HistorySeeding.LAST_TURN_USER,
        system_instruction=True,
        tools=True,
        behaviors=_BOTH,
        language_code=True,
    ),
)
"""The families, the newest first."""

UNKNOWN = Profile(name="unknown", prefixes=())
"""What is assumed of a model that the table does not know: nothing special."""

DEFAULT_MODEL = "gemini-3.8-live"
"""The model that programs which do not care are given."""


def bare_name(model: str) -> str:
    """Return a model's name without its path and method.

    >>> bare_name("projects/p/locations/l/publishers/google/models/m1:bidiGenerateContent")
    'm1'
    """
    return model.rsplit("/", 1)[-1].partition(":")[0]


def profile_of(model: str) -> Profile:
    """Return the family of a model, :data:`UNKNOWN` if the table does not have it.

    A prefix ends where a word of the name ends: ``gemini-3.8-lively`` is no ``gemini-3.8-live``.
    """
    name = bare_name(model)
    best, length = UNKNOWN, 0
    for profile in PROFILES:
        for prefix in profile.prefixes:
            if len(prefix) > length and name.startswith(prefix) and not name[len(prefix) :][:1].isalnum():
                best, length = profile, len(prefix)
    return best
