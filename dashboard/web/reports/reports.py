"""/laporan: order a month's report, see how far it is, take its files from the archive."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote

from flask import Blueprint, Response, abort, g, redirect, render_template, request, send_file, url_for

from dashboard.auth.visitor import FRAGMENT, person_now
from dashboard.reports.archive.making import report_name
from dashboard.reports.archive.period import ReportRefused, last_month, months
from dashboard.reports.archive.storage import ReportStorage
from dashboard.reports.documents.wording import Labels, Wording
from dashboard.web.deps import WebDeps
from data.store.db.engine import Connection, reading, writing
from data.store.reports import mails, orders, revisions
from data.store.reports.mails import Mail
from data.store.reports.orders import Order
from data.store.reports.revisions import ReportFile, ReportKey, Revision
from data.texts import LANGUAGES
from layouts.kit.words import words

MOST, ORDERS_MOST, MONTHS_BACK = 60, 5, 24
KINDS = {"pdf": "application/pdf", "json": "application/json", "csv": "text/csv; charset=utf-8"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_NAME = re.compile(r"(data/)?[a-z0-9_-]+\.(pdf|xlsx|csv|json)")


@dataclass(frozen=True, slots=True)
class Kept:
    """A revision with its files, as the page shows it."""

    revision: Revision
    period: str
    documents: tuple[ReportFile, ...]
    data: tuple[ReportFile, ...]


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page, its forms and the files."""
    _register_mail(web, deps)

    @web.get("/laporan")
    def reports() -> str:
        return _page(deps)

    @web.post("/laporan")
    def reports_order() -> str | Response | tuple[str, int]:
        zone, lang = deps.config.city.timezone, request.form.get("lang", "")
        try:
            asked = months(request.form.get("first", ""), request.form.get("last") or None, zone, g.now)
        except ReportRefused as refused:
            return _page(deps, words(g.lang).sentence(refused.reason)), 422
        if lang not in LANGUAGES:
            abort(400)
        person = person_now()
        with writing(deps.engine) as conn:
            orders.add(conn, asked.key(), lang, person.name if person else "", g.now)
        return redirect(url_for("web.reports"), 303)  # type: ignore[return-value]

    @web.get("/laporan/<int:revision_id>/<lang>/<path:name>")
    def reports_file(revision_id: int, lang: str, name: str) -> Response:
        if not _NAME.fullmatch(name):
            abort(404)
        with reading(deps.engine) as conn:
            found, made = revisions.file_of(conn, revision_id, lang, name), revisions.by_id(conn, revision_id)
        path = ReportStorage(deps.home.path).path(found.sha256) if found else None
        if path is None or made is None or not path.is_file():
            abort(404)
        answer = send_file(path, mimetype=KINDS.get(name.rpartition(".")[2], WORKBOOK), max_age=0)
        answer.headers["Content-Disposition"] = f'attachment; filename="{quote(_download(made, lang, name))}"'
        return answer


def _register_mail(web: Blueprint, deps: WebDeps) -> None:
    @web.post("/laporan/surel/<int:mail_id>")
    def reports_mail(mail_id: int) -> Response:
        with writing(deps.engine) as conn:
            mail = mails.by_id(conn, mail_id)
            if mail is None:
                abort(404)
            mails.send_again(conn, mail, g.now)
        return redirect(url_for("web.reports"), 303)  # type: ignore[return-value]


def _download(made: Revision, lang: str, name: str) -> str:
    """The file's name on the reader's machine says which revision it is."""
    stem, _, end = name.rpartition("/")[2].rpartition(".")
    before = "" if stem.startswith("laporan-") else f"{report_name(made)}-"
    return f"{before}{stem}-r{made.revision}-{lang}.{end}"


def _page(deps: WebDeps, fault: str = "") -> str:
    wording = Wording(g.lang, Labels({}), deps.config.city.timezone)
    with reading(deps.engine) as conn:
        newest = orders.newest(conn, ORDERS_MOST)
        mailed = [_mailed(conn, each, wording) for each in mails.newest(conn, ORDERS_MOST)]
        kept = [_kept(conn, each, wording) for each in revisions.newest(conn, MOST)]
    live = "web/reports_live.html" if FRAGMENT in request.headers else "web/reports.html"
    return render_template(
        live,
        fault=fault,
        orders=[(each, _period(each.key, wording)) for each in newest],
        busy=any(each.ended_at is None for each in newest),
        mails=mailed,
        mails_on=deps.config.mails_reports,
        kept=kept,
        choices=[(f"{day:%Y-%m}", wording.month(day)) for day in _months(deps.config.city.timezone, g.now)],
        languages=LANGUAGES,
        is_running=_is_running,
    )


def _kept(conn: Connection, made: Revision, wording: Wording) -> Kept:
    files = revisions.files(conn, made.id)
    documents = tuple(each for each in files if "/" not in each.name)
    return Kept(made, _period(made.key, wording), documents, tuple(each for each in files if "/" in each.name))


def _mailed(conn: Connection, mail: Mail, wording: Wording) -> tuple[Mail, Revision, str]:
    """The mail, what it brings, and of which period."""
    made = revisions.by_id(conn, mail.revision_id)
    assert made is not None  # a revision takes its mails along
    return mail, made, _period(made.key, wording)


def _period(key: ReportKey, wording: Wording) -> str:
    return f"{wording.period(key.first, key.last)}{f' · {key.agency}' if key.agency else ''}"


def _months(zone: str, now: datetime) -> Iterator[date]:
    """The months that are over, the newest first."""
    day = last_month(zone, now).first
    for _ in range(MONTHS_BACK):
        yield day
        day = date(day.year - 1, 12, 1) if day.month == 1 else day.replace(month=day.month - 1)


def _is_running(order: Order) -> bool:
    return order.ended_at is None and order.started_at is not None
