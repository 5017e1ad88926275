"""Where to connect: URLs and headers that are right, and those that are refused."""

from __future__ import annotations

import pytest

from gemini_live.backends import check_header, parse_base_url
from gemini_live.backends.base import Endpoint, merge_headers, secret_headers, standard_headers
from gemini_live.backends.urls import http_url, is_loopback
from gemini_live.exceptions import ConfigError


@pytest.mark.parametrize(
    ("url", "websocket"),
    [
        ("https://localhost:9801", "wss://localhost:9801"),
        ("https://example.com", "wss://example.com"),
        ("https://example.com/", "wss://example.com"),
        ("https://example.com///", "wss://example.com"),
        ("https://example.com:8443/proxy/", "wss://example.com:8443/proxy"),
        ("https://example.com/a/b%20c", "wss://example.com/a/b%20c"),
        ("https://example.com:", "wss://example.com"),
        ("https://example.com?", "wss://example.com"),
        ("wss://example.com/x", "wss://example.com/x"),
        ("HTTPS://Example.COM/Path", "wss://example.com/Path"),
        ("  https://example.com\n", "wss://example.com"),
        ("https://example.com\u3000", "wss://example.com"),
        ("https://[2001:db8::1]:443/x", "wss://[2001:db8::1]:443/x"),
        ("https://10.0.0.1:1", "wss://10.0.0.1:1"),
        ("http://localhost:80", "ws://localhost:80"),
        ("ws://127.0.0.1", "ws://127.0.0.1"),
        ("http://127.8.9.10:1/p", "ws://127.8.9.10:1/p"),
        ("http://[::1]:5", "ws://[::1]:5"),
        ("http://emulator.localhost", "ws://emulator.localhost"),
        ("https://bücher.example", "wss://bücher.example"),
    ],
)
def test_a_base_url_becomes_a_websocket_url(url, websocket):
    """Scheme, host, port and prefix stay; nothing is left at the end that would double a slash."""
    assert parse_base_url(url) == websocket


@pytest.mark.parametrize(
    "url",
    [
        "", "   ", "example.com", "localhost:9801", "//example.com", "https://", "https:///path", "ftp://example.com",
        "file:///etc/passwd", "javascript:alert(1)", "https://:443", "https://example.com:port",
        "https://example.com:99999", "https://example.com:-1", "https://example.com:0", "https://[::1", "https://[zz]", "https://[]", "https://[127.0.0.1]",
        "https://user@example.com", "https://user:word@example.com", "https://:word@example.com",
        "https://@example.com", "https://example.com?key=1", "https://example.com/#top", "https://exa mple.com",
        "https://example.com/a b", "https://exam\nple.com", "https://example.com/\r\nX-Evil: 1",
        "https://example.com/\x00", "https://example.com/pr\u00e4fix",
        "https://example.com\\@evil.example", "https://example.com\\evil", "https://example.com/\\evil",
        "http://example.com", "ws://10.0.0.1", "http://0.0.0.0", "http://localhost.example.com",
        "http://127.0.0.1.example.com", "http://[2001:db8::1]", "http://127.1",
    ],
)  # fmt: skip
def test_a_bad_base_url_is_refused(url):
    """No URL, no credentials, no query, nothing that would break the request, and nothing unencrypted elsewhere."""
    with pytest.raises(ConfigError) as caught:
        parse_base_url(url, path="GOOGLE_GEMINI_BASE_URL")

    assert caught.value.path == "GOOGLE_GEMINI_BASE_URL"


@pytest.mark.parametrize("url", [None, 7, b"https://example.com", ["https://example.com"]])
def test_a_base_url_is_a_string(url):
    """Anything else is refused in a sentence."""
    with pytest.raises(ConfigError, match="base_url: must be a string"):
        parse_base_url(url)


def test_a_refused_url_does_not_show_its_credentials():
    """A word that somebody put into a URL is not repeated in an error."""
    with pytest.raises(ConfigError) as caught:
        parse_base_url("https://user:correct-horse@example.com")

    assert "correct-horse" not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("a.localhost", True), ("127.0.0.1", True), ("127.255.0.1", True), ("::1", True),
     ("0.0.0.0", False), ("::", False), ("notlocalhost", False), ("localhost.", False), ("", False)],
)  # fmt: skip
def test_what_counts_as_this_machine(host, here):
    """Only loopback may go without encryption."""
    assert is_loopback(host) is here


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "ü", "a\x00", "(x)", None, 7])
def test_a_bad_header_name_is_refused(name):
    """A name is a token, as HTTP says."""
    with pytest.raises(ConfigError) as caught:
        check_header(name, "v", path="headers")

    assert caught.value.path == "headers"


@pytest.mark.parametrize(
    "value", ["a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "a\x7fb", "emoji 😀", "\u0100", None, 7, b"x"]
)
def test_a_bad_header_value_is_refused_and_not_shown(value):
    """A line break would end the header and begin another; the value may be a secret."""
    with pytest.raises(ConfigError) as caught:
        check_header("X-Mine", value, path="headers")

    assert caught.value.path == "headers.X-Mine"
    assert "Evil" not in str(caught.value)


@pytest.mark.parametrize(("name", "value"), [("X-Mine", ""), ("x!#$%&'*+.^_`|~1", "a\tb c"), ("A", "caf\xe9")])
def test_a_good_header_is_taken(name, value):
    """What HTTP allows is allowed."""
    check_header(name, value, path="headers")


def test_a_users_header_wins_whatever_its_case():
    """The library's own header of that name is not sent beside it."""
    merged = merge_headers({"user-agent": "ours", "x-goog-api-key": "k"}, {"User-Agent": "theirs", "X-New": "1"})

    assert merged == {"x-goog-api-key": "k", "User-Agent": "theirs", "X-New": "1"}


def test_standard_headers_name_the_library():
    """The service sees which client speaks; the values are good headers."""
    headers = standard_headers()

    for name, value in headers.items():
        check_header(name, value, path="headers")
    assert headers["x-goog-api-client"].startswith("gemini-live/")
    assert headers["user-agent"] == headers["x-goog-api-client"]


def test_an_endpoint_shows_the_names_of_its_headers_only():
    """The values hold the credentials."""
    endpoint = Endpoint("wss://example.com/ws/x", {"x-goog-api-key": "correct-horse", "a": "battery"})

    assert repr(endpoint) == "Endpoint(url='wss://example.com/ws/x', headers=<a, x-goog-api-key>)"


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("Authorization", "Bearer abc", {"Bearer abc", "abc"}),
        ("authorization", "Token auth_tokens/abc", {"Token auth_tokens/abc", "auth_tokens/abc", "abc"}),
        ("Authorization", "Basic dXNlcjp3b3Jk", {"Basic dXNlcjp3b3Jk", "dXNlcjp3b3Jk", "user:word", "word"}),
        ("Authorization", "Basic nonsense", {"Basic nonsense", "nonsense"}),
        ("Cookie", "sid=abc; a=b", {"sid=abc; a=b", "sid", "abc", "a", "b"}),
        ("X-Corp-Jwt", "abc", {"abc"}),
        ("User-Agent", "mine", set()),
        ("Content-Type", "application/json", set()),
    ],
)
def test_what_headers_hold_is_secret(name, value, secrets):
    """Whatever they are called, with the parts that a server may repeat alone; but for those that tell nothing."""
    assert set(secret_headers({name: value})) == secrets


@pytest.mark.parametrize("value", [" v", "v ", "\tv"])
def test_a_header_does_not_begin_or_end_with_a_blank(value):
    """It would not arrive as it was sent."""
    with pytest.raises(ConfigError, match="headers.X: must not begin or end"):
        check_header("X", value, path="headers")


@pytest.mark.parametrize(("websocket", "http"), [("wss://h:1/p", "https://h:1/p"), ("ws://[::1]", "http://[::1]")])
def test_a_websocket_s_url_is_one_for_rest_calls_too(websocket, http):
    """Only the scheme differs."""
    assert http_url(websocket) == http
