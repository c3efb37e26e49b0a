"""What a business fills in: read, cleaned, and every fault by its field. Never NIK, NPWP or a home's address."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from dashboard.portal.form import EMAIL, EMAIL_MOST, NAME_MOST, PHONE, Form, Page
from data.domain.guide import business, opening
from data.reference.places.villages import village_named

TITLE_MOST, TEXT_MOST, URL_MOST, HOURS_MOST = 120, 1000, 200, 200
FIELDS = (
    *("name", "category", "village", "text", "opening_hours", "phone", "phone_consent", "url"),
    *("nib", "kbli", "pirt", "halal", "contact_name", "contact_phone", "contact_email", "agreed"),
)
PERMITS: Mapping[str, Callable[[str], str | None]] = {
    "nib": business.nib,
    "kbli": business.kbli,
    "pirt": business.pirt,
    "halal": business.halal,
}
_SECRET = re.compile(r"(?<!\d)(?:\d[ .-]?){15,16}(?!\d)")
"""A NIK has 16 digits, a NPWP 15 or 16."""
_URL = re.compile(r"https?://[\w.-]+\.[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE | re.ASCII)
_BETWEEN = re.compile(r"[\s().-]+")


def read(form: Form, categories: Collection[str]) -> Page:
    """All of it; the values are as they were typed, to be mended."""
    page = Page()
    for name, most in (("name", TITLE_MOST), ("text", TEXT_MOST)):
        typed = page.text(form, name, most)
        if _SECRET.search(typed):
            page.faults[name] = "secret_number"
    if not page.values["name"]:
        page.faults.setdefault("name", "name")
    page.values["category"] = form.get("category", "") if form.get("category") in categories else ""
    if not page.values["category"]:
        page.faults["category"] = "category"
    village = village_named(form.get("village", "")) if form.get("village") else None
    page.values["village"] = village.code if village else ""
    if village is None:
        page.faults["village"] = "village"
    _read_public(page, form)
    _read_permits(page, form)
    _read_contact(page, form)
    return page


def _read_public(page: Page, form: Form) -> None:
    hours = page.text(form, "opening_hours", HOURS_MOST)
    if hours and opening.as_typed(hours) is None:
        page.faults.setdefault("opening_hours", "opening_hours")
    phone = page.text(form, "phone", 30)
    page.values["phone_consent"] = form.get("phone_consent") == "1"
    if phone and not PHONE.fullmatch(_BETWEEN.sub("", phone)):
        page.faults["phone"] = "phone"
    elif phone and not page.values["phone_consent"]:
        page.faults["phone_consent"] = "phone_consent"
    url = page.text(form, "url", URL_MOST)
    if url and not _URL.fullmatch(url):
        page.faults["url"] = "url"


def _read_permits(page: Page, form: Form) -> None:
    for name, readable in PERMITS.items():
        typed = page.text(form, name, 40)
        if typed and readable(typed) is None:
            page.faults[name] = name


def _read_contact(page: Page, form: Form) -> None:
    """Whom the officer may ask; it is nowhere shown."""
    page.text(form, "contact_name", NAME_MOST)
    phone, email = page.text(form, "contact_phone", 30), page.text(form, "contact_email", EMAIL_MOST)
    if phone and not PHONE.fullmatch(_BETWEEN.sub("", phone)):
        page.faults["contact_phone"] = "phone"
    if email and not EMAIL.fullmatch(email):
        page.faults["contact_email"] = "email"
    if not phone and not email:
        page.faults.setdefault("contact_phone", "contact")
    page.values["agreed"] = form.get("agreed") == "1"
    if not page.values["agreed"]:
        page.faults["agreed"] = "agreed"


def fields_of(values: Mapping[str, Any], lang: str, now: datetime) -> dict[str, Any]:
    """Columns of a place, of values without faults; the consent has its moment."""
    found = {name: values[name] for name in ("name", "category", "village") if values.get(name)}
    if values.get("text"):
        found["text"] = {lang: values["text"]}
    if values.get("opening_hours"):
        found["opening_hours"] = opening.as_typed(values["opening_hours"])
    if values.get("phone"):
        found |= {"phone": values["phone"], "phone_consent_at": now.isoformat(timespec="seconds")}
    if values.get("url"):
        found["url"] = values["url"]
    return found | {name: readable(values[name]) for name, readable in PERMITS.items() if values.get(name)}


def contact_of(values: Mapping[str, Any], lang: str, device: str) -> dict[str, str]:
    """Personal: for the officer, until it is decided and forgotten."""
    names = {"contact_name": "name", "contact_phone": "phone", "contact_email": "email"}
    return {short: values[name] for name, short in names.items() if values.get(name)} | {"lang": lang, "device": device}
