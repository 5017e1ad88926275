"""The whole wire through a session: both backends, every way to send, every problem at once."""

from __future__ import annotations

import base64
import io

import pytest

from gemini_live import AuthError, ConfigError, Session
from gemini_live.types import Content, GenerationConfig

from .conftest import MODEL, TIMEOUT, Peer

PIL = pytest.importorskip("PIL.Image")
VERTEX = {"auth": "vertex_ai", "api_key": None, "project_id": "my-project", "access_token": "ya29.a-good-token"}
ANSWER = {"id": "c1", "name": "f", "response": {"output": 1}}


def collect(count, *messages):
    """Return a handler that completes the setup, says some messages and returns the setup and what follows it."""

    def handle(peer: Peer):
        setup = peer.accept()
        peer.say(*messages)
        received = [setup, *(peer.receive() for _ in range(count))]
        peer.wait_closed()
        return received

    return handle


def test_vertex_gets_its_path_its_token_and_its_default(script, open_session):
    """On Vertex AI the model's full name, a bearer token and spoken answers go out; nothing is in the URL."""
    server = script(collect(0))

    open_session(server, **VERTEX, model="gemini-live-2.5-flash-native-audio", session_resumption=False).close()

    request = server.requests[0]
    assert request.path == "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
    assert request.headers["authorization"] == "Bearer ya29.a-good-token"
    assert "x-goog-api-key" not in request.headers
    assert server.result()[0] == {
        "setup": {
            "model": "projects/my-project/locations/us-central1/publishers/google/models/"
            "gemini-live-2.5-flash-native-audio",
            "generationConfig": {"responseModalities": ["AUDIO"]},
        }
    }


def test_a_token_is_asked_for_at_every_connect(script, make):
    """access_token may be a function; one that raises or gives nothing is an AuthError before anything is dialled."""
    tokens = iter(["first-token", "", RuntimeError("no token today")])

    def give() -> str:
        token = next(tokens)
        if isinstance(token, Exception):
            raise token
        return token

    server = script(collect(0))
    session = make(server, **{**VERTEX, "access_token": give}, location="global")
    session.connect()
    session.close()
    again = make(server, **{**VERTEX, "access_token": give})
    for _ in range(2):
        with pytest.raises(AuthError, match="nothing was dialled"):
            again.connect()

    assert [request.headers["authorization"] for request in server.requests] == ["Bearer first-token"]


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"auth": "vertex_ai", "access_token": "t", "api_key": None}, "project_id"),
        ({**VERTEX, "api_key": "k"}, "api_key"),
        ({**VERTEX, "project_id": "My Project"}, "project_id"),
        ({**VERTEX, "location": "us/../eu"}, "location"),
        ({**VERTEX, "access_token": "two words"}, "access_token"),
        ({"auth": "gemini", "project_id": "p"}, "project_id"),
        ({"explicit_vad_signal": True}, "explicit_vad_signal"),
        ({"session_resumption": {"transparent": True}}, "session_resumption.transparent"),
        ({"strict": "yes"}, "strict"),
        (
            {"enable_affective_dialog": True, "generation_config": {"enable_affective_dialog": True}},
            "enable_affective_dialog",
        ),
        ({"tools": [{"function_declarations": [{"name": "9lives"}]}]}, "tools[0].function_declarations[0].name"),
        ({"labels": {"Team": "x"}}, "labels.Team"),
        (
            {"model": "gemini-3.8-live", "generation_config": {"thinking_config": {}}},
            "generation_config.thinking_config",
        ),
    ],
)
def test_what_a_backend_or_model_refuses_is_refused_here(options, path):
    """Fields of the other backend, wrong identifiers and what the model is known to refuse are named."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(**{"model": MODEL, "api_key": "k", **options})

    assert caught.value.path.startswith(path)


def test_every_problem_is_told_at_once():
    """One error lists everything that is wrong, each with its place, and a callback's slip among them."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(
            model=MODEL,
            api_key="k",
            generation_config={"temprature": 1, "top_p": 3},
            session_resumption={"transparent": True},
            dispatch="process",
            on_text=5,
            connect_timeout=-1,
        )

    assert [problem.path for problem in caught.value.problems] == [
        "generation_config.temprature",
        "generation_config.top_p",
        "session_resumption.transparent",
        "on_text",
        "dispatch",
        "connect_timeout",
    ]


def test_strict_false_lets_through_what_the_model_is_known_to_refuse(script, open_session):
    """The pre-flight can be turned off; types and names are still checked."""
    server = script(collect(0))

    open_session(
        server, model="gemini-3.8-live", strict=False, generation_config={"thinking_config": {"thinking_level": "low"}}
    ).close()

    assert server.result()[0]["setup"]["generationConfig"] == {"thinkingConfig": {"thinkingLevel": "LOW"}}


def test_options_that_need_the_alpha_version_get_it(script, open_session):
    """Proactivity and affective dialog of the 2.5 models are served under v1alpha only, unless a version was named."""
    server = script(collect(0))

    open_session(server, proactivity={"proactive_audio": True}).close()
    open_session(server, enable_affective_dialog=True, api_version="v1alpha").close()

    assert all(".v1alpha." in request.path for request in server.requests)
    assert server.result(1)[0]["setup"]["generationConfig"] == {"enableAffectiveDialog": True}


def test_tool_answers_in_every_form(script, open_session, heard):
    """One, a list, parts with bytes, scheduling; keys of the program's own are never touched; ids are settled."""
    call = {"toolCall": {"functionCalls": [{"id": "c1", "name": "f", "args": {"a_b": 1}}, {"id": "c2", "name": "g"}]}}
    server = script(collect(3, call))
    session = open_session(server, **heard.hooks("tool_call"))
    heard.wait("tool_call")
    assert session.snapshot().pending_tools == ("c1", "c2")

    session.send_tool_response(
        {**ANSWER, "will_continue": True, "parts": [{"inline_data": {"mime_type": "image/png", "data": b"\xff\xfe"}}]}
    )
    session.send_tool_response(ANSWER)
    session.send_tool_response(
        [{**ANSWER, "id": "c2", "response": {"own_key": {"aB": [None]}}, "scheduling": "silent"}],
        wait=True,
        timeout=TIMEOUT,
    )

    assert session.snapshot().pending_tools == ()
    session.close()
    sent = [message["toolResponse"]["functionResponses"] for message in server.result()[1:]]
    assert sent == [
        [
            {
                "id": "c1",
                "name": "f",
                "response": {"output": 1},
                "willContinue": True,
                "parts": [{"inlineData": {"mimeType": "image/png", "data": "//4="}}],
            }
        ],
        [{"id": "c1", "name": "f", "response": {"output": 1}}],
        [{"id": "c2", "name": "f", "response": {"own_key": {"aB": [None]}}, "scheduling": "SILENT"}],
    ]


@pytest.mark.parametrize(
    ("send", "path"),
    [
        (lambda s: s.send_tool_response([]), "responses"),
        (lambda s: s.send_tool_response(5), "responses"),
        (lambda s: s.send_tool_response({**ANSWER, "id": None}), "response.id"),
        (lambda s: s.send_tool_response([{**ANSWER, "name": None}]), "responses[0].name"),
        (lambda s: s.send_tool_response({"id": "c", "name": "f"}), "response.response"),
        (lambda s: s.send_tool_response({**ANSWER, "response": "text"}), "response.response"),
        (lambda s: s.send_tool_response({**ANSWER, "schedule": "SILENT"}), "response.schedule"),
        (lambda s: s.send_context_update(), "context_update"),
        (lambda s: s.send_context_update(tools=[{"enterprise_web_search": {}}]), "tools[0].enterprise_web_search"),
        (lambda s: s.send_context_update(tools=[{"googel_search": {}}]), "tools[0].googel_search"),
        (lambda s: s.seed_history("words"), "turns"),
        (lambda s: s.seed_history([{"role": "system", "parts": [{"text": "x"}]}]), "turns[0].role"),
        (lambda s: s.seed_history([{"role": "user"}]), "turns[0]"),
    ],
)
def test_wrong_answers_updates_and_histories_are_refused(emulator, open_session, send, path):
    """What the server would close the connection for is a ConfigError that names the place."""
    with pytest.raises(ConfigError) as caught:
        send(open_session(emulator))

    assert caught.value.path == path


def test_a_family_that_does_not_schedule_is_told(script, open_session):
    """On a model whose tools run one at a time, scheduling is refused, and let through with strict=False."""
    server = script(collect(1))
    answer = {**ANSWER, "scheduling": "SILENT"}

    with pytest.raises(ConfigError, match="scheduling"):
        open_session(server, model="gemini-3.1-flash-live-preview").send_tool_response(answer)
    open_session(server, model="gemini-3.1-flash-live-preview", strict=False).send_tool_response(answer)


def test_vertex_needs_no_id_in_an_answer(script, open_session):
    """Vertex AI may never have given an id."""
    server = script(collect(1))
    session = open_session(server, **VERTEX)

    session.send_tool_response({"name": "f", "response": {}})

    session.close()
    assert server.result()[1] == {"toolResponse": {"functionResponses": [{"name": "f", "response": {}}]}}


def test_context_updates_nest_their_tools_twice(script, open_session):
    """Instruction, tools, both, and [] which takes the tools away."""
    server = script(collect(3))
    session = open_session(server, model="gemini-3.8-live")

    session.send_context_update(system_instruction="Be brief.")
    session.send_context_update(tools=[])
    session.send_context_update(system_instruction={"parts": [{"text": "x"}]}, tools=[{"google_search": {}}])

    session.close()
    assert [message["contextUpdate"] for message in server.result()[1:]] == [
        {"systemInstruction": {"parts": [{"text": "Be brief."}], "role": "user"}},
        {"tools": {"tools": []}},
        {"systemInstruction": {"parts": [{"text": "x"}]}, "tools": {"tools": [{"googleSearch": {}}]}},
    ]


@pytest.mark.parametrize("announced", [False, True])
def test_a_history_is_closed_where_it_was_announced(script, open_session, announced):
    """Parts of tool rounds become words; announced by history_config the content is closed, else it stays open."""
    server = script(collect(1))
    options = {"history_config": {"initial_history_in_client_content": True}} if announced else {}
    session = open_session(server, **options)

    session.seed_history(
        [
            {"parts": [{"text": "Weather?"}]},
            {"role": "model", "parts": [{"function_call": {"name": "weather", "args": {"city": "Paris"}}}]},
            {"role": "user", "parts": [{"function_response": {"name": "weather", "response": {"output": "fog"}}}]},
        ]
    )

    session.close()
    assert server.result()[1] == {
        "clientContent": {
            "turns": [
                {"parts": [{"text": "Weather?"}], "role": "user"},
                {"parts": [{"text": "[called weather with {'city': 'Paris'}]"}], "role": "model"},
                {"parts": [{"text": "[weather answered {'output': 'fog'}]"}], "role": "user"},
            ],
            "turnComplete": announced,
        }
    }


def test_a_family_that_only_hears_takes_no_history(script, open_session):
    """Models that translate or transcribe are told nothing beforehand, and take no text and no pictures."""
    server = script(collect(0))
    session = open_session(
        server,
        model="gemini-3.5-live-translate-preview",
        translation_config={"target_language_code": "de"},
    )

    for send in (
        lambda: session.seed_history(["hi"]),
        lambda: session.send_text("hi"),
        lambda: session.send_client_content("hi"),
        lambda: session.send_realtime_text("hi"),
        lambda: session.send_video(b"x"),
    ):
        with pytest.raises(ConfigError, match="hear audio and nothing else"):
            send()


def test_a_seeded_history_is_remembered(emulator, open_session):
    """What was seeded is known to the model in the next turn."""
    session = open_session(emulator, output_audio_transcription={})

    session.seed_history(
        [
            {"role": "user", "parts": [{"text": "My name is Alice and my favorite color is teal."}]},
            {"role": "model", "parts": [{"text": "Nice to meet you, Alice!"}]},
        ]
    )

    assert "Alice" in session.ask("What is my name and favorite color?", timeout=TIMEOUT).output_transcript


def test_a_pillow_image_goes_out_as_a_jpeg(script, open_session):
    """Images of Pillow are accepted as video, transparent ones as well."""
    server = script(collect(2))
    session = open_session(server)

    session.send_video(PIL.new("RGBA", (8, 8), "red"))
    session.send_realtime_input(video=PIL.new("L", (8, 8)))

    session.close()
    for message in server.result()[1:]:
        assert message["realtimeInput"]["video"]["mimeType"] == "image/jpeg"
        picture = PIL.open(io.BytesIO(base64.b64decode(message["realtimeInput"]["video"]["data"])))
        assert (picture.format, picture.size) == ("JPEG", (8, 8))


@pytest.mark.parametrize("spelling", ["generationConfig", "generation_config"])
def test_extra_setup_is_merged_at_every_level(script, open_session, spelling):
    """Fields newer than the library join those that it knows, in either spelling, and win over them."""
    server = script(collect(0))

    open_session(
        server,
        session_resumption=False,
        generation_config={"response_modalities": ["AUDIO"], "temperature": 0.5},
        extra_setup={spelling: {"newField": {"a_b": 1}, "temperature": 1}, "newer": True},
    ).close()

    assert server.result()[0]["setup"] == {
        "model": f"models/{MODEL}",
        "generationConfig": {"responseModalities": ["AUDIO"], "temperature": 1, "newField": {"a_b": 1}},
        "newer": True,
    }


def test_what_extra_setup_says_counts_for_the_session(script, open_session):
    """Activity marks, seeding and the API version follow the setup as it goes out."""
    server = script(collect(2))
    session = open_session(
        server,
        extra_setup={
            "realtimeInputConfig": {"automaticActivityDetection": {"disabled": True}},
            "historyConfig": {"initialHistoryInClientContent": True},
            "proactivity": {"proactiveAudio": True},
        },
    )

    session.send_activity_start()
    session.seed_history(["hi"])

    session.close()
    assert server.result()[2]["clientContent"]["turnComplete"] is True
    assert ".v1alpha." in server.requests[0].path


def test_strict_false_lets_activity_marks_through(script, open_session):
    """A server that is known to behave otherwise can be told what it wants to hear."""
    server = script(collect(1))
    session = open_session(server, strict=False)

    session.send_activity_start()

    session.close()
    assert server.result()[1] == {"realtimeInput": {"activityStart": {}}}


def test_one_kind_of_mistake_hides_no_other():
    """Unknown options, a wrong backend, what the model refuses, callbacks and a missing key are all told together."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(
            tempratur=1,
            model=MODEL,
            api_key="k",
            generation_config={"temperature": 9, "speech_config": {"language_code": "en-US"}},
            extra_setup=5,
            on_text=5,
            on_audio=6,
        )
    paths = {problem.path for problem in caught.value.problems}
    assert {"tempratur", "generation_config.temperature", "extra_setup", "on_text", "on_audio"} <= paths

    with pytest.raises(ConfigError) as wrong_auth:
        Session.start_link(auth="bogus", model=MODEL, generation_config={"temperature": 9})
    assert {problem.path for problem in wrong_auth.value.problems} == {"auth", "generation_config.temperature"}


def test_a_missing_key_is_told_after_what_else_is_wrong():
    """Without a key the other mistakes are still named; with none of those it is the AuthError."""
    with pytest.raises(ConfigError, match="temperature"):
        Session.start_link(model=MODEL, generation_config={"temperature": 9})


@pytest.mark.parametrize(
    "options",
    [
        {"generation_config": GenerationConfig(extra={"x": {1}})},
        {"generation_config": Content(), "enable_affective_dialog": True},
        {"generation_config": GenerationConfig(enable_affective_dialog=False), "enable_affective_dialog": True},
    ],
)
def test_values_that_could_never_be_sent_are_refused_by_start_link(options):
    """What can't be written, or contradicts itself, does not wait for connect() to be found."""
    with pytest.raises(ConfigError):
        Session.start_link(model=MODEL, api_key="k", **options)


def test_the_setup_is_a_copy(script, make):
    """What a program does to its own mappings after start_link changes nothing on the wire."""
    server = script(collect(0))
    extra = {"newer": {"list": [1]}}
    session = make(server, extra_setup=extra, session_resumption=False)
    extra["newer"]["list"].append({2})

    session.connect()
    session.close()

    assert server.result()[0]["setup"]["newer"] == {"list": [1]}


def test_an_image_that_can_not_be_written_is_refused(emulator, open_session):
    """Pillow's own errors become a ConfigError of the argument."""
    with pytest.raises(ConfigError, match="JPEG"):
        open_session(emulator).send_video(PIL.new("RGB", (70_000, 1)))
