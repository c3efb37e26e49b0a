"""What is answered is on disk: the power is cut at random moments, and everything that was committed is there."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from data.store.cases.codes import next_code
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.schema.cases import case
from tests.data.store.db.recording_vfs import SECTOR, Recording, recording
from tests.factories import NOW, a_case, received, stored

CUTS = 100
REPORTS = 120
CHECKPOINT_EVERY = 17
MONTH = date(2026, 11, 24)
WAL_HEADER, FRAME = 32, 24 + 4096


@dataclass(frozen=True, slots=True)
class Answered:
    """A report whose sender was told its number when the disk had been told this many steps."""

    code: str
    step: int


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Recording, list[Answered], Path]:
    """Reports stored one after the other, with checkpoints between them; the file as it was before."""
    file = tmp_path_factory.mktemp("recorded") / "batt.db"
    shutil.copyfile(sqlite_template, file)
    answered = []
    with recording(file) as steps:
        engine = open_engine(f"sqlite:///{file}")
        for number in range(REPORTS):
            code = report(engine)
            answered.append(Answered(code, len(steps.steps)))
            if number % CHECKPOINT_EVERY == 0:
                with engine.connect() as conn:
                    conn.exec_driver_sql("PRAGMA wal_checkpoint(RESTART)")
        engine.dispose()
    return steps, answered, sqlite_template


def report(engine: Engine) -> str:
    """One report in one transaction, as the Open311 server stores it; its number."""
    with writing(engine) as conn:
        code = next_code(conn, "AW", MONTH)
        stored(conn, a_case(code=code), [received(NOW)])
    return code


def test_a_hundred_power_cuts_lose_nothing_that_was_answered(
    record: tuple[Recording, list[Answered], Path], tmp_path: Path
):
    steps, answered, template = record
    chance = random.Random(20261124)
    wrong = []
    for n in range(CUTS):
        cut = chance.randrange(len(steps.steps) + 1)
        file = disk_after(steps, cut, template, tmp_path / f"cut{n}", chance)
        engine = open_engine(f"sqlite:///{file}")
        with reading(engine) as conn:
            assert conn.execute(text("PRAGMA integrity_check")).scalar_one() == "ok"
            kept = set(conn.execute(select(case.c.code)).scalars())
        promised = {each.code for each in answered if each.step <= cut}
        new = report(engine)
        if promised - kept or new in promised:
            wrong.append(f"cut at {cut}: {len(promised - kept)} of {len(promised)} lost, next number {new}")
        engine.dispose()
        shutil.rmtree(file.parent)
    assert wrong == []


def test_frames_that_end_on_the_edge_of_a_sector_are_among_them(record: tuple[Recording, list[Answered], Path]):
    steps, _, _ = record
    ends = [step.offset + len(step.data) for step in steps.steps if step.kind == "write" and step.path.endswith("-wal")]
    assert [end for end in ends if end % SECTOR == 0 and (end - WAL_HEADER) % FRAME == 0]


def test_the_harness_sees_what_a_commit_without_a_sync_would_lose(tmp_path: Path, sqlite_template: Path):
    file = tmp_path / "batt.db"
    shutil.copyfile(sqlite_template, file)
    with recording(file) as steps:
        engine = open_engine(f"sqlite:///{file}")
        event.listen(engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous = NORMAL"))
        codes = [report(engine) for _ in range(5)]
        engine.dispose()
    last_write = max(n for n, step in enumerate(steps.steps) if step.path.endswith("-wal") and step.kind == "write")
    found = disk_after(steps, last_write + 1, sqlite_template, tmp_path / "cut", random.Random(1))
    engine = open_engine(f"sqlite:///{found}")
    with reading(engine) as conn:
        assert set(codes) - set(conn.execute(select(case.c.code)).scalars())
    engine.dispose()


def disk_after(steps: Recording, cut: int, template: Path, folder: Path, chance: random.Random) -> Path:
    """The store as it is found when the power is back."""
    found = steps.after_cut(cut, folder, chance, {"batt.db": template.read_bytes()})
    return found / "batt.db"
