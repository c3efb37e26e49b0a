"""History: all cases and events as resident columns, as they are now or as they were known at a number.

    history = History(engine, folder, city, calendars)
    history.refresh()  # from the files beside the store, and what changed since
    now_known = history.as_known(at=now)  # the newest, what runs measured until now
    then_known = history.as_known(seq)  # what was known at a number, at its moment

One refresh runs at a time. What `as_known` gave is never changed afterwards, and the same call gives the same for ever:
a case that changed later is computed again from what was known of it, under the policies and calendars of then.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, Engine, func, select, type_coerce

from data.domain.city.model import City
from data.domain.history.columns import NONE, CaseColumns, EventColumns, FormerColumns
from data.domain.sla.calendars import Calendars
from data.domain.sla.worktime import HorizonError, epoch, moment
from data.store.cases import as_known
from data.store.cases.as_known import HistoryNotKept
from data.store.cases.cases import newest_id
from data.store.db.change_feed import latest
from data.store.db.engine import reading
from data.store.db.schema.cases import change
from data.store.history import files, rows
from data.store.history.changed import changed, ranges, singles
from data.store.history.code_tables import CodeTables
from data.store.history.derived import Rules
from data.store.history.growing import GrowingTable
from data.store.history.rows import CASE_COLUMNS, EVENT_COLUMNS, FORMER_COLUMNS, Slice

FOLDER = "history"
"""Beside the store's file, in the installation's home."""
_KEPT_ANSWERS = 2
_MANY = 10_000
"""So many cases that are not in the files are worth writing them."""
_TABLES = {"case": CASE_COLUMNS, "former": FORMER_COLUMNS, "event": EVENT_COLUMNS}
_MOMENT = select(
    func.coalesce(type_coerce(change.c.recorded_at, BigInteger), type_coerce(change.c.at, BigInteger))
).order_by(change.c.seq.desc())

Columns = Mapping[str, NDArray[Any]]


class History:
    """See the module."""

    _seq: int
    """Everything up to this change is resident; -1: nothing is yet."""
    _in_files: int
    """How many cases the files hold."""
    _codes: CodeTables
    _cases: GrowingTable
    _events: GrowingTable
    _former: Columns

    def __init__(self, engine: Engine, folder: Path, city: City, calendars: Calendars) -> None:
        """`folder`: for the files; `city` with its recorded versions."""
        self._engine, self._folder, self._rules = engine, folder, Rules(city, calendars)
        self._edited_at = _edited_at(city)
        self._lock = RLock()
        self._answers: OrderedDict[tuple[int, int], CaseColumns] = OrderedDict()
        self._empty()

    def refresh(self) -> int:
        """Take in what changed; the number up to which everything is known. Raises StoreDown."""
        with self._lock:
            if self._seq < 0:
                self._start()
            with reading(self._engine) as conn:
                newest = latest(conn)
                if newest < self._seq:  # another store lies here: an older one was restored
                    self._empty()
                elif newest > self._seq:
                    self._take_changes(conn, newest)
            if self._seq < 0:
                return self.refresh()
            if len(self._cases) - self._in_files > max(_MANY, self._in_files // 10):
                with suppress(OSError):  # the next start reads the store instead
                    self.save()
            return self._seq

    def as_known(self, seq: int | None = None, at: datetime | None = None) -> CaseColumns:
        """The cases as known at the number (None: the newest), what runs measured until `at` (None: its moment).

        A case that is private now is private in every past. Raises HistoryNotKept, StoreDown.
        """
        with self._lock:
            newest = self.refresh()
            with reading(self._engine) as conn:
                number = newest if seq is None else seq
                until = self._moment_of(conn, number) if at is None else epoch(at)
                if (known := self._answers.get((number, until))) is not None:
                    return known
                found = self._columns(conn, number, until)
            if number != newest:  # the newest is quickly made, and would hold columns that change
                self._answers[number, until] = found
                while len(self._answers) > _KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            return found

    def events(self, seq: int | None = None) -> EventColumns:
        """The events known at the number (None: the newest), in the order of recording; of an import by case."""
        with self._lock:
            newest = self.refresh()
            if seq is None or seq == newest:
                return EventColumns(**self._events.view())
            with reading(self._engine) as conn:
                as_known.events_as_known(conn, seq)
            known = self._events["seq"] <= seq
            return EventColumns(**{name: column[known] for name, column in self._events.view().items()})

    def seq_at(self, at: datetime) -> int:
        """The number of the last change recorded by the moment. Raises HistoryNotKept, StoreDown."""
        with reading(self._engine) as conn:
            return as_known.number_at(conn, at)

    def save(self) -> None:
        """Write the files; `refresh` does so by itself when many cases are not in them. Raises OSError."""
        with self._lock:
            if self._seq < 0:
                self.refresh()
            with reading(self._engine) as conn:
                recorded_at = _recorded_at(conn, self._seq) or 0
            tables = {"case": self._cases.view(), "former": self._former, "event": self._events.view()}
            self._in_files = len(self._cases)
            files.save(self._folder, files.Kept(self._seq, recorded_at, self._codes.as_lists(), tables))

    def _how(self) -> rows.How:
        return rows.How(self._codes, self._rules)

    def _empty(self) -> None:
        self._seq, self._codes, self._in_files = -1, CodeTables(), 0
        self._cases, self._events = (GrowingTable(_no_rows(table)) for table in ("case", "event"))
        self._former = _no_rows("former")
        self._answers.clear()

    def _start(self) -> None:
        kept = files.load(self._folder, _TABLES)
        if kept is not None and self._is_of_this_store(kept):
            self._codes = CodeTables(kept.names)
            self._cases, self._events = GrowingTable(kept.tables["case"]), GrowingTable(kept.tables["event"])
            self._former, self._seq, self._in_files = kept.tables["former"], kept.seq, len(self._cases)
            self._judge_open_cases()
        else:
            self._read_all()

    def _is_of_this_store(self, kept: files.Kept) -> bool:
        with reading(self._engine) as conn:
            return kept.seq > 0 and _recorded_at(conn, kept.seq) == kept.recorded_at

    def _judge_open_cases(self) -> None:
        """The policies of open cases may have been edited since the files were written."""
        still_open = self._cases["id"][self._cases["finished"] == NONE].tolist()
        for ids in singles(still_open):
            with reading(self._engine) as conn:
                self._take(rows.as_stored(conn, ids, self._how(), self._seq, self._seq))

    def _read_all(self) -> None:
        """In slices, each in a transaction of its own: what changes meanwhile is taken in afterwards."""
        with reading(self._engine) as conn:
            seq, last = latest(conn), newest_id(conn)
        for ids in ranges(1, last):
            with reading(self._engine) as conn:
                self._take(rows.as_stored(conn, ids, self._how(), -1, seq))
        self._seq = seq

    def _take_changes(self, conn: Connection, newest: int) -> None:
        for ids in changed(conn, self._seq, newest).ids():
            self._take(rows.as_stored(conn, ids, self._how(), self._seq, newest))
        self._seq = newest

    def _take(self, new: Slice) -> None:
        ids, known = new.cases["id"], self._cases["id"]
        places = np.searchsorted(known, ids)
        is_known = known[np.minimum(places, len(known) - 1)] == ids if len(known) else np.zeros(len(ids), dtype=bool)
        self._cases.write(places[is_known], _some(new.cases, is_known))
        fresh, at = _some(new.cases, ~is_known), places[~is_known]
        if len(at) and at[0] < len(known):
            self._cases.insert(at, fresh)
        else:
            self._cases.append(fresh)
        self._former = _replaced(self._former, ids, new.former)
        self._events.append(new.events)

    def _columns(self, conn: Connection, seq: int, until: int) -> CaseColumns:
        cases: Columns = self._cases.view()
        former = self._former
        if seq != self._seq:
            as_known.cases_as_known(conn, seq)  # raises HistoryNotKept
            known = cases["first_seq"] <= seq
            if not known.all():
                cases = _some(cases, known)
        stale = np.flatnonzero(self._is_stale(cases, seq, until))
        if len(stale):
            cases, former = self._judged_again(conn, cases, stale, seq, until)
        mine = former if len(cases["id"]) == len(self._cases) else _some(former, np.isin(former["row"], cases["id"]))
        row = np.searchsorted(cases["id"], mine["row"]).astype(np.uint32)
        return CaseColumns(seq, until, self._codes.names(), FormerColumns(**{**mine, "row": row}), **cases)

    def _is_stale(self, cases: Columns, seq: int, until: int) -> NDArray[np.bool_]:
        """Whose stored status is not that of the number and the moment."""
        capped: NDArray[np.bool_] = (cases["paused_until"] != NONE) & (cases["paused_until"] <= until)
        if seq == self._seq:
            return capped
        runs = cases["finished"] == NONE
        edited = any(at > until for at in self._edited_at)
        stale: NDArray[np.bool_] = (cases["last_seq"] > seq) | (runs & (cases["has_pauses"] | edited))
        return stale

    def _judged_again(
        self, conn: Connection, cases: Columns, stale: NDArray[np.intp], seq: int, until: int
    ) -> tuple[Columns, Columns]:
        rules = Rules(self._rules.city.known_at(until), self._rules.calendars.known_at(until))
        table, former = GrowingTable(cases), self._former
        for ids in singles(cases["id"][stale].tolist()):
            try:
                found = rows.as_known(conn, ids, rows.How(self._codes, rules), seq, moment(until))
            except (KeyError, HorizonError) as error:
                raise HistoryNotKept(f"what was known at {seq} cannot be judged any more: {error}") from error
            table.write(np.searchsorted(cases["id"], found.cases["id"]), found.cases)
            former = _replaced(former, found.cases["id"], found.former)
        return table.view(), former

    def _moment_of(self, conn: Connection, seq: int) -> int:
        found: int | None = conn.execute(_MOMENT.where(change.c.seq <= seq).limit(1)).scalar_one_or_none()
        if found is None and seq > 0:
            raise HistoryNotKept(f"the store no longer knows when change {seq} was recorded")
        return found or 0


def _recorded_at(conn: Connection, seq: int) -> int | None:
    """When exactly this change was recorded; None: it is not there any more."""
    found: int | None = conn.execute(_MOMENT.where(change.c.seq == seq)).scalar_one_or_none()
    return found


def _edited_at(city: City) -> list[int]:
    """When what decides verdicts was edited in place, epoch seconds."""
    policies = (*chain.from_iterable(city.policies.values()), *city.former_policies.values())
    edits = (
        *(it.earlier for it in policies),
        *(it.earlier for it in city.pauses.values()),
        *(it.earlier for it in city.classes.values()),
        *(it.earlier for it in city.agencies.values()),
    )
    return [at for each in edits for at, _ in each] + [epoch(each.at) for each in city.recorded]


def _no_rows(table: str) -> dict[str, NDArray[Any]]:
    return {name: np.zeros(0, dtype=kind) for name, kind in _TABLES[table].items()}


def _some(columns: Columns, which: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    return {name: column[which] for name, column in columns.items()}


def _replaced(former: Columns, ids: NDArray[Any], new: Columns) -> Columns:
    """The former cycles with those of these cases in place of what was known."""
    if not len(new["row"]) and not np.isin(former["row"], ids).any():
        return former
    kept = _some(former, ~np.isin(former["row"], ids))
    joined = {name: np.concatenate([kept[name], new[name]]) for name in former}
    order = np.argsort(joined["row"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


__all__ = ["FOLDER", "History", "HistoryNotKept"]
