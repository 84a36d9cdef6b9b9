"""What an address of the service may be: one that encrypts, unless it is this machine's own or the caller says otherwise."""

from __future__ import annotations


def url_problem(url: str, *, allow_plain_http: bool) -> str | None:
    """What is wrong with an address of the service; of the address, no more than the host is shown."""
    from urllib.parse import urlsplit  # noqa: PLC0415 - boto3 has it, who only builds messages doesn't need it

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:  # its words may show a password
        return "isn't a URL with a valid host and port"
    if parts.scheme not in {"http", "https"} or not host:
        return "must have a scheme and a host, such as https://pinpoint.eu-west-1.amazonaws.com"
    if parts.username is not None or parts.password is not None:
        return f"has a user name or a password before {host}: leave it out, AWS credentials sign the requests"
    if parts.scheme == "http" and not allow_plain_http and not is_loopback(url):
        return (
            f"would send messages to {host} in plain text, which anybody on the way can read: "
            "write https://, or allow_plain_http=True where that will do"
        )
    return None


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine itself."""
    import ipaddress  # noqa: PLC0415 - as in url_problem
    from urllib.parse import urlsplit  # noqa: PLC0415 - likewise

    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
