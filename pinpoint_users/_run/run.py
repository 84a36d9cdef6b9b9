"""A run, as its caller, a thread or a task, and the client's threads share it."""

from __future__ import annotations

import contextlib
import queue
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from pinpoint_users._clock import monotonic
from pinpoint_users._run.core import RunCore
from pinpoint_users._run.worker_pool import MAX_REST
from pinpoint_users._shapes.limits import MAX_USERS
from pinpoint_users._transport.callers_context import CallersContext
from pinpoint_users.errors import DeadlineExceededError, PinpointUsersError, StoppedError, UsersError
from pinpoint_users.user_result import Packed, UserResult

if TYPE_CHECKING:
    from pinpoint_users._journal.interface import RunJournal
    from pinpoint_users._run.directory_desk import DirectoryDesk

_END = object()
"""What stands behind the last user."""
_NEVER = float("inf")
_KEEPING = 30.0
"""Seconds after which a run ends though its directory is still being told of tokens."""
_LEFT = StoppedError("the event loop was closed; what had not gone out was not sent")


class News(Protocol):
    """Wakes a caller; how one waits for it is the caller's affair."""

    def set(self) -> None:
        """Wakes who waits, or keeps them from falling asleep. From any thread."""
        ...

    def clear(self) -> None:
        """Forgets what has happened so far. Where one waits."""
        ...

    def is_in_vain(self) -> bool:
        """Whether nobody will wait any more. From any thread."""
        ...


N = TypeVar("N", bound=News)


class Lap:
    """From a start of a run until it is done with all that was known then; a run that is started anew has another."""

    def __init__(self) -> None:
        self.is_begun: bool = False
        """Whether the client's threads are sure to know of it: Ctrl-C may strike on the way."""
        self.is_done: bool = False


def with_end(entries: Iterable[Any]) -> Iterator[Any]:
    """Users, and behind the last one that there are no more."""
    return chain(entries, [_END])


class Run(Generic[N]):
    """A run and what goes to and fro between its caller and those who carry it out.

    Args:
        core: What says what is to be done.
        news: Wakes the caller.
        application_id: The application to send from.
        entries: The users, as they were handed in, with their end; where it stops before, more may be there when it is asked
            again.
        is_in_memory: Whether all of them are, so that any thread may read them.
        began: The time by the transport's clock.
        is_stream: Whether the caller takes results as they come, and reads users meanwhile.
        may_wait: Whether who reads the users may have to wait for them, as in any iterator of the caller's.
        journal: The run's journal.
        directory: Where its users' endpoints are, if the service doesn't look them up.
        max_wait: The most seconds that a user waits for others.
        max_read: The most seconds for which users are read at a time; the one that is being read may take longer.
        on_end: Called where the caller is, when no more users are wanted: lets nobody read any more, and says whether nobody
            does. Until then the journal stays open for those who come yet.
    """

    def __init__(
        self,
        core: RunCore,
        *,
        news: N,
        application_id: str,
        entries: Iterator[Any],
        is_in_memory: bool,
        began: float,
        is_stream: bool = False,
        may_wait: bool = True,
        journal: RunJournal | None = None,
        directory: DirectoryDesk | None = None,
        max_wait: float = 0.5,
        max_read: float = _NEVER,
        on_end: Callable[[], bool] = lambda: True,
    ) -> None:
        self.core = core
        self.application_id = application_id
        self.journal = journal
        self.directory = directory
        self.began = began
        self.context: CallersContext = CallersContext()
        """The caller's."""
        self.news: N = news
        """Wakes the caller."""
        self.stops: queue.SimpleQueue[tuple[PinpointUsersError, bool]] = queue.SimpleQueue()
        """Reasons to stop of which the core doesn't know yet, each with whether requests in flight are given up at once."""
        self.results: deque[UserResult | tuple[str, Packed]] = deque()
        """Of a stream: those that have come out and weren't handed out yet; of some the user's ID and a packed result."""
        self.lap: Lap = Lap()
        """The last one that the caller has begun."""
        self.lap_under_way: Lap = self.lap
        """The last one that the client's threads know of."""
        self.is_abandoned: bool = False
        self.is_over: bool = False
        """Whether it is done with all that was read: no more are read, and the journal is let go of."""
        self.holds_journal: bool = journal is not None
        self.is_dropped: bool = False
        """Whether nobody will ask for results any more."""
        self.fault: BaseException | None = None
        """An error that isn't of the run, but of what carries it out."""
        self.is_stop_logged: bool = False
        self.is_logging: bool = False
        self.keeping: dict[object, float] = {}
        """Requests whose answers the directory is being told of, each with the time at which that is waited for no longer."""
        self._is_stream = is_stream
        self._may_wait = may_wait
        self._is_to_stop = False
        self._is_in_memory = is_in_memory
        self._entries = entries
        self._inbox: deque[Any] = deque()
        self.take_in: Callable[[Any], None] = self._inbox.append
        """Takes in a user whom somebody else has read, in one step, which Ctrl-C can't part."""
        self._wants = False
        self._wanted = MAX_USERS
        self._wanted_at = 0.0
        self._max_wait = max_wait
        self._max_read = max_read
        self._on_end = on_end
        self._flush_at = _NEVER
        self._is_left = False

    # --- where the caller is

    def read(self) -> bool:
        """Reads users as long as some are wanted; none where nothing more goes out, and the caller might have to wait for them.

        Returns:
            Whether any came.

        Raises:
            BaseException: What reading them raised.
        """
        room = self._room()
        if self.is_over or not self._wants or room <= 0 or self._reads_in_vain:
            return False
        if self._is_in_memory:
            return self._read_at_once(room)
        has_come, until = False, monotonic() + self._max_read
        for entry in self._entries:
            self._inbox.append(entry)  # at once: Ctrl-C may strike in a call
            has_come = True
            is_full = len(self._inbox) >= MAX_USERS and self._room() <= 0
            is_late = until < _NEVER and monotonic() >= until
            if not self._wants or is_full or self.results or is_late or self._reads_in_vain:
                break
        return has_come

    @property
    def _reads_in_vain(self) -> bool:
        """Whether users would be read for nothing, and might be waited for."""
        return self._may_wait and (self._is_to_stop or self.core.stopped_by is not None)

    def has_room(self) -> bool:
        """Whether there is room for another user, where somebody else reads them for the caller."""
        return self._wants and self._room() > 0 and not self.results

    def _room(self) -> int:
        """How many more users may be read: to a request's, and beyond only as long as they wait for a look-up anyway."""
        room = MAX_USERS - len(self._inbox)
        return room if room > 0 or not self.core.waits_for_look_up else self._wanted - len(self._inbox)

    def end_of_users(self) -> None:
        """Takes in that there are no more."""
        self._inbox.append(_END)

    def read_no_more(self) -> None:
        """What comes after an error isn't read: not even the end, which would look as if all had been read."""
        self._entries = iter(())

    def stop(self, reason: PinpointUsersError, *, at_once: bool = False) -> None:
        """Lets no further request out, as soon as a thread of the client looks. From any thread.

        Args:
            reason: What users are told whose turn hasn't come.
            at_once: Whether what is in flight is given up, too.
        """
        self._is_to_stop = True
        self.stops.put((reason, at_once))

    @property
    def has_unfed(self) -> bool:
        """Whether users were read of whom the core doesn't know. To be asked when the run is done."""
        return bool(self._inbox) and self._inbox[0] is not _END

    def let_go(self) -> bool:
        """Lets go of what reads its users where its caller is, and says whether that has come to rest, or isn't waited for."""
        return self._on_end() or self.is_abandoned

    def _read_at_once(self, count: int) -> bool:
        """Reads users who are in memory, in one step, as another thread may do so too."""
        before = len(self._inbox)
        self._inbox.extend(islice(self._entries, count))
        return len(self._inbox) > before

    @property
    def in_journal(self) -> RunJournal:
        """The journal of a run that has one; the core of another asks for none."""
        return cast("RunJournal", self.journal)

    # --- in the client's threads, under their lock

    def leave(self) -> bool:
        """Lets nothing more out where nobody can wait any more, and says whether this was new."""
        if self._is_left or not self.news.is_in_vain():
            return False
        self._is_left = self.is_dropped = self.is_stop_logged = self.is_logging = True
        self.core.stop(_LEFT)
        return True

    def want(self, count: int) -> None:
        """Lets users be read: at once if they are in memory, else by the caller's thread.

        A stream's users are left to the caller's thread too, which reads them as results are taken.
        """
        self._wanted = count
        self._wants = True
        self._wanted_at = monotonic()
        if self._is_in_memory and (not self._is_stream or self.core.stopped_by is not None):
            self._read_at_once(count)
        else:
            self.news.set()

    def feed(self) -> None:
        """Hands users to the core if it wants them: as many as a request holds, or those who have waited long enough.

        Of the time that users may wait for others, one half is until they are noticed.
        """
        inbox = self._inbox
        is_stopped = self.core.stopped_by is not None
        if is_stopped and self._is_in_memory:
            self._read_at_once(MAX_USERS)
        if not inbox or not (self._wants or is_stopped):
            return
        if len(inbox) < MAX_USERS and inbox[-1] is not _END and not is_stopped:
            now = monotonic()
            self._flush_at = min(self._flush_at, now + self._max_wait / 2)
            if now < self._flush_at:
                return
        self._flush_at = _NEVER
        self._wants = False
        entries = [inbox.popleft() for _ in range(len(inbox))]
        has_ended = entries[-1] is _END
        self.core.feed(entries[:-1] if has_ended else entries, end=has_ended)

    def is_waited_for(self) -> bool:
        """Whether users may be about to come: those who come slowly aren't waited for where time is not real."""
        return self._wants and monotonic() - self._wanted_at < self._max_wait

    @property
    def rest_for_users(self) -> float:
        """The most seconds until it is worth looking whether users have come."""
        return self._max_wait / 2 if self._wants else MAX_REST

    def rest(self, now: float, free: int) -> float:
        """The most seconds until it is worth looking whether there is more to do than was found.

        Args:
            now: The time by the transport's clock.
            free: How many requests may go out besides those in flight.
        """
        if free > 0 and self._inbox:
            return 0.0
        return min(self.rest_for_users, max(0.0, self.core.until(now, free=free) - now))

    def publish(self) -> None:
        """Hands out a stream's results."""
        if self._is_stream and self.core.has_results:
            self.results.extend(self.core.take_results())
            for packed in self.core.take_packed():
                self.results.extend(packed.items())
            self.news.set()

    def keep(self, job: object, now: float) -> None:
        """The directory is being told of a request's answer."""
        self.keeping[job] = now + _KEEPING

    def give_up_keeping(self, now: float) -> int:
        """Waits no longer for a directory that takes too long; says for how many requests."""
        is_over = self.is_abandoned or isinstance(self.core.stopped_by, DeadlineExceededError)
        late = [job for job, ends_at in self.keeping.items() if is_over or ends_at <= now]
        for job in late:
            del self.keeping[job]
        return len(late)

    def rest_of_keeping(self, now: float) -> float:
        """The seconds until the directory is waited for no longer."""
        return max(0.0, min(self.core.ends_at, *self.keeping.values()) - now) if self.keeping else MAX_REST

    def end(self, lap: Lap) -> None:
        """Tells the caller's thread that a lap is done; nothing of the run is touched here any more, unless there is another.

        Who waits in an event loop can't wait for a journal's disk or server, so it is let go of here.
        """
        if (self.is_over or self.is_dropped) and self.journal is not None:
            with contextlib.suppress(Exception):  # all of it is written
                self.journal.close()
            self.holds_journal = False
        lap.is_done = True
        self.news.set()


def reading_failed(error: BaseException) -> PinpointUsersError:
    """Why a run stops whose users can't be read any further."""
    if isinstance(error, PinpointUsersError):
        return error
    failed = UsersError(f"reading the users raised {error!r}; the report has those that were read")
    failed.__cause__ = error
    return failed
