"""What the server keeps at most, how many it serves at once, whom it lets in, and that no key gets out."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import time

import aiohttp
import pytest

from gemini_live.emulator import Emulator
from gemini_live.emulator.__main__ import main
from gemini_live.emulator.kept import Bounds, Kept
from gemini_live.exceptions import ConfigError

MANY = 200
SECRETS = ("good-key-0123456789", "ya29.bearer-0123456789")


def test_the_older_half_goes_when_there_is_too_much():
    """By number or by size; what was cut is counted, and the old list is left as it was."""
    kept = Kept(Bounds(messages=4, bytes=100))
    for number in range(4):
        kept.add(number, 10)
    before = kept.items
    kept.add(4, 10)
    assert (kept.items, kept.cut, kept.count) == ([3, 4], 3, 5)
    assert before == [0, 1, 2, 3, 4]
    assert (kept.since(0), kept.since(4), kept.since(9)) == ([3, 4], [4], [])
    kept.add(5, 1000)
    assert (kept.items, kept.cut) == ([], 6)


def test_records_keep_so_many_messages(dial):
    """Of more the newest; control messages, and what waits for messages, go on."""
    with Emulator(tls=False, output_speed=math.inf, keep_messages=4) as server:
        client = dial(server)
        client.setup()
        for number in range(10):
            client.say(f"{number}", complete=False)
        client.ask("Say yes.")
        (session,) = server.sessions
        last = session.wait_for(lambda message: "yes" in json.dumps(message))
        assert len(session.received) <= 4 and session.received[-1] == last
        assert session.cut_messages == 12 - len(session.received)
        assert session.control[-1] == session.remembered[-1] == server.control_messages[-1][1] == last
        assert len(session.control) <= 4
        assert server.cut == 11 - len(server.control_messages)


def test_records_keep_so_many_bytes(dial, speech):
    """Of messages by their size, and of sound the end."""
    with Emulator(tls=False, output_speed=math.inf, keep_bytes=10_000) as server:
        client = dial(server)
        client.setup()
        for start in range(0, 32_000, 3200):
            client.speak(speech[start : start + 3200])
        client.ask("Say yes.")
        (session,) = server.sessions
        assert session.audio == speech[22_000:32_000]
        assert (session.audio_bytes, session.cut_audio_bytes) == (32_000, 22_000)
        assert sum(len(json.dumps(message)) for message in session.received) <= 10_000
        assert session.cut_messages + len(session.received) == 12


def test_requests_are_kept_likewise(call):
    """The newest of them."""
    with Emulator(tls=False, keep_messages=4) as server:
        for number in range(6):
            call(server, "GET", f"/v1beta/models/gemini-{number}")
        assert server.requests[-1].path.endswith("5")
        assert (len(server.requests), server.cut) == (3, 3)


@pytest.mark.parametrize("name", ["keep_messages", "keep_bytes", "max_message_bytes"])
@pytest.mark.parametrize("value", [0, 1.5, True])
def test_wrong_bounds_are_refused(name, value):
    """A ConfigError names the option."""
    with pytest.raises(ConfigError, match=f"^{name}: must be a number from 1"):
        Emulator(**{name: value})


async def take_turn(session, url, number):
    """Connect, set up, take a text turn; return the connection, which stays open."""
    socket = await session.ws_connect(url, headers={"x-goog-api-key": f"key-{number}"}, max_msg_size=0)
    await socket.send_json({"setup": {"model": "models/gemini-live", "outputAudioTranscription": {}}})
    await socket.send_json({"realtimeInput": {"text": f"Say {number}."}})
    words = ""
    while True:
        content = json.loads(await socket.receive_bytes()).get("serverContent", {})
        words += content.get("outputTranscription", {}).get("text", "")
        if "turnComplete" in content:
            assert words == f"{number}."
            return socket


async def take_turns(server, wire):
    url = server.base_url.replace("http", "ws", 1) + wire.path
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        sockets = await asyncio.gather(*(take_turn(session, url, number) for number in range(MANY)))
        seconds = time.monotonic()
        await asyncio.to_thread(server.stop)
        took = time.monotonic() - seconds
        assert len(sockets) == MANY  # until here nobody has let go of one, which would have ended it
        return took


def test_many_sessions_are_served_at_once(wire):
    """Each has its own answer within a time that all of them share; a stop with all of them open takes no second."""
    with Emulator(tls=False, output_speed=math.inf) as server:
        start = time.monotonic()
        stopping = asyncio.run(asyncio.wait_for(take_turns(server, wire), 30))
        assert time.monotonic() - start < 20
        assert stopping < 1
        assert len(server.sessions) == MANY
        assert {session.close_code for session in server.sessions} == {1001}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.com", ""])
def test_other_machines_are_let_in_only_if_that_is_said(host):
    """A ConfigError says how."""
    with pytest.raises(ConfigError, match=r"^host: lets other machines in at .*allow_remote=True"):
        Emulator(host=host)


def test_letting_other_machines_in_is_a_warning(caplog, capsys):
    """In the log, and on stderr of the command."""
    with Emulator(tls=False, host="0.0.0.0", allow_remote=True):
        assert "other machines reach it" in caplog.text
    assert main(["--plain", "--host", "0.0.0.0"]) == 1
    assert "allow_remote" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "LOCALHOST."])
def test_this_machines_own_addresses_need_no_permission(host):
    """Whatever they are called."""
    Emulator(host=host)


@pytest.mark.parametrize("at_upgrade", ["setup", "upgrade"])
def test_no_key_gets_out(tmp_path, caplog, call, dial, wire, resume, at_upgrade):
    """Neither into any log at its finest, nor into the JSON log with all contents, nor through the control endpoint."""
    caplog.set_level(logging.DEBUG)
    key, bearer = SECRETS
    log = tmp_path / "log"
    with Emulator(
        tls=False, output_speed=math.inf, control=True, log=log, log_content=True, refuse_at=at_upgrade
    ) as server:
        client = dial(server, key=key)
        client.setup(sessionResumption={})
        handle = wire.handle([client.receive()])
        client.say(f"Say my key is {key} and {bearer}.")
        client.turn()
        client.send(f"no JSON {key}")
        client.closed()
        in_query = dial(server, path=f"{wire.path}?key={key}", key=None)
        in_query.setup()
        in_query.say(f"Say {key}.")
        in_query.turn()
        with_token = dial(server, key=None, path=wire.vertex, headers={"Authorization": f"Bearer {bearer}"})
        with_token.send({"setup": {"model": f"{bearer}"}})
        with_token.closed()
        token = call(server, "POST", "/v1alpha/auth_tokens", {}, key=key).json["name"]
        constrained = dial(server, key=None, path=f"{wire.constrained}?access_token={token}")
        constrained.setup()
        bad = call(server, "GET", f"/v1beta/models/{key}?key=bad{key}", key=None)
        assert bad.status == 400
        resume(server, handle)
        server.close_all(1011, f"words with {key}")
        for session in server.sessions:
            session.wait_closed()
        places = ["", "/state", "/sessions", "/requests", "/control_messages"]
        places += [f"/sessions/{session.number}" for session in server.sessions]
        shown = json.dumps([call(server, "GET", f"/emulator{place}", key=None).json for place in places])
    # The test's own client logs its headers.
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("websockets"))
    for text in (logged, log.read_text(), shown):
        hidden = text.replace(f"and {bearer}.", "")  # said on a connection whose credential it is not
        assert len(text) > 100
        for secret in (key, bearer, token, handle):
            assert secret not in hidden
