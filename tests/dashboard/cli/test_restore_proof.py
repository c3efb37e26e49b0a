"""When a backup's file was last restored for proof: kept, and told by /health."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from typer.testing import CliRunner, Result

from dashboard.backup.schedule import PROOF
from dashboard.cli.backup import KEY_ENV
from dashboard.cli.main import cli
from data.store.db.engine import Engine, open_engine, reading
from data.store.db.jobs import jobs
from tests.factories import new_store

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("BATT_CONFIG", "BATT_SECRET", "BATT_DATABASE_URL", KEY_ENV):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(cli, [str(word) for word in words])


@pytest.fixture
def store(tmp_path: Path, recorded_template: Path) -> Engine:
    return open_engine(new_store(recorded_template, tmp_path / "home" / "batt.db"))


def test_a_backup_that_was_read_back_and_one_that_was_verified_are_proofs_of_a_restore(
    run: Run, store: Engine, tmp_path: Path
):
    def proven() -> str | None:
        with reading(store) as conn:
            state = jobs(conn).get(PROOF)
        return None if state is None else str(state.detail["file"])

    assert proven() is None
    assert run("backup", tmp_path / "a.tar.gz").exit_code == 0
    assert proven() == str(tmp_path / "a.tar.gz")
    shutil.copyfile(tmp_path / "a.tar.gz", tmp_path / "b.tar.gz")
    assert run("verify", tmp_path / "b.tar.gz").exit_code == 0
    assert proven() == str(tmp_path / "b.tar.gz")
    (tmp_path / "c.tar.gz").write_bytes((tmp_path / "a.tar.gz").read_bytes()[:-200])
    assert run("verify", tmp_path / "c.tar.gz").exit_code == 1
    assert proven() == str(tmp_path / "b.tar.gz"), "a broken one proves nothing"


def test_a_file_that_was_proven_only_before_it_was_encrypted_is_no_proof_until_it_is_verified(
    run: Run, store: Engine, tmp_path: Path
):
    identity = pyrage.x25519.Identity.generate()
    (tmp_path / "recipient").write_text(str(identity.to_public()))
    (tmp_path / "identity").write_text(str(identity))
    file = tmp_path / "a.tar.gz.age"
    assert run("backup", file, "--key", tmp_path / "recipient").exit_code == 0
    with reading(store) as conn:
        assert PROOF not in jobs(conn)
    assert run("verify", file, "--key", tmp_path / "identity").exit_code == 0
    with reading(store) as conn:
        assert PROOF in jobs(conn)


def test_a_machine_without_a_store_verifies_and_makes_none(
    run: Run, store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert run("backup", tmp_path / "a.tar.gz").exit_code == 0
    empty = tmp_path / "elsewhere"
    monkeypatch.setenv("BATT_HOME", str(empty))
    assert run("verify", tmp_path / "a.tar.gz").exit_code == 0
    assert not (empty / "batt.db").exists()
