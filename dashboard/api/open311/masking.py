"""Masks contact data in public texts: people write their phone numbers into reports."""

from __future__ import annotations

import re

MASK = "[…]"
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_PHONE = re.compile(r"(?<![\w.,+-])(?:\+?62|0)[ .-]?8\d(?:[ .-]?\d){6,10}(?!\d)")
"""Mobile numbers as they are written in Indonesia: 0812-3456-7890, +62 812 3456 7890."""
_NIK = re.compile(r"(?<![\d.,-])\d{16}(?!\d)")
"""The number of a person's identity card."""


def masked(text: str) -> str:
    """E-mail addresses, mobile numbers and identity numbers become MASK."""
    if "@" in text:
        text = _EMAIL.sub(MASK, text)
    return _NIK.sub(MASK, _PHONE.sub(MASK, text))
