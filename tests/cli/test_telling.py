"""What `send` tells while it sends: how far it is, what the service throttles and asks for, and which channel is whose."""

from __future__ import annotations

import logging
import sys

import pytest

from pinpoint_users import EndpointMessageResult
from pinpoint_users.cli.progress import progress_of
from pinpoint_users.cli.tally import Tally
from pinpoint_users.cli.watch import Watch
from pinpoint_users.enums import ChannelType, Outcome
from pinpoint_users.user_result import UserResult

ASKS = "the service asks to wait"


class TestChannels:
    @pytest.mark.parametrize(
        ("channels", "address", "endpoint_id", "shown"),
        [
            (["SMS"], None, "e-1", "SMS"),
            (["SMS", "EMAIL"], "+12065550100", "e-1", "SMS"),
            (["SMS", "EMAIL"], "ann@example.com", "e-1", "EMAIL"),
            (["SMS", "PUSH"], "ann@example.com", "e-1", "PUSH"),
            (["SMS", "PUSH"], None, "e-1", "(earlier run)"),
            (["SMS", "PUSH"], None, "", "(no endpoint)"),
            (["SMS", "VOICE"], "+12065550100", "e-1", "SMS or VOICE"),
        ],
    )
    def test_are_told_by_the_address(self, channels, address, endpoint_id, shown):
        endpoint = EndpointMessageResult(delivery_status="SUCCESSFUL", status_code=200, address=address)
        tally = Tally({*channels})
        tally.add(UserResult(user_id="u-1", outcome=Outcome.SUCCESSFUL, endpoints={endpoint_id: endpoint}))
        assert tally.to_dict()["channels"] == {shown: {"SUCCESSFUL": 1}}

    @pytest.mark.parametrize(
        ("channels", "known", "shown"),
        [
            (["SMS", "EMAIL"], {"e-1": ChannelType.SMS}, "SMS"),
            (["SMS", "EMAIL"], {"e-1": ChannelType.EMAIL}, "EMAIL"),
            (["SMS", "PUSH"], {"e-1": ChannelType.GCM}, "PUSH"),
            (["SMS", "EMAIL"], {}, "EMAIL or SMS"),
            (["SMS", "EMAIL"], None, "EMAIL or SMS"),
            (["SMS", "PUSH"], None, "PUSH"),
        ],
    )
    def test_of_an_address_that_is_none_are_told_by_the_directory(self, channels, known, shown):
        endpoint = EndpointMessageResult(delivery_status="PERMANENT_FAILURE", status_code=400, address="(206) 555")
        tally = Tally({*channels}, None if known is None else {"u-1": known}.get)
        tally.add(UserResult(user_id="u-1", outcome=Outcome.FAILED, endpoints={"e-1": endpoint}))
        assert tally.to_dict()["channels"] == {shown: {"PERMANENT_FAILURE": 1}}

    def test_of_an_embedded_service_are_shown_with_what_arrived(self, command, folder):
        rows = "".join(f"u-{number},{'x' * 150}\n" for number in range(30))
        (folder / "users.csv").write_text("user_id,name\n" + rows, encoding="utf-8")
        done = command("send", "--local", "--message", "message.toml", "--users", "users.csv")
        assert "arrived at the embedded service: 30 SMS\n" in done.out
        assert "x…\n" in done.out
        assert "  … and 10 more\n" in done.out


class TestProgress:
    @pytest.fixture
    def clock(self):
        class Clock:
            now = 100.0

            def __call__(self):
                return self.now

        return Clock()

    def test_is_plain_lines_every_few_seconds_where_no_terminal_is(self, clock, capsys):
        tally = Tally({"SMS"})
        with progress_of(tally, 4, quiet=False, clock=clock) as progress:
            progress.update()
            tally.add(UserResult(user_id="u-1", outcome=Outcome.SUCCESSFUL))
            clock.now += 5.0
            progress.update()
            progress.update()
            tally.add(UserResult(user_id="u-2", outcome=Outcome.THROTTLED, attempts=3))
            progress.note("the service asks to wait")
            clock.now += 5.0
        tally.add_not_sent(2)
        progress.stop()
        assert capsys.readouterr().err.splitlines() == [
            "1 of 4 users, 0 a second, 0 throttled, 0 failed, 15 s left",
            "the service asks to wait",
            "2 of 4 users, 0 a second, 0 throttled, 1 failed, 10 s left",
            "2 of 4 users, 0 a second, 0 throttled, 1 failed, 2 not sent",
        ]

    def test_throttled_is_what_the_service_throttled(self, sends, aws):
        aws.fail_next(403)
        assert " 0 throttled, 0 failed, 3 not sent" in sends("--yes", "--journal", "a.db").err
        aws.fail_next(429)
        assert " 1 throttled, 0 failed\n" in sends("--yes", "--journal", "b.db").err

    @pytest.mark.parametrize(
        ("records", "throttled", "told"),
        [
            (
                [{"retry_after": 90.0}, {"retry_after": 90.0}],
                2,
                [f"{ASKS} 1 min 30 s (HTTP 429): sending goes on in 1 min 30 s"],
            ),
            ([{"retry_after": 3600.0}], 1, [f"{ASKS} 1 h 0 min (HTTP 429): sending goes on in 5 min 0 s"]),
            ([{"retry_after": 1.0}, {"retry_after": None}], 2, []),
            ([{"retry_after": 90.0, "attempt": 5}], 1, []),  # it doesn't go again
            ([{"retry_after": 90.0, "error": "ServiceError", "sent": "PERHAPS_SENT"}], 0, []),
            ([{"error": "ConnectionFailedError"}], 0, []),
            ([{"event": "request_answered", "throttled": 3}, {"event": "request_answered", "throttled": 0}], 1, []),
            ([{"event": "run_ended"}], 0, []),
        ],
    )
    def test_what_the_log_says_of_throttling_is_told(self, clock, capsys, records, throttled, told):
        usual = {"event": "request_failed", "error": "ThrottledError", "sent": "NOT_SENT", "attempt": 1, "status_code": 429}
        tally = Tally({"SMS"})
        logger = logging.getLogger("pinpoint_users")
        with Watch(tally, progress_of(tally, 4, quiet=False, clock=clock), clock):
            for record in records:
                logger.warning("something happened", extra=usual | record)
        logger.warning("something happened", extra=usual)
        assert tally.throttled == throttled
        assert capsys.readouterr().err.splitlines() == told

    def test_is_a_bar_at_a_terminal(self, clock, monkeypatch):
        import io

        class Screen(io.StringIO):
            encoding = "utf-8"

            def isatty(self):
                return True

        monkeypatch.setattr(sys, "stderr", Screen())
        monkeypatch.setenv("TERM", "xterm")
        tally = Tally({"SMS"})
        with progress_of(tally, 4, quiet=False, clock=clock) as progress:
            progress.update()
            progress.update()
            tally.add(UserResult(user_id="u-1", outcome=Outcome.SUCCESSFUL))
            clock.now += 1.0
            progress.update()
            progress.note("the service asks to wait [90 s]")
        assert "the service asks to wait [90 s]\n" in sys.stderr.getvalue()
        assert "1/4 users 1/s throttled 0 failed 0" in sys.stderr.getvalue()
