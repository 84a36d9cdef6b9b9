"""Push notifications through Amazon's and Baidu's services."""

from __future__ import annotations

import json

from accepted.case import Case

ADM = {
    "data": {"message": "Your parcel is here.", "url": "https://example.com/p"},
    "consolidationKey": "p",
    "expiresAfter": 1000,
}
BAIDU = {"title": "包裹", "description": "已到。", "custom_content": {"id": "7"}}

CASES = [
    # Push guide, JavaScript and Python: no urgency and no time to live for ADM.
    Case(
        name="adm-push-guide",
        channel="ADM",
        message={
            "ADMMessage": {"Action": "URL", "Body": "B", "SilentPush": False, "Title": "T", "Url": "https://www.example.com"}
        },
        title="T",
        body="B",
        shown={"Action": "URL"},
    ),
    # API reference, ADMMessage: the members that only this service has; the seconds are a string.
    Case(
        name="adm-own-members",
        channel="ADM",
        message={
            "ADMMessage": {
                "Body": "B",
                "ConsolidationKey": "parcels",
                "ExpiresAfter": "3600",
                "MD5": "1B2M2Y8AsgTpgAmY7PhCfg==",
                "IconReference": "ic",
                "Sound": "s.wav",
                "Data": {"id": "7"},
            }
        },
        body="B",
        shown={"ConsolidationKey": "parcels", "ExpiresAfter": "3600"},
    ),
    # API reference, "RawContent object": "comparable data" for ADM.
    Case(
        name="adm-raw",
        channel="ADM",
        message={"ADMMessage": {"RawContent": json.dumps(ADM)}},
        shown={"RawContent": ADM},
    ),
    # Push guide, JavaScript and Python.
    Case(
        name="baidu-push-guide",
        channel="BAIDU",
        message={
            "BaiduMessage": {
                "Action": "URL",
                "Body": "B",
                "SilentPush": False,
                "Title": "T",
                "TimeToLive": 30,
                "Url": "https://www.example.com",
            }
        },
        title="T",
        body="B",
        shown={"TimeToLive": 30},
    ),
    # API reference, "RawContent object": "comparable data" for Baidu, outside ASCII.
    Case(
        name="baidu-raw",
        channel="BAIDU",
        message={"BaiduMessage": {"RawContent": json.dumps(BAIDU, ensure_ascii=False)}},
        shown={"RawContent": BAIDU},
    ),
    # A blog in Japanese on Lambda: an empty body, and the title as the whole message.
    Case(
        name="baidu-empty-body",
        channel="BAIDU",
        message={"BaiduMessage": {"Action": "OPEN_APP", "Body": "", "Title": "from a function"}},
        title="from a function",
        body="",
    ),
    # A variable that is a number in raw content.
    Case(
        name="raw-content-with-a-number",
        channel="ADM",
        message={"ADMMessage": {"RawContent": '{"data": {"n": {{n}}}}'}},
        user={"Substitutions": {"n": ["7"]}},
        shown={"RawContent": {"data": {"n": 7}}},
    ),
    # The same, of the user's own.
    Case(
        name="raw-content-of-the-user-with-a-number",
        channel="ADM",
        message={"ADMMessage": {"Body": "-"}},
        user={"RawContent": '{"data": {"n": {{n}}}}', "Substitutions": {"n": ["7"]}},
        shown={"RawContent": {"data": {"n": 7}}},
    ),
    # Variables where the shape has text with a form of its own.
    Case(
        name="variables-in-seconds-and-checksum",
        channel="ADM",
        message={"ADMMessage": {"Body": "-", "ExpiresAfter": "{{seconds}}", "MD5": "{{md5}}"}},
        user={"Substitutions": {"seconds": ["60"], "md5": ["1B2M2Y8AsgTpgAmY7PhCfg=="]}},
        body="-",
        shown={"ExpiresAfter": "60", "MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="},
    ),
]
