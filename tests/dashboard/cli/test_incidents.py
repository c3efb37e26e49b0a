"""`run.py incidents learn`: it prints its evidence, and changes nothing that nobody has accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from dashboard.cli.main import cli
from data import clock
from data.domain.cases.commands.model import FOLDED
from data.domain.cases.model import ActorKind, EventKind
from data.domain.incidents.likelihood import AS_SHIPPED
from data.store.cases import cases
from data.store.cases.incidents.weights import in_force
from data.store.db.engine import Connection, Engine, open_engine, reading, writing
from tests.factories import MINUTE, a_case, event, received, stored, terms_for

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("BATT_HOME", str(tmp_path / "home"))
    return lambda *words: CliRunner().invoke(cli, ["incidents", "learn", *words])


@pytest.fixture
def store(tmp_path: Path, run: Run) -> Engine:
    """Made by the first call, which finds nothing to learn from."""
    said = run("--accept")
    assert said.exit_code == 0
    assert "Too few to learn from" in said.output
    return open_engine(f"sqlite:///{tmp_path / 'home' / 'batt.db'}")


def an_incident(conn: Connection, place: int) -> None:
    """A tree with two folded reports that use other words, and another one 100 m off with the same words."""
    at, lat = clock.now().replace(microsecond=0) - timedelta(days=9), -7.90 + 0.005 * place
    said = {"lon": 112.52, "village": None}
    head = stored(conn, a_case("pohon_tumbang", title="Pohon tumbang", text="", lat=lat, **said), [received(at)], at)
    code = cases.by_id(conn, head)
    assert code is not None
    for title in ("Jalan ditutup kayu", "Kabel listrik putus"):
        new = a_case("pohon_tumbang", title=title, text="", lat=lat + 0.0001, **said)
        it = stored(conn, new, [received(at + MINUTE)], at)
        fold = event(
            EventKind.MERGED, at + 9 * MINUTE, actor_kind=ActorKind.OPERATOR, reason=FOLDED, head=code.facts.code
        )
        seq = cases.append(conn, it, [fold], terms_for(new), at).seq
        assert seq is not None
        cases.join(conn, it, head, seq, at)
    new = a_case("pohon_tumbang", title="Pohon tumbang", text="", lat=lat + 0.0009, **said)
    done = event(EventKind.CLOSED, at + 30 * MINUTE, actor_kind=ActorKind.OPERATOR, reason="by_standard")
    stored(conn, new, [received(at), done], at)


def test_what_operators_fold_is_learned_when_it_is_accepted(run: Run, store: Engine):
    with writing(store) as conn:
        for place in range(30):
            an_incident(conn, place)
    said = run()
    assert said.exit_code == 0, said.output
    assert "60 pairs that were folded, 30 that were separated or left apart, 30 incidents" in said.output
    assert "precision" in said.output
    assert "To put them into force" in said.output
    with reading(store) as conn:
        assert in_force(conn) == AS_SHIPPED
    assert "Version 1 is in force" in run("--accept").output
    with reading(store) as conn:
        learned = in_force(conn)
    assert learned.usual.distance < AS_SHIPPED.usual.distance
    assert "Nothing was changed" in run("--days", "3").output
    store.dispose()
