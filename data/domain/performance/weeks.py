"""Over time: in, out and what stays open."""

from __future__ import annotations

from data.domain.figures.measures import flows, stocks
from data.domain.figures.selection import Period
from data.domain.performance.answers import Flow, FlowPart
from data.domain.performance.frame import Frame


def flow(frame: Frame) -> Flow:
    """By day, week or month; open cases at the end of each, by age."""
    view = frame.view(step=frame.step)
    received, ended, again = flows.received(view), flows.resolved(view), flows.started_again(view)
    ages = list(stocks.backlog(view).values())
    heard = frame.heard()
    parts = [
        FlowPart(
            bucket.first,
            heard(bucket, received[n].n or 0),
            heard(bucket, again[n].n or 0),
            heard(bucket, ended[n].n or 0),
            tuple(age[n].n or 0 for age in ages),
            bucket.whole and bucket.end <= frame.columns.at + 1,
        )
        for n, bucket in enumerate(frame.period.buckets(frame.step))
        if bucket.start <= frame.columns.at
    ]
    eve = Period(frame.period.start - 1, frame.period.start, frame.period.zone)
    return Flow(frame.step, tuple(parts), stocks.open_at_end(frame.view(period=eve))[0].n or 0)
