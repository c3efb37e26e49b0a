"""The second factor: codes of six digits that change every 30 seconds (TOTP). Each counts once."""

from __future__ import annotations

import hmac
from datetime import datetime

import pyotp
import segno

STEP_S = 30
AROUND = (0, -1, 1)
"""Steps that are accepted: clocks of telephones are not exact."""


def new_secret() -> str:
    """160 random bits, in letters and digits."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The step of time to which the code belongs; None: it is wrong or old."""
    given = "".join(code.split()).encode("utf-8", "replace")
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    steps = (present + shift for shift in AROUND)
    return next((step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), given)), None)


def address(secret: str, name: str, city: str) -> str:
    """What an app on a telephone reads: otpauth://..."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=f"BATT {city}")


def qr_code(address: str, title: str) -> str:
    """The address as a picture for a telephone's camera: an SVG element, black on white in both themes."""
    code = segno.make(address, micro=False, error="m")
    return code.svg_inline(dark="#000", light="#fff", border=4, omitsize=True, title=title, svgclass="qr")
