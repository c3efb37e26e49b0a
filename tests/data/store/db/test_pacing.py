"""Long work in short transactions: whoever else wants to write never waits for more than one of them."""

from __future__ import annotations

import threading

from data.store.db.engine import Engine, engine_state, writing
from data.store.db.pacing import LONGEST_TRY_S, REST_FACTOR, Pacer, writing_then_resting


class Rests(threading.Event):
    """Writes down the rests instead of resting."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.rests.append(timeout or 0.0)
        return False


def test_after_each_transaction_the_lock_is_free_and_the_rest_is_longer_than_it_was_held(engine: Engine):
    class Writes(Rests):
        def wait(self, timeout: float | None = None) -> bool:
            with writing(engine):
                pass
            return super().wait(timeout)

    rests, held = Writes(), threading.Event()
    with writing_then_resting(engine, rests):
        held.wait(0.02)
    assert len(rests.rests) == 1
    assert rests.rests[0] >= REST_FACTOR * 0.02
    assert engine_state(engine).health.failing is None


def test_a_rest_is_as_long_as_the_longest_pause_of_a_waiting_process_where_that_is_asked_for(engine: Engine):
    rests = Rests()
    with writing_then_resting(engine, rests, 7.0):
        pass
    assert rests.rests == [7.0]


def test_many_small_transactions_rest_whenever_they_have_worked_for_a_while():
    rests, at = Rests(), [100.0]
    pacer = Pacer(rests, lambda: at[0])
    for _ in range(100):
        at[0] += LONGEST_TRY_S / 10
        pacer.step()
    assert 9 <= len(rests.rests) <= 11
    assert set(rests.rests) == {LONGEST_TRY_S}


def test_work_that_is_soon_done_does_not_rest():
    rests = Rests()
    pacer = Pacer(rests, lambda: 100.0)
    for _ in range(100):
        pacer.step()
    assert rests.rests == []
