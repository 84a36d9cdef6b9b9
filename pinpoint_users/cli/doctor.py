"""`doctor`: what of a set-up works, found out by asking; nothing is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from pinpoint_users._files.terminal_text import visible
from pinpoint_users.cli.account import CANT_BE_READ, Account, said, status_of, unreadable_errors
from pinpoint_users.cli.connection import open_directory
from pinpoint_users.cli.exits import CommandError, ExitCode
from pinpoint_users.cli.options import AWSOptions
from pinpoint_users.cli.terminal import say, say_json
from pinpoint_users.errors import ConfigurationError, PinpointUsersError
from pinpoint_users.journal import without_secrets

_ACTIONS = (
    "mobiletargeting:SendMessages",
    "mobiletargeting:SendUsersMessages",
    "ses:SendEmail",
    "ses:SendBulkEmail",
    "ses:SendBulkTemplatedEmail",
    "sms-voice:SendTextMessage",
    "sms-voice:SendVoiceMessage",
)
_ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d+):assumed-role/([^/]+)/.*")
_REMEDIES = {501: "an embedded service that hasn't got this: AWS has"}
_OK, _FAILED, _UNKNOWN = "ok", "failed", "unknown"


@attrs.frozen
class Finding:
    """One thing that was tried."""

    name: str
    state: str
    """`ok`, `failed`, or `unknown` where it could not be asked."""
    said: str
    """What came of it."""
    remedy: str = ""
    """What to do, unless it is well."""

    def __str__(self) -> str:
        mark = {_OK: "ok    ", _FAILED: "FAILED", _UNKNOWN: "?     "}[self.state]
        return visible(f"{mark}  {self.name}: {self.said}" + (f"; {self.remedy}" if self.remedy else ""))


def run_doctor(
    options: AWSOptions, *, application_id: str | None = None, directory: str | None = None, as_json: bool = False
) -> int:
    """Looks at credentials, Region, application, permissions, e-mail, SMS and the directory.

    Args:
        options: Which account.
        application_id: The application; without it, that isn't looked at.
        directory: The directory; without it, that isn't looked at.
        as_json: Whether JSON is written.

    Returns:
        The exit code: 3 if something doesn't work.
    """
    findings = []
    for finding in _Doctor(options).findings(application_id, directory):
        findings.append(finding)
        if not as_json:
            say(str(finding))
    if as_json:
        say_json({"findings": [attrs.asdict(finding) for finding in findings]})
    return ExitCode.STOPPED if any(finding.state == _FAILED for finding in findings) else ExitCode.SUCCESSFUL


class _Doctor:
    def __init__(self, options: AWSOptions) -> None:
        self._options = options
        self._account: Account | None = None
        self._arn: str | None = None

    def findings(self, application_id: str | None, directory: str | None) -> Iterator[Finding]:
        """Tries one thing after the other; without an account those after it aren't tried."""
        yield from self._credentials()
        if self._account is not None:
            if application_id is None:
                yield Finding("application", _UNKNOWN, "none was named", "give --application-id")
            else:
                yield self._application(self._account, application_id)
            yield from self._permissions(self._account)
            yield self._email(self._account)
            yield self._texts(self._account)
        if directory is not None:
            yield _directory(directory)

    def _credentials(self) -> Iterator[Finding]:
        try:
            account = Account(self._options)
            yield (
                Finding("Region", _OK, account.region)
                if account.region
                else Finding("Region", _FAILED, "none is set", "give --region, or set AWS_DEFAULT_REGION")
            )
            if not account.region:
                return
            identity = account.identity()
        except ConfigurationError as error:
            yield Finding("credentials", _FAILED, str(error))
            return
        self._account, self._arn = account, identity.arn
        who = f"account {identity.account}" + (f", {identity.arn}" if identity.arn else "")
        yield Finding("credentials", _OK if identity.arn is not None else _UNKNOWN, who)

    def _application(self, account: Account, application_id: str) -> Finding:
        def ask(client: Any) -> str:
            name = client.get_app(ApplicationId=application_id)["ApplicationResponse"]["Name"]
            return f"{application_id} is {name!r}"

        remedies = {
            404: "look at `aws pinpoint get-apps` in this account and Region",
            403: "allow mobiletargeting:GetApp, or go on without this check",
        }
        return _asked("application", account, "pinpoint", ask, remedies)

    def _permissions(self, account: Account) -> Iterator[Finding]:
        if self._arn is None:
            yield Finding("permissions", _UNKNOWN, "not asked, as it isn't known who sends")
            return
        assumed = _ASSUMED.fullmatch(self._arn)
        source = f"arn:{assumed[1]}:iam::{assumed[2]}:role/{assumed[3]}" if assumed else self._arn
        denied: list[str] = []

        def ask(client: Any) -> str:
            answer = client.simulate_principal_policy(PolicySourceArn=source, ActionNames=[*_ACTIONS])
            results = {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}
            denied.extend(action for action, decision in results.items() if decision != "allowed")
            return f"allowed: {', '.join(action for action in results if action not in denied) or 'none'}"

        finding = _asked("permissions", account, "iam", ask, {403: "allow iam:SimulatePrincipalPolicy to see them here"})
        yield finding
        if denied:
            remedy = "allow those of the channels that you send by"
            yield Finding("permissions", _FAILED, f"not allowed: {', '.join(denied)}", remedy)

    def _email(self, account: Account) -> Finding:
        state = [""]

        def ask(client: Any) -> str:
            answer = client.get_account()
            quota = answer["SendQuota"]
            a_day = quota["Max24HourSend"]  # -1 where there is no limit
            rate = f"{quota['MaxSendRate']:,.0f} a second, {'any number' if a_day < 0 else f'{a_day:,.0f}'} a day"
            if answer.get("SendingEnabled") is False:
                state[0] = "sending is paused: look at the SES console's account dashboard"
            elif answer.get("ProductionAccessEnabled") is False:
                state[0] = "the account is in the sandbox, so only verified addresses get e-mail: ask for production access"
            return rate

        finding = _asked("e-mail (SES)", account, "sesv2", ask, {403: "allow ses:GetAccount, or go on without this check"})
        return finding if not state[0] else attrs.evolve(finding, state=_FAILED, remedy=state[0])

    def _texts(self, account: Account) -> Finding:
        state = [""]

        def ask(client: Any) -> str:
            attributes = client.describe_account_attributes()["AccountAttributes"]
            found = {each["Name"]: each["Value"] for each in attributes}
            tier = found.get("ACCOUNT_TIER", "unknown")
            if tier == "SANDBOX":
                state[0] = "only verified numbers get messages: ask for production access"
            return f"account tier {tier}"

        remedies = {403: "allow sms-voice:DescribeAccountAttributes, or go on without this check"}
        finding = _asked("SMS and voice", account, "pinpoint-sms-voice-v2", ask, remedies)
        return finding if not state[0] else attrs.evolve(finding, state=_FAILED, remedy=state[0])


def _asked(name: str, account: Account, service: str, ask: Callable[[Any], str], remedies: dict[int, str]) -> Finding:
    """What came of a question to a service. That it may not be asked says nothing of what may be sent."""
    import botocore.exceptions  # noqa: PLC0415 - a tenth of a second, which --help doesn't need

    try:
        client = account.client(service)
    except ConfigurationError as error:
        return Finding(name, _FAILED, str(error))
    try:
        return Finding(name, _OK, ask(client))
    except botocore.exceptions.ClientError as error:
        status = status_of(error)
        state = _FAILED if status == 404 else _UNKNOWN
        return Finding(name, state, said(error), {**_REMEDIES, **remedies}.get(status or 0, "ask again later"))
    except botocore.exceptions.BotoCoreError as error:
        return Finding(name, _FAILED, str(error), "check the network, and --endpoint-url if it is given")
    except unreadable_errors():
        return Finding(name, _FAILED, CANT_BE_READ, "see that --endpoint-url, or a proxy, leads to it")
    finally:
        client.close()


def _directory(url: str) -> Finding:
    try:
        with open_directory(url) as store:
            first = next(store.endpoints(), None)
    except (CommandError, PinpointUsersError, ImportError, OSError) as error:
        return Finding("directory", _FAILED, str(error))
    url = without_secrets(url)
    if first is None:
        return Finding("directory", _FAILED, f"{url} is empty", f"`pinpoint-users endpoints import --directory {url} FILE`")
    return Finding("directory", _OK, f"{url} can be read")
