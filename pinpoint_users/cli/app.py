"""The commands, with their options, help and examples, and how each ends."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from cyclopts import App, CycloptsError, Parameter

from pinpoint_users.cli.options import (
    ApplicationID,
    AsJSON,
    AWSOptions,
    File,
    Quiet,
    SendOptions,
    ShowOptions,
    UserFormat,
)

_NAME = "pinpoint-users"
_JSON = "--json"
MessagePath = Annotated[File, Parameter(help="The message's file: TOML, YAML or JSON; - is standard input.")]
UsersPath = Annotated[File | None, Parameter(help="The users' file; - is standard input.")]
Format = Annotated[UserFormat | None, Parameter(help="The format of the users' file; by default by its content.")]
Settings = Annotated[tuple[str, ...], Parameter(help="NAME=VALUE: a variable; more than once for more.", negative=())]
Directory = Annotated[File, Parameter(help="A file of SQLite, postgresql://…, or dynamodb://TABLE.")]


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


def _usage(words: str) -> str:
    return f"Usage: {_NAME} {words}"  # cyclopts would look at all options to write it


def _example(*lines: str) -> str:
    return f"Example:\n  {_NAME} " + " \\\n    ".join(lines)  # of 80 columns, as help breaks longer lines anywhere


app: App = _app(
    _NAME,
    "One message to any number of users, and an outcome for each.",
    usage=_usage("COMMAND"),
    help_epilogue=_example("send --local --message message.toml --users users.csv"),
)
endpoints: App = _app(
    "endpoints",
    "The directory of users' endpoints.",
    usage=_usage("endpoints COMMAND"),
    help_epilogue=_example("endpoints check --directory users.db"),
)
app.command(endpoints)


@app.command(
    usage=_usage("send --message FILE (--users FILE | --user ID ...) [OPTIONS]"),
    help_epilogue=_example(
        "send --application-id APP --message message.toml", "--users users.csv --directory users.db --dry-run"
    ),
)
def send(
    options: SendOptions,
    show: ShowOptions | None = None,
    *,
    dry_run: Annotated[bool, Parameter(help="Shows what would go to whom, and sends nothing.", negative=())] = False,
) -> int:
    """Sends a message to users, each once, and tells what became of it for each.

    Exit codes: 0 all successful, 1 some not, 2 wrong usage or input and nothing
    sent, 3 stopped by credentials or configuration, 130 interrupted.
    """
    from pinpoint_users.cli.send import run_send  # noqa: PLC0415 - --help is to be quick

    return run_send(options, show or ShowOptions(), dry_run=dry_run)


@app.command(usage=_usage("resume JOURNAL [OPTIONS]"), help_epilogue=_example("resume run.db --yes"))
def resume(
    journal: Annotated[File, Parameter(help="The run's journal.")],
    /,
    *,
    rate: Annotated[float | None, Parameter(help="Another rate than the run's, in requests a second.")] = None,
    concurrency: Annotated[int | None, Parameter(help="Another concurrency than the run's.")] = None,
    directory: Annotated[
        File | None, Parameter(help="The run's directory again: for PostgreSQL's password, which isn't kept.")
    ] = None,
    show: ShowOptions | None = None,
) -> int:
    """Goes on with a run that was cut short: nobody who was done, or in doubt, is sent to again."""
    from pinpoint_users.cli.send import run_resume  # noqa: PLC0415 - as above

    return run_resume(journal, show or ShowOptions(), rate=rate, concurrency=concurrency, directory=directory)


@app.command(usage=_usage("report JOURNAL [OPTIONS]"), help_epilogue=_example("report run.db --failed"))
def report(
    journal: Annotated[File, Parameter(help="The run's journal.")],
    /,
    *,
    failed: Annotated[bool, Parameter(help="Lists who did not get it everywhere.", negative=())] = False,
    json: AsJSON = False,
) -> int:
    """Tells what a journal knows of a run; nothing is sent."""
    from pinpoint_users.cli.report import run_report  # noqa: PLC0415 - as above

    return run_report(journal, failed=failed, as_json=json)


@app.command(
    usage=_usage("check --message FILE --users FILE [OPTIONS]"),
    help_epilogue=_example("check --message message.toml --users users.csv"),
)
def check(
    *,
    message: MessagePath,
    users: Annotated[File, Parameter(help="The users' file; - is standard input.")],
    users_format: Format = None,
) -> int:
    """Tells all faults of a message and its users at once; no network is needed."""
    from pinpoint_users.cli.check import run_check  # noqa: PLC0415 - as above

    return run_check(_console(), message=message, users=users, format=users_format)


@app.command(
    usage=_usage("preview --message FILE [OPTIONS]"),
    help_epilogue=_example("preview --message message.toml --user u-1 --set name=Ann"),
)
def preview(
    *,
    message: MessagePath,
    users: UsersPath = None,
    user: Annotated[str | None, Parameter(help="The user; by default the first one of the file.")] = None,
    set: Settings = (),  # noqa: A002 - the option's name
    directory: Annotated[
        File | None, Parameter(help="Fills it from the user's endpoints there: SQLite, postgresql://…, dynamodb://TABLE.")
    ] = None,
    html: Annotated[File | None, Parameter(help="Writes a page instead; - is standard output.")] = None,
    users_format: Format = None,
) -> int:
    """Shows a message as a user will see it, channel by channel."""
    from pinpoint_users.cli.audience import variables_of  # noqa: PLC0415 - as above
    from pinpoint_users.cli.preview import run_preview  # noqa: PLC0415 - likewise

    return run_preview(
        _console(),
        message=message,
        users=users,
        user=user,
        values=variables_of(set),
        directory=directory,
        html=html,
        format=users_format,
    )


@app.command(usage=_usage("schema"), help_epilogue=_example("schema > message.schema.json"))
def schema() -> int:
    """Writes the JSON Schema of message files, by which editors complete them."""
    from pinpoint_users.cli.schema import run_schema  # noqa: PLC0415 - as above

    return run_schema(_console())


@app.command(usage=_usage("doctor [OPTIONS]"), help_epilogue=_example("doctor --application-id APP --region eu-west-1"))
def doctor(
    aws: AWSOptions | None = None,
    *,
    application_id: ApplicationID = None,
    directory: Annotated[File | None, Parameter(help="A file of SQLite, postgresql://…, or dynamodb://TABLE.")] = None,
    json: AsJSON = False,
) -> int:
    """Tries what a run needs: credentials, Region, application, permissions, SES, SMS; nothing is sent."""
    from pinpoint_users.cli.doctor import run_doctor  # noqa: PLC0415 - as above

    return run_doctor(aws or AWSOptions(), application_id=application_id, directory=directory, as_json=json)


@app.command(usage=_usage("local [OPTIONS]"), help_epilogue=_example("local --port 8080 --data pinpoint.db"))
def local(
    *,
    port: Annotated[int, Parameter(help="The port to listen at; by default a free one.")] = 0,
    data: Annotated[
        File | None, Parameter(help="The SQLite file that everything is kept in, made if absent; by default memory.")
    ] = None,
    host: Annotated[
        str | None,
        Parameter(
            help="The host to listen at; one that others than this machine can reach lets them read every message and send "
            "others, and needs --allow-host."
        ),
    ] = None,
    allow_host: Annotated[
        tuple[str, ...],
        Parameter(
            help="A name that clients may call it by, beside those of loopback; a request that names another is turned away, "
            "as a web page can make its own name point here (DNS rebinding). Repeat it for more.",
            negative=(),
        ),
    ] = (),
    secret_access_key: Annotated[
        str | None,
        Parameter(help="A made-up secret that every request must be signed with; by default signatures aren't checked."),
    ] = None,
) -> int:
    """Serves an embedded Pinpoint, SES, and SMS and voice over HTTP, until Ctrl-C."""
    from pinpoint_users.cli.local import run_local  # noqa: PLC0415 - as above

    return run_local(port=port, data=data, host=host, allowed_hosts=allow_host, secret_access_key=secret_access_key)


@app.command(usage=_usage("completion SHELL"), help_epilogue=_example("completion bash > pinpoint-users.bash"))
def completion(shell: Annotated[Literal["bash", "zsh", "fish"], Parameter(help="Which shell.")], /) -> int:
    """Writes what a shell needs to complete commands, options and files.

    bash reads it from ~/.local/share/bash-completion/completions/pinpoint-users,
    zsh from a file _cyclopts_pinpoint-users in a folder of its fpath,
    fish from ~/.config/fish/completions/pinpoint-users.fish.
    """
    from pinpoint_users.cli.terminal import say  # noqa: PLC0415 - as above

    say(app.generate_completion(prog_name=_NAME, shell=shell))
    return 0


@endpoints.command(
    name="import",
    usage=_usage("endpoints import --directory DIRECTORY FILE [OPTIONS]"),
    help_epilogue=_example("endpoints import --directory users.db export.gz"),
)
def import_(
    file: Annotated[
        File,
        Parameter(
            help="What Pinpoint exported, or its import files: JSON Lines or CSV, plain or gzip; - is standard input.",
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


@endpoints.command(
    usage=_usage("endpoints export --directory DIRECTORY FILE [OPTIONS]"),
    help_epilogue=_example("endpoints export --directory users.db export.gz"),
)
def export(
    file: Annotated[File, Parameter(help="The file to write; gzip if its name ends in .gz.")],
    /,
    *,
    directory: Directory,
    quiet: Quiet = False,
) -> int:
    """Writes all endpoints as Pinpoint exported them."""
    from pinpoint_users.cli.endpoints import run_export  # noqa: PLC0415 - as above

    return run_export(directory, file, quiet=quiet)


@endpoints.command(
    usage=_usage("endpoints show --directory DIRECTORY USER [OPTIONS]"),
    help_epilogue=_example("endpoints show --directory users.db u-1"),
)
def show(user: Annotated[str, Parameter(help="The user's ID.")], /, *, directory: Directory, json: AsJSON = False) -> int:
    """Shows a user's endpoints, addresses masked; --json has them whole."""
    from pinpoint_users.cli.endpoints import run_show  # noqa: PLC0415 - as above

    return run_show(directory, user, as_json=json)


@endpoints.command(
    name="check",
    usage=_usage("endpoints check --directory DIRECTORY [OPTIONS]"),
    help_epilogue=_example("endpoints check --directory users.db --users users.csv"),
)
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
    if os.environ.get("COLUMNS") == "0":  # it is nobody's width, and rich would show nothing
        del os.environ["COLUMNS"]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal's encoding lacks is shown, and ends nothing
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            if _is_for_help(arguments):
                app.help_print(arguments[:-1], console=_console())
                return 0
            gc.enable()
            code = app(arguments, console=_console(), exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _refuse(error, as_json=_JSON in arguments)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what is a fault of ours is raised again
        return _end(error, as_json=_JSON in arguments)
    return code or 0  # what shows help has none


def _is_for_help(arguments: Sequence[str]) -> bool:
    """Whether it is a command's name and `--help`: cyclopts would look at all options first, which takes as long again."""
    return [*arguments[-1:]] in (["--help"], ["-h"]) and not app.parse_commands(arguments[:-1])[2]


def _end(error: BaseException, *, as_json: bool) -> int:
    from pinpoint_users.cli.exits import EXPECTED, ExitCode, code_of, lines_of  # noqa: PLC0415 - as above

    if not isinstance(error, EXPECTED):
        raise error
    if isinstance(error, BrokenPipeError):  # who reads has seen enough
        sys.stdout = None  # what its buffer has would fail again at the process's end
        return ExitCode.CLOSED_PIPE
    return _tell_errors(lines_of(error), int(code_of(error)), as_json=as_json)


def _refuse(error: CycloptsError, *, as_json: bool) -> int:
    from pinpoint_users._files.terminal_text import visible  # noqa: PLC0415 - as above
    from pinpoint_users.cli.exits import ExitCode  # noqa: PLC0415 - likewise

    command = " ".join([_NAME, *(error.command_chain or ())])
    lines = [visible(f"{_NAME}: {error}"), f"see {command} --help"]
    return _tell_errors(lines, ExitCode.WRONG_INPUT, as_json=as_json)


def _tell_errors(lines: Sequence[str], code: int, *, as_json: bool) -> int:
    """Tells people and, where it was asked for, machines."""
    from pinpoint_users.cli.terminal import say_json, tell  # noqa: PLC0415 - as above

    tell(*lines)
    if as_json:
        with contextlib.suppress(OSError):  # `tell` has told
            say_json({"errors": list(lines), "exit_code": int(code)})
    return code


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    from pinpoint_users._files.terminal_text import visible  # noqa: PLC0415 - as above
    from pinpoint_users.cli.terminal import tell  # noqa: PLC0415 - likewise

    tell(f"warning: {visible(str(message))}")


def _console() -> Any:
    from rich.console import Console  # noqa: PLC0415 - as above

    class _Console(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - called where it is handled; rich would end the process, with exit code 1

    return _Console()
