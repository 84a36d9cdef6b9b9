"""What keeps a hostile message, and a hostile page in another tab, out of the inbox. Needs Starlette."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request

_COMMON: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer", which has browsers send the forms of our own pages with the origin "null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
PAGE: Mapping[str, str] = {
    **_COMMON,
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
}
"""The headers of a page: its own files alone, nothing inline, in nobody's frame."""
DATA: Mapping[str, str] = {**_COMMON, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}
"""The headers of what a sender wrote, to be saved or looked at as text."""
MAX_FORM = 65_536
"""Bytes of a form."""


def mail_headers(*, loads_images: bool) -> Mapping[str, str]:
    """The headers of an e-mail's HTML: no scripts, and no images from elsewhere unless they are asked for."""
    images = "data: http: https:" if loads_images else "data:"
    return {
        **_COMMON,
        "Content-Security-Policy": (
            f"sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src {images}; frame-ancestors 'self'"
        ),
        "Referrer-Policy": "no-referrer",
    }


class Gate:
    """Lets through the forms of our own pages alone: no other site knows the token, and browsers tell where a form is from."""

    def __init__(self) -> None:
        self.token: str = secrets.token_urlsafe(24)
        """What each form must send."""

    def check(self, request: Request, form: Mapping[str, str]) -> None:
        """Turns a form away that isn't ours.

        Raises:
            HTTPException: 403.
        """
        origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
        is_ours = origin in {None, f"{request.url.scheme}://{request.headers['host']}"} and site in {None, "same-origin"}
        if not is_ours or not secrets.compare_digest(form.get("token", "").encode(), self.token.encode()):
            raise HTTPException(403, "This form isn't from the inbox as it is now. Load the page again.")
