"""What of BATT_HOME belongs to a backup."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from dashboard.backup.files import kept, walk
from dashboard.config.load import load
from tests.code_checks import ROOT


def test_photos_uploads_reports_corrections_the_secret_and_the_drop_folders_of_the_configuration_are_kept():
    names = kept(load(ROOT / "config.yaml", date(2026, 11, 24)).sources)
    assert set(names) == {"photos", "uploads", "reports", "corrected", "discarded", "secret", "drop", "drop_sp4n"}
    assert len(names) == len(set(names))


def test_a_folder_is_walked_and_what_is_no_file_is_named(tmp_path: Path):
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / "drop" / "done").mkdir(parents=True)
    elsewhere.mkdir()
    (elsewhere / "1.jpg").write_bytes(b"1")
    (home / "photos").symlink_to(elsewhere)
    (home / "secret").write_bytes(b"s")
    (home / "batt.db").write_bytes(b"not mine")
    (home / "drop" / "done" / "a.csv").write_bytes(b"a")
    (home / "drop" / ".half").write_bytes(b"h")
    (home / "drop" / "link").symlink_to("/etc/passwd")
    (home / "drop" / "loop").symlink_to(home)
    (home / "drop" / os.fsdecode(b"\xff.csv")).write_bytes(b"x")
    os.mkfifo(home / "drop" / "pipe")
    left_out: list[str] = []
    found = list(walk(home, ("photos", "secret", "drop", "uploads"), left_out))
    assert [name for name, _ in found] == ["photos", "photos/1.jpg", "secret", "drop", "drop/done", "drop/done/a.csv"]
    assert all(path == home / name for name, path in found)
    assert sorted(left_out) == [
        "drop/?.csv: its name is no UTF-8",
        "drop/link: neither a file nor a folder",
        "drop/loop: neither a file nor a folder",
        "drop/pipe: neither a file nor a folder",
    ]
