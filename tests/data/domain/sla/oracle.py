"""A slow and plain second calculation of what `data.domain.sla` calculates, written from the rules alone.

It shares no code with the application but the words of a case and of the city. Moments are aware UTC, in
whole seconds; calendars have no last day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, islice, pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from data.domain.cases.model import ActorKind, CaseEvent, CaseState, EventKind
from data.domain.city.model import TRIAGE, City, Policy

HOLDING = {CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS}
OPEN = HOLDING | {CaseState.RECEIVED}
ENDED = {CaseState.CLOSED, CaseState.REJECTED, CaseState.MERGED}
FIRST_OF_A_SECOND = [EventKind.RECEIVED, EventKind.VERIFIED, EventKind.DISPATCHED]
LAST_OF_A_SECOND = [EventKind.RESOLVED, EventKind.CLOSED]
DAY, NOTHING = timedelta(days=1), timedelta(0)
NO_DATE = {"undated", "inferred"}
"""Reasons of events whose moment nobody knows."""
DAYS_WALKED = 20 * 366
"""A target that is not used up after so many days will never be: the calendar has no hours."""


@dataclass(frozen=True)
class Holidays:
    """Days off of the whole country: public ones, and joint leave (cuti bersama)."""

    public: Collection[date]
    joint: Collection[date]


@dataclass
class Pause:
    """From `start` until just before `end`; None: without end."""

    reason: str
    start: datetime
    end: datetime | None

    def active(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass
class Hold:
    agency: str
    start: datetime
    end: datetime | None = None
    vague: bool = False


@dataclass
class Cycle:
    """A case's life from its receipt or a reopening until the next reopening."""

    begins: datetime
    begins_held: bool = False
    dispatched_at: datetime | None = None
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    ended_at: datetime | None = None
    ended_as: CaseState | None = None
    pauses: list[Pause] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    vague: set[str] = field(default_factory=set)
    """Which of begin, dispatch, answer, end has no date."""

    @property
    def finished(self) -> datetime | None:
        return self.resolved_at or self.ended_at

    def active_pause(self, at: datetime) -> Pause | None:
        return next((pause for pause in self.pauses if pause.active(at)), None)


class ReplayedClock(NamedTuple):
    """One clock; `agency` of a hold only, `stop` None while it runs, `due` None while nobody can know it."""

    cycle: int
    kind: str
    agency: str | None
    start: datetime
    stop: datetime | None
    due: datetime | None
    verdict: str


@dataclass(frozen=True)
class Replayed:
    """The case at `now`; the moments are those of the current cycle unless said otherwise."""

    state: CaseState
    category: str
    policy: tuple[str, int]
    agency: str
    cycle: int
    received_at: datetime
    dispatched_at: datetime | None
    acknowledged_at: datetime | None
    answered_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None
    first_resolved_at: datetime | None
    updated_at: datetime
    paused_at: datetime | None
    held_at: datetime | None
    undated: int
    clocks: list[ReplayedClock]
    next_due: tuple[str, datetime] | None


def replay(
    events: Sequence[CaseEvent],
    city: City,
    holidays: Holidays,
    category: str,
    policy: Policy,
    legal_days: int,
    now: datetime,
) -> Replayed:
    """The case as its events tell it; `category` and `policy` stand where the receipt names none."""
    receipt, ordered = in_order(events)
    case = ReplayedCase(city, receipt, category, policy, ordered[0].at)
    for event in ordered:
        case.apply(event)
    updated_at = max(event.at for event in ordered)
    at = max(whole_second(now), updated_at)
    measured = Measures(city, holidays, legal_days, case.policies, at)
    clocks = [] if case.state is CaseState.MERGED else measured.clocks(case.cycles)
    cycle, agency = case.cycle, case.shown_agency
    last_hold = next((hold for one in reversed(case.cycles) for hold in reversed(one.holds)), None)
    in_force = case.policy_in_force
    return Replayed(
        state=CaseState.WAITING if case.open and cycle.active_pause(at) else case.state,
        category=case.category,
        policy=(in_force.code, in_force.version),
        agency=agency,
        cycle=len(case.cycles),
        received_at=case.cycles[0].begins,
        dispatched_at=cycle.dispatched_at,
        acknowledged_at=case.acknowledged_at,
        answered_at=cycle.answered_at,
        resolved_at=cycle.resolved_at,
        ended_at=cycle.ended_at,
        first_resolved_at=case.cycles[0].resolved_at,
        updated_at=updated_at,
        paused_at=chain_start(cycle, at),
        held_at=last_hold.start if last_hold and last_hold.agency == case.holder else None,
        undated=sum(
            value for value, name in {1: "dispatch", 2: "answer", 4: "end", 8: "begin"}.items() if name in cycle.vague
        ),
        clocks=clocks,
        next_due=next_due(clocks, len(case.cycles), cycle.active_pause(at)),
    )


def whole_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def in_order(events: Sequence[CaseEvent]) -> tuple[CaseEvent, list[CaseEvent]]:
    """The receipt, and all events in the order in which they count, none before the receipt."""
    by_second = sorted((replace(event, at=whole_second(event.at)) for event in events), key=lambda event: event.at)
    received = next((event for event in by_second if event.kind is EventKind.RECEIVED), None)
    begins = (received or by_second[0]).at
    raised = [replace(event, at=max(event.at, begins)) for event in by_second]
    ordered: list[CaseEvent] = []
    for _, group in groupby(raised, key=lambda event: event.at):
        second = list(group)
        if not any(event.kind is EventKind.REOPENED for event in second):
            second.sort(key=order_of_life)
        ordered += second
    return received or ordered[0], ordered


def order_of_life(event: CaseEvent) -> int:
    if event.kind in FIRST_OF_A_SECOND:
        return FIRST_OF_A_SECOND.index(event.kind)
    if event.kind in LAST_OF_A_SECOND:
        return 10 + LAST_OF_A_SECOND.index(event.kind)
    return 5


def chain_start(cycle: Cycle, now: datetime) -> datetime | None:
    """Since when pauses have followed one another without a gap, when one is active."""
    active = cycle.active_pause(now)
    if active is None:
        return None
    start = active.start
    for pause in reversed(cycle.pauses):
        if pause.end is not None and pause.start <= start <= pause.end:
            start = pause.start
    return start


def next_due(clocks: list[ReplayedClock], cycle: int, pause: Pause | None) -> tuple[str, datetime] | None:
    found: tuple[str, datetime] | None = None
    for kind in ("verify", "respond", "resolve"):
        for clock in clocks:
            if clock.cycle != cycle or clock.kind != kind or clock.stop is not None or clock.due is None:
                continue
            if kind == "resolve" and pause is not None and clock.due > pause.start:
                continue
            if found is None or clock.due < found[1]:
                found = (kind, clock.due)
    return found


class ReplayedCase:
    """What the events did to the case so far."""

    def __init__(self, city: City, receipt: CaseEvent, category: str, policy: Policy, begins: datetime) -> None:
        self.city = city
        self.state = CaseState.RECEIVED
        self.category = receipt.category or category
        self.routed = receipt.agency
        self.holder = TRIAGE
        self.acknowledged_at: datetime | None = None
        self.cycles = [Cycle(begins)]
        self.policies = {begins: self.named_policy(receipt) or policy}
        """Each from its moment on; of several in one second only the last was ever in force."""

    @property
    def open(self) -> bool:
        return self.state in OPEN

    @property
    def cycle(self) -> Cycle:
        return self.cycles[-1]

    @property
    def policy_in_force(self) -> Policy:
        return self.policies[max(self.policies)]

    @property
    def shown_agency(self) -> str:
        return self.routed or TRIAGE if self.open and self.holder == TRIAGE else self.holder

    def named_policy(self, event: CaseEvent) -> Policy | None:
        """The policy that the event names; without a version the newest; None when the city has no such one."""
        versions = self.city.policies.get(event.policy or "", ())
        if event.policy_version is None:
            return versions[-1] if versions else None
        return next((policy for policy in versions if policy.version == event.policy_version), None)

    def apply(self, event: CaseEvent) -> None:
        if event.kind is EventKind.ANSWERED:
            self.answer(event)
        elif event.kind is EventKind.RECLASSIFIED:
            self.reclassify(event)
        elif event.kind is EventKind.REOPENED:
            self.reopen(event)
        elif event.kind is EventKind.CLOSED:
            self.end(event, CaseState.CLOSED, OPEN | {CaseState.RESOLVED})
        elif event.kind is EventKind.MERGED:
            self.end(event, CaseState.MERGED, OPEN | {CaseState.RESOLVED})
        elif event.kind is EventKind.REJECTED:
            self.end(event, CaseState.REJECTED, OPEN)
        elif self.open:
            self.apply_to_open(event)

    def apply_to_open(self, event: CaseEvent) -> None:
        if event.kind in (EventKind.DISPATCHED, EventKind.TRANSFERRED):
            self.hand_over(event.agency or TRIAGE, event)
        elif event.kind is EventKind.ACKNOWLEDGED:
            self.acknowledge(event)
        elif event.kind is EventKind.NOTE:
            self.work(event)
        elif event.kind is EventKind.PAUSED:
            self.pause(event)
        elif event.kind is EventKind.RESUMED:
            self.end_pause(event.at)
            self.work(event)
        elif event.kind is EventKind.RESOLVED:
            self.work(event)
            self.end_pause(event.at)
            self.end_hold(event)
            self.cycle.resolved_at = event.at
            self.mark(event, "end")
            self.state = CaseState.RESOLVED

    def mark(self, event: CaseEvent, name: str) -> None:
        if event.reason in NO_DATE:
            self.cycle.vague.add(name)

    def hand_over(self, agency: str, event: CaseEvent) -> None:
        if event.reason == "inferred" and self.holder != TRIAGE:
            return  # it takes the case from nobody
        self.routed = None
        if agency == self.holder:
            return
        self.end_hold(event)
        self.holder = agency
        self.acknowledged_at = None
        if agency == TRIAGE:
            self.state = CaseState.RECEIVED
        else:
            self.begin_hold(event)

    def begin_hold(self, event: CaseEvent) -> None:
        self.cycle.holds.append(Hold(self.holder, event.at, vague=event.reason in NO_DATE))
        if self.cycle.dispatched_at is None:
            self.cycle.dispatched_at = event.at
            self.mark(event, "dispatch")
        self.state = CaseState.DISPATCHED

    def end_hold(self, event: CaseEvent) -> None:
        for hold in self.cycle.holds:
            if hold.end is None:
                hold.end = event.at
                hold.vague = hold.vague or event.reason in NO_DATE

    def acknowledge(self, event: CaseEvent) -> None:
        by_holder = event.agency is None or event.agency == self.holder
        if self.state in HOLDING and by_holder and self.acknowledged_at is None:
            self.acknowledged_at = event.at
            self.state = CaseState.ACKNOWLEDGED

    def work(self, event: CaseEvent) -> None:
        by_holder = event.agency is None or event.agency == self.holder
        if by_holder and event.actor_kind is ActorKind.AGENCY and self.holder != TRIAGE:
            self.acknowledged_at = self.acknowledged_at or event.at
            self.state = CaseState.IN_PROGRESS

    def answer(self, event: CaseEvent) -> None:
        if event.actor_kind in (ActorKind.OPERATOR, ActorKind.AGENCY) and self.cycle.answered_at is None:
            self.cycle.answered_at = event.at
            self.mark(event, "answer")
        if self.open:
            self.work(event)

    def pause(self, event: CaseEvent) -> None:
        at, reason = event.at, event.reason
        if reason is None or reason not in self.policy_in_force.pauses:
            return
        end = None
        listed = self.city.pauses.get(reason)
        if listed is not None and listed.cap is not None:
            left = listed.cap - self.taken(reason, at)
            if left <= NOTHING:
                return
            end = at + left
        active = self.cycle.active_pause(at)
        if active is not None:
            if active.end is None:
                end = None
            elif end is not None:
                end = max(end, active.end)
            active.end = at
        self.cycle.pauses.append(Pause(reason, at, end))
        if self.state is CaseState.ACKNOWLEDGED:
            self.state = CaseState.IN_PROGRESS
        self.work(event)

    def taken(self, reason: str, at: datetime) -> timedelta:
        """How much time the pauses of this reason have taken in this cycle."""
        ends = [(pause.start, min(pause.end or at, at)) for pause in self.cycle.pauses if pause.reason == reason]
        return sum((end - start for start, end in ends), NOTHING)

    def end_pause(self, at: datetime) -> None:
        active = self.cycle.active_pause(at)
        if active is not None:
            active.end = at

    def end(self, event: CaseEvent, state: CaseState, possible: set[CaseState]) -> None:
        if self.state in possible:
            self.end_pause(event.at)
            self.end_hold(event)
            self.cycle.ended_at = event.at
            if self.cycle.resolved_at is None:
                self.mark(event, "end")
            self.cycle.ended_as = self.state = state

    def reopen(self, event: CaseEvent) -> None:
        if self.state not in ENDED | {CaseState.RESOLVED}:
            return
        held = self.holder != TRIAGE
        self.cycles.append(Cycle(event.at, begins_held=held))
        self.mark(event, "begin")
        self.acknowledged_at = None
        self.state = CaseState.RECEIVED
        if held:
            self.begin_hold(event)

    def reclassify(self, event: CaseEvent) -> None:
        self.category = event.category or self.category
        self.routed = event.agency or self.routed
        policy = self.named_policy(event)
        if policy is not None:
            self.policies[event.at] = policy


class WorkingHours:
    """The windows of one calendar, day by day."""

    def __init__(self, city: City, holidays: Holidays, calendar: str) -> None:
        self.city = city
        self.holidays = holidays
        self.spec = city.calendars[calendar][0]
        self.zone = ZoneInfo(city.timezone)

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def moment(self, day: date, clock: time) -> datetime:
        if clock == time.max:
            return self.moment(day + DAY, time(0))
        return datetime.combine(day, clock, tzinfo=self.zone).astimezone(UTC)

    def is_off(self, day: date) -> bool:
        if day in self.city.extra_holidays:
            return True
        joint = self.spec.joint_leave_off and day in self.holidays.joint
        return (joint or day in self.holidays.public) and day not in self.city.working_holidays

    def windows(self, day: date) -> list[tuple[datetime, datetime]]:
        if self.spec.always:
            return [(self.moment(day, time(0)), self.moment(day, time.max))]
        return [(self.moment(day, opens), self.moment(day, closes)) for opens, closes in sorted(self.hours(day))]

    def hours(self, day: date) -> Sequence[tuple[time, time]]:
        """Its own hours, else none on a day off that it does not open, else those of its season, else the usual."""
        own = self.spec.days.get(day)
        if own is not None and own.hours is not None:
            return own.hours
        if own is None and self.is_off(day):
            return []
        seasons = [season for season in self.spec.seasons if season.first <= day <= season.last]
        return (seasons[0].hours if seasons else self.spec.hours).get(day.weekday(), [])

    def used_up(self, start: datetime, target: timedelta, pauses: Sequence[Pause]) -> datetime | None:
        """The earliest moment at which this much was counted; None when a pause without end comes first."""
        if target <= NOTHING:
            return start
        left = target
        for opens, closes in self.windows_from(self.local_day(start)):
            for begin, end in without_pauses(max(opens, start), closes, pauses):
                if end - begin >= left:
                    return begin + left
                left -= end - begin
            if any(pause.end is None and pause.start < closes for pause in pauses):
                return None
        raise ValueError(f"{self.spec.code} has no hours")

    def windows_from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        for number in range(DAYS_WALKED):
            yield from self.windows(day + number * DAY)

    def legal_due(self, filed: datetime, days: int, pauses: Sequence[Pause]) -> datetime | None:
        """The close of the last of so many working days after the day of filing, moved by pauses."""
        begins = self.local_day(filed) + DAY
        all_days = (self.windows(begins + number * DAY) for number in range(DAYS_WALKED))
        counted = list(islice((windows for windows in all_days if windows), days))
        if len(counted) < days:
            raise ValueError(f"{self.spec.code} has no hours")
        target = sum((closes - opens for windows in counted for opens, closes in windows), NOTHING)
        return self.used_up(self.moment(begins, time(0)), target, pauses)


def without_pauses(begin: datetime, end: datetime, pauses: Sequence[Pause]) -> list[tuple[datetime, datetime]]:
    """What the pauses leave of this time, as pieces in their order."""
    cuts = {begin, end}
    for pause in pauses:
        cuts |= {cut for cut in (pause.start, pause.end) if cut is not None and begin < cut < end}
    pieces = pairwise(sorted(cuts)) if begin < end else []
    return [(a, b) for a, b in pieces if not any(pause.active(a) for pause in pauses)]


class Measures:
    """Clocks of a case at `now` under the policies that were in force, each from its moment on."""

    def __init__(
        self, city: City, holidays: Holidays, legal_days: int, policies: dict[datetime, Policy], now: datetime
    ) -> None:
        self.city = city
        self.holidays = holidays
        self.legal_days = legal_days
        self.policies = policies
        self.now = now

    def clocks(self, cycles: list[Cycle]) -> list[ReplayedClock]:
        return [clock for number, cycle in enumerate(cycles, 1) for clock in self.clocks_of(number, cycle)]

    def clocks_of(self, number: int, cycle: Cycle) -> list[ReplayedClock]:
        begins, finished = cycle.begins, cycle.finished
        found = []
        if not cycle.begins_held:
            stop = earlier(cycle.dispatched_at, finished)
            ended_by = "dispatch" if cycle.dispatched_at is not None and cycle.dispatched_at == stop else "end"
            clock = self.measured(number, "verify", None, (begins, stop), [])
            found.append(unless_vague(clock, cycle, "begin", ended_by))
        if (span := respond_span(cycle)) is not None:
            clock = self.measured(number, "respond", None, span, [])
            found.append(clock if clock.stop is None else clock._replace(verdict=respond_verdict(cycle, clock)))
        resolve = self.measured(number, "resolve", None, (begins, finished), cycle.pauses)
        found.append(unless_vague(resolve, cycle, "begin", "end"))
        for hold in cycle.holds:
            clock = self.measured(number, "hold", hold.agency, (hold.start, hold.end), cycle.pauses)
            found.append(clock._replace(verdict="undated") if hold.end and hold.vague else clock)
        legal = self.hours(self.city.legal_calendar).legal_due(begins, self.legal_days, cycle.pauses)
        verdict = self.verdict(finished, legal, cycle.pauses)
        last = ReplayedClock(number, "legal", None, begins, finished, legal, verdict)
        return [*found, unless_vague(last, cycle, "begin", "end")]

    def hours(self, calendar: str) -> WorkingHours:
        return WorkingHours(self.city, self.holidays, calendar)

    def measured(
        self,
        number: int,
        kind: str,
        agency: str | None,
        span: tuple[datetime, datetime | None],
        pauses: Sequence[Pause],
    ) -> ReplayedClock:
        start, stop = span
        pauses = [pause for pause in pauses if stop is None or pause.start < stop]
        pauses = [replace(pause, end=earlier(pause.end, stop)) for pause in pauses]
        in_force = self.policies[max(since for since in self.policies if since <= start)]
        for since in sorted(self.policies):
            if not start < since <= (stop or self.now):
                continue
            due = self.due(in_force, kind, agency, start, pauses)
            if due is not None and due < since:
                break
            in_force = self.policies[since]
        due = self.due(in_force, kind, agency, start, pauses)
        return ReplayedClock(number, kind, agency, start, stop, due, self.verdict(stop, due, pauses))

    def due(
        self, policy: Policy, kind: str, agency: str | None, start: datetime, pauses: Sequence[Pause]
    ) -> datetime | None:
        calendar = policy.calendar
        known = self.city.agencies.get(agency or "")
        if known is not None and not self.city.calendars[calendar][0].always:
            calendar = known.calendar
        target: timedelta = getattr(policy, kind)
        return self.hours(calendar).used_up(start, target, pauses)

    def verdict(self, stop: datetime | None, due: datetime | None, pauses: Sequence[Pause]) -> str:
        if stop is not None:
            return "met" if due is None or stop <= due else "missed"
        if due is not None and self.now > due:
            return "breached"
        return "paused" if due is None or any(pause.active(self.now) for pause in pauses) else "running"


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((at for at in (one, other) if at is not None), default=None)


def respond_span(cycle: Cycle) -> tuple[datetime, datetime | None] | None:
    """Start and stop of the respond clock; None without one."""
    if cycle.dispatched_at is not None:
        stop = earlier(cycle.answered_at, cycle.finished)
        return cycle.dispatched_at, None if stop is None else max(stop, cycle.dispatched_at)
    refused = cycle.ended_as in (CaseState.REJECTED, CaseState.MERGED) and cycle.resolved_at is None
    if cycle.finished is None or refused:
        return None
    if cycle.answered_at is not None and cycle.answered_at <= cycle.finished:
        return None
    return cycle.finished, cycle.finished


def unless_vague(clock: ReplayedClock, cycle: Cycle, *moments: str) -> ReplayedClock:
    """A clock that stopped has no verdict when one of the moments has no date."""
    return clock._replace(verdict="undated") if clock.stop and cycle.vague & set(moments) else clock


def respond_verdict(cycle: Cycle, clock: ReplayedClock) -> str:
    """An end without an answer is a missed answer, however early, dated or not; a rejection answers by itself."""
    start = "end" if cycle.dispatched_at is None else "dispatch"
    refused = cycle.ended_as in (CaseState.REJECTED, CaseState.MERGED)
    if (cycle.answered_at is not None and cycle.vague & {start, "answer"}) or (
        cycle.answered_at is None and refused and cycle.vague & {start, "end"}
    ):
        return "undated"
    if cycle.answered_at is not None:
        judged = max(cycle.answered_at, clock.start)
    elif cycle.ended_as in (CaseState.REJECTED, CaseState.MERGED) and cycle.ended_at is not None:
        judged = cycle.ended_at
    else:
        return "missed"
    return "met" if clock.due is None or judged <= clock.due else "missed"
