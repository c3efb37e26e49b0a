"""`run.py privacy`: nothing is erased by a slip, and what is erased is gone from the disk, too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli.main import cli
from data.store.accounts import audit
from data.store.cases import photos
from data.store.cases.cases import Reporter
from data.store.cases.photos import StoredPhoto
from data.store.citizens import privacy
from data.store.db.engine import open_engine, reading, writing
from tests.factories import DAY, HOUR, NOW, a_case, a_history, stored

Run = Callable[..., Result]
DIGEST = "c" * 64


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, short_config: Path) -> Run:
    monkeypatch.setenv("BATT_CONFIG", str(short_config))
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(cli, ["privacy", *(str(word) for word in words)])


def test_somebodys_data_are_exported_and_erased_for_ever(tmp_path: Path, run: Run):
    assert "personal data of 0 cases" in run("run").output.lower()
    engine = open_engine(f"sqlite:///{tmp_path / 'home' / 'batt.db'}")
    new = a_case(reporter=Reporter("Bu Sri", "081234567890"))
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW - 100 * DAY, dispatched=HOUR, answered=2 * HOUR, resolved=DAY))
        photos.add_received(conn, new.code, StoredPhoto(DIGEST, 1, 1, 1), NOW)
    file = tmp_path / "home" / "photos" / "cc" / f"{DIGEST}.jpg"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    out = tmp_path / "out.json"
    assert run("export", "0812-3456-7890", "--out", out).exit_code == 0
    assert json.loads(out.read_text())["cases"][0]["reporter"]["name"] == "Bu Sri"
    assert out.stat().st_mode & 0o077 == 0
    refused = run("erase", new.code)
    assert refused.exit_code != 0
    assert "--yes" in refused.output
    assert file.exists()
    assert new.code in run("erase", new.code, "--yes").output
    assert not file.exists()
    with reading(engine) as conn:
        assert privacy.told_of(conn, case_id)["reporter"]["name"] is None
        done = [line.object for line in audit.latest(conn, 9)]
    assert {f"privacy erase {new.code}", f"privacy export {new.code}"} <= set(done)
    assert run("export", "0812-3456-7890").exit_code != 0


def test_a_request_is_entered_listed_and_answered(tmp_path: Path, run: Run):
    run("run")
    engine, new = open_engine(f"sqlite:///{tmp_path / 'home' / 'batt.db'}"), a_case()
    with writing(engine) as conn:
        case_id = stored(conn, new, a_history(NOW, dispatched=HOUR))
    assert "Nobody has asked" in run("requests").output
    assert "no kind of request" in run("request", new.code, "gossip").output
    assert "is request 1, due in 72 hours" in run("request", new.code, "erasure", "--text", "Lewat surat").output
    assert "is asked for already" in run("request", new.code, "erasure").output
    assert f"1  {new.code}  erasure  due " in run("requests").output
    assert "no request 7" in run("answer", 7, "--text", "Ya").output
    assert "say --yes" in run("answer", 1, "--text", "Sudah dihapus.").output
    assert run("answer", 1, "--text", "Sudah dihapus.", "--yes").exit_code == 0
    assert "answered already" in run("answer", 1, "--text", "Lagi.", "--yes").output
    with reading(engine) as conn:
        assert privacy.told_of(conn, case_id)["case"]["title"] == ""
