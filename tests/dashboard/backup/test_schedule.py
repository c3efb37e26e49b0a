"""The folder of the backups: names, when the next is due, which go."""

from __future__ import annotations

import os
from pathlib import Path
from zoneinfo import ZoneInfo

from dashboard.backup.schedule import JOB, RETRY, backups, is_due, name_of, remove_old
from dashboard.config.models import BackupSettings
from data.store.db.jobs import JobState
from tests.factories import DAY, HOUR, MINUTE, NOW

NEVER = JobState(JOB)


def test_a_backup_is_named_by_its_moment_and_known_by_its_name(tmp_path: Path):
    names = [name_of(NOW, encrypted=False), name_of(NOW + DAY, encrypted=True)]
    for name in (*names, f".{names[0]}.1.part", "batt.db", "batt-20261124.tar.gz", "catatan.txt"):
        (tmp_path / name).touch()
    assert backups(tmp_path) == {NOW: tmp_path / names[0], NOW + DAY: tmp_path / names[1]}
    assert names[1].endswith(".tar.gz.age")


def test_one_is_due_when_there_is_none_or_the_newest_is_old(tmp_path: Path):
    assert is_due(tmp_path, DAY, NEVER, NOW)
    (tmp_path / name_of(NOW - 3 * DAY, encrypted=False)).touch()
    (tmp_path / name_of(NOW - DAY + MINUTE, encrypted=True)).touch()
    assert not is_due(tmp_path, DAY, NEVER, NOW)
    assert is_due(tmp_path, DAY, NEVER, NOW + MINUTE)


def test_a_folder_that_is_not_there_is_due_so_that_it_is_said(tmp_path: Path):
    assert is_due(tmp_path / "nowhere", DAY, NEVER, NOW)


def test_after_a_failure_it_is_tried_again_some_time_later(tmp_path: Path):
    fell = JobState(JOB, NOW, NOW - DAY, NOW, "disk full")
    assert not is_due(tmp_path, DAY, fell, NOW + RETRY - MINUTE)
    assert is_due(tmp_path, DAY, fell, NOW + RETRY)
    back = JobState(JOB, NOW, NOW + MINUTE, NOW)
    assert is_due(tmp_path, DAY, back, NOW + 2 * MINUTE)


def test_a_backup_and_a_failure_of_the_future_keep_nobody_waiting(tmp_path: Path):
    (tmp_path / name_of(NOW + 300 * DAY, encrypted=False)).touch()
    assert is_due(tmp_path, DAY, NEVER, NOW)
    assert is_due(tmp_path, DAY, JobState(JOB, NOW, NOW - DAY, NOW + HOUR, "disk full"), NOW)
    (tmp_path / name_of(NOW, encrypted=False)).touch()
    assert not is_due(tmp_path, DAY, NEVER, NOW + MINUTE)


def test_what_need_not_stay_goes_and_other_files_are_left_alone(tmp_path: Path):
    settings = BackupSettings(folder="x", daily=2, weekly=0, monthly=0)
    for days in range(4):
        (tmp_path / name_of(NOW - days * DAY, encrypted=bool(days % 2))).touch()
    for name in ("catatan.txt", ".batt-new.1.part", ".batt-left.2.part"):
        (tmp_path / name).touch()
    left = (NOW - 25 * HOUR).timestamp()
    os.utime(tmp_path / ".batt-left.2.part", (left, left))
    os.utime(tmp_path / ".batt-new.1.part", ((NOW - HOUR).timestamp(),) * 2)
    gone = remove_old(tmp_path, settings, ZoneInfo("Asia/Jakarta"), NOW)
    assert gone == [name_of(NOW - 3 * DAY, encrypted=True), name_of(NOW - 2 * DAY, encrypted=False)]
    assert sorted(backups(tmp_path)) == [NOW - DAY, NOW]
    assert {path.name for path in tmp_path.iterdir()} >= {"catatan.txt", ".batt-new.1.part"}
    assert not (tmp_path / ".batt-left.2.part").exists()
