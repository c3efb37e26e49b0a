"""The report as PDF/A with tags, by typst: the texts go in as JSON and are never markup."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import typst

from dashboard.config.models import ReportSettings
from dashboard.reports.documents.charts import drawn_rows, svg
from dashboard.reports.documents.fonts import FOLDER
from dashboard.reports.documents.wording import NO_DATA, Wording
from dashboard.reports.month.facts import Chapter, Chart, Finding, MonthFacts
from dashboard.reports.month.tables import TOTAL, Kind, Table

TEMPLATE = Path(__file__).with_name("report.typ")
STANDARDS: list[Literal["a-3a", "ua-1"]] = ["a-3a", "ua-1"]
ARMS = "arms"
SHOWN_HASH = 16
MEMO_MOST = 8
NARROW = {Kind.TEXT, Kind.DAY}
WIDEST = 6
"""More columns than these stand in two tables."""
COMPARING = ("change.", "points.")


class NotDrawn(RuntimeError):
    """typst had something to complain of; the text says what."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One revision of a report in one language, to be drawn."""

    facts: MonthFacts
    revision: int
    sha256: str
    """Of the canonical rows."""
    rows: str
    """The attached JSON."""
    changes: tuple[str, ...] = ()
    """What is different from the revision before, as sentences."""


def pdf(edition: Edition, settings: ReportSettings, wording: Wording, root: Path) -> bytes:
    """The file. Raises NotDrawn, OSError when the coat of arms cannot be read."""
    files: dict[str, str] = {}
    chapters = [_chapter(each, edition.facts, wording, files) for each in edition.facts.chapters]
    if settings.arms is not None:
        files[ARMS] = (root / settings.arms).read_text(encoding="utf-8")
    inputs = {
        "report": json.dumps(_composed(edition, settings, wording) | {"chapters": chapters}, ensure_ascii=False),
        "charts": json.dumps(files),
        "rows": edition.rows,
    }
    try:
        made, warnings = typst.compile_with_warnings(
            TEMPLATE, font_paths=_fonts(), sys_inputs=inputs, format="pdf", pdf_standards=[*STANDARDS]
        )
    except typst.TypstError as error:
        raise NotDrawn(error.diagnostic) from None
    if warnings:
        raise NotDrawn("; ".join(each.message for each in warnings))
    return bytes(made)


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER])


def _composed(edition: Edition, settings: ReportSettings, wording: Wording) -> dict[str, Any]:
    """All but the chapters."""
    head, say = edition.facts.head, wording.say
    day = head.as_of.astimezone(ZoneInfo(head.zone)).date()
    return {
        "lang": wording.lang,
        "paper": settings.paper,
        "title": say("report.title"),
        "period": wording.period(head.first, head.last),
        "scope": wording.name("agency_name", head.agency) if head.agency else "",
        "author": settings.office or settings.government,
        "date": [day.year, day.month, day.day],
        "mark": say("report.demo") if head.demo else "",
        "footer": say(
            "report.footer",
            as_of=wording.moment(head.as_of),
            revision=edition.revision,
            sha256=edition.sha256[:SHOWN_HASH],
        ),
        "say": {
            name: say(f"report.pdf.{name}")
            for name in ("page", "arms", "memo", "contents", "end_title", "rows", "changed")
        },
        "arms": settings.arms is not None,
        "kop": {"government": settings.government, "office": settings.office, "lines": settings.letterhead},
        "sign": {
            "place": say("report.pdf.place", place=settings.place or "." * 16),
            "office": settings.signer_office or "." * 40,
            "name": settings.signer_name or "." * 40,
            "rank": settings.signer_rank,
        },
        "memo": _memo(edition, settings, wording),
        "frozen": list(frozen(edition, wording)),
        "changes": edition.changes,
        "end": say("report.pdf.end"),
    }


def _memo(edition: Edition, settings: ReportSettings, wording: Wording) -> dict[str, Any]:
    """The covering note: whom, from whom, about what, and the summary's sentences."""
    say, head = wording.say, edition.facts.head
    about = say("report.memo.about", period=wording.period(head.first, head.last))
    given = {
        "to": settings.to,
        "sender": settings.sender or settings.office,
        "copies": "; ".join(settings.copies) or NO_DATA,
        "date": "",
        "number": "",
        "nature": say("report.memo.usual"),
        "enclosed": say("report.memo.one_document"),
        "subject": about,
    }
    return {
        "fields": [[say(f"report.memo.{name}"), value] for name, value in given.items()],
        "paragraphs": [say("report.memo.begin", period=wording.period(head.first, head.last))],
        "points": paragraphs(memo_findings(edition.facts), wording),
        "end": say("report.memo.end"),
    }


def memo_findings(facts: MonthFacts) -> tuple[Finding, ...]:
    """The first sentences of the first chapter."""
    return facts.chapters[0].findings[:MEMO_MOST] if facts.chapters else ()


def frozen(edition: Edition, wording: Wording) -> Iterator[tuple[str, str]]:
    """What the report is frozen at, as (title, value)."""
    head, say = edition.facts.head, wording.say
    yield say("report.frozen.period"), f"{wording.day(head.first)} – {wording.day(head.last)} ({head.zone})"
    yield say("report.frozen.as_of"), wording.moment(head.as_of)
    yield say("report.frozen.seq"), say.number(head.seq)
    yield say("report.frozen.revision"), say.number(edition.revision)
    yield say("report.frozen.rows"), edition.sha256
    for name, digest in head.hashes.items():
        yield say(f"report.frozen.{name}"), digest[:SHOWN_HASH]


def _chapter(chapter: Chapter, facts: MonthFacts, wording: Wording, files: dict[str, str]) -> dict[str, Any]:
    charts = [found for chart in chapter.charts if (found := _chart(chart, facts, wording, files))]
    return {
        "title": wording.say(f"report.chapter.{chapter.name}"),
        "paragraphs": paragraphs(chapter.findings, wording),
        "tables": [part for table in chapter.tables for part in shown(table, wording)],
        "charts": charts,
    }


def _chart(chart: Chart, facts: MonthFacts, wording: Wording, files: dict[str, str]) -> Mapping[str, str] | None:
    table = facts.table(chart.table)
    drawn = svg(chart, table, wording)
    if drawn is None:
        return None
    files[chart.name] = drawn.decode()
    title = wording.sentence(chart.finding)
    rows = drawn_rows(chart, table)
    told = "; ".join(
        f"{wording.name(table.of, row.key)}: "
        + ", ".join(wording.cell(table.columns[n], row.cells[n]) for n in map(table.column, chart.columns))
        for row in rows
    )
    return {"name": chart.name, "title": title, "alt": f"{title} {told}"}


def paragraphs(findings: Sequence[Finding], wording: Wording) -> list[str]:
    """The sentences; one that compares stands behind what it compares."""
    told: list[str] = []
    for each in findings:
        sentence = wording.sentence(each)
        if told and each.key.startswith(COMPARING):
            told[-1] = f"{told[-1]} {sentence}"
        else:
            told.append(sentence)
    return told


def shown(table: Table, wording: Wording) -> Iterator[dict[str, Any]]:
    """A table as its texts; one with many columns in two parts."""
    parts = 1 if len(table.columns) <= WIDEST else 2
    size = -(-len(table.columns) // parts)
    for n in range(parts):
        columns = range(n * size, min(len(table.columns), (n + 1) * size))
        note = str(wording.say.texts.get(f"report.note.{table.name}", "")) if n == parts - 1 else ""
        if not table.rows:
            note = f"{wording.say('report.no_rows')} {note}".strip()
        title = wording.title(table)
        yield _part(table, columns, wording) | {
            "title": title if n == 0 else wording.say("report.continued", title=title),
            "note": note,
        }


def _part(table: Table, places: Sequence[int], wording: Wording) -> dict[str, Any]:
    columns = [table.columns[n] for n in places]
    titles = [wording.column(table.of), *(wording.column(column.name) for column in columns)]
    rows = [
        [
            wording.name(table.of, row.key),
            *(wording.cell(table.columns[n], row.cells[n]) for n in places),
        ]
        for row in table.rows
    ]
    right = [False, *(column.kind not in NARROW for column in columns)]
    return {
        "columns": [
            {"title": title, "right": is_right, "weight": _weight(title, [row[n] for row in rows], key=n == 0)}
            for n, (title, is_right) in enumerate(zip(titles, right, strict=True))
        ],
        "rows": rows,
        "total": next((n for n, row in enumerate(table.rows) if row.key == TOTAL), -1),
    }


def _weight(title: str, cells: Sequence[str], *, key: bool) -> int:
    """How wide a column is beside the others: its longest word or cell; names may break."""
    words = max(map(len, title.split()))
    longest = max((len(cell) for cell in cells), default=0)
    return max(words + 1, min(longest, 30) if key else longest, 6)
