"""Reads the objects in a response body, in all variants of GeoReport's JSON and XML that servers send.

The content decides, not the content type. Wrappers around the objects are removed; a single object counts as a list. A
body that cannot be parsed completely is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from data.domain.reasons import reason
from data.texts import ReasonError, reason_in
from ingest.sources.open311.xml import ERRORS, ServerErrors, XmlError, xml_objects

NODES_MOST = 1_500_000
"""The most objects, lists and elements in one response: enough for about 100,000 requests."""
VALUES_MOST = 12_000_000
DEEPEST = 8
"""The most levels inside one object."""
_WRAPPERS_MOST = 5

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding=["']([\w.-]{1,40})["']""")
_HTML = re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title[^>]*>\s*([^<]{1,200})", re.IGNORECASE)
_DECLARATION = re.compile(r"<\?xml\s[^>]*>")
_CHARSET = re.compile(r"(?:us-?ascii|utf|iso|latin|windows|cp|koi|gb|big5|shift|s?jis|euc|mac)[\w.-]*", re.IGNORECASE)
"""Names of text encodings; Python has other codecs, which give no text or take very long."""
_EARLY = 20_000
"""A body must begin within this many characters, whatever is before it."""


class ObjectKind(NamedTuple):
    """A kind of objects: the names of possible wrappers, and the fields of which an object has at least one."""

    wrappers: frozenset[str]
    known_by: frozenset[str]


_ANY = ("response", "result", "results", "data", "items")
REQUESTS = ObjectKind(
    frozenset({"service_requests", "service_request", "requests", "request", *_ANY}), frozenset({"service_request_id"})
)
SERVICES = ObjectKind(frozenset({"services", "service", *_ANY}), frozenset({"service_code", "service_name"}))
UPDATES = ObjectKind(
    frozenset(
        {
            "service_requests_updates",
            "service_request_updates",
            "servicerequestupdates",
            "service_request_update",
            "request_updates",
            "request_update",
            "updates",
            "update",
            *_ANY,
        }
    ),
    frozenset({"update_id", "service_request_id"}),
)
DISCOVERY = ObjectKind(frozenset({"discovery", *_ANY}), frozenset({"endpoints", "changeset"}))
_ERROR_FIELDS = frozenset({"code", "description", "message", *ERRORS})


class UnreadableBody(ReasonError, ValueError):
    """A body that cannot be parsed; the reason says why."""


def objects_of(content: bytes, kind: ObjectKind, charset: str | None = None) -> list[Any]:
    """The objects in a body, in order; of JSON they may be anything. Raises UnreadableBody, and ServerErrors whatever
    the answer's status is.

    Values are texts, numbers, booleans, None, lists or objects; NaN and infinity are texts. Of a key that occurs twice
    in one object the last value that is not empty counts.
    """
    text = _text(content, charset).lstrip("\ufeff \t\r\n")
    if not text:
        raise UnreadableBody(reason("open311.empty"))
    found = _json(text, kind) if text[0] in "[{" else _xml(text, kind)
    errors = [one for one in found if _is_error(one, kind)]
    if errors and len(errors) == len(found):
        raise ServerErrors(errors)
    return found


def too_deep(value: object, left: int = DEEPEST) -> bool:
    """Whether an object has more levels than any record needs."""
    if isinstance(value, dict):
        return left == 0 or any(too_deep(each, left - 1) for each in value.values() if type(each) in (dict, list))
    if isinstance(value, list):
        return left == 0 or any(too_deep(each, left - 1) for each in value if type(each) in (dict, list))
    return False


def _is_error(one: Any, kind: ObjectKind) -> bool:
    """GeoReport's error has code and description, others have one of them, or a message."""
    if not isinstance(one, dict) or one.keys() & kind.known_by or too_deep(one):
        return False
    return {"code", "description"} <= one.keys() or (bool(one) and one.keys() <= _ERROR_FIELDS)


def _text(content: bytes, charset: str | None) -> str:
    """Decoded as UTF-8 if possible, else as declared, else as Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    declared = _DECLARED.match(content)
    named = [declared[1].decode()] if declared else []
    for encoding in ("utf-8", *named, *([charset] if charset else [])):
        try:
            if _CHARSET.fullmatch(encoding):
                return content.decode(encoding)
        except (UnicodeError, LookupError):
            continue
    return content.decode("cp1252", "replace")


def _json(text: str, kind: ObjectKind) -> list[Any]:
    if text.count("{") + text.count("[") > NODES_MOST or text.count(",") > VALUES_MOST:
        raise UnreadableBody(reason("open311.too_many_objects"))
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise UnreadableBody(reason("open311.json_too_deep")) from None
    except json.JSONDecodeError as wrong:
        is_cut = wrong.pos >= len(text.rstrip()) - 1 or "Unterminated" in wrong.msg
        told = {"line": str(wrong.lineno), "column": str(wrong.colno), "error": wrong.msg}
        raise UnreadableBody(
            reason("open311.bad_json", cut=reason("open311.cut_off") if is_cut else "", **told)
        ) from None
    return _unwrapped(value, kind)


def _unwrapped(value: Any, kind: ObjectKind) -> list[Any]:
    for _ in range(_WRAPPERS_MOST):
        if value is None:
            return []
        if isinstance(value, list):
            return [_single(each, kind) for each in value]
        if not isinstance(value, dict) or value.keys() & kind.known_by:
            break
        if errors := [each for name, each in value.items() if name.lower() in ERRORS and each]:
            raise ServerErrors(errors[0] if isinstance(errors[0], list) else errors)
        name = next((name for name in value if name.lower() in kind.wrappers), None)
        if name is None:
            break
        value = value[name]
    if not isinstance(value, dict) or not (value.keys() & kind.known_by or _is_error(value, kind)):
        raise UnreadableBody(reason("open311.no_list", fields=" / ".join(sorted(kind.known_by))))
    return [value]


def _single(value: Any, kind: ObjectKind) -> Any:
    """Removes a wrapper inside a list: `{"request": {..}}`."""
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        return inner if name.lower() in kind.wrappers and isinstance(inner, dict) else value
    return value


def _xml(text: str, kind: ObjectKind) -> list[Any]:
    begin = text.find("<?xml", 0, _EARLY)
    text = text[begin:] if begin > 0 else text[max(0, text.find("<", 0, _EARLY)) :]
    declared = _DECLARATION.match(text)  # its encoding no longer applies
    text = text[declared.end() if declared else 0 :].lstrip()
    if _HTML.match(text):
        title = _TITLE.search(text, 0, _EARLY)
        raise UnreadableBody(reason("open311.html", title=f" ({title[1].strip()})" if title else ""))
    if not text.startswith("<"):
        raise UnreadableBody(reason("open311.neither_json_nor_xml", start=repr(text[:60])))
    if text.count("<") > VALUES_MOST:
        raise UnreadableBody(reason("open311.too_many_elements"))
    try:
        return xml_objects(text, kind.wrappers, kind.known_by)
    except XmlError as wrong:
        raise UnreadableBody(reason_in(wrong)) from None


def _whole(digits: str) -> int | str:
    """An integer of ordinary length, else its text: converting a million digits takes very long."""
    return int(digits) if len(digits) <= 30 else digits


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        found |= {name: value for name, value in pairs if value not in (None, "")}
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=str, parse_int=_whole, strict=False)
