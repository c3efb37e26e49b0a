"""Backup, verify, restore and move, as a person types them."""

from __future__ import annotations

import gzip
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pyrage
import pytest
from sqlalchemy import Connection, delete, text, update
from typer.testing import CliRunner, Result

from dashboard.backup.archive import STORE, unpack, write
from dashboard.backup.check import NotProven, prove
from dashboard.backup.placing import LIST, Step
from dashboard.backup.placing import place as put
from dashboard.backup.schedule import BY_HAND, JOB
from dashboard.backup.take import Installation, take
from dashboard.cli.backup import KEY_ENV
from dashboard.cli.main import cli
from dashboard.config.home import Home
from dashboard.config.load import load
from data import clock
from data.store.backup.copying import TableContent, contents, row_counts
from data.store.cases.codes import next_code
from data.store.db.change_feed import record_change
from data.store.db.engine import Engine, open_engine, reading, writing
from data.store.db.jobs import jobs
from data.store.db.schema.cases import case, code_counter, job
from data.store.db.schema.cases import change as change_table
from tests.dashboard.config.test_home_lock import another_process
from tests.data.store.db.full_store import fill
from tests.factories import NOW, new_store
from tests.forked import ForkedCommand
from tests.yaml_files import SHORT, parsed, write_yaml

Run = Callable[..., Result]
FILES = {
    "photos/ab/1.jpg": b"photo",
    "uploads/u1/masukan": b"rows",
    "corrected/api.jsonl": b"{}\n",
    "secret": b"s" * 43,
}


@pytest.fixture
def home(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """An installation's folder; its store is the test's, on each kind of database."""
    for name in ("BATT_SECRET", KEY_ENV):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BATT_CONFIG", str(request.getfixturevalue("short_config")))
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BATT_DATABASE_URL", url)
    if url.startswith("sqlite"):
        new_store(request.getfixturevalue("full_template"), tmp_path / "home" / "batt.db")
        monkeypatch.delenv("BATT_DATABASE_URL")
    else:
        request.getfixturevalue("postgres_migrated").dispose()
    write_files(tmp_path / "home")
    return tmp_path / "home"


def write_files(home: Path) -> None:
    for name, content in FILES.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)


@pytest.fixture
def run(home: Path) -> Run:
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def store(home: Path, url: str) -> Iterator[Engine]:
    """A full one; its schemas of other tests go."""
    engine = open_engine(url if url.startswith("postgresql") else f"sqlite:///{home / 'batt.db'}")
    if url.startswith("postgresql"):
        fill(engine)
    with writing(engine) as conn:
        conn.execute(job.delete())  # of no run that there was
    engine.dispose()
    yield engine
    if url.startswith("postgresql"):
        with writing(engine) as conn:
            found = conn.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_%'")).scalars().all()
            for name in found:
                conn.execute(text(f"DROP SCHEMA {name} CASCADE"))
    engine.dispose()


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


@pytest.fixture(scope="module")
def taken_once(full_template: Path, short_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taken")
    address = new_store(full_template, folder / "home" / "batt.db")
    write_files(folder / "home")
    engine = open_engine(address)
    take(an_installation(short_config, folder / "home", address), engine, folder / "b.tar.gz", None, clock.now())
    engine.dispose()
    return folder / "b.tar.gz"


@pytest.fixture
def taken(taken_once: Path, out: Path) -> Path:
    """A backup of the store and its files, for those to whom it is the same how it was taken."""
    return shutil.copyfile(taken_once, out / "b.tar.gz")


def an_installation(config: Path, home: Path, address: str) -> Installation:
    return Installation(load(config, NOW.date()), config, Home(home, address, None))


def held(store: Engine) -> dict[str, TableContent]:
    """What every table holds, but those that a backup or a restore itself writes to, and the change of a restore."""
    with writing(store) as conn:
        conn.execute(delete(change_table).where(change_table.c.kind == "restored"))
        found = contents(conn)
    store.dispose()
    return {name: content for name, content in found.items() if name not in {"job", "code_counter", "user_session"}}


def change(store: Engine) -> None:
    """Something happens after the backup."""
    with writing(store) as conn:
        conn.execute(update(case).values(title="Sesudah"))
        record_change(conn, "note", NOW)
    store.dispose()


def seen(home: Path) -> dict[str, bytes]:
    return {name: (home / name).read_bytes() for name in FILES if (home / name).exists()}


def counters(conn: Connection) -> dict[str, int]:
    return {row.prefix: row.last for row in conn.execute(code_counter.select())}


def test_a_store_and_its_files_come_back_to_the_row_and_the_byte(run: Run, store: Engine, home: Path, out: Path):
    before, file = held(store), out / "b.tar.gz"
    taken = run("backup", file)
    assert taken.exit_code == 0, taken.output
    assert "restored into a scratch folder" in taken.output
    assert "not encrypted" in taken.output
    assert file.stat().st_mode & 0o077 == 0
    assert run("verify", file).exit_code == 0
    change(store)
    (home / "photos" / "ab" / "1.jpg").write_bytes(b"spoilt")
    (home / "photos" / "ab" / "2.jpg").write_bytes(b"new")
    assert held(store) != before
    restored = run("restore", file, "--replace")
    assert restored.exit_code == 0, restored.output
    assert held(store) == before
    assert seen(home) == FILES
    assert not (home / "photos" / "ab" / "2.jpg").exists()
    (aside,) = home.glob("before-restore-*")
    assert (aside / "photos" / "ab" / "2.jpg").read_bytes() == b"new"
    assert aside.name in restored.output
    assert (home / "config-of-backup.yaml").read_text(encoding="utf-8") == SHORT
    assert list(home.glob(".half-done*")) == []


def test_what_was_there_lies_aside_with_all_its_rows(run: Run, store: Engine, home: Path, taken: Path):
    change(store)
    later = held(store)
    assert run("restore", taken, "--replace").exit_code == 0
    if store.dialect.name == "sqlite":
        (old,) = home.glob("before-restore-*/batt.db")
        aside = open_engine(f"sqlite:///{old}")
        assert held(aside) == later
    else:
        with reading(store) as conn:
            schema = conn.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_%'")).scalar_one()
            titles = conn.execute(text(f'SELECT DISTINCT title FROM {schema}."case"')).scalars().all()
        assert titles == ["Sesudah"]


def test_a_backup_is_written_over_nothing(run: Run, store: Engine, home: Path, taken: Path):
    before = taken.read_bytes()
    for file in (taken, home / "secret"):
        content = file.read_bytes()
        told = run("backup", file)
        assert told.exit_code == 1
        assert "is there already" in told.output
        assert file.read_bytes() == content
    assert taken.read_bytes() == before


def test_a_store_is_not_replaced_unless_it_is_said(run: Run, store: Engine, taken: Path):
    change(store)
    before = held(store)
    told = run("restore", taken)
    assert told.exit_code == 1
    assert "holds a store already" in told.output
    assert "--replace" in told.output
    assert held(store) == before


def test_public_numbers_of_after_the_backup_are_not_given_out_again(run: Run, store: Engine, taken: Path):
    today = clock.now().astimezone(ZoneInfo("Asia/Jakarta")).date()
    with reading(store) as conn:
        before = counters(conn)
    with writing(store) as conn:
        given = [next_code(conn, "AW", today) for _ in range(5)]
    store.dispose()
    assert run("restore", taken, "--replace").exit_code == 0
    with writing(store) as conn:
        after = counters(conn)
        assert all(after[prefix] == last + 1000 for prefix, last in before.items())
        assert any(prefix.startswith("AW-") and last == 1000 for prefix, last in after.items()), "of this month"
        assert next_code(conn, "AW", today) not in given
    store.dispose()


def test_the_table_of_jobs_says_what_became_of_it(run: Run, store: Engine, out: Path, home: Path):
    with reading(store) as conn:
        rows = row_counts(conn)
    run("backup", out / "b.tar.gz")
    with reading(store) as conn:
        good = jobs(conn)[BY_HAND]
    assert good.succeeded_at is not None
    assert good.succeeded_at >= (good.started_at or good.succeeded_at)
    assert good.error is None
    assert good.detail["file"] == str(out / "b.tar.gz")
    assert good.detail["bytes"] == (out / "b.tar.gz").stat().st_size
    assert good.detail["proven"] is True
    assert good.detail["rows"] == sum(rows.values()) + 1, "it has said in its own row that it begins"
    store.dispose()
    told = run("backup", home / "nowhere" / "b.tar.gz")
    assert told.exit_code == 1
    assert "there is no folder" in told.output
    with reading(store) as conn:
        bad = jobs(conn)[BY_HAND]
        assert JOB not in jobs(conn), "the schedule's own is as old as it was"
    assert "there is no folder" in (bad.error or "")
    assert (bad.succeeded_at, bad.detail) == (good.succeeded_at, good.detail)


def rewritten(file: Path, folder: Path, *, more: dict[str, bytes] | None = None, **changes: object) -> Path:
    """The same backup with other facts in its manifest and further files, as an attacker would write it."""
    manifest = unpack(file, folder, lambda name: True)
    files = [(str(path.relative_to(folder)), path) for path in sorted(folder.rglob("*"))]
    files = [(name, path) for name, path in files if name not in {STORE, "home"}]
    for name, content in (more or {}).items():
        path = folder.with_name("more") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files.append((name, path))
    made = file.with_name("rewritten.tar.gz")
    write(made, manifest.model_copy(update={"members": {}, **changes}), folder / STORE, files)
    return made


def test_a_backup_that_answers_other_figures_is_not_proven(taken: Path, tmp_path: Path, short_config: Path):
    wrong = rewritten(taken, tmp_path / "unpacked", figures={"kpi_strip": {"open": [0, None, None, None]}})
    config = load(short_config, NOW.date())
    with pytest.raises(
        NotProven, match=r"kpi_strip open: the store said \[0, None, None, None\], the restored one \[20"
    ):
        prove(wrong, None, tmp_path / "proof", config)


def a_key(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_an_encrypted_backup_comes_back_with_its_key_only(
    run: Run, store: Engine, home: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    before = held(store)
    identity = a_key(tmp_path / "identity", pyrage.x25519.Identity.generate())
    other = a_key(tmp_path / "other", pyrage.x25519.Identity.generate())
    taken = run("backup", out, "--key", identity)
    assert taken.exit_code == 0, taken.output
    (file,) = out.iterdir()
    assert file.suffix == ".age"
    assert b"AW-2611" not in file.read_bytes()
    assert "restored into a scratch folder" in taken.output
    for words in (("verify", file), ("restore", file, "--replace")):
        told = run(*words)
        assert told.exit_code == 1
        assert "is encrypted: give the file" in told.output
        assert "does not open" in run(*words, "--key", other).output
    assert held(store) == before
    monkeypatch.setenv(KEY_ENV, str(identity))
    assert run("verify", file).exit_code == 0
    change(store)
    assert run("restore", file, "--replace").exit_code == 0
    assert held(store) == before


def test_with_a_recipient_only_it_is_proven_before_it_is_encrypted_and_that_is_said(
    run: Run, store: Engine, out: Path, tmp_path: Path
):
    person = pyrage.x25519.Identity.generate()
    taken = run("backup", out / "b.age", "--key", a_key(tmp_path / "recipient", person.to_public()))
    assert taken.exit_code == 0, taken.output
    assert "proven before it was encrypted" in taken.output
    with reading(store) as conn:
        assert jobs(conn)[BY_HAND].detail["read_back"] is False
    store.dispose()
    assert run("verify", out / "b.age", "--key", a_key(tmp_path / "identity", person)).exit_code == 0


def spoilt(file: Path, how: str) -> None:
    content = bytearray(file.read_bytes())
    if how == "cut":
        del content[-100:]
    elif how == "changed":
        content[len(content) // 2] ^= 1
    elif how == "foreign":
        content = bytearray(gzip.compress(b"photos of a holiday"))
    file.write_bytes(content)


@pytest.mark.parametrize("how", ["cut", "changed", "foreign"])
def test_what_is_no_whole_backup_changes_nothing(run: Run, store: Engine, home: Path, taken: Path, how: str):
    change(store)
    before = held(store)
    spoilt(taken, how)
    for words, said in ((("verify",), "cannot be relied on"), (("restore", "--replace"), "Nothing was changed")):
        told = run(words[0], taken, *words[1:])
        assert told.exit_code == 1
        assert said in told.output
    assert held(store) == before
    assert seen(home) == FILES
    assert list(home.glob("before-restore-*")) == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_backup_that_holds_what_is_ours_beside_the_files_changes_nothing(
    run: Run, store: Engine, taken: Path, tmp_path: Path
):
    before = held(store)
    for name in ("batt.db", "batt.db-wal", "before-restore-x", "config-of-backup.yaml"):
        evil = rewritten(taken, tmp_path / f"{name} unpacked", more={f"home/{name}": b"evil"})
        told = run("restore", evil, "--replace")
        assert told.exit_code == 1
        assert f"what no backup of ours holds: {name}" in told.output
    assert held(store) == before


def test_nothing_is_replaced_under_somebody_who_works_with_it(run: Run, store: Engine, taken: Path):
    with reading(store) as conn:
        row_counts(conn)
        told = run("restore", taken, "--replace")
    store.dispose()
    assert told.exit_code == 1
    assert "open" in told.output
    assert "Nothing was changed" in told.output


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_no_command_starts_while_a_restore_is_at_work(run: Run, store: Engine, home: Path):
    with another_process(home, "take_alone"):
        told = run("key", "list")
    assert told.exit_code == 3
    assert "wait for its end" in told.output
    assert run("key", "list").exit_code == 0


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_damaged_store_is_replaced_too(run: Run, store: Engine, home: Path, taken: Path):
    before = held(store)
    (home / "batt.db").write_bytes(b"no database" * 1000)
    (home / "batt.db-wal").write_bytes(b"an old log")
    told = run("restore", taken, "--replace")
    assert told.exit_code == 0, told.output
    assert held(store) == before
    (aside,) = home.glob("before-restore-*")
    assert (aside / "batt.db-wal").read_bytes() == b"an old log"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_new_machine_starts_from_a_backup(run: Run, store: Engine, home: Path, taken: Path):
    before = held(store)
    shutil.rmtree(home)
    told = run("restore", taken)
    assert told.exit_code == 0, told.output
    assert held(store) == before
    assert seen(home) == FILES


@pytest.mark.parametrize(("url", "moves"), [("sqlite", 1), ("sqlite", 6), ("postgresql", 4)], indirect=["url"])
def test_a_restore_that_was_killed_has_changed_nothing(
    run: Run, store: Engine, home: Path, url: str, out: Path, tmp_path: Path, moves: int
):
    address = store.url.render_as_string(hide_password=False)
    take(an_installation(Path(os.environ["BATT_CONFIG"]), home, address), store, out / "b.tar.gz", None, NOW)
    change(store)
    (home / "photos" / "ab" / "2.jpg").write_bytes(b"new")
    before = held(store)
    words = ["restore", str(out / "b.tar.gz"), "--replace"]
    killed = ForkedCommand(words, os.environ, tmp_path / "said", tmp_path / "errors", renames=moves).completed()
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert (home / LIST).exists()
    assert run("key", "list").exit_code == 0
    assert not (home / LIST).exists()
    assert held(store) == before
    assert seen(home) == FILES
    assert (home / "photos" / "ab" / "2.jpg").read_bytes() == b"new"


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_restore_killed_after_the_database_changed_keeps_the_files_that_belong_to_it(
    run: Run, store: Engine, home: Path
):
    (home / "new").write_bytes(b"of the backup")
    put(home, [Step(home / "secret", home / "new", home / "before" / "secret")], "before_test")
    with writing(store) as conn:
        conn.execute(text("CREATE SCHEMA before_test"))
    store.dispose()
    assert run("key", "list").exit_code == 0
    assert not (home / LIST).exists()
    assert (home / "secret").read_bytes() == b"of the backup"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_backup_of_one_database_is_restored_into_the_other(
    run: Run, store: Engine, out: Path, postgresql_url: str, postgres_migrated: Engine, monkeypatch: pytest.MonkeyPatch
):
    before = held(store)
    run("backup", out / "there.tar.gz")
    monkeypatch.setenv("BATT_DATABASE_URL", postgresql_url)
    postgres_migrated.dispose()
    told = run("restore", out / "there.tar.gz", "--replace")
    assert told.exit_code == 0, told.output
    assert "before_restore_" in told.output
    there = open_engine(postgresql_url)
    assert held(there) == before
    assert run("backup", out / "back.tar.gz").exit_code == 0
    with writing(there) as conn:
        schema = conn.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before_%'")).scalar_one()
        conn.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    there.dispose()
    monkeypatch.delenv("BATT_DATABASE_URL")
    told = run("restore", out / "back.tar.gz", "--replace")
    assert told.exit_code == 0, told.output
    assert held(store) == before


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_the_store_is_moved_to_postgresql_and_the_old_one_stays(
    run: Run, store: Engine, home: Path, postgresql_url: str
):
    before = held(store)
    told = run("move", "--to", postgresql_url)
    assert told.exit_code == 0, told.output
    assert "BATT_DATABASE_URL" in told.output
    there = open_engine(postgresql_url)
    assert held(there) == held(store) == before
    there.dispose()
    again = run("move", "--to", postgresql_url)
    assert again.exit_code == 1
    assert "Nothing was moved: its table" in again.output
    with reading(store) as conn:
        row_counts(conn)
        assert "Nothing was moved: another process has" in run("move", "--to", postgresql_url).output
    for url, said in (
        ("nonsense", "is no address"),
        ("mysql://x/y", "mysql"),
        ("postgresql://nobody@127.0.0.1:1/x", "Nothing was moved"),
    ):
        told = run("move", "--to", url)
        assert told.exit_code == 1
        assert said in told.output


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes the section `backup` of config.yaml."""

    def change(**changes: object) -> None:
        document = parsed(SHORT)
        document["backup"] |= changes
        write_yaml(tmp_path / "config.yaml", document)
        monkeypatch.setenv("BATT_CONFIG", str(tmp_path / "config.yaml"))

    return change


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_without_a_file_it_is_taken_as_the_schedule_does(
    run: Run, store: Engine, out: Path, configured: Callable[..., None]
):
    told = run("backup")
    assert told.exit_code == 1
    assert "run.py backup FILE, or name backup.folder" in told.output
    configured(folder=str(out), daily=1, weekly=0, monthly=0)
    (out / "batt-20251124T020000Z.tar.gz").write_bytes(b"old")
    told = run("backup")
    assert told.exit_code == 0, told.output
    assert "Removed as old: batt-20251124T020000Z.tar.gz" in told.output
    (file,) = out.iterdir()
    assert run("verify", file).exit_code == 0
    with reading(store) as conn:
        assert jobs(conn)[JOB].detail["removed"] == ["batt-20251124T020000Z.tar.gz"]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_schedule_that_should_encrypt_writes_nothing_without_its_key(
    run: Run, store: Engine, out: Path, configured: Callable[..., None]
):
    configured(folder=str(out), key_env="BATT_BACKUP_KEY_FILE")
    told = run("backup")
    assert told.exit_code == 1
    assert "nothing is written unencrypted" in told.output
    assert list(out.iterdir()) == []
