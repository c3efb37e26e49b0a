"""Reads the body of POST /requests, fields and photos, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.api.faults import Fault, RequestError

FIELDS = 200
FIELDS_BYTES = 1_000_000
MEDIA, MEDIA_URL = "media", "media_url"
NO_TEXT = "?"
"""In place of a media_url with characters that are no text."""
MEDIA_MOST = 5
MEDIA_BYTES = 10_000_000
BODY_BYTES = 25_000_000
"""Of a body with photos; these are in a temporary file, not in memory."""
EMPTY_VALUES = frozenset({"", "null"})
"""What clients send for a missing value."""
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
PASSES = 4
"""How often tags are removed; tags within so many tags are an attack."""
_NO_BRACKETS = str.maketrans("", "", "<>")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*|/)?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Media:
    """A file as it was sent, unchecked."""

    filename: str
    content: bytes


def has_invalid_characters(text: str) -> bool:
    """Whether it holds control characters, lone surrogates, or replacement characters."""
    return _NO_TEXT.search(text) is not None


def read_form(request: Request) -> dict[str, str]:
    """The body's fields by name. Raises RequestError, RequestEntityTooLarge."""
    if not (request.mimetype or request.content_length or request.headers.get("Transfer-Encoding")):
        return {}
    if request.mimetype not in (FORM, MULTIPART):
        raise RequestError(
            Fault(400, f"content type is {request.mimetype or 'missing'!r}; right would be {FORM} or {MULTIPART}")
        )
    packed = request.headers.get("Content-Encoding", "identity")
    if packed.lower() != "identity":
        raise RequestError(Fault(400, f"content encoding is {packed[:60]!r}; right would be a body that is not packed"))
    try:
        fields = list(_fields(request))
    except UnicodeError:
        raise RequestError(Fault(400, "the body is not UTF-8")) from None
    except ParseException:
        raise RequestError(Fault(400, "the body comes in chunks that are none")) from None
    except ValueError:
        raise RequestError(Fault(400, f"the body has more than {FIELDS} fields")) from None
    return _without_repeats(fields)


def read_media(request: Request) -> list[Media]:
    """The files of the body, whatever the name of their part; empty parts are ignored. Raises RequestError."""
    if request.mimetype != MULTIPART:
        return []
    found = []
    for _, part in request.files.items(multi=True):
        content = part.stream.read(MEDIA_BYTES + 1)
        if len(content) > MEDIA_BYTES:
            raise RequestError(Fault(413, f"{MEDIA} is larger than {MEDIA_BYTES} bytes"))
        if content:
            found.append(Media((part.filename or "")[:200], content))
    if len(found) > MEDIA_MOST:
        raise RequestError(Fault(400, f"{MEDIA} is there {len(found)} times; at most {MEDIA_MOST}"))
    return found


def without_html(text: str) -> str:
    """The text without tags; line breaks of HTML become line feeds. `3 < 5` and `<3` are no tags."""
    for _ in range(PASSES):  # what stood around a tag may be a tag itself
        before, text = text, _TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", text)))
        if text == before:
            return text.strip()
    return text.translate(_NO_BRACKETS).strip()


def _fields(request: Request) -> Iterable[tuple[str | None, str]]:
    if request.mimetype == MULTIPART:
        request.max_content_length, request.max_form_parts = BODY_BYTES, FIELDS
        request.max_form_memory_size = FIELDS_BYTES
        return request.form.items(multi=True)
    body = request.get_data(parse_form_data=False)
    if request.content_length is None and len(body) >= (request.max_content_length or FIELDS_BYTES):
        raise RequestEntityTooLarge  # chunked: werkzeug stops at the limit without an error
    return parse_qsl(
        body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS
    )


def _without_repeats(fields: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """A field may come twice with the same value; null is empty; a part may have no name.

    `attribute[CODE][]` is a list, joined by commas. Of media_url the first one counts, if it is text: it is never a
    fault.
    """
    found: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for named, given in fields:
        name, value = named or "", given.strip()
        value = "" if value in EMPTY_VALUES else value
        if name == MEDIA_URL:
            found[name] = found.get(name) or (NO_TEXT if has_invalid_characters(value) else value)
        elif name.endswith("][]") and not has_invalid_characters(name + value):
            found[name] = ", ".join(dict.fromkeys(each for each in (*found.get(name, "").split(", "), value) if each))
        elif has_invalid_characters(name + value):
            faults[name] = Fault(400, f"{_shown(name)} holds characters that are no text")
        elif found.setdefault(name, value) != value:
            faults[name] = Fault(400, f"{_shown(name)} is given twice, with different values")
    if faults:
        raise RequestError(*(faults[name] for name in sorted(faults)))
    return found


def _shown(name: str) -> str:
    return repr(name[:60])
