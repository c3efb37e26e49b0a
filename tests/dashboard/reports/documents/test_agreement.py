"""PDF, workbook, CSV and JSON of one period and moment say the same, and what the table of figures says."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.config.load import OPEN311
from dashboard.reports.archive.attachment import attachment
from dashboard.reports.archive.gathering import gather, known_at
from dashboard.reports.archive.making import Request
from dashboard.reports.archive.period import Months, months
from dashboard.reports.archive.verifying import attached_rows
from dashboard.reports.documents.wording import Wording, labels_of
from dashboard.reports.month.building import VOLUME
from dashboard.reports.month.tables import TOTAL, Share, canonical_rows
from data.domain.figures.period import figures
from data.domain.sources.screens import ScreenHour
from data.store.db.change_feed import record_change
from data.store.db.engine import Engine, open_engine, writing
from data.store.intake import hours
from data.store.reports import screens
from tests.dashboard.reports import months as world
from tests.dashboard.reports.documents.reading import as_texts, in_words, of_csv, of_json, of_workbook, opened
from tests.factories import BEJI, HOUR, MINUTE, SISIR, TEMAS, a_case, a_city, a_history, stored

STEPS = ("dispatched", "answered", "resolved")


@st.composite
def lives(draw: st.DrawFn) -> tuple[datetime, str, dict[str, Any]]:
    """Receipt in August to October, what happened then, and where."""
    at = world.at_noon(1, 8) + timedelta(hours=draw(st.integers(0, 91 * 24)))
    kind = draw(st.sampled_from(("sampah", "jalan_rusak", "longsor", "narkoba")))
    after, happened = timedelta(), {}
    for step in STEPS[: draw(st.integers(0, 3))]:
        after += timedelta(minutes=draw(st.integers(1, 60 * 24 * 20)))
        if at + after < world.MADE_AT:
            happened[step] = after
    village = draw(st.sampled_from((SISIR, TEMAS, BEJI, None)))
    return at, kind, {**happened, "village": village, "private": kind == "narkoba" or draw(st.integers(0, 9)) == 0}


MONTHS = st.sampled_from([("2026-08", None), ("2026-09", None), ("2026-10", None), ("2026-08", "2026-10")])


@given(born=st.lists(lives(), min_size=1, max_size=30), span=MONTHS)
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
def test_all_documents_of_a_random_month_agree(engine: Engine, tmp_path: Path, born: list[Any], span: Any):
    world.given(engine, world.at_noon(1, 8), dispatched=HOUR)
    for at, kind, life in born:
        world.given(engine, at, kind, **life)
    deps, which = world.deps_of(engine, tmp_path), months(*span, "Asia/Jakarta", world.MADE_AT)
    made = world.made_by(deps, Request(which))
    facts = gather(deps, which, "", known_at(deps, which, None))
    files = {name.rpartition("/")[2]: content for name, content in world.contents(deps, made).items()}
    rows, wording = canonical_rows(facts.tables), Wording("id", labels_of(a_city(), {}), "Asia/Jakarta")

    attached = attached_rows(next(content for name, content in files.items() if name.endswith(".pdf")))
    assert attached is not None
    assert attached["rows"] == rows
    book = opened(next(content for name, content in files.items() if name.endswith(".xlsx")))
    for table in facts.tables:
        mine = [row for row in rows if row["table"] == table.name]
        assert of_workbook(book, table) == in_words(mine, table, wording)
    oldest = book["oldest"]
    assert ":" not in "".join(str(cell.value) for row in oldest.iter_rows(min_row=5, min_col=3) for cell in row[:3])
    published = of_json(files["data.json"])
    for name, told in published.items():
        assert of_csv(files[f"{name}.csv"]) == [as_texts(row) for row in told]
    _open_data_says_no_other_number(facts, published)
    _figures_say_the_same(deps, facts, which)


def test_on_postgresql_every_row_is_that_of_sqlite(sqlite_url: str, postgresql_url: str, tmp_path: Path):
    cases = [
        (a_case(kind, village=village, private=kind == "narkoba"), a_history(world.at_noon(day), agency, **later))
        for day, (kind, agency, village, later) in enumerate(LIVES * 3, 1)
    ]
    told = [_rows_of(url, cases, tmp_path / str(n)) for n, url in enumerate((sqlite_url, postgresql_url))]
    assert told[0] == told[1]
    assert all(f'"table":"{name}"' in told[0] for name in ("oldest", "pauses", "screens", "sources", "ratings"))


def _rows_of(url: str, cases: list[Any], home: Path) -> str:
    """The attached rows of the report on these cases, as their bytes are hashed."""
    engine = open_engine(url)
    with writing(engine) as conn:
        for case, events in cases:
            record_change(conn, "received", world.MADE_AT, case_id=stored(conn, case, events, world.MADE_AT))
        screens.add(conn, [ScreenHour("peta", world.at_noon(3), 2**60 - 1)])
        for hour in range(200):
            hours.count(conn, OPEN311, world.at_noon(3) + hour * HOUR, fetches=1, delivered=hour % 2)
    deps = world.deps_of(engine, home)
    facts = gather(deps, world.OCTOBER, "", known_at(deps, world.OCTOBER, None))
    engine.dispose()
    return attachment(facts, 1)[0]


LIVES: list[tuple[str, str, str | None, dict[str, timedelta]]] = [
    ("sampah", "dlh", SISIR, {"dispatched": MINUTE, "answered": HOUR, "resolved": 9 * HOUR}),
    ("jalan_rusak", "dpupr", BEJI, {"dispatched": HOUR, "paused": 2 * HOUR, "resumed": 30 * HOUR}),
    ("narkoba", "dpupr", None, {"dispatched": HOUR}),
    ("longsor", "dpupr", TEMAS, {"dispatched": HOUR, "resolved": 2 * HOUR, "reopened": 50 * HOUR}),
    ("sampah", "dlh", TEMAS, {}),
]


def _open_data_says_no_other_number(facts: Any, published: dict[str, Any]) -> None:
    """Where nothing is left out and nothing private, open data has the numbers of the document."""
    for table in facts.public:
        whole = {row[table.of]: row for row in canonical_rows([facts.table(table.name)])}
        open_rows = {row[table.of]: row for row in canonical_rows([table])}
        for row in published[table.name]:
            key = row[table.of]
            for name, value in row.items():
                if name in open_rows[key] and value is not None:
                    assert value == open_rows[key][name]
                    assert not isinstance(value, int) or value <= whole[key][name]


def _figures_say_the_same(deps: Any, facts: Any, which: Months) -> None:
    columns = deps.history.as_known(facts.head.seq, facts.head.as_of)
    asked = figures(columns, which.period("Asia/Jakarta"), codes=(*VOLUME, "on_time"))
    totals = facts.table("totals")
    assert [totals.cell("this", code) for code in VOLUME] == [asked.total[code].n for code in VOLUME]
    on_time = asked.total["on_time"]
    assert facts.table("pace").cell("this", "on_time") == Share(on_time.part, on_time.n)
    assert facts.table("backlog_by_age").cell(TOTAL, "open") == asked.total["open"].n
    for name in ("by_agency", "by_category", "by_village"):
        table = facts.table(name)
        for code in VOLUME:
            place = table.column(code)
            assert sum(row.cells[place] for row in table.rows[:-1]) == table.cell(TOTAL, code)
