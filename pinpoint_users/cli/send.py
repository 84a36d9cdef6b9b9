"""`send` and `resume`: checks, the plan, the question, the run, and what came of it.

`content` has the message, `audience` the users; `plan` tells what will go out, and `reach` to whom of a directory. `sending`
is the run, of which `progress` tells while it goes on, and `watch` of throttling, and which `interrupts` ends in order.
`outcome` says what came of it, over `tally`, which counts.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import attrs

from pinpoint_users._files.check import Checked, check
from pinpoint_users._files.faults import BadLine, shown_faults
from pinpoint_users._files.objects import UserLine
from pinpoint_users._files.preview import Preview, preview
from pinpoint_users._shapes.converters import counted
from pinpoint_users.cli.account import Account, Identity
from pinpoint_users.cli.audience import Audience, audience_of
from pinpoint_users.cli.connection import Connection, connected, is_postgres
from pinpoint_users.cli.content import Content, content_of
from pinpoint_users.cli.exits import CommandError, ExitCode, lines_of
from pinpoint_users.cli.facts import RunFacts, check_journal, forget, kept_directory, new_journal, resuming_command
from pinpoint_users.cli.interrupts import Interrupts
from pinpoint_users.cli.options import AWSOptions, SendOptions, ShowOptions
from pinpoint_users.cli.outcome import Outcomes
from pinpoint_users.cli.plan import Plan, plan_of
from pinpoint_users.cli.progress import Progress, progress_of
from pinpoint_users.cli.reach import directory_preview
from pinpoint_users.cli.report_file import ReportFile, check_report
from pinpoint_users.cli.sending import send_all, stream_of, tell_of_ways
from pinpoint_users.cli.tally import LookUp, Tally, family_of
from pinpoint_users.cli.terminal import confirm, say, say_json, tell, tell_at_once
from pinpoint_users.cli.watch import Watch
from pinpoint_users.errors import DirectoryError


def run_send(options: SendOptions, show: ShowOptions, *, dry_run: bool = False) -> int:
    """Sends a message to the users of a file.

    Args:
        options: What to whom, and how.
        show: What is shown.
        dry_run: Whether only the plan is shown.

    Returns:
        The exit code.

    Raises:
        CommandError: What is wrong; nothing was sent.
        PinpointUsersError: Likewise.
    """
    journal = options.journal
    if journal is None:
        # Users of a file are always remembered, so that a run that is cut short can go on.
        journal = None if options.user or options.local or dry_run else new_journal()
    elif options.user:
        raise CommandError("--journal goes with --users: what the command line names isn't kept")
    else:
        check_journal(journal)
    if options.users == "-" and journal is not None and Path(journal).exists():
        raise CommandError(
            f"{journal}: is there already, and who came by standard input then is beside it: {resuming_command(journal)}"
        )
    with Interrupts() as interrupts:
        return _Run(options, show, journal, interrupts).send(dry_run=dry_run)


def run_resume(
    journal: str,
    show: ShowOptions,
    *,
    rate: float | None = None,
    concurrency: int | None = None,
    directory: str | None = None,
) -> int:
    """Goes on with a run that didn't come to its end.

    Args:
        journal: The journal's path.
        show: What is shown.
        rate: Another rate than the run's.
        concurrency: Another concurrency than the run's.
        directory: The run's directory, with its password, which isn't kept.

    Returns:
        The exit code.

    Raises:
        CommandError: What is wrong; nothing was sent.
        PinpointUsersError: Likewise.
    """
    if not Path(journal).exists():
        raise CommandError(f"{journal}: there is no such journal: `ls *.db` shows those that are here")
    with Interrupts() as interrupts:
        facts = RunFacts.read(journal)
        facts.check_files()
        options = facts.options
        if rate is not None:
            options = attrs.evolve(options, rate=rate)
        if concurrency is not None:
            options = attrs.evolve(options, concurrency=concurrency)
        if directory is not None:
            if kept_directory(directory) != options.directory:
                kept = "has none" if options.directory is None else f"is of {options.directory}"
                raise CommandError(f"--directory: the run {kept}: give that, with its password, or leave it out")
            options = attrs.evolve(options, directory=directory)
        try:
            return _Run(options, show, journal, interrupts, facts).send()
        except DirectoryError as error:
            if directory is not None or not is_postgres(options.directory):
                raise
            raise CommandError(
                f"{error}: a run's files have no password: set PGPASSWORD, write it to ~/.pgpass, or give --directory again",
                code=ExitCode.STOPPED,
            ) from error


class _Run:
    """One run of the command.

    Args:
        options: What to whom, and how.
        show: What is shown.
        journal: The journal's path, if there is one.
        interrupts: Takes Ctrl-C.
        facts: What the run was begun with that is gone on with.
    """

    def __init__(
        self,
        options: SendOptions,
        show: ShowOptions,
        journal: str | None,
        interrupts: Interrupts,
        facts: RunFacts | None = None,
    ) -> None:
        self._options = options
        self._show = show
        self._journal = journal
        self._interrupts = interrupts
        self._facts = facts

    def send(self, *, dry_run: bool = False) -> int:
        """Checks, shows, asks and sends."""
        options, journal, show = self._options, self._journal, self._show
        check_report(show.report, [options.message, options.users, options.directory, journal])
        content = content_of(options)
        with audience_of(options, None if dry_run else journal) as audience:
            checked = self._checked(content, audience)
            with connected(options, content.message) as connection:
                tell_of_ways(content, connection)
                plan = plan_of(
                    checked,
                    audience.pairs(checked, _ignore),
                    connection,
                    groups=content.groups,
                    rate=options.rate,
                    identity=_identity(options),
                    preview=_preview(content, checked, audience, connection)
                    if checked.first and not (dry_run and show.json) and (dry_run or not show.quiet)
                    else (),
                    journal=journal,
                )
                if not self._agreed(plan, dry_run=dry_run):
                    return ExitCode.SUCCESSFUL
                outcomes = self._carry_out(content, checked, audience, connection, plan)
        return self._finish(outcomes)

    # --- before

    def _checked(self, content: Content, audience: Audience) -> Checked:
        checked = check(content.file, audience.source, format=audience.format)
        if not self._show.quiet:
            tell(*(f"note: {note}" for note in shown_faults(checked.notes, len(checked.notes))))
        if checked.is_right:
            return checked
        faults = shown_faults(checked.faults, checked.fault_count)
        if not (self._options.skip_bad_lines and checked.users):
            remedy = "" if self._options.user or not checked.users else "; --skip-bad-lines leaves these out"
            raise CommandError(*faults, f"nothing was sent{remedy}")
        if not self._show.quiet:
            tell(*faults)
        return checked

    def _agreed(self, plan: Plan, *, dry_run: bool) -> bool:
        show = self._show
        if dry_run and show.json:
            say_json(plan.to_dict())
        elif dry_run or not show.quiet:
            tell(*plan.lines())
        if dry_run:
            return False
        if plan.users and not (show.yes or self._options.local):
            confirm(f"Send to {counted(plan.users, 'user')}?" if self._facts is None else "Go on with this run?")
        return True

    # --- the run

    def _carry_out(
        self, content: Content, checked: Checked, audience: Audience, connection: Connection, plan: Plan
    ) -> Outcomes:
        options, journal = self._options, self._journal
        earlier = journal if journal is not None and Path(journal).exists() else None
        total = plan.users + plan.known
        tally = Tally({family_of(channel) for channel in content.channels}, _look_up(connection))
        audience.look_for_changes()
        with contextlib.ExitStack() as stack:
            path = self._show.report
            report = None if path is None else stack.enter_context(ReportFile(path))
            users = audience.pairs(checked, _ignore if report is None else report.add_bad_line)
            stream = stream_of(content, users, connection, journal)
            stack.callback(stream.close)
            if journal is not None and audience.path is not None and self._facts is None:
                self._facts = RunFacts.of(
                    options, audience.path, journal=journal, message_sha256=content.sha256, count=total, skipped=plan.skipped
                )
                self._facts.write(journal)
            progress = stack.enter_context(progress_of(tally, total, quiet=self._show.quiet))
            stack.enter_context(Watch(tally, progress))
            ending = send_all(
                stream,
                users,
                total=total,
                earlier=earlier,
                takes_one=options.takes_one,
                tally=tally,
                progress=progress,
                report=report,
                interrupts=self._interrupts,
                farewell=lambda: self._farewell(progress, report),
            )
        fault = None if report is None else report.fault
        return Outcomes.of(
            tally,
            ending,
            journal,
            connection.local,
            skipped=plan.skipped,
            is_temporary=self._facts is not None and self._facts.is_temporary,
            report=path,
            report_fault=fault,
        )

    def _farewell(self, progress: Progress, report: ReportFile | None) -> None:
        tell_at_once(Outcomes.farewell(self._journal, self._show.report))
        if report is not None:
            report.flush()
        progress.stop()

    # --- after

    def _finish(self, outcomes: Outcomes) -> int:
        show = self._show
        code = outcomes.code
        is_told = True
        try:
            if show.json:
                say_json(outcomes.to_dict())
            elif not show.quiet:
                say(*outcomes.lines())
            elif code is not ExitCode.SUCCESSFUL:
                tell(*outcomes.short_lines())
        except BrokenPipeError:  # who reads has seen enough
            pass
        except OSError as error:  # of a full disk that standard output goes to
            tell(*(f"standard output: {line}" for line in lines_of(error)), *outcomes.short_lines())
            is_told = False
            code = code or ExitCode.SOME_NOT
        if self._journal is not None and is_told and outcomes.forgets:
            forget(self._journal)
        return code


def _ignore(_line: BadLine) -> None:
    pass


def _identity(options: SendOptions) -> Identity:
    if options.local:
        return Identity(None, "none: an embedded service in this process")
    return Account(AWSOptions(region=options.region, profile=options.profile, endpoint_url=options.endpoint_url)).identity()


def _look_up(connection: Connection) -> LookUp | None:
    directory = connection.directory
    if directory is None:
        return None
    return lambda user_id: {
        endpoint.endpoint_id: endpoint.channel_type for endpoint in directory.endpoints_of([user_id]).get(user_id, ())
    }


def _preview(content: Content, checked: Checked, audience: Audience, connection: Connection) -> Sequence[str]:
    """The first user's message as it will look, line by line."""
    from rich.console import Console  # noqa: PLC0415 - tens of milliseconds, where something is shown

    from pinpoint_users._files.preview_text import preview_text  # noqa: PLC0415 - it imports rich

    shown = _look(content, checked, audience, connection)
    console = Console(stderr=True)
    with console.capture() as captured:
        console.print(preview_text(shown))
    return captured.get().splitlines()


def _look(content: Content, checked: Checked, audience: Audience, connection: Connection) -> Preview:
    if connection.directory is not None:
        users = audience.pairs(checked, _ignore)
        return directory_preview(content.file, users, connection.directory, content.groups, connection.senders)
    first = cast("UserLine", checked.first)
    names = {*map(str, content.channels), *map(family_of, content.channels)}
    if any(name.startswith("APNS") for name in names):
        names.add("APNS")  # which stands for all of them
    shown = preview(content.file, first.user_id, first.configuration)
    return attrs.evolve(shown, channels=tuple(each for each in shown.channels if each.channel in names))
