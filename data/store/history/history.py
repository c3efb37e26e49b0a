"""History: all cases as resident columns, as they are now or as they were known at a number.

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
from threading import Lock, RLock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import BigInteger, Connection, Engine, func, select, type_coerce

from data.domain.city.model import City
from data.domain.history.columns import NONE, CaseColumns, FormerColumns, PauseColumns
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
from data.store.history.rows import CASE_COLUMNS, FORMER_COLUMNS, PAUSE_COLUMNS, Slice

FOLDER = "history"
"""Beside the store's file, in the installation's home."""
_KEPT_ANSWERS = 2
_MANY = 10_000
"""So many cases that are not in the files are worth writing them."""
_TABLES = {"case": CASE_COLUMNS, "former": FORMER_COLUMNS, "pause": PAUSE_COLUMNS}
_MOMENT = select(
    func.coalesce(type_coerce(change.c.recorded_at, BigInteger), type_coerce(change.c.at, BigInteger))
).order_by(change.c.seq.desc())

Columns = Mapping[str, NDArray[Any]]


class _Resident(NamedTuple):
    """The tables as they were at one moment: none of these arrays changes afterwards."""

    seq: int
    cases: Columns
    former: Columns
    pauses: Columns


class History:
    """See the module."""

    _seq: int
    """Everything up to this change is resident; -1: nothing is yet."""
    _in_files: int
    """How many cases the files hold."""
    _codes: CodeTables
    _cases: GrowingTable
    _former: Columns
    _pauses: Columns

    def __init__(self, engine: Engine, folder: Path, city: City, calendars: Calendars) -> None:
        """`folder`: for the files; `city` with its recorded versions."""
        self._engine, self._folder, self._rules = engine, folder, Rules(city, calendars)
        self._edited_at = _edited_at(city)
        self._lock, self._one_past = RLock(), Lock()
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
            number = newest if seq is None else seq
            with reading(self._engine) as conn:
                until = self._moment_of(conn, number) if at is None else epoch(at)
            now = _Resident(newest, self._cases.view(), self._former, self._pauses)
        if number == newest:  # quickly made, and would hold columns that change
            return self._columns(now, number, until)
        with self._one_past:  # nobody who asks for the present waits for it
            if (known := self._answers.get((number, until))) is not None:
                self._answers.move_to_end((number, until))
                return known
            found = self._columns(now, number, until)
            self._answers[number, until] = found
            while len(self._answers) > _KEPT_ANSWERS:
                self._answers.popitem(last=False)
            return found

    def seq_at(self, at: datetime) -> int:
        """The number of the last change recorded by the moment. Raises HistoryNotKept, StoreDown."""
        with reading(self._engine) as conn:
            return as_known.number_at(conn, at)

    def release(self) -> None:
        """Give the memory back; the next question reads the files or the store. Columns that somebody holds stay."""
        with self._lock:
            self._empty()

    def save(self) -> None:
        """Write the files; `refresh` does so by itself when many cases are not in them. Raises OSError."""
        with self._lock:
            if self._seq < 0:
                self.refresh()
            with reading(self._engine) as conn:
                recorded_at = _recorded_at(conn, self._seq) or 0
            tables = {"case": self._cases.view(), "former": self._former, "pause": self._pauses}
            self._in_files = len(self._cases)
            files.save(self._folder, files.Kept(self._seq, recorded_at, self._codes.as_lists(), tables))

    def _how(self) -> rows.How:
        return rows.How(self._codes, self._rules)

    def _empty(self) -> None:
        self._seq, self._codes, self._in_files = -1, CodeTables(), 0
        self._cases = GrowingTable(_no_rows("case"))
        self._former, self._pauses = _no_rows("former"), _no_rows("pause")
        self._answers.clear()

    def _start(self) -> None:
        kept = files.load(self._folder, _TABLES)
        if kept is not None and self._is_of_this_store(kept):
            self._codes = CodeTables(kept.names)
            self._cases = GrowingTable(kept.tables["case"])
            self._former, self._pauses = kept.tables["former"], kept.tables["pause"]
            self._seq, self._in_files = kept.seq, len(self._cases)
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
                self._take(rows.as_stored(conn, ids, self._how(), self._seq))

    def _read_all(self) -> None:
        """In slices, each in a transaction of its own: what changes meanwhile is taken in afterwards."""
        with reading(self._engine) as conn:
            seq, last = latest(conn), newest_id(conn)
        for ids in ranges(1, last):
            with reading(self._engine) as conn:
                self._take(rows.as_stored(conn, ids, self._how(), seq))
        self._seq = seq

    def _take_changes(self, conn: Connection, newest: int) -> None:
        for ids in changed(conn, self._seq, newest).ids():
            self._take(rows.as_stored(conn, ids, self._how(), newest))
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
        self._pauses = _replaced(self._pauses, ids, new.pauses)

    def _columns(self, now: _Resident, seq: int, until: int) -> CaseColumns:
        past = now
        if seq != now.seq:
            with reading(self._engine) as conn:
                as_known.cases_as_known(conn, seq)  # raises HistoryNotKept
            known = now.cases["first_seq"] <= seq
            if not known.all():
                past = now._replace(cases=_some(now.cases, known))
        stale = np.flatnonzero(self._is_stale(past, seq, until))
        if len(stale):
            past = self._judged_again(past, stale, seq, until)
        ids, everything = past.cases["id"], len(past.cases["id"]) == len(now.cases["id"])
        former, pauses = (_of_cases(each, ids, everything) for each in (past.former, past.pauses))
        return CaseColumns(
            seq, until, self._codes.names(), FormerColumns(**former), PauseColumns(**pauses), **past.cases
        )

    def _is_stale(self, past: _Resident, seq: int, until: int) -> NDArray[np.bool_]:
        """Whose stored status is not that of the number and the moment."""
        cases = past.cases
        capped: NDArray[np.bool_] = (cases["paused_until"] != NONE) & (cases["paused_until"] <= until)
        if seq == past.seq:
            return capped
        runs = cases["finished"] == NONE
        edited = any(at > until for at in self._edited_at)
        stale: NDArray[np.bool_] = (cases["last_seq"] > seq) | (runs & (cases["has_pauses"] | edited))
        return stale

    def _judged_again(self, past: _Resident, stale: NDArray[np.intp], seq: int, until: int) -> _Resident:
        rules = Rules(self._rules.city.known_at(until), self._rules.calendars.known_at(until))
        table, former, pauses = GrowingTable(past.cases), past.former, past.pauses
        for ids in singles(past.cases["id"][stale].tolist()):
            try:
                with reading(self._engine) as conn:
                    found = rows.as_known(conn, ids, rows.How(self._codes, rules), seq, moment(until))
            except (KeyError, HorizonError) as error:
                raise HistoryNotKept(f"what was known at {seq} cannot be judged any more: {error}") from error
            table.write(np.searchsorted(past.cases["id"], found.cases["id"]), found.cases)
            former = _replaced(former, found.cases["id"], found.former)
            pauses = _replaced(pauses, found.cases["id"], found.pauses)
        return past._replace(cases=table.view(), former=former, pauses=pauses)

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


def _of_cases(table: Columns, ids: NDArray[Any], everything: bool) -> Columns:
    """The rows of these cases, `row` as a place among them. everything: no row is of another case."""
    mine = table if everything else _some(table, np.isin(table["row"], ids))
    return {**mine, "row": np.searchsorted(ids, mine["row"]).astype(np.uint32)}


def _replaced(former: Columns, ids: NDArray[Any], new: Columns) -> Columns:
    """The former cycles, or pauses, with those of these cases in place of what was known."""
    if not len(new["row"]) and not np.isin(former["row"], ids).any():
        return former
    kept = _some(former, ~np.isin(former["row"], ids))
    joined = {name: np.concatenate([kept[name], new[name]]) for name in former}
    order = np.argsort(joined["row"], kind="stable")
    return {name: column[order] for name, column in joined.items()}


__all__ = ["FOLDER", "History", "HistoryNotKept"]
