"""Reading a body of JSON: whole or not at all; of one that cannot be read the text says what it is instead."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from data.domain.reasons import Reason, reason, stored
from data.texts import ReasonError, reason_in
from ingest.sources.feed.paths import PathError

ITEM_FAULT = "_butir"
"""The key of a payload that is no object: says what is wrong with it."""
NODES_MOST, VALUES_MOST = 1_500_000, 12_000_000
"""Objects and lists, and values, in one body: fifty megabytes of tiny ones would fill a gigabyte."""
_FAILED = frozenset({"error", "fail", "failed", "failure", "gagal"})
_PLAIN = re.compile(r"[A-Za-z_]\w*")


class InvalidJson(ReasonError, ValueError):
    """A body that cannot be read; the reason says why."""


def parsed(body: bytes) -> Any:
    """The body's value. NaN, which is no JSON, counts as null; an infinite number is a text. Raises InvalidJson."""
    if body.count(b"{") + body.count(b"[") > NODES_MOST or body.count(b",") > VALUES_MOST:
        raise InvalidJson(reason("feed.too_many_objects"))
    try:
        return _loaded(body)
    except json.JSONDecodeError as wrong:
        raise InvalidJson(_explained(body, wrong)) from None
    except UnicodeDecodeError as wrong:
        return _with_halves(body, wrong.start)
    except RecursionError:
        raise InvalidJson(reason("feed.too_deep")) from None
    except ValueError as wrong:  # an integer of thousands of digits
        raise InvalidJson(reason("feed.bad_number", error=str(wrong)[:80])) from None


def _loaded(body: bytes | str) -> Any:
    return json.loads(body, parse_constant=_constant, parse_float=_number)


def _with_halves(body: bytes, place: int) -> Any:
    """Bytes that are no UTF-8 stay as halves of characters: their records are refused, the others are read."""
    try:
        return _loaded(body.decode("utf-8", "surrogateescape").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise InvalidJson(reason("feed.not_utf8", byte=str(place + 1))) from None


def items_of(value: Any, find: Callable[[Any], Any], path: str) -> list[Any]:
    """The list of items; one object that stands alone counts as a list of it, null as empty. Raises InvalidJson."""
    try:
        found = find(value)
    except PathError as wrong:
        raise InvalidJson(reason("feed.no_items", error=reason_in(wrong))) from None
    if isinstance(found, list):
        if not found and isinstance(value, dict) and _is_an_error(value):
            raise InvalidJson(reason("feed.empty_items", path=repr(path), said=_said(value)))
        return found
    if isinstance(found, dict) and not _is_an_error(found):
        return [found]
    if found is None and _leads_there(value, path):
        return []
    if found is None:
        raise InvalidJson(reason("feed.items_missing", path=repr(path), said=_said(value)))
    raise InvalidJson(reason("feed.items_not_a_list", path=repr(path), kind=kind_of(found), said=_said(value)))


def payload_of(item: Any) -> Mapping[str, Any]:
    """What is kept of an item: itself, or what is wrong with it."""
    if isinstance(item, dict):
        return item
    return {ITEM_FAULT: stored(reason("feed.not_an_object", kind=kind_of(item))), "isi": item}


def kind_of(value: object) -> Reason | str:
    """What a value of JSON is called."""
    for types, name in _KINDS:
        if isinstance(value, types):
            return name
    return type(value).__name__


_KINDS: tuple[tuple[type | tuple[type, ...], Reason], ...] = (
    (type(None), reason("json.null_value")),
    (bool, reason("json.boolean")),
    ((int, float), reason("json.number")),
    (str, reason("json.text")),
    (list, reason("json.list")),
    (dict, reason("json.object")),
)


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


def _number(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _is_an_error(found: Mapping[str, Any]) -> bool:
    """Whether an object that stands where the list should is the server's excuse."""
    return any(found.get(name) for name in ("error", "errors", "fault", "exception"))


def _has_failed(found: Mapping[str, Any]) -> bool:
    """Whether what surrounds the list says that the question failed, whatever the status of HTTP was."""
    said = [found.get(name) for name in ("success", "ok", "status", "code", "status_code")]
    words = any(isinstance(each, str) and each.strip().casefold() in _FAILED for each in said)
    numbers = any(type(each) is int and 400 <= each < 600 for each in said)
    return _is_an_error(found) or words or numbers or any(each is False for each in said)


def _leads_there(value: Any, path: str) -> bool:
    """Whether the path ends at null rather than nowhere: 'none', not 'another answer than expected'."""
    for step in path.split("."):
        if value is None or value == []:
            return True
        if not _PLAIN.fullmatch(step):
            return step != "@"
        if not isinstance(value, dict) or step not in value or _has_failed(value):
            return False
        value = value[step]
    return True


def _said(value: Any) -> Reason | str:
    """What the server said instead, cut."""
    if isinstance(value, dict):
        for name in ("error", "errors", "message", "detail", "fault"):
            if value.get(name):
                return reason("feed.server_said", text=_as_text(value[name]))
        return reason("feed.there_is", names=tuple(map(str, list(value)[:8]))) if value else ""
    return ""


def _as_text(value: object) -> Reason | str:
    try:
        return str(value)[:120]
    except RecursionError:
        return kind_of(value)


def _explained(body: bytes, wrong: json.JSONDecodeError) -> Reason:
    start = body[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        return reason("feed.empty")
    if start.startswith((b"<!doctype html", b"<html")):
        return reason("feed.html")
    if start.startswith(b"<"):
        return reason("feed.xml")
    ends = wrong.pos >= len(wrong.doc.rstrip()) or wrong.msg.startswith("Unterminated")
    if ends and start.startswith((b"{", b"[", b'"')):
        return reason("feed.cut_off", character=str(len(wrong.doc)))
    return reason("feed.bad_json", error=wrong.msg, line=str(wrong.lineno), column=str(wrong.colno))
