"""Choosing among what the service lists, and what happens when it can't be asked."""

from __future__ import annotations

import logging

import pytest

from gemini_live import ConfigError, GeminiLiveError, ModelNotFoundError
from gemini_live.models import Models

from .conftest import KEY, answer, entry, gemini, in_threads, vertex

LIVE = "bidiGenerateContent"


@pytest.fixture(autouse=True)
def listening(caplog):
    """Hear what the class says."""
    caplog.set_level(logging.INFO, "gemini_live.models")


def said(caplog, level):
    """Return what was logged at a level."""
    return [record.getMessage() for record in caplog.records
            if record.name == "gemini_live.models" and record.levelname == level]  # fmt: skip


def test_a_candidate_on_the_second_page_is_found(serve, models):
    """All pages count, also where an older candidate is on the first one."""
    server = serve(models=["gemini-2.5-flash-native-audio-latest", "gemini-9-pro", "gemini-3.8-live"], page_size=2)

    assert models.resolve(**gemini(server)) == "gemini-3.8-live"
    assert len(server.requests) == 2


def test_the_first_available_candidate_is_taken_on_vertex_ai(serve, models):
    """Its models are told by their names."""
    server = serve(models=["gemini-live-2.5-flash-native-audio", "gemini-9-pro"])

    assert models.resolve(**vertex(server)) == "gemini-live-2.5-flash-native-audio"


def test_a_newer_live_model_that_nobody_knows_is_usable(server, models):
    """Where no candidate is listed, and nothing older of a known family."""
    listed = [entry("gemini-9.1-live", LIVE), entry("gemini-9.2-live-preview", LIVE), entry("gemini-9.3-pro", "x")]
    answer(server, {"models": listed})

    assert models.resolve(**gemini(server)) == "gemini-9.2-live-preview"


def test_a_listed_model_that_lacks_the_method_is_not_available(server, models):
    """Even if it is the best candidate."""
    answer(
        server, {"models": [entry("gemini-3.8-live", "generateContent"), entry("gemini-3.1-flash-live-preview", LIVE)]}
    )

    assert models.resolve(**gemini(server)) == "gemini-3.1-flash-live-preview"


def test_text_is_answered_by_what_the_listing_really_has(server, models):
    """A model that writes is no candidate, but it is there."""
    listed = [entry("gemini-3.8-live", LIVE), entry("gemini-live-2.5-flash-preview", LIVE)]
    answer(server, {"models": listed})

    assert models.resolve("text", **gemini(server)) == "gemini-live-2.5-flash-preview"


def test_a_session_takes_what_was_resolved(server, models):
    """The name is one that a session can be opened with."""
    from gemini_live import Session

    where = gemini(server)

    with Session.open(model=models.resolve(**where), **where) as session:
        assert session.model.endswith("gemini-3.8-live")


def test_nothing_that_serves_is_an_error_with_what_is_there(server, models, caplog):
    """A listing that was had is believed; the default is not in it."""
    answer(server, {"models": [entry("gemini-9-pro", "x"), entry("gemini-3.5-live-translate-preview", LIVE)]})

    with pytest.raises(ModelNotFoundError, match="will do for audio: gemini-3.5-live-translate-preview$") as caught:
        models.resolve(**gemini(server))

    assert caught.value.available == ("gemini-3.5-live-translate-preview",)
    assert said(caplog, "WARNING") == []


def test_an_empty_listing_is_an_error(server, models):
    """The service has said that there is nothing."""
    answer(server, {})

    with pytest.raises(ModelNotFoundError, match="of 0 models"):
        models.resolve(**gemini(server))


def test_available_models_ask_nobody(server, models):
    """Neither do they need credentials."""
    assert models.resolve(available_models=["gemini-9-live"], base_url=server.base_url) == "gemini-9-live"
    assert server.requests == []


def test_a_listing_s_own_values_can_be_chosen_from(server, models):
    """What ``list`` returns is what ``available_models`` takes."""
    listed = models.list(**gemini(server))

    assert Models.resolve(available_models=listed) == "gemini-3.8-live"
    assert Models.pick_from_available(Models.candidates(), listed) == "gemini-3.8-live"


def test_threads_that_resolve_at_once_ask_once(server, models):
    """All get the same answer."""
    results = in_threads(8, lambda: models.resolve(**gemini(server)))

    assert {result.result(0) for result in results} == {"gemini-3.8-live"}
    assert len(server.requests) == 1


# What was chosen and why


@pytest.mark.parametrize(
    ("available", "options", "line"),
    [
        (["a-live"], {"candidates": ["a-live"]}, "for audio on gemini: 'a-live' (the first candidate that is available)"),
        (["gemini-2.0-flash-live-001"], {"auth": "vertex_ai", "modality": "text"},
         "for text on vertex_ai: 'gemini-2.0-flash-live-001' (no candidate is available; of the family half-cascade)"),
        (["a-live"], {}, "for audio on gemini: 'a-live' (no candidate is available; a live model of no known family)"),
        (["a\nb"], {"candidates": ["a\nb"]}, "for audio on gemini: 'a\\nb' (the first candidate that is available)"),
    ],
)  # fmt: skip
def test_a_choice_is_one_line_in_the_log(caplog, available, options, line):
    """The name, and why it is this one."""
    Models.resolve(available_models=available, **options)

    assert said(caplog, "INFO") == [line]


# When there is no listing


@pytest.mark.parametrize(
    ("fault", "timeout", "words"),
    [
        ({"status": 403}, 10, "ApiError: 403"),
        ({"status": 200, "body": "nonsense"}, 10, "ProtocolError: "),
        ({"status": 200, "body": {"models": 5}}, 10, "ProtocolError: "),
        ({"status": 503, "headers": {"retry-after": "60"}}, 10, "ApiError: 503"),
        ({"silent": True}, 0.3, "CallTimeout: "),
        ({"drop": True, "times": 50}, 1, "ConnectError: "),
    ],
    ids=["refused", "no JSON", "no listing", "out of order", "hanging", "dropped"],
)
def test_a_listing_that_fails_falls_back_to_the_default(server, models, caplog, fault, timeout, words):
    """With one warning that says why; the next choice asks again."""
    server.fail_next(on="rest", **fault)

    assert models.resolve(timeout=timeout, **gemini(server)) == "gemini-3.8-live"

    (line,) = said(caplog, "WARNING")
    assert words in line
    assert "'gemini-3.8-live', unseen" in line
    assert said(caplog, "INFO") == []
    assert len(models.cache) == 0


def test_nobody_there_falls_back_to_the_default(models, caplog, nobody):
    """As any other failure."""
    assert models.resolve(api_key=KEY, base_url=nobody, timeout=0.3) == "gemini-3.8-live"
    assert len(said(caplog, "WARNING")) == 1


def test_a_candidate_of_one_s_own_comes_before_the_default(server, models, caplog):
    """Whoever wants a certain model gets it unseen rather than another one."""
    server.fail_next(on="rest", status=403)

    assert models.resolve(candidates=["my-own", "another"], **gemini(server)) == "my-own"
    assert "'my-own', unseen" in said(caplog, "WARNING")[0]


def test_no_credentials_fall_back_to_the_default(models, caplog):
    """Whoever opens the session will hear of it."""
    assert models.resolve() == "gemini-3.8-live"
    assert "AuthError: no API key" in said(caplog, "WARNING")[0]


def test_the_default_on_vertex_ai_is_one_of_its_own(server, models, caplog):
    """The backend is that of the options."""
    server.fail_next(on="rest", status=403)

    assert models.resolve(**vertex(server)) in Models.candidates(auth="vertex_ai")
    assert "on vertex_ai" in said(caplog, "WARNING")[0]


def test_without_a_listing_and_a_default_the_error_says_both(server, models):
    """What to do, and why nothing could be listed; the failure is its cause."""
    server.fail_next(on="rest", status=403, body={"error": {"code": 403, "message": "Not yours.\nAt all."}})

    with pytest.raises(
        ModelNotFoundError, match=r"output_audio_transcription.*ApiError: 403: Not yours\. At all\."
    ) as caught:
        models.resolve("text", **gemini(server))
    assert isinstance(caught.value.__cause__, GeminiLiveError)


def test_no_secret_is_in_the_warning(server, models, caplog):
    """Not even one that the service repeats, and no page of a gateway."""
    server.fail_next(on="rest", status=403, body={"error": {"message": f"{KEY} is\nno good {'x' * 5000}"}})

    models.resolve(**gemini(server))

    (line,) = said(caplog, "WARNING")
    assert KEY not in caplog.text
    assert line.isprintable()
    assert len(line) < 500


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": "two words"}, {"api_key": KEY, "base_url": "http://example.com"}, {"api_key": KEY, "token": "t"},
        {"auth": "vertex_ai", "access_token": "t"}, {"api_key": KEY, "proxy": 5}, {"auth": "google"},
    ],
)  # fmt: skip
def test_a_mistake_of_the_caller_s_is_no_failure_of_the_listing(models, caplog, options):
    """It is raised, and nothing is guessed."""
    with pytest.raises(ConfigError):
        models.resolve(**options)
    assert caplog.records == []
