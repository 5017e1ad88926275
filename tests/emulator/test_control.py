"""The control endpoint: the verbs and the records by HTTP."""

from __future__ import annotations

import http.client
import json
import math

import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.control import VERBS, takes_of
from gemini_live.emulator.verbs import Verbs


@pytest.fixture
def controlled():
    """A plain emulator that can be told by HTTP."""
    with Emulator(tls=False, output_speed=math.inf, control=True) as server:
        yield server


@pytest.fixture
def told(controlled, call):
    """Call a verb and return the answer."""

    def told(verb, **arguments):
        return call(controlled, "POST", f"/emulator/{verb}", arguments, key=None)

    return told


@pytest.fixture
def shown(controlled, call):
    """Return what is shown at a place."""

    def shown(place):
        answer = call(controlled, "GET", f"/emulator/{place}", key=None)
        assert answer.status == 200, answer.json
        return answer.json

    return shown


def test_it_is_off_by_default(server, call):
    """Its paths are not served then."""
    assert call(server, "GET", "/emulator", key=None).status == 404
    assert call(server, "POST", "/emulator/drop_all", {}, key=None).status == 404


@pytest.mark.parametrize("place", ["", "/"])
def test_its_root_lists_what_there_is(controlled, call, place):
    """Every verb with what it does and takes, and every place."""
    listed = call(controlled, "GET", f"/emulator{place}", key=None).json
    verbs = {entry["verb"].rpartition("/")[2]: entry for entry in listed["verbs"]}
    assert set(verbs) == set(VERBS)
    assert verbs["go_away"]["does"].startswith("Announce to every open connection")
    assert verbs["go_away"]["takes"] == {
        "seconds": "a number or null",
        "close": "true or false; may be left out",
        "silence": "true or false; may be left out",
    }
    assert verbs["call_next"]["takes"] == {"calls": "a list of objects"}
    assert verbs["disturb"]["takes"]["stalls"] == "a list of lists of 2; may be left out"
    assert verbs["fail_next"]["takes"]["send"] == "text or a list of objects or null; may be left out"
    assert "GET /emulator/sessions" in listed["shows"]


def test_it_has_every_verb_that_python_has():
    """None is forgotten."""
    assert set(VERBS) == {name for name in vars(Verbs) if not name.startswith("_")}
    assert all(takes_of(verb) is not None for verb in VERBS)


def test_verbs_do_what_they_do_in_python(controlled, told, dial, wire):
    """Failures, announcements, disturbances, calls, ends; each answers with an empty object."""
    answer = told("fail_next", code=1011, reason="Internal error encountered.", at="ready")
    assert (answer.status, answer.json) == (200, {})
    failed = dial(controlled)
    failed.setup()
    assert failed.closed() == (1011, "Internal error encountered.")
    client = dial(controlled)
    client.setup(outputAudioTranscription={})
    told("go_away", seconds=10)
    assert client.receive() == {"goAway": {"timeLeft": "10s"}}
    told("send_all", message={"x": 1})
    assert client.receive() == {"x": 1}
    told("disturb", sound="none", stalls=[[9000, 1]])
    assert wire.audio(client.ask("Say yes.")) == b""
    told("disturb")
    assert wire.audio(client.ask("Say yes."))
    told("call_next", calls=[{"name": "f", "args": {}}])
    client.say("Go.")
    client.until("toolCall")
    told("fail_next", send="turn_complete", on="open", at="go_away")
    told("go_away", seconds=None)
    client.until("turnComplete")
    told("close_all", code=1008, reason="enough")
    assert client.closed() == (1008, "enough")


@pytest.mark.parametrize("verb", ["drop_all", "freeze_all", "expire_handles", "poison_handles", "expire_tokens"])
def test_a_verb_needs_no_body_where_it_takes_nothing(controlled, call, verb):
    """An empty one is no arguments."""
    answer = call(controlled, "POST", f"/emulator/{verb}", b"", key=None)
    assert (answer.status, answer.json) == (200, {})


@pytest.mark.parametrize(
    ("verb", "body", "words"),
    [
        ("close_all", {"code": 1006}, "code: no close frame carries 1006"),
        ("close_all", {"code": "x"}, "code: must be a whole number, not 'x'"),
        ("close_all", {"code": True}, "code: must be a whole number, not True"),
        ("close_all", {"cod": 1000}, "cod: close_all has no such argument; it takes code, reason"),
        ("drop_all", {"x": 1}, "x: drop_all has no such argument; it takes none"),
        ("go_away", {}, "seconds: go_away needs it: a number or null"),
        ("send_all", {"message": [1]}, "message: must be an object"),
        ("call_next", {"calls": {}}, "calls: must be a list of objects, not {}"),
        ("call_next", {}, "calls: call_next needs it: a list of objects"),
        ("disturb", {"stalls": [[1, 2, 3]]}, "stalls: must be a list of lists of 2"),
        ("fail_next", {"at": "generation", "send": [5]}, "send: must be text or a list of objects or null"),
        ("fail_next", {}, "fail_next takes exactly one of status"),
        ("drop_all", b"{", "the body is no JSON"),
        ("drop_all", b"[]", "the body must be a JSON object, not list"),
    ],
)
def test_wrong_input_is_400_with_words(controlled, call, verb, body, words):
    """What is wrong is said, and nothing is done."""
    answer = call(controlled, "POST", f"/emulator/{verb}", body, key=None)
    assert answer.status == 400
    assert words in answer.error


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/emulator/drop_all", 405),
        ("POST", "/emulator/sessions", 405),
        ("POST", "/emulator", 405),
        ("GET", "/emulator/tea", 404),
        ("GET", "/emulator/sessions/7", 404),
        ("GET", "/emulator/sessions/1/2", 404),
        ("POST", "/emulator/start", 404),
    ],
)
def test_places_that_there_are_not_are_said_in_words(controlled, call, method, path, status):
    """404 where nothing is, 405 for the wrong method."""
    answer = call(controlled, method, path, key=None)
    assert answer.status == status
    assert answer.error


def test_sessions_are_shown(controlled, dial, shown, wire):
    """In short all of them, and one with its messages."""
    client = dial(controlled)
    client.setup()
    client.ask("Say yes.")
    client.speak(bytes(3200))
    controlled.sessions[0].wait_for(lambda message: "realtimeInput" in message)
    (short,) = shown("sessions")
    assert (short["number"], short["open"], short["messages"], short["audio_bytes"]) == (1, True, 3, 3200)
    one = shown("sessions/1")
    assert one["setup"] == {"model": wire.model}
    assert one["received"][1] == one["control"][0] == shown("control_messages")[0]["message"]
    audio = one["received"][2]["realtimeInput"]["audio"]
    assert audio == {"data": "(4268 characters)", "mimeType": "audio/pcm;rate=16000"}
    assert "x-goog-api-key" in [name.lower() for name in one["headers"]]
    client.websocket.close(4000, "bye")
    controlled.sessions[0].wait_closed()
    assert (shown("sessions")[0]["close_code"], shown("sessions")[0]["close_reason"]) == (4000, "bye")


def test_requests_and_state_are_shown(controlled, call, dial, shown):
    """Requests of the API, not of the endpoint itself."""
    call(controlled, "GET", "/v1beta/models?pageSize=2")
    dial(controlled)
    assert [(request["path"], request["query"], request["status"]) for request in shown("requests")] == [
        ("/v1beta/models", ["pageSize"], 200)
    ]
    state = shown("state")
    assert (state["profile"], state["attempts"], state["sessions"], state["cut"]) == ("gemini-2.5", 1, 1, 0)


def request(server, headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.putrequest("GET", "/emulator/state", skip_host=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:80", "[::1]:80"])
def test_programs_on_this_machine_may_use_it(controlled, host):
    """By its loopback's names."""
    assert request(controlled, {"Host": host})[0] == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": ""},
        {"Host": "[::1"},
        {"Host": "localhost", "Origin": "http://evil.example"},
        {"Host": "localhost", "Origin": "null"},
    ],
)
def test_pages_in_browsers_may_not_use_it(controlled, headers):
    """Neither across origins nor by a name that leads here."""
    status, body = request(controlled, headers)
    assert status == 403
    assert "programs on this machine" in body["error"]["message"]


def test_other_machines_may_not_use_it(controlled, monkeypatch):
    """Also where they may have sessions."""
    monkeypatch.setattr("gemini_live.emulator.control_side.is_loopback", lambda host: host == "localhost")
    assert request(controlled, {"Host": "localhost"})[0] == 403


def test_a_body_that_never_comes_is_no_trouble(controlled):
    """The server stops all the same."""
    connection = http.client.HTTPConnection("127.0.0.1", controlled.port, timeout=10)
    connection.putrequest("POST", "/emulator/drop_all")
    connection.putheader("content-length", "100")
    connection.endheaders()
    connection.close()


def test_a_body_that_is_too_large_is_refused(controlled, call):
    """As plain requests are."""
    answer = call(controlled, "POST", "/emulator/send_all", b" " * 2**21, key=None)
    assert answer.status == 400
