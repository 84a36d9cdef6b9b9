"""`send` and `resume`: checks, the plan, the question, the run, and what came of it."""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs

from pinpoint_users._files.check import Checked, check
from pinpoint_users._files.faults import BadLine, shown_faults
from pinpoint_users._files.message_file import MessageFile, read_message
from pinpoint_users._files.preview import preview
from pinpoint_users.cli.account import Account, Identity
from pinpoint_users.cli.audience import Audience, audience_of
from pinpoint_users.cli.connection import Connection, channel_words, channels_reached, connected
from pinpoint_users.cli.exits import CommandError, ExitCode, journal_error
from pinpoint_users.cli.facts import RunFacts, forget, resuming_command, sha256_of
from pinpoint_users.cli.options import AWSOptions, SendOptions, ShowOptions
from pinpoint_users.cli.outcome import Outcomes
from pinpoint_users.cli.plan import Plan, plan_of
from pinpoint_users.cli.progress import progress_of
from pinpoint_users.cli.report_file import check_report, report_file
from pinpoint_users.cli.sending import Ending, send_all
from pinpoint_users.cli.tally import LookUp, Tally, family_of
from pinpoint_users.cli.terminal import confirm, say, say_json, tell
from pinpoint_users.enums import ChannelType
from pinpoint_users.errors import JournalError
from pinpoint_users.journal import Journal
from pinpoint_users.messages.configuration import DirectMessageConfiguration


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
    check_report(show.report)
    if options.journal is not None and options.user:
        raise CommandError("--journal goes with --users: what the command line names isn't kept")
    journal = _journal_of(options, dry_run=dry_run)
    if options.users == "-" and journal is not None and Path(journal).exists():
        raise CommandError(f"{journal}: is there already, and who came by standard input then is beside it: {resuming_command(journal)}")
    return _Run(options, show, journal, is_new=True, is_temporary=options.journal is None).send(dry_run=dry_run)


def run_resume(journal: str, show: ShowOptions, *, rate: float | None = None, concurrency: int | None = None) -> int:
    """Goes on with a run that didn't come to its end.

    Args:
        journal: The journal's path.
        show: What is shown.
        rate: Another rate than the run's.
        concurrency: Another concurrency than the run's.

    Returns:
        The exit code.

    Raises:
        CommandError: What is wrong; nothing was sent.
        PinpointUsersError: Likewise.
    """
    check_report(show.report)
    if not Path(journal).exists():
        raise CommandError(f"{journal}: there is no such journal: `ls *.db` shows those that are here")
    facts = RunFacts.read(journal)
    facts.check_files()
    options = facts.options
    if rate is not None:
        options = attrs.evolve(options, rate=rate)
    if concurrency is not None:
        options = attrs.evolve(options, concurrency=concurrency)
    return _Run(options, show, journal, is_new=False, is_temporary=facts.is_temporary).send(dry_run=False)


def _journal_of(options: SendOptions, *, dry_run: bool) -> str | None:
    """Where the journal is: users of a file are always remembered, so that a run that is cut short can go on."""
    if options.journal is not None or options.user or options.local or dry_run:
        return options.journal
    name = f"run-{datetime.datetime.now(tz=datetime.timezone.utc):%Y%m%d-%H%M%S}.db"
    if not Path(name).exists():
        return name
    raise CommandError(f"{name}: is there already: wait a second, or name a --journal")


class _Run:
    """One run of the command.

    Args:
        options: What to whom, and how.
        show: What is shown.
        journal: The journal's path, if there is one.
        is_new: Whether it isn't gone on with.
        is_temporary: Whether the journal is deleted when everybody has got the message.
    """

    def __init__(self, options: SendOptions, show: ShowOptions, journal: str | None, *, is_new: bool, is_temporary: bool) -> None:
        self._options = options
        self._show = show
        self._journal = journal
        self._is_new = is_new
        self._is_temporary = is_temporary

    def send(self, *, dry_run: bool) -> int:
        """Checks, shows, asks and sends."""
        options = self._options
        words = channel_words(options.channels, "--channels")
        first_of = channel_words(options.first_of, "--first-of")
        message = read_message(options.message)
        with audience_of(options, None if dry_run else self._journal) as audience:
            checked = self._checked(message, audience)
            channels = channels_reached(_content(message), first_of or words)
            with connected(options, _content(message)) as connection:
                is_shown = dry_run or not self._show.quiet
                plan = self._plan(
                    message, checked, audience, connection, channels, is_first_of=first_of is not None, is_shown=is_shown
                )
                if not self._agreed(plan, dry_run=dry_run):
                    return ExitCode.SUCCESSFUL
                tally = Tally({family_of(channel) for channel in channels}, _look_up(connection))
                ending = self._carry_out(message, audience, connection, tally, plan, words, first_of)
                outcomes = Outcomes.of(tally, ending, self._journal, connection.local, skipped=plan.skipped)
        return self._finish(outcomes)

    # --- before

    def _checked(self, message: MessageFile, audience: Audience) -> Checked:
        checked = check(message, audience.source, format=audience.format)
        for note in checked.notes if not self._show.quiet else ():
            tell(f"note: {note}")
        if checked.is_right:
            return checked
        if not self._options.skip_bad_lines or not checked.users:
            remedy = "" if self._options.user else "; --skip-bad-lines leaves these out"
            raise CommandError(*shown_faults(checked.faults, checked.fault_count), f"nothing was sent{remedy}")
        if not self._show.quiet:
            tell(*shown_faults(checked.faults, checked.fault_count))
        return checked

    def _plan(
        self,
        message: MessageFile,
        checked: Checked,
        audience: Audience,
        connection: Connection,
        channels: Sequence[ChannelType],
        *,
        is_first_of: bool,
        is_shown: bool,
    ) -> Plan:
        options = self._options
        return plan_of(
            checked,
            audience.pairs(_ignore),
            connection,
            channels=channels,
            is_first_of=is_first_of,
            rate=options.rate,
            identity=_identity(options),
            preview=_preview(message, checked, channels) if is_shown else (),
            journal=self._journal,
        )

    def _agreed(self, plan: Plan, *, dry_run: bool) -> bool:
        show = self._show
        if dry_run and show.json:
            say_json(plan.to_dict())
            return False
        if dry_run or not show.quiet:
            tell(*plan.lines())
        if dry_run:
            return False
        if not (show.yes or self._options.local):
            confirm(f"Send to {plan.users:,} users?" if self._is_new else "Go on with this run?")
        return True

    # --- the run

    def _carry_out(
        self,
        message: MessageFile,
        audience: Audience,
        connection: Connection,
        tally: Tally,
        plan: Plan,
        words: list[str] | None,
        first_of: list[str] | None,
    ) -> Ending:
        journal = self._journal
        with report_file(self._show.report) as report:
            users = audience.pairs(_ignore if report is None else report.add_bad_line)
            try:
                stream = connection.client.stream(
                    _content(message),
                    users,
                    template_configuration=message.template_configuration,
                    context=message.context,
                    trace_id=message.trace_id,
                    journal=None if journal is None else Journal(journal),
                    channels=words,
                    first_of=first_of,
                    unique=journal is None,
                )
            except JournalError as error:
                raise journal_error(error) from error
            with contextlib.ExitStack() as stack:
                stack.callback(stream.close)
                if journal is not None and self._is_new:
                    self._keep_facts(journal, audience, plan.users)
                progress = stack.enter_context(progress_of(tally, plan.users, quiet=self._show.quiet))
                return send_all(
                    stream, users, tally=tally, progress=progress, report=report, farewell=lambda: self._farewell(progress)
                )

    def _keep_facts(self, journal: str, audience: Audience, users: int) -> None:
        options = self._options
        directory = options.directory
        kept = attrs.evolve(
            options,
            message=os.path.abspath(options.message),  # noqa: PTH100 - as it was named: a link may lead elsewhere by then
            users=_absolute(audience.path),
            templates=_absolute(options.templates),
            directory=directory if directory is None or "://" in directory else _absolute(directory),
            journal=journal,
        )
        facts = RunFacts(
            options=kept,
            message_sha256=sha256_of(options.message),
            users_sha256=sha256_of(audience.path or os.devnull),
            users=users,
            is_temporary=options.journal is None,
        )
        facts.write(journal)
        self._is_temporary = facts.is_temporary

    def _farewell(self, progress: Any) -> None:
        with contextlib.suppress(Exception):  # nothing may keep the process from its end
            progress.stop()
            tell(*Outcomes.farewell(self._journal))

    # --- after

    def _finish(self, outcomes: Outcomes) -> int:
        if self._show.json:
            say_json(outcomes.to_dict())
        elif not self._show.quiet:
            say(*outcomes.lines())
        elif outcomes.code is not ExitCode.SUCCESSFUL:
            tell(*outcomes.short_lines())
        if self._journal is not None and self._is_temporary and outcomes.is_complete:
            forget(self._journal)
        return outcomes.code


def _absolute(path: str | None) -> str | None:
    return path and os.path.abspath(path)  # noqa: PTH100 - a link may lead elsewhere by then


def _ignore(_line: BadLine) -> None:
    pass


def _content(message: MessageFile) -> DirectMessageConfiguration:
    return message.message or DirectMessageConfiguration()


def _identity(options: SendOptions) -> Identity:
    if options.local:
        return Identity(None, "none: an embedded service in this process")
    return Account(AWSOptions(region=options.region, profile=options.profile, endpoint_url=options.endpoint_url)).identity()


def _look_up(connection: Connection) -> LookUp | None:
    directory = connection.directory
    if directory is None:
        return None
    return lambda user_id: {
        endpoint.endpoint_id: endpoint.channel_type
        for endpoint in directory.endpoints_of([user_id]).get(user_id, ())
        if endpoint.channel_type is not None
    }


def _preview(message: MessageFile, checked: Checked, channels: Sequence[ChannelType]) -> list[str]:
    """The first user's message as it will look, line by line."""
    from rich.console import Console  # noqa: PLC0415 - tens of milliseconds, where something is shown

    from pinpoint_users._files.preview_text import preview_text  # noqa: PLC0415 - it imports rich

    first = checked.first
    if first is None:
        return []
    names = {"PUSH", *map(str, channels)} if any(family_of(channel) == "PUSH" for channel in channels) else {*map(str, channels)}
    shown = preview(message, first.user_id, first.configuration)
    shown = attrs.evolve(shown, channels=tuple(each for each in shown.channels if each.channel in names))
    console = Console(stderr=True)
    with console.capture() as captured:
        console.print(preview_text(shown))
    return captured.get().splitlines()
