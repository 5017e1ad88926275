"""The pure parts of the benchmark of speed: its plan, its statistics, its verdicts and its tables."""

from __future__ import annotations

import base64
import importlib
import json
import subprocess
import sys
import time
from pathlib import Path

import attrs
import pytest

from benchmarks.speed import clients, workloads
from benchmarks.speed.__main__ import main, plan
from benchmarks.speed.figures import Figures, percentile
from benchmarks.speed.hiding import Hidden, hide
from benchmarks.speed.measures import Delays, Tally, check_sent, pace_arguments, paced_figures, ticks
from benchmarks.speed.messages import AudioMessage, command, read_command, stamp_of, text_message
from benchmarks.speed.report import Report, markdown, ratio, shown
from benchmarks.speed.targets import TARGETS, Target, judge
from benchmarks.speed.workloads import FIGURES, WORKLOADS, Workload

ROOT = Path(__file__).resolve().parents[2]
PACED = Workload("paced-2", "paced", ("cpu_ms_per_s",), size=1920, sessions=2, seconds=0.1, warm_seconds=0.04)


def name_of(item):
    """Name a workload or a client for a test's id."""
    return item.name


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([3.0], 50, 3.0), ([3.0, 1.0, 2.0], 50, 2.0), (range(1, 101), 99, 99), (range(1, 101), 100, 100), ([1, 2], 0, 1)],
)
def test_a_percentile_is_a_value_that_was_measured(values, percent, expected):
    """The smallest one that so many do not exceed."""
    assert percentile(list(values), percent) == expected


def test_no_values_have_no_percentile():
    """They are refused."""
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_figures_are_medians_over_the_rounds():
    """One round that was disturbed does not count; a ratio is that of the medians."""
    figures = Figures()
    for mine, theirs in ((10, 20), (90, 25), (12, 400)):
        figures.add("w", "thread", {"cpu_us": mine})
        figures.add("w", "raw", {"cpu_us": theirs})
    assert figures.median("w", "cpu_us", "thread") == 12
    assert figures.ratio("w", "cpu_us", "thread", "raw") == 12 / 25


def test_what_was_not_measured_has_neither_median_nor_ratio():
    """Nor is there a ratio to nothing."""
    figures = Figures()
    figures.add("w", "thread", {"cpu_us": 1.0})
    figures.add("w", "raw", {"cpu_us": 0.0})
    assert figures.median("w", "cpu_us", "inline") is None
    assert figures.ratio("w", "cpu_us", "thread", "google-genai") is None
    assert figures.ratio("w", "cpu_us", "thread", "raw") is None


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target.workload}-{target.client}")
def test_every_target_is_of_something_that_is_measured(target):
    """Its workload has the figure, and its client does the workload."""
    (workload,) = workloads.chosen([target.workload])
    assert target.figure in workload.figures
    assert workload.is_for(clients.client_of(target.client).name)
    assert target.is_bound


@pytest.mark.parametrize(
    ("mine", "raw", "genai", "passed"),
    [(6.0, 10.0, 25.0, True), (6.1, 10.0, 100.0, False), (6.0, 10.0, 24.0, False), (6.0, None, 100.0, False)],
)
def test_a_target_is_met_if_every_ratio_is(mine, raw, genai, passed):
    """One that is too high is enough to miss it, and so is one that can't be had."""
    figures = Figures()
    for client, value in (("thread", mine), ("raw", raw), ("google-genai", genai)):
        if value is not None:
            figures.add("send-3200", client, {"cpu_us": value})
    (verdict,) = judge(figures, {"send-3200"}, {"thread", "raw", "google-genai"})
    assert verdict.passed is passed


@pytest.mark.parametrize(
    ("present", "promised"),
    [
        ({"thread", "raw"}, [(0.6, None)]),
        ({"thread", "google-genai"}, [(None, 0.24)]),
        ({"thread"}, []),
        ({"inline", "raw", "google-genai"}, []),
    ],
)
def test_nothing_is_held_to_what_is_not_there(present, promised):
    """Only those that are measured are compared."""
    verdicts = judge(Figures(), {"send-3200"}, present)
    assert [(verdict.target.raw, verdict.target.genai) for verdict in verdicts] == promised


@pytest.mark.parametrize(("value", "passed"), [(200.0, True), (201.0, False), (None, False)])
def test_a_target_without_a_rival_is_met_by_the_figure(value, passed):
    """Memory has a bound of its own."""
    figures = Figures()
    if value is not None:
        figures.add("memory-200", "thread", {"kib": value})
    (verdict,) = judge(figures, {"memory-200"}, {"thread"})
    assert verdict.passed is passed
    assert (verdict.raw, verdict.genai) == (None, None)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0.456, "0.46"), (9.99, "9.99"), (12.34, "12.3"), (123.4, "123"), (12345.6, "12,346")],
)
def test_figures_have_the_digits_that_count(value, text):
    """Three, and no more."""
    assert shown(value) == text


def test_a_ratio_says_what_it_may_be():
    """Where that was promised."""
    assert [ratio(None), ratio(0.5), ratio(0.5, 0.6), ratio(None, 0.6)] == [
        "-", "0.50", "0.50 (at most 0.60)", "- (at most 0.60)",
    ]  # fmt: skip


def test_a_table_is_markdown_that_can_be_read_as_it_is():
    """Its columns stand below one another."""
    assert markdown([["a", "bc"], ["def", "g"]]) == "| a   | bc |\n|-----|----|\n| def | g  |"


def report_of(values, *, failures=()):
    """Return a report on sending, of two clients."""
    figures = Figures()
    for client, value in values.items():
        figures.add("send-3200", client, {"cpu_us": value})
    chosen = clients.chosen(["thread", "raw"])
    verdicts = judge(figures, {"send-3200"}, set(values) | {"thread", "google-genai"})
    return Report(figures, verdicts, failures, workloads.chosen(["send-3200"]), chosen, {"versions": {"Python": "3"}})


def test_the_report_says_everything():
    """What with, every figure, how it compares, and what became of the targets."""
    text = report_of({"thread": 20.0, "raw": 40.0}).to_text()
    assert text.startswith("versions: Python 3\n\n")
    assert "| send-3200 | CPU µs a message | 20.0   | 40.0 | 0.50         | -                     |" in text
    assert "| FAIL | send-3200 | CPU µs a message | thread | 20.0  | 0.50 (at most 0.60) | - (at most 0.24) |" in text
    assert text.endswith("0 of 1 targets are met\n")


def test_the_report_says_what_could_not_be_measured():
    """And why; it is complete only if every figure was measured at least once."""
    report = report_of({"thread": 20.0}, failures=["raw, send-3200: it broke"])
    assert "- raw, send-3200: it broke" in report.to_text()
    assert not report.complete
    assert report_of({"thread": 20.0, "raw": 40.0}, failures=["raw, once"]).complete


def test_the_report_is_json_too():
    """With the rounds one by one."""
    document = json.loads(report_of({"thread": 20.0, "raw": 40.0}).to_json())
    first = {"workload": "send-3200", "figure": "cpu_us", "client": "thread", "median": 20.0, "rounds": [20.0]}
    assert document["figures"][0] == first
    assert document["targets"][0]["raw"] == 0.5
    assert document["targets"][0]["passed"] is False


def test_every_other_round_goes_backwards():
    """The clients of a workload are measured next to one another."""
    present = clients.chosen(["thread", "raw"])
    steps = [(client.name, *map(name_of, works)) for _, client, works in
             plan(workloads.chosen(["text", "send-640"]), present, 2, quick=False)]  # fmt: skip
    forth = [("thread", "send-640"), ("raw", "send-640"), ("thread", "text"), ("raw", "text")]
    back = [("raw", "send-640"), ("thread", "send-640"), ("raw", "text"), ("thread", "text")]
    assert steps == forth + back


@pytest.mark.parametrize("quick", [False, True])
def test_nobody_is_measured_with_what_is_not_for_them(quick):
    """Where callbacks run makes no difference to an import."""
    steps = list(plan(workloads.chosen(["imports"]), clients.CLIENTS, 1, quick=quick))
    assert [client.name for _, client, _ in steps] == ["thread", "raw", "google-genai"]


@pytest.mark.parametrize("workload", WORKLOADS, ids=name_of)
def test_a_smoke_run_does_everything_at_least_once(workload):
    """Less of it, but something."""
    quick = workload.quick()
    assert all(getattr(quick, name) > 0 for name in ("count", "seconds", "sessions") if getattr(workload, name))
    assert quick.count + quick.seconds + quick.sessions < workload.count + workload.seconds + workload.sessions
    assert set(workload.figures) <= set(FIGURES)


@pytest.mark.parametrize("client", clients.CLIENTS, ids=name_of)
def test_every_client_can_do_every_workload(client):
    """Its module has a function of each kind."""
    if client.missing:
        pytest.skip(f"{', '.join(client.missing)} is not installed")
    module = importlib.import_module(f"benchmarks.speed.{client.module}")
    kinds = {workload.kind for workload in WORKLOADS if workload.is_for(client.name)} - {"imports"}
    assert [kind for kind in kinds if not callable(getattr(module, kind, None))] == []


@pytest.mark.parametrize("arguments", [["--only", "sendd"], ["--client", "nobody"], ["--rounds", "0"]])
def test_what_is_not_there_is_refused(arguments, capsys):
    """With what there is."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "there are" in (error := capsys.readouterr().err) or "1 or more" in error


def test_a_command_is_found_in_any_message():
    """However a client writes its JSON."""
    text = command("pace", 1920, 40000, 0, 25)
    for message in ({"realtimeInput": {"text": text}}, {"client_content": {"turns": [{"parts": [{"text": text}]}]}}):
        assert read_command(json.dumps(message).encode()) == ["pace", "1920", "40000", "0", "25"]
    assert read_command(text_message("bench")) is None


def pcm_of(payload):
    """Return the audio in a server's message."""
    (part,) = json.loads(payload)["serverContent"]["modelTurn"]["parts"]
    return base64.b64decode(part["inlineData"]["data"])


def test_a_stamp_stands_in_the_pcm():
    """The rest of it is what the plain message has."""
    message = AudioMessage(1920, seed=3)
    plain, stamped = pcm_of(message.plain), pcm_of(message.stamped(123456789))
    assert stamp_of(stamped) == 123456789
    assert len(plain) == len(stamped) == 1920
    assert stamped[9:] == plain[9:]


@pytest.mark.parametrize("size", [6, 100])
def test_audio_that_base64_would_pad_is_refused(size):
    """As is audio without room for a stamp."""
    with pytest.raises(ValueError, match=str(size)):
        AudioMessage(size)


def test_sessions_send_in_turn():
    """Each every 20 ms, at its own moment; what counts begins after the warm-up."""
    steps = list(ticks(PACED))
    assert [tick.due for tick in steps[:4]] == pytest.approx([0.0, 0.01, 0.02, 0.03])
    assert [tick.session for tick in steps[:4]] == [0, 1, 0, 1]
    assert len(steps) == 14
    assert [tick.due for tick in steps if tick.opens] == pytest.approx([0.04])


@pytest.mark.parametrize("sessions", [1, 2, 8, 64])
def test_a_session_hears_between_two_of_its_sends(sessions):
    """In their middle, as nearly as nobody sends just then; all of them together hear as evenly as they send."""
    workload = attrs.evolve(PACED, sessions=sessions)
    sends = [tick.due * 1e6 for tick in ticks(workload)][:sessions]
    hears = [pace_arguments(workload, session)[2] for session in range(sessions)]

    step = 20_000 / sessions
    for sent, heard in zip(sends, hears, strict=True):
        assert abs((heard - sent) % 20_000 - 10_000) <= step / 2 + 1
        assert min((heard - other) % 20_000 for other in sends) >= step / 2 - 1
    assert len({round(heard % 40_000) for heard in hears}) == sessions
    assert abs(sum(heard % 40_000 < 20_000 for heard in hears) - sessions / 2) <= 1


def heard_by(sessions, seconds, *, every=0.04, late=0.0005):
    """Return when messages were sent, from one second before a window on, and when they were heard."""
    sent = [int((-1.0 + number * every) * 1e9) for number in range(int((seconds + 2.0) / every))]
    return [(at, at + int(late * 1e9)) for at in sent for _ in range(sessions)]


def test_a_paced_run_counts_what_was_sent_while_it_was_measured():
    """Processor time is that of each session in a second; what was sent before or after has no part in the delays."""
    workload = Workload("w", "paced", (), sessions=2, seconds=4.0)
    slow = [(-1_000_000_000, 1_000_000_000), (4_000_000_000, 9_000_000_000)] * 9
    figures = paced_figures(workload, 0, 4_000_000_000, 0.08, [*heard_by(2, 4.0), *slow])
    assert figures == pytest.approx({"cpu_ms_per_s": 10.0, "delay_p50_us": 500.0, "delay_p99_us": 500.0})


@pytest.mark.parametrize(("seconds", "every"), [(4.0, 0.05), (5.0, 0.04)])
def test_a_client_that_did_not_keep_up_has_no_figures(seconds, every):
    """Neither if messages are missing nor if it took longer than it should."""
    workload = Workload("w", "paced", (), sessions=2, seconds=4.0)
    with pytest.raises(RuntimeError, match="did not keep up"):
        paced_figures(workload, 0, int(seconds * 1e9), 0.08, heard_by(2, seconds, every=every))


def test_delays_are_taken_from_the_stamps():
    """On the clock that all processes share."""
    delays = Delays()
    before = time.monotonic_ns()
    delays(pcm_of(AudioMessage(1920).stamped(before)))
    ((stamp, now),) = delays.heard
    assert stamp == before <= now <= time.monotonic_ns()


def test_a_tally_knows_when_it_is_full():
    """And refuses messages of another size."""
    tally = Tally()
    tally.expect(2)
    tally(b"abc")
    assert not tally.full
    tally(b"abc")
    assert tally.full
    tally.wait()
    assert tally.cpu_us(3) >= 0
    with pytest.raises(RuntimeError, match="2 messages had 6 bytes together, not 2 × 4"):
        tally.cpu_us(4)


def test_messages_that_the_server_has_not_counted_are_missed():
    """A client that drops what it shall send is not fast."""
    check_sent(["3 100", "4 200"], PACED, 7)
    with pytest.raises(RuntimeError, match="counted 7 messages, not 8"):
        check_sent(["3 100", "4 200"], PACED, 8)


def test_hidden_packages_are_not_found():
    """Nor is what is in them; others are."""
    hidden = Hidden(["orjson"])
    for name in ("orjson", "orjson.orjson"):
        with pytest.raises(ModuleNotFoundError, match="No module named"):
            hidden.find_spec(name, None)
    assert hidden.find_spec("orjson_other", None) is None


def test_a_process_can_hide_packages():
    """Before it has imported them, and for good."""
    program = (
        "from benchmarks.speed.hiding import hide\nhide(['wave'])\n"
        "try:\n    import wave\nexcept ModuleNotFoundError as error:\n    print(error.name)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "wave\n"
    with pytest.raises(RuntimeError, match="too late to hide json"):
        hide(["json"])


def test_a_target_is_held_by_the_usual_way():
    """Unless it names another."""
    assert Target("w", "f").client == clients.BASE
