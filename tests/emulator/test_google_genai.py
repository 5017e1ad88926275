"""Google's own client against the emulator: listings, tokens, music, and sessions on both backends."""

from __future__ import annotations

import asyncio
import math
import warnings

import pytest

from gemini_live.emulator import Emulator

genai = pytest.importorskip("google.genai", reason="google-genai is not installed: pip install google-genai")

from google.auth.credentials import Credentials  # noqa: E402 - there is none without the client
from google.genai import errors, types  # noqa: E402

MODEL = "gemini-2.5-flash-native-audio-preview-12-2025"
SECONDS = 20.0
PAGE = 6
CONSTRAINTS = {
    "model": MODEL,
    "config": {"system_instruction": "Be brief.", "temperature": 0.5, "output_audio_transcription": {}},
}


class FixedCredentials(Credentials):
    """Credentials that are always good."""

    def __init__(self, token):
        super().__init__()
        self.token = token

    def refresh(self, request):
        """Do nothing: the token never expires."""


@pytest.fixture(autouse=True)
def no_noise(monkeypatch):
    """Proxies are none of these tests' business, wherever that client learns of them; nor are its warnings."""
    monkeypatch.setenv("NO_PROXY", "*")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", errors.ExperimentalWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning, message="Inheritance class Aiohttp")
        yield


@pytest.fixture
def tls_server():
    """An emulator with TLS, which that client insists on, and short pages."""
    with Emulator(output_speed=math.inf, page_size=PAGE) as server:
        yield server


@pytest.fixture
def make_client(tls_server):
    """Make a client that is pointed at the emulator; closed at the end of the test."""
    made = []

    def make_client(*, api_version="v1beta", **options):
        http_options = types.HttpOptions(
            base_url=tls_server.base_url,
            api_version=api_version,
            client_args={"verify": tls_server.ssl_context, "trust_env": False},
            async_client_args={"ssl": tls_server.ssl_context, "proxy": None},
        )
        client = genai.Client(**(options or {"api_key": "a-key"}), http_options=http_options)
        made.append(client)
        return client

    yield make_client
    for client in made:
        client.close()


def on_vertex(token="a-token"):
    return {"vertexai": True, "project": "p", "location": "us-central1", "credentials": FixedCredentials(token)}


def run(coroutine):
    """Run a coroutine to its end, which comes soon."""
    return asyncio.run(asyncio.wait_for(coroutine, SECONDS))


async def converse(client, model, config=None):
    """Say something and return the words of the answer."""
    async with client.aio.live.connect(model=model, config=config) as session:
        await session.send_client_content(turns={"role": "user", "parts": [{"text": "Say yes."}]})
        words = ""
        async for message in session.receive():
            content = message.server_content
            if content and content.output_transcription:
                words += content.output_transcription.text or ""
    return words


@pytest.mark.parametrize("backend", ["gemini", "vertex_ai"])
def test_it_lists_models_over_two_pages(tls_server, make_client, backend):
    """Its pager follows nextPageToken."""
    client = make_client() if backend == "gemini" else make_client(api_version="v1beta1", **on_vertex())
    names = [model.name for model in client.models.list()]
    assert any(name.endswith("models/gemini-3.8-live") for name in names)
    first, second = tls_server.requests
    assert len(set(names)) == len(names) > PAGE
    assert "pageToken" not in first.query and "pageToken" in second.query


def test_it_lists_models_asynchronously(tls_server, make_client):
    """The same pages, and the methods as supported_actions."""

    async def listing():
        async with make_client().aio as client:
            return [model async for model in await client.models.list()]

    models = run(listing())
    assert len(models) > PAGE and len(tls_server.requests) == 2
    assert any("bidiGenerateContent" in model.supported_actions for model in models)


def test_it_gets_one_model(make_client):
    """By its name, on both backends."""
    assert make_client().models.get(model="gemini-3.8-live").name == "models/gemini-3.8-live"
    vertex = make_client(api_version="v1beta1", **on_vertex())
    assert vertex.models.get(model="gemini-3.8-live").name == "publishers/google/models/gemini-3.8-live"


def test_it_makes_a_token_and_uses_it(tls_server, make_client):
    """Made with constraints, the token opens one session in which they count."""
    maker = make_client(api_version="v1alpha")
    token = maker.auth_tokens.create(config={"uses": 1, "live_connect_constraints": CONSTRAINTS})
    assert token.name.startswith("auth_tokens/")
    client = make_client(api_version="v1alpha", api_key=token.name)
    assert run(converse(client, "another", {"response_modalities": ["AUDIO"]}))
    (session,) = tls_server.sessions
    assert session.effective_setup["model"] == f"models/{MODEL}"
    assert session.effective_setup["generationConfig"] == {"temperature": 0.5}
    with pytest.raises(Exception, match="used up"):
        run(converse(client, MODEL))


def test_it_makes_tokens_asynchronously(make_client):
    """The same request."""

    async def making():
        async with make_client(api_version="v1alpha").aio as client:
            return await client.auth_tokens.create(config={"live_connect_constraints": CONSTRAINTS})

    assert run(making()).name.startswith("auth_tokens/")


LOCKED = "model,generationConfig.temperature,systemInstruction.parts,systemInstruction.role,outputAudioTranscription"


@pytest.mark.parametrize(
    ("config", "mask"),
    [
        ({}, None),
        ({"live_connect_constraints": CONSTRAINTS}, None),
        ({"live_connect_constraints": CONSTRAINTS, "lock_additional_fields": []}, LOCKED),
        (
            {"live_connect_constraints": CONSTRAINTS, "lock_additional_fields": ["temperature", "seed"]},
            f"{LOCKED},generationConfig.temperature,generationConfig.seed",
        ),
        ({"lock_additional_fields": ["tools"]}, "tools"),
        (
            {"live_connect_constraints": CONSTRAINTS, "lock_additional_fields": ["top_k"]},
            f"{LOCKED},generationConfig.top_k",
        ),
        (
            {"lock_additional_fields": ["output_audio_transcription", "temperature"]},
            "output_audio_transcription,temperature",
        ),
    ],
)
def test_its_field_masks_are_accepted(tls_server, make_client, config, mask):
    """Nothing locked, everything, what is set, and what is listed besides."""
    token = make_client(api_version="v1alpha").auth_tokens.create(config=config)
    (request,) = tls_server.requests
    sent = (request.body or {}).get("fieldMask")
    assert (sent and set(sent.split(","))) == (mask and set(mask.split(",")))
    assert run(converse(make_client(api_version="v1alpha", api_key=token.name), MODEL)) is not None


def test_it_has_a_turn_on_vertex_ai(tls_server, make_client):
    """With credentials, a project and a location."""
    client = make_client(api_version="v1beta1", **on_vertex())
    assert run(converse(client, "gemini-live-2.5-flash-native-audio", {"output_audio_transcription": {}}))
    (session,) = tls_server.sessions
    assert session.headers["authorization"] == "Bearer a-token"
    assert session.setup["model"].startswith("projects/p/locations/us-central1/publishers/google/models/")


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        ({"api_key": "bad-key"}, 400, "INVALID_ARGUMENT"),
        (on_vertex("bad-token"), 401, "UNAUTHENTICATED"),
    ],
)
def test_it_understands_the_refusals(make_client, options, code, status):
    """Its errors have the document's code and status."""
    with pytest.raises(errors.ClientError) as caught:
        make_client(api_version="v1beta1", **options).models.list()
    assert (caught.value.code, caught.value.status) == (code, status)


FOGGY = "It is foggy and 12 degrees in London."
ROUNDS = {
    "gemini-2.5": MODEL,
    "gemini-3.1": "gemini-3.1-flash-live-preview",
    "vertex-2.5": "gemini-live-2.5-flash",
}


GET_WEATHER = {
    "name": "get_weather",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
}
"""Not from a function: that client writes its schema in a form that the service overlooks."""


async def call_a_function(client, model):
    """Ask for the weather, answer the call, and return the calls and the words of the answer."""
    config = {
        "tools": [{"function_declarations": [GET_WEATHER]}],
        "response_modalities": ["AUDIO"],
        "output_audio_transcription": {},
    }
    calls, words = [], ""
    async with client.aio.live.connect(model=model, config=config) as session:
        await session.send_client_content(turns={"role": "user", "parts": [{"text": "What is the weather in London?"}]})
        while FOGGY not in words:
            async for message in session.receive():
                if message.tool_call:
                    calls += message.tool_call.function_calls
                    answers = [
                        types.FunctionResponse(id=call.id, name=call.name, response={"output": FOGGY})
                        for call in message.tool_call.function_calls
                    ]
                    await session.send_tool_response(function_responses=answers)
                content = message.server_content
                if content and content.output_transcription:
                    words += content.output_transcription.text or ""
    return calls, words


@pytest.fixture(params=ROUNDS)
def family(request):
    """That client and a model of each family, on an emulator with that family's ways."""
    with Emulator(request.param, output_speed=math.inf) as server:
        vertex = request.param == "vertex-2.5"
        http_options = types.HttpOptions(
            base_url=server.base_url,
            api_version="v1beta1" if vertex else "v1beta",
            client_args={"verify": server.ssl_context, "trust_env": False},
            async_client_args={"ssl": server.ssl_context, "proxy": None},
        )
        client = genai.Client(**(on_vertex() if vertex else {"api_key": "a-key"}), http_options=http_options)
        yield client, ROUNDS[request.param]
        client.close()


def test_it_goes_through_a_function_call(family):
    """A function that it declares is called, its answer is taken, and spoken of, in every family's way."""
    calls, words = run(call_a_function(*family))

    assert [(call.name, call.args) for call in calls] == [("get_weather", {"city": "London"})]
    assert words == FOGGY


async def hear_turn(session):
    """Return the speech and the words of an answer."""
    audio, words, heard = b"", "", ""
    async for message in session.receive():
        audio += message.data or b""
        content = message.server_content
        if content and content.output_transcription:
            words += content.output_transcription.text or ""
        if content and content.input_transcription:
            heard += content.input_transcription.text or ""
    return audio, words, heard


def test_it_has_a_conversation_with_a_memory(family):
    """A text turn has audio and a transcription, and a later turn knows of it."""
    client, model = family

    async def remember():
        config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}}
        async with client.aio.live.connect(model=model, config=config) as session:
            turns = []
            for text in ("Remember the number 42.", "What number was it?"):
                await session.send_client_content(turns={"role": "user", "parts": [{"text": text}]})
                turns.append(await hear_turn(session))
            return turns

    first, second = run(remember())

    assert len(first[0]) > 10_000
    assert "42" in first[1]
    assert second[1] == "The number is 42."


def test_it_speaks_and_is_heard(family, speech, silence):
    """Its audio is detected, transcribed and answered."""
    client, model = family

    async def talk():
        config = {"response_modalities": ["AUDIO"], "input_audio_transcription": {}, "output_audio_transcription": {}}
        async with client.aio.live.connect(model=model, config=config) as session:
            pcm = speech + silence
            for at in range(0, len(pcm), 3200):
                blob = types.Blob(data=pcm[at : at + 3200], mime_type="audio/pcm;rate=16000")
                await session.send_realtime_input(audio=blob)
            return await hear_turn(session)

    audio, _, heard = run(talk())

    assert "seconds of speech" in heard
    assert len(audio) > 10_000


def test_it_resumes_with_a_handle(family):
    """Another session of its knows what the first was told."""
    client, model = family

    async def go_on():
        config = {"response_modalities": ["AUDIO"], "output_audio_transcription": {}, "session_resumption": {}}
        handle = None
        async with client.aio.live.connect(model=model, config=config) as session:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": "My name is Alice."}]})
            answered = False
            while not (answered and handle):
                message = await session._receive()
                answered = answered or bool(message.server_content and message.server_content.turn_complete)
                update = message.session_resumption_update
                handle = update.new_handle if answered and update and update.new_handle else None
        resumed = {**config, "session_resumption": {"handle": handle}}
        async with client.aio.live.connect(model=model, config=resumed) as session:
            await session.send_client_content(turns={"role": "user", "parts": [{"text": "What is my name?"}]})
            return await hear_turn(session)

    assert run(go_on())[1] == "Your name is Alice."


def test_it_refuses_an_answer_without_an_id(make_client):
    """On the Gemini API, before it is sent."""

    async def answer():
        async with make_client().aio.live.connect(model=MODEL) as session:
            await session.send_tool_response(function_responses={"name": "f", "response": {"output": 1}})

    with pytest.raises(ValueError, match="id"):
        run(answer())


@pytest.fixture
def music_client(tls_server, make_client, monkeypatch):
    """A client of that server whose music sessions trust it, which they have no option for."""
    monkeypatch.setenv("SSL_CERT_FILE", tls_server.ca_file)
    return make_client()


async def chunks_of(session, count):
    """Return the next pieces of music."""
    chunks = []
    async for message in session.receive():
        chunks += message.server_content.audio_chunks if message.server_content else []
        if len(chunks) >= count:
            return chunks
    raise AssertionError("the music has ended")


def test_it_plays_music(tls_server, music_client):
    """Prompts, a configuration and every control; pieces come with what they were made of, and end with a pause."""

    async def play():
        async with music_client.aio.live.music.connect(model="lyria-realtime-exp") as session:
            await session.set_weighted_prompts([types.WeightedPrompt(text="minimal techno", weight=1.0)])
            await session.set_music_generation_config(
                types.LiveMusicGenerationConfig(bpm=90, scale=types.Scale.D_MAJOR_B_MINOR, density=0.4)
            )
            await session.play()
            chunks = await chunks_of(session, 2)
            await session.pause()
            await session.set_music_generation_config(types.LiveMusicGenerationConfig(bpm=140))
            await session.reset_context()
            await session.play()
            while chunks[-1].source_metadata.music_generation_config.bpm == 90:
                chunks += await chunks_of(session, 1)
            await session.stop()
            (record,) = tls_server.sessions
            await asyncio.to_thread(record.wait_for_music, lambda music: music.playback == "STOP")
        return chunks

    first, *_, last = run(play())
    assert first.mime_type == "audio/l16;rate=48000;channels=2"
    assert len(first.data) == 2 * 192_000 and any(first.data)
    made_of = first.source_metadata
    assert [prompt.text for prompt in made_of.client_content.weighted_prompts] == ["minimal techno"]
    config = made_of.music_generation_config
    assert (config.bpm, config.scale, config.density) == (90, types.Scale.D_MAJOR_B_MINOR, 0.4)
    assert last.source_metadata.music_generation_config.bpm == 140
    (record,) = tls_server.sessions
    assert record.path.endswith("BidiGenerateMusic") and record.headers["x-goog-api-key"] == "a-key"


def test_it_hears_of_filtered_prompts(music_client):
    """As a message of its own."""

    async def ask():
        async with music_client.aio.live.music.connect(model="models/lyria-realtime-exp") as session:
            await session.set_weighted_prompts([types.WeightedPrompt(text="gore", weight=1.0)])
            return await anext(session.receive())

    message = run(ask())
    assert message.filtered_prompt.text == "gore"
    assert message.filtered_prompt.filtered_reason
