"""Functions as tools: declared, run, answered once, cancelled, scheduled; against a server in the test's hands."""

from __future__ import annotations

import contextvars
import functools
import gc
import itertools
import threading
import weakref
from concurrent.futures import Future

import attrs
import pytest

from gemini_live import (
    CallbackError,
    CallingSelfError,
    ConfigError,
    OutboxPolicy,
    Session,
    SessionClosed,
    Tool,
    ToolContext,
    ToolError,
    current_session,
    tool,
)
from gemini_live.testing import ManualClock
from gemini_live.types import FunctionResponse

from .conftest import AT_ONCE, TIMEOUT, chain, eventually

THINKING = "gemini-2.5-flash-native-audio-preview-12-2025"
"""A family that runs functions NON_BLOCKING, too."""
BLOCKING_ONLY = "gemini-3.1-flash-live-preview"


def get_weather(city: str) -> str:
    """Look up the weather of a city."""
    return f"It is foggy in {city}."


def called(*calls, **beside):
    """Return a message that calls functions: ``(id, name, args)`` each."""
    return {
        "toolCall": {"functionCalls": [{"id": key, "name": name, "args": args} for key, name, args in calls]},
        **beside,
    }


def responses(message):
    """Return the answers in a message of the client's."""
    return message["toolResponse"]["functionResponses"]


def result_of(script, open_session, *messages, answers=1, **options):
    """Run a session against a server that says these messages; return the setup and the answers that came."""
    finished = threading.Event()

    def handle(peer):
        setup = peer.accept()
        peer.say(*messages)
        got = [answer for _ in range(answers) for answer in responses(peer.receive())]
        finished.set()
        peer.wait_closed()
        return setup, got

    server = script(handle)
    session = open_session(server, **options)
    assert finished.wait(TIMEOUT)
    session.close()
    return server.result()


# Declaring


def test_a_function_is_declared_with_what_its_signature_says(script, open_session):
    """Name, description, and parameters with upper-case types."""
    setup, answers = result_of(
        script, open_session, called(("c1", "get_weather", {"city": "Rome"})), tools=[get_weather]
    )

    (declared,) = setup["setup"]["tools"]
    (declaration,) = declared["functionDeclarations"]
    assert declaration["name"] == "get_weather"
    assert declaration["description"] == "Look up the weather of a city."
    assert declaration["parameters"]["properties"]["city"]["type"] == "STRING"
    assert declaration["parameters"]["required"] == ["city"]
    assert answers == [{"id": "c1", "name": "get_weather", "response": {"output": "It is foggy in Rome."}}]


def test_all_declarations_go_into_one_tool_of_the_wire(script, open_session):
    """Vertex AI takes no second tool beside functions, so functions, declarations and MCP's tools stand together."""
    mcp = {"name": "mcp_tool", "description": "Listed.", "inputSchema": {"type": "object", "properties": {}}}
    tools = [
        {"google_search": {}},
        get_weather,
        {"name": "by_hand"},
        mcp,
        {"function_declarations": [{"name": "listed"}]},
        Tool(get_weather, "again"),
    ]

    setup, _ = result_of(script, open_session, called(("c1", "again", {"city": "Rome"})), tools=tools)

    search, functions = setup["setup"]["tools"]
    assert search == {"googleSearch": {}}
    names = [declaration["name"] for declaration in functions["functionDeclarations"]]
    assert names == ["get_weather", "by_hand", "mcp_tool", "listed", "again"]


@attrs.frozen
class McpTool:
    """What an MCP client returns for one tool."""

    name: str
    description: str
    inputSchema: dict


@attrs.frozen
class McpAnswer:
    """What it returns for all of them."""

    tools: list


@pytest.mark.parametrize("wrap", [lambda tool: tool, lambda tool: McpAnswer([tool]), lambda tool: {"tools": [tool]}])
def test_tools_of_an_mcp_server_are_declared(script, make, wrap):
    """As objects of any package or as JSON, one by one or as the server's whole answer."""
    schema = {
        "type": "object",
        "properties": {"q": {"type": "string"}},
        "required": ["q"],
        "additionalProperties": False,
    }
    server = script(lambda peer: (peer.accept(), peer.wait_closed())[0])
    session = make(server, tools=[wrap(McpTool("search", "Search.", schema))])
    session.connect()
    session.close()

    (declared,) = server.result()["setup"]["tools"]
    assert declared["functionDeclarations"][0]["parameters"] == {
        "type": "OBJECT", "properties": {"q": {"type": "STRING"}}, "required": ["q"],
    }  # fmt: skip


def test_a_function_may_stand_for_an_mcp_tool(script, open_session):
    """With the server's own schema; the arguments are handed over as they come."""
    schema = {"type": "object", "properties": {"q": {"type": "string"}}}
    call = called(("c1", "search", {"q": "x", "deep": {"a": [1]}}))

    setup, answers = result_of(
        script, open_session, call, tools=[Tool(lambda **args: args, "search", parameters=schema)]
    )

    assert setup["setup"]["tools"][0]["functionDeclarations"][0]["parameters"]["properties"]["q"] == {"type": "STRING"}
    assert answers[0]["response"] == {"q": "x", "deep": {"a": [1]}}


def test_a_mark_says_what_the_signature_cannot(script, open_session):
    """The function stays what it is; the mark is in the declaration and in the answers."""

    @tool(name="weather", description="The weather.", behavior="non_blocking", scheduling="silent")
    def look(city: str) -> str:
        return city

    assert look("Rome") == "Rome"
    setup, answers = result_of(script, open_session, called(("c1", "weather", {"city": "Rome"})), tools=[look])

    (declaration,) = setup["setup"]["tools"][0]["functionDeclarations"]
    assert (declaration["name"], declaration["description"]) == ("weather", "The weather.")
    assert declaration["behavior"] == "NON_BLOCKING"
    assert answers[0]["scheduling"] == "SILENT"


def test_a_bare_mark_changes_nothing():
    """So that tools can be told from other functions."""
    assert tool(get_weather) is get_weather
    assert get_weather("Rome") == "It is foggy in Rome."


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Tool("get_weather"), "function: must be callable"),
        (lambda: Tool(get_weather, 5), "name: must be text"),
        (lambda: Tool(get_weather, behavior="SOMETIMES"), "behavior: 'SOMETIMES' is not one of"),
        (lambda: Tool(get_weather, scheduling="LATER"), "scheduling: 'LATER' is not one of"),
        (lambda: Tool(get_weather, timeout=0), "timeout: must be seconds"),
        (lambda: Tool(get_weather, behavior="BLOCKING", scheduling="SILENT"), "scheduling: is for functions that are"),
        (lambda: tool(timeout=-1)(get_weather), "timeout: must be seconds"),
        (lambda: tool(name="p")(print), "can't be marked"),
    ],
)
def test_a_wrong_mark_is_refused_at_once(wrong, words):
    """Where it is made, and not when the session starts."""
    with pytest.raises(ConfigError, match=words):
        wrong()


class Unreadable:
    """An object that does not like to be read."""

    def __iter__(self):
        raise LookupError("no")


def yields(city: str):
    """Look for a while."""
    yield city


@pytest.mark.parametrize(
    ("options", "path", "words"),
    [
        ({"tools": [get_weather, get_weather]}, "tools[0].function_declarations[1].name", "declared twice"),
        ({"tools": [lambda: 1]}, "tools[0]", "no name of its own"),
        ({"tools": [Tool(get_weather, "two words")]}, "tools[0].name", "must be a letter"),
        ({"tools": [get_weather, 5]}, "tools[1]", "must be"),
        ({"tools": [Tool(yields, behavior="BLOCKING")]}, "tools[0]", "yields is a generator"),
        ({"tools": [Tool(get_weather, scheduling="SILENT")], "model": BLOCKING_ONLY}, "tools[0]", "don't schedule"),
        ({"tools": [yields], "model": BLOCKING_ONLY}, "tools[0].function_declarations[0].behavior", "BLOCKING only"),
        ({"tools": [get_weather], "tool_timeout": 0}, "tool_timeout", "must be seconds"),
        ({"tools": [get_weather], "max_tool_workers": 0}, "max_tool_workers", "above 0"),
        ({"tools": [get_weather], "max_tool_calls": 0}, "max_tool_calls", "above 0"),
    ],
)
def test_what_cannot_be_declared_is_refused_before_anything_is_opened(options, path, words):
    """With the place, and what to do."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(**{"model": THINKING, "api_key": "k", **options})

    assert path in [problem.path for problem in caught.value.problems]
    assert words in str(caught.value)


def test_an_async_generator_is_refused():
    """Nobody here would drive it."""

    async def stream(city: str):
        yield city

    with pytest.raises(ConfigError, match="async generator"):
        Session.start_link(model=THINKING, api_key="k", tools=[stream])


def test_partial_results_are_refused_on_vertex(monkeypatch):
    """It takes none."""
    with pytest.raises(ConfigError, match="only the Gemini API takes partial results"):
        Session.start_link(model="gemini-live-2.5-flash-native-audio", project_id="p", access_token="t", tools=[yields])


def test_a_session_takes_tools_until_it_connects(script, make):
    """As a decorator, with settings or without; afterwards it says where to turn."""
    server = script(lambda peer: (peer.accept(), peer.wait_closed())[0])
    session = make(server, tools={"google_search": {}})

    @session.tool
    def first(city: str) -> str:
        return city

    @session.tool(name="second")
    def other() -> None:
        pass

    assert first("x") == "x"
    with pytest.raises(ConfigError, match="declared twice"):
        session.tool(first)
    session.connect()
    with pytest.raises(ConfigError, match=r"tools: .*update\(tools=…\)"):
        session.tool(get_weather)
    session.close()

    search, functions = server.result()["setup"]["tools"]
    assert search == {"googleSearch": {}}
    assert [declaration["name"] for declaration in functions["functionDeclarations"]] == ["first", "second"]


# Running


@pytest.mark.parametrize(
    ("result", "response"),
    [
        (0, {"output": 0}),
        ("", {"output": ""}),
        ([], {"output": []}),
        (None, {"output": None}),
        (False, {"output": False}),
        ({}, {}),
        ({"a_b": {"cD": 1}}, {"a_b": {"cD": 1}}),
        ((1, {2}), {"output": [1, [2]]}),
        (McpAnswer([1]), {"tools": [1]}),
    ],
)
def test_what_a_function_returns_is_the_answer(script, open_session, result, response):
    """Falsy results as well; a mapping is the answer as it is, with the program's own keys."""
    tools = [Tool(lambda: result, "give")]

    _, answers = result_of(script, open_session, called(("c1", "give", {})), tools=tools)

    assert answers == [{"id": "c1", "name": "give", "response": response}]


def test_an_async_function_is_awaited(script, open_session):
    """On its worker, with a loop of its own."""

    async def look(city: str) -> str:
        return city.upper()

    _, answers = result_of(script, open_session, called(("c1", "look", {"city": "rome"})), tools=[look])

    assert answers[0]["response"] == {"output": "ROME"}


def test_an_exception_is_an_answer_and_an_error(script, open_session, heard):
    """The model can go on, and the program hears of its bug; keys in it are not shown to the model."""

    def fail() -> None:
        raise LookupError("no such row, with a-good-key")

    _, answers = result_of(script, open_session, called(("c1", "fail", {})), tools=[fail], **heard.hooks("error"))

    error = heard.wait("error")
    assert answers == [{"id": "c1", "name": "fail", "response": {"error": "LookupError: no such row, with [redacted]"}}]
    assert isinstance(error, ToolError)
    assert (error.name, error.call_id) == ("fail", "c1")
    assert "a-good-key" not in str(error)


@pytest.mark.parametrize("result", [object(), b"bytes", float("nan"), {5.5: 1}, "\ud800"])
def test_a_result_that_json_has_no_form_for_is_an_error(script, open_session, heard, result):
    """To the model and to the program."""
    _, answers = result_of(
        script, open_session, called(("c1", "give", {})), tools=[Tool(lambda: result, "give")], **heard.hooks("error")
    )

    assert answers[0]["response"]["error"].startswith("the result can't be sent: ")
    assert isinstance(heard.wait("error"), ToolError)


def test_a_result_larger_than_the_outbox_is_an_error(script, open_session, heard):
    """Rather than an answer that nobody ever sends."""
    _, answers = result_of(
        script,
        open_session,
        called(("c1", "give", {})),
        tools=[Tool(lambda: "x" * 2**23, "give")],
        **heard.hooks("error"),
    )

    assert "more than the outbox takes" in answers[0]["response"]["error"]
    assert isinstance(heard.wait("error"), ToolError)


def test_a_wrong_argument_is_an_answer_and_no_exception(script, open_session, heard):
    """The model can read what was wrong, and the program is left in peace."""
    ran = []
    _, answers = result_of(
        script,
        open_session,
        called(("c1", "get_weather", {"city": 5})),
        called(("c2", "get_weather", {})),
        answers=2,
        tools=[get_weather],
        **heard.hooks("error"),
    )

    assert "city" in answers[0]["response"]["error"]
    assert "city" in answers[1]["response"]["error"]
    assert not ran
    assert not heard.values("error")


def test_a_name_that_nobody_declared_is_an_error(script, open_session):
    """Models make names up, and wait for an answer all the same."""
    _, answers = result_of(script, open_session, called(("c1", "get_wether", {})), tools=[get_weather])

    assert answers == [{"id": "c1", "name": "get_wether", "response": {"error": "there is no function 'get_wether'"}}]


def test_calls_of_one_message_run_side_by_side(script, open_session):
    """As many as there are workers."""
    barrier = threading.Barrier(3)
    meet = Tool(lambda: barrier.wait(TIMEOUT), "meet", parameters={"type": "OBJECT"})
    call = called(*((f"c{number}", "meet", {}) for number in range(3)))

    _, answers = result_of(script, open_session, call, answers=3, tools=[meet])

    assert sorted(answer["id"] for answer in answers) == ["c0", "c1", "c2"]


def test_callbacks_go_on_while_ten_tools_sleep(script, open_session, heard):
    """A tool that takes its time costs the conversation nothing."""
    release, asleep = threading.Event(), threading.Semaphore(0)

    def sleep() -> None:
        asleep.release()
        assert release.wait(TIMEOUT)

    def handle(peer):
        peer.accept()
        peer.say(called(*((f"c{number}", "sleep", {}) for number in range(10))))
        for _ in range(10):
            assert asleep.acquire(timeout=TIMEOUT)
        audio = {"inlineData": {"mimeType": "audio/pcm;rate=24000", "data": "AAAA"}}
        peer.say({"serverContent": {"modelTurn": {"parts": [audio]}}})
        answers = [responses(peer.receive()) for _ in range(10)]
        peer.wait_closed()
        return answers

    session = open_session(script(handle), tools=[sleep], **heard.hooks("audio"))
    assert heard.wait("audio").data == b"\0\0\0"
    assert session.snapshot().running_tools == 10
    release.set()
    session.close()


def test_workers_are_bounded_and_started_on_first_use(script, open_session):
    """What finds no worker waits for one, in its order."""
    gate, taken = threading.Semaphore(0), []

    def step(number: int) -> int:
        taken.append((number, threading.current_thread().name))
        assert gate.acquire(timeout=TIMEOUT)
        return number

    def handle(peer):
        peer.accept()
        peer.say(called(*((f"c{number}", "step", {"number": number}) for number in range(6))))
        eventually(lambda: len(taken) == 2)
        answers = []
        for _ in range(6):
            gate.release()
            answers += responses(peer.receive())
        peer.wait_closed()
        return [answer["response"]["output"] for answer in answers]

    server = script(handle)
    session = open_session(server, tools=[step], max_tool_workers=2)
    eventually(lambda: len(taken) == 6)
    eventually(lambda: session.snapshot().running_tools == 0)
    session.close()

    assert sorted(server.result()) == list(range(6))
    assert {number for number, _ in taken[:2]} == {0, 1}  # whichever says so first
    assert {name for _, name in taken} == {f"gemini-live:{session.name}:tool-{number}" for number in (1, 2)}


request_id = contextvars.ContextVar("request_id")


def test_tools_run_in_the_callers_context(script, open_session):
    """In a copy of it each, and know their session."""
    request_id.set("r-17")
    seen = []

    def look() -> None:
        seen.append((request_id.get(), current_session()))
        request_id.set("changed")

    finished = threading.Event()

    def handle(peer):
        peer.accept()
        for key in ("c1", "c2"):
            peer.say(called((key, "look", {})))
            peer.receive()
        finished.set()
        peer.wait_closed()

    session = open_session(script(handle), tools=[look])
    assert finished.wait(TIMEOUT)
    assert seen == [("r-17", session), ("r-17", session)]


def test_a_tool_is_told_of_its_call(script, open_session):
    """By a parameter that the model does not see."""
    seen = []

    def look(city: str, context: ToolContext) -> None:
        seen.append((context.call_id, context.name, context.session, context.cancelled.is_set(), repr(context)))

    sessions = []

    def opened(server, **options):
        sessions.append(open_session(server, **options))
        return sessions[0]

    setup, _ = result_of(script, opened, called(("c1", "look", {"city": "Rome"})), tools=[look])

    parameters = setup["setup"]["tools"][0]["functionDeclarations"][0]["parameters"]
    assert list(parameters["properties"]) == ["city"]
    assert seen == [("c1", "look", sessions[0], False, "<ToolContext look c1>")]


@attrs.frozen
class Caller:
    """An object that can be called."""

    suffix: str

    def __call__(self, city: str) -> str:
        """Look up the weather."""
        return f"{city}{self.suffix}"

    def method(self, city: str) -> str:
        """Look up the weather as well."""
        return f"{city}{self.suffix}"


@pytest.mark.parametrize(
    "given",
    [
        functools.partial(Caller("!").method, city="Rome"),
        Tool(Caller("!"), "method"),
        Caller("!").method,
        Tool(functools.partial(Caller("!"), "Rome"), "method"),
    ],
    ids=["partial", "object", "method", "partial of an object"],
)
def test_any_callable_is_a_tool(script, open_session, given):
    """Methods, partials, whose arguments the model is not told of, and objects."""
    setup, _ = result_of(script, open_session, called(("c1", "method", {"city": "Rome"})), tools=[given])
    (declaration,) = setup["setup"]["tools"][0]["functionDeclarations"]
    args = {"city": "Rome"} if "parameters" in declaration else {}

    _, answers = result_of(script, open_session, called(("c1", "method", args)), tools=[given])

    assert declaration["name"] == "method"
    assert declaration["description"].startswith("Look up the weather")
    assert answers[0]["response"] == {"output": "Rome!"}


def test_arguments_that_fit_no_parameter_are_told_to_the_model(script, open_session, heard):
    """Also where the program has given the schema, and not the signature."""
    tools = [Tool(get_weather, parameters={"type": "OBJECT"})]

    _, answers = result_of(script, open_session, called(("c1", "get_weather", {"town": "Rome"})), tools=tools,
                           **heard.hooks("error"))  # fmt: skip

    assert "town" in answers[0]["response"]["error"] or "city" in answers[0]["response"]["error"]
    assert heard.values("error") == []


def begin_and_end():
    """Return a reference to a session that has ended, and that a tool of its own knows."""
    session = Session.start_link(model=THINKING, api_key="k")

    @session.tool
    def look() -> str:
        return session.name

    session.close()
    return weakref.ref(session)


def test_a_session_that_its_tools_know_is_freed_after_its_end():
    """Nothing of the library's holds it then."""
    gone = begin_and_end()
    gc.collect()

    assert gone() is None


def test_a_tool_that_outlives_its_session_is_told_so(script, open_session):
    """Its context has no session any more."""
    contexts, release, began = [], threading.Event(), threading.Event()

    def look(context: ToolContext) -> None:
        contexts.append(context)
        began.set()
        assert release.wait(TIMEOUT)

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "look", {})))
        peer.wait_closed()

    server = script(handle)
    session = Session.open(model=THINKING, api_key="k", base_url=server.base_url, tools=[look])
    assert began.wait(TIMEOUT)
    session.close()
    del session
    release.set()
    gc.collect()
    eventually(lambda: gc.collect() is not None and is_dropped(contexts[0]))
    assert contexts[0].cancelled.is_set()


def is_dropped(context):
    """Whether a context's session is gone."""
    try:
        return context.session is None
    except SessionClosed:
        return True


def test_a_call_without_an_id_on_the_gemini_api_is_told_to_the_program(script, open_session, heard):
    """No answer to it is taken there, so none is sent."""

    def handle(peer):
        peer.accept()
        peer.say({"toolCall": {"functionCalls": [{"name": "get_weather", "args": {"city": "Rome"}}]}})
        peer.say(called(("c2", "get_weather", {"city": "Oslo"})))
        answers = responses(peer.receive())
        peer.wait_closed()
        return answers

    server = script(handle)
    session = open_session(server, tools=[get_weather], **heard.hooks("error"))
    error = heard.wait("error")
    eventually(lambda: session.snapshot().running_tools == 0 and session.snapshot().messages_sent == 1)
    assert session.snapshot().pending_tools == ()
    session.close()

    assert "the id of the call that it answers" in str(error)
    assert [answer["id"] for answer in server.result()] == ["c2"]


# Partial results


def test_a_generator_streams_what_it_yields(script, open_session):
    """Each part says that more follows; the last one is empty, ends the call and is not spoken of."""

    def look(city: str):
        """Look for a while."""
        yield f"looking at {city}"
        yield {"degrees": 12}

    setup, answers = result_of(script, open_session, called(("c1", "look", {"city": "Rome"})), answers=3, tools=[look])

    assert setup["setup"]["tools"][0]["functionDeclarations"][0]["behavior"] == "NON_BLOCKING"
    same = {"id": "c1", "name": "look"}
    assert answers == [
        {**same, "response": {"output": "looking at Rome"}, "willContinue": True},
        {**same, "response": {"degrees": 12}, "willContinue": True},
        {**same, "response": {}, "scheduling": "SILENT", "willContinue": False},
    ]


def test_what_a_generator_returns_is_its_last_answer(script, open_session):
    """With the tool's own scheduling."""

    def look():
        yield 1
        return 2

    _, answers = result_of(
        script, open_session, called(("c1", "look", {})), answers=2, tools=[Tool(look, scheduling="INTERRUPT")]
    )

    assert [answer["response"] for answer in answers] == [{"output": 1}, {"output": 2}]
    assert [answer["scheduling"] for answer in answers] == ["INTERRUPT", "INTERRUPT"]
    assert [answer["willContinue"] for answer in answers] == [True, False]


def test_a_generator_that_fails_ends_its_call(script, open_session):
    """With the error."""

    def look():
        yield 1
        raise ValueError("gone")

    _, answers = result_of(script, open_session, called(("c1", "look", {})), answers=2, tools=[look])

    assert answers[1]["response"] == {"error": "ValueError: gone"}
    assert answers[1]["willContinue"] is False


def test_a_function_sends_partial_results_by_its_context(script, open_session):
    """With a scheduling of their own."""

    def look(context: ToolContext) -> str:
        context.progress("half", scheduling="SILENT")
        return "whole"

    _, answers = result_of(
        script, open_session, called(("c1", "look", {})), answers=2, tools=[Tool(look, behavior="NON_BLOCKING")]
    )

    same = {"id": "c1", "name": "look"}
    assert answers == [
        {**same, "response": {"output": "half"}, "scheduling": "SILENT", "willContinue": True},
        {**same, "response": {"output": "whole"}},
    ]


@pytest.mark.parametrize(
    ("part", "options", "words"),
    [
        ("half", {"model": BLOCKING_ONLY}, "partial results are for functions that are NON_BLOCKING"),
        (object(), {}, "the result can't be sent"),
    ],
)
def test_a_partial_result_that_cannot_be_sent_is_refused_in_the_tool(script, open_session, part, options, words):
    """Where the program can see it."""

    def look(context: ToolContext) -> str:
        with pytest.raises(ToolError, match=words):
            context.progress(part)
        return "whole"

    tools = [look] if options else [Tool(look, behavior="NON_BLOCKING")]
    _, answers = result_of(script, open_session, called(("c1", "look", {})), tools=tools, **options)

    assert answers[0]["response"] == {"output": "whole"}


# Time


def test_a_tool_whose_time_is_up_is_answered_for(script, open_session, heard):
    """The model goes on; the tool is told, and what it returns then is dropped and counted."""
    clock, began, release = ManualClock(), threading.Event(), threading.Event()
    cancelled = []

    def hang(context: ToolContext) -> str:
        began.set()
        cancelled.append(context.cancelled.wait(TIMEOUT))
        assert release.wait(TIMEOUT)
        return "late"

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "hang", {})))
        assert began.wait(TIMEOUT)
        clock.advance(4.9)
        with pytest.raises(TimeoutError):
            peer.connection.recv(timeout=0.1)
        clock.advance(0.2)
        answers = responses(peer.receive())
        peer.wait_closed()
        return answers

    server = script(handle)
    session = open_session(server, tools=[Tool(hang, timeout=5)], clock=clock, **heard.hooks("error"))
    error = heard.wait("error")
    assert (error.name, error.call_id) == ("hang", "c1")
    assert session.snapshot().pending_tools == ()
    release.set()
    eventually(lambda: session.snapshot().late_answers == 1)
    session.close()

    assert server.result() == [{"id": "c1", "name": "hang", "response": {"error": "no result within 5 s"}}]
    assert cancelled == [True]


def test_a_tool_that_hangs_keeps_no_other_waiting(script, open_session):
    """Its worker is replaced when its time is up."""
    clock, release, began = ManualClock(), threading.Event(), threading.Event()

    def hang() -> None:
        began.set()
        assert release.wait(TIMEOUT)

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "hang", {}), ("c2", "get_weather", {"city": "Rome"})))
        assert began.wait(TIMEOUT)
        clock.advance(5.0)
        answers = [*responses(peer.receive()), *responses(peer.receive())]
        peer.wait_closed()
        return {answer["id"]: answer["response"] for answer in answers}

    server = script(handle)
    tools = [Tool(hang, timeout=5), Tool(get_weather, timeout=60)]
    session = open_session(server, tools=tools, clock=clock, max_tool_workers=1)
    eventually(lambda: session.snapshot().messages_sent == 2)
    release.set()
    session.close()

    assert server.result() == {
        "c1": {"error": "no result within 5 s"}, "c2": {"output": "It is foggy in Rome."}
    }  # fmt: skip


def test_the_sessions_own_time_counts_where_a_tool_has_none(script, open_session):
    """Thirty seconds unless it is said otherwise; infinity is for ever."""
    clock, release, began = ManualClock(), threading.Event(), threading.Semaphore(0)

    def hang() -> str:
        began.release()
        assert release.wait(TIMEOUT)
        return "at last"

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "short", {}), ("c2", "long", {})))
        assert began.acquire(timeout=TIMEOUT)
        assert began.acquire(timeout=TIMEOUT)
        clock.advance(7.0)
        first = responses(peer.receive())
        clock.advance(80_000.0)
        release.set()
        second = responses(peer.receive())
        peer.wait_closed()
        return [answer["response"] for answer in [*first, *second]]

    server = script(handle)
    tools = [Tool(hang, "short"), Tool(hang, "long", timeout=float("inf"))]
    session = open_session(server, tools=tools, tool_timeout=7, clock=clock, reconnect=False)
    eventually(lambda: session.snapshot().messages_sent == 2)
    session.close()

    assert server.result() == [{"error": "no result within 7 s"}, {"output": "at last"}]


# Whose answer counts


def test_a_cancelled_call_gets_no_answer(script, open_session):
    """Its tool is told; what it returns is dropped and counted, and a call that has not begun never does."""
    began, release = threading.Event(), threading.Event()
    ran = []

    def work(number: int, context: ToolContext) -> int:
        ran.append(number)
        began.set()
        assert context.cancelled.wait(TIMEOUT)
        return number

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "work", {"number": 1}), ("c2", "work", {"number": 2})))
        assert began.wait(TIMEOUT)
        peer.say({"toolCallCancellation": {"ids": ["c1", "c2"]}, "serverContent": {"interrupted": True}})
        peer.say(called(("c3", "get_weather", {"city": "Rome"})))
        answers = responses(peer.receive())
        release.set()
        peer.wait_closed()
        return answers

    server = script(handle)
    session = open_session(server, tools=[work, get_weather], max_tool_workers=1)
    assert release.wait(TIMEOUT)
    eventually(lambda: session.snapshot().late_answers == 1)
    assert session.snapshot().pending_tools == ()
    session.close()

    assert [answer["id"] for answer in server.result()] == ["c3"]
    assert ran == [1]


def test_a_stream_ends_when_its_call_is_cancelled(script, open_session, heard):
    """At its next part, with its own clean-up."""
    go_on, closed = threading.Event(), threading.Event()

    def count():
        try:
            number = 0
            while True:
                yield number
                number += 1
                assert go_on.wait(TIMEOUT)
        finally:
            closed.set()

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "count", {})))
        first = responses(peer.receive())
        peer.say({"toolCallCancellation": {"ids": ["c1"]}})
        assert heard.wait("tool_call_cancellation")
        go_on.set()
        assert closed.wait(TIMEOUT)
        peer.wait_closed()
        return first

    server = script(handle)
    session = open_session(server, tools=[count], **heard.hooks("tool_call_cancellation"))
    assert closed.wait(TIMEOUT)
    session.close()

    assert [answer["response"] for answer in server.result()] == [{"output": 0}]


def test_an_answer_by_hand_comes_first_or_not_at_all(script, open_session, heard):
    """One call, one answer: the function is told that nobody waits, and a second one by hand is refused."""
    began = threading.Event()

    def work(context: ToolContext) -> str:
        began.set()
        assert context.cancelled.wait(TIMEOUT)
        return "by the function"

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "work", {})))
        answers = responses(peer.receive())
        peer.wait_closed()
        return answers

    server = script(handle)
    session = open_session(server, tools=[work])
    assert began.wait(TIMEOUT)
    answer = {"id": "c1", "name": "work", "response": {"output": "by hand"}}
    session.send_tool_response(answer, wait=True, timeout=TIMEOUT)
    with pytest.raises(ToolError, match="the call has its answer already, or was cancelled"):
        session.send_tool_response(answer, wait=True, timeout=TIMEOUT)
    eventually(lambda: session.snapshot().late_answers == 2)
    session.close()

    assert server.result() == [answer]


def test_an_answer_of_the_old_connection_is_none_to_a_new_call_of_the_same_id(script, open_session, heard):
    """Some servers count anew: a call is bound to its connection."""
    first_began, release = threading.Event(), threading.Event()
    ran = []

    def work() -> str:
        ran.append(1)
        if len(ran) == 1:
            first_began.set()
            assert release.wait(TIMEOUT)
            return "old"
        return "new"

    def first(peer):
        peer.accept()
        peer.say(called(("c1", "work", {})))
        assert first_began.wait(TIMEOUT)
        peer.drop()

    def second(peer):
        peer.accept()
        peer.say(called(("c1", "work", {})))
        answers = responses(peer.receive())
        release.set()
        peer.wait_closed()
        return answers

    server = script(chain(first, second))
    session = open_session(
        server, tools=[work], reconnect=AT_ONCE, **heard.hooks("tool_call_cancellation", "reconnected")
    )
    assert heard.wait("tool_call_cancellation").ids == ("c1",)
    heard.wait("reconnected")
    eventually(lambda: session.snapshot().late_answers == 1)
    session.close()

    assert [answer["response"] for answer in server.result(1)] == [{"output": "new"}]


def test_a_call_without_an_id_is_answered_by_its_name_and_void_with_its_connection(script, open_session, heard):
    """Vertex AI may give none."""
    began, release = threading.Event(), threading.Event()

    def work() -> str:
        began.set()
        assert release.wait(TIMEOUT)
        return "old"

    def first(peer):
        peer.accept()
        peer.say({"toolCall": {"functionCalls": [{"name": "get_weather", "args": {"city": "Rome"}}]}})
        answers = responses(peer.receive())
        peer.say({"toolCall": {"functionCalls": [{"name": "work"}]}})
        assert began.wait(TIMEOUT)
        peer.drop()
        return answers

    server = script(chain(first, lambda peer: (peer.accept(), peer.wait_closed())))
    session = open_session(
        server,
        model="gemini-live-2.5-flash-native-audio",
        api_key=None,
        project_id="p",
        access_token="t",
        tools=[get_weather, work],
        reconnect=AT_ONCE,
        **heard.hooks("reconnected"),
    )
    heard.wait("reconnected")
    release.set()
    eventually(lambda: session.snapshot().late_answers == 1)
    session.close()

    assert server.result(0) == [{"name": "get_weather", "response": {"output": "It is foggy in Rome."}}]


def test_a_session_that_ends_tells_its_tools(script, open_session):
    """So that they can stop; close() does not wait for those that don't."""
    began, release, told = threading.Barrier(3), threading.Event(), threading.Event()

    def stubborn() -> None:
        began.wait(TIMEOUT)
        assert release.wait(TIMEOUT)

    def polite(context: ToolContext) -> None:
        began.wait(TIMEOUT)
        assert context.cancelled.wait(TIMEOUT)
        told.set()

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "stubborn", {}), ("c2", "polite", {})))
        peer.wait_closed()

    session = open_session(script(handle), tools=[stubborn, polite])
    began.wait(TIMEOUT)
    session.close()
    assert told.wait(TIMEOUT)
    release.set()


def test_too_many_calls_of_a_turn_are_refused(script, open_session, heard):
    """A model that calls in circles does no harm; the next turn has its own count."""
    messages = [called((f"c{number}", "get_weather", {"city": "Rome"})) for number in range(4)]
    turn = {"serverContent": {"turnComplete": True}}

    _, answers = result_of(
        script,
        open_session,
        *messages,
        turn,
        called(("d1", "get_weather", {"city": "Rome"})),
        answers=5,
        tools=[get_weather],
        max_tool_calls=2,
        **heard.hooks("tool_call", "error"),
    )

    said = {answer["id"]: answer["response"] for answer in answers}
    assert [key for key in said if "error" in said[key]] == ["c2", "c3"]
    assert said["c3"] == {"error": "too many calls: at most 2 are answered in one turn"}
    told = [call.id for event in heard.values("tool_call") for call in event.function_calls]
    assert told == ["c0", "c1", "d1"]
    assert [error.call_id for error in heard.values("error")] == ["c2"]


# By hand


CALL = called(("c1", "by_hand", {}), ("c2", "by_hand", {}))
DECLARED = {"name": "by_hand"}


@pytest.mark.parametrize(
    "returned",
    [
        {"c1": "one", "c2": {"output": "two"}},
        [{"id": "c1", "name": "by_hand", "response": {"output": "one"}}, {"id": "c2", "response": {"output": "two"}}],
        ("tool_response", [{"id": "c1", "response": {"output": "one"}}, {"id": "c2", "response": {"output": "two"}}]),
        [FunctionResponse(id="c1", response={"output": "one"}), FunctionResponse(id="c2", response={"output": "two"})],
    ],
    ids=["mapping", "list", "pair", "values"],
)
def test_what_a_callback_returns_is_sent(script, open_session, returned):
    """In each of the documented forms; names that go without saying are filled in."""
    _, answers = result_of(script, open_session, CALL, tools=[DECLARED], on_tool_call=lambda _: returned)

    assert answers == [
        {"id": "c1", "name": "by_hand", "response": {"output": "one"}},
        {"id": "c2", "name": "by_hand", "response": {"output": "two"}},
    ]


def test_a_single_answer_to_a_single_call_needs_no_id(script, open_session):
    """It goes without saying."""
    _, answers = result_of(
        script,
        open_session,
        called(("c1", "by_hand", {})),
        tools=[DECLARED],
        on_tool_call=lambda _: {"response": {"output": 1}},
    )

    assert answers == [{"id": "c1", "name": "by_hand", "response": {"output": 1}}]


def test_a_callback_that_raises_answers_its_calls_with_the_error(script, open_session, heard):
    """Those that it had not answered before, and not those that a function answers."""

    def answer(call):
        current_session().send_tool_response({"id": "c1", "name": "by_hand", "response": {"output": 1}})
        raise LookupError("gone")

    calls = called(("c1", "by_hand", {}), ("c2", "by_hand", {}), ("c3", "get_weather", {"city": "Rome"}))

    _, answers = result_of(
        script,
        open_session,
        calls,
        answers=3,
        tools=[DECLARED, get_weather],
        on_tool_call=answer,
        **heard.hooks("error"),
    )

    said = {answer["id"]: answer["response"] for answer in answers}
    assert said == {
        "c1": {"output": 1}, "c2": {"error": "LookupError: gone"}, "c3": {"output": "It is foggy in Rome."}
    }  # fmt: skip
    assert isinstance(heard.wait("error"), CallbackError)


@pytest.mark.parametrize(
    "returned",
    [
        5,
        "foggy",
        ("toolresponse", []),
        [5],
        {"c9": "x"},
        {"c1": Unreadable()},
        [FunctionResponse(response={"a": 1}), 5],
        {"c1": object()},
        [{"id": "c1", "response": "text"}],
        ("tool_response", 5),
    ],
)
def test_what_is_no_answer_is_told_to_both_sides(script, open_session, heard, returned):
    """The model is not left waiting, and the program reads what is wrong."""
    _, answers = result_of(
        script,
        open_session,
        called(("c1", "by_hand", {})),
        tools=[DECLARED],
        on_tool_call=lambda _: returned,
        **heard.hooks("error"),
    )

    assert answers == [{"id": "c1", "name": "by_hand", "response": {"error": "the result can't be sent"}}]
    error = heard.wait("error")
    assert isinstance(error, CallbackError)
    assert isinstance(error.error, ConfigError)


def test_calls_by_hand_stay_open_until_they_are_answered(script, open_session, heard):
    """From any thread, at any time; until then their ids are to be seen."""
    finished: Future = Future()

    def handle(peer):
        peer.accept()
        peer.say(CALL)
        finished.set_result(responses(peer.receive()))
        peer.wait_closed()

    session = open_session(script(handle), tools=[DECLARED], **heard.hooks("tool_call"))
    heard.wait("tool_call")
    assert session.snapshot().pending_tools == ("c1", "c2")
    answer = {"id": "c2", "name": "by_hand", "response": {"output": 2}}
    thread = threading.Thread(target=session.send_tool_response, args=(answer,))
    thread.start()
    thread.join(TIMEOUT)

    assert finished.result(TIMEOUT) == [answer]
    assert session.snapshot().pending_tools == ("c1",)


def test_callbacks_hear_of_calls_that_functions_answer(script, open_session, heard):
    """As of everything that the server says."""
    result_of(
        script,
        open_session,
        called(("c1", "get_weather", {"city": "Rome"})),
        tools=[get_weather],
        **heard.hooks("tool_call"),
    )

    (event,) = heard.values("tool_call")
    assert event.function_calls[0].name == "get_weather"


# Other tools in the middle of a session


def test_an_update_brings_other_functions(script, open_session):
    """From the moment when the server has taken it."""

    def other() -> str:
        return "other"

    def first(peer):
        peer.accept()
        peer.offer("h1")
        peer.wait_closed()

    def second(peer):
        setup = peer.accept()
        peer.say(called(("c1", "other", {}), ("c2", "get_weather", {})))
        answers = [*responses(peer.receive()), *responses(peer.receive())]
        peer.wait_closed()
        return setup, answers

    server = script(chain(first, second))
    session = open_session(server, tools=[get_weather], reconnect=AT_ONCE)
    session.update(tools=[other])
    eventually(lambda: session.snapshot().messages_sent == 2)
    session.close()

    setup, answers = server.result(1)
    assert [tool["name"] for tool in setup["setup"]["tools"][0]["functionDeclarations"]] == ["other"]
    said = {answer["id"]: answer["response"] for answer in answers}
    assert said == {"c1": {"output": "other"}, "c2": {"error": "there is no function 'get_weather'"}}


def test_a_context_update_brings_other_functions(script, open_session):
    """On the same connection, where the model allows it."""

    def other() -> str:
        return "other"

    def handle(peer):
        peer.accept()
        update = peer.receive()
        peer.say(called(("c1", "other", {})))
        answers = responses(peer.receive())
        peer.wait_closed()
        return update, answers

    server = script(handle)
    session = open_session(server, tools=[get_weather])
    session.send_context_update(tools=[other])
    eventually(lambda: session.snapshot().messages_sent == 2)
    session.close()

    update, answers = server.result()
    declared = update["contextUpdate"]["tools"]["tools"][0]["functionDeclarations"]
    assert [tool["name"] for tool in declared] == ["other"]
    assert answers == [{"id": "c1", "name": "other", "response": {"output": "other"}}]


def test_telemetry_tells_of_results(script, open_session):
    """How long each took and what became of it; no content."""
    events = []

    class Observer:
        def event(self, name, measurements, attributes):
            if name == "session.tool_result":
                events.append((attributes["tool"], attributes["outcome"], sorted(measurements)))

    result_of(
        script,
        open_session,
        called(("c1", "get_weather", {"city": "Rome"})),
        called(("c2", "get_weather", {})),
        answers=2,
        tools=[get_weather],
        observer=Observer(),
    )

    assert sorted(events) == [
        ("get_weather", "result", ["duration_ms"]), ("get_weather", "wrong arguments", ["duration_ms"])
    ]  # fmt: skip


# What strangers' objects may do


class SilentError(Exception):
    """One that can't say what it is."""

    def __str__(self):
        raise LookupError("no text")


class Comparer:
    """An object whose comparison is no truth."""

    def __eq__(self, other):
        raise LookupError("no truth")

    __hash__ = None


def test_an_exception_that_cannot_say_what_it_is_ends_nothing(script, open_session, heard):
    """Of a tool or of a callback: the call is answered, and callbacks go on."""

    def fail() -> None:
        raise SilentError

    def answer(call):
        if call.function_calls[0].name == "by_hand":
            raise SilentError

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "fail", {})), called(("c2", "by_hand", {})), {"goAway": {"timeLeft": "50s"}})
        answers = [*responses(peer.receive()), *responses(peer.receive())]
        peer.wait_closed()
        return {answer["id"]: answer["response"] for answer in answers}

    server = script(handle)
    session = open_session(
        server,
        tools=[fail, DECLARED],
        tool_timeout=float("inf"),
        reconnect=False,
        on_tool_call=answer,
        **heard.hooks("go_away", "error"),
    )
    heard.wait("go_away")
    heard.wait("error", 2)
    eventually(lambda: session.snapshot().pending_tools == ())
    session.close()

    assert server.result() == {"c1": {"error": "SilentError"}, "c2": {"error": "SilentError"}}


@pytest.mark.parametrize("dispatch", ["thread", "inline"])
def test_a_returned_object_that_does_not_like_to_be_compared_ends_nothing(script, open_session, heard, dispatch):
    """It is no answer, and that is said."""
    _, answers = result_of(
        script,
        open_session,
        called(("c1", "by_hand", {})),
        tools=[DECLARED],
        dispatch=dispatch,
        on_tool_call=lambda _: (Comparer(), 1),
        **heard.hooks("error"),
    )

    assert answers[0]["response"] == {"error": "the result can't be sent"}
    assert isinstance(heard.wait("error"), CallbackError)


@attrs.frozen
class Checked:
    """A record that complains of what it is given."""

    city: str

    def __attrs_post_init__(self):
        raise ValueError(f"not {self.city} with a-good-key")


def test_no_secret_is_told_to_the_model(script, open_session, heard, caplog):
    """Neither by a callback that raises, nor by a class that complains of an argument; and none to the log."""

    def take(what: Checked) -> None:
        raise AssertionError

    def answer(call):
        raise RuntimeError("key a-good-key " + "x" * 5000)

    calls = called(("c1", "take", {"what": {"city": "Rome"}}), ("c2", "by_hand", {}))
    with caplog.at_level("DEBUG", logger="gemini_live"):
        _, answers = result_of(
            script, open_session, calls, answers=2, tools=[take, DECLARED], on_tool_call=answer, **heard.hooks("error")
        )

    said = {answer["id"]: answer["response"]["error"] for answer in answers}
    assert "not Rome with [redacted]" in said["c1"]
    assert said["c2"].startswith("RuntimeError: key [redacted] xxx")
    assert len(said["c2"]) < 2100
    assert "a-good-key" not in caplog.text


def test_what_a_failed_tool_leaves_behind_is_cleared_up_on_its_own_thread(script, open_session, heard):
    """Finalizers may take their time, and the session has none to lose."""
    cleared = []

    def cursor():
        try:
            yield 1
        finally:
            cleared.append(threading.current_thread().name)

    def read() -> None:
        rows = cursor()
        next(rows)
        raise LookupError("gone")

    result_of(script, open_session, called(("c1", "read", {})), tools=[read], **heard.hooks("error"))

    assert len(cleared) == 1
    assert ":tool-" in cleared[0]


def test_an_update_of_other_settings_keeps_the_functions(script, open_session):
    """Also those of a context update."""

    def other() -> str:
        return "other"

    def first(peer):
        peer.accept()
        peer.receive()
        peer.offer("h1")
        peer.wait_closed()

    def second(peer):
        peer.accept()
        peer.say(called(("c1", "other", {})))
        while True:
            message = peer.receive()
            if "toolResponse" in message:
                answered.set()
                peer.wait_closed()
                return responses(message)

    answered = threading.Event()
    server = script(chain(first, second))
    session = open_session(server, tools=[get_weather], reconnect=AT_ONCE)
    session.send_context_update(tools=[other], wait=True)
    session.update(system_instruction="Be brief.", timeout=5)
    assert answered.wait(TIMEOUT)
    session.close()

    assert server.result(1)[0]["response"] == {"output": "other"}


def test_schemas_of_others_are_declared_as_the_service_takes_them(script, make):
    """One enum of numbers in a tool server's list would cost the whole setup."""
    schema = {
        "type": "object",
        "properties": {
            "level": {"type": "integer", "enum": [1, 2]},
            "link": {"type": "string", "format": "uri"},
            "either": {"description": "One of two.", "anyOf": [{"type": "string"}, {"type": "integer"}]},
        },
    }
    server = script(lambda peer: (peer.accept(), peer.wait_closed())[0])
    mcp = {"name": "listed", "description": "", "inputSchema": schema}
    session = make(server, tools=[mcp, Tool(lambda **args: args, "own", parameters=schema)])
    session.connect()
    session.close()

    (declared,) = server.result()["setup"]["tools"]
    for declaration in declared["functionDeclarations"]:
        properties = declaration["parameters"]["properties"]
        assert properties["level"] == {"type": "INTEGER", "description": "One of 1, 2."}
        assert properties["link"] == {"type": "STRING", "description": "Format: uri."}
        assert properties["either"].keys() == {"anyOf"}


def test_a_function_with_a_schema_of_its_own_is_told_of_its_call(script, open_session):
    """The model can't give the context."""

    def look(context: ToolContext, **args) -> list:
        return [context.call_id, args]

    tools = [Tool(look, parameters={"type": "OBJECT", "properties": {"q": {"type": "STRING"}}})]
    calls = [called(("c1", "look", {"q": "x"})), called(("c2", "look", {"context": "mine"}))]

    _, answers = result_of(script, open_session, *calls, answers=2, tools=tools)

    said = {answer["id"]: answer["response"] for answer in answers}
    assert said == {"c1": {"output": ["c1", {"q": "x"}]}, "c2": {"error": "context: unknown"}}


@pytest.mark.parametrize("nothing", [[], {}, (), None])
def test_a_callback_that_returns_nothing_leaves_the_calls_to_others(script, open_session, nothing):
    """An empty list is what a filter returns that finds none of its own."""
    finished = threading.Event()

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "by_hand", {})))
        answers = responses(peer.receive())
        finished.set()
        peer.wait_closed()
        return answers

    told = threading.Event()
    server = script(handle)
    session = open_session(server, tools=[DECLARED], on_tool_call=lambda _: (told.set(), nothing)[1])
    assert told.wait(TIMEOUT)
    answer = {"id": "c1", "name": "by_hand", "response": {"output": "later"}}
    session.send_tool_response(answer, wait=True)
    assert finished.wait(TIMEOUT)
    session.close()

    assert server.result() == [answer]


def test_a_stream_waits_for_room_in_the_outbox(script, open_session):
    """A tool may be faster than the network; its parts are bounded as everything is, and none is lost."""
    room, size = 300_000, 10_000
    most = []
    read = threading.Event()

    def flood():
        for number in range(200):
            most.append(current_session().snapshot().outbox_bytes)
            if number == 100:
                read.set()
            yield "x" * size

    def handle(peer):
        peer.accept()
        peer.say(called(("c1", "flood", {})))
        count = 0
        while True:
            (answer,) = responses(peer.receive())
            count += 1
            if not answer["willContinue"]:
                peer.wait_closed()
                return count

    server = script(handle)
    session = open_session(server, tools=[flood], outbox=OutboxPolicy(max_bytes=room))
    eventually(lambda: session.snapshot().messages_sent == 201)
    session.close()

    assert server.result() == 201
    assert max(most) <= room


VERTEX = {
    "model": "gemini-live-2.5-flash-native-audio", "api_key": None, "project_id": "p", "access_token": "t"
}  # fmt: skip
NAMELESS = {"toolCall": {"functionCalls": [{"name": "by_hand"}]}}


def test_a_call_without_an_id_is_answered_once_as_well(script, open_session, heard):
    """By the program, which then raises, and tries again; calls of one name are counted."""
    answer = {"name": "by_hand", "response": {"output": 1}}

    def reply(call):
        current_session().send_tool_response(answer)
        raise LookupError("afterwards")

    def handle(peer):
        peer.accept()
        peer.say(NAMELESS)
        answers = responses(peer.receive())
        peer.say(called(("c2", "get_weather", {"city": "Rome"})))
        answers += responses(peer.receive())
        peer.wait_closed()
        return answers

    server = script(handle)
    session = open_session(
        server, tools=[DECLARED, get_weather], on_tool_call=once(reply), **VERTEX, **heard.hooks("error")
    )
    heard.wait("error")
    with pytest.raises(ToolError, match="has its answer already"):
        session.send_tool_response(answer, wait=True, timeout=TIMEOUT)
    eventually(lambda: session.snapshot().messages_sent == 2)
    session.close()

    assert [one["name"] for one in server.result()] == ["by_hand", "get_weather"]
    assert session.snapshot().pending_tools == ()


def ignore(value):
    """Do nothing."""


def once(function):
    """Return a function that does something the first time."""
    calls = iter([function])

    def act(value):
        return next(calls, ignore)(value)

    return act


def test_a_function_without_an_id_is_given_up_when_the_program_answers(script, open_session):
    """One call, one answer, whoever is first."""
    began = threading.Event()

    def by_hand(context: ToolContext) -> str:
        began.set()
        assert context.cancelled.wait(TIMEOUT)
        return "late"

    def handle(peer):
        peer.accept()
        peer.say(NAMELESS)
        answers = responses(peer.receive())
        peer.wait_closed()
        return answers

    server = script(handle)
    session = open_session(server, tools=[by_hand], **VERTEX)
    assert began.wait(TIMEOUT)
    assert session.snapshot().pending_tools == ("by_hand",)
    session.send_tool_response({"name": "by_hand", "response": {"output": 1}})
    eventually(lambda: session.snapshot().late_answers == 1)
    session.close()

    assert server.result() == [{"name": "by_hand", "response": {"output": 1}}]


def test_one_message_answers_a_call_once(open_session, server):
    """Parts before the answer are no second one."""
    session = open_session(server)
    answer = {"id": "c1", "name": "f", "response": {"output": 1}}

    with pytest.raises(ConfigError, match="'c1' twice"):
        session.send_tool_response([answer, answer])
    session.send_tool_response([{**answer, "will_continue": True}, answer])


@tool(behavior="NON_BLOCKING", timeout=60)
def marked(city: str, day: str = "today") -> str:
    """Look something up."""
    return f"{city} {day}"


@pytest.mark.parametrize(
    "given", [functools.partial(marked, day="now"), Tool(marked, "marked"), Tool(marked, timeout=5)]
)
def test_a_mark_is_seen_through_partials_and_tools(script, open_session, given):
    """What is said anew counts more."""
    setup, _ = result_of(script, open_session, called(("c1", "marked", {"city": "Rome"})), tools=[given])

    (declaration,) = setup["setup"]["tools"][0]["functionDeclarations"]
    assert declaration["behavior"] == "NON_BLOCKING"


def test_a_slip_in_a_tools_settings_is_named(make, server):
    """With the nearest that there is."""
    with pytest.raises(ConfigError, match="tiemout: unknown; did you mean timeout"):
        make(server).tool(tiemout=5)


def test_several_threads_may_register_tools(make, server):
    """None is lost."""
    session = make(server)
    barrier = threading.Barrier(8)

    def register(number):
        barrier.wait(TIMEOUT)
        session.tool(name=f"t{number}")(lambda: number)

    threads = [threading.Thread(target=register, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    session.connect()

    (declared,) = server.sessions[-1].setup["tools"]
    assert sorted(one["name"] for one in declared["functionDeclarations"]) == [f"t{number}" for number in range(8)]


def test_an_object_without_a_name_is_refused():
    """Two of them would have the same."""
    with pytest.raises(ConfigError, match="no name of its own"):
        Session.start_link(model=THINKING, api_key="k", tools=[Caller("!")])


def test_extra_setup_takes_no_function_away(make, server):
    """It is merged last, and would."""
    with pytest.raises(ConfigError, match=r"extra_setup\.tools: takes the place of the functions"):
        make(server, tools=[get_weather], extra_setup={"tools": [{"googleSearch": {}}]})


@pytest.mark.parametrize(
    "wait",
    [
        lambda session: session.ask("Yes?"),
        lambda session: session.wait_for_turn(),
        lambda session: session.park(),
        lambda session: session.update(system_instruction="Other."),
    ],
)
def test_a_tool_is_not_let_wait_for_itself(script, open_session, wait):
    """The model waits for the tool, so nothing would come of it."""

    def look() -> str:
        with pytest.raises(CallingSelfError, match="this tool"):
            wait(current_session())
        return "told"

    _, answers = result_of(script, open_session, called(("c1", "look", {})), tools=[Tool(look, behavior="BLOCKING")])

    assert answers[0]["response"] == {"output": "told"}


def test_a_call_that_nobody_can_answer_is_not_waited_for(script, open_session, heard):
    """One without a name is none, and must not keep a session from resting."""

    def handle(peer):
        peer.accept()
        peer.say({"toolCall": {"functionCalls": [{"id": "c1", "name": ""}, {"id": "c2"}]}})
        peer.wait_closed()

    session = open_session(script(handle), tools=[get_weather], **heard.hooks("tool_call", "error"))
    heard.wait("error", 2)
    eventually(lambda: session.snapshot().pending_tools == ())
    assert session.snapshot().messages_sent == 0


def test_arguments_in_pieces_are_no_call(script, open_session):
    """A function is never called with a part of what the model has said."""
    ran = []

    def look(city: str = "nowhere") -> None:
        ran.append(city)

    piece = {"jsonPath": "$.city", "stringValue": "Ro", "willContinue": True}
    pieces = [
        {"id": "c1", "name": "look", "willContinue": True},
        {"id": "c1", "partialArgs": [piece], "willContinue": True},
        {"id": "c1"},
    ]
    messages = [{"toolCall": {"functionCalls": [one]}} for one in pieces]

    _, answers = result_of(script, open_session, *messages, tools=[look], **VERTEX)

    assert "in pieces" in answers[0]["response"]["error"]
    assert answers[0]["name"] == "look"
    assert ran == []


def test_a_generator_behind_a_decorator_streams(script, open_session):
    """It is what comes out that counts."""

    def logged(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(*args, **kwargs)

        return wrapper

    @logged
    def look():
        yield 1

    setup, answers = result_of(script, open_session, called(("c1", "look", {})), answers=2, tools=[look])

    assert setup["setup"]["tools"][0]["functionDeclarations"][0]["behavior"] == "NON_BLOCKING"
    assert [answer["willContinue"] for answer in answers] == [True, False]


def test_an_endless_result_ends(script, open_session):
    """At a bound, or when nobody wants it any more."""
    _, answers = result_of(
        script, open_session, called(("c1", "count", {})), tools=[Tool(itertools.count, "count", parameters={})]
    )

    assert "more than" in answers[0]["response"]["error"]
