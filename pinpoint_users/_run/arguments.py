"""What the arguments of a client and of a run may be."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping

from pinpoint_users._run.retry import RetryPolicy
from pinpoint_users._shapes.converters import kind
from pinpoint_users._transport.aws_client import setting_faults
from pinpoint_users._transport.base import Transport
from pinpoint_users.errors import Fault, ValidationError
from pinpoint_users.journal import Journal
from pinpoint_users.rate import RateLimit

_APPLICATION_ID = re.compile(r"[A-Za-z0-9_-]+")

_APPLICATION_ARN = re.compile(r"arn:[^:]*:mobiletargeting:[^:]*:[^:]*:/?apps/([A-Za-z0-9_-]+)")


def check_arguments(
    client: str,
    application_id: str,
    ways: Mapping[str, object],
    retry: RetryPolicy,
    *,
    concurrency: int,
    requests_per_second: float | None,
    rate: RateLimit | None,
) -> None:
    faults = []
    if not isinstance(application_id, str) or not _APPLICATION_ID.fullmatch(application_id):
        faults.append(Fault("application_id", _id_problem(application_id)))
    given = [name for name, way in ways.items() if way is not None]
    for alone in ("transport", "client"):
        if alone in given and len(given) > 1:
            faults.append(
                Fault(alone, f"can't go with {', '.join(name for name in given if name != alone)}: it is used as it is")
            )
            break
    if "session" in given and "profile_name" in given:
        faults.append(Fault("profile_name", "can't go with session, which has a profile of its own"))
    faults += setting_faults(**ways)
    if not isinstance(ways["transport"], Transport | None):
        faults.append(Fault("transport", f"must be a Transport, not {kind(ways['transport'])}"))
    faults += _engine_faults(retry, concurrency, requests_per_second, rate)
    if faults:
        raise ValidationError(client, faults)


def _engine_faults(
    retry: RetryPolicy, concurrency: int, requests_per_second: float | None, rate: RateLimit | None
) -> Iterator[Fault]:
    if not isinstance(retry, RetryPolicy):
        yield Fault("retry", f"must be a RetryPolicy, not {kind(retry)}: write RetryPolicy(max_attempts=3)")
    if type(concurrency) is not int or not 1 <= concurrency <= 256:
        yield Fault("concurrency", "must be an int from 1 to 256")
    if not _is_positive(requests_per_second):
        yield Fault("requests_per_second", "must be a number above 0")
    if not isinstance(rate, RateLimit | None):
        yield Fault("rate", f'must be a RateLimit, not {kind(rate)}: write RateLimit.shared("redis://…")')


def check_directory(client: str, directory: object, routes: object, keeps_directory: object) -> None:
    faults = []
    if routes is not None and directory is None:
        faults.append(Fault("routes", "takes a directory: by Pinpoint's look-up all channels go one way"))
    if type(keeps_directory) is not bool:
        faults.append(Fault("keeps_directory", f"must be True or False, not {kind(keeps_directory)}"))
    if faults:
        raise ValidationError(client, faults)


def _id_problem(application_id: object) -> str:
    problem = "must be the ID of an application (project): letters, digits, - and _"
    if not isinstance(application_id, str):
        return f"{problem}; not {kind(application_id)}"
    arn = _APPLICATION_ARN.match(application_id)
    return problem if arn is None else f"must be the ID alone, without the rest of its ARN: {arn[1]!r}"


def check_missing_variables(missing_variables: str) -> None:
    faults = _missing_variables_faults(missing_variables)
    if faults:
        raise ValidationError("the request", faults)


def run_faults(deadline: float | None, journal: Journal | None, max_wait: float, missing_variables: str) -> list[Fault]:
    faults = _missing_variables_faults(missing_variables)
    if not _is_positive(deadline):
        remedy = ": write deadline.total_seconds()" if hasattr(deadline, "total_seconds") else ""
        faults.append(Fault("deadline", f"must be a number of seconds above 0{remedy}"))
    if max_wait is None or not _is_positive(max_wait):
        faults.append(Fault("max_wait", "must be a number of seconds above 0"))
    if journal is not None and not isinstance(journal, Journal):
        faults.append(Fault("journal", f'must be a Journal, not {kind(journal)}: write Journal("run.db")'))
    return faults


def _missing_variables_faults(value: str) -> list[Fault]:
    if isinstance(value, str) and value in {"refuse", "empty"}:
        return []
    shown = repr(value) if isinstance(value, str) else kind(value)
    return [Fault("missing_variables", f'must be "refuse" or "empty", not {shown}')]


def _is_positive(value: float | None) -> bool:
    """Whether it is a finite number above 0, or not given; a number that no float holds isn't finite."""
    if value is None:
        return True
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= sys.float_info.max
