"""The hub: one drawing for all who look alike, everything on joining, then only what changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text

from dashboard.boards import BOARDS, Board
from dashboard.config.load import Config
from dashboard.observability.health_monitor import HealthMonitor
from dashboard.realtime.hub import GAP_S, HEARTBEAT_S, RETRY_S, Hub
from dashboard.realtime.message import WallVariant, build_message
from dashboard.realtime.render_context import RenderContext
from data import foreground
from data.domain.reasons import reason
from data.domain.warnings.rules import Takeover
from data.store.db.change_feed import record_change
from data.store.db.engine import Connection, Engine, open_engine, reading, writing
from data.store.warnings.writing import take
from layouts.kit.screen import FIXED
from tests.dashboard.conftest import FakeEmitter, the_cells, with_columns
from tests.e2e.helpers.server import until
from tests.factories import NOW, a_case, a_history, stored, two_calendar_versions
from tests.store_faults import failing
from tests.warnings import RULES, told

both_engines = pytest.mark.both_engines

PETA = WallVariant("peta", "id", False)
WAKTU = WallVariant("waktu", "id", False)
ANTREAN = WallVariant("antrean", "id", False)
SECOND = timedelta(seconds=1)


class Steady:
    """The clock by which the hub spaces its drawings: it stands still until it is told to go on."""

    def __init__(self) -> None:
        self.at = 1000.0

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def boards() -> dict[str, Board]:
    """The hub's table, in which a test may change a row."""
    return dict(BOARDS)


@pytest.fixture
def hub(
    engine: Engine,
    context: RenderContext,
    emitter: FakeEmitter,
    boards: dict[str, Board],
    steady: Steady,
    tmp_path: Path,
) -> Hub:
    with_columns(context, engine, tmp_path)
    return Hub(engine, context, emitter, boards=boards, monotonic=steady.monotonic, processor=steady.monotonic)


def report(engine: Engine, **changes: Any) -> str:
    """A report has come in; its title."""
    case = a_case(**changes)
    with writing(engine) as conn:
        stored(conn, case, a_history(NOW, dispatched=SECOND), NOW + SECOND)
    return case.title


def turn(hub: Hub, after: float = 0.0) -> None:
    hub.run_once(NOW + timedelta(seconds=2 + after))
    hub._next_flush = 0.0


def html_of(payload: list[dict[str, Any]]) -> str:
    return "".join(region.get("html", "") for board in payload for region in board["regions"].values())


def test_who_joins_gets_everything_at_once(hub: Hub, emitter: FakeEmitter, engine: Engine):
    title = report(engine)
    hub.join("a", WAKTU)
    turn(hub)
    (hello,), (boards,), (beat,) = (emitter.take(event, "a") for event in ("hello", "boards", "heartbeat"))
    assert {each["board"] for each in boards} == {"sla_wall", *FIXED}
    assert title in html_of(boards)
    assert hello["calendars"]["selalu"] == "always"
    assert all(start < end for start, end in hello["calendars"]["kantor"])
    assert hello["build"] == beat["build"]
    assert beat["hashes"].keys() == {each["board"] for each in boards}
    assert emitter.rooms == {"a": "waktu/id/landscape"}


@both_engines
def test_a_change_is_sent_in_one_event_to_each_room_that_it_concerns(hub: Hub, emitter: FakeEmitter, engine: Engine):
    for sid, variant in (("a", WAKTU), ("b", WAKTU), ("c", PETA)):
        hub.join(sid, variant)
    turn(hub)
    emitter.emitted.clear()
    title = report(engine)
    turn(hub)
    sent = [(to, payload) for event, to, payload in emitter.emitted if event == "boards"]
    assert sorted(to for to, _ in sent) == [PETA.room, WAKTU.room]
    assert all(title in html_of(payload) for _, payload in sent)


def test_an_import_stands_aside_while_a_board_is_drawn(
    engine: Engine, context: RenderContext, emitter: FakeEmitter, limit: Callable[[ModuleType, str, float], None]
):
    limit(foreground, "LONGEST_S", 60)
    order, imports = list[str](), list[threading.Thread]()

    def draw(*given: Any) -> Any:
        imports.append(threading.Thread(target=lambda: (foreground.stand_aside(), order.append("imported"))))
        imports[-1].start()
        imports[-1].join(0.05)
        order.append("drawn")
        return BOARDS["ticker"].draw(*given)

    hub = Hub(engine, context, emitter, boards={**BOARDS, "ticker": replace(BOARDS["ticker"], draw=draw)})
    hub.join("a", WAKTU)
    running = threading.Thread(target=hub.run)
    running.start()
    until(lambda: len(order) >= 2, 20, "a drawing and the import after it")
    hub.stop()
    running.join(20)
    assert order[:2] == ["drawn", "imported"]


def test_what_is_drawn_soonest_goes_out_before_the_rest_is_drawn(
    hub: Hub, emitter: FakeEmitter, boards: dict[str, Board], engine: Engine, steady: Steady
):
    told_before: dict[str, set[str]] = {}

    def takes(name: str, seconds: float) -> None:
        def draw(*given: Any) -> Any:
            told_before[name] = {to for event, to, _ in emitter.emitted if event == "boards"}
            steady.at += seconds
            return BOARDS[name].draw(*given)

        boards[name] = replace(boards[name], draw=draw)

    takes("queue_board", 0.2)
    takes("sla_wall", 0.1)
    for sid, variant in (("a", WAKTU), ("b", ANTREAN)):
        hub.join(sid, variant)
    turn(hub)
    report(engine)
    turn(hub)  # how long each takes is known from now on
    emitter.emitted.clear()
    report(engine)
    turn(hub)
    assert told_before == {"sla_wall": set(), "queue_board": {WAKTU.room}}
    assert {to for event, to, _ in emitter.emitted if event == "boards"} == {WAKTU.room, ANTREAN.room}


@both_engines
def test_what_is_drawn_together_tells_of_one_state_of_the_store(
    hub: Hub, emitter: FakeEmitter, engine: Engine, boards: dict[str, Board]
):
    def reported_meanwhile(board: Board) -> Board:
        def ask(*given: Any) -> Any:
            answer = board.ask(*given)
            report(engine)
            return answer

        return replace(board, ask=ask)

    hub.join("a", WAKTU)
    turn(hub)
    boards.update({name: reported_meanwhile(board) for name, board in boards.items()})
    report(engine)
    emitter.emitted.clear()
    turn(hub)
    (sent,) = emitter.take("boards", WAKTU.room)
    assert len(sent) > 2
    assert len({each["seq"] for each in sent}) == 1


def test_what_has_not_changed_is_not_sent_again(hub: Hub, emitter: FakeEmitter, engine: Engine):
    hub.join("a", WAKTU)
    turn(hub)
    emitter.emitted.clear()
    turn(hub)
    turn(hub)
    assert emitter.take("boards") == []


def count_drawings(boards: dict[str, Board]) -> list[str]:
    """The names of the boards that are drawn from now on."""
    drawn: list[str] = []
    for name, board in boards.items():
        boards[name] = replace(board, draw=lambda *given, board=board: drawn.append(board.name) or board.draw(*given))
    return drawn


def test_nothing_is_drawn_for_nobody(hub: Hub, boards: dict[str, Board], engine: Engine):
    drawn = count_drawings(boards)
    hub.join("a", WAKTU)
    turn(hub)
    assert len(drawn) == 5
    hub.leave("a")
    report(engine)
    drawn.clear()
    turn(hub)
    assert drawn == []
    assert hub.seq > 0, "it goes on reading the feed"


def test_screens_that_look_alike_share_one_drawing(hub: Hub, boards: dict[str, Board], engine: Engine):
    drawn = count_drawings(boards)
    for sid, variant in (("a", WAKTU), ("b", WAKTU), ("c", PETA)):
        hub.join(sid, variant)
    turn(hub)
    drawn.clear()
    report(engine)
    turn(hub)
    assert drawn.count("kpi_strip") == 1


@both_engines
def test_a_board_that_falls_keeps_its_picture_and_its_time_while_the_others_go_on(
    hub: Hub, emitter: FakeEmitter, engine: Engine, boards: dict[str, Board]
):
    hub.join("a", WAKTU)
    turn(hub)
    before = emitter.take("heartbeat")[-1]

    def fall(conn: Connection, *_: object) -> None:
        conn.execute(text("SELECT broken FROM nowhere"))

    boards["sla_wall"] = replace(BOARDS["sla_wall"], ask=fall)
    emitter.emitted.clear()
    report(engine)
    hub._next_heartbeat = 0.0
    turn(hub, after=100)
    assert "sla_wall" in hub.parts.down
    assert {each["board"] for payload in emitter.take("boards") for each in payload} >= {"ticker", "kpi_strip"}
    assert emitter.take("heartbeat")[-1]["as_of"] == before["as_of"], "the wall must not look current"
    boards["sla_wall"] = BOARDS["sla_wall"]
    report(engine)
    hub._next_heartbeat = 0.0
    turn(hub, after=200)
    assert emitter.take("heartbeat")[-1]["as_of"] == (NOW + timedelta(seconds=202)).timestamp()
    assert hub.parts.down == {}


@both_engines
def test_what_fell_with_the_store_is_tried_again_within_a_second(hub: Hub, engine: Engine, steady: Steady):
    hub.join("a", WAKTU)
    turn(hub)
    hub._due = dict.fromkeys(hub._due, 0.0)
    with failing(engine):
        for _ in range(5):
            turn(hub, after=10)
    assert hub.parts.down.keys() == {"feed", "sla_wall", *FIXED}
    steady.at += RETRY_S
    for _ in range(5):
        turn(hub, after=60)
    assert hub.parts.down == {}


def warned(engine: Engine, identifier: str = "1", *refs: str, **facts: Any) -> None:
    with writing(engine) as conn:
        take(conn, "bpbd", told(identifier, *refs, **facts), NOW)


def ruled(hub: Hub, *takeover: Takeover) -> None:
    drawing = hub.context.drawing
    city = replace(drawing.city, warnings=replace(RULES, takeover=takeover))
    hub.context.drawing = replace(drawing, city=city)


def test_a_warning_waits_for_no_flush_and_no_interval(hub: Hub, emitter: FakeEmitter, engine: Engine, steady: Steady):
    ruled(hub, Takeover())
    hub.join("a", PETA)
    turn(hub)
    report(engine)
    hub.run_once(NOW)
    hub.run_once(NOW)
    emitter.emitted.clear()
    report(engine)
    warned(engine)
    hub.run_once(NOW)
    (first,) = emitter.take("boards", PETA.room)
    assert [each["board"] for each in first] == ["warning_overlay"], "not even the clock has moved on"
    hub.run_once(NOW)
    (second,) = emitter.take("boards", PETA.room)
    assert [each["board"] for each in second] == ["command_map"]
    assert hub._urgent == set()
    warned(engine, "2", "1", facts=None)
    hub.run_once(NOW)
    hub.run_once(NOW)
    gone = [each["board"] for message in emitter.take("boards", PETA.room) for each in message]
    assert gone == ["warning_overlay", "command_map"]


def test_screens_that_no_rule_names_are_not_taken(hub: Hub, emitter: FakeEmitter, engine: Engine):
    ruled(hub, Takeover(screens=("peta",)))
    hub.join("a", PETA)
    hub.join("b", WAKTU)
    turn(hub)
    emitter.emitted.clear()
    warned(engine)
    hub.run_once(NOW)
    assert "takeover" in html_of(emitter.take("boards", PETA.room)[0])
    assert emitter.take("boards", WAKTU.room) == []


@both_engines
def test_a_burst_becomes_few_flushes(hub: Hub, emitter: FakeEmitter, engine: Engine, steady: Steady):
    hub.join("a", WAKTU)
    turn(hub)
    emitter.emitted.clear()
    for _ in range(10):
        report(engine)
        hub.run_once(NOW + timedelta(seconds=3))
    assert len(emitter.take("boards", WAKTU.room)) == 1, "the first goes out at once"
    steady.at += GAP_S
    hub.run_once(NOW + timedelta(seconds=3))
    assert len(emitter.take("boards", WAKTU.room)) == 1, "the other nine together"
    assert hub._dirty == set()


def make_costly(boards: dict[str, Board], steady: Steady, seconds: float) -> None:
    """Each drawing takes so long from now on."""

    def slow(board: Board) -> Board:
        def draw(*given: Any) -> Any:
            steady.at += seconds
            return board.draw(*given)

        return replace(board, draw=draw)

    boards.update({name: slow(board) for name, board in boards.items()})


def imported(engine: Engine) -> None:
    """A batch of an import has come in."""
    with writing(engine) as conn:
        record_change(conn, "imported", NOW, source="impor", count=1000)


def test_a_flush_that_waited_for_others_is_not_followed_by_a_longer_rest(
    context: RenderContext, emitter: FakeEmitter, boards: dict[str, Board], engine: Engine, steady: Steady
):
    used = Steady()

    def draw(*given: Any) -> Any:
        steady.at += 1.0
        used.at += 0.001
        return BOARDS["sla_wall"].draw(*given)

    boards["sla_wall"] = replace(boards["sla_wall"], draw=draw)
    hub = Hub(engine, context, emitter, boards=boards, monotonic=steady.monotonic, processor=used.monotonic)
    hub.join("a", WAKTU)
    hub.run_once(NOW)
    for place in range(3):
        emitter.emitted.clear()
        steady.at += GAP_S
        title = report(engine)
        hub.run_once(NOW + place * SECOND)
        assert title in html_of(emitter.take("boards")[0])


@both_engines
def test_a_report_is_shown_at_once_while_an_import_goes_on(
    hub: Hub, boards: dict[str, Board], emitter: FakeEmitter, engine: Engine, steady: Steady
):
    hub.join("a", WAKTU)
    turn(hub)
    steady.at += 1
    make_costly(boards, steady, 0.05)
    imported(engine)
    hub.run_once(NOW + timedelta(seconds=3))
    drawn = count_drawings(boards)
    imported(engine)
    hub.run_once(NOW + timedelta(seconds=3))
    assert drawn == [], "what an import changes waits"
    emitter.emitted.clear()
    title = report(engine)
    hub.run_once(NOW + timedelta(seconds=3))
    (sent,) = emitter.take("boards", WAKTU.room)
    assert title in html_of(sent)


def test_a_map_that_takes_long_is_drawn_for_a_small_part_of_the_time(
    hub: Hub, boards: dict[str, Board], engine: Engine, steady: Steady
):
    hub.join("c", PETA)
    turn(hub)
    make_costly(boards, steady, 0.5)
    drawn = count_drawings(boards)
    began = steady.at
    while steady.at < began + 100:
        report(engine)
        hub.run_once(NOW + timedelta(seconds=3))
        steady.at += 0.5
    assert 0.5 * drawn.count("command_map") <= 0.06 * (steady.at - began)


def test_who_has_gone_before_being_welcomed_is_forgotten(hub: Hub, emitter: FakeEmitter, engine: Engine):
    emitter.gone.add("a")
    hub.join("a", WAKTU)
    turn(hub)
    assert emitter.emitted == []
    assert hub._watched == {}


def test_the_map_follows_the_others_in_an_event_of_its_own_and_not_too_often(
    hub: Hub, emitter: FakeEmitter, engine: Engine
):
    hub.join("a", PETA)
    turn(hub)
    emitter.emitted.clear()
    hub._drawn_at.clear()
    for _ in range(3):
        report(engine)
        turn(hub)
        turn(hub)
    sent = [[board["board"] for board in payload] for payload in emitter.take("boards", PETA.room)]
    assert sent.count(["command_map"]) == 1
    assert sent.index(["command_map"]) == 1, "the words come first"
    assert "command_map" in hub._dirty, "what came meanwhile is not forgotten"
    assert 0 < hub._seconds_until_due() <= BOARDS["command_map"].min_interval_s


@pytest.mark.parametrize("name", BOARDS)
def test_a_drawing_takes_of_a_longer_answer_only_what_it_has_room_for(hub: Hub, engine: Engine, name: str):
    for number in range(30):
        report(engine, category=("longsor", "sampah", "jalan_rusak")[number % 3])
    board, now = BOARDS[name], NOW + timedelta(hours=5)
    for screen in hub.context.config.screens:
        viewport = hub.context.viewports(screen, portrait=False, lang="id").get(name)
        if viewport is None:
            continue
        with reading(engine) as conn:
            answers = [board.ask(conn, hub.context.query, now, board.rows(viewport) + more) for more in (0, 10)]
        own, longer = (
            build_message(name, board.draw(each, viewport, now, hub.context.drawing), 1, now) for each in answers
        )
        assert own.hash == longer.hash


@both_engines
def test_a_private_report_is_on_no_screen(hub: Hub, emitter: FakeEmitter, engine: Engine):
    secret = "Transaksi di rumah kosong"
    report(engine, category="narkoba", title=secret, text=secret, lat=-7.871234, lon=112.526789)
    for number, variant in enumerate((PETA, WAKTU, WallVariant("antrean", "en", True))):
        hub.join(str(number), variant)
    turn(hub)
    said = repr(emitter.emitted)
    assert secret not in said
    assert "871234" not in said
    assert "526789" not in said


def test_the_hours_of_every_version_are_sent_for_the_cases_that_keep_it(config: Config):
    city, versions = two_calendar_versions(date(2026, 11, 24))
    sent = RenderContext(replace(config, city=city), versions, the_cells(), demo=False).windows(NOW)
    assert set(sent) == {"kantor", "kantor:2", "selalu"}
    assert sent["kantor"] != sent["kantor:2"]


def test_windows_are_sent_again_when_the_day_changes(hub: Hub, emitter: FakeEmitter, engine: Engine):
    hub.join("a", WAKTU)
    turn(hub)
    emitter.emitted.clear()
    hub._next_heartbeat = 0.0
    turn(hub, after=86_400)
    assert len(emitter.take("hello", WAKTU.room)) == 1


def test_a_store_that_becomes_corrupt_is_on_every_wall_with_the_next_heartbeat_and_stays_as_it_is(
    sqlite_url: str, context: RenderContext, emitter: FakeEmitter, tmp_path: Path
):
    path, engine = Path(sqlite_url.removeprefix("sqlite:///")), open_engine(sqlite_url)
    monitor = HealthMonitor(engine, tmp_path, 1)
    hub = Hub(engine, context, emitter, problems=lambda: [each.reason for each in monitor.problems()])
    hub.join("a", WAKTU)
    turn(hub)
    assert emitter.take("heartbeat")[-1]["problems"] == []
    engine.dispose()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))
    broken = path.read_bytes()
    hub._next_heartbeat = 0.0
    turn(hub)
    (said,) = emitter.take("heartbeat")[-1]["problems"]
    assert said.startswith("Basis data rusak")
    assert HEARTBEAT_S <= 5
    assert path.read_bytes() == broken
    engine.dispose()


def test_what_is_wrong_is_said_on_every_wall_in_its_language(
    engine: Engine, context: RenderContext, emitter: FakeEmitter
):
    problems = [reason("health.store.full")]
    hub = Hub(engine, context, emitter, problems=lambda: problems)
    hub.join("a", WAKTU)
    hub.join("b", replace(WAKTU, lang="en"))
    turn(hub)
    said = [heartbeat["problems"] for heartbeat in emitter.take("heartbeat")]
    assert ["Disk penuh: laporan ditolak sampai ada ruang"] in said
    assert ["The disk is full: reports are refused until there is room"] in said
    problems.clear()
    hub._next_heartbeat = 0.0
    turn(hub)
    assert emitter.take("heartbeat")[-1]["problems"] == []
