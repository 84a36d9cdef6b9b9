"""The threads of a client carry out what its runs' cores say: they ask the journal, wait, send, and tell what came of it.

All cores are asked and told under one lock, and nothing else is done under it: no request, no journal, no logging. The caller
reads the users, as they may be bound to its thread or task, and waits; it changes nothing but by single steps that Ctrl-C,
which strikes there alone, can't part. How it waits is its own affair: its parts are iterators that yield where it is to.
"""

from __future__ import annotations

import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from pinpoint_users._requests.jobs import Job, Readings
from pinpoint_users._run import run as runs
from pinpoint_users._run.actions import Action, Done, Lookup, Read, Send, Wait
from pinpoint_users._run.ledger import Persist
from pinpoint_users._run.logs import log_end, log_left, log_stop
from pinpoint_users._run.posting import Posting
from pinpoint_users._run.worker_pool import MAX_REST, Found, Work, WorkerPool, refuse_at_exit
from pinpoint_users._transport.base import Transport
from pinpoint_users.enums import Sent
from pinpoint_users.errors import DirectoryError, JournalError, PinpointUsersError, RequestError, StoppedError

if TYPE_CHECKING:
    from pinpoint_users._run.rate_desk import Exchange, RateDesk

Run: TypeAlias = runs.Run[Any]
Turns: TypeAlias = Generator[bool, None, None]
"""What a caller has to do for a run, turn by turn: after each it waits for news, or, if True, only lets others go first."""

_STANDSTILL = 0.1
"""Seconds by which nobody is late to look for work, unless the whole process stood still, as AWS Lambda's do."""
_CATCHING_UP = 1.0
"""Seconds to read the answers that came in the meantime."""


class ThreadDriver:
    """Carries out what runs say, in threads.

    Args:
        transport: The way to the service.
        concurrency: How many requests go out at a time.
        rates: Where the rate is shared with other processes, if it is.
    """

    def __init__(self, transport: Transport, concurrency: int, rates: RateDesk | None = None) -> None:
        self.process_id: int = os.getpid()
        """A process that was forked needs a driver of its own: threads stay behind."""
        self._transport = transport
        self._post = Posting(transport).post
        self._waits_itself = type(transport).sleep is not Transport.sleep
        self._is_waiting = False
        self._now = 0.0
        self._due = float("inf")
        """When somebody is to look for work again, at the latest."""
        self._under_way = 0
        self._free = concurrency
        self._hanging = 0
        self._is_closed = False
        self._lock = threading.Lock()
        self._arrivals: queue.SimpleQueue[tuple[Run, runs.Lap]] = queue.SimpleQueue()
        self._runs: deque[Run] = deque()
        self._rates = rates
        self._pool = WorkerPool(self._find, concurrency + (rates is not None), self._break_off, self._has_runs)

    # --- where callers are, in a thread or an event loop

    def open(self) -> None:
        """Makes ready for a run."""
        self._pool.open()

    def start(self, run: Run) -> None:
        """Begins a run, or goes on with one that was done before it knew of all that was read."""
        run.lap = lap = runs.Lap()
        self._arrivals.put((run, lap))
        self._pool.wake()
        if self._is_closed:
            self._pool.reopen(self._hanging)
        lap.is_begun = True

    def stop(self, run: Run, reason: PinpointUsersError, *, at_once: bool = False) -> None:
        """Lets no further request of a run out, and has a thread look: `Run.stop`."""
        run.stop(reason, at_once=at_once)
        self._pool.wake()

    def turns(self, run: Run) -> Turns:
        """Reads users until a run is done.

        Raises:
            BaseException: What reading users raised, if it wasn't an `Exception`; the run is done.
        """
        raised: BaseException | None = None
        while self.step(run):
            has_read = False
            try:
                has_read = self.read(run)
            except KeyboardInterrupt:
                raise
            except BaseException as error:  # noqa: BLE001 - it is raised when the run is done
                raised = error
            yield has_read
        if raised is not None:
            raise raised

    def step(self, run: Run) -> bool:
        """Whether the caller's thread is still needed; called before it looks for something to do, and then waits for news.

        Raises:
            PinpointUsersError: This process is not the one that began the run, or the interpreter is ending.
            RuntimeError: Something within this library is wrong.
        """
        refuse_at_exit()
        if os.getpid() != self.process_id:
            raise PinpointUsersError("this run belongs to the process that began it, which goes on with it")
        run.news.clear()
        if run.fault is not None:
            run.let_go()
            raise RuntimeError(f"a fault within pinpoint_users ended the run: {run.fault!r}") from run.fault
        if not run.lap.is_begun:  # Ctrl-C has struck within `start`
            self.start(run)
        if not run.lap.is_done or not (run.has_unfed or run.let_go()):
            return True
        run.is_over = not run.has_unfed
        if run.is_over and not run.holds_journal:
            return False
        self.start(run)
        return True

    def read(self, run: Run) -> bool:
        """Reads users, if some are wanted.

        Returns:
            Whether any were.

        Raises:
            BaseException: What reading them raised, if it wasn't an `Exception`; the run is stopped, unless it was Ctrl-C.
        """
        try:
            if not run.read():
                return False
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            run.read_no_more()
            self.stop(run, runs.reading_failed(error))
            if not isinstance(error, Exception):
                raise
        self.note_read(run)
        return True

    def note_read(self, run: Run) -> None:
        """Lets somebody find the users who were read. While as many requests are out as may be, who ends one finds them."""
        if self._free > 0 or run.core.stopped_by is not None:
            self._pool.wake()

    def close(self) -> None:
        """Stops all runs, waits for what is in flight, and ends the threads; those that hang aren't waited for."""
        self._is_closed = True
        self._pool.join(lambda: self._hanging)

    def let_go(self) -> None:
        """Lets the threads end when nothing is left to do."""
        self._is_closed = True
        self._pool.wake()

    # --- in the client's threads

    def _find(self) -> Found | None:
        """What is to be done now, and how long to rest; None if nothing will come any more."""
        with self._lock:
            self._clock()
            late = self._now - self._due
            if late > _STANDSTILL:
                for run in self._runs:
                    run.core.postpone(late + _CATCHING_UP)
            if self._rates is not None and self._rates.expire(self._now, self._stop_all):
                self._under_way -= 1
                self._hanging += 1
                self._pool.write_off(1)
            found = self._look()
            self._due = float("inf") if found is None else self._now + found[1]
            news = () if self._rates is None else self._rates.take_news()
        for tell in news:
            tell()
        return found

    def _has_runs(self) -> bool:
        with self._lock:
            return bool(self._runs) or not self._arrivals.empty()

    def _look(self) -> Found | None:
        while not self._arrivals.empty():
            run, lap = self._arrivals.get_nowait()
            run.lap_under_way = lap
            if run not in self._runs:
                self._runs.append(run)
        rest = MAX_REST
        for _ in range(len(self._runs)):
            run = self._runs[0]
            self._runs.rotate(-1)
            work = self._next_of(run)
            if callable(work):
                return work, min([rest, self._rest_of_rates(), *(run.rest(self._now, self._free) for run in self._runs)])
            rest = min(rest, work)
        if self._rates is not None and self._runs:
            exchange = self._rates.next(self._now)
            if exchange is not None:
                self._under_way += 1
                return partial(self._share_rate, self._rates, exchange), 0.0
        rest = min(rest, self._rest_of_rates())
        if self._is_closed and not self._runs and (self._rates is None or self._rates.close()):
            return None
        if self._waits_itself and not self._is_waiting and not self._under_way and rest < MAX_REST:
            if not any(run.is_waited_for() for run in self._runs):
                self._is_waiting = True
                return partial(self._wait, rest), MAX_REST
            rest = MAX_REST
        return None, min([rest, *(run.rest_for_users for run in self._runs)])

    def _next_of(self, run: Run) -> Work | float:
        """What is to be done for a run, or the seconds until there is something."""
        while not run.stops.empty():
            reason, at_once = run.stops.get_nowait()
            run.core.stop(reason)
            run.is_abandoned = run.is_abandoned or at_once
        if self._is_closed:
            run.core.stop(StoppedError("the client was closed; what had not gone out was not sent"))
        if run.leave():
            return partial(self._log, run, log_left)
        if run.is_over:
            self._runs.remove(run)
            return partial(run.end, run.lap_under_way)
        requests, lookups = run.core.expired(self._now, at_once=run.is_abandoned)
        requests += run.give_up_keeping(self._now)
        self._under_way -= requests + lookups
        self._free += requests
        self._hanging += requests + lookups
        self._pool.write_off(requests + lookups)
        if run.core.stopped_by is not None and not run.is_stop_logged:
            run.is_stop_logged = run.is_logging = True
            return partial(self._log, run, partial(log_stop, run.core.stopped_by))
        action = self._action_of(run)
        run.publish()
        return self._work_for(run, action)

    def _action_of(self, run: Run) -> Action:
        while True:
            run.feed()
            action = run.core.next(self._now, free=self._free)
            if not isinstance(action, Read):
                return action
            run.want(action.count)

    def _work_for(self, run: Run, action: Action) -> Work | float:
        if isinstance(action, (Send, Lookup)):
            ahead = run.core.read_ahead()
            if ahead is not None:
                run.want(ahead.count)
        if isinstance(action, (Send, Lookup, Persist)):
            self._under_way += 1
        if isinstance(action, Send):
            self._free -= 1
            return partial(self._carry, run, action.job)
        if isinstance(action, Lookup):
            return partial(self._look_up, run, action)
        if isinstance(action, Persist):
            return partial(self._persist, run, action)
        if isinstance(action, Done):
            if run.is_logging or run.keeping:  # who is at it comes back
                return run.rest_of_keeping(self._now)
            self._runs.remove(run)
            if self._rates is not None and not self._runs:
                self._rates.forget()
            return partial(self._end, run, run.lap_under_way)
        return min(max(0.0, action.until - self._now), run.rest_of_keeping(self._now)) if isinstance(action, Wait) else 0.0

    def _carry(self, run: Run, job: Job) -> None:
        """A request to the transport, and its answer."""
        answer = run.context.run(self._post, run, job, self._clock)
        desk = run.directory
        news = [] if desk is None or not isinstance(answer, Readings) else desk.news_of(answer)

        def take_in() -> bool:
            self._clock()
            is_awaited = run.core.answered(job, answer, self._now)
            if is_awaited and news:  # its place stays taken
                run.keep(job, self._now)
                self._under_way += 1
            else:
                self._free += is_awaited
            return is_awaited

        def has_kept() -> bool:
            is_awaited = run.keeping.pop(job, None) is not None
            self._free += is_awaited
            return is_awaited

        if self._tell(run, take_in) and desk is not None and news:  # only now: a directory may take any time
            run.context.run(desk.keep, news)
            self._tell(run, has_kept)

    def _look_up(self, run: Run, lookup: Lookup) -> None:
        try:
            records = {} if run.journal is None else run.journal.look_up(lookup.batch, claims=lookup.claims)
        except JournalError as error:
            self._tell(run, partial(run.core.not_found, lookup, error))
            return
        try:
            wanted = run.core.unfinished(lookup, records)
            endpoints = {} if run.directory is None or not wanted else run.context.run(run.directory.endpoints_of, wanted)
        except DirectoryError as error:
            self._tell(run, partial(run.core.not_found, lookup, error, records))
        else:
            self._tell(run, lambda: run.core.found(lookup, records, endpoints, self._now))

    def _persist(self, run: Run, persist: Persist) -> None:
        fault = None
        try:
            run.in_journal.write(persist.records, persist.done, persist.new, persist.packed)
        except JournalError as error:
            fault = error
        self._tell(run, lambda: run.core.persisted(persist, fault))

    def _tell(self, run: Run | None, tell: Callable[[], bool]) -> bool:
        """Tells what came of something; False if it was given up meanwhile."""
        with self._lock:
            is_awaited = tell()
            if is_awaited:
                self._under_way -= 1
            else:
                self._hanging -= 1
            if run is not None:
                run.publish()
        if not is_awaited:
            self._pool.write_off(-1)
        return is_awaited

    def _rest_of_rates(self) -> float:
        """The seconds until the store of the rate is to be asked, or given up."""
        return MAX_REST if self._rates is None else self._rates.due_at(self._now, is_idle=not self._runs) - self._now

    def _share_rate(self, rates: RateDesk, exchange: Exchange) -> None:
        """Asks the store of the rate."""
        told = exchange.carry_out(self._transport.monotonic)
        if not self._tell(None, lambda: rates.settle(exchange, told, self._clock(), self._stop_all)):
            exchange.store.close()
        self._pool.wake()

    def _log(self, run: Run, tell: Callable[[], None]) -> None:
        run.context.run(tell)
        run.is_logging = False

    def _end(self, run: Run, lap: runs.Lap) -> None:
        try:
            run.context.run(partial(log_end, requests=len(run.core.request_ids), seconds=self._clock() - run.began))
        finally:
            run.end(lap)

    def _wait(self, seconds: float) -> None:
        """Lets the transport's own time pass."""
        try:
            self._transport.sleep(seconds)
        except BaseException as error:  # noqa: BLE001 - whatever it is, no run may hang
            self._fail(error)
        self._is_waiting = False

    def _break_off(self, error: BaseException) -> None:
        """Something in here is wrong: better an end than a run that hangs."""
        with self._lock:
            while self._runs:
                run = self._runs.popleft()
                run.fault = error
                run.end(run.lap_under_way)

    def _clock(self) -> float:
        """The time; where the transport's clock fails, the last one that is known."""
        try:
            self._now = self._transport.monotonic()
        except BaseException as error:  # noqa: BLE001 - likewise
            self._fail(error)
        return self._now

    def _fail(self, error: BaseException) -> None:
        """Without a clock no run can go on."""
        failed = RequestError(f"the transport's clock raised {error!r}", sent=Sent.NOT_SENT)
        failed.__cause__ = error
        self._stop_all(failed)

    def _stop_all(self, reason: PinpointUsersError) -> None:
        for run in [*self._runs]:  # in one step: the lock may be others'
            run.stop(reason)
