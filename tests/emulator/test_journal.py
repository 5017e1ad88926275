"""The log: a line of JSON for whatever happens, and no secret in it."""

from __future__ import annotations

import errno
import json
import math
import os
import stat
import threading

import pytest

from gemini_live.emulator import Emulator, journal
from gemini_live.emulator.access import Caller
from gemini_live.emulator.hiding import Hider, kind_of
from gemini_live.emulator.journal import Journal, LogFile

FULL = "/dev/full"


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log.jsonl"


def test_connections_and_messages_are_lines(path, dial, wire):
    """Opening, each message with its kind and size, and the end; without what they say."""
    with Emulator(tls=False, output_speed=math.inf, log=path) as server:
        client = dial(server)
        client.setup()
        client.ask("Say yes.")
        client.send("no JSON")
        client.closed()
        server.sessions[0].wait_closed()
    lines = lines_of(path)
    assert lines[0]["event"] == "opened" and lines[0]["path"] == wire.path
    assert {line["connection"] for line in lines} == {1}
    came = [(line["kind"], line["bytes"] > 5) for line in lines if line["event"] == "in"]
    assert came == [("setup", True), ("clientContent", True), ("unreadable", True)]
    gone = [line["kind"] for line in lines if line["event"] == "out"]
    assert gone[0] == "setupComplete" and gone[-1] == "serverContent.turnComplete+usageMetadata"
    assert (lines[-1]["event"], lines[-1]["code"]) == ("closed", 1007)
    assert "Invalid JSON" in lines[-1]["reason"]
    assert "yes" not in path.read_text()
    assert all("at" in line and "content" not in line for line in lines)


def test_content_is_written_when_it_is_asked_for(path, dial):
    """Words as they are, sound by its length."""
    with Emulator(tls=False, output_speed=math.inf, log=path, log_content=True) as server:
        client = dial(server)
        client.setup()
        client.ask("Say yes.")
    contents = [line["content"] for line in lines_of(path) if "content" in line]
    assert contents[2]["clientContent"]["turns"][0]["parts"] == [{"text": "Say yes."}]
    sound = next(content for content in contents if "inlineData" in str(content))
    assert "characters)" in sound["serverContent"]["modelTurn"]["parts"][0]["inlineData"]["data"]
    assert path.stat().st_size < 10_000


def test_the_log_is_nobody_elses_to_read(path):
    """Also if it was there before, and it is gone on with."""
    path.write_text('{"old": 1}\n')
    path.chmod(0o644)
    with Emulator(tls=False, log=str(path)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == '{"old": 1}\n'


def test_a_log_that_can_not_be_opened_is_an_os_error(tmp_path):
    """start raises, and leaves nothing behind."""
    with pytest.raises(OSError, match="No such file"):
        Emulator(tls=False, log=tmp_path / "missing" / "log").start()


@pytest.mark.skipif(not os.path.exists(FULL), reason="this system has no disk that is always full")
def test_a_full_disk_stops_nothing(dial, caplog):
    """Sessions go on, one warning says it, and the lost lines are counted."""
    with Emulator(tls=False, output_speed=math.inf, log=FULL) as server:
        client = dial(server)
        client.setup()
        for _ in range(3):
            assert client.ask("Say yes.")
        assert server.log_lines_lost >= 1
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        "the log can't be written: No space left on device"
    ]


def test_a_disk_that_works_again_goes_on_with_a_line_of_its_own(path, monkeypatch):
    """What was torn off stands by itself."""
    written, failed = threading.Event(), threading.Event()
    put = Journal._put

    def tear(self, data):
        if not failed.is_set():
            put(self, data[:5])
            failed.set()
            raise OSError(errno.ENOSPC, "full")
        put(self, data)
        written.set()

    monkeypatch.setattr(Journal, "_put", tear)
    kept = Journal(LogFile(path))
    kept.note("one")
    assert failed.wait(5)
    kept.note("two")
    assert written.wait(5)
    kept.close()
    torn, whole = path.read_text().splitlines()
    assert torn == '{"at"' and json.loads(whole)["event"] == "two"
    assert kept.lost == 1


def test_a_disk_that_hangs_stops_nothing(path, monkeypatch):
    """What it can't take is lost after so many lines; closing does not wait for it long."""
    hanging, go_on = threading.Event(), threading.Event()

    def hang(self, lines):
        hanging.set()
        assert go_on.wait(10)

    monkeypatch.setattr(Journal, "_write", hang)
    monkeypatch.setattr(journal, "MOST_WAITING", 3)
    monkeypatch.setattr(journal, "_STOP_SECONDS", 0.01)
    kept = Journal(LogFile(path))
    kept.note("first")
    assert hanging.wait(5)
    for _ in range(5):
        kept.note("more")
    assert kept.lost == 2
    kept.close()
    kept.close()
    go_on.set()


def test_without_a_log_no_line_is_lost(server):
    """Nor is any written."""
    assert server.log_lines_lost == 0


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ({"setup": {}}, "setup"),
        ({"serverContent": {}}, "serverContent"),
        ({"realtime_input": {"audio": {}}}, "realtime_input.audio"),
        ({"serverContent": None}, "serverContent"),
        ([], "list"),
        ({"x" * 500: 1}, "x" * 200),
    ],
)
def test_messages_have_kinds(message, kind):
    """Their keys, and for contents what is in them."""
    assert kind_of(message) == kind


def test_what_is_shown_hides_credentials_wherever_they_are():
    """The caller's own in any text, and what stands in fields for such."""
    hide = Hider(Caller(api_key="key-of-mine", bearer="bearer-of-mine", token="token-of-mine"))
    shown = hide(
        {
            "text": "my key-of-mine and bearer-of-mine",
            "token-of-mine": 1,
            "sessionResumption": {"handle": "h1", "new_handle": "h2"},
            "mcp": [{"headers": {"Authorization": "Bearer x", "n": 5}, "apiKey": "x"}],
            "count": 3,
            "none": None,
            "data": "AAAA",
        }
    )
    assert shown == {
        "text": "my [redacted] and [redacted]",
        "[redacted]": 1,
        "sessionResumption": {"handle": "[redacted]", "new_handle": "[redacted]"},
        "mcp": [{"headers": {"Authorization": "[redacted]", "n": 5}, "apiKey": "[redacted]"}],
        "count": 3,
        "none": None,
        "data": "AAAA",
    }


def test_what_is_nested_too_deep_is_left_out():
    """Nobody reads it, and it could be endless."""
    deep = []
    for _ in range(300):
        deep = [deep]
    assert "..." in json.dumps(Hider(Caller())(deep))
