"""A session behind a proxy: the option, the environment, and what each side gets to see."""

from __future__ import annotations

import pytest

from gemini_live import AuthTokens, ConfigError, ConnectError, HandshakeError, Models, Session

from ..transport.proxies import ProxyServer, tinyproxy_in
from .conftest import MODEL

USER, WORD = "user@example", "pass:word/100%"


@pytest.fixture
def proxy():
    """An HTTP proxy that asks for a name and a password."""
    with ProxyServer(username=USER, password=WORD) as server:
        yield server


def where(server):
    """Return the options that lead to an emulator."""
    return {"api_key": "a-good-key", "base_url": server.base_url, "ssl_context": server.ssl_context}


def ask(server, **options):
    """Have one turn."""
    with Session.open(**{**where(server), "model": MODEL, "output_audio_transcription": {}, **options}) as session:
        return session.ask("Hello", timeout=10).output_transcript


@pytest.mark.parametrize("tls", [False, True])
def test_a_session_goes_through_the_proxy(emulator, secure_emulator, proxy, tls):
    """With its password, over TLS and without; the proxy sees no key, the server no password."""
    server = secure_emulator if tls else emulator

    assert ask(server, proxy=proxy.url)

    (seen,) = proxy.requests
    assert (seen.port, seen.username, seen.password) == (server.port, USER, WORD)
    assert "a-good-key" not in seen.head
    assert "proxy-authorization" not in {name.lower() for name in server.sessions[-1].headers}


@pytest.mark.parametrize("scheme", ["socks4a", "socks5h"])
def test_a_session_goes_through_socks(secure_emulator, scheme):
    """With the extra."""
    with ProxyServer(scheme) as proxy:
        assert ask(secure_emulator, proxy=proxy.url)
        assert [seen.port for seen in proxy.requests] == [secure_emulator.port]


def test_a_session_goes_through_a_proxy_that_others_wrote(secure_emulator, tmp_path):
    """tinyproxy with Basic authentication, for the session, the listing and the token; without the password it refuses."""
    with tinyproxy_in(tmp_path) as address:
        url = f"http://user:pass-word@{address}"

        assert ask(secure_emulator, proxy=url)
        assert Models.list(proxy=url, **where(secure_emulator))
        assert AuthTokens.create(proxy=url, **where(secure_emulator)).name
        with pytest.raises(HandshakeError) as caught:
            ask(secure_emulator, proxy=f"http://{address}")
        assert (caught.value.status, caught.value.phase) == (407, "proxy")


def test_the_environment_names_the_proxy(secure_emulator, proxy, monkeypatch):
    """HTTPS_PROXY counts for TLS; NO_PROXY and an explicit option win over it."""
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)

    assert ask(secure_emulator)
    assert len(proxy.requests) == 1
    assert ask(secure_emulator, proxy=False)
    monkeypatch.setenv("NO_PROXY", "example.com, 127.0.0.0/8")
    assert ask(secure_emulator)
    assert len(proxy.requests) == 1


def test_listings_and_tokens_go_through_it_too(secure_emulator, proxy):
    """One option counts for sockets and REST calls alike."""
    names = [model.name for model in Models.list(proxy=proxy.url, **where(secure_emulator))]
    token = AuthTokens.create(proxy=proxy.url, **where(secure_emulator))

    assert names
    assert token.name
    assert [seen.password for seen in proxy.requests] == [WORD, WORD]
    assert "a-good-key" not in "".join(seen.head for seen in proxy.requests)


def test_rest_calls_of_the_environment(secure_emulator, proxy, monkeypatch):
    """The same variables are read for them."""
    monkeypatch.setenv("https_proxy", proxy.url)
    Models.list(**where(secure_emulator))
    assert len(proxy.requests) == 1

    monkeypatch.setenv("no_proxy", f"127.0.0.1:{secure_emulator.port}")
    Models.list(**where(secure_emulator))
    assert len(proxy.requests) == 1


def test_a_proxy_that_refuses_is_told(emulator, proxy):
    """With its status and the phase; the session can be tried again."""
    session = Session.start_link(**where(emulator), model=MODEL, proxy=f"http://localhost:{proxy.port}")

    with pytest.raises(HandshakeError) as caught:
        session.connect()

    assert (caught.value.status, caught.value.phase) == (407, "proxy")
    assert session.status == "disconnected"
    session.close()


def test_a_401_of_a_proxy_renews_no_credentials(script, make):
    """Only the service's own says something of them."""

    class Account:
        token, valid, refreshed = "a-token", True, False

        def refresh(self, request):
            self.refreshed = True

    account = Account()

    def refuse(connection, request):
        return connection.respond(401, "no")

    proxy = script(lambda peer: None, process_request=refuse)  # any HTTP server that says 401
    session = make(proxy, api_key=None, project_id="p", credentials=account, proxy=proxy.base_url)

    with pytest.raises(ConnectError) as caught:
        session.connect()

    assert caught.value.phase == "proxy"
    assert not account.refreshed


def test_a_proxy_that_is_not_there_is_told(emulator):
    """By its address."""
    with pytest.raises(ConnectError, match="127.0.0.1:1"):
        ask(emulator, proxy="http://127.0.0.1:1")
    with pytest.raises(ConnectError) as caught:
        Models.list(**where(emulator), proxy="http://127.0.0.1:1", timeout=1)
    assert caught.value.phase == "proxy"


@pytest.mark.parametrize("url", ["ftp://proxy", "http://user:word@proxy:port", "", "http://proxy/path"])
def test_a_wrong_proxy_is_refused_without_showing_it(url):
    """At once, by the option's name."""
    with pytest.raises(ConfigError) as caught:
        Session.start_link(model=MODEL, api_key="k", proxy=url)

    assert caught.value.path == "proxy"
    assert "word" not in str(caught.value).replace("password", "")


def test_a_wrong_proxy_of_the_environment_is_named(emulator, monkeypatch):
    """At the connect, for that is when it is read."""
    monkeypatch.setenv("HTTP_PROXY", "gopher://proxy")

    with pytest.raises(ConfigError, match="^HTTP_PROXY: "):
        ask(emulator)
