"""Threads that run what may take its time.  Nothing here knows what a tool is."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from .._logging import get_logger

_log = get_logger("tools")


class Job:
    """Something to be done, once.  Owner: the workers, under their lock.

    Attributes:
        work: what; what it raises is logged.
        running: whether a thread does it at this moment.
        abandoned: whether nobody waits for its end any more.
        lent: whether its thread does not count, because another has its place.
    """

    __slots__ = ("abandoned", "lent", "running", "work")

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.running = self.abandoned = self.lent = False


class Workers:
    """At most ``limit`` threads that do jobs in the order in which they came; the first starts with the first job.

    A job that was abandoned while it runs gives its place to another thread: one that hangs for ever must not keep
    the others waiting.  Of such threads there are at most ``limit`` as well.

    Daemons, as a job that never returns must not keep the program from ending.  Any thread may call; one condition
    guards everything, and is never held while a job runs.

    Args:
        name: the threads' names are this and a number.
        limit: how many jobs run at once.
    """

    def __init__(self, name: str, limit: int) -> None:
        self._name = name
        self._limit = limit
        self._changed = threading.Condition()
        self._queue: deque[Job] = deque()
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._lent = 0
        self._count = 0
        self._closed = False

    def submit(self, job: Job) -> None:
        """Have a job done; after :meth:`close` it never is."""
        with self._changed:
            if self._closed:
                return
            self._queue.append(job)
            if len(self._queue) <= self._idle:
                self._changed.notify()
            else:
                self._start_another()

    def abandon(self, job: Job) -> None:
        """Do not wait for a job any more: if it has not begun, it never will."""
        with self._changed:
            if job.abandoned:
                return
            job.abandoned = True
            if job in self._queue:
                self._queue.remove(job)
            elif job.running and self._lent < self._limit:
                job.lent = True
                self._lent += 1
                if self._queue:
                    self._start_another()

    def close(self) -> None:
        """Take no more jobs, forget those that have not begun, and let the threads end."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._changed.notify_all()

    def join(self, timeout: float) -> bool:
        """Wait until the threads have ended; return whether they have.  A worker does not wait for itself."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._threads - {threading.current_thread()}, timeout)

    def _start_another(self) -> None:
        if len(self._threads) - self._lent >= self._limit or self._closed:
            return
        self._count += 1
        thread = threading.Thread(target=self._run, name=f"{self._name}-{self._count}", daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:  # no more threads to be had: those that there are do it in their turn
            self._threads.discard(thread)
            _log.exception("%s: no thread for a tool", self._name)

    def _run(self) -> None:
        while True:
            job = self._next()
            if job is None:
                return
            try:
                job.work()
            except BaseException:  # noqa: BLE001 - a worker outlives whatever a job does
                _log.exception("%s: a job raised", self._name)
            with self._changed:
                job.running = False
                self._lent -= job.lent

    def _next(self) -> Job | None:
        with self._changed:
            surplus = len(self._threads) - self._lent > self._limit
            while not self._queue and not self._closed and not surplus:
                self._idle += 1
                self._changed.wait()
                self._idle -= 1
            if self._closed or surplus:
                self._threads.discard(threading.current_thread())
                self._changed.notify_all()
                return None
            job = self._queue.popleft()
            job.running = True
            return job
