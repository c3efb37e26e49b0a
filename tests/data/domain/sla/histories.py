"""Made-up histories for laws."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from data.domain.cases.model import ActorKind, CaseEvent, EventKind
from tests.data.domain.small_city import wib

START = wib("2 00:00")

receipts = st.integers(0, 20 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
gaps = st.one_of(st.just(0), st.integers(1, 120), st.integers(1, 3 * 86400)).map(lambda s: timedelta(seconds=s))
actors = st.sampled_from(list(ActorKind))
agencies = st.sampled_from(["dlh", "pupr", "bpbd", "lama", "triase", None])
dates = st.sampled_from([None, None, "undated", "inferred", "other"])
policies = st.sampled_from([(None, None), ("biasa", 1), ("biasa", 2), ("darurat", None)])


@st.composite
def any_event(draw: st.DrawFn, at: datetime) -> CaseEvent:
    kind = draw(st.sampled_from([*EventKind, EventKind.PAUSED, EventKind.RESUMED, EventKind.DISPATCHED]))
    reason = draw(st.sampled_from(["citizen", "budget", "vacation"]) if kind is EventKind.PAUSED else dates)
    policy, version = draw(policies) if kind is EventKind.RECLASSIFIED else (None, None)
    plain = CaseEvent(at, kind, draw(actors), agency=draw(agencies), reason=reason)
    return plain if policy is None else CaseEvent(at, kind, policy=policy, policy_version=version)


@st.composite
def any_history(draw: st.DrawFn) -> list[CaseEvent]:
    """Anything that a store may hold: any events in order of time after a receipt."""
    at = draw(receipts)
    events = [CaseEvent(at, EventKind.RECEIVED, ActorKind.CITIZEN)]
    for _ in range(draw(st.integers(0, 9))):
        at += draw(gaps)
        events.append(draw(any_event(at)))
    return events


SIMPLE_ORDER = (
    EventKind.VERIFIED,
    EventKind.DISPATCHED,
    EventKind.ACKNOWLEDGED,
    EventKind.ANSWERED,
    EventKind.RESOLVED,
    EventKind.CLOSED,
    EventKind.RATED,
)


@st.composite
def eligible_history(draw: st.DrawFn) -> list[CaseEvent]:
    """Any subset of the bulk-eligible kinds in order, by anybody, to any agency; now and then rejected."""
    at = draw(receipts)
    events = [CaseEvent(at, EventKind.RECEIVED, ActorKind.CITIZEN)]
    kinds = [kind for kind in SIMPLE_ORDER if draw(st.booleans())]
    if not {EventKind.RESOLVED, EventKind.CLOSED, EventKind.RATED} & set(kinds) and draw(st.booleans()):
        kinds.append(EventKind.REJECTED)
    for kind in kinds:
        at += draw(gaps)
        events.append(CaseEvent(at, kind, draw(actors), agency=draw(agencies), reason=draw(dates)))
    return events
