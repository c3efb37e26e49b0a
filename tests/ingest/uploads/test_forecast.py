"""What a page foretells of an import is what the store says after it: how many are open, how many of them overdue."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from data.store.cases.conditions import OPEN, count_of, overdue
from data.store.db.engine import Engine, reading
from ingest.uploads.uploader import AT_ONCE_MOST
from tests.ingest.doors import NOW, WIB
from tests.ingest.uploads.desk import HEADER, Desk

KINDS = ("sampah", "jalan rusak", "longsor", "kebakaran", "hantu", "Lubang")
STATUSES = ("Baru", "Diproses", "Selesai", "Ditolak", "Menguap", "")


def some_rows(seed: int, count: int) -> bytes:
    """Old and fresh rows of every status; ids that stand twice with one category, dates that are none."""
    random, lines = Random(seed), [HEADER]
    for n in range(count):
        received = NOW.astimezone(WIB) - timedelta(minutes=random.choice([5, 300, 1_000, 5_000, 90_000]) + n)
        done = random.choice([received + timedelta(days=1), received + timedelta(minutes=1)])
        id_, day = random.randrange(count), random.choice([f"{received:%d/%m/%Y}"] * 9 + ["31/02/2026"])
        status = random.choice(STATUSES)
        end = f"{done:%d/%m/%Y %H:%M}" if status in ("Selesai", "Ditolak") else ""
        lines.append(f"{id_};{day};{received:%H.%M};{KINDS[id_ % len(KINDS)]};x;y;Sisir;{status};{end};\n")
    return "".join(lines).encode()


def in_store(engine: Engine) -> tuple[int, int]:
    """Open and overdue cases."""
    with reading(engine) as conn:
        row = conn.execute(select(func.count(), count_of(overdue(), "overdue")).where(OPEN), {"now": NOW}).one()
        return row[0], row[1]


def foretold(desk: Desk, upload_id: str) -> tuple[int, int]:
    found = desk.look(upload_id).forecast
    assert found is not None
    assert found.at == NOW
    return found.open, found.overdue


@pytest.mark.parametrize("seed", range(4))
def test_the_forecast_is_what_the_store_says_after_the_import(quick_desk: Desk, seed: int):
    upload_id = quick_desk.asked(some_rows(seed, 150))
    before = foretold(quick_desk, upload_id)
    assert quick_desk.uploader.enqueue(upload_id, NOW)
    quick_desk.work()
    assert in_store(quick_desk.engine) == before
    assert 0 < before[1] < before[0]


def test_it_follows_the_mapping_that_is_confirmed(quick_desk: Desk):
    lines = "".join(f"{n};01/03/2026;08.30;sampah;x;y;Sisir;Menguap;;\n" for n in range(5))
    mapping = quick_desk.look(quick_desk.asked((HEADER + lines).encode())).form.mapping
    assert mapping is not None
    assert mapping.status is not None
    said = {"column": "status", "values": {"Menguap": ["diterima_opd"]}, "otherwise": []}
    upload_id = quick_desk.asked((HEADER + lines).encode())
    quick_desk.uploader.confirm(upload_id, mapping.model_dump(mode="json") | {"status": said}, NOW)
    assert foretold(quick_desk, upload_id) == (5, 5)
    events = {name: event.model_dump(mode="json") for name, event in mapping.events.items()}
    events["selesai"] |= {"at": ["received"]}
    done = said | {"values": {"Menguap": ["selesai"]}}
    quick_desk.uploader.confirm(upload_id, mapping.model_dump(mode="json") | {"status": done, "events": events}, NOW)
    assert foretold(quick_desk, upload_id) == (0, 0)


def test_a_long_file_is_counted_whole_by_the_job(quick_desk: Desk):
    count = AT_ONCE_MOST + 1
    lines = "".join(f"{n};01/03/2026;08.30;sampah;x;y;Sisir;Baru;;\n" for n in range(count))
    upload_id = quick_desk.asked((HEADER + lines).encode())
    assert foretold(quick_desk, upload_id) == (count, count)
    mapping = quick_desk.look(upload_id).form.mapping
    assert mapping is not None
    changed = mapping.model_dump(mode="json") | {"agency_for_all": "dlh"}
    assert quick_desk.uploader.confirm(upload_id, changed, NOW).counting
    assert quick_desk.state(upload_id) == "looking"
    quick_desk.work()
    assert quick_desk.state(upload_id) == "asking"
    assert foretold(quick_desk, upload_id) == (count, count)


def test_a_file_that_is_gone_can_still_be_confirmed(quick_desk: Desk):
    upload_id = quick_desk.asked((HEADER + "1;01/03/2026;08.30;sampah;x;y;Sisir;Baru;;\n").encode())
    mapping = quick_desk.look(upload_id).form.mapping
    assert mapping is not None
    quick_desk.uploader.storage.input(upload_id).unlink()
    quick_desk.uploader.confirm(upload_id, mapping.model_dump(mode="json"), NOW)
    assert quick_desk.look(upload_id).forecast is None
