"""A proxy's URL, and which proxy the environment wants."""

from __future__ import annotations

import base64
import ipaddress
import pickle
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_live._proxies import Proxy, parse_proxy, proxy_for
from gemini_live.exceptions import ConfigError

SECRET = "s3cr3t-w0rd"
SCHEMES = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"]
LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=10)
NAME = st.lists(LABEL, min_size=2, max_size=4).map(".".join).filter(lambda name: not name[-1].isdigit())
WORD = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("url", "scheme", "host", "port"),
    [
        ("http://proxy.corp:3128", "http", "proxy.corp", 3128),
        ("http://proxy.corp:3128/", "http", "proxy.corp", 3128),
        ("HTTP://Proxy.Corp:3128", "http", "proxy.corp", 3128),
        ("proxy.corp:3128", "http", "proxy.corp", 3128),
        ("proxy", "http", "proxy", 80),
        ("http://proxy:", "http", "proxy", 80),
        ("https://proxy", "https", "proxy", 443),
        ("socks4://proxy", "socks4", "proxy", 1080),
        ("socks4a://proxy", "socks4a", "proxy", 1080),
        ("socks5://proxy", "socks5", "proxy", 1080),
        ("socks5h://proxy", "socks5h", "proxy", 1080),
        ("socks://proxy", "socks5h", "proxy", 1080),
        ("http://10.0.0.1:8080", "http", "10.0.0.1", 8080),
        ("http://[::1]:8080", "http", "::1", 8080),
        ("[2001:DB8::1]:8080", "http", "2001:db8::1", 8080),
        ("http://[fe80::1%25eth0]:8080", "http", "fe80::1%eth0", 8080),
    ],
)
def test_the_parts_of_a_url(url, scheme, host, port):
    """Scheme, host and port, with the defaults that requests has."""
    proxy = parse_proxy(url)

    assert (proxy.scheme, proxy.host, proxy.port) == (scheme, host, port)
    assert not proxy.has_credentials
    assert proxy.secrets == ()
    assert parse_proxy(proxy.url) == parse_proxy(proxy.shown) == proxy


@pytest.mark.parametrize(
    ("user_info", "username", "password"),
    [
        ("user:password@", "user", "password"),
        ("user@", "user", ""),
        ("user:@", "user", ""),
        (":password@", "", "password"),
        ("us%20er:p%40ss%3Aw%2Frd@", "us er", "p@ss:w/rd"),
        ("user:p@ss:word@", "user", "p@ss:word"),
        ("%C3%BCser:p%C3%A4ss@", "üser", "päss"),
        ("@", "", ""),
    ],
)
@pytest.mark.parametrize("scheme", ["http://", "https://", "socks4://", ""])
def test_user_info_is_decoded(scheme, user_info, username, password):
    """Percent-encoding is undone; the last @ ends it."""
    proxy = parse_proxy(f"{scheme}{user_info}proxy:1")

    assert (proxy.username, proxy.password, proxy.host) == (username, password, "proxy")


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "http://",
        "http:// proxy",
        "http://pro xy",
        "http://proxy\n",
        "http://proxy\x00",
        "http://proxy\u00a0x",
        "ftp://proxy",
        "://proxy",
        "//proxy:80",
        "http://proxy/path",
        "http://proxy?query",
        "http://proxy#fragment",
        "http://proxy:0",
        "http://proxy:65536",
        "http://proxy:123456789",
        "http://proxy:-1",
        "http://proxy:٣",
        "http://proxy:http",
        "http://::1:3128",
        "http://[::1",
        "http://[proxy]:80",
        "http://[10.0.0.1]:80",
        "http://[::1]x:80",
        "http://:3128",
        "http://pro%78y",
        "http://pro]xy",
        f"http://user:{SECRET}/@proxy",
        f"http://user:{SECRET}#@proxy",
        f"http://user:{SECRET}%ff@proxy",
        f"http://user:{SECRET}%0d%0a@proxy",
        f"http://us%3Aer:{SECRET}@proxy",
        f"http://user:{SECRET}@",
        f"{SECRET}://proxy",
        f"user:{SECRET}://x@proxy",
        f"socks5://{SECRET}@proxy",
        f"socks5h://:{SECRET}@proxy",
        f"socks5://user:{SECRET * 20}@proxy",
        f"http://proxy:{SECRET}",
        f"http://proxy:0{SECRET}@x:y",
    ],
)
def test_what_is_no_proxy_is_refused(url):
    """The error names the place and shows nothing of the URL."""
    with pytest.raises(ConfigError) as caught:
        parse_proxy(url, path="HTTPS_PROXY")

    assert caught.value.path == "HTTPS_PROXY"
    assert str(caught.value).startswith("HTTPS_PROXY: ")
    assert SECRET not in f"{caught.value}{caught.value!r}"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.text(max_size=40))
def test_any_text_is_a_proxy_or_a_config_error(text):
    """Nothing else comes of it, and what is a proxy says the same again."""
    try:
        proxy = parse_proxy(text)
    except ConfigError as error:
        assert error.path == "proxy"
    else:
        assert parse_proxy(proxy.url) == proxy


@given(st.sampled_from(SCHEMES), NAME, st.integers(1, 65_535), WORD, WORD)
def test_a_url_survives_the_round_trip(scheme, host, port, username, password):
    """The URL for libraries says the same proxy, whatever the credentials."""
    proxy = Proxy(scheme=scheme, host=host, port=port, username=username.replace(":", ""), password=password)
    if proxy.username and len(proxy.username.encode()) < 128 and len(password.encode()) < 128:
        assert parse_proxy(proxy.url) == proxy


@given(WORD.filter(lambda word: len(word) > 6))
def test_credentials_are_not_shown(password):
    """Neither user nor password are in the repr or in what is shown."""
    proxy = Proxy(scheme="http", host="h", port=1, username=SECRET, password=password)

    assert SECRET not in f"{proxy!r}{proxy}{proxy.shown}"
    assert password not in f"{proxy!r}{proxy}{proxy.shown}"
    assert proxy.shown == "http://h:1"


def test_the_secrets_of_a_proxy():
    """The password and the pair, raw, percent-encoded and as Basic authentication writes it."""
    proxy = parse_proxy("http://us%20er:p%40ss@[::1]:3128")

    basic = base64.b64encode(b"us er:p@ss").decode()
    assert set(proxy.secrets) == {"p@ss", "p%40ss", "us er:p@ss", "us%20er:p%40ss", basic}
    assert proxy.basic == basic
    assert proxy.url == "http://us%20er:p%40ss@[::1]:3128"
    assert proxy.shown == "http://[::1]:3128"


def test_a_user_name_alone_is_a_secret():
    """That is how tokens are written."""
    assert SECRET in parse_proxy(f"http://{SECRET}@proxy").secrets


def test_a_proxy_is_a_value():
    """It can be compared, hashed and pickled."""
    proxy = parse_proxy("http://user:password@proxy")

    assert pickle.loads(pickle.dumps(proxy)) == proxy
    assert hash(proxy) == hash(parse_proxy(proxy.url))


@pytest.mark.parametrize(
    ("url", "environ", "host"),
    [
        ("wss://target/", {}, None),
        ("wss://target/", {"HTTPS_PROXY": "p:1"}, "p"),
        ("https://target/", {"https_proxy": "p:1"}, "p"),
        ("wss://target/", {"https_proxy": "lower", "HTTPS_PROXY": "upper"}, "lower"),
        ("wss://target/", {"https_proxy": "", "HTTPS_PROXY": "upper"}, None),
        ("wss://target/", {"https_proxy": " ", "all_proxy": "all"}, "all"),
        ("wss://target/", {"HTTPS_PROXY": " p:1\n"}, "p"),
        ("wss://target/", {"HTTP_PROXY": "p:1"}, None),
        ("wss://target/", {"ALL_PROXY": "p:1"}, "p"),
        ("wss://target/", {"ALL_PROXY": "all", "HTTPS_PROXY": "p"}, "p"),
        ("ws://target/", {"http_proxy": "p:1"}, "p"),
        ("http://target/", {"HTTP_PROXY": "p:1"}, "p"),
        ("ws://target/", {"HTTPS_PROXY": "p:1"}, None),
        ("ws://target/", {"all_proxy": "p:1"}, "p"),
        ("ws://target/", {"HTTP_PROXY": "p:1", "REQUEST_METHOD": "GET"}, None),
        ("ws://target/", {"http_proxy": "p:1", "REQUEST_METHOD": "GET"}, "p"),
        ("ws://target/", {"HTTP_PROXY": "p:1", "REQUEST_METHOD": "GET", "ALL_PROXY": "all"}, "all"),
        ("wss://localhost/", {"HTTPS_PROXY": "p:1"}, "p"),
        ("wss://127.0.0.1/", {"HTTPS_PROXY": "p:1"}, "p"),
        ("wss://target:99999/", {"HTTPS_PROXY": "p:1"}, None),
        ("wss://[::1/", {"HTTPS_PROXY": "p:1"}, None),
        ("wss:///", {"HTTPS_PROXY": "p:1"}, None),
        ("wss://target/", {"HTTPS_PROXY": "not a proxy", "no_proxy": "target"}, None),
    ],
)
def test_the_variable_that_counts(url, environ, host):
    """By the scheme of the target, lower case first; HTTP_PROXY counts for nothing in a CGI program."""
    proxy = proxy_for(url, environ)

    assert (proxy and proxy.host) == host


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_an_error_names_the_variable(variable):
    """Whoever set it can find it."""
    with pytest.raises(ConfigError) as caught:
        proxy_for("wss://target/", {variable: f"ftp://{SECRET}"})

    assert caught.value.path == variable
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("host", "no_proxy", "direct"),
    [
        ("api.example.com", "", False),
        ("api.example.com", " , ,, ", False),
        ("api.example.com", "*", True),
        ("api.example.com", "other, *", True),
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "API.Example.COM", True),
        ("api.example.com", "example.com", True),
        ("api.example.com", ".example.com", True),
        ("api.example.com", "*.example.com", True),
        ("example.com", ".example.com", True),
        ("example.com.", "example.com", True),
        ("example.com", "example.com.", True),
        ("api.example.com", "ample.com", False),
        ("badexample.com", "example.com", False),
        ("example.com", "api.example.com", False),
        ("example.com.evil.org", "example.com", False),
        ("api.example.com", "a.org  example.com", True),
        ("api.example.com", "example.com:443", True),
        ("api.example.com", "example.com:8443", False),
        ("api.example.com:8443", "example.com:8443", True),
        ("api.example.com:8443", "example.com", True),
        ("api.example.com", "https://example.com", False),
        ("api.example.com", ".", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.0.0.0/8", True),
        ("10.1.2.3", "10.9.9.9/8", True),
        ("11.1.2.3", "10.0.0.0/8", False),
        ("10.1.2.3", "2.3", False),
        ("10.1.2.3", "10.0.0.0/99", False),
        ("10.1.2.3", "10.1.2.3:443", True),
        ("10.1.2.3", "10.1.2.3:80", False),
        ("10.1.2.3", "fd00::/8", False),
        ("[::1]", "::1", True),
        ("[::1]", "[::1]", True),
        ("[::1]", "[::1]:443", True),
        ("[::1]", "[::1]:80", False),
        ("[0:0::1]", "::1", True),
        ("[fd00::5]", "fd00::/8", True),
        ("[fe80::5]", "fd00::/8", False),
        ("name", "10.0.0.0/8", False),
        ("localhost", "localhost,127.0.0.1", True),
    ],
)
def test_what_no_proxy_covers(host, no_proxy, direct):
    """Names with their subdomains, ports, addresses and networks."""
    proxy = proxy_for(f"wss://{host}/", {"HTTPS_PROXY": "p:1", "NO_PROXY": no_proxy})

    assert (proxy is None) == direct


def test_no_proxy_in_lower_case_counts():
    """Unless it is empty."""
    environ = {"HTTPS_PROXY": "p:1", "no_proxy": "else.where", "NO_PROXY": "*"}

    assert proxy_for("wss://target/", environ) == parse_proxy("p:1")
    assert proxy_for("wss://target/", {**environ, "no_proxy": ""}) is None


@given(NAME, LABEL)
def test_no_proxy_matches_whole_labels(name, label):
    """A name covers itself and what is below it, never a name that only ends alike."""
    environ = {"ALL_PROXY": "p:1", "NO_PROXY": name}

    assert proxy_for(f"wss://{name}/", environ) is None
    assert proxy_for(f"wss://{label}.{name}/", environ) is None
    assert proxy_for(f"wss://{label}{name}/", environ) is not None


@given(st.ip_addresses(), st.integers(0, 128))
def test_a_network_covers_its_addresses(address, prefix):
    """As ipaddress has it, for both families."""
    network = ipaddress.ip_network((address, min(prefix, address.max_prefixlen)), strict=False)
    host = f"[{address}]" if address.version == 6 else str(address)

    assert proxy_for(f"wss://{host}/", {"ALL_PROXY": "p:1", "NO_PROXY": str(network)}) is None


@given(st.text(max_size=30), NAME)
def test_any_no_proxy_is_tolerated(no_proxy, name):
    """What makes no sense covers nothing and breaks nothing."""
    proxy_for(f"wss://{name}/", {"ALL_PROXY": "p:1", "NO_PROXY": no_proxy})


def test_the_url_is_one_that_libraries_read():
    """urlsplit finds every part again."""
    parts = urlsplit(parse_proxy(f"socks5h://user:{quote('p@/?#', safe='')}@proxy:9").url)

    assert (parts.scheme, parts.hostname, parts.port, parts.username) == ("socks5h", "proxy", 9, "user")
