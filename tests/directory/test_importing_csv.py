"""Import of Pinpoint's CSV and of a live application; what is wrong is told, and nothing else is lost."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError
from importing import outcome
from stores import by_id

from pinpoint_users.directory import MemoryDirectory
from pinpoint_users.local import LocalPinpoint

# --- CSV


def imported_csv(written, text):
    directory = MemoryDirectory()
    report = directory.import_file(written(text, "users.csv"))
    return {key: stored.to_dict() for key, stored in by_id(directory).items()}, outcome(report)


def test_a_csv_is_imported(written):
    text = (
        "\ufeffChannelType,address,Id,User.UserId,Attributes.plan,Attributes.plan,User.UserAttributes.Name,Metrics.visits,"
        "Demographic.Make,Location.Latitude,OptOut,EndpointStatus,EffectiveDate,attributes.X.y\r\n"
        'Email,ann@example.com,e-1,u-1,pro,"a ""b"", c","Ann\r\nB",3,apple,47.5,none,Inactive,2025-01-01T00:00:00.000Z,z\r\n'
        "\r\n"
        "sms,(202) 555-0191,e-2,u-2,,pro\r\n"
        "\r\n"
    )
    assert imported_csv(written, text) == (
        {
            "e-1": {
                "ChannelType": "EMAIL",
                "Address": "ann@example.com",
                "Id": "e-1",
                "User": {"UserId": "u-1", "UserAttributes": {"Name": ["Ann\r\nB"]}},
                "Attributes": {"plan": ["pro", 'a "b", c'], "X.y": ["z"]},
                "Metrics": {"visits": 3.0},
                "Demographic": {"Make": "apple"},
                "Location": {"Latitude": 47.5},
                "OptOut": "NONE",
                "EndpointStatus": "INACTIVE",
                "EffectiveDate": "2025-01-01T00:00:00.000Z",
            },
            "e-2": {
                "ChannelType": "SMS",
                "Address": "(202) 555-0191",
                "Id": "e-2",
                "User": {"UserId": "u-2"},
                "Attributes": {"plan": ["pro"]},
            },
        },
        (2, 0, []),
    )


def test_columns_without_their_prefix_are_told_and_left_out(written):
    text = "Address,ChannelType,Id,plan,UserId,,Adress,Address,Attributes.\n+1,SMS,e-1,pro,u-1,x,y,+2,z\n"
    stored, (imported, _, faults) = imported_csv(written, text)
    assert (imported, stored) == (1, {"e-1": {"Address": "+1", "ChannelType": "SMS", "Id": "e-1"}})
    advice = "is left out: write Attributes.{0} for what is known of the endpoint, or User.UserAttributes.{0} of the user"
    assert faults == [
        (1, "the column 'plan' " + advice.format("plan")),
        (1, "the column 'UserId' " + advice.format("UserId") + "; did you mean User.UserId?"),
        (1, "a column has no name: its values are left out"),
        (1, "the column 'Adress' " + advice.format("Adress") + "; did you mean Address?"),
        (1, "the column Address is there twice: the first one counts"),
        (1, "the column 'Attributes.' " + advice.format("Attributes.")),
    ]


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        ('SMS,"+1', "isn't CSV (unexpected end of data): a quote in a value is written twice"),
        ('SMS,"+1"2,e-9', "isn't CSV (',' expected after '\"'): a quote in a value is written twice"),
        ("SMS,+1,e-9,1,2,3", "has 6 values for 5 columns: a value with a comma is written in quotes"),
        ("Telex,+1,e-9", "ChannelType: 'TELEX' isn't a value"),
        ("SMS,,e-9", "Address: is required"),
        ("SMS,+1,e-9,many", "Metrics['a']: must be a number, not str"),
        ("SMS,+1,e-9,nan", "Metrics['a']: must be a finite number, not nan"),
        ("SMS,+1,e-9,,north", "Location.Latitude: must be a number, not str"),
        ("SMS,\xff,e-9", "isn't UTF-8: save the file as UTF-8"),
    ],
)
@pytest.mark.parametrize("after", [2, 30])
def test_a_bad_line_of_a_csv_is_told_and_loses_nothing_else(written, bad, problem, after):
    good = [f"SMS,+{number},e-{number}\n" for number in range(100, 100 + after)]
    text = "ChannelType,Address,Id,Metrics.a,Location.Latitude\n" + good[0] + bad + "\n" + "".join(good[1:])
    stored, (imported, _, faults) = imported_csv(written, text.encode("latin-1"))
    assert (imported, len(stored)) == (after, after)
    assert [number for number, _ in faults] == [3]
    assert faults[0][1].startswith(problem)


def test_a_file_without_the_needed_columns_is_told_once(written):
    assert imported_csv(written, "a@example.com\nb@example.com\n")[1][2][-1] == (
        1,
        "has no column Address and none ChannelType: the first line names the columns",
    )


# --- a live application


@pytest.fixture
def live(monkeypatch):
    with LocalPinpoint(application_id="application-id") as local, local.serve() as server:
        client = boto3.client(
            "pinpoint", region_name="eu-west-1", endpoint_url=server.url, aws_access_key_id="x", aws_secret_access_key="x"
        )
        yield local, client
        client.close()


def test_the_endpoints_of_an_application_are_imported(directory, live):
    local, client = live
    for number in range(20):
        local.add_endpoint(user_id=f"u-{number // 2}", channel_type="SMS", address=f"+{number}", endpoint_id=f"e-{number}")
    report = directory.import_application(
        client, "application-id", (f"u-{number}" for number in range(11)), requests_per_second=10_000
    )
    assert (report.imported, report.unchanged) == (20, 0)
    assert by_id(directory)["e-7"].address == "+7"
    assert set(directory.endpoints_of(["u-3"])["u-3"]) == {by_id(directory)["e-6"], by_id(directory)["e-7"]}
    assert outcome(directory.import_application(client, "application-id", ["u-1"])) == (0, 2, [])


def test_a_user_who_can_not_be_asked_for_is_told(directory):
    class Client:
        def get_user_endpoints(self, *, ApplicationId, UserId):  # noqa: N803 - boto3's
            if UserId == "broken":
                raise ValueError(UserId)
            if UserId.isdigit():
                error = {"Error": {"Code": "SomeException"}, "ResponseMetadata": {"HTTPStatusCode": int(UserId)}}
                raise ClientError(error, "GetUserEndpoints")
            return {"EndpointsResponse": {"Item": [{"ChannelType": "Sms", "Address": "+1", "User": {"UserId": UserId}}]}}

    report = directory.import_application(Client(), "a", ["404", "429", "u-1"], requests_per_second=1_000)
    assert outcome(report) == (
        1,
        0,
        [(1, "SomeException (404): the user isn't known"), (2, "SomeException (429): ask for this user again")],
    )
    assert report.faults[0].file == "user"
    for user, error in (("403", ClientError), ("broken", ValueError)):
        with pytest.raises(error):
            directory.import_application(Client(), "a", [user])
