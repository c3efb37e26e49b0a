"""The server-rendered side of /kinerja: the frame of the charts, and the lists of cases with their files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request

from dashboard.auth.visitor import person_now
from dashboard.performance import tables
from dashboard.performance.app import PerformanceDash
from dashboard.performance.view import ReaderView
from dashboard.web.cases.files import csv_text, workbook
from data.domain.history.columns import NONE, STATES, CaseColumns
from data.domain.performance import picks
from data.domain.performance.frame import Frame
from data.domain.performance.question import AsOfRefused, Question, read
from data.domain.sla.worktime import moment
from data.store.cases.case_list import HandlesPrivate, ListedCase, listed
from data.store.db.engine import Connection, Engine, reading
from layouts.charts.chart import ChartContext
from layouts.kit.words import UNKNOWN
from layouts.pages.kinerja import CHARTS, lead, pick_title

ON_PAGE = 50
MOST = 100_000
"""Cases in a file."""
SHOWN = ("code", "case_title", "category", "agency", "village", "state", "received", "answered", "finished", "due")
IN_FILES = (*SHOWN, "source", "service_class")
FILE, TABLES_FILE = "laporan", "kinerja"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class CaseList:
    """The cases behind a mark, newest first."""

    title: str
    ids: Sequence[int]
    question: Question
    frame: Frame
    context: ChartContext

    def lines(self, conn: Connection, ids: Sequence[int], handles_private: HandlesPrivate) -> Iterator[ListedCase]:
        """The cases in this order, of a past as they were known then."""
        lines = listed(conn, ids, handles_private)
        return (as_in(self.frame.columns, it, handles_private) for it in lines) if self.question.as_of else lines


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list."""

    n: int
    first: int
    last: int
    previous: str | None
    next: str | None


def register(blueprint: Blueprint, dash: PerformanceDash, view: ReaderView, engine: Engine, policy: str) -> None:
    """`policy`: the Content-Security-Policy of the page with charts."""

    @blueprint.get("/kinerja")
    def page() -> Response:
        view.prepare(request.query_string.decode())
        answer = make_response(dash.index())  # type: ignore[no-untyped-call]
        answer.headers["Content-Security-Policy"] = policy
        return answer

    @blueprint.get("/kinerja/laporan")
    def page_cases() -> str:
        found = _found(view)
        number = max(0, request.args.get("page", 0, type=int))
        ids = found.ids[number * ON_PAGE : (number + 1) * ON_PAGE]
        with reading(engine) as conn:
            rows = [cells(it, found.context)[: len(SHOWN)] for it in found.lines(conn, ids, _handles_private)]
        return render_template("performance/cases.html", rows=rows, page=_page(found, number), **_around(found))

    @blueprint.get("/kinerja/angka.xlsx")
    def page_tables() -> Response:
        return _file(_tables(view), XLSX, "xlsx", TABLES_FILE)

    @blueprint.get("/kinerja/laporan.csv")
    def page_csv() -> Response:
        found = _found(view)
        head = [found.context.t(f"list.{name}") for name in IN_FILES]
        with reading(engine) as conn:
            rows = [cells(it, found.context) for it in found.lines(conn, found.ids[:MOST], _in_files)]
        return _file(csv_text(head, rows).encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")

    @blueprint.get("/kinerja/laporan.xlsx")
    def page_xlsx() -> Response:
        found = _found(view)
        head = [found.context.t(f"list.{name}") for name in IN_FILES]
        with reading(engine) as conn:
            rows = [cells(it, found.context) for it in found.lines(conn, found.ids[:MOST], _in_files)]
        names = (found.context.t("list.sheet"), found.context.t("list.about"))
        about = [found.title, _lead(found)]
        return _file(workbook(names, head, rows, about), XLSX, "xlsx")


def _tables(view: ReaderView) -> bytes:
    """Those behind all charts of the view; the page itself says it when a past cannot be told."""
    question = read(request.query_string.decode(), view.known())
    try:
        frame = view.frame(question)
    except AsOfRefused:
        abort(redirect(f"/kinerja{question.search()}"))
    context = view.context(question, frame)
    charts = [(name, view.chart(name, frame, context)) for name in CHARTS]
    return tables.workbook(charts, lead(question, frame.period, frame.before, context), context)


def _found(view: ReaderView) -> CaseList:
    """404 for a pick that no chart has; the page itself says it when a past cannot be told."""
    question = read(request.query_string.decode(), view.known())
    pick = picks.parse(question.pick)
    if pick is None:
        abort(404)
    try:
        frame = view.frame(question)
    except AsOfRefused:
        abort(redirect(f"/kinerja{replace(question, pick='').search()}"))
    context = view.context(question, frame)
    rows = picks.rows_of(frame, pick)
    newest = rows[np.argsort(frame.columns.received[rows], kind="stable")[::-1]]
    return CaseList(pick_title(pick, context), frame.columns.id[newest].tolist(), question, frame, context)


def as_in(columns: CaseColumns, case: ListedCase, handles_private: HandlesPrivate) -> ListedCase:
    """The case with what columns know of it; code and title are the present ones."""
    row = int(columns.rows_of(np.array([case.id], dtype=np.uint32))[0])

    def at(name: str) -> datetime | None:
        seconds = int(getattr(columns, name)[row])
        return None if seconds == NONE else moment(seconds)

    def name(table: str) -> str:
        known: tuple[str, ...] = getattr(columns.names, table)
        return known[int(getattr(columns, table)[row])]

    held = bool(columns.dispatched[row] != NONE)
    masked = case.masked or (bool(columns.private[row]) and not handles_private(name("agency"), held=held))
    return replace(
        case,
        title="" if masked else case.title,
        category="" if masked else name("category"),
        agency=name("agency"),
        village=None if masked else name("village") or name("district") or None,
        state=STATES[columns.state[row]],
        masked=masked,
        service_class=name("service_class"),
        answered_at=at("answered"),
        finished_at=at("finished"),
        due_at=at("resolve_due"),
    )


def cells(case: ListedCase, context: ChartContext) -> list[str]:
    """A line as texts: SHOWN, then what only files have."""
    said = context.words
    return [
        case.code,
        said("case.private") if case.masked else case.title,
        UNKNOWN if case.masked else context.group("category", case.category),
        context.group("agency", case.agency),
        context.group("village", case.village) if case.village else UNKNOWN,
        said(f"case.{case.state}"),
        *(_moment(at, context) for at in (case.received_at, case.answered_at, case.finished_at, case.due_at)),
        case.source,
        case.service_class,
    ]


def _handles_private(agency: str, *, held: bool) -> bool:
    person = person_now()
    return person is not None and person.handles_private(agency, held=held)


def _in_files(agency: str, *, held: bool) -> bool:
    """A file goes on to others, whoever took it."""
    return False


def _moment(at: datetime | None, context: ChartContext) -> str:
    return UNKNOWN if at is None else context.moment(at)


def _lead(found: CaseList) -> str:
    said = lead(found.question, found.frame.period, None, found.context)
    return f"{said} · {found.context.t('known.list')}" if found.question.as_of else said


def _around(found: CaseList) -> dict[str, Any]:
    search = found.question.search()
    return {
        "title": found.title,
        "lead": _lead(found),
        "head": SHOWN,
        "back": f"/kinerja{replace(found.question, pick='').search()}",
        "csv_address": f"/kinerja/laporan.csv{search}",
        "xlsx_address": f"/kinerja/laporan.xlsx{search}",
    }


def _page(found: CaseList, number: int) -> Page:
    n, address = len(found.ids), f"/kinerja/laporan{found.question.search()}"
    first, last = number * ON_PAGE, min(n, (number + 1) * ON_PAGE)
    following = f"{address}&page={number + 1}" if last < n else None
    return Page(n, first + 1, last, f"{address}&page={number - 1}" if number else None, following)


def _file(body: bytes, kind: str, suffix: str, name: str = FILE) -> Response:
    answer = Response(body, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer
