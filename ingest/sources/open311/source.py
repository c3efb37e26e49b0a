"""A server of Open311 GeoReport v2 as a source.

Each pull overlaps with the one before, and every night a wider one looks again at everything of the last months:
whatever changed without our hearing of it is found then. Requests come as a history, in bulk: the pipeline tells new
ones from known ones. A body that cannot be read stops the pull, and nothing counts as pulled.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.domain.reasons import Reason, reason, stored
from data.store.cases.snapshots import Snapshot, snapshots
from data.store.db.engine import StoreDown, reading
from data.texts import reason_in
from ingest.http.client import Web
from ingest.settings import Around
from ingest.source import Delivery, Raw, Record, SourceDown, Unreadable
from ingest.sources.open311.body import too_deep
from ingest.sources.open311.capabilities import discover_capabilities
from ingest.sources.open311.client import Client, RequestRefused, key_of
from ingest.sources.open311.cursor import Cursor, Span, read_cursor
from ingest.sources.open311.fields import MomentReader, id_of, is_sound, text_of
from ingest.sources.open311.prefetch import prefetch
from ingest.sources.open311.reading import FAULT, KNOWN, OURS, UPDATES, RequestReader, update_of
from ingest.sources.open311.services import Services
from ingest.sources.open311.settings import AUTO, Open311Settings
from ingest.sources.open311.statuses import known_of, payload_of
from ingest.sources.open311.windows import Window, asks_for_changes, day_of, finished, next_span

BATCH = 1000
"""Records in a delivery, at most."""
_IDS_AT_ONCE = 50
_SHORTEST = timedelta(hours=1)
"""A window of which a server without pages hands out only some is halved, down to this."""
_LONGEST_ID = 200
Updates = Mapping[str, Sequence[dict[str, str]]]


class Open311:
    """The source. All that it remembers is in its cursor and in the store."""

    def __init__(self, name: str, settings: Open311Settings, around: Around) -> None:
        """Raises ValueError when the settings name what the city does not have."""
        self.name, self.every_s = name, settings.every_s
        self._settings, self._around = settings, around
        self._zone, self._when = ZoneInfo(around.city.timezone), MomentReader(settings.zone)
        self._services = Services(name, settings, around.city)
        self._reader = RequestReader(self._services, self._when)
        self._its_client: Client | None = None

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """What is new since `cursor`, and at night what may have been missed. Raises SourceDown."""
        at, client = read_cursor(cursor), self._client()
        discover_capabilities(client, at, self._settings, self._services, (self.name, day_of(now, self._zone), now))
        while (span := next_span(at, self._settings, self._zone, now)) is not None:
            at.span = span
            yield from self._pull(client, at, span)
            finished(at, span, self._zone)
        yield Delivery((), at.text())

    def read(self, raw: Raw, now: datetime) -> Record:
        """A request as a Record. Raises Unreadable."""
        return self._reader.read(raw, now)

    def _client(self) -> Client:
        if self._its_client is None:
            ca_file = self._settings.ca_file
            try:
                web = Web(
                    base_url=self._settings.url,
                    inner=self._settings.inner,
                    ca_file=self._around.home / Path(ca_file) if ca_file else None,
                )
            except OSError as wrong:
                raise SourceDown(
                    reason("open311.ca_file", source=self.name, path=str(ca_file), error=str(wrong))
                ) from None
            self._its_client = Client(self.name, self._settings, web)
        return self._its_client

    def _pull(self, client: Client, cursor: Cursor, span: Span) -> Iterator[Delivery]:
        """Window after window of a pull; one that holds more than the server hands out is halved."""
        longest = length = timedelta(days=self._settings.span_days)
        resumed = span.window_end is not None and span.page_size == self._settings.page_size
        while span.begin < span.end:
            end = span.window_end if resumed and span.window_end else min(span.begin + length, span.end)
            window = Window(span.begin, end, asks_for_changes(cursor, span.pull))
            if not resumed:
                span.page = None
            span.window_end, span.page_size, resumed = end, self._settings.page_size, False
            there_is_more = False
            try:
                there_is_more = yield from self._window(client, cursor, window)
            except RequestRefused as no:
                if not (window.changed and no.status == 400 and self._settings.updated_after == AUTO):
                    raise
                _disable_updated_after(cursor)
            if window.changed and not asks_for_changes(cursor, span.pull):
                continue  # once more, by what came in
            if there_is_more and length > _SHORTEST:
                length = max((end - span.begin) / 2, _SHORTEST)
                continue
            span.begin, span.window_end, length = end, None, min(2 * length, longest)

    def _window(self, client: Client, cursor: Cursor, window: Window) -> Generator[Delivery, None, bool]:
        """One window's requests; True at the end when the server holds more than it hands out."""
        told, broken = self._updates(client, cursor, window)
        raws, seen, full, ignores_filter = list(broken), set[str](), False, False
        start, latest = (cursor.span.page, cursor.span.end) if cursor.span else (None, window.end)
        for page in prefetch(client.pages(window.params(), cursor.capabilities, start)):
            inside = [
                item for item in page.items if not isinstance(item, dict) or window.holds(item, self._when, latest)
            ]
            outside = len(inside) < len(page.items)
            ignores_filter = ignores_filter or (
                outside and any(window.is_before(item, self._when) for item in page.items)
            )
            full = full or page.full
            seen.update(map(id_of, inside))
            raws += [_raw(item, told, cursor.services) for item in inside]
            if cursor.span is not None:
                cursor.span.page = page.number
            while len(raws) >= BATCH:
                some, raws = raws[:BATCH], raws[BATCH:]
                yield self._delivery(some, cursor.text())
        for ids in _portions([external_id for external_id in told if external_id not in seen]):
            raws += self._by_id(client, cursor, ids, told)
        while raws:
            some, raws = raws[:BATCH], raws[BATCH:]
            yield self._delivery(some, cursor.text())
        if ignores_filter and window.changed and self._settings.updated_after == AUTO:
            _disable_updated_after(cursor)  # it does not know updated_after, or not what it means
        return full

    def _updates(self, client: Client, cursor: Cursor, window: Window) -> tuple[Updates, list[Raw]]:
        """The updates of a window by request, and those that cannot be read."""
        told, broken = defaultdict[str, list[dict[str, str]]](list), list[Raw]()
        if not cursor.capabilities.updates:
            return told, broken
        for item in client.updates(Window(window.begin, window.end, changed=False).params(), cursor.capabilities):
            try:
                if not isinstance(item, dict) or too_deep(item):
                    raise Unreadable(reason("open311.update_no_object"))
                update = update_of(item, self._when)
            except Unreadable as fault:
                payload = item if isinstance(item, dict) else {"isi": item}
                broken.append(
                    Raw(_update_key(item), _faulty(payload, reason("open311.bad_update", error=reason_in(fault))))
                )
            else:
                told[id_of(item)].append(update)
        return told, broken

    def _by_id(self, client: Client, cursor: Cursor, ids: Sequence[str], told: Updates) -> list[Raw]:
        """Requests of which updates came although they lie outside the window."""
        found = client.requests({"service_request_id": ",".join(ids)}, cursor.capabilities)
        wanted = {id_of(item): item for item in found if id_of(item) in ids}
        missing = [external_id for external_id in ids if external_id not in wanted]
        why = reason("open311.request_missing")
        lost = [Raw(each, _faulty({"service_request_id": each, UPDATES: list(told[each])}, why)) for each in missing]
        return [*(_raw(item, told, cursor.services) for item in wanted.values()), *lost]

    def _delivery(self, raws: Sequence[Raw], cursor: str) -> Delivery:
        """With each record what this source said of it before."""
        there = self._stored([raw.external_id for raw in raws if FAULT not in raw.payload])
        known = [raw if (case := there.get(raw.external_id)) is None else self._with_known(raw, case) for raw in raws]
        return Delivery(tuple(known), cursor, history=True)

    def _with_known(self, raw: Raw, case: Snapshot) -> Raw:
        known = known_of(case.events, self.name, text_of(raw.payload, "status_notes"))
        return Raw(raw.external_id, {**raw.payload, KNOWN: payload_of(known)})

    def _stored(self, ids: Sequence[str]) -> Mapping[str, Snapshot]:
        storable = [each for each in ids if len(each) <= _LONGEST_ID and "\x00" not in each and is_sound(each)]
        try:
            with reading(self._around.engine) as conn:
                return snapshots(conn, self.name, storable)
        except StoreDown as wrong:
            raise SourceDown(reason("source.store_down", error=str(wrong.orig))) from wrong


def _raw(item: Any, told: Updates, services: Mapping[str, str]) -> Raw:
    if not isinstance(item, dict):
        return Raw(key_of(item), _faulty({"isi": item}, reason("open311.not_an_object")))
    for name in OURS:
        item.pop(name, None)
    external_id = id_of(item)
    if too_deep(item):
        return Raw(external_id or key_of(item), _faulty(item, reason("open311.too_deep")))
    if not item.get("service_name") and (called := services.get(text_of(item, "service_code"))):
        item["service_name"] = called
    if updates := told.get(external_id):
        item[UPDATES] = list(updates)
    return Raw(external_id or key_of(item), item)


def _faulty(payload: Mapping[str, Any], why: Reason) -> dict[str, Any]:
    return {**payload, FAULT: stored(why)}


def _update_key(item: Any) -> str:
    update_id = text_of(item, "update_id") if isinstance(item, dict) else ""
    return f"pembaruan:{update_id or key_of(item)}"


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        yield ids[begin : begin + _IDS_AT_ONCE]


def _disable_updated_after(cursor: Cursor) -> None:
    """It cannot be asked for what changed: what did since is looked for at once, as every night."""
    cursor.capabilities.updated_after, cursor.nightly = False, ""
