"""Files and folders take the place of others, all or none, also when the process is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.backup.placing import LIST, Step, finish, interrupted, place, undo
from tests.code_checks import ROOT

KILLED = """
import sys
from pathlib import Path
from tests.killed_renaming import die_after
die_after(int(sys.argv[2]))
from dashboard.backup.placing import place
from tests.dashboard.backup.test_placing import steps
home = Path(sys.argv[1])
place(home, steps(home))
print("through")
"""


def steps(home: Path) -> list[Step]:
    """One that was there and comes, one that only was there, one that only comes, one that is neither."""
    names = ("batt.db", "uploads", "photos", "drop")
    return [Step(home / name, home / "new" / name, home / "before" / name) for name in names]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "new" / "photos").mkdir(parents=True)
    (tmp_path / "uploads").mkdir()
    (tmp_path / "batt.db").write_text("old")
    (tmp_path / "uploads" / "a").write_text("old")
    (tmp_path / "new" / "batt.db").write_text("new")
    (tmp_path / "new" / "photos" / "1").write_text("new")
    return tmp_path


def seen(home: Path) -> dict[str, str]:
    return {str(path.relative_to(home)): path.read_text() for path in sorted(home.rglob("*")) if path.is_file()}


OLD = {"batt.db": "old", "uploads/a": "old", "new/batt.db": "new", "new/photos/1": "new"}
NEW = {"batt.db": "new", "photos/1": "new", "before/batt.db": "old", "before/uploads/a": "old"}


def test_what_was_there_lies_aside_and_what_is_new_in_its_place(home: Path):
    assert seen(home) == OLD
    place(home, steps(home))
    assert seen(home) == NEW
    assert not (home / LIST).exists()


def test_nothing_is_moved_over_what_lies_aside_already(home: Path):
    (home / "before").mkdir()
    (home / "before" / "uploads").write_text("of another restore")
    with pytest.raises(FileExistsError, match="before/uploads"):
        place(home, steps(home))
    assert seen(home) == {**OLD, "before/uploads": "of another restore"}


def test_nothing_is_moved_when_one_place_is_named_twice(home: Path):
    twice = Step(home / "batt.db", home / "new" / "photos", home / "before" / "other")
    with pytest.raises(ValueError, match="twice"):
        place(home, [*steps(home), twice])
    assert seen(home) == OLD


def test_one_step_that_fails_takes_all_back(home: Path):
    (home / "elsewhere").write_text("no folder")
    bad = Step(home / "elsewhere" / "drop", home / "new" / "photos", home / "before" / "drop")
    with pytest.raises(OSError, match="elsewhere"):
        place(home, [*steps(home)[:2], bad])
    assert seen(home) == {**OLD, "elsewhere": "no folder"}


def test_with_a_schema_the_list_stays_until_it_is_known_what_the_database_did(home: Path):
    assert interrupted(home) == (False, None)
    place(home, steps(home), "before_x")
    assert interrupted(home) == (True, "before_x")
    finish(home)
    assert interrupted(home) == (False, None)
    assert seen(home) == NEW


@pytest.mark.parametrize("moves", range(1, 6))
def test_killed_after_any_move_it_is_taken_back_by_whoever_comes_next(home: Path, moves: int):
    command = [sys.executable, "-c", KILLED, str(home), str(moves)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    if done.returncode == 0:
        assert (moves, done.stdout) == (5, "through\n"), done.stderr
        return
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (home / LIST).exists()
    undo(home)
    assert seen(home) == OLD
    assert not (home / LIST).exists()


def test_taking_back_may_be_interrupted_and_done_again(home: Path):
    place(home, steps(home), "before_x")
    listed = (home / LIST).read_text()
    for _ in range(2):
        (home / LIST).write_text(listed)
        undo(home)
        assert seen(home) == OLD
