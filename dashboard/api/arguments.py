"""The arguments of GET /requests and the body of POST /requests, read and checked; all faults at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

from flask import Request

from dashboard.api.faults import Fault, Faulty
from data.store.requests import Wanted

WINDOW = timedelta(days=90)
MOST = 1000
FIELDS = 200
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_UNREADABLE = "�"


def read_wanted(given: Mapping[str, str], now: datetime) -> Wanted:
    """What a GET asks for. An empty argument is none. Raises Faulty."""
    faults: list[Fault] = []

    def read(name: str, convert: Callable[[str], object]) -> object:
        text = given.get(name, "").strip()
        if not text:
            return None
        try:
            return convert(text)
        except ValueError as error:
            faults.append(Fault(400, f"{name} is {text[:60]!r}: {error}"))
            return None

    codes = _list(given.get("service_request_id", ""))
    if len(codes) > MOST:
        faults.append(Fault(400, f"service_request_id names {len(codes)} requests: at most {MOST} at once"))
    moments = {name: read(name, _moment) for name in ("start_date", "end_date", "updated_after", "updated_before")}
    page, size = read("page", _positive), read("page_size", _positive)
    state = read("status", _status)
    start, end = _window(moments, now, faults)
    if faults:
        raise Faulty(*faults)
    limit = min(MOST, size if isinstance(size, int) and size else MOST)
    return Wanted(
        codes=codes,
        categories=_list(given.get("service_code", "")),
        received_from=start,
        received_to=end,
        updated_from=_as_moment(moments["updated_after"]),
        updated_to=_as_moment(moments["updated_before"]),
        open=state if isinstance(state, bool) else None,
        offset=max(0, (page if isinstance(page, int) else 1) - 1) * limit,
        limit=limit,
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(part for part in (each.strip() for each in text.split(",")) if part)


def _as_moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) else None


def _moment(text: str) -> datetime:
    # A '+' that was not escaped arrives as a blank.
    at = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text))
    if at.tzinfo is None:
        raise ValueError("has no zone; right would be e.g. 2026-11-24T07:00:00Z")
    return at.astimezone(UTC)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("is no number; right would be e.g. 2")
    return int(text)


def _status(text: str) -> bool | None:
    words = set(_list(text.lower()))
    if not words <= {"open", "closed"}:
        raise ValueError("right would be open, closed, or both with a comma")
    return None if len(words) == 2 else words == {"open"}


def _window(
    moments: Mapping[str, object], now: datetime, faults: list[Fault]
) -> tuple[datetime | None, datetime | None]:
    """The range of receipt: at most 90 days; without any date the last 90, unless a range of changes is asked for."""
    start, end = _as_moment(moments["start_date"]), _as_moment(moments["end_date"])
    if start and end and end < start:
        faults.append(Fault(400, "end_date lies before start_date"))
    elif start and end and end - start > WINDOW:
        faults.append(
            Fault(400, f"the window spans {(end - start).days} days: at most {WINDOW.days}; ask piece by piece")
        )
    if start or end:
        return start or (end and end - WINDOW), end or (start and start + WINDOW)
    if moments["updated_after"] or moments["updated_before"]:
        return None, None
    return now - WINDOW, None


def read_form(request: Request) -> dict[str, str]:
    """The body's fields, the last of each name; uploads are passed over. Raises Faulty."""
    if request.mimetype not in (FORM, MULTIPART):
        raise Faulty(
            Fault(400, f"content type is {request.mimetype or 'missing'!r}; right would be {FORM} or {MULTIPART}")
        )
    try:
        fields = list(_fields(request))
    except UnicodeError:
        raise Faulty(Fault(400, "the body is not UTF-8")) from None
    except ValueError:
        raise Faulty(Fault(400, f"the body has more than {FIELDS} fields")) from None
    broken = sorted({name for name, value in fields if "\0" in name + value or _UNREADABLE in name + value})
    if broken:
        raise Faulty(*(Fault(400, f"{name[:60]!r} holds characters that are no text") for name in broken))
    return {name: value.strip() for name, value in fields}


def _fields(request: Request) -> Iterable[tuple[str, str]]:
    if request.mimetype == MULTIPART:
        return request.form.items(multi=True)
    body = request.get_data(parse_form_data=False).decode("utf-8")
    return parse_qsl(body, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=FIELDS)
