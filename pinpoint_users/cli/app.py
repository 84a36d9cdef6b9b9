"""The commands, with their options, help and examples, and how each ends."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from pinpoint_users.cli.options import (
    ApplicationID,
    AsJSON,
    AWSOptions,
    Quiet,
    SendOptions,
    ShowOptions,
    UserFormat,
)

_NAME = "pinpoint-users"
MessagePath = Annotated[str, Parameter(help="The message's file: TOML, YAML or JSON.")]
UsersPath = Annotated[str | None, Parameter(help="The users' file; - is standard input.", allow_leading_hyphen=True)]
Format = Annotated[UserFormat | None, Parameter(help="The format of the users' file; by default by its content.")]
Settings = Annotated[tuple[str, ...], Parameter(help="NAME=VALUE: a variable; more than once for more.", negative=())]
Directory = Annotated[str, Parameter(help="A file of SQLite, postgresql://…, or dynamodb://TABLE.")]


def _app(name: str | None = None, summary: str = "", **more: Any) -> App:
    return App(
        name=name,
        help=summary,
        help_format="plaintext",
        suppress_keyboard_interrupt=False,  # it is told below
        version=_version,
        default_parameter=Parameter(show_default=False),
        **more,
    )


def _version() -> str:
    from importlib.metadata import version  # noqa: PLC0415 - for those who ask

    return version("pinpoint-users")


def _example(*lines: str) -> str:
    return f"Example:\n  {_NAME} " + " \\\n    ".join(lines)  # of 80 columns, as help breaks longer lines anywhere


app = _app(
    _NAME,
    "One message to any number of users, and an outcome for each.",
    help_epilogue=_example("send --local --message message.toml --users users.csv"),
)
endpoints = _app(
    "endpoints", "The directory of users' endpoints.", help_epilogue=_example("endpoints check --directory users.db")
)
app.command(endpoints)


@app.command(
    help_epilogue=_example(
        "send --application-id APP --message message.toml --users users.csv", "--directory users.db --dry-run"
    )
)
def send(
    options: SendOptions,
    show: ShowOptions | None = None,
    *,
    dry_run: Annotated[bool, Parameter(help="Shows what would go to whom, and sends nothing.", negative=())] = False,
) -> int:
    """Sends a message to users, each once, and tells what became of it for each.

    Exit codes: 0 all successful, 1 some not, 2 wrong usage or input and nothing sent, 3 stopped by credentials or
    configuration, 130 interrupted.
    """
    from pinpoint_users.cli.send import run_send  # noqa: PLC0415 - --help is to be quick

    return run_send(options, show or ShowOptions(), dry_run=dry_run)


@app.command(help_epilogue=_example("resume run.db --yes"))
def resume(
    journal: Annotated[str, Parameter(help="The run's journal.")],
    /,
    *,
    rate: Annotated[float | None, Parameter(help="Another rate than the run's, in requests a second.")] = None,
    concurrency: Annotated[int | None, Parameter(help="Another concurrency than the run's.")] = None,
    show: ShowOptions | None = None,
) -> int:
    """Goes on with a run that was cut short: nobody who was done, or in doubt, is sent to again."""
    from pinpoint_users.cli.send import run_resume  # noqa: PLC0415 - as above

    return run_resume(journal, show or ShowOptions(), rate=rate, concurrency=concurrency)


@app.command(help_epilogue=_example("report run.db --failed"))
def report(
    journal: Annotated[str, Parameter(help="The run's journal.")],
    /,
    *,
    failed: Annotated[bool, Parameter(help="Lists who did not get it everywhere.", negative=())] = False,
    json: AsJSON = False,
) -> int:
    """Tells what a journal knows of a run; nothing is sent."""
    from pinpoint_users.cli.report import run_report  # noqa: PLC0415 - as above

    return run_report(journal, failed=failed, as_json=json)


@app.command(help_epilogue=_example("check --message message.toml --users users.csv"))
def check(
    *,
    message: MessagePath,
    users: Annotated[str, Parameter(help="The users' file; - is standard input.", allow_leading_hyphen=True)],
    users_format: Format = None,
) -> int:
    """Tells all faults of a message and its users at once; no network is needed."""
    from pinpoint_users.cli.check import run_check  # noqa: PLC0415 - as above

    return run_check(_console(), message=message, users=users, format=users_format)


@app.command(help_epilogue=_example("preview --message message.toml --user u-1 --set name=Ann"))
def preview(
    *,
    message: MessagePath,
    users: UsersPath = None,
    user: Annotated[str | None, Parameter(help="The user; by default the first one of the file.")] = None,
    set: Settings = (),  # noqa: A002 - the option's name
    html: Annotated[str | None, Parameter(help="Writes a page instead.")] = None,
    users_format: Format = None,
) -> int:
    """Shows a message as a user will see it, channel by channel."""
    from pinpoint_users.cli.audience import variables_of  # noqa: PLC0415 - as above
    from pinpoint_users.cli.preview import run_preview  # noqa: PLC0415 - likewise

    return run_preview(
        _console(), message=message, users=users, user=user, values=variables_of(set), html=html, format=users_format
    )


@app.command(help_epilogue=_example("schema > message.schema.json"))
def schema() -> int:
    """Writes the JSON Schema of message files, by which editors complete and check them."""
    from pinpoint_users.cli.schema import run_schema  # noqa: PLC0415 - as above

    return run_schema(_console())


@app.command(help_epilogue=_example("doctor --application-id APP --region eu-west-1"))
def doctor(
    aws: AWSOptions | None = None,
    *,
    application_id: ApplicationID = None,
    directory: Annotated[str | None, Parameter(help="A file of SQLite, postgresql://…, or dynamodb://TABLE.")] = None,
    json: AsJSON = False,
) -> int:
    """Tries what a run needs: credentials, Region, application, permissions, SES, SMS; nothing is sent."""
    from pinpoint_users.cli.doctor import run_doctor  # noqa: PLC0415 - as above

    return run_doctor(aws or AWSOptions(), application_id=application_id, directory=directory, as_json=json)


@app.command(help_epilogue=_example("local --port 8200"))
def local(*, port: Annotated[int, Parameter(help="The port to listen at; 0 takes a free one.")] = 0) -> int:
    """Serves an embedded Pinpoint, SES, and SMS and voice over HTTP on this machine, until Ctrl-C."""
    from pinpoint_users.cli.local import run_local  # noqa: PLC0415 - as above

    return run_local(port=port)


@app.command(help_epilogue=_example("completion bash > pinpoint-users.bash"))
def completion(shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="Which shell.")], /) -> int:
    """Writes what a shell needs to complete commands and options."""
    from pinpoint_users.cli.terminal import say  # noqa: PLC0415 - as above

    say(app.generate_completion(prog_name=_NAME, shell=shell))
    return 0


@endpoints.command(name="import", help_epilogue=_example("endpoints import --directory users.db export.gz"))
def import_(
    file: Annotated[
        str,
        Parameter(
            help="What Pinpoint exported, or its import files: JSON Lines or CSV, plain or gzip; - is standard input.",
            allow_leading_hyphen=True,
        ),
    ],
    /,
    *,
    directory: Directory,
    quiet: Quiet = False,
) -> int:
    """Imports endpoints; a bad line costs itself only."""
    from pinpoint_users.cli.endpoints import run_import  # noqa: PLC0415 - as above

    return run_import(directory, file, quiet=quiet)


@endpoints.command(help_epilogue=_example("endpoints export --directory users.db export.gz"))
def export(
    file: Annotated[str, Parameter(help="The file to write; gzip if its name ends in .gz.")],
    /,
    *,
    directory: Directory,
    quiet: Quiet = False,
) -> int:
    """Writes all endpoints as Pinpoint exported them."""
    from pinpoint_users.cli.endpoints import run_export  # noqa: PLC0415 - as above

    return run_export(directory, file, quiet=quiet)


@endpoints.command(help_epilogue=_example("endpoints show --directory users.db u-1"))
def show(user: Annotated[str, Parameter(help="The user's ID.")], /, *, directory: Directory, json: AsJSON = False) -> int:
    """Shows a user's endpoints, addresses masked; --json has them whole."""
    from pinpoint_users.cli.endpoints import run_show  # noqa: PLC0415 - as above

    return run_show(directory, user, as_json=json)


@endpoints.command(name="check", help_epilogue=_example("endpoints check --directory users.db --users users.csv"))
def check_endpoints(*, directory: Directory, users: UsersPath = None, json: AsJSON = False) -> int:
    """Counts endpoints, and tells what can't be sent to; with --users, who has none."""
    from pinpoint_users.cli.endpoints import run_check  # noqa: PLC0415 - as above

    return run_check(directory, users=users, as_json=json)


def run(arguments: Sequence[str]) -> int:
    """Runs a command, and turns what ends it into lines and an exit code.

    Args:
        arguments: The command's arguments.

    Returns:
        The exit code.
    """
    warnings.showwarning = _show_warning
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _usage(error)
    except BrokenPipeError:  # who reads has seen enough
        sys.stdout = None
        return 0
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what is a fault of ours is raised again
        return _end(error)
    return code if isinstance(code, int) else 0


def _end(error: BaseException) -> int:
    from pinpoint_users.cli.exits import EXPECTED, code_of, lines_of  # noqa: PLC0415 - as above
    from pinpoint_users.cli.terminal import tell  # noqa: PLC0415 - likewise

    if not isinstance(error, EXPECTED):
        raise error
    tell(*lines_of(error))
    return int(code_of(error))


def _usage(error: CycloptsError) -> int:
    from pinpoint_users._files.terminal_text import visible  # noqa: PLC0415 - as above
    from pinpoint_users.cli.exits import ExitCode  # noqa: PLC0415 - likewise
    from pinpoint_users.cli.terminal import tell  # noqa: PLC0415 - likewise

    command = " ".join([_NAME, *(error.command_chain or ())])
    tell(visible(f"{_NAME}: {error}"), f"see {command} --help")
    return ExitCode.WRONG_INPUT


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    from pinpoint_users._files.terminal_text import visible  # noqa: PLC0415 - as above
    from pinpoint_users.cli.terminal import tell  # noqa: PLC0415 - likewise

    tell(f"warning: {visible(str(message))}")


def _console() -> Any:
    from rich.console import Console  # noqa: PLC0415 - as above

    return Console()
