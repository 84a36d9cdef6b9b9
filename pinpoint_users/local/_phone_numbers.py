"""What is known of a phone number: `PhoneNumberValidate`, by the library `phonenumbers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinpoint_users.local._call import Answer, Call
from pinpoint_users.local._reply import ErrorReplyError

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LANGUAGE = "en"
_TYPES = {
    "MOBILE": ("MOBILE", 0),
    "FIXED_LINE": ("LANDLINE", 1),
    "VOIP": ("VOIP", 2),
    "FIXED_LINE_OR_MOBILE": ("MOBILE", 0),
}
"""AWS's words and codes for the library's types; all else is OTHER. In North America the numbers don't tell a mobile phone from
a landline, which is taken for a mobile phone."""
_INVALID, _OTHER = ("INVALID", 3), ("OTHER", 4)


def validate_phone_number(call: Call) -> Answer:
    """PhoneNumberValidate. The ported number's carrier, county and postal code, which AWS buys, aren't known here."""
    try:
        import phonenumbers  # noqa: PLC0415 - comes with the extra `local`
    except ImportError as error:
        raise ErrorReplyError(501, f"{call.operation} needs phonenumbers, of the extra `local` ({error}).") from error
    request = call.checked_json()
    written, country = request.get("PhoneNumber") or "", request.get("IsoCountryCode")
    answer: dict[str, Any] = {"OriginalPhoneNumber": written}
    if country:
        answer["OriginalCountryCodeIso2"] = country
    try:
        number = phonenumbers.parse(written if country or written.startswith("+") else f"+{written}", country)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        return {**answer, "PhoneType": _INVALID[0], "PhoneTypeCode": _INVALID[1]}
    return {**answer, **_known_of(number)}


def _known_of(number: PhoneNumber) -> dict[str, Any]:
    import phonenumbers  # noqa: PLC0415 - as above
    from phonenumbers import carrier, geocoder, timezone  # noqa: PLC0415 - tables of their own, read when they are asked for

    kind, code = _TYPES.get(phonenumbers.PhoneNumberType.to_string(phonenumbers.number_type(number)), _OTHER)
    found = {
        "Carrier": carrier.name_for_number(number, _LANGUAGE),
        "City": geocoder.description_for_number(number, _LANGUAGE),
        "CleansedPhoneNumberE164": phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        "CleansedPhoneNumberNational": phonenumbers.national_significant_number(number),
        "Country": geocoder.country_name_for_number(number, _LANGUAGE),
        "CountryCodeIso2": phonenumbers.region_code_for_number(number),
        "CountryCodeNumeric": str(number.country_code),
        "Timezone": next(iter(timezone.time_zones_for_number(number)), None),
    }
    return {**{name: value for name, value in found.items() if value}, "PhoneType": kind, "PhoneTypeCode": code}
