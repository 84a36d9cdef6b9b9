"""What came of a run, for people and for machines, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
from typing_extensions import Self

from pinpoint_users._files.terminal_text import visible
from pinpoint_users.cli.exits import ExitCode
from pinpoint_users.cli.facts import resuming_command
from pinpoint_users.cli.sending import Ending
from pinpoint_users.cli.tally import Tally
from pinpoint_users.cli.terminal import counted
from pinpoint_users.enums import Outcome
from pinpoint_users.errors import ConfigurationError, DirectoryError, JournalError

if TYPE_CHECKING:
    from pinpoint_users.local import Delivery, LocalPinpoint

_SHOWN = 20
_LONGEST = 160


@attrs.frozen(kw_only=True)
class Outcomes:
    """What came of a run."""

    tally: Tally
    ending: Ending
    journal: str | None
    skipped: int
    """Lines that were left out."""
    arrived: tuple[Delivery, ...]
    """What an embedded service has got."""

    @classmethod
    def of(cls, tally: Tally, ending: Ending, journal: str | None, local: LocalPinpoint | None, *, skipped: int) -> Self:
        """What came of a run that has just ended."""
        arrived = () if local is None else local.deliveries()
        return cls(tally=tally, ending=ending, journal=journal, skipped=skipped, arrived=arrived)

    @property
    def code(self) -> ExitCode:
        """The command's exit code."""
        if self.ending.is_interrupted:
            return ExitCode.INTERRUPTED
        if isinstance(self.ending.reason, (ConfigurationError, DirectoryError, JournalError)):
            return ExitCode.STOPPED
        is_fine = self.ending.reason is None and not self.tally.failed and not self.skipped
        return ExitCode.SUCCESSFUL if is_fine else ExitCode.SOME_NOT

    @property
    def is_complete(self) -> bool:
        """Whether nobody is left to whom another run could send."""
        return self.ending.reason is None and not self.ending.is_interrupted and not self._open_users

    @property
    def _open_users(self) -> int:
        outcomes = self.tally.outcomes
        return outcomes[Outcome.NOT_SENT] + outcomes[Outcome.THROTTLED] + outcomes[Outcome.UNKNOWN]

    def lines(self) -> list[str]:
        """The summary for people."""
        shown = self.tally.lines()
        if self.skipped:
            shown.append(f"{counted(self.skipped, 'line')} left out")
        return [*shown, *_arrivals(self.arrived), *self.short_lines()]

    def short_lines(self) -> list[str]:
        """What is told even if nothing else is: why it ended early, who is left, and the command that goes on."""
        shown = []
        if self.ending.reason is not None:
            shown.append(f"stopped: {visible(str(self.ending.reason))}")
        not_sent = self.tally.outcomes[Outcome.NOT_SENT]
        if self.ending.is_interrupted:
            shown.append(f"interrupted: nothing was sent to {counted(not_sent, 'user')}")
        elif not shown and self.tally.failed:
            shown.append(f"{counted(self.tally.failed, 'user')} of {self.tally.users:,} did not get the message everywhere")
        return [*shown, *self._remedy()]

    def to_dict(self) -> dict[str, Any]:
        """The summary for machines."""
        goes_on = bool(self._remedy()) and self.journal is not None
        reason = self.ending.reason
        return {
            **self.tally.to_dict(),
            "skipped_lines": self.skipped,
            "stopped": None if reason is None else {"error": type(reason).__name__, "message": str(reason)},
            "is_interrupted": self.ending.is_interrupted,
            "journal": self.journal,
            "resume": resuming_command(self.journal) if goes_on and self.journal is not None else None,
            "exit_code": int(self.code),
        }

    def _remedy(self) -> list[str]:
        if self.is_complete:
            return []
        return self.farewell(self.journal) if self.journal is not None else []

    @staticmethod
    def farewell(journal: str | None) -> list[str]:
        """The command that goes on with a run."""
        if journal is None:
            return ["there is no journal of this run, so what was sent isn't known"]
        return [f"go on with: {resuming_command(visible(journal))}"]


def _arrivals(arrived: Sequence[Delivery]) -> list[str]:
    if not arrived:
        return []
    counts = Counter(str(delivery.channel_type) for delivery in arrived)
    said = ", ".join(f"{count:,} {channel}" for channel, count in sorted(counts.items()))
    shown = [f"arrived at the embedded service: {said}"]
    for delivery in arrived[:_SHOWN]:
        text = " · ".join(part for part in (delivery.title, delivery.body or delivery.html) if part)
        line = visible(f"{delivery.channel_type} {delivery.user_id or delivery.address}: {text}")
        shown.append(f"  {line[:_LONGEST]}{'…' if len(line) > _LONGEST else ''}")
    if len(arrived) > _SHOWN:
        shown.append(f"  … and {len(arrived) - _SHOWN:,} more")
    return shown
