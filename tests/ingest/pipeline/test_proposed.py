"""What comes in near an open case is shown as a group that may be one event, until a person says so."""

from __future__ import annotations

import time

import pytest

from data.domain.access.roles import Audience
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind
from data.store.cases import cases
from data.store.cases.commands import CommandRules, Order, apply
from data.store.cases.incidents.labels import labelled_pairs
from data.store.db.engine import Engine, reading, writing
from data.store.queries import command_map, queue_board, sla_wall
from data.store.queries.desk.surroundings import near
from data.store.queries.proposed_groups import proposed_groups
from tests.factories import DAY, MINUTE, NOW, a_city, calendars, terms_of
from tests.ingest.sources.feed.feed import FEED, SISIR_AT, took

pytestmark = pytest.mark.both_engines

RULES = CommandRules(a_city(), terms_of())
DESK = Actor("rina", ActorKind.OPERATOR)
ALL = Audience(None, private=True)
SAID = (
    "Pohon tumbang menutup jalan",
    "ada pohon roboh di jalan",
    "pohon besar ambruk menutup jalan",
    "wit gede ambruk, tolong",
    "phon tumbang jalan tertutup",
    "Pohon rebah menghalangi jalan",
    "pohon tumbang!",
)
METRES = 1 / 111_195


def tree(engine: Engine, number: str, text: str, *, metres: float = 0.0, minutes: int = 0, **changes: object) -> str:
    """A report of a fallen tree so far north of the first one; its code."""
    at, lat = NOW + minutes * MINUTE, SISIR_AT[0] + metres * METRES
    told = {"category": "pohon_tumbang", "title": text, "text": "", "received_at": at, "lat": lat, "lon": SISIR_AT[1]}
    took(engine, number, at + MINUTE, **told | changes)
    with reading(engine) as conn:
        found = cases.find(conn, FEED.name, number)
    assert found is not None
    return found.facts.code


def seven(engine: Engine, first: int = 1, metres: float = 0.0) -> list[str]:
    return [tree(engine, str(first + n), said, metres=metres + 8.0 * (n % 3), minutes=n) for n, said in enumerate(SAID)]


def do(engine: Engine, code: str, command: Command) -> None:
    with writing(engine) as conn:
        found = cases.by_code(conn, code)
        assert found is not None
        apply(conn, Order(code, found.version, command, DESK), RULES, NOW + DAY / 24)


def groups(engine: Engine) -> list[tuple[int, int]]:
    """Members and reports of each."""
    with reading(engine) as conn:
        return [(len(group.members), group.reports) for group in proposed_groups(conn)]


def test_seven_reports_of_one_tree_are_one_proposal_within_a_second(engine: Engine):
    began = time.process_time()
    codes = seven(engine)
    assert time.process_time() - began < 1
    assert groups(engine) == [(7, 7)]
    with reading(engine) as conn:
        now = NOW + 10 * MINUTE
        board = queue_board.ask(conn, a_city(), calendars(), now, 8)
        [queue] = [each for each in board.queues if each.agency == "bpbd"]
        assert [(line.code, line.proposed) for line in queue.next] == [(codes[1], 7)], "the one that is due first"
        assert queue.open == 7
        wall = sla_wall.ask(conn, a_city(), calendars(), now, 20)
        assert [line.proposed for line in wall.next] == [7] * 7
        points = command_map.ask(conn, a_city(), calendars(), now, 100).points
        assert len({point.group for point in points}) == 1
        assert points[0].group
        it = cases.by_code(conn, codes[3])
        assert it is not None
        around = near(conn, it, a_city(), ALL)
        assert sorted(one.code for one in around if one.is_likely) == sorted({*codes} - {codes[3]})


def test_two_trees_300_m_apart_are_two(engine: Engine):
    seven(engine)
    seven(engine, first=11, metres=300.0)
    assert groups(engine) == [(7, 7), (7, 7)]


@pytest.mark.parametrize(
    "other",
    [
        {"metres": 160.0},
        {"minutes": 7 * 60},
        {"category": "longsor"},
        {"private": True},
        {"text": "Pohon tumbang RT 9", "first": "Pohon tumbang RT 4"},
    ],
)
def test_what_may_well_be_something_else_is_in_no_group(engine: Engine, other: dict[str, object]):
    told = {"text": SAID[0]} | other
    tree(engine, "1", str(told.pop("first", SAID[0])))
    tree(engine, "2", str(told.pop("text")), **told)  # type: ignore[arg-type]
    assert groups(engine) == []


def test_a_fold_ends_the_proposal_and_a_separation_is_heeded(engine: Engine):
    codes = [tree(engine, str(n), SAID[n], minutes=n) for n in range(3)]
    assert groups(engine) == [(3, 3)]
    for code in codes[1:]:
        do(engine, code, Command(CommandKind.FOLD, head=codes[0]))
    assert groups(engine) == []
    tree(engine, "9", SAID[3], minutes=9)
    assert groups(engine) == [(2, 4)]
    do(engine, codes[1], Command(CommandKind.SEPARATE))
    assert groups(engine) == [(2, 3)]
    with reading(engine) as conn:
        pairs = labelled_pairs(conn, a_city(), NOW - DAY)
    assert sorted(pair.same for pair in pairs) == [False, True]
    assert {pair.head for pair in pairs} == {codes[0]}
    assert all(pair.evidence.distance == 0 for pair in pairs)


def test_what_ended_on_its_own_beside_an_incident_is_a_label_too(engine: Engine):
    codes = [tree(engine, str(n), SAID[n], minutes=n) for n in range(3)]
    do(engine, codes[1], Command(CommandKind.FOLD, head=codes[0]))
    do(engine, codes[2], Command(CommandKind.DECLINE, text="Bukan pohon yang sama."))
    with reading(engine) as conn:
        pairs = labelled_pairs(conn, a_city(), NOW - DAY)
    assert sorted((pair.same, pair.evidence.time > 0) for pair in pairs) == [(False, True), (True, True)]
    with reading(engine) as conn:
        assert labelled_pairs(conn, a_city(), NOW + DAY) == []
