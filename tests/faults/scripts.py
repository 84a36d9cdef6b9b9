"""What a row of the fault table is, and what goes wrong in the requests and answers of a run."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from random import Random
from typing import Any, TypeAlias

import attrs
from faults.answers import (
    MALFORMED,
    leave_out_members,
    leave_out_users,
    name_other_statuses,
    name_other_users,
    say_more,
)
from faults.outage import go_away
from faults.scene import Scene
from faults.stage import Stage
from faults.tally import Tally

Change: TypeAlias = Callable[[Random, dict[str, Any]], object]
Script: TypeAlias = Callable[[Stage, Random], None]
Users: TypeAlias = Callable[[Stage, Random], Iterable[str]]

PATIENT, SHORT = 30.0, 0.4
"""Seconds to wait for an answer: where one comes, and where none does."""


def everybody(stage: Stage, _random: Random) -> Iterable[str]:
    return stage.users


def nothing(_stage: Stage, _random: Random) -> None:
    """What goes wrong lies in how the users are handed in."""


@attrs.frozen(kw_only=True)
class Row:
    """One row of the table."""

    name: str
    """Its name on the command line."""
    fault: str
    """What goes wrong, in the table's words."""
    script: Script = nothing
    """Lets it go wrong."""
    play: Callable[[Scene], Tally] | None = None
    """Carries it out in a way of its own."""
    size: int | None = None
    """How many users it has at most, where more of them would show nothing more."""
    users: Users = everybody
    """The users as they are handed in."""
    timeout: float = PATIENT
    """Seconds that the client waits for an answer."""
    needs_http: bool = False
    """Whether it can't be had in the same process."""
    stops: bool = False
    """Whether the run may end before every user was sent to."""
    is_lossy: bool = False
    """Whether the outcome of some requests can't be known, so that sending at least once differs."""
    fills_disk: bool = False
    """Whether it has a journal on a disk that is full in mid-run, and goes on with it when there is room again."""
    kills: int = 0
    """How often the process is killed, and run again with the same journal; it is another process then."""


# --- what goes wrong


def sprinkle(stage: Stage, random: Random, *faults: Callable[[], None], share: float = 0.3) -> None:
    """Scripts faults for a share of the requests, in random places, and at least one."""
    sure = random.randrange(stage.requests)
    for place in range(2 * stage.requests):
        if place == sure or random.random() < share:
            random.choice(faults)()
        else:
            stage.local.pass_next()


def bursts_of_429(stage: Stage, random: Random) -> None:
    for _ in range(max(1, min(stage.requests, 100) // 10)):
        stage.local.pass_next(times=random.randint(0, min(max(20, stage.requests // 5), stage.requests - 1)))
        stage.local.fail_next(429, times=random.randint(1, 6))


def failing(status: int, *, share: float = 0.3) -> Script:
    """Errors of this status; whether the message goes out all the same is left to chance where it may."""

    def script(stage: Stage, random: Random) -> None:
        def fail() -> None:
            stage.local.fail_next(status, accept=status >= 500 and random.random() < 0.5)

        sprinkle(stage, random, fail, share=share)

    return script


def ending(method: str, *, share: float = 0.3, **options: Any) -> Script:
    """Requests that end badly, by a method of `LocalPinpoint`."""

    def script(stage: Stage, random: Random) -> None:
        sprinkle(stage, random, lambda: getattr(stage.local, method)(**options), share=share)

    return script


def answering(*bodies: bytes, content_type: str = "application/json") -> Script:
    """Other bodies than the answer's, the message having gone out."""

    def script(stage: Stage, random: Random) -> None:
        sprinkle(stage, random, lambda: stage.local.answer_next(random.choice(bodies), content_type=content_type))

    return script


def altering(change: Change) -> Script:
    """Answers that say something else, the message having gone out."""

    def script(stage: Stage, random: Random) -> None:
        def alter() -> None:
            own = Random(random.random())  # it is called in another thread, at any time
            stage.alter(lambda answer: change(own, answer))

        sprinkle(stage, random, alter, share=0.6)

    return script


def throttled_endpoints(stage: Stage, random: Random) -> None:
    for times in (1, 2, 7):  # the last is more often than anything is tried
        chosen = random.sample(stage.users, len(stage.users) // stage.way.throttled)
        stage.local.throttle(endpoint_ids=[random.choice(stage.way.endpoints_of(user)) for user in chosen], times=times)
    chosen = random.sample(stage.users, len(stage.users) // stage.way.throttled)
    stage.local.throttle(user_ids=chosen, times=random.randint(1, 6))


def stopping(status: int, code: str | None = None) -> Script:
    """An error that every further request would meet too, in the middle of the run."""

    def script(stage: Stage, random: Random) -> None:
        stage.local.pass_next(times=random.randint(1, stage.requests - 1))
        stage.local.fail_next(status, code=code, times=2 * stage.requests)

    return script


def ctrl_c(stage: Stage, random: Random) -> None:
    """SIGINT to the main thread, while a request in the middle of the run is being answered."""
    main = threading.main_thread().ident
    assert main is not None

    def interrupt(answer: dict[str, Any]) -> object:
        signal.pthread_kill(main, signal.SIGINT)
        return answer

    stage.local.pass_next(times=random.randint(0, stage.requests - 2))
    stage.alter(interrupt)


# --- how the users are handed in


def with_pauses(stage: Stage, random: Random) -> Iterator[str]:
    """While the users are being read, the server goes away a few times, each until somebody was refused."""
    places = set(random.sample(range(len(stage.users)), 3))
    for number, user in enumerate(stage.users):
        if number in places:
            go_away(stage.server)
        yield user


def with_repetitions(stage: Stage, random: Random) -> list[str]:
    """A fifth of the users come again, near their first time or far from it."""
    users = list(stage.users)
    for user in random.sample(stage.users, max(1, len(stage.users) // 5)):
        users.insert(random.randint(0, len(users)), user)
    return users


# --- everything at once


def everything(stage: Stage, random: Random) -> None:
    local = stage.local
    changes = [name_other_statuses, say_more, leave_out_members, leave_out_users, name_other_users]

    def alter() -> None:
        own, change = Random(random.random()), random.choice(changes)
        stage.alter(lambda answer: change(own, answer))

    kinds: list[Callable[[], None]] = [
        lambda: local.fail_next(429, times=random.randint(1, 5)),
        lambda: local.fail_next(random.choice([500, 503]), accept=random.random() < 0.5),
        lambda: local.drop_next(before_body=True),
        lambda: local.drop_next(accept=random.random() < 0.5),
        lambda: local.hang_next(accept=random.random() < 0.5),
        local.drip_next,
        local.truncate_next,
        lambda: local.answer_next(random.choice(MALFORMED)),
        alter,
        alter,
        alter,
    ]
    if not stage.resends:  # what is refused for its size doesn't go again, even if nobody knows what became of it before
        kinds.append(lambda: local.fail_next(413, times=random.randint(1, 3)))
    throttled_endpoints(stage, random)
    sprinkle(stage, random, *kinds, share=0.35)
    if random.random() < 0.3:
        local.fail_next(random.choice([403, 404]), times=2 * stage.requests)


def with_everything(stage: Stage, random: Random) -> Iterator[str]:
    places = set(random.sample(range(len(stage.users)), 2))
    for number, user in enumerate(with_repetitions(stage, random)):
        if number in places:
            go_away(stage.server)
        yield user
