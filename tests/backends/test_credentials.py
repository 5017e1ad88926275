"""Keys and tokens as headers, fetched late and shown nowhere."""

from __future__ import annotations

import pytest

from gemini_live.backends import ApiKey, GivenToken, NoCredentials
from gemini_live.exceptions import AuthError
from gemini_live.types import AuthToken

SECRET = "correct-horse-battery-staple"


@pytest.mark.parametrize(
    ("credentials", "headers"),
    [
        (NoCredentials(), {}),
        (ApiKey(SECRET), {"x-goog-api-key": SECRET}),
        (GivenToken("access_token", "Bearer", SECRET), {"authorization": f"Bearer {SECRET}"}),
        (GivenToken("access_token", "Bearer", lambda: f"{SECRET}\n"), {"authorization": f"Bearer {SECRET}"}),
        (GivenToken("token", "Token", AuthToken(name=SECRET)), {"authorization": f"Token {SECRET}"}),
        (GivenToken("token", "Token", lambda: AuthToken(name=SECRET)), {"authorization": f"Token {SECRET}"}),
    ],
)
def test_credentials_become_one_header(credentials, headers):
    """In a header and nowhere else: no repr shows them, and they are known as secrets unless they are fetched."""
    assert credentials.headers() == headers
    assert SECRET not in f"{credentials!r} {credentials} {credentials.identity!r}"
    assert set(credentials.secrets()) <= {SECRET}


def test_a_function_is_asked_each_time():
    """So a token that has expired is never used; asked again after a refusal, it may give another one."""
    tokens = iter(["first-token", "second-token"])
    credentials = GivenToken("access_token", "Bearer", lambda: next(tokens))

    assert [credentials.headers()["authorization"] for _ in range(2)] == ["Bearer first-token", "Bearer second-token"]
    assert credentials.renew()
    assert not GivenToken("access_token", "Bearer", SECRET).renew()
    assert not ApiKey(SECRET).renew()
    assert not NoCredentials().renew()


@pytest.mark.parametrize(
    "give", [lambda: "", lambda: None, lambda: 1 / 0, lambda: "two words", lambda: "a\r\nb", AuthToken]
)
def test_a_function_without_a_token_is_an_auth_error(give):
    """It raises or gives nothing that could be sent; the error names the option."""
    with pytest.raises(AuthError, match=r"^access_token .*nothing was dialled"):
        GivenToken("access_token", "Bearer", give).headers()


def test_identities_tell_credentials_apart():
    """Equal for the same secret or the same function, different otherwise."""

    def give():
        return SECRET

    assert ApiKey(SECRET).identity == ApiKey(SECRET).identity != ApiKey("another-secret").identity
    assert GivenToken("a", "Bearer", give).identity == GivenToken("a", "Bearer", give).identity
    assert GivenToken("a", "Bearer", give).identity != GivenToken("a", "Bearer", lambda: SECRET).identity
    assert len({ApiKey(SECRET).identity, NoCredentials().identity, GivenToken("a", "Bearer", SECRET).identity}) == 3
