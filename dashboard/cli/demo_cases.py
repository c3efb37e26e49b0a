"""What the demonstration leaves for its visitor: reports at the desk that nobody has looked at, and some that the demo
responder's agency holds, and farmers' questions for the demo assistant. They come by our own forms, so that the
simulated agencies leave them alone."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta
from functools import partial
from random import Random

from dashboard.portal.intake import NAME, PortalIntake
from dashboard.portal.questions import QuestionIntake
from dashboard.realtime.render_context import RenderContext
from data.domain.cases.commands.model import Actor, Command, CommandKind
from data.domain.cases.model import ActorKind, CaseState
from data.domain.cases.tracking_code import BITS, code_of
from data.domain.sla.terms import terms
from data.reference.places.villages import VILLAGES
from data.store.assistants.assistants import Assistant, assistants, replace_all
from data.store.assistants.village_questions import count_open
from data.store.cases import cases
from data.store.cases.case_list import open_of_source
from data.store.cases.commands import CommandRules, Order, apply
from data.store.citizens import tracking
from data.store.db.engine import Connection, Engine, reading, writing
from ingest.pipeline.pipeline import Pipeline
from ingest.source import Outcome, Raw
from ingest.sources.simulator.citizen_texts import QUESTION_TEXTS, REPORT_TEXTS
from ingest.sources.simulator.places import Places, VillageWeight

FRESH = ("jalan_rusak", "sampah", "pju", "pkl_liar", "iklan_liar")
HELD = ("sampah", "sampah", "sampah")
"""Categories of what is left; the first of HELD decides whose responder the demonstration has."""
SENDER = "demo-operator"
UNCOVERED = 3
"""Villages without a field assistant, which the coverage map shows."""


def leave_cases(engine: Engine, context: RenderContext, now: datetime) -> tuple[int, int]:
    """Fill up what a visitor has used; how many wait at the desk, and with the agency now. Raises StoreDown."""
    city = context.config.city
    pipeline = Pipeline(engine, city, context.calendars, context.boundaries)
    rng, places = Random(), Places(context.boundaries)
    with reading(engine) as conn:
        known = open_of_source(conn, NAME)
    fresh = sum(state is CaseState.RECEIVED for state, _ in known)
    held = sum(state is not CaseState.RECEIVED and agency == city.categories[HELD[0]].agency for state, agency in known)
    wanted = [(each, False) for each in FRESH[fresh:]] + [(each, True) for each in HELD[held:]]
    rules = CommandRules(city, partial(terms, city, context.calendars))
    for n, (category, dispatched) in enumerate(wanted):
        if category not in city.categories:
            continue
        raw = _report(category, places, rng, now - timedelta(minutes=4 * n + 2))
        outcome = _stored(pipeline, PortalIntake(city, demo=True), raw, now)
        if dispatched and outcome.code is not None:
            command = Command(CommandKind.DISPATCH, agency=city.categories[category].agency)
            _dispatch(engine, outcome.code, command, rules, now)
        fresh, held = fresh + (not dispatched), held + dispatched
    return fresh, held


def leave_questions(engine: Engine, context: RenderContext, village: str, now: datetime) -> int:
    """Fill up the questions of the demo assistant's village; how many wait. Raises StoreDown."""
    city = context.config.city
    pipeline = Pipeline(engine, city, context.calendars, context.boundaries)
    with writing(engine) as conn:
        if not assistants(conn):
            replace_all(conn, _assistants(village))
        missing = QUESTION_TEXTS[count_open(conn, [village]) :]
    for n, text in enumerate(missing):
        at = now - timedelta(minutes=17 * n + 6)
        told = {"text": text, "village": village, "name": "Petani Demo", "received_at": at.isoformat()}
        _stored(pipeline, QuestionIntake(city, demo=True), Raw(str(uuid.uuid4()), told), now)
    with reading(engine) as conn:
        return count_open(conn, [village])


def _assistants(village: str) -> list[Assistant]:
    """The demo assistant's village has him, the others one for every two, the last ones nobody."""
    others = [each.code for each in VILLAGES if each.code != village][:-UNCOVERED]
    pairs = [tuple(others[n : n + 2]) for n in range(0, len(others), 2)]
    more = [Assistant(f"DEMO-{n:02}", f"Penyuluh Demo {n}", pair) for n, pair in enumerate(pairs, 2)]
    return [Assistant("DEMO", "Penyuluh Demo", (village,)), *more]


def _report(category: str, places: Places, rng: Random, at: datetime) -> Raw:
    title, text = rng.choice(REPORT_TEXTS[category])
    point = places.random_point(rng, VillageWeight.PEOPLE)
    told = {
        "category": category,
        "text": f"{title}. {text.format(street=point.street, village=point.village)}",
        "lat": point.lat,
        "lon": point.lon,
        "origin": "pin",
        "received_at": at.isoformat(),
    }
    return Raw(str(uuid.uuid4()), told)


def _stored(pipeline: Pipeline, intake: PortalIntake | QuestionIntake, raw: Raw, now: datetime) -> Outcome:
    def also(conn: Connection, outcome: Outcome) -> None:
        assert outcome.case_id is not None
        tracking.add(conn, outcome.case_id, code_of(secrets.randbits(BITS)))

    return pipeline.write(intake.name, raw, pipeline.prepare(intake, raw, now), now, also=also)


def _dispatch(engine: Engine, code: str, command: Command, rules: CommandRules, now: datetime) -> None:
    with writing(engine) as conn:
        found = cases.by_code(conn, code)
        if found is not None and found.status.state is CaseState.RECEIVED:
            apply(conn, Order(code, found.version, command, Actor(SENDER, ActorKind.OPERATOR)), rules, now)
