"""What a type checker must know of the public surface; checked by mypy, never run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Event_
from typing import Any

from typing_extensions import assert_type

from gemini_live import (
    AudioChunk,
    AudioStream,
    AuthToken,
    AuthTokens,
    Closed,
    ConfigError,
    Event,
    ExpectedTurn,
    FlightRecord,
    Model,
    Models,
    MusicChunk,
    MusicGenerationConfig,
    MusicSession,
    MusicSnapshot,
    Scale,
    ServerMessage,
    Session,
    Snapshot,
    TextDelta,
    Tool,
    ToolContext,
    TranscriptionEvent,
    Turn,
    TurnTiming,
    Unsent,
    UsageMetadata,
    WeightedPrompt,
    tool,
)
from gemini_live.testing import FakeTransport, Player, Recorder
from gemini_live.types import FunctionCall, GenerationConfig, GoAway, Modality, Part, ToolCall


class OwnSession(Session):
    """A program's own kind of session."""


def makes_sessions() -> None:
    """Sessions keep their class, through every way to make one."""
    assert_type(Session.start_link(model="m"), Session)
    assert_type(OwnSession.open(model="m", api_key="k", generation_config={"temperature": 1}), OwnSession)
    with OwnSession.open(model="m", generation_config=GenerationConfig(response_modalities=(Modality.AUDIO,))) as own:
        assert_type(own, OwnSession)


def waits(session: Session) -> None:
    """What waiting returns."""
    assert_type(session.ask("hi", timeout=3), Turn)
    assert_type(session.wait_for_turn(), Turn)
    assert_type(session.receive(), Iterator[ServerMessage])
    assert_type(session.events(), Iterator[Event])
    assert_type(session.wait(1.0), Closed | None)
    assert_type(session.run(), Closed)
    with session.expect() as expected:
        assert_type(expected, ExpectedTurn)
    assert_type(expected.value, Turn)


def sends(session: Session) -> None:
    """What sending returns."""
    assert_type(session.stream_audio("file.wav", background=True), AudioStream)
    assert_type(session.mark_played(3, 1.5), Turn | None)
    with session.activity():
        session.send_audio(b"", rate=8_000, wait=True, timeout=1)
    session.send_tool_response({"id": "c", "name": "f", "response": {}})


def looks(session: Session) -> None:
    """What a session tells of itself."""
    assert_type(session.status, str)
    assert_type(session.snapshot(), Snapshot)
    assert_type(session.snapshot().outbox_bytes, int)
    assert_type(session.flight_recorder(), FlightRecord)
    assert_type(session.closed, Closed | None)


def registers(session: Session) -> None:
    """Callbacks as calls, as decorators and as options."""

    def hear(chunk: AudioChunk) -> None:
        """Take a chunk."""

    assert_type(session.on("audio", hear), Callable[[], None])

    @session.on("text")
    def show(text: TextDelta) -> None:
        """Take a piece of text."""

    assert_type(show(TextDelta("x", 1)), None)

    @session.once("close")
    def ended(closed: Closed) -> int:
        """Take the end."""
        return closed.code or 0

    assert_type(ended(session.run()), int)
    Session.start_link(
        model="m",
        on_audio=hear,
        on_go_away=lambda go_away: assert_type(go_away, GoAway),
        on_tool_call=lambda call: assert_type(call, ToolCall),
        on_transcription=lambda event: assert_type(event, TranscriptionEvent),
        on_turn_complete=lambda turn: assert_type(turn, Turn),
    )


def reads(turn: Turn, message: ServerMessage, call: ToolCall, closed: Closed, error: ConfigError) -> None:
    """Attributes of the values."""
    assert_type(turn.audio, bytes)
    assert_type(turn.usage, UsageMetadata | None)
    assert_type(turn.timing, TurnTiming)
    assert_type(turn.timing.first_audio_ms, float | None)
    assert_type(message.text, str | None)
    assert_type(message.parts(), Iterator[Part])
    assert_type(call.function_calls, tuple[FunctionCall, ...] | None)
    assert_type(closed.unsent, tuple[Unsent, ...])
    assert_type(closed.unsent[0].content, dict[str, Any])
    assert_type(error.problems, tuple[ConfigError, ...])


def finds_models() -> None:
    """What the resolver returns, and what it takes."""
    assert_type(Models.resolve("audio", auth="gemini", api_key="k"), str)
    assert_type(Models.resolve(Modality.AUDIO, available_models=["m"], candidates=("m",)), str)
    assert_type(Models.list(page_size=5, proxy=False), list[Model])
    assert_type(Models.live(project_id="p", access_token=lambda: "t"), list[Model])
    assert_type(Models.pick_from_available(["m"], Models.list()), str | None)


def makes_tokens() -> None:
    """What a token is, and that a session takes it in every form."""
    token = AuthTokens.create(uses=1, expire_minutes=10, live_connect_constraints={"model": "m"}, api_key="k")
    assert_type(token, AuthToken)
    assert_type(token.expire_time, str | None)
    Session.start_link(model="m", token=token)
    Session.start_link(model="m", token=AuthTokens.create)
    Session.start_link(model="m", api_key=token)


def has_tools(session: Session) -> None:
    """Functions keep their types, whatever is said of them."""

    def plain(city: str) -> str:
        """Look something up."""
        return city

    @tool(behavior="NON_BLOCKING", scheduling="WHEN_IDLE", timeout=5)
    def marked(city: str, context: ToolContext) -> int:
        """Look something up."""
        assert_type(context.cancelled, Event_)
        assert_type(context.session, Session)
        context.progress({"city": city}, scheduling="SILENT")
        return 1

    @session.tool(name="other")
    def registered(city: str) -> bool:
        """Look something up."""
        return bool(city)

    assert_type(registered("x"), bool)
    assert_type(session.tool(plain)("x"), str)
    assert_type(session.snapshot().running_tools, int)
    Session.start_link(
        model="m", tools=[plain, marked, Tool(plain, "p", timeout=3), {"google_search": {}}], tool_timeout=5.0
    )
    Session.start_link(model="m", tools=plain)
    Session.start_link(model="m", on_tool_call=lambda call: {"c1": assert_type(call, ToolCall)})


def is_tested(path: str) -> None:
    """What tests of a program use."""
    fake = FakeTransport()
    Session.start_link(model="m", transport=fake)
    Session.start_link(model="m", transport=Player(path))
    with Recorder(path) as recorder:
        Session.start_link(model="m", transport=recorder)


def music(where: dict[str, Any]) -> None:
    """Every option, method and value of a music session is known."""
    session = MusicSession.start_link(
        on_audio=lambda chunk: print(chunk.duration_ms, chunk.weighted_prompts),
        on_filtered_prompt=lambda prompt: print(prompt.filtered_reason),
        on_underrun=lambda underrun: print(underrun.received_ms),
        underrun_after=2.0,
    )
    assert_type(session, MusicSession)
    with session as entered:
        assert_type(entered, MusicSession)
        entered.set_weighted_prompts({"piano": 1.0})
        entered.set_weighted_prompts([WeightedPrompt(text="piano", weight=1.0), {"text": "techno", "weight": 0.5}])
        entered.transition("ambient", 20)
        entered.set_music_generation_config(bpm=120, scale=Scale.C_MAJOR_A_MINOR, reset="auto")
        entered.update_config(density=0.5, wait=True, timeout=5)
        entered.play()
        assert_type(entered.snapshot(), MusicSnapshot)
        assert_type(entered.snapshot().config, MusicGenerationConfig)
    assert_type(session.wait(), Closed | None)
    for event in session.events():
        if isinstance(event.value, MusicChunk):
            assert_type(event.value.gap_ms, float)
            assert_type(event.value.music_generation_config, MusicGenerationConfig | None)
