"""What a store of resumption handles is."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class HandleStore(Protocol):
    """Keeps the newest resumption handle of each session, so that another process can go on with the conversation.

    A handle is a secret: whoever has it, and the key, goes on with the conversation.  A store shows it in no error, no
    log and no repr.  A name belongs to one session at a time: of two sessions with one name, the last that saves wins.

    Any thread may call these methods, several at once.  They may block: a session calls them on threads that may.

    What a store can't do it says with an exception, best an :class:`OSError`; the session reports it and goes on, as a
    conversation without its handle is better than none.  "There is none" is no error.

    Example::

        class RedisHandleStore:
            def __init__(self, redis):
                self._redis = redis

            def load(self, name):
                handle = self._redis.get(f"handle:{name}")
                return None if handle is None else handle.decode()

            def save(self, name, handle):
                self._redis.set(f"handle:{name}", handle, ex=7200)

            def discard(self, name):
                self._redis.delete(f"handle:{name}")
    """

    def load(self, name: str) -> str | None:
        """Return the handle that was saved last for a session, ``None`` if there is none that may still be valid.

        Args:
            name: the session's; any text.

        Raises:
            Exception: it could not be found out.
        """

    def save(self, name: str, handle: str) -> None:
        """Keep a handle in place of the one before.

        Once this has returned, every :meth:`load` after it finds the handle.

        Args:
            name: the session's; any text.
            handle: what the server gave; any text.

        Raises:
            Exception: it could not be kept; the one before may still be there.
        """

    def discard(self, name: str) -> None:
        """Forget a session's handle; it is no error if there is none.

        Args:
            name: the session's; any text.

        Raises:
            Exception: it could not be forgotten.
        """
