"""What the service is asked, and what is made of its answers."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live import ApiError, AuthError, CallTimeout, ConfigError, ConnectError, ModelNotFoundError, ProtocolError
from gemini_live.backends import WHERE_OPTIONS
from gemini_live.backends.keywords import WhereOptions
from gemini_live.exceptions import GeminiLiveError
from gemini_live.models import Models
from gemini_live.models.listing import next_token, read_entries
from gemini_live.types import Model

from .conftest import KEY, answer, entry, gemini, vertex

LIVE = "bidiGenerateContent"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def names(listed):
    """Return the bare names of some models."""
    return [(model.name or "").rpartition("/")[2] for model in listed]


def test_the_gemini_api_s_models_come_from_all_pages(serve, models):
    """However small the pages are; the pages after the first are asked for by their tokens."""
    server = serve(models=[f"m-{number}" for number in range(5)], page_size=2)

    assert names(models.list(**gemini(server))) == [f"m-{number}" for number in range(5)]

    requests = server.requests
    assert [request.path for request in requests] == ["/v1beta/models"] * 3
    assert [request.query["pageSize"] for request in requests] == ["1000"] * 3
    assert ["pageToken" in request.query for request in requests] == [False, True, True]
    assert {request.headers["x-goog-api-key"] for request in requests} == {KEY}


def test_vertex_ai_s_models_come_from_all_pages(serve, models):
    """Under its own path and list."""
    server = serve(models=[f"m-{number}" for number in range(5)], page_size=2)

    assert names(models.list(**vertex(server))) == [f"m-{number}" for number in range(5)]

    requests = server.requests
    assert [request.path for request in requests] == ["/v1beta1/publishers/google/models"] * 3
    assert [request.query["pageSize"] for request in requests] == ["100"] * 3


@pytest.mark.parametrize("where", [gemini, vertex])
def test_the_size_of_a_page_can_be_said(server, models, where):
    """It is asked for as it is."""
    models.list(page_size=3, **where(server))

    assert {request.query["pageSize"] for request in server.requests} == {"3"}


def test_entries_become_values_and_nothing_is_lost(server, models):
    """Known fields by their names, the others as they came."""
    answer(server, {"models": [entry("m", LIVE, inputTokenLimit=7, novelty={"a": 1})]})

    (model,) = models.list(**gemini(server))

    assert model == Model(
        name="models/m", input_token_limit=7, supported_generation_methods=(LIVE,), extra={"novelty": {"a": 1}}
    )


def test_what_is_no_entry_is_skipped(server, models):
    """The entries around it count."""
    answer(server, {"models": [entry("a"), None, 5, "text", [], entry("b")]})

    assert names(models.list(**gemini(server))) == ["a", "b"]


@pytest.mark.parametrize("document", [{}, {"models": []}, {"models": None}, {"nextPageToken": ""}])
def test_a_listing_may_be_empty(server, models, document):
    """JSON of protobuf leaves empty lists out."""
    answer(server, document)

    assert models.list(**gemini(server)) == []


def test_a_page_may_be_empty(server, models):
    """What counts is whether it names another."""
    answer(server, {"nextPageToken": "t"}, {"models": [entry("a")]})

    assert names(models.list(**gemini(server))) == ["a"]


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        (["nonsense"], "no JSON object"),
        ([{"models": {"name": "m"}}], "no list under 'models'"),
        ([{"models": "m"}], "no list"),
        ([{"nextPageToken": 5}], "no text"),
        ([{"nextPageToken": "a"}, {"nextPageToken": "a"}], "page 2 .* earlier one"),
        ([{"nextPageToken": "a"}, {"nextPageToken": "b"}, {"nextPageToken": "a"}], "page 3 .* earlier one"),
    ],
    ids=["no JSON", "an object", "a text", "a token that is none", "the same token", "a circle"],
)
def test_what_is_no_listing_is_a_protocol_error(server, models, documents, words):
    """It is not taken for an empty one, and pages that lead nowhere are not followed for ever."""
    answer(server, *documents)

    with pytest.raises(ProtocolError, match=words):
        models.list(**gemini(server))
    assert len(server.requests) == len(documents)


@pytest.mark.parametrize(
    ("bound", "document", "words"),
    [("MAX_PAGES", {}, "no end: 3 pages"), ("MAX_MODELS", {"models": [{"name": "m"}] * 2}, "no end: 4 models")],
)
def test_a_listing_without_an_end_is_left(server, models, monkeypatch, bound, document, words):
    """By the number of its pages, which may be small ones, and of its models."""
    monkeypatch.setattr(f"gemini_live.models.listing.{bound}", 3)
    answer(server, *({**document, "nextPageToken": str(number)} for number in range(9)))

    with pytest.raises(ProtocolError, match=words):
        models.list(**gemini(server))


def test_small_pages_are_as_good_as_large_ones(server, models):
    """However many they are."""
    pages = [{"models": [{"name": f"models/m{number}"}], "nextPageToken": str(number)} for number in range(150)]
    answer(server, *pages, {"models": [{"name": "models/last"}]})

    assert len(models.list(page_size=1, **gemini(server))) == 151


@given(st.dictionaries(st.sampled_from(["models", "nextPageToken", "x"]), JSON))
def test_any_page_is_read_or_refused(document):
    """Whatever stands in it."""
    try:
        assert all(isinstance(model, Model) for model in read_entries(document, "models"))
        assert isinstance(next_token(document), str)
    except ProtocolError as error:
        assert str(error).isprintable()


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "displayName", "supportedGenerationMethods"]), JSON), max_size=6)
)
def test_any_entry_can_be_chosen_from(entries):
    """Fields of the wrong kind are no names and no methods."""
    read = read_entries({"models": entries}, "models")

    try:
        name = Models.resolve(available_models=read)
    except ModelNotFoundError:
        return
    assert any((model.name or "").endswith(name) for model in read)


def test_the_service_s_refusal_is_told(serve, models):
    """With its words, and without the key."""
    server = serve(api_keys=["another-key"])

    with pytest.raises(ApiError, match="API key not valid") as caught:
        models.list(**gemini(server))

    assert caught.value.status == 400
    assert KEY not in repr(caught.value)


def test_one_timeout_holds_for_all_pages(server, models):
    """The second page hangs; the first one's time is not given back."""
    answer(server, {"models": [entry("a")], "nextPageToken": "t"})
    server.fail_next(on="rest", silent=True)

    with pytest.raises(CallTimeout):
        models.list(timeout=1, **gemini(server))
    assert len(server.wait_for_requests(2)) == 2


def test_a_listing_whose_pages_keep_coming_ends_in_time(server, models):
    """Each page is quick enough, all of them together are not."""
    answer(server, *({"nextPageToken": str(number)} for number in range(99)))

    with pytest.raises(CallTimeout):
        models.list(timeout=0.05, **gemini(server))


def test_nobody_there_is_a_connect_error(serve, models):
    """As for a session.  There is no second attempt: the pause before it would be longer than what is left."""
    server = serve()
    where = gemini(server)
    server.stop()
    state = random.getstate()
    random.seed(0)  # of the half second that the pause may take it draws more than 0.4

    try:
        with pytest.raises(ConnectError):
            models.list(timeout=0.2, **where)
    finally:
        random.setstate(state)


def test_no_key_is_an_auth_error(models):
    """Nothing is sent without one."""
    with pytest.raises(AuthError, match="GEMINI_API_KEY"):
        models.list()


def test_where_is_read_from_the_environment(server, models, monkeypatch):
    """As for a session."""
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", server.base_url)

    assert names(models.list())


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"page_size": 0}, "page_size"), ({"page_size": 1001}, "page_size"), ({"page_size": True}, "page_size"),
        ({"page_size": "5"}, "page_size"), ({"timeout": -1}, "timeout"), ({"timeout": "5"}, "timeout"),
        ({"refresh": True}, "refresh"), ({"pagesize": 5}, "pagesize"), ({"api_key": 5}, "api_key"),
        ({"api_key": "k", "location": "us-central1"}, "location"), ({"api_key": "k", "proxy": 5}, "proxy"),
        ({"api_key": "k", "ssl_context": 5}, "ssl_context"), ({"api_key": "k", "base_url": "http://example.com"}, "base_url"),
    ],
)  # fmt: skip
def test_a_wrong_option_of_a_listing_is_refused_with_its_name(models, options, path):
    """Before anybody is asked."""
    options = {**options, "auth": "gemini"} if "location" in options else options
    with pytest.raises(ConfigError) as caught:
        models.list(**options)

    assert caught.value.path == path


def test_the_keywords_of_type_checkers_are_those_that_are_taken():
    """Every option that says where has its type, and there are no others."""
    assert sorted(WhereOptions.__annotations__) == sorted(WHERE_OPTIONS)


# What of it is live


def test_the_gemini_api_says_what_is_live(server, models):
    """By its methods, whatever the names are; the order is the listing's."""
    answer(
        server,
        {"models": [entry("b", "countTokens", LIVE), entry("x-live", "generateContent"), entry("a", LIVE), entry("c")]},
    )

    assert names(models.live(**gemini(server))) == ["b", "a"]


@pytest.mark.parametrize("said", [{}, {"supportedGenerationMethods": []}, {"supportedGenerationMethods": 5}])
def test_an_entry_that_does_not_say_is_live_if_it_sounds_so(server, models, said):
    """A known family, or a word of the name."""
    listed = ("gemini-robotics-er-2-streaming", "gemini-9-live", "gemini-9-native-audio", "gemini-9-pro", "lively")
    answer(server, {"models": [{"name": f"models/{name}", **said} for name in listed]})

    assert names(models.live(**gemini(server))) == list(listed[:3])


def test_vertex_ai_s_live_models_are_told_by_their_names(server, models):
    """Its listing says nothing of methods."""
    live = names(models.live(**vertex(server)))

    assert "gemini-live-2.5-flash-native-audio" in live
    assert "gemini-3.8-live" in live
    assert not {"gemini-3.5-pro", "gemini-embedding-001"} & set(live)


def test_another_method_can_be_asked_for(server, models):
    """It is never inferred from a name."""
    assert names(models.live(require_method="bidiGenerateMusic", **gemini(server))) == ["lyria-realtime-exp"]
    assert models.live(require_method="bidiGenerateMusic", **vertex(server)) == []


# Who asks


def test_listing_always_asks_and_fills_the_cache(server, models):
    """What comes after it need not ask."""
    models.list(**gemini(server))
    models.list(**gemini(server))
    models.live(**gemini(server))
    models.resolve(**gemini(server))

    assert len(server.requests) == 2


def test_a_listing_is_good_for_five_minutes(server, models, clock):
    """For all modalities and methods; then the service is asked again."""
    models.live(**gemini(server))
    clock.advance(299)
    models.resolve("audio", **gemini(server))
    models.live(require_method="generateContent", **gemini(server))
    assert len(server.requests) == 1

    clock.advance(1)
    models.live(**gemini(server))
    assert len(server.requests) == 2


def test_a_refresh_asks(server, models):
    """Both for what is live and for a choice."""
    models.live(**gemini(server))
    models.live(refresh=True, **gemini(server))
    models.resolve(refresh=True, **gemini(server))

    assert len(server.requests) == 3


def test_a_cleared_cache_asks(server, models):
    """Nothing is left in it."""
    models.live(**gemini(server))
    models.clear_cache()
    models.live(**gemini(server))

    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"api_key": "a-good-key"}, {"api_key": "another-good-key"}),
        ({"headers": {"x-goog-api-key": "a-good-key"}}, {"headers": {"X-Goog-Api-Key": "another-good-key"}}),
        ({"api_key": "a-good-key"}, {"api_key": "a-good-key", "api_version": "v1alpha"}),
        ({"api_key": "a-good-key"}, {"access_token": "a-good-token", "project_id": "p"}),
        ({"access_token": "a-good-token", "project_id": "p"}, {"access_token": "a-good-token", "project_id": "q"}),
        ({"api_key": "a-good-key"}, {"api_key": "a-good-key", "headers": {"x-goog-user-project": "p"}}),
    ],
)
def test_one_caller_s_listing_is_not_another_s(server, models, one, other):
    """What may be seen depends on who asks, where and how."""
    for where in (one, other, one, other):
        assert models.live(base_url=server.base_url, **where)

    assert len(server.requests) == 2


def test_two_endpoints_have_two_listings(serve, models):
    """The same key is another caller elsewhere."""
    first, second = serve(models=["a-live"]), serve(models=["b-live"])

    assert names(models.live(**gemini(first))) == ["a-live"]
    assert names(models.live(**gemini(second))) == ["b-live"]


def test_a_function_that_can_not_be_told_from_others_is_asked_every_time(server, models):
    """A listing whose caller has no identity is not kept."""

    class Tokens:
        __hash__ = None

        def __call__(self):
            return "a-good-token"

    for _ in range(2):
        assert models.live(access_token=Tokens(), project_id="p", base_url=server.base_url)
        assert models.list(access_token=Tokens(), project_id="p", base_url=server.base_url)

    assert len(server.requests) == 4
    assert len(models.cache) == 0


def test_no_secret_is_in_the_cache(server, models):
    """Its keys tell callers apart and give nobody away."""
    models.live(**gemini(server, headers={"x-my-secret": "swordfish-swordfish"}))
    (key,) = models.cache._kept

    assert KEY not in repr(key)
    assert "swordfish" not in repr(key)


def test_a_failed_listing_is_asked_for_again(server, models):
    """A refusal is not kept."""
    server.fail_next(on="rest", status=403)

    with pytest.raises(GeminiLiveError):
        models.live(**gemini(server))
    assert models.live(**gemini(server))


def test_the_class_and_its_subclass_keep_their_listings_apart(server, models):
    """A cache of one's own is a class of one's own."""
    models.live(**gemini(server))

    assert len(models.cache) == 1
    assert models.cache is not Models.cache
