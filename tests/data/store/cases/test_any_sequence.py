"""Whatever people, sources and time do to some cases in whatever order: events, rows, clocks, messages and figures say
the same at the end, and at every step.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Connection, func, select

from data.domain.cases.citizen_messages import MessageKind, messages_of
from data.domain.cases.commands.events import priority_of
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.commands.rules import possible
from data.domain.cases.model import NOT_SOLVED, ActorKind, CaseEvent, CaseState, EventKind, without_undone
from data.domain.figures.period import figures
from data.domain.figures.selection import Period
from data.domain.sla.case_status import STATUS_COLUMNS, case_status
from data.domain.sla.clocks import ClockKind, ClockState, clocks
from data.store.cases import cases
from data.store.cases.cases import Reporter, StoredCase
from data.store.cases.commands import Applied, CommandRefused, CommandRules, Order, apply, standing_of
from data.store.cases.sweep import due, sweep
from data.store.citizens import outbox, ratings
from data.store.citizens.ratings import NO, Rating
from data.store.db.engine import Engine, reading, writing
from data.store.db.schema.cases import case, case_event
from data.store.db.schema.citizens import outbox as outbox_table
from data.store.history.history import History
from data.store.queries import queue_board
from data.store.queries.figures import kpi_strip
from tests.data.store.history.test_same_as_the_wall import the_value
from tests.factories import MINUTE, NOW, a_case, a_city, calendars, event, received, stored, terms_for, terms_of
from tests.ingest.pipeline.worlds import emptied

EXAMPLES = int(os.environ.get("COMMAND_SEQUENCES", "12"))
"""Of random sequences; `COMMAND_SEQUENCES=1000` for the long trial, which says what it did."""
RULES_HERE = CommandRules(a_city(), terms_of())
ACTORS = (
    Actor("rina", ActorKind.OPERATOR),
    Actor("budi", ActorKind.OPERATOR),
    Actor("agus", ActorKind.AGENCY, frozenset({"dpupr"})),
    Actor("sari", ActorKind.AGENCY, frozenset({"dlh"})),
    Actor("warga", ActorKind.CITIZEN),
)
orders = st.builds(
    Command,
    kind=st.sampled_from(list(CommandKind)),
    text=st.sampled_from(["", "Sudah kami tinjau.", "x" * 6000]),
    agency=st.sampled_from(["dpupr", "dlh", "bpbd", "triase", "tidak_ada", ""]),
    category=st.sampled_from(["sampah", "longsor", "narkoba", "jalan_rusak", ""]),
    priority=st.sampled_from(["critical", "low", "tidak_ada"]),
    reason=st.sampled_from(["citizen", "not_ours", "no_report", ""]),
    authority=st.sampled_from(["", "PLN", "dlh"]),
    undoes=st.integers(0, 20),
)
waits = st.sampled_from([0, 0, 3, 9, 10, 11, 60])
COMPLETE: dict[str, str] = {
    "text": "Sudah kami tinjau.",
    "category": "sampah",
    "priority": "high",
    "authority": "dlh",
}
"""What a possible command needs."""
places = st.integers(0, 3)
Told = tuple[int, int, int, str]
"""A message: whose reporter, whose event, its number, which sentence."""


class Room(RuleBasedStateMachine):
    """Up to four cases of which two have reporters who want messages."""

    done: ClassVar[Counter[str]] = Counter()
    """What all rooms did, for the long trial."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        super().__init__()
        self.engine, self.folder, self.now = engine, folder, NOW
        self.ids: list[int] = []
        self.wants: dict[int, bool] = {}
        self.due: set[Told] = set()
        self.left: set[Told] = set()
        self.last: tuple[Applied, Actor] | None = None
        emptied(engine)

    @initialize()
    def begins(self) -> None:
        for category in ("jalan_rusak", "jalan_rusak"):
            self.reports(category, wants=True)

    @rule(category=st.sampled_from(["jalan_rusak", "sampah", "longsor", "narkoba"]), wants=st.booleans())
    def reports(self, category: str, wants: bool) -> None:
        if len(self.ids) > 3:
            return
        reporter = Reporter("Ibu Warga", "0812000111", lang="id" if wants else None)
        with writing(self.engine) as conn:
            case_id = stored(conn, a_case(category, reporter=reporter), [received(self.now)], self.now)
        self.ids.append(case_id)
        self.wants[case_id] = wants
        if wants:
            self.due.add((case_id, case_id, 1, MessageKind.RECEIVED))

    @rule(
        given=st.lists(st.tuples(orders, st.sampled_from(ACTORS), waits), min_size=1, max_size=4),
        at=places,
        head=places,
    )
    def commands(self, given: list[tuple[Command, Actor, int]], at: int, head: int) -> None:
        """Some at random, others of those that are possible."""
        case_id, other = self._case(at), self._case(head)
        for command, actor, wait in given:
            self.now += timedelta(seconds=wait)
            with reading(self.engine) as conn:
                before, events = the(conn, case_id), cases.events_of(conn, case_id)
                can = possible(actor, standing_of(before, events, terms_for(before.facts)))
                code = the(conn, other).facts.code
            if can and command.undoes:
                kind = sorted(can)[command.undoes % len(can)]
                why = "no_report" if kind is CommandKind.REFUSE else "citizen"
                agency = ("dlh", "dpupr", "bpbd")[command.undoes % 3]
                command = replace(command, kind=kind, reason=why, agency=agency, **COMPLETE)
            self._command(case_id, replace(command, head=code), actor)

    @rule(wait=waits)
    def takes_back(self, wait: int) -> None:
        """Who gave the last command that was carried out, while it can be undone or just after."""
        self.now += timedelta(seconds=wait)
        if self.last is not None:
            applied, actor = self.last
            self._command(applied.case_id, Command(CommandKind.UNDO, undoes=applied.first), actor)

    def _command(self, case_id: int, command: Command, actor: Actor) -> None:
        with writing(self.engine) as conn:
            before, events = the(conn, case_id), cases.events_of(conn, case_id)
            can = possible(actor, standing_of(before, events, terms_for(before.facts)))
            try:
                applied = apply(conn, Order(before.facts.code, before.version, command, actor), RULES_HERE, self.now)
            except CommandRefused:
                self.done["refused"] += 1
                assert (the(conn, case_id), cases.events_of(conn, case_id)) == (before, events)
                return
            self.done[command.kind] += 1
            self.last = applied, actor
            assert command.kind in can
            self._tell(conn, case_id, len(events), applied.events)
            row_is_what_the_events_say(conn, case_id, self.now)

    @rule(at=places, ahead=st.sampled_from([0, 0, 30]), answers=st.booleans())
    def a_source_tells(self, at: int, ahead: int, answers: bool) -> None:
        """Its clock may be ahead of ours."""
        case_id, kind = self._case(at), EventKind.ANSWERED if answers else EventKind.NOTE
        told = event(kind, self.now + ahead * MINUTE, actor="api", actor_kind=ActorKind.SYSTEM, text="Dari sumber.")
        self._append(case_id, told)

    @rule(at=places, solved=st.sampled_from(["yes", NO]))
    def rates(self, at: int, solved: str) -> None:
        case_id = self._case(at)
        with writing(self.engine) as conn:
            it = the(conn, case_id)
            asks = solved == NO and not it.status.open
            new = ratings.add(conn, Rating(case_id, it.status.cycle, self.now, solved, None, "", asks))
        if new:
            reason = NOT_SOLVED if solved == NO else None
            self._append(case_id, event(EventKind.RATED, self.now, actor_kind=ActorKind.CITIZEN, reason=reason))

    @rule(seconds=st.sampled_from([3, 10, 7200, 4 * 86400, 8 * 86400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        with writing(self.engine) as conn:
            sweep(conn, due(conn, terms_of(), self.now, 100), terms_of(), self.now)

    @rule()
    def messages_leave(self) -> None:
        with writing(self.engine) as conn:
            for message in outbox.due(conn, self.now, [outbox.WEBHOOK, outbox.EMAIL], 20, dead_blocks=False):
                outbox.sent(conn, message.id, self.now)
                row = select(outbox_table).where(outbox_table.c.id == message.id)
                self.left.add(told_by(conn.execute(row).mappings().one()))

    def _case(self, at: int) -> int:
        return self.ids[at % len(self.ids)]

    def _append(self, case_id: int, told: CaseEvent) -> None:
        with writing(self.engine) as conn:
            before = len(cases.events_of(conn, case_id))
            it = the(conn, case_id)
            cases.append_events(conn, case_id, [told], cases.terms_for(it, terms_of()), self.now)
            self._tell(conn, case_id, before, [told])
            row_is_what_the_events_say(conn, case_id, self.now)

    def _tell(
        self, conn: Connection, case_id: int, before: int, events: list[CaseEvent] | tuple[CaseEvent, ...]
    ) -> None:
        """What the reporters have to be told of these events, which follow so many others."""
        for undone in (one for one in events if one.kind is EventKind.UNDONE and one.undoes is not None):
            numbers = select(case_event.c.n).where(
                case_event.c.case_id == case_id, case_event.c.version >= undone.undoes
            )
            taken_back = set(conn.execute(numbers).scalars())
            self.due = {
                one for one in self.due if not (one[1] == case_id and one[2] in taken_back and one not in self.left)
            }
        for who in self.ids:
            if self.wants[who] and (who == case_id or the(conn, who).facts.head_id == case_id):
                self.due |= {(who, case_id, n, kind) for n, _, kind in messages_of(list(enumerate(events, before + 1)))}

    def teardown(self) -> None:
        if not self.ids:
            return
        with writing(self.engine) as conn:
            # A figure of a moment leaves out what a fast clock dated after it; the walls show what is known.
            self.now = max(self.now, *(the(conn, case_id).status.updated_at for case_id in self.ids))
            sweep(conn, due(conn, terms_of(), self.now, 100), terms_of(), self.now)
            rows = [the(conn, case_id) for case_id in self.ids]
            messages = [told_by(row) for row in conn.execute(select(outbox_table)).mappings()]
            assert sorted(messages) == sorted(self.due), "each message once, and no other"
            folded = Counter(one.facts.head_id for one in rows if one.facts.head_id is not None)
            assert {one.id: one.folded for one in rows} == {case_id: folded[case_id] for case_id in self.ids}
            for one in rows:
                what_left_was_never_taken_back(conn, one.id)
        self._figures_agree(rows)

    def _figures_agree(self, rows: list[StoredCase]) -> None:
        """The walls' counts, the month's figures and the cases themselves."""
        with reading(self.engine) as conn:
            tiles = {tile.name: tile for tile in kpi_strip.ask(conn, a_city(), calendars(), self.now, 99).tiles}
            queues = queue_board.ask(conn, a_city(), calendars(), self.now, 9).queues
        is_open = [one for one in rows if one.status.open]
        late = [one for one in is_open if one.status.next_due_at is not None and one.status.next_due_at < self.now]
        assert (tiles["open"].value, tiles["overdue"].value) == (len(is_open), len(late))
        by_agency = Counter(one.status.agency for one in is_open)
        assert {one.agency: one.open for one in queues if one.open} == dict(by_agency)
        columns = History(self.engine, self.folder, a_city(), calendars()).as_known(at=self.now)
        today = (self.now + timedelta(hours=7)).date()
        told = figures(columns, Period.days(today, today), codes=("open", "overdue", "received")).total
        for name in ("open", "overdue", "received"):
            assert the_value(told[name]) == tiles[name].value, name


def the(conn: Connection, case_id: int) -> StoredCase:
    found = cases.by_id(conn, case_id)
    assert found is not None
    return found


def told_by(row: object) -> Told:
    return row["case_id"], row["about_id"], row["n"], row["kind"]  # type: ignore[index]


def what_left_was_never_taken_back(conn: Connection, case_id: int) -> None:
    events = cases.events_of(conn, case_id)
    counted = without_undone(events)
    gone = [one.version for one in events if one not in counted and one.kind is not EventKind.UNDONE]
    numbers = select(case_event.c.n).where(case_event.c.case_id == case_id, case_event.c.version.in_(gone))
    left = select(func.count()).where(outbox_table.c.about_id == case_id, outbox_table.c.n.in_(numbers))
    assert conn.execute(left).scalar_one() == 0, events


def row_is_what_the_events_say(conn: Connection, case_id: int, now: datetime) -> None:
    """Replaying the events gives the stored row; clocks and due moments say the same."""
    it, events = the(conn, case_id), cases.events_of(conn, case_id)
    terms = cases.terms_for(it, terms_of())
    status = case_status(events, terms, now)
    row = conn.execute(select(case).where(case.c.id == case_id)).mappings().one()
    assert {name: row[name] for name in STATUS_COLUMNS} == {name: getattr(status, name) for name in STATUS_COLUMNS}
    assert row["priority"] == (priority_of(events, a_city()) or row["priority"])
    assert row["private"] == a_city().categories[status.category].private
    assert it.version == len(events) - 1
    versions = [one.version for one in events if one.version is not None]
    assert len(versions) == len(set(versions))
    assert all(n <= it.version for n in versions)
    merges = [one for one in without_undone(events) if one.kind is EventKind.MERGED]
    assert (row["state"] == "merged") == (row["head_id"] is not None) == bool(merges)
    running = {one.kind: one for one in clocks(events, terms, now) if one.cycle == status.cycle}
    if status.state is not CaseState.MERGED and ClockKind.VERIFY in running:
        assert running[ClockKind.VERIFY].due_at == status.verify_due_at
    late = [one for one in running.values() if one.state is ClockState.BREACHED]
    assert all(one.due_at is not None and one.due_at < max(now, status.updated_at) for one in late)


def test_any_sequence_leaves_events_rows_clocks_messages_and_figures_in_agreement(engine: Engine, tmp_path: Path):
    folders = count()
    run_state_machine_as_test(
        lambda: Room(engine, tmp_path / str(next(folders))),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
        ),
    )
    told = ", ".join(f"{name} {times:,}" for name, times in sorted(Room.done.items()))
    print(f"\n{engine.dialect.name}: {next(folders):,} sequences: {told}")
    assert Room.done.total() > EXAMPLES
