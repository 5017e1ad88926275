"""A small OTP: an actor is one thread that owns its state and is spoken to through a mailbox.

Nothing here knows the Live API or a socket.  A :class:`Server` says what to do, an :class:`Actor` does it on its own
thread, a :class:`ServerRef` is all that other threads get.
"""

from __future__ import annotations

from .envelopes import Down, Replies, Reply
from .mailbox import Mailbox, MailboxClosed, Waiter
from .ref import ServerRef
from .server import Actor, Server, start
from .timers import TimerRef, Timers

__all__ = [
    "Actor",
    "Down",
    "Mailbox",
    "MailboxClosed",
    "Replies",
    "Reply",
    "Server",
    "ServerRef",
    "TimerRef",
    "Timers",
    "Waiter",
    "start",
]
