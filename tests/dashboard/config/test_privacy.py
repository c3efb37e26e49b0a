"""What holds personal data is for the server's own user, however lax the shell was that started it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.app import open_store
from dashboard.config.home import Home
from dashboard.config.load import Config
from dashboard.config.sections.privacy import found_open, tighten
from ingest.photos.storage import PhotoStorage
from ingest.tabular.results.result_file import ResultFile
from ingest.tabular.results.result_workbook import ResultWorkbook
from tests.dashboard.api.test_photos import PICTURE
from tests.forked import ForkedCommand

ROWS = "nomor,tanggal,waktu,kategori,uraian,desa\n1,2026-11-20,08:00,sampah,Sampah di pasar,Temas\n2,kemarin,,x,y,z\n"


@pytest.fixture
def lax() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def open_below(folder: Path) -> dict[str, str]:
    found = [folder, *folder.rglob("*")]
    return {str(path): oct(mode(path)) for path in found if mode(path) != (0o700 if path.is_dir() else 0o600)}


def test_all_that_the_commands_make_is_for_their_user_alone(tmp_path: Path):
    home, rows, saved = tmp_path / "home", tmp_path / "baris.csv", tmp_path / "saved"
    rows.write_text(ROWS, encoding="utf-8")
    environ = {"PATH": os.environ["PATH"], "BATT_HOME": str(home)}
    for words in (
        ["ingest", "opd_csv", "--once", "--file", str(rows)],
        ["screen", "url", "peta"],
        ["backup", f"{saved}/"],
    ):
        saved.mkdir(mode=0o700, exist_ok=True)
        done = ForkedCommand(words, environ, tmp_path / "said", tmp_path / "errors", umask=0).completed()
        assert done.returncode == 0, done.stderr
    assert (home / "drop" / "baris.csv.hasil.csv").exists() or (home / "drop" / "baris.hasil.csv").exists()
    assert len(list(saved.iterdir())) == 1
    assert open_below(home) == {}
    assert open_below(saved) == {}


@pytest.mark.usefixtures("lax")
def test_a_photo_lies_in_a_folder_of_its_users_alone(tmp_path: Path):
    PhotoStorage(tmp_path).put(PICTURE)
    folder = next(path for path in (tmp_path / "photos").iterdir())
    assert mode(folder) == 0o700
    assert {mode(path) for path in folder.iterdir()} == {0o600}


@pytest.mark.usefixtures("lax")
def test_an_existing_home_is_closed_at_the_start(config: Config, tmp_path: Path):
    home = Home(tmp_path / "home", f"sqlite:///{tmp_path / 'home' / 'batt.db'}", None)
    for name in ("photos", "uploads", "drop"):
        (home.path / name).mkdir(parents=True)
    (home.path / "batt.db").touch()
    (home.path / "corrected.jsonl").touch()
    assert len(found_open(home.path)) == 6
    for name in ("photos", "uploads", "drop", "."):
        (home.path / name).chmod(0o755)
    engine = open_store(config, home)
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE TABLE a (b)")
        assert open_below(home.path) == {}
        assert (home.path / "batt.db-wal").exists()
    engine.dispose()


def test_a_folder_into_which_others_put_files_stays_open_and_can_be_reached(tmp_path: Path):
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop").chmod(0o2770)
    (tmp_path / "photos").mkdir(mode=0o755)
    tmp_path.chmod(0o755)
    tighten(tmp_path)
    assert [oct(mode(path)) for path in (tmp_path, tmp_path / "drop", tmp_path / "photos")] == [
        "0o711",
        "0o2770",
        "0o700",
    ]
    assert [(each.path.name, each.is_shared) for each in found_open(tmp_path)] == [("drop", True)]


def test_a_folder_of_others_is_never_touched(tmp_path: Path):
    (tmp_path / "home").symlink_to("/usr/share")
    (tmp_path / "link").symlink_to("/etc/hostname")
    before = mode(Path("/usr/share"))
    tmp_path.chmod(0o700)
    tighten(tmp_path)
    assert mode(Path("/usr/share")) == before
    assert found_open(tmp_path) == []


@pytest.mark.usefixtures("lax")
@pytest.mark.parametrize("given", [0o600, 0o640, 0o664])
def test_who_may_read_a_file_may_read_its_result_and_nobody_else(tmp_path: Path, given: int):
    source = tmp_path / "baris.csv"
    source.write_text(ROWS, encoding="utf-8")
    source.chmod(given)
    for result in (ResultFile(source, "d"), ResultWorkbook(source, "d")):
        result.refuse("rusak")
        assert mode(result.path) == given
    result = ResultFile(source, "d")
    result.begin(0)
    result.finish()
    assert mode(result.path) == given
