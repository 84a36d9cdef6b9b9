"""Takes the pictures of the inbox that the documents show: `python tools/screenshots.py [CHROMIUM CHROMEDRIVER]`.

Needs the extra `local`, Selenium, Pillow, and Debian's `chromium` and `chromium-driver` or the like.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage as MIMEMessage
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

from pinpoint_users import (
    APNSMessage,
    DirectMessageConfiguration,
    EmailMessage,
    EndpointSendConfiguration,
    GCMMessage,
    RawEmail,
    SMSMessage,
    VoiceMessage,
)
from pinpoint_users.local import LocalPinpoint

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE, PHONE = (1120, 700), (390, 760)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)
HTML = """<div style="font-family: sans-serif; max-width: 34em; margin: 1.5em auto; color: #222">
<p style="font-size: 1.6em; margin: 0 0 .6em; color: #0f766e"><b>On its way, {{name}}</b></p>
<p>Your parcel left our house this morning and comes tomorrow between nine and noon.</p>
<p><a href="https://shop.example.com/orders/4711" style="display: inline-block; padding: .7em 1.4em; border-radius: 8px;
background: #0f766e; color: #fff; text-decoration: none">Follow it</a></p>
<p style="color: #777; font-size: .9em">Order 4711. The invoice is attached.</p>
<img src="https://shop.example.com/opened.gif" alt="">
</div>"""
PEOPLE = ("Ann", "Ben", "Carla", "Dmitri", "Eva", "Finn", "Grace")


def main() -> None:
    """Sends some messages to an embedded Pinpoint and takes the pictures."""
    browser, driver = sys.argv[1:3] or (shutil.which("chromium"), shutil.which("chromedriver"))
    IMAGES.mkdir(exist_ok=True)
    with LocalPinpoint() as local, local.serve() as server, opened(str(browser), str(driver)) as chromium:
        numbers = send(local)
        look(chromium, f"{server.url}/", "inbox")
        look(chromium, f"{server.url}/", "inbox-dark", dark=True)
        look(chromium, f"{server.url}/", "inbox-phone", size=PHONE)
        for name, number in numbers.items():
            look(chromium, f"{server.url}/inbox/messages/{number}", name)
        look(chromium, f"{server.url}/inbox/messages/{numbers['push']}", "push-phone-dark", size=PHONE, dark=True)
        local.hang_next(times=2)
        local.fail_next(429, times=3)
        local.throttle(user_ids=["ann", "ben"])
        look(chromium, f"{server.url}/inbox/faults", "faults", size=(1120, 790))


def send(local: LocalPinpoint) -> dict[str, int]:
    """Sends what the pictures show, and tells the numbers of those that have one of their own."""
    title, body = "Your parcel is near", "{{name}}, it comes between 9 and 12. Leave it with a neighbour?"
    link, image = "shop://orders/4711", "https://shop.example.com/parcel.png"
    android = GCMMessage(title=title, body=body, action="DEEP_LINK", url=link, image_url=image, data={"order": "4711"})
    apple = APNSMessage(title=title, body=body, action="DEEP_LINK", url=link, media_url=image, badge=2, sound="default")
    script = "<speak>Hello {{name}}. Your code is <say-as interpret-as='digits'>123456</say-as>.</speak>"
    message = DirectMessageConfiguration(
        gcm_message=android,
        apns_message=apple,
        sms_message=SMSMessage(body="{{name}}, your code is 123456. It is good for ten minutes.", sender_id="SHOP"),
        voice_message=VoiceMessage(body=script, voice_id="Joanna", language_code="en-US", origination_number="+12065550199"),
        email_message=EmailMessage(from_address="shop@example.com", raw_email=RawEmail(data=mail())),
    )
    for number, name in enumerate(PEOPLE):
        user = name.lower()
        local.add_endpoint(user_id=user, channel_type="SMS", address=f"+1206555010{number}")
        if number % 2 == 0:
            local.add_endpoint(user_id=user, channel_type="EMAIL", address=f"{user}@example.com")
        if number % 3 == 0:
            local.add_endpoint(user_id=user, channel_type="GCM", address=f"d{number}PzQ:APA91bHun4MxP5egoKMwt2KZFBaFUH")
            local.add_endpoint(user_id=user, channel_type="APNS", address=f"{number}f00fc740b7d2ffe1c29e8b4a2c0d1e55")
    local.add_endpoint(user_id="ann", channel_type="VOICE", address="+12065550100")
    users = {name.lower(): EndpointSendConfiguration(substitutions={"name": [name]}) for name in PEOPLE}
    with local.client() as pinpoint:
        pinpoint.send(message, users).raise_for_failures()
    numbers: dict[str, int] = {}
    for number, delivery in enumerate(local.deliveries(), 1):
        channel = delivery.channel_type
        name = {"EMAIL": "email", "SMS": "sms", "VOICE": "voice", "GCM": "push", "APNS": "push-ios"}[channel]
        numbers.setdefault(name, number)
    return numbers


def mail() -> bytes:
    """The e-mail of the pictures, with an attachment."""
    message = MIMEMessage()
    message["From"], message["To"], message["Subject"] = "The shop <shop@example.com>", "you@example.com", "On its way"
    message.set_content("On its way, {{name}}: your parcel comes tomorrow between nine and noon.")
    message.add_alternative(HTML, subtype="html")
    message.add_attachment(b"%PDF-1.4 an invoice" * 900, maintype="application", subtype="pdf", filename="invoice-4711.pdf")
    return message.as_bytes()


@contextmanager
def opened(browser: str, driver: str) -> Iterator[Chrome]:
    """A browser without settings of anybody's."""
    with tempfile.TemporaryDirectory() as profile:
        options = ChromeOptions()
        options.binary_location = browser
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        chromium = Chrome(options, ChromeService(driver))
        try:
            yield chromium
        finally:
            chromium.quit()


def look(chromium: Chrome, url: str, name: str, *, size: tuple[int, int] = WIDE, dark: bool = False) -> None:
    """Takes one picture."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    chromium.get(url)
    file = IMAGES / f"{name}.png"
    picture = Image.open(io.BytesIO(chromium.get_screenshot_as_png())).convert("RGB")
    picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
