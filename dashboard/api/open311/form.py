"""The body of POST /requests: its fields and photos, read within limits. What cannot be one clear report is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from flask import Request
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import RequestEntityTooLarge

from dashboard.api.faults import Fault, Faulty

FIELDS = 200
FIELDS_BYTES = 1_000_000
MEDIA = "media"
MEDIA_MOST = 5
MEDIA_BYTES = 10_000_000
BODY_BYTES = 25_000_000
"""Of a body with photos; they lie in a temporary file while they are read, not in memory."""
NOTHING = frozenset({"", "null"})
"""What is said by a client that has nothing to say."""
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
PASSES = 4
"""Tags within tags within tags: nobody writes so who means well."""
_NO_BRACKETS = str.maketrans("", "", "<>")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd-\uffff]")
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?</\1\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*|/)?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Media:
    """A photo as it was brought: unchecked, whatever its name says."""

    filename: str
    content: bytes


def unreadable(text: str) -> bool:
    """Whether it holds what no text holds: control characters, halves of a character, marks of a wrong decoding."""
    return _NO_TEXT.search(text) is not None


def read_form(request: Request) -> dict[str, str]:
    """The body's fields by name. Raises Faulty, RequestEntityTooLarge."""
    if not (request.mimetype or request.content_length or request.headers.get("Transfer-Encoding")):
        return {}
    if request.mimetype not in (FORM, MULTIPART):
        raise Faulty(
            Fault(400, f"content type is {request.mimetype or 'missing'!r}; right would be {FORM} or {MULTIPART}")
        )
    packed = request.headers.get("Content-Encoding", "identity")
    if packed.lower() != "identity":
        raise Faulty(Fault(400, f"content encoding is {packed[:60]!r}; right would be a body that is not packed"))
    try:
        fields = list(_fields(request))
    except UnicodeError:
        raise Faulty(Fault(400, "the body is not UTF-8")) from None
    except ParseException:
        raise Faulty(Fault(400, "the body comes in chunks that are none")) from None
    except ValueError:
        raise Faulty(Fault(400, f"the body has more than {FIELDS} fields")) from None
    return _once_each(fields)


def read_media(request: Request) -> list[Media]:
    """The files that came along, whatever their part is called; empty parts are none. Raises Faulty."""
    if request.mimetype != MULTIPART:
        return []
    found = []
    for _, part in request.files.items(multi=True):
        content = part.stream.read(MEDIA_BYTES + 1)
        if len(content) > MEDIA_BYTES:
            raise Faulty(Fault(413, f"{MEDIA} is larger than {MEDIA_BYTES} bytes"))
        if content:
            found.append(Media((part.filename or "")[:200], content))
    if len(found) > MEDIA_MOST:
        raise Faulty(Fault(400, f"{MEDIA} is there {len(found)} times; at most {MEDIA_MOST}"))
    return found


def plain(text: str) -> str:
    """A text without HTML: tags are dropped, what was a line of its own stays one; `3 < 5` and `<3` are no tags."""
    for _ in range(PASSES):  # what was cut in two by a tag may be one itself
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
        raise RequestEntityTooLarge  # in chunks; werkzeug stops reading at the limit and says nothing
    return parse_qsl(
        body.decode("utf-8"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS
    )


def _once_each(fields: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """A field may come twice when it says the same, and null says nothing; a part need not have a name."""
    found: dict[str, str] = {}
    faults: dict[str, Fault] = {}
    for named, given in fields:
        name, value = named or "", given.strip()
        value = "" if value in NOTHING else value
        if unreadable(name + value):
            faults[name] = Fault(400, f"{_shown(name)} holds characters that are no text")
        elif found.setdefault(name, value) != value:
            faults[name] = Fault(400, f"{_shown(name)} is given twice, with different values")
    if faults:
        raise Faulty(*(faults[name] for name in sorted(faults)))
    return found


def _shown(name: str) -> str:
    return repr(name[:60])
