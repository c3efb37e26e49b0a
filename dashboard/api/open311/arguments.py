"""Reads the arguments of GET /requests; reports all faults at once. An empty argument, or null, counts as missing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from dashboard.api.faults import Fault, RequestError
from dashboard.api.open311.form import EMPTY_VALUES, has_invalid_characters
from data.store.queries.open311_requests import Box, CaseFilter

WINDOW = timedelta(days=90)
BULK_WINDOW = timedelta(days=366)
"""Of the CSV download."""
BLANKS = " \t\r\n"
MOST = 1000
IDS_MOST = 250
"""Ids in one request: more do not fit into the longest request line that the server reads, 4,094 bytes."""
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Times outside this range are moved to its ends, so that no sum overflows."""
_MOMENT = "right would be e.g. 2026-11-24T07:00:00Z"
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
T = TypeVar("T")


class ArgumentReader:
    """The arguments of one request, and the faults found in them so far."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = MultiDict(given)
        self.faults: list[Fault] = []

    def text(self, name: str) -> str:
        """The value without blanks around it; empty when it is missing, invalid or given with two values."""
        found = self._values(name)
        if len(found) > 1:
            self.faults.append(Fault(400, f"{name} is given twice, with different values"))
        return found[0] if len(found) == 1 else ""

    def joined(self, name: str) -> str:
        """The text of a comma list: given several times it is one list."""
        return ",".join(self._values(name))

    def _values(self, name: str) -> list[str]:
        """All different values that are not empty."""
        found = dict.fromkeys(each.strip(BLANKS) for each in self._given.getlist(name))
        if any(map(has_invalid_characters, found)):
            self.faults.append(Fault(400, f"{name} holds characters that are no text"))
        return [each for each in found if each not in EMPTY_VALUES and not has_invalid_characters(each)]

    def value(self, name: str, convert: Callable[[str], T], *, many: bool = False) -> T | None:
        """The converted value; None when it is missing or wrong. `many`: it is a comma list."""
        text = self.joined(name) if many else self.text(name)
        if not text:
            return None
        try:
            return convert(text)
        except ValueError as error:
            self.faults.append(Fault(400, f"{name} is {text[:60]!r}: {error}"))
            return None

    def texts(self, name: str) -> tuple[str, ...]:
        """The parts of a comma list."""
        return _parts(self.joined(name))

    def window(self, now: datetime, most: timedelta) -> tuple[datetime | None, datetime | None]:
        """The range of `received_at`, at most `most` long.

        Without dates the last `most` before `now`, or no range when the request filters by update.
        """
        start, end = self.value("start_date", _moment), self.value("end_date", _moment)
        if start and end and end < start:
            self.faults.append(Fault(400, "end_date lies before start_date"))
        elif start and end and end - start > most:
            message = f"the window spans more than {most.days} days; ask piece by piece"
            self.faults.append(Fault(400, message))
        if start or end:
            return start or (end and end - most), end or (start and start + most)
        changes = self.text("updated_after") or self.text("updated_before")
        return (None if changes else now - most), None


def read_filter(
    given: Mapping[str, str], now: datetime, *, bulk: bool = False, services: Container[str] | None = None
) -> CaseFilter:
    """The filter of a GET; `bulk` for the download, which has no pages. `services`: the known ones.

    Ids override all other arguments. Raises RequestError.
    """
    read = ArgumentReader(given)
    if not bulk:
        read.value("extensions", _yes_no)  # its fault is reported with the others
    codes = read.texts("service_request_id")
    if len(codes) > IDS_MOST:
        read.faults.append(Fault(400, f"service_request_id names {len(codes)} requests: at most {IDS_MOST} at once"))
    return _checked(read, CaseFilter(codes=codes)) if codes else _filter_of(read, now, bulk, services)


def _filter_of(read: ArgumentReader, now: datetime, bulk: bool, services: Container[str] | None) -> CaseFilter:
    start, end = read.window(now, BULK_WINDOW if bulk else WINDOW)
    after, before = read.value("updated_after", _moment), read.value("updated_before", _moment)
    if after and before and before < after:
        read.faults.append(Fault(400, "updated_before lies before updated_after"))
    page, size = (None, None) if bulk else (read.value("page", _number), read.value("page_size", _page_size))
    state, box = read.value("status", _status, many=True), read.value("bbox", _box)
    categories = read.texts("service_code")
    if services is not None:
        read.faults += [Fault(404, f"there is no service {each[:64]!r}") for each in categories if each not in services]
    limit = size or MOST
    case_filter = CaseFilter(
        categories=categories,
        received_from=start,
        received_to=end,
        updated_from=after,
        updated_to=before,
        open=state,
        box=box,
        offset=max(0, (1 if page is None else page) - 1) * limit,
        limit=limit,
    )
    return _checked(read, case_filter)


def _checked(read: ArgumentReader, case_filter: CaseFilter) -> CaseFilter:
    """The filter, when there are no faults. Raises RequestError."""
    if read.faults:
        raise RequestError(*dict.fromkeys(read.faults))
    return case_filter


def read_extensions(given: Mapping[str, str]) -> bool:
    """The argument `extensions`. Raises RequestError."""
    read = ArgumentReader(given)
    found = read.value("extensions", _yes_no)
    if read.faults:
        raise RequestError(*read.faults)
    return bool(found)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in (each.strip() for each in text.split(",")) if part)


def _moment(text: str) -> datetime:
    # A '+' that was not escaped arrives as a blank.
    plus = re.sub(r" (?=\d\d:?\d\d$)", "+", text.upper())
    try:
        at = datetime.fromisoformat(plus)
    except ValueError:
        raise ValueError(f"is no moment; {_MOMENT}") from None
    if at.tzinfo is None:
        raise ValueError(f"has no zone; {_MOMENT}")
    day = timedelta(days=1)  # no zone is farther from UTC
    return min(max(at, EARLIEST + day), LATEST - day).astimezone(UTC)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError("is no number; right would be e.g. 2")
    return int(text)


def _page_size(text: str) -> int:
    size = _number(text)
    if not 1 <= size <= MOST:
        raise ValueError(f"right would be 1 to {MOST}")
    return size


def _yes_no(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise ValueError("right would be true or false")
    return _BOOLEANS[text.lower()]


def _status(text: str) -> bool | None:
    words = set(_parts(text.lower()))
    if not words <= {"open", "closed"}:
        raise ValueError("right would be open, closed, or both with a comma")
    return words == {"open"} if len(words) == 1 else None


def _box(text: str) -> Box:
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise ValueError("right would be west,south,east,north, e.g. 112.47,-7.94,112.60,-7.73") from None
    if not all(map(math.isfinite, (west, south, east, north))):
        raise ValueError("its numbers have no end")
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(
            "west to east must rise from -180 to 180, south to north from -90 to 90; right would be "
            "west,south,east,north, e.g. 112.47,-7.94,112.60,-7.73"
        )
    return west, south, east, north
