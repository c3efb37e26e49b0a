"""Whatever happens to a case: no step too early, none too late, none where nothing is to be told, none twice."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from data.domain.access.roles import Person, Role
from data.domain.cases.model import CaseEvent, CaseState, EventKind
from data.domain.escalation.ladder import WORK
from data.domain.sla.clocks import Clock, ClockKind, clocks
from data.domain.sla.terms import Terms
from data.store.cases import cases
from data.store.db.engine import Engine, open_engine, writing
from data.store.db.schema.escalation import escalation
from data.store.escalation.steps import NothingToAcknowledge, acknowledge, raised_of
from tests.escalations import LADDER, NIGHT, a_ladder_city, a_landslide, climb, rules
from tests.factories import NOW, event

CITY = a_ladder_city(quiet=NIGHT)
RULES = rules(CITY)
SUPERVISOR = Person(1, "pengawas", Role.SUPERVISOR)
KINDS = (
    EventKind.NOTE,
    EventKind.ANSWERED,
    EventKind.ACKNOWLEDGED,
    EventKind.PAUSED,
    EventKind.RESUMED,
    EventKind.TRANSFERRED,
    EventKind.RESOLVED,
    EventKind.REOPENED,
)


class LadderMachine(RuleBasedStateMachine):
    """One case; the ladder is climbed after everything that happens."""

    engine: Engine

    @initialize()
    def receive(self) -> None:
        self.now, self.seen = NOW, 0
        with writing(self.engine) as conn:
            self.case_id = a_landslide(conn)
            climb(conn, self.now, RULES)

    @rule(minutes=st.integers(1, 400))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        with writing(self.engine) as conn:
            climb(conn, self.now, RULES)

    @rule(kind=st.sampled_from(KINDS), agency=st.sampled_from(["bpbd", "dlh"]))
    def happen(self, kind: EventKind, agency: str) -> None:
        with writing(self.engine) as conn:
            found = cases.by_id(conn, self.case_id)
            assert found is not None
            by = agency if kind is EventKind.TRANSFERRED else found.status.agency
            happened = event(kind, self.now, agency=by, reason="citizen" if kind is EventKind.PAUSED else None)
            cases.append_events(conn, self.case_id, [happened], cases.terms_for(found, RULES.terms_of), self.now)
            climb(conn, self.now, RULES)

    @rule()
    def acknowledge(self) -> None:
        with writing(self.engine) as conn:
            found = cases.by_id(conn, self.case_id)
            assert found is not None
            try:
                acknowledge(conn, found.facts.code, SUPERVISOR, RULES, self.now)
                self.seen += 1
            except NothingToAcknowledge:
                return
            climb(conn, self.now, RULES)

    @invariant()
    def holds(self) -> None:
        with writing(self.engine) as conn:
            found, events = cases.by_id(conn, self.case_id), cases.events_of(conn, self.case_id)
            assert found is not None
            raised, rows = raised_of(conn, self.case_id), conn.execute(select(escalation)).mappings().all()
            times = conn.execute(select(func.coalesce(func.sum(escalation.c.times), 0))).scalar_one()
        hold = self._hold(events, cases.terms_for(found, RULES.terms_of))
        told = [one for one in events if one.kind is EventKind.ESCALATED]
        assert len(told) == times
        assert len([one for one in events if one.kind is EventKind.ESCALATION_SEEN]) == self.seen
        assert all(not _is_quiet(one) for one in told)
        assert all(row["raised_at"] >= row["due_at"] for row in rows)
        if hold is None or not found.status.open or found.status.state is CaseState.WAITING:
            assert raised is None
            return
        assert hold.elapsed_s is not None
        due = sum(hold.elapsed_s >= step.at * hold.target_s for step in LADDER)
        assert raised is None or (raised.agency == hold.agency and raised.step <= due)
        worked = any(one.kind in WORK and one.agency == hold.agency and one.at >= hold.started_at for one in events)
        if not worked and not _is_quiet(CaseEvent(self.now, EventKind.NOTE)):
            assert (raised.step if raised else 0) == due
            assert raised is None or raised.expires_at is None or raised.expires_at > self.now

    def _hold(self, events: tuple[CaseEvent, ...], about: Terms) -> Clock | None:
        holds = [it for it in clocks(events, about, self.now) if it.kind is ClockKind.HOLD and it.stopped_at is None]
        return holds[-1] if holds else None


def _is_quiet(told: CaseEvent) -> bool:
    return NIGHT.end_after(told.at.astimezone(ZoneInfo("Asia/Jakarta"))) is not None


def test_the_ladder_holds_whatever_happens(sqlite_url: str):
    class OnThisStore(LadderMachine):
        engine = open_engine(sqlite_url)

        def teardown(self) -> None:
            with writing(self.engine) as conn:
                conn.exec_driver_sql('DELETE FROM "case"')

    run_state_machine_as_test(OnThisStore, settings=settings(max_examples=12, stateful_step_count=14))
    OnThisStore.engine.dispose()
