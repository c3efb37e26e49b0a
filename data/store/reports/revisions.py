"""The archive of the month's reports. A revision is never changed; languages may be added to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, select

from data.store.db.engine import insert_into
from data.store.db.schema.reports import report_file, report_revision


@dataclass(frozen=True, slots=True)
class ReportKey:
    """Of what a report is: whole months from `first` to `last`, of an agency or ('') of the city."""

    first: date
    last: date
    agency: str = ""


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a report."""

    id: int
    key: ReportKey
    revision: int
    seq: int
    as_of: datetime
    sha256: str
    """Of the canonical rows."""
    rows: str
    """The attached JSON."""
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class ReportFile:
    """One file of a revision."""

    revision_id: int
    lang: str
    name: str
    size: int
    sha256: str


def revisions(conn: Connection, key: ReportKey) -> list[Revision]:
    """Of one report, oldest first."""
    return [
        _read(row) for row in conn.execute(select(report_revision).where(*_is(key)).order_by("revision")).mappings()
    ]


def newest(conn: Connection, limit: int) -> list[Revision]:
    """Of all reports, the newest period first, its newest revision first."""
    columns = report_revision.c
    order = (columns.last.desc(), columns.first.desc(), columns.agency, columns.revision.desc())
    return [_read(row) for row in conn.execute(select(report_revision).order_by(*order).limit(limit)).mappings()]


def by_id(conn: Connection, revision_id: int) -> Revision | None:
    """One revision."""
    row = conn.execute(select(report_revision).where(report_revision.c.id == revision_id)).mappings().one_or_none()
    return None if row is None else _read(row)


def by_rows(conn: Connection, sha256: str) -> list[Revision]:
    """The revisions with these rows."""
    found = select(report_revision).where(report_revision.c.sha256 == sha256).order_by(report_revision.c.id)
    return [_read(row) for row in conn.execute(found).mappings()]


def add(conn: Connection, made: Revision) -> int:
    """Keep a new revision; its id. `made.id` is not used. IntegrityError when there is one of that number."""
    row = {
        "first": made.key.first.isoformat(),
        "last": made.key.last.isoformat(),
        "agency": made.key.agency,
        "revision": made.revision,
        "seq": made.seq,
        "as_of": made.as_of,
        "sha256": made.sha256,
        "rows": made.rows,
        "made_at": made.made_at,
        "made_by": made.made_by,
    }
    number: int = conn.execute(insert(report_revision).values(row).returning(report_revision.c.id)).scalar_one()
    return number


def files(conn: Connection, revision_id: int, lang: str | None = None) -> list[ReportFile]:
    """Of a revision, by language and name."""
    found = select(report_file).where(report_file.c.revision_id == revision_id)
    if lang is not None:
        found = found.where(report_file.c.lang == lang)
    rows = conn.execute(found.order_by(report_file.c.lang, report_file.c.name)).mappings()
    return [ReportFile(**row) for row in rows]


def file_of(conn: Connection, revision_id: int, lang: str, name: str) -> ReportFile | None:
    """One file."""
    return next((each for each in files(conn, revision_id, lang) if each.name == name), None)


def by_sha256(conn: Connection, sha256: str) -> ReportFile | None:
    """The first file with these bytes."""
    found = select(report_file).where(report_file.c.sha256 == sha256).order_by(report_file.c.revision_id).limit(1)
    row = conn.execute(found).mappings().one_or_none()
    return None if row is None else ReportFile(**row)


def sizes(conn: Connection, suffix: str) -> list[int]:
    """The sizes of all files whose name ends so, each once."""
    found = select(func.distinct(report_file.c.size)).where(report_file.c.name.endswith(suffix, autoescape=True))
    return sorted(row[0] for row in conn.execute(found))


def add_files(conn: Connection, made: Iterable[ReportFile]) -> None:
    """Keep files of a revision; one that is there already stays as it is."""
    for each in made:
        row = {name: getattr(each, name) for name in ReportFile.__slots__}
        conn.execute(insert_into(conn, report_file).values(row).on_conflict_do_nothing())


def _is(key: ReportKey) -> tuple[ColumnElement[bool], ...]:
    columns = report_revision.c
    return (
        columns.first == key.first.isoformat(),
        columns.last == key.last.isoformat(),
        columns.agency == key.agency,
    )


def _read(row: RowMapping) -> Revision:
    key = ReportKey(date.fromisoformat(row["first"]), date.fromisoformat(row["last"]), row["agency"])
    rest = {name: row[name] for name in Revision.__slots__ if name != "key"}
    return Revision(key=key, **rest)
