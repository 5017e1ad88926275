"""The pytest plugin, as a user's suite has it."""

from __future__ import annotations

import pytest

PLUGIN = ("-p", "gemini_live.testing.plugin", "-p", "no:cacheprovider", "-p", "no:cov", "-p", "no:xdist")


@pytest.fixture
def run(pytester, monkeypatch):
    """Run a user's tests with the plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def running(source, *arguments):
        pytester.makepyfile(source)
        return pytester.runpytest_inprocess(*PLUGIN, "--strict-markers", *arguments)

    return running


def test_a_session_with_the_emulator_is_one_line(run):
    """Options pass through, and the emulator is the same for both fixtures."""
    run(
        """
        def test_it(live_emulator, live_session):
            session = live_session(output_audio_transcription={}, name="mine")
            assert session.ask("Say hello.", timeout=10).output_transcript
            assert session.name == "mine"
            assert len(live_emulator.sessions) == 1
            assert live_emulator.base_url.startswith("http://127.0.0.1")

        def test_another(live_emulator, live_session):
            assert live_emulator.sessions == []
            first, second = live_session(), live_session(connect=False)
            assert (first.status, second.status) == ("ready", "disconnected")
        """
    ).assert_outcomes(passed=2)


@pytest.mark.parametrize("profile", ["auto", "gemini-2.5", "gemini-3.1", "vertex-2.5"])
def test_a_family_has_a_model_and_credentials(run, profile):
    """Whichever it is."""
    run(
        f"""
        import pytest

        @pytest.mark.live_emulator(profile={profile!r})
        def test_it(live_session):
            assert live_session(output_audio_transcription={{}}).ask("Say hello.", timeout=10).output_transcript
        """
    ).assert_outcomes(passed=1)


def test_every_familys_model_is_its_own():
    """None is played in the ways of another."""
    from gemini_live.emulator.profiles import PROFILES, profile_for
    from gemini_live.testing.sessions import _MODELS, _NEWEST

    for name in PROFILES:
        backend = "vertex_ai" if name.startswith("vertex") else "gemini"
        assert profile_for(_MODELS.get(name, _NEWEST), backend).name == name


@pytest.mark.parametrize(
    ("arguments", "model"),
    [
        ("models=['gemini-embedding-001', 'gemini-3.8-live']", "models/gemini-3.8-live"),
        ("models=['gemini-3.8-live', 'gemini-3.1-flash-live-preview'], profile='gemini-3.1'",
         "models/gemini-3.1-flash-live-preview"),
        ("models=[{'name': 'publishers/google/models/a-live-one'}], profile='vertex-2.5'",
         "projects/any-project/locations/us-central1/publishers/google/models/a-live-one"),
    ],
)  # fmt: skip
def test_a_session_has_a_model_that_the_emulator_has(run, arguments, model):
    """Its family's, if that is one of them."""
    run(
        f"""
        import pytest

        @pytest.mark.live_emulator({arguments})
        def test_it(live_emulator, live_session):
            live_session()
            assert live_emulator.sessions[0].setup["model"] == {model!r}
        """
    ).assert_outcomes(passed=1)


def test_an_emulator_without_live_models_refuses(run):
    """As it should."""
    run(
        """
        import pytest

        @pytest.mark.live_emulator(models=[])
        def test_it(live_session):
            with pytest.raises(Exception, match="not found"):
                live_session()
        """
    ).assert_outcomes(passed=1)


def test_the_marker_has_the_emulators_arguments(run):
    """The nearest marker wins; a profile may stand without its name; TLS works."""
    run(
        """
        import pytest

        pytestmark = pytest.mark.live_emulator(api_keys=["the-key"], profile="gemini-2.5")

        @pytest.mark.live_emulator("gemini-3.1", tls=True)
        def test_it(live_emulator, live_session):
            assert "gemini-3.1" in repr(live_emulator)
            assert live_emulator.base_url.startswith("https")
            live_session(api_key="the-key")
            with pytest.raises(Exception, match="API key"):
                live_session(api_key="another")
        """
    ).assert_outcomes(passed=1)


def test_the_environment_has_no_say(run, monkeypatch):
    """A machine's key, backend and proxy are not for tests."""
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("GOOGLE_API_KEY", "bad-key")

    run("def test_it(live_session): assert live_session().status == 'ready'").assert_outcomes(passed=1)


def test_a_thread_that_is_left_fails_the_test(run, monkeypatch):
    """With its name."""
    monkeypatch.setattr("gemini_live.testing.sessions._GRACE_SECONDS", 0.05)
    monkeypatch.setattr("gemini_live.testing.sessions._CLOSE_SECONDS", 0.05)
    result = run(
        """
        import threading

        GATE, IN = threading.Event(), threading.Event()

        def stuck(opened):
            IN.set()
            GATE.wait(10)

        def test_it(live_session):
            live_session(on_open=stuck, name="mine")
            assert IN.wait(10)

        def test_after_it():
            GATE.set()
        """
    )

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*session threads were left behind: gemini-live:mine:callbacks*"])


def test_the_plugin_says_what_it_has(run):
    """In --fixtures and --markers."""
    run("", "--markers").stdout.fnmatch_lines(["*live_emulator(profile='auto', ?*options)*"])
    run("", "--fixtures").stdout.fnmatch_lines(["live_emulator*", "live_session*"])


def test_a_suite_that_does_not_use_it_pays_nothing(pytester):
    """No emulator, no session, no aiohttp; only pytest's own."""
    pytester.makepyfile(
        """
        import sys

        def test_it(request):
            assert request.config.pluginmanager.hasplugin("gemini_live.testing.plugin")
            loaded = {"aiohttp", "websocket", "requests", "google.auth", "trustme", "gemini_live.session",
                      "gemini_live.emulator", "gemini_live.types", "gemini_live.transport"} & set(sys.modules)
            assert loaded == set()
        """
    )
    pytester.runpytest_subprocess(*PLUGIN).assert_outcomes(passed=1)


def test_it_is_found_under_the_name_of_its_module():
    """So that whoever asks for the module where it is installed gets no second one."""
    import configparser
    from pathlib import Path

    config = configparser.ConfigParser()
    config.read(Path(__file__).parents[2] / "setup.cfg", "utf-8")

    name = "gemini_live.testing.plugin"
    assert config["options.entry_points"]["pytest11"].strip() == f"{name} = {name}"
