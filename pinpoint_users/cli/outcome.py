"""What came of a run, for people and for machines, and what to do next: by what the run told, or by its journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs
from typing_extensions import Self

from pinpoint_users._files.terminal_text import visible
from pinpoint_users._shapes.converters import counted
from pinpoint_users.cli.exits import ExitCode, in_option_words
from pinpoint_users.cli.facts import reporting_command, resuming_command
from pinpoint_users.cli.sending import Ending
from pinpoint_users.cli.tally import Tally
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
    is_temporary: bool
    """Whether the journal goes when nothing is left that it could be for."""
    is_running: bool
    """Whether the run goes on."""
    skipped: int
    """Lines that were left out."""
    arrived: Sequence[str]
    """What an embedded service has got, line by line."""
    report: str | None
    """The file of the report, if one is written."""
    report_fault: str | None
    """Why the report isn't whole."""

    @classmethod
    def of(
        cls,
        tally: Tally,
        ending: Ending,
        journal: str | None,
        local: LocalPinpoint | None = None,
        *,
        skipped: int,
        is_temporary: bool = False,
        is_running: bool = False,
        report: str | None = None,
        report_fault: str | None = None,
    ) -> Self:
        """What came of a run so far."""
        return cls(
            tally=tally,
            ending=ending,
            journal=journal,
            is_temporary=is_temporary,
            is_running=is_running,
            skipped=skipped,
            arrived=[] if local is None else _arrivals(local.deliveries()),
            report=report,
            report_fault=report_fault,
        )

    @property
    def code(self) -> ExitCode:
        """The command's exit code."""
        if self.ending.is_interrupted:
            return ExitCode.INTERRUPTED
        if isinstance(self.ending.reason, (ConfigurationError, DirectoryError, JournalError)):
            return ExitCode.STOPPED
        is_wrong = self.ending.reason or self.tally.unsuccessful or self.skipped or self.report_fault
        return ExitCode.SOME_NOT if is_wrong else ExitCode.SUCCESSFUL

    @property
    def resume(self) -> str | None:
        """The command that goes on with the run, if that has something to do."""
        ending = self.ending
        is_open = self.tally.left or ending.reason or ending.is_interrupted or self.report_fault
        if self.journal is None or self.is_running or not is_open:
            return None
        return resuming_command(self.journal, self.report)

    @property
    def forgets(self) -> bool:
        """Whether the journal is to go, as nothing is left that another run, or a look into it, could be for."""
        return self.is_temporary and self.resume is None and not self._in_doubt

    @property
    def _in_doubt(self) -> int:
        return self.tally.outcomes[Outcome.UNKNOWN]

    def lines(self, *, with_channels: bool = True) -> list[str]:
        """The summary for people."""
        return [*self.tally.lines(with_channels=with_channels), *self.arrived, *self.short_lines()]

    def short_lines(self) -> list[str]:
        """What is told even if nothing else is: why it ended early, who is left, and the command that goes on."""
        shown = []
        if self.skipped:
            shown.append(f"{counted(self.skipped, 'line')} left out")
        if self.report_fault is not None:
            shown.append(visible(self.report_fault))
        not_sent, unsuccessful = self.tally.not_sent, self.tally.unsuccessful
        if self.ending.reason is not None:
            shown.append(f"stopped: {visible(in_option_words(str(self.ending.reason)))}")
        if self.is_running:
            shown.append("the run goes on: who is out now is UNKNOWN, and who waits is NOT_SENT or THROTTLED")
        elif self.ending.is_interrupted:
            shown.append(f"interrupted: nothing was sent to {counted(not_sent, 'user')}" if not_sent else "interrupted")
        elif self.ending.reason is None and unsuccessful:
            shown.append(f"{counted(unsuccessful, 'user')} of {self.tally.users:,} did not get the message everywhere")
        return [*shown, *self._remedies()]

    def to_dict(self) -> dict[str, Any]:
        """The summary for machines."""
        reason = self.ending.reason
        return {
            **self.tally.to_dict(),
            "skipped_lines": self.skipped,
            "stopped": None if reason is None else {"error": type(reason).__name__, "message": in_option_words(str(reason))},
            "is_interrupted": self.ending.is_interrupted,
            "report_fault": self.report_fault,
            "journal": None if self.forgets else self.journal,
            "resume": self.resume,
            "exit_code": int(self.code),
        }

    def _remedies(self) -> list[str]:
        shown = [] if self.resume is None else [_go_on(self.resume)]
        if self._in_doubt and not self.is_running:
            who = counted(self._in_doubt, "user")
            shown.append(f"in doubt: {who} may have got it, as no answer came; nobody who may have is sent to again")
            if self.journal is not None:
                shown.append(
                    f"see who by: {reporting_command(self.journal)} --failed; "
                    "who is rather to get it twice than not at all goes into another --users file, with another --journal"
                )
        return shown

    @staticmethod
    def farewell(journal: str | None, report: str | None) -> str:
        """The command that goes on with a run that ends at once."""
        if journal is None:
            return "there is no journal of this run, so what was sent isn't known"
        return _go_on(resuming_command(journal, report))


def _go_on(command: str) -> str:
    return f"go on with: {command}"


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
