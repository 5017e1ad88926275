"""Functions as tools: declared, run, answered once, cancelled, scheduled; against a server in the test's hands."""

from __future__ import annotations

import contextvars
import functools
import gc
import threading
import weakref
from concurrent.futures import Future

import attrs
import pytest

from gemini_live import (
    CallbackError,
    ConfigError,
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
    assert [number for number, _ in taken[:2]] == [0, 1]
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
        [],
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
