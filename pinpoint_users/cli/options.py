"""The options of the commands, each with its help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import attrs
from cyclopts import Group, Parameter


def _as_written(_type: Any, tokens: Sequence[Any]) -> str:
    text = str(tokens[0].value)
    if text.startswith("-") and text != "-":
        raise ValueError(f"a file is to come here; of one that is called so, write ./{text}")
    return text


if TYPE_CHECKING:
    File: TypeAlias = str
else:

    @Parameter(converter=_as_written, allow_leading_hyphen=True)
    class File(Path):
        """What shells complete to a file, as cyclopts has them do for paths alone; a text, which may be - or an address too."""


UserFormat = Literal["csv", "jsonl", "parquet"]

_AWS = Group.create_ordered("AWS")
_WHAT = Group.create_ordered("What goes to whom")
_HOW = Group.create_ordered("How it is sent")
_SHOWN = Group.create_ordered("What is shown")

ApplicationID = Annotated[str | None, Parameter(help="The Pinpoint application (project) to send from.", group=_WHAT)]
DirectoryURL = Annotated[
    File | None,
    Parameter(
        help="Where endpoints are: a file of SQLite, postgresql://…, or dynamodb://TABLE; by default in Pinpoint.",
        group=_WHAT,
    ),
]
Quiet = Annotated[bool, Parameter(help="No progress and no summary; only faults.", negative=(), group=_SHOWN)]
Yes = Annotated[bool, Parameter(help="Sends without asking, as scripts need it.", negative=(), group=_SHOWN)]
AsJSON = Annotated[bool, Parameter(name="--json", help="One JSON object on standard output.", negative=(), group=_SHOWN)]
ReportPath = Annotated[File | None, Parameter(help="A line a user, into a file that ends in .jsonl or .csv.", group=_SHOWN)]


Region = Annotated[str | None, Parameter(help="The AWS Region; by default as boto3 finds it.", group=_AWS)]
Profile = Annotated[str | None, Parameter(help="The AWS profile; by default as boto3 finds it.", group=_AWS)]
EndpointURL = Annotated[str | None, Parameter(help="Another address of the services, such as an embedded one's.", group=_AWS)]
MessageFile = Annotated[File, Parameter(help="The message's file: TOML, YAML or JSON.", group=_WHAT)]
UsersFile = Annotated[
    File | None,
    Parameter(help="The users' file: CSV, JSON Lines, Parquet; - is standard input.", group=_WHAT),
]
UsersFormat = Annotated[
    UserFormat | None, Parameter(help="The format of the users' file; by default by its content.", group=_WHAT)
]
UserIDs = Annotated[tuple[str, ...], Parameter(help="A user, instead of a file; repeat it for more.", group=_WHAT, negative=())]
Values = Annotated[
    tuple[str, ...], Parameter(help="NAME=VALUE: a variable of each --user; repeat it for more.", group=_WHAT, negative=())
]
Templates = Annotated[
    File | None,
    Parameter(
        help="A folder of the templates that the message names, a file each: NAME.KIND.json, such as welcome.email.json, or "
        "NAME@VERSION.KIND.json.",
        group=_WHAT,
    ),
]
ChannelWords = Annotated[
    str | None, Parameter(help="The channels that it goes to, such as sms,email; by default all.", group=_WHAT)
]
FirstOf = Annotated[
    str | None,
    Parameter(help="The first of these channels that reaches a user, such as push,sms; with --directory.", group=_WHAT),
]
SkipBadLines = Annotated[
    bool, Parameter(help="Leaves out users whose line is wrong; the report has them.", negative=(), group=_WHAT)
]
JournalFile = Annotated[
    File | None,
    Parameter(help="The file that remembers who got it; by default one is made, and deleted if all got it.", group=_HOW),
]
Rate = Annotated[
    float | None,
    Parameter(help="The most requests a second, of 100 users each; by default what the service takes.", group=_HOW),
]
Concurrency = Annotated[int, Parameter(help="Requests that are out at a time.", group=_HOW)]
FromEmailAddress = Annotated[
    str | None, Parameter(help="The sender of e-mail by SES, where the message has none; with --directory.", group=_HOW)
]
ConfigurationSet = Annotated[
    str | None, Parameter(help="The configuration set of e-mail by SES; with --directory.", group=_HOW)
]
OriginationIdentity = Annotated[
    str | None,
    Parameter(help="The number, sender or pool of SMS and calls by SMS and voice v2; with --directory.", group=_HOW),
]
Local = Annotated[bool, Parameter(help="Sends to an embedded service, and shows what arrived.", negative=(), group=_HOW)]


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class AWSOptions:
    """Which account, and where its services are."""

    region: Region = None
    profile: Profile = None
    endpoint_url: EndpointURL = None


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class SendOptions:
    """What is sent to whom, and how; all that `resume` has to know."""

    application_id: ApplicationID = None
    message: MessageFile
    users: UsersFile = None
    users_format: UsersFormat = None
    user: UserIDs = ()
    set: Values = ()
    directory: DirectoryURL = None
    templates: Templates = None
    channels: ChannelWords = None
    first_of: FirstOf = None
    skip_bad_lines: SkipBadLines = False
    journal: JournalFile = None
    rate: Rate = None
    concurrency: Concurrency = 8
    from_email_address: FromEmailAddress = None
    configuration_set: ConfigurationSet = None
    origination_identity: OriginationIdentity = None
    local: Local = False
    region: Region = None
    profile: Profile = None
    endpoint_url: EndpointURL = None

    @property
    def takes_one(self) -> bool:
        """Whether each user is to get the message by one channel of several."""
        return len([word for word in (self.first_of or "").split(",") if word.strip()]) > 1


@Parameter(name="*")
@attrs.frozen(kw_only=True)
class ShowOptions:
    """What is shown, and whether is asked."""

    report: ReportPath = None
    yes: Yes = False
    quiet: Quiet = False
    json: AsJSON = False
