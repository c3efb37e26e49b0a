"""The files are a copy that is believed only when it fits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data.domain.cases.model import EventKind
from data.store.cases.cases import append_events
from data.store.db.change_feed import latest
from data.store.db.engine import Engine, reading, writing
from data.store.history import files, history
from data.store.history.growing import GrowingTable
from data.store.history.history import History, HistoryNotKept
from tests.conftest import Limit
from tests.data.store.history.test_history import as_rows
from tests.factories import DAY, HOUR, NOW, a_case, a_city, a_history, calendars, event, stored, terms_for


def with_cases(engine: Engine, number: int = 3) -> list[int]:
    with writing(engine) as conn:
        return [
            stored(conn, a_case(), a_history(NOW - n * DAY, dispatched=HOUR, answered=2 * HOUR)) for n in range(number)
        ]


def a_resident(engine: Engine, folder: Path) -> History:
    return History(engine, folder, a_city(), calendars())


def test_a_start_takes_the_files_and_what_came_since(engine: Engine, tmp_path: Path):
    with_cases(engine)
    a_resident(engine, tmp_path).save()
    with_cases(engine, 2)
    again = a_resident(engine, tmp_path)
    assert len(again.as_known(at=NOW)) == 5
    assert as_rows(again.as_known(at=NOW)) == as_rows(a_resident(engine, tmp_path / "other").as_known(at=NOW))


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")


@pytest.mark.parametrize("name", ["case.received.npy", "former.row.npy", "pause.since.npy", files.CONTENTS])
def test_a_file_that_was_changed_is_not_believed(engine: Engine, tmp_path: Path, name: str):
    with_cases(engine)
    a_resident(engine, tmp_path).save()
    spoil(tmp_path / name)
    assert as_rows(a_resident(engine, tmp_path).as_known(at=NOW)) == as_rows(
        a_resident(engine, tmp_path / "other").as_known(at=NOW)
    )


def test_a_file_that_is_missing_is_no_error(engine: Engine, tmp_path: Path):
    with_cases(engine)
    a_resident(engine, tmp_path).save()
    (tmp_path / "case.id.npy").unlink()
    assert len(a_resident(engine, tmp_path).as_known(at=NOW)) == 3


def test_files_of_another_store_are_not_believed(engine: Engine, tmp_path: Path):
    with_cases(engine)
    a_resident(engine, tmp_path).save()
    kept = files.load(tmp_path, history._TABLES)
    assert kept is not None
    files.save(tmp_path, files.Kept(kept.seq, kept.recorded_at + 1, kept.names, {**kept.tables, "case": none(kept)}))
    assert len(a_resident(engine, tmp_path).as_known(at=NOW)) == 3


def none(kept: files.Kept) -> dict[str, np.ndarray]:
    return {name: column[:0] for name, column in kept.tables["case"].items()}


def test_many_new_cases_are_written_by_themselves(engine: Engine, tmp_path: Path, limit: Limit):
    limit(history, "_MANY", 2)
    with_cases(engine, 2)
    resident = a_resident(engine, tmp_path)
    resident.refresh()
    assert not (tmp_path / files.CONTENTS).exists()
    with_cases(engine, 1)
    resident.refresh()
    assert (tmp_path / files.CONTENTS).exists()


def test_a_column_that_somebody_holds_does_not_change(engine: Engine, tmp_path: Path):
    ids = with_cases(engine)
    resident = a_resident(engine, tmp_path)
    before = resident.as_known(at=NOW)
    told = as_rows(before)
    with writing(engine) as conn:
        append_events(conn, ids[0], [event(EventKind.RESOLVED, NOW)], terms_for(a_case()), NOW)
    with_cases(engine, 2)
    assert len(resident.as_known(at=NOW)) == 5
    assert as_rows(before) == told


def test_who_has_released_the_columns_is_told_the_same_again(engine: Engine, tmp_path: Path):
    with_cases(engine)
    live = a_resident(engine, tmp_path)
    held = live.as_known(at=NOW)
    before = as_rows(held)
    live.release()
    with_cases(engine, 1)
    assert as_rows(held) == before
    assert as_rows(live.as_known(at=NOW)) == as_rows(a_resident(engine, tmp_path / "other").as_known(at=NOW))


def test_a_number_that_was_not_given_out_is_refused(engine: Engine, tmp_path: Path):
    with_cases(engine)
    with pytest.raises(HistoryNotKept):
        a_resident(engine, tmp_path).as_known(999)


def test_the_number_of_a_moment_is_that_of_the_last_change_by_then(engine: Engine, tmp_path: Path):
    ids = with_cases(engine)
    resident = a_resident(engine, tmp_path)
    with reading(engine) as conn:
        before = latest(conn)
    with writing(engine) as conn:
        append_events(conn, ids[0], [event(EventKind.RESOLVED, NOW + HOUR)], terms_for(a_case()), NOW + HOUR)
    assert resident.seq_at(NOW + HOUR / 2) == before
    assert resident.seq_at(NOW + 2 * HOUR) == before + 1


def test_files_of_columns_that_are_no_longer_kept_go(engine: Engine, tmp_path: Path):
    with_cases(engine, 1)
    old = tmp_path / "event.at.npy"
    old.write_bytes(b"of the release before")
    a_resident(engine, tmp_path).save()
    assert not old.exists()
    assert (tmp_path / "case.id.npy").exists()


def test_a_table_grows_without_moving_what_was_seen():
    table = GrowingTable({"a": np.arange(3, dtype=np.uint32)})
    seen = table.view()["a"]
    table.append({"a": np.arange(5000, dtype=np.uint32)})
    more = table.view()["a"]
    table.append({"a": np.array([7], dtype=np.uint32)})
    table.write(np.array([0]), {"a": np.array([9], dtype=np.uint32)})
    assert (seen.tolist(), len(more), more[0], len(table), table["a"][0]) == ([0, 1, 2], 5003, 0, 5004, 9)
    table.insert(np.array([1]), {"a": np.array([4], dtype=np.uint32)})
    assert table["a"][:3].tolist() == [9, 4, 1]
