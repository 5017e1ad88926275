"""The class that finds models."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from .._clock import check_seconds
from .._logging import get_logger
from ..exceptions import (
    ApiError,
    AuthError,
    CallTimeout,
    ConnectError,
    GeminiLiveError,
    ModelNotFoundError,
    ProtocolError,
)
from ..types import Modality, Model
from ..types.names import LIVE_METHOD
from .arguments import (
    backend_name,
    check_candidates,
    check_flag,
    check_keywords,
    check_method,
    check_modality,
    check_models,
    check_page_size,
    make_wish,
)
from .asking import find_place
from .cache import Listing, ListingCache
from .choosing import Wish, choose, default_model, not_found, pick_candidate, supports, table_candidates

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ..backends.keywords import PlaceOptions, WhereOptions

_UNLISTED = (AuthError, ApiError, ConnectError, CallTimeout, ProtocolError)
"""What keeps a listing from being had without being the caller's mistake."""
_SHOWN = 300
_log = get_logger("models")


class Models:
    """Finds models: what the service lists, what of it is live, and which one to take.

    There is nothing to make an instance of.  Any thread; what asks the service blocks, within its ``timeout``.

    What was listed is kept for five minutes for each endpoint and each of its callers, in this process only.

    Attributes:
        cache: where.  A subclass may have one of its own: ``cache = ListingCache(seconds=60)``.

    Example::

        with Session.open(model=Models.resolve("audio")) as session:
            ...
    """

    cache: ClassVar[ListingCache] = ListingCache()

    @classmethod
    def list(
        cls, *, timeout: float = 30.0, page_size: int | None = None, **where: Unpack[WhereOptions]
    ) -> builtins.list[Model]:
        """Return every model that the service lists, all pages of it.  Always asks.

        https://ai.google.dev/api/models#method:-models.list

        Args:
            timeout: seconds for all pages together, above 0 and at most a day.
            page_size: how many models are asked for at once, 1 to 1000; by default as many as the backend gives.
            where: where and as whom, as for ``Session.start_link``.

        Raises:
            ConfigError: an argument is wrong.
            AuthError: there are no credentials.
            ApiError: the service refused.
            ConnectError: it could not be reached.
            CallTimeout: it did not answer in time.
            ProtocolError: it answered with something that is no listing, or its pages have no end.

        Example::

            for model in Models.list():
                print(model.name, model.supported_generation_methods)
        """
        check_keywords(where, ("timeout", "page_size"))
        seconds, size = check_seconds(timeout, "timeout"), check_page_size(page_size)
        place = find_place(where)
        listing = place.fetch(seconds, size)
        if place.key is not None:
            cls.cache.put(place.key, listing)
        return builtins.list(listing)

    @classmethod
    def live(
        cls,
        *,
        require_method: str = LIVE_METHOD,
        timeout: float = 30.0,
        refresh: bool = False,
        **where: Unpack[WhereOptions],
    ) -> builtins.list[Model]:
        """Return the models that have a method, in the order in which they are listed.

        Vertex AI does not say what its models can do, and the Gemini API may leave it out.  Then a model counts as live
        if its family is known to be, or if ``live`` or ``native-audio`` is a word of its name.

        Args:
            require_method: the method; anything but ``"bidiGenerateContent"`` can't be told from a name.
            timeout: as for :meth:`list`.
            refresh: whether to ask although a listing is kept.
            where: as for :meth:`list`.

        Raises:
            GeminiLiveError: the errors of :meth:`list`.

        Example::

            names = [model.name for model in Models.live(auth="vertex_ai")]
        """
        check_keywords(where, ("require_method", "timeout", "refresh"))
        method, seconds = check_method(require_method), check_seconds(timeout, "timeout")
        listing = cls._listing(where, seconds, refresh=check_flag(refresh, "refresh"))
        return [model for model in listing if supports(model, method)]

    @staticmethod
    def candidates(modality: str | Modality = "audio", *, auth: str | None = "gemini") -> builtins.list[str]:
        """Return the names that would be chosen if they were all available, the best first.  Asks nobody.

        Args:
            modality: what the model shall answer in, in any case: ``"audio"``, ``"text"``, ….
            auth: the backend, ``"gemini"`` or ``"vertex_ai"``; ``None`` is what the environment means.

        Returns:
            The names; none for text, as no model that is recommended answers in it.

        Raises:
            ConfigError: an argument is wrong.

        Example::

            >>> Models.candidates("audio")[0]
            'gemini-3.8-live'
        """
        return builtins.list(table_candidates(check_modality(modality), backend_name({"auth": auth})))

    @staticmethod
    def default(modality: str | Modality = "audio", *, auth: str | None = None) -> str:
        """Return the name to take without looking whether it is available.  Asks nobody and needs no credentials.

        Args:
            modality: as for :meth:`candidates`.
            auth: likewise.

        Raises:
            ConfigError: an argument is wrong.
            ModelNotFoundError: no model is known for this modality.

        Example::

            >>> Models.default(auth="vertex_ai")
            'gemini-3.8-live'
        """
        return default_model(check_modality(modality), backend_name({"auth": auth}))

    @staticmethod
    def pick_from_available(
        candidates: Iterable[str], available_models: Iterable[str | Model], *, require_method: str = LIVE_METHOD
    ) -> str | None:
        """Return the first candidate that is among some models, as it is written; ``None`` if none is.  Asks nobody.

        Paths and methods in names do not matter.

        Args:
            candidates: names, the best first.
            available_models: what is available: names, or entries of a listing.
            require_method: what the model must support, as far as its entry says.

        Raises:
            ConfigError: an argument is wrong.

        Example::

            >>> Models.pick_from_available(["gemini-9-live", "gemini-3.8-live"], ["models/gemini-3.8-live"])
            'gemini-3.8-live'
        """
        names = check_candidates(candidates) or ()
        models = check_models(available_models, "available_models")
        return pick_candidate(models, names, check_method(require_method))

    @classmethod
    def resolve(
        cls,
        modality: str | Modality = "audio",
        *,
        auth: str | None = None,
        available_models: Iterable[str | Model] | None = None,
        candidates: Iterable[str] | None = None,
        require_method: str = LIVE_METHOD,
        timeout: float = 10.0,
        refresh: bool = False,
        **where: Unpack[PlaceOptions],
    ) -> str:
        """Return the name of a model that is available and answers in a modality.

        The first candidate that is available is taken.  If none is, it is another live model that answers in the
        modality: of the candidates' families in their order, then any other, of which those that are not known are
        assumed to speak; of several the one with the highest version, and the stable one before the preview.  Models
        for one purpose (translating, transcribing, robots) are taken only where they are among the candidates.

        If the models can't be listed, the answer is the first of the program's own candidates, else :meth:`default`,
        and a warning in the log says why.

        Args:
            modality: what the model shall answer in, in any case: ``"audio"``, ``"text"``, ….
            auth: the backend, ``"gemini"`` or ``"vertex_ai"``; guessed as for ``Session.start_link``.
            available_models: what is available: names, with or without their paths, or entries of a listing.  Then
                nobody is asked.
            candidates: the names to prefer, the best first; by default those of :meth:`candidates`.
            require_method: what the model must support, as far as the listing says.
            timeout: seconds for the listing, above 0 and at most a day.
            refresh: whether to ask although a listing is kept.
            where: where and as whom, as for ``Session.start_link``.

        Returns:
            The candidate as it is written, or else the listed name without its path.

        Raises:
            ConfigError: an argument is wrong.
            ModelNotFoundError: of what is available nothing serves; or nothing could be listed, and there is no
                default.

        Example::

            model = Models.resolve("audio", candidates=["gemini-3.8-live-extended-thinking"])
        """
        check_keywords(where, ("modality", "available_models", "candidates", "require_method", "timeout", "refresh"))
        everything = {**where, "auth": auth}
        wish = make_wish(modality, backend_name(everything), candidates, require_method)
        seconds, anew = check_seconds(timeout, "timeout"), check_flag(refresh, "refresh")
        if available_models is not None:
            models = check_models(available_models, "available_models")
        else:
            try:
                models = cls._listing(everything, seconds, refresh=anew)
            except _UNLISTED as error:
                return _unseen(error, wish, own=candidates is not None)
        choice = choose(models, wish)
        if choice is None:
            raise not_found(models, wish)
        _log.info("for %s on %s: %r (%s)", wish.modality.lower(), wish.auth, choice.name, choice.reason)
        return choice.name

    @classmethod
    def clear_cache(cls) -> None:
        """Forget every listing that is kept."""
        cls.cache.clear()

    @classmethod
    def _listing(cls, where: Any, seconds: float, *, refresh: bool) -> Listing:
        return find_place(where).listing(cls.cache, seconds, refresh=refresh)


def _unseen(error: GeminiLiveError, wish: Wish, *, own: bool) -> str:
    """Return what is taken because there is no listing: the program's own first wish, else the default.

    Raises:
        ModelNotFoundError: there is no default either.
    """
    why = f"{type(error).__name__}: {' '.join(str(error).split())}"[:_SHOWN]
    try:
        name = wish.candidates[0] if own and wish.candidates else default_model(wish.modality, wish.auth)
    except ModelNotFoundError as missing:
        raise ModelNotFoundError(f"{missing} (and the models could not be listed: {why})") from error
    _log.warning(
        "for %s on %s: %r, unseen, as the models could not be listed (%s)", wish.modality.lower(), wish.auth, name, why
    )
    return name
