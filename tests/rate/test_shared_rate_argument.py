"""The argument that shares a rate: what it may be, and that nothing secret of it is shown."""

from __future__ import annotations

import sys
import traceback

import pytest

from pinpoint_users import PinpointUsers, RateLimit, ValidationError

pytest.importorskip("redis", reason="redis-py isn't installed: it is the extra `redis`")


@pytest.mark.parametrize(("scheme", "module", "extra"), [("redis", "redis", "redis"), ("postgres", "psycopg", "postgres")])
def test_without_the_extra_it_says_so(service, monkeypatch, scheme, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf"comes with the extra `{extra}`: in a clone, pip install '\.\[{extra}\]'"):
        PinpointUsers("app", transport=service, rate=RateLimit.shared(f"{scheme}://127.0.0.1/0"))


@pytest.mark.parametrize(
    ("url", "match"),
    [
        (7, "url: must be a string, not int"),
        ("127.0.0.1:hush", "url: must be a URL that begins with postgresql://, redis:// or rediss://"),
        ("mysql://hush@127.0.0.1", "url: must be a URL"),
    ],
)
def test_the_url_must_be_of_a_store(url, match):
    with pytest.raises(ValidationError, match=match) as caught:
        RateLimit.shared(url)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "redis://:hush#hush@127.0.0.1:6379/0",
        "postgresql://u:hush@127.0.0.1:x/?y=hush",
        "redis://127.0.0.1:hush",
        "redis://127.0.0.1:6379/0?hush=1",
        "redis://127.0.0.1:6379/0?socket_timeout=hush",
        "rediss://127.0.0.1:6379/0?ssl_cert_reqs=hush",
    ],
)
def test_a_url_that_cannot_be_read_is_not_shown(service, url):
    pytest.importorskip("psycopg" if url.startswith("postgresql") else "redis")
    with pytest.raises(ValidationError, match=r"can't be read as a URL of .*: look at its parameters") as caught:
        PinpointUsers("app", transport=service, rate=RateLimit.shared(url))
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_the_name_and_the_argument_are_checked(service):
    for wrong in ("", "a b", "x" * 65, 7):
        with pytest.raises(ValidationError, match="name: must have 1 to 64"):
            RateLimit.shared("redis://127.0.0.1", name=wrong)
    with pytest.raises(ValidationError, match=r'rate: must be a RateLimit, not str: write RateLimit\.shared\("redis://…"\)'):
        PinpointUsers("app", transport=service, rate="redis://127.0.0.1")
