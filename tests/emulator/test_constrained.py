"""Sessions with a token."""

from __future__ import annotations

import pytest

from gemini_live.emulator import Emulator

OWN = {"model": "models/gemini-3.8-live", "outputAudioTranscription": {}}
UNREGISTERED = "Method doesn't allow unregistered callers"


@pytest.fixture
def enter(dial, wire):
    """Connect with a token."""

    def enter(server, token):
        return dial(server, path=wire.constrained, key=token)

    return enter


def refused(client, **setup):
    client.send({"setup": {"model": "models/gemini-live", **setup}})
    return client.closed()


def handle_of(client):
    """Begin a session that can be resumed, end its connection, and return its handle."""
    assert client.setup(sessionResumption={}) == {"setupComplete": {}}
    handle = client.receive()["sessionResumptionUpdate"]["newHandle"]
    client.websocket.close()
    return handle


@pytest.mark.parametrize("way", ["key", "header", "query", "all"])
def test_a_token_may_come_in_three_ways(server, dial, make_token, wire, way):
    """As the key, in Authorization, or as access_token in the query; some clients use two at once."""
    token = make_token(server)
    client = dial(
        server,
        path=wire.constrained + (f"?access_token={token}" if way in ("query", "all") else ""),
        key=token if way in ("key", "all") else None,
        headers={"authorization": f"Token {token}"} if way in ("header", "all") else {},
    )
    assert client.setup() == {"setupComplete": {}}
    assert client.ask("Say yes.")


@pytest.mark.parametrize("token", [None, "auth_tokens/unknown", "good-key"])
def test_without_a_token_there_is_no_session(server, enter, token):
    """A key is none."""
    code, reason = refused(enter(server, token))
    assert code == 1008 and reason.startswith(UNREGISTERED)


def test_a_token_opens_nothing_else(server, dial, make_token, wire):
    """The plain method takes keys, in whatever way the token comes."""
    token = make_token(server)
    for path, key, headers in (
        (wire.path, token, {}),
        (wire.path, None, {"authorization": f"Token {token}"}),
        (f"{wire.path}?access_token={token}", None, {}),
    ):
        code, reason = refused(dial(server, path=path, key=key, headers=headers))
        assert code == 1008 and reason.startswith(UNREGISTERED)


def test_a_token_is_used_up(server, enter, make_token):
    """Each session costs a use; the one too many is told so."""
    token = make_token(server, uses=2)
    for _ in range(2):
        assert enter(server, token).setup() == {"setupComplete": {}}
    code, reason = refused(enter(server, token))
    assert code == 1008 and "used up" in reason


@pytest.mark.parametrize(
    "setup",
    [
        {"model": "models/not-a-model"},
        {"generationConfig": {"responseModalities": ["TEXT"]}},
        {"sessionResumption": {"handle": "unheard-of"}},
        {"unheardOf": 1},
    ],
)
def test_a_refused_setup_costs_nothing(server, enter, make_token, setup):
    """The one use is still there."""
    token = make_token(server)
    refused(enter(server, token), **setup)
    assert enter(server, token).setup() == {"setupComplete": {}}


def test_a_failure_on_demand_costs_nothing(server, enter, make_token):
    """A use is counted with setupComplete."""
    token = make_token(server)
    server.fail_next(code=1011)
    assert refused(enter(server, token))[0] == 1011
    assert enter(server, token).setup() == {"setupComplete": {}}


def test_resuming_costs_no_use(server, enter, make_token):
    """It works with a token that is used up, and after the time for new sessions."""
    token = make_token(server)
    handle = handle_of(enter(server, token))
    server.expire_tokens(sessions_only=True)
    assert enter(server, token).setup(sessionResumption={"handle": handle}) == {"setupComplete": {}}
    code, reason = refused(enter(server, token))
    assert code == 1008 and "newSessionExpireTime" in reason


def test_nothing_is_resumed_with_an_expired_token(server, enter, make_token):
    """After expireTime the handle helps no more."""
    token = make_token(server)
    handle = handle_of(enter(server, token))
    server.expire_tokens()
    code, reason = refused(enter(server, token), sessionResumption={"handle": handle})
    assert code == 1008 and "its expireTime has passed" in reason


def test_an_expired_token_ends_its_sessions_at_their_next_message(server, enter, make_token, dial):
    """The message is not answered; sessions with a key go on."""
    client, other = enter(server, make_token(server)), dial(server)
    client.setup()
    other.setup()
    server.expire_tokens()
    client.say("Hello.")
    code, reason = client.closed()
    assert code == 1008 and "has expired" in reason
    assert other.ask("Say yes.")


def test_running_sessions_outlive_the_time_for_new_ones(server, enter, make_token):
    """expire_tokens(sessions_only=True) leaves them alone."""
    client = enter(server, make_token(server))
    client.setup()
    server.expire_tokens(sessions_only=True)
    assert client.ask("Say yes.")


def test_a_later_token_is_good(server, enter, make_token):
    """Only the tokens made so far are over."""
    server.expire_tokens()
    assert enter(server, make_token(server)).setup() == {"setupComplete": {}}


def test_the_token_s_setup_is_what_counts(server, enter, make_token, wire):
    """The client's is recorded and ignored."""
    client = enter(server, make_token(server, bidiGenerateContentSetup=OWN))
    client.setup(inputAudioTranscription={})
    assert wire.words(client.ask("Hello."))
    (session,) = server.sessions
    assert session.setup == {"model": wire.model, "inputAudioTranscription": {}}
    assert session.effective_setup == OWN


def test_a_mask_locks_its_fields_only(server, enter, make_token, wire):
    """The others are the client's."""
    token = make_token(server, bidiGenerateContentSetup=OWN, fieldMask="model,outputAudioTranscription,tools")
    client = enter(server, token)
    client.setup(inputAudioTranscription={}, tools=[{"googleSearch": {}}])
    assert wire.words(client.ask("Hello."))
    assert server.sessions[0].effective_setup == {**OWN, "inputAudioTranscription": {}}


def test_a_mask_in_snake_case_locks(server, enter, make_token, wire):
    """So do fields of the generation config that are named without it, as Google's client lists them."""
    own = {**OWN, "generationConfig": {"temperature": 0.5}}
    token = make_token(server, bidiGenerateContentSetup=own, fieldMask="output_audio_transcription,temperature,top_k")
    enter(server, token).setup(generationConfig={"temperature": 1, "topK": 3, "seed": 7})
    assert server.sessions[0].effective_setup == {
        "model": wire.model,
        "generationConfig": {"temperature": 0.5, "seed": 7},
        "outputAudioTranscription": {},
    }


def test_a_locked_session_can_be_resumed(server, enter, make_token):
    """The handle is read from the client's setup although the token's counts."""
    token = make_token(server, uses=1, bidiGenerateContentSetup={**OWN, "sessionResumption": {}})
    client = enter(server, token)
    client.setup()
    handle = client.receive()["sessionResumptionUpdate"]["newHandle"]
    client.websocket.close()
    assert enter(server, token).setup(sessionResumption={"handle": handle}) == {"setupComplete": {}}
    assert server.sessions[1].effective_setup == {**OWN, "sessionResumption": {"handle": handle}}


def test_a_locked_model_that_there_is_not_is_refused(server, enter, make_token):
    """What counts is checked, not what the client says."""
    token = make_token(server, bidiGenerateContentSetup={"model": "models/bert"})
    code, reason = refused(enter(server, token))
    assert (code, reason) == (1007, "token-based requests cannot use project-scoped features such as tuned models")
    assert server.sessions[0].effective_setup == {"model": "models/bert"}


def test_without_a_token_the_client_s_setup_is_what_counts(server, dial, wire):
    """effective_setup is the same as setup, as it came; None before."""
    client = dial(server)
    (session,) = server.wait_for_sessions(1)
    assert session.effective_setup is None
    client.setup(output_audio_transcription={})
    assert session.effective_setup == session.setup == {"model": wire.model, "output_audio_transcription": {}}


def test_tokens_are_those_of_one_run(enter, make_token):
    """A restarted server knows none."""
    server = Emulator(tls=False)
    with server:
        token = make_token(server)
    with server:
        assert refused(enter(server, token))[0] == 1008


def test_only_a_running_server_has_tokens_to_expire():
    """A stopped one says so."""
    with pytest.raises(RuntimeError, match="not running"):
        Emulator(tls=False).expire_tokens()
