"""Making ephemeral tokens."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from .._clock import check_seconds
from .._logging import get_logger
from ..backends import DeveloperBackend, GivenToken, Network, RestClient, make_backend, read_network
from ..backends.developer import ALPHA_VERSION
from ..exceptions import ConfigError, ProtocolError
from ..models.arguments import check_keywords
from ..types import AuthToken, decode
from .request import EXPIRE_MINUTES, NEW_SESSION_EXPIRE_MINUTES, USES, TokenOptions, complete, make_request

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..backends.keywords import WhereOptions

_KEYWORDS = (*(field.name for field in attrs.fields(TokenOptions)), "timeout")
_log = get_logger("tokens")


class AuthTokens:
    """Makes ephemeral tokens: a server that has the key hands them to programs that must not see it.

    https://ai.google.dev/gemini-api/docs/ephemeral-tokens
    """

    @staticmethod
    def create(
        *,
        uses: int = USES,
        expire_minutes: float = EXPIRE_MINUTES,
        new_session_expire_minutes: float = NEW_SESSION_EXPIRE_MINUTES,
        expire_time: datetime.datetime | str | None = None,
        new_session_expire_time: datetime.datetime | str | None = None,
        live_connect_constraints: Mapping[str, Any] | None = None,
        lock_additional_fields: Sequence[str] | None = None,
        timeout: float = 30.0,
        **where: Unpack[WhereOptions],
    ) -> AuthToken:
        """Make a token.  Any thread; blocks until the service has answered.

        What sessions are held to depends on the last two but one:

        - neither is given: to nothing;
        - constraints alone: to all of them, and whatever the session's own setup says is passed over, also that it
          wants resumption handles (say so in the constraints: ``"config": {"session_resumption": {}}``);
        - constraints and ``lock_additional_fields=[]``: to the fields that the constraints have;
        - constraints and a list: to these fields, and to the defaults of the listed ones.

        Args:
            uses: how many sessions it may begin, 0 for any number.  Resuming one is no use.
            expire_minutes: for how long messages are taken, less than 1,200.
            new_session_expire_minutes: for how long sessions may be begun, less than 1,200.
            expire_time: the same as a moment, less than 20 hours ahead: a datetime (UTC if it knows no zone), or text
                such as ``"2026-01-31T12:00:00Z"``.
            new_session_expire_time: likewise.
            live_connect_constraints: ``{"model": …, "config": {…}}``, the config being ``Session``'s setup options.
            lock_additional_fields: names of fields of the setup, or of its generation config, in either spelling.
            timeout: seconds for the call, all attempts together.
            where: where and as whom, as for ``Session.start_link``; the version is ``"v1alpha"`` unless it is given.

        Returns:
            The token, for ``Session.start_link(token=…)``.  Its ``name`` is the secret; printing it does not show that.

        Raises:
            ConfigError: an argument is wrong (it names all that are), or they mean Vertex AI, which has no tokens.
            AuthError: there is no key.
            ApiError: the service refused.
            CallTimeout: it did not answer in time.
            ConnectError: it could not be reached.
            ProtocolError: it answered with something that is no token.

        Example::

            token = AuthTokens.create(live_connect_constraints={"model": "gemini-3.8-live"})
            send_to_the_kiosk(token.name)
        """
        options = TokenOptions(
            uses=uses,
            expire_minutes=expire_minutes,
            new_session_expire_minutes=new_session_expire_minutes,
            expire_time=expire_time,
            new_session_expire_time=new_session_expire_time,
            live_connect_constraints=live_connect_constraints,
            lock_additional_fields=lock_additional_fields,
        )
        check_keywords(where, _KEYWORDS)
        seconds, network = check_seconds(timeout, "timeout"), read_network(where)
        backend = _backend(where, network)
        now = datetime.datetime.now(datetime.timezone.utc)
        body = make_request(options, backend, now)
        client = RestClient(backend=backend, network=network, seconds=seconds)
        token = decode(AuthToken, client.post("auth_tokens", body))
        if not token.name:
            raise ProtocolError("the service answered with a token that has no name")
        token = complete(token, body, now)
        _log.info("made a token for %s session(s), good until %s", token.uses or "any number of", token.expire_time)
        return token


def _backend(where: Mapping[str, Any], network: Network) -> DeveloperBackend:
    """Return where tokens are made.

    Raises:
        ConfigError: an option is wrong, or means Vertex AI.
        AuthError: there is no key.
    """
    if where.get("auth") == "vertex_ai":
        raise ConfigError("ephemeral tokens are made by the Gemini API only", path="auth")
    backend = make_backend({**where, "auth": where.get("auth") or "gemini"}, network)
    assert isinstance(backend, DeveloperBackend)
    if isinstance(backend.credentials, GivenToken) and backend.credentials.is_ephemeral:
        raise ConfigError("a token can't make tokens; give the API key", path=backend.credentials.option)
    return backend if where.get("api_version") is not None else attrs.evolve(backend, api_version=ALPHA_VERSION)
