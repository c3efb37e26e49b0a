"""Shares: first answers in time, agencies over the same mix, what held."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from data.domain.figures.kpis import Share
from data.domain.figures.measures import closing, flows
from data.domain.figures.measures.statistics import Interval, case_mix, wilson
from data.domain.figures.selection import By, Period
from data.domain.figures.view import Rows, View
from data.domain.history.columns import Flags
from data.domain.performance.answers import Mix, MixRow, OnTime, Quality, Ratings, ShareRow
from data.domain.performance.frame import Frame

_NOTHING = Interval(0.0, 1.0)


def share_row(code: str, share: Share) -> ShareRow:
    """With Wilson's interval; of no cases from 0 to 1."""
    return ShareRow(code, share.part, share.n, wilson(share.part, share.n) or _NOTHING)


def on_time(frame: Frame) -> OnTime:
    """Of the first answers that fell due in the period: given by then."""
    by = frame.by
    names: Sequence[str] = getattr(frame.columns.names, by)
    shares = flows.on_time(frame.view(by))
    rows = [share_row(name, share) for name, share in zip(names, shares, strict=True) if share.n]
    rows.sort(key=lambda row: (row.hits / row.n, -row.n, row.code))
    before = None if frame.before is None else share_row("", _whole(frame, frame.before))
    return OnTime(by, tuple(rows), share_row("", _whole(frame, None)), before)


def _whole(frame: Frame, period: Period | None) -> Share:
    return flows.on_time(frame.view(period=period))[0]


def mix(frame: Frame) -> Mix:
    """Every agency against what the city's shares of its categories would give."""
    names, categories = frame.columns.names.agency, frame.columns.names.category
    by_both = _agency_by_category(frame)
    city = [(sum(row[n].part for row in by_both), sum(row[n].n for row in by_both)) for n in range(len(categories))]
    rates = {code: part / n for code, (part, n) in zip(categories, city, strict=True) if n}
    rows = [
        _mix_row(code, dict(zip(categories, row, strict=True)), rates) for code, row in zip(names, by_both, strict=True)
    ]
    known = sorted((row for row in rows if row.n), key=lambda row: row.code)
    squares = [row.z**2 for row in known if row.z]
    spread = max(1.0, sum(squares) / len(squares)) if squares else 1.0
    whole = sum(n for _, n in city)
    own = next(iter(frame.filters.agencies)) if len(frame.filters.agencies) == 1 else ""
    seen = [
        replace(row, z=row.z / math.sqrt(spread)) for row in known if frame.scope is None or row.code in frame.scope
    ]
    seen.sort(key=lambda row: (row.z, row.code))
    return Mix(tuple(seen), spread, sum(part for part, _ in city) / whole if whole else None, own)


def _agency_by_category(frame: Frame) -> list[list[Share]]:
    """First answers in time: a list an agency, a share a category."""
    view, c = frame.everywhere(by=By.AGENCY), frame.columns
    width = len(c.names.category)
    keys = (c.agency.astype(np.uint32) * width + c.category).astype(np.uint16)
    shares = flows.on_time(replace(view, keys=keys, n_keys=len(c.names.agency) * width))
    return [shares[start : start + width] for start in range(0, len(shares), width)]


def _mix_row(code: str, shares: dict[str, Share], rates: dict[str, float]) -> MixRow:
    some = {category: share for category, share in sorted(shares.items()) if share.n}
    counts, hits = {category: share.n for category, share in some.items()}, sum(share.part for share in some.values())
    expected = case_mix(hits, counts, rates).expected
    variance = sum(n * rates[category] * (1 - rates[category]) for category, n in counts.items())
    z = (hits - expected) / math.sqrt(variance) if variance > 0 else 0.0
    return MixRow(code, sum(counts.values()), hits, expected, z)


QUALITY = ("reopened", "within_minute", "without_proof", "copied")


def quality(frame: Frame) -> Quality:
    """What ended in the period: reopened since, within a minute, without a word, with copied words."""
    view = frame.view()
    done = flows.done(view, *flows.MINUTE)
    words = closing.ended_of(view, done)
    found = (
        flows.reopened_of(view, done),
        flows.within_minute_of(view, done),
        closing.without_proof_of(view, words),
        closing.copied_of(view, words),
    )
    rows = tuple(share_row(code, share) for code, (share,) in zip(QUALITY, found, strict=True))
    return Quality(rows, words.n_erased)


def ratings(frame: Frame) -> Ratings:
    """The last rating of each case that ended in the period."""
    view = frame.view()
    return Ratings(flows.ratings(view)[0].counts, flows.resolved(view)[0].n or 0)


def quick_ends(view: View) -> tuple[Rows, Flags]:
    """The rows of cycles that were resolved or closed in the period, and whether no more than a minute after they
    began, both moments known."""
    done = flows.done(view, *flows.MINUTE)
    return done.row, flows.at_once(done)
