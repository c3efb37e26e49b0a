"""The doctor: finds what is wrong, and says how to mend it."""

from __future__ import annotations

import random
import resource
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboard.cli.doctor.doctor import check_installation
from dashboard.cli.doctor.findings import CheckContext, Finding
from dashboard.config.home import Home
from dashboard.config.load import load
from dashboard.config.versions import record_versions
from data.domain.access.roles import Role
from data.store.accounts import users
from data.store.db.engine import open_engine, writing
from data.store.intake.sources import succeeded
from tests.dashboard.mail.smtp_server import mail_server
from tests.factories import NOW
from tests.yaml_files import SHORT, parsed, write_yaml

TEXT = SHORT


@pytest.fixture(autouse=True)
def _open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as a server needs, whatever this machine allows."""
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (65_536, 65_536))


@pytest.fixture
def home(tmp_path: Path, sqlite_url: str) -> Home:
    return Home(tmp_path / "home", sqlite_url, None)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config.yaml of this test's own, its folders made."""
    (tmp_path / "home" / "drop").mkdir(parents=True)
    path = tmp_path / "config.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def look(home: Home, config: Path, now: datetime = NOW, port: int | None = None) -> dict[str, Finding]:
    address = ("127.0.0.1", port) if port else None
    return {finding.what: finding for finding in check_installation(CheckContext(home, config, now, address))}


def changed(config: Path, section: str, **changes: object) -> None:
    settings = parsed(TEXT)
    settings[section] |= changes
    write_yaml(config, settings)


def test_a_good_installation_has_nothing_to_mend(home: Home, config: Path):
    home.secret()
    findings = look(home, config)
    assert {what for what, finding in findings.items() if finding.state == "bad"} == set()
    assert findings["map"].state == "note"
    assert "run.py map import" in findings["map"].mend


def test_an_installation_without_an_administrator_is_told_how_to_make_one(home: Home, config: Path):
    found = look(home, config)["accounts"]
    assert found.state == "note"
    assert "run.py user add" in found.mend
    engine = open_engine(home.database_url)
    with writing(engine) as conn:
        users.add(conn, "siti", Role.ADMINISTRATOR, (), password="-", now=NOW, one_time_until=None)
    engine.dispose()
    assert look(home, config)["accounts"].state == "ok"


def test_every_thing_that_is_not_well_says_how_to_mend_it(tmp_path: Path, config: Path):
    for home in (
        Home(tmp_path / "x", "mysql://x/y", "short"),
        Home(Path("/proc/nowhere"), "sqlite:////nowhere/x", None),
    ):
        found = look(home, config, datetime(1970, 1, 2, tzinfo=UTC))
        assert all(finding.mend for finding in found.values() if finding.state != "ok"), found
        assert {"store", "clock"} <= {what for what, finding in found.items() if finding.state == "bad"}


def test_a_home_that_cannot_be_written_is_found(config: Path, sqlite_url: str):
    assert look(Home(Path("/proc/nowhere"), sqlite_url, None), config)["home"].state == "bad"


def test_a_version_that_was_edited_in_place_is_named_with_both_ways_to_mend_it(home: Home, config: Path):
    engine = open_engine(home.database_url)
    found = look(home, config)["versions"]
    assert (found.state, "the next start" in found.mend) == ("note", True)
    record_versions(engine, load(config, NOW.date()).city, NOW)
    assert look(home, config)["versions"].state == "ok"
    config.write_text(TEXT.replace("resolve: 52h30m", "resolve: 60h"), encoding="utf-8")
    found = look(home, config)["versions"]
    assert (found.state, "policy fisik, version 1" in found.said) == ("bad", True)
    assert "docs/standards.md" in found.mend
    assert "run.py policy accept-edit fisik 1" in found.mend
    engine.dispose()


def test_an_empty_store_wants_to_be_migrated(home: Home, config: Path, tmp_path: Path):
    found = look(Home(home.path, f"sqlite:///{tmp_path / 'new.db'}", None), config)["store"]
    assert (found.state, found.mend) == ("bad", "run.py migrate")


def test_a_database_that_is_not_there_is_found(home: Home, config: Path):
    found = look(Home(home.path, "postgresql://nobody@127.0.0.1:1/nothing", None), config)["store"]
    assert found.state == "bad"
    assert "start the database" in found.mend


def garbled(home: Home, begin: int = 8192, length: int = 200_000) -> Path:
    """Some of its pages are overwritten, as a dying disk does."""
    path = Path(home.database_url.removeprefix("sqlite:///"))
    end = min(begin + length, path.stat().st_size)
    with path.open("r+b") as file:
        file.seek(begin)
        file.write(random.Random(1).randbytes(end - begin))
    return path


@pytest.mark.parametrize(("lang", "words"), [("en", "delete nothing"), ("id", "jangan hapus apa pun")])
@pytest.mark.parametrize("begin", [0, 8192])
def test_a_corrupt_store_is_said_and_left_as_it_is(home: Home, config: Path, lang: str, words: str, begin: int):
    path = garbled(home, begin)
    before = path.read_bytes()
    found = {each.what: each for each in check_installation(CheckContext(home, config, NOW, None, lang))}
    assert found["integrity"].state == "bad"
    assert words in found["integrity"].mend
    assert "run.py restore" in found["integrity"].mend
    assert path.read_bytes() == before


def test_a_row_that_points_to_nothing_is_found(home: Home, config: Path):
    with closing(sqlite3.connect(home.database_url.removeprefix("sqlite:///"))) as conn:
        conn.execute("INSERT INTO reporter (case_id, name) VALUES (77, 'Ibu Warga')")
        conn.commit()
    found = look(home, config)["integrity"]
    assert (found.state, found.said) == ("bad", "1 row of reporter points to no row of case")


def test_a_sound_store_says_what_was_checked(home: Home, config: Path):
    assert look(home, config)["integrity"].said.startswith("every page was read")


def test_a_secret_that_others_can_read_is_found(home: Home, config: Path):
    home.secret()
    home.secret_file.chmod(0o644)
    assert look(home, config)["secret"].mend == f"chmod 600 {home.secret_file}"


def test_a_secret_that_was_lost_is_told_from_one_that_is_still_to_be_made(home: Home, config: Path):
    assert look(home, config)["secret"].state == "ok"
    engine = open_engine(home.database_url)
    with writing(engine) as conn:
        succeeded(conn, "x", NOW, records=1)
    for lang, words in (("en", "worthless"), ("id", "tidak berlaku")):
        found = {each.what: each for each in check_installation(CheckContext(home, config, NOW, None, lang))}["secret"]
        assert found.state == "bad"
        assert str(home.secret_file) in found.said
        assert words in found.mend
    assert not home.has_secret, "the doctor makes none"
    home.secret()
    assert look(home, config)["secret"].state == "ok"


def test_a_short_secret_from_the_environment_is_found(home: Home, config: Path):
    assert look(Home(home.path, home.database_url, "geheim"), config)["secret"].state == "bad"
    assert look(Home(home.path, home.database_url, "x" * 32), config)["secret"].state == "ok"


def test_a_faulty_configuration_is_told_with_all_its_faults(home: Home, config: Path):
    config.write_text(TEXT.replace("port: 8600", "port: x").replace("agency: dpupr\n", "agency: x\n"), encoding="utf-8")
    found = look(home, config)["config"]
    assert found.state == "bad"
    assert "server.port" in found.said
    assert "categories.jalan_rusak.agency" in found.said
    config.unlink()
    assert look(home, config)["config"].state == "bad"


def test_a_clock_behind_the_store_is_found(home: Home, config: Path):
    engine = open_engine(home.database_url)
    with writing(engine) as conn:
        succeeded(conn, "x", NOW, records=1)
    assert look(home, config, NOW)["clock"].state == "ok"
    assert look(home, config, NOW - timedelta(hours=1))["clock"].state == "bad"


def test_joint_leave_that_was_not_decreed_yet_is_noted(home: Home, config: Path):
    assert look(home, config, NOW + timedelta(days=3 * 365))["holidays"].state == "note"


def test_a_port_in_use_is_noted(home: Home, config: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert look(home, config, port=port)["port"].state == "note"
    assert look(home, config, port=port)["port"].state == "ok"


@pytest.mark.parametrize("changes", [{"host": "0.0.0.0"}, {"public_url": "https://pusat.example.go.id"}])
def test_a_server_that_others_reach_without_a_proxy_is_noted(home: Home, config: Path, changes: dict[str, object]):
    assert "proxy" not in look(home, config)
    changed(config, "server", **changes)
    assert look(home, config)["proxy"].state == "note"
    changed(config, "server", **changes, proxies=1)
    assert look(home, config)["proxy"].state == "ok"


def test_a_drop_folder_that_is_missing_is_found(home: Home, config: Path):
    (home.path / "drop").rmdir()
    found = look(home, config)["source opd_csv"]
    assert found.state == "bad"
    assert found.mend.startswith("mkdir -p")


def test_tiles_that_are_not_there_are_found(home: Home, config: Path):
    changed(config, "map", tiles_file="missing.mbtiles")
    assert look(home, config)["tiles"].state == "bad"


def test_more_screens_than_open_files_are_found(home: Home, config: Path, monkeypatch: pytest.MonkeyPatch):
    changed(config, "server", screens=2000)
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (1024, 65_536))
    assert look(home, config)["open files"].mend.startswith("ulimit -n")


def test_what_others_may_use_is_told_with_what_becomes_of_it(home: Home, config: Path):
    (home.path / "photos").mkdir(mode=0o755)
    (home.path / "photos").chmod(0o755)
    (home.path / "drop").chmod(0o770)
    home.path.chmod(0o700)
    found = look(home, config)
    assert (found["open"].state, found["shared"].state) == ("note", "note")
    assert str(home.path / "photos") in found["open"].said
    assert "next start" in found["open"].mend
    assert str(home.path / "drop") in found["shared"].said
    for name in ("photos", "drop"):
        (home.path / name).chmod(0o700)
    assert look(home, config)["privacy"].state == "ok"


def test_the_mail_server_is_asked_for_a_login(home: Home, config: Path):
    with mail_server() as box:
        mail = box.settings().model_dump()
        write_yaml(config, parsed(config.read_text()) | {"mail": mail})
        good = look(home, config)["mail"]
        assert (good.state, str(box.port) in good.said) == ("ok", True)
        assert box.taken == []
    down = look(home, config)["mail"]
    assert (down.state, str(box.port) in down.said) == ("bad", True)
    write_yaml(config, parsed(config.read_text()) | {"mail": mail | {"user": "batt", "password_env": "NO_SUCH"}})
    locked = look(home, config)["mail"]
    assert (locked.state, "NO_SUCH" in locked.said) == ("bad", True)
