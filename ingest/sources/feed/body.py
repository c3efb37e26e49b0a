"""Parses a body of JSON, complete or not at all; the error says what the body is instead."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from data.domain.reasons import Reason, encode_reason, reason
from data.texts import ReasonError, reason_in
from ingest.sources.feed.paths import PathError

ITEM_FAULT = "_butir"
"""The key of the reason in the payload of an item that is not an object."""
NODES_MOST, VALUES_MOST = 1_500_000, 12_000_000
"""The most objects and lists, and the most values, in one body: fifty megabytes of tiny ones would fill a gigabyte."""
_FAILED = frozenset({"error", "fail", "failed", "failure", "gagal"})
_PLAIN = re.compile(r"[A-Za-z_]\w*")


class InvalidJson(ReasonError, ValueError):
    """A body that cannot be parsed; the reason says why."""


def parse_json(body: bytes) -> Any:
    """The body's value. NaN, which is not JSON, becomes null; an infinite number becomes a text. Raises InvalidJson."""
    if body.count(b"{") + body.count(b"[") > NODES_MOST or body.count(b",") > VALUES_MOST:
        raise InvalidJson(reason("feed.too_many_objects"))
    try:
        return _loaded(body)
    except json.JSONDecodeError as wrong:
        raise InvalidJson(_parse_error(body, wrong)) from None
    except UnicodeDecodeError as wrong:
        return _parse_with_surrogates(body, wrong.start)
    except RecursionError:
        raise InvalidJson(reason("feed.too_deep")) from None
    except ValueError as wrong:  # an integer of thousands of digits
        raise InvalidJson(reason("feed.bad_number", error=str(wrong)[:80])) from None


def _loaded(body: bytes | str) -> Any:
    return json.loads(body, parse_constant=_constant, parse_float=_number)


def _parse_with_surrogates(body: bytes, place: int) -> Any:
    """Invalid UTF-8 becomes lone surrogates, so that only the records with them are rejected."""
    try:
        return _loaded(body.decode("utf-8", "surrogateescape").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        raise InvalidJson(reason("feed.not_utf8", byte=str(place + 1))) from None


def items_of(value: Any, find: Callable[[Any], Any], path: str) -> list[Any]:
    """The list of items; a single object counts as a list with it, null as an empty list. Raises InvalidJson."""
    try:
        found = find(value)
    except PathError as wrong:
        raise InvalidJson(reason("feed.no_items", error=reason_in(wrong))) from None
    if isinstance(found, list):
        if not found and isinstance(value, dict) and _is_an_error(value):
            raise InvalidJson(reason("feed.empty_items", path=repr(path), said=_server_message(value)))
        return found
    if isinstance(found, dict) and not _is_an_error(found):
        return [found]
    if found is None and _ends_at_null(value, path):
        return []
    if found is None:
        raise InvalidJson(reason("feed.items_missing", path=repr(path), said=_server_message(value)))
    raise InvalidJson(
        reason("feed.items_not_a_list", path=repr(path), kind=kind_of(found), said=_server_message(value))
    )


def payload_of(item: Any) -> Mapping[str, Any]:
    """The payload of an item: the item itself, or what is wrong with it."""
    if isinstance(item, dict):
        return item
    return {ITEM_FAULT: encode_reason(reason("feed.not_an_object", kind=kind_of(item))), "isi": item}


def kind_of(value: object) -> Reason | str:
    """The name of a JSON value's type."""
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
    """Whether an object in place of the list is an error message of the server."""
    return any(found.get(name) for name in ("error", "errors", "fault", "exception"))


def _has_failed(found: Mapping[str, Any]) -> bool:
    """Whether the object around the list says that the request failed, whatever the HTTP status."""
    said = [found.get(name) for name in ("success", "ok", "status", "code", "status_code")]
    words = any(isinstance(each, str) and each.strip().casefold() in _FAILED for each in said)
    numbers = any(type(each) is int and 400 <= each < 600 for each in said)
    return _is_an_error(found) or words or numbers or any(each is False for each in said)


def _ends_at_null(value: Any, path: str) -> bool:
    """Whether the path ends at null (no items), and not at a missing key (an unexpected response)."""
    for step in path.split("."):
        if value is None or value == []:
            return True
        if not _PLAIN.fullmatch(step):
            return step != "@"
        if not isinstance(value, dict) or step not in value or _has_failed(value):
            return False
        value = value[step]
    return True


def _server_message(value: Any) -> Reason | str:
    """The server's error message, or the names of the keys; shortened."""
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


def _parse_error(body: bytes, wrong: json.JSONDecodeError) -> Reason:
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
