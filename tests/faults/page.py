"""The table as Markdown, and the page that it stands on."""

from __future__ import annotations

from collections.abc import Mapping

from faults.rows import ROWS
from faults.tally import OnUnknown, Tally
from faults.ways import WAYS

from pinpoint_users import Outcome

_SHOWN = (Outcome.SUCCESSFUL, Outcome.UNKNOWN, Outcome.NOT_SENT)

_HEAD = """# Whatever fails

No message twice, no user forgotten, and no outcome that isn't true. This page shows it, fault by fault. It is written by

```sh
nox -s faults
```

which sends a message to so many users through boto3 and real HTTP, while something goes wrong: each fault by itself, in random
places of the run, and all of them at random, each on ten seeds. A table says how many users a run of it has, and so do the
rows that differ. Then what came out of the run is compared with what the *receiving* side got. It takes hours;
`nox -s faults -- --way WAY` writes the tables of one way.

Where Pinpoint looks users up, each has two endpoints, an SMS and a push endpoint, and the embedded Pinpoint
(`LocalPinpoint().serve()`) receives. Where a directory has them, each has three, and a stub of Pinpoint, SES, and SMS and voice
version 2 receives, which has nothing in common with the embedded services.

What goes wrong, and how often, is in `tests/faults/`; `rows.py` has the list. Behind a proxy or TLS, a relay on the way hands
whole requests to the receiving side, or doesn't. Rows about what lies within the client, from `deadline` on, send to a
receiver in the same process. The last row makes up whole lives: runs with a journal, one after another, each with a policy, an
end and mishaps by chance. A small version of the table is among the tests. One larger run, of 100,000 users and a process that
is killed 50 times, is `python tests/faults/kill_and_resume.py`, with `--way` and `--in-file` over a directory.

When a run fails, it is named by the command that makes it again: `nox -s faults -- --fault drip --seed 3`. The faults come in
the same places again; which request meets them depends on the threads.

"""

_AT_MOST_ONCE = """## At most once

By default (`RetryPolicy(on_unknown="report")`), nothing that may have been sent goes again.

- *duplicates*: endpoints that got the message twice.
- *lost*: users who didn't come out exactly once, and others who got something.
- *wrong outcomes*: users of whom a result says SUCCESSFUL where nothing was received, or not sent where something was; and runs
  that ended otherwise than they should: for no reason or another one, too late, after a request that came too late.

The other columns tell what the faults cost. UNKNOWN are the users of whom the sending side can't know. NOT_SENT are those who
certainly got nothing, most of them because the run had stopped. The others were throttled to the end, or got the message on
some of their endpoints only. Runs that were killed or stopped are counted, too; of a killed one nobody comes out.

"""

_AT_LEAST_ONCE = """
## At least once

With `RetryPolicy(on_unknown="resend")`, what may have been sent or not goes again, here up to 20 times. Only the faults that
leave something unknown are in this table; the others are as above.

- *duplicates*: endpoints that got the message twice though their user isn't among `report.maybe_duplicated`.
- *lost*: users who didn't come out exactly once, or who didn't get the message though the run sent to them to the end.
- *wrong outcomes*: as above.
- *maybe duplicated*: users of whom the report says that they may have got the message twice.

"""

_FOOT = """
## What can't be seen

A request names users, and the answer their endpoints. If an answer leaves out one endpoint of a user and not the others, no
client can know that there is one more. So where the faults above leave out an endpoint beside another, both got the message.

SES answers a bulk request by position, and a request for a single recipient is answered by a message ID: if an answer that
nobody asked for came at the very moment at which the next request goes out, it would be taken for that one's. So with a
directory, what nobody asked for comes with an answer above, and never between two.
"""


def page(users: int, tallies: Mapping[tuple[str, OnUnknown], Mapping[str, Tally]], before: str = "") -> str:
    """The whole page.

    Args:
        users: How many users the runs had, where a way or a row has no fewer.
        tallies: What was counted, by way and policy.
        before: The page as it was, whose tables of other ways stay.
    """
    parts = [_HEAD]
    policies: tuple[tuple[OnUnknown, str], ...] = (("report", _AT_MOST_ONCE), ("resend", _AT_LEAST_ONCE))
    for policy, text in policies:
        parts.append(text)
        for way in WAYS.values():
            heading, counted = f"### By {way.title}\n", tallies[way.name, policy]
            if counted:
                size = users if way.size is None else min(users, way.size)
                said = f"{size:,} users a run, and no more than a row says:\n\n{table(counted, resends=policy == 'resend')}\n"
                parts.append(f"{heading}\n{said}")
            else:
                parts.append(_kept(before, text.lstrip().partition("\n")[0], heading))
    return "".join(parts).rstrip() + "\n" + _FOOT


def _kept(before: str, policy: str, heading: str) -> str:
    """The tables of a way and a policy, as they were."""
    _, _, of_policy = before.partition(f"{policy}\n")
    _, found, of_way = of_policy.partition("\n## ")[0].partition(heading)
    return f"{heading}{of_way.partition('### ')[0].rstrip()}\n\n" if found else ""


def table(tallies: Mapping[str, Tally], *, resends: bool = False) -> str:
    """The rows that there are, in their order.

    Args:
        tallies: What was counted, by the row's name.
        resends: Whether to show who may have got it twice.
    """
    names = ["fault", "runs", "users", "duplicates", "lost", "wrong outcomes", *_SHOWN, "others"]
    names += ["maybe duplicated"] if resends else []
    lines = ["| " + " | ".join(map(str, names)) + " |", "| --- |" + " ---: |" * (len(names) - 1)]
    for row in ROWS:
        if row.name in tallies:
            tally = tallies[row.name]
            shown = [tally.outcomes[outcome] for outcome in _SHOWN]
            others = sum(tally.outcomes.values()) - sum(shown)
            numbers = [tally.runs, tally.users, tally.duplicates, tally.lost, tally.wrong, *shown, others]
            numbers += [tally.maybe_duplicated] if resends else []
            lines.append(f"| {row.fault} | " + " | ".join(f"{number:,}" for number in numbers) + " |")
    return "\n".join(lines) + "\n"
