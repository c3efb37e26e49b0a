"""A reconciliation as a CSV file, and as text for the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.config.faults import did_you_mean
from data.domain.cases.reconciliation import STAGE_OF_STATE, NumberedCase, PlatformReport, Reconciliation
from data.store.cases import reconciliation
from data.store.db.engine import Engine, reading
from data.texts import texts
from ingest.tabular.results.result_file import safe

COLUMNS = ("kind", "number", "code", "source", "here", "there", "received", "why")
HERE_ONLY, THERE_ONLY, STATES, CLASSES, DOUBLED = "here_only", "there_only", "states", "classes", "doubled"
BOM = "\ufeff"
"""So that a spreadsheet program reads it as UTF-8."""
SHOWN = 20

Row = tuple[str, str, str, str, str, str, str, str]


class NoList(LookupError):
    """The source has no list to compare with, or the file cannot be written; the text says what to do."""


def report(engine: Engine, source: str, timezone: str, file: Path | None = None) -> str:
    """The text for the command line; with `file`, all findings are written there. Raises NoList, StoreDown."""
    with reading(engine) as conn:
        listed = reconciliation.sources_listed(conn)
        if source not in listed:
            raise NoList(f"{source!r} has brought no list of SP4N-LAPOR! yet: {did_you_mean(source, listed)}")
        found = reconciliation.reconcile(conn, source)
    zone = ZoneInfo(timezone)
    if file is None:
        return as_text(source, found, zone)
    try:
        file.write_text(as_csv(found, zone, "id"), encoding="utf-8", newline="")
    except OSError as error:
        raise NoList(f"{file} cannot be written: {error.strerror}") from None
    return f"{as_text(source, found, zone)}\n\nEvery finding is in {file}."


def rows(found: Reconciliation, zone: ZoneInfo, lang: str) -> Iterator[Row]:
    """One row a finding, in the order of COLUMNS, its kind as a code; local times; reasons in `lang`."""
    for case in found.missing_on_platform:
        yield HERE_ONLY, case.number, case.code, case.source, _state(case), "", _at(case.received_at, zone), ""
    for there in found.missing_here:
        listed, why = there.listed, texts(lang).stored_sentence(there.rejected or "")
        yield THERE_ONLY, listed.number, "", "", "", listed.status or "", _at(listed.received_at, zone), why
    for name, pairs in ((STATES, found.states), (CLASSES, found.classes)):
        for there, case in pairs:
            ours, theirs = _sides(name, there, case)
            yield name, case.number, case.code, case.source, ours, theirs, _at(case.received_at, zone), ""
    for number, cases in found.duplicates:
        for case in cases:
            yield DOUBLED, number, case.code, case.source, _state(case), "", _at(case.received_at, zone), ""


def as_csv(found: Reconciliation, zone: ZoneInfo, lang: str) -> str:
    """All findings as CSV (RFC 4180); no cell is a formula to a spreadsheet."""
    say, text = texts(lang), io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(say(f"findings.column.{name}") for name in COLUMNS)
    for kind, *cells in rows(found, zone, lang):
        writer.writerow([say(f"findings.{kind}"), *map(safe, cells)])
    return BOM + text.getvalue()


def as_text(source: str, found: Reconciliation, zone: ZoneInfo) -> str:
    """Counts, and the first of each list."""
    lines = [f"{source}: {found.listed} reports are listed by SP4N-LAPOR!, {found.matched} of them are cases here."]
    titles: Sequence[tuple[str, str, int]] = (
        (HERE_ONLY, "here but not there", len(found.missing_on_platform)),
        (THERE_ONLY, "there but not here", len(found.missing_here)),
        (STATES, "states differ", len(found.states)),
        (CLASSES, "classes differ", len(found.classes)),
        (DOUBLED, "numbers on several cases", len(found.duplicates)),
    )
    every = list(rows(found, zone, "en"))
    for name, title, count in titles:
        lines.append(f"\n{count:>6}  {title}")
        mine = [row for row in every if row[0] == name]
        lines += [f"        {'  '.join(cell for cell in row[1:] if cell)}" for row in mine[:SHOWN]]
        if len(mine) > SHOWN:
            lines.append(f"        and {len(mine) - SHOWN} more: --csv FILE")
    return "\n".join(lines)


def _sides(name: str, there: PlatformReport, case: NumberedCase) -> tuple[str, str]:
    if name == CLASSES:
        return case.service_class, there.listed.service_class or ""
    return _state(case), there.listed.status or ""


def _state(case: NumberedCase) -> str:
    stage = STAGE_OF_STATE.get(case.state)
    return f"{case.state} ({stage})" if stage else str(case.state)


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else ""
