"""What came of a run, for people and for machines, and what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
from typing_extensions import Self

from pinpoint_users._files.terminal_text import visible
from pinpoint_users.cli.exits import ExitCode, in_option_words
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
    arrived: Sequence[str]
    """What an embedded service has got, line by line."""
    report_fault: str | None
    """Why the report isn't whole."""

    @classmethod
    def of(
        cls,
        tally: Tally,
        ending: Ending,
        journal: str | None,
        local: LocalPinpoint | None,
        *,
        skipped: int,
        report_fault: str | None,
    ) -> Self:
        """What came of a run that has just ended."""
        arrived = [] if local is None else _arrivals(local.deliveries())
        return cls(tally=tally, ending=ending, journal=journal, skipped=skipped, arrived=arrived, report_fault=report_fault)

    @property
    def code(self) -> ExitCode:
        """The command's exit code."""
        if self.ending.is_interrupted:
            return ExitCode.INTERRUPTED
        if isinstance(self.ending.reason, (ConfigurationError, DirectoryError, JournalError)):
            return ExitCode.STOPPED
        is_wrong = self.ending.reason or self.tally.failed or self.skipped or self.report_fault
        return ExitCode.SOME_NOT if is_wrong else ExitCode.SUCCESSFUL

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left that another run, or a look into the journal, could be for."""
        outcomes = self.tally.outcomes
        is_open = outcomes[Outcome.NOT_SENT] or outcomes[Outcome.THROTTLED] or outcomes[Outcome.UNKNOWN]
        return not (self.ending.reason or is_open or self.report_fault)

    def lines(self) -> list[str]:
        """The summary for people."""
        shown = self.tally.lines()
        if self.skipped:
            shown.append(f"{counted(self.skipped, 'line')} left out")
        return [*shown, *self.arrived, *self.short_lines()]

    def short_lines(self) -> list[str]:
        """What is told even if nothing else is: why it ended early, who is left, and the command that goes on."""
        shown = []
        if self.report_fault is not None:
            shown.append(visible(self.report_fault))
        not_sent = self.tally.outcomes[Outcome.NOT_SENT]
        if self.ending.reason is not None:
            shown.append(f"stopped: {visible(in_option_words(str(self.ending.reason)))}")
        if self.ending.is_interrupted:
            shown.append(f"interrupted: nothing was sent to {counted(not_sent, 'user')}")
        elif self.ending.reason is None and self.tally.failed:
            shown.append(f"{counted(self.tally.failed, 'user')} of {self.tally.users:,} did not get the message everywhere")
        return [*shown, *self._remedy()]

    def to_dict(self) -> dict[str, Any]:
        """The summary for machines."""
        reason = self.ending.reason
        return {
            **self.tally.to_dict(),
            "skipped_lines": self.skipped,
            "stopped": None if reason is None else {"error": type(reason).__name__, "message": in_option_words(str(reason))},
            "is_interrupted": self.ending.is_interrupted,
            "report_fault": self.report_fault,
            "journal": self.journal,
            "resume": None if self.journal is None or self.is_complete else resuming_command(self.journal),
            "exit_code": int(self.code),
        }

    def _remedy(self) -> list[str]:
        return [] if self.journal is None or self.is_complete else self.farewell(self.journal)

    @staticmethod
    def farewell(journal: str | None) -> list[str]:
        """The command that goes on with a run."""
        if journal is None:
            return ["there is no journal of this run, so what was sent isn't known"]
        return [f"go on with: {resuming_command(journal)}"]


def _arrivals(arrived: Sequence[Delivery]) -> list[str]:
    counts = Counter(str(delivery.channel_type) for delivery in arrived)
    said = ", ".join(f"{count:,} {channel}" for channel, count in sorted(counts.items()))
    shown = [f"arrived at the embedded service: {said or 'nothing'}"]
    for delivery in arrived[:_SHOWN]:
        text = " · ".join(part for part in (delivery.title, delivery.body or delivery.html) if part)
        line = visible(f"{delivery.channel_type} {delivery.user_id or delivery.address}: {text}")
        shown.append(f"  {line[:_LONGEST]}{'…' if len(line) > _LONGEST else ''}")
    if len(arrived) > _SHOWN:
        shown.append(f"  … and {len(arrived) - _SHOWN:,} more")
    return shown
