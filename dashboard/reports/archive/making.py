"""Makes a report and keeps it: the same facts are the same revision with the same bytes, other facts are a new one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from dashboard.config.home import ROOT
from dashboard.reports.archive.attachment import attachment
from dashboard.reports.archive.differences import differences, sentences
from dashboard.reports.archive.gathering import ReportDeps, gather, known_at
from dashboard.reports.archive.period import Months, ReportRefused
from dashboard.reports.archive.storage import ReportStorage
from dashboard.reports.documents.open_data import open_data
from dashboard.reports.documents.pdf import Edition, pdf
from dashboard.reports.documents.wording import Wording, labels_of
from dashboard.reports.documents.workbook import workbook
from dashboard.reports.month.facts import Head, MonthFacts
from data.domain.reasons import reason
from data.store.db.engine import reading, writing
from data.store.intake.sources import holder, release
from data.store.reports import revisions
from data.store.reports.revisions import ReportFile, Revision
from ingest.runtime.leases import claim_or_take_over, kept_renewed, seconds_left

LEASE, LEASE_S = "report", 60.0
"""One report is made at a time; a process that died with it is found out."""
STEPS = ("gathering", "drawing")
DATA = "data/"
"""Before the names of the files of open data."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    months: Months
    agency: str = ""
    as_of: datetime | None = None
    """None: everything that is known."""
    langs: tuple[str, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class Made:
    """What became of it."""

    revision: Revision
    is_new: bool
    """False: the facts are those of a revision that was made before, and so are the files."""
    files: tuple[ReportFile, ...]


def make(
    deps: ReportDeps,
    request: Request,
    owner: str,
    by: str,
    now: Callable[[], datetime],
    *,
    tell: Callable[[str], None] = lambda step: None,
) -> Made:
    """Make it while nobody else makes one. Raises ReportRefused with nothing kept, NotDrawn, OSError, StoreDown.

    tell: is told each of STEPS when it begins.
    """
    if request.agency and request.agency not in deps.config.city.agencies:
        known = ", ".join(sorted(deps.config.city.agencies))
        raise ReportRefused(reason("report.no_agency", agency=request.agency[:40], known=known))
    with _lease(deps, owner, now):
        tell(STEPS[0])
        until = known_at(deps, request.months, request.as_of)
        facts = gather(deps, request.months, request.agency, until)
        deps.history.release()  # drawing takes 100 MB itself
        tell(STEPS[1])
        return _keep(deps, request, facts, by, now())


@contextmanager
def _lease(deps: ReportDeps, owner: str, now: Callable[[], datetime]) -> Iterator[None]:
    with writing(deps.engine) as conn:
        if not claim_or_take_over(conn, LEASE, owner, now(), LEASE_S):
            held = holder(conn, LEASE)
            raise ReportRefused(reason("report.busy", seconds=seconds_left(held, now()) if held else 0))
    try:
        with kept_renewed(deps.engine, LEASE, owner, LEASE_S, now):
            yield
    finally:
        with writing(deps.engine) as conn:
            release(conn, LEASE, owner)


def _keep(deps: ReportDeps, request: Request, facts: MonthFacts, by: str, now: datetime) -> Made:
    key = request.months.key(request.agency)
    _, digest = attachment(facts, 0)
    with reading(deps.engine) as conn:
        earlier = revisions.revisions(conn, key)
        same = next((each for each in earlier if each.sha256 == digest), None)
        kept = revisions.files(conn, same.id) if same else []
    missing = [lang for lang in request.langs if lang not in {each.lang for each in kept}]
    if same is not None:
        facts = replace(facts, head=_head_of(same))
        number, rows, previous = same.revision, same.rows, _before(earlier, same.revision)
    else:
        number, previous = len(earlier) + 1, earlier[-1] if earlier else None
        rows, _ = attachment(facts, number)
    new = Revision(0, key, number, facts.head.seq, facts.head.as_of, digest, rows, now, by)
    drawn = {lang: _draw(deps, facts, new, previous, lang) for lang in missing}
    return _store(deps, same, new, kept, drawn)


def _before(earlier: Sequence[Revision], number: int) -> Revision | None:
    return next((each for each in reversed(earlier) if each.revision < number), None)


def _head_of(kept: Revision) -> Head:
    """What a kept revision is frozen at."""
    values: dict[str, Any] = json.loads(kept.rows)["head"]
    days = {name: date.fromisoformat(values[name]) for name in ("first", "last")}
    return Head(**values | days | {"as_of": datetime.fromisoformat(values["as_of"])})


def _draw(
    deps: ReportDeps, facts: MonthFacts, new: Revision, previous: Revision | None, lang: str
) -> Mapping[str, bytes]:
    """All files of one language by their names."""
    config = deps.config
    titles = {info.name: {"id": info.title, "en": info.title} for info in config.source_infos}
    titles |= {name: {"id": it.title.id, "en": it.title.en} for name, it in config.sources.items()}
    screens = {code: it.title for code, it in config.screens.items()}
    wording = Wording(lang, labels_of(config.city, titles, screens), config.city.timezone)
    edition = Edition(facts, new.revision, new.sha256, new.rows, _changes(new, previous, facts, wording))
    name = report_name(new)
    return {
        f"{name}.pdf": pdf(edition, config.report, wording, ROOT),
        f"{name}.xlsx": workbook(edition, wording),
        **{f"{DATA}{each}": content for each, content in open_data(edition, config.report, wording).items()},
    }


def _changes(new: Revision, previous: Revision | None, facts: MonthFacts, wording: Wording) -> tuple[str, ...]:
    if previous is None:
        return ()
    found = differences(json.loads(previous.rows)["rows"], json.loads(new.rows)["rows"])
    return sentences(found, facts.tables, wording)


def report_name(made: Revision) -> str:
    """'laporan-2026-10', 'laporan-2026-10-2026-12-dlh'."""
    key = made.key
    span = f"{key.first:%Y-%m}" + (
        "" if (key.first.year, key.first.month) == (key.last.year, key.last.month) else f"-{key.last:%Y-%m}"
    )
    return f"laporan-{span}{f'-{key.agency}' if key.agency else ''}"


def _store(
    deps: ReportDeps,
    same: Revision | None,
    new: Revision,
    kept: Sequence[ReportFile],
    drawn: Mapping[str, Mapping[str, bytes]],
) -> Made:
    """The bytes first, then the rows that name them: a killed run leaves bytes that nobody names."""
    storage = ReportStorage(deps.home.path)
    stored = [
        ReportFile(0, lang, name, len(content), storage.put(content))
        for lang, files in drawn.items()
        for name, content in files.items()
    ]
    with writing(deps.engine) as conn:
        number = revisions.add(conn, new) if same is None else same.id
        made = [replace(each, revision_id=number) for each in stored]
        revisions.add_files(conn, made)
    revision = same or replace(new, id=number)
    return Made(revision, same is None, (*kept, *made))
