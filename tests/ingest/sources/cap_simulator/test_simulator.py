"""Simulated warnings: the same seed gives the same, all are marked, each is withdrawn."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from data.store.db.engine import Engine, reading
from data.store.queries.warnings.in_force import in_force, recent
from tests.ingest.doors import NOW, Hand, around, configured, pipeline


def test_a_warning_comes_is_marked_and_is_withdrawn(engine: Engine, tmp_path: Path):
    hand = Hand(configured("demo_peringatan", around(engine, tmp_path)), pipeline(engine))
    seen, counts = set[str](), []
    for minute in range(0, 136, 3):
        now = NOW + timedelta(minutes=minute)
        hand.take(now)
        with reading(engine) as conn:
            found = in_force(conn, now)
        counts.append(len(found))
        for each in found:
            seen.add(each.identifier)
            assert each.demo
            assert "SIMULASI" in each.sender_name
            assert each.words["id"].headline.startswith("SIMULASI")
            assert each.words["en"].headline.startswith("SIMULATION")
            assert 1 <= len(each.villages) < 24
            assert each.event != "other"
    assert len(seen) == 3
    assert max(counts) == 1
    assert 0 in counts
    with reading(engine) as conn:
        assert all(each.withdrawn_at for each in recent(conn, 10) if each.ends_at and each.ends_at < now)


def test_a_restart_repeats_nothing(engine: Engine, tmp_path: Path):
    hand = Hand(configured("demo_peringatan", around(engine, tmp_path)), pipeline(engine))
    hand.take()
    again = Hand(configured("demo_peringatan", around(engine, tmp_path)), pipeline(engine))
    assert again.take().get("new", 0) == 0
