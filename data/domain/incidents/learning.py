"""What operators fold and separate teaches how much distance, time and words count.

A logistic regression on labelled pairs, drawn towards the weights in force, so that few labels change little. It is
judged on pairs of incidents that it has not seen, and proposed only when it is better there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from data.domain.incidents.likelihood import LIKELY, Evidence, IncidentModel, Weights

SAME_LEAST, OTHER_LEAST, HEADS_LEAST = 25, 25, 10
"""Pairs that are one event, pairs that are not, and incidents, without which nothing is learned."""
OWN_LEAST = 60
"""Pairs of a category from which on it gets weights of its own; of each kind as many as above."""
FOLDS = 5
"""Parts of the incidents, each of which is judged by what the others teach."""
DRAWN = 0.5
"""How strongly each weight is drawn towards the one in force: as by so many pairs of doubt."""
_SIGNS = np.array([0.0, -1.0, -1.0, 1.0])
"""Which way each weight may count; 0: both ways."""
STEPS, CLOSE = 50, 1e-6

Vector = npt.NDArray[np.float64]


class LabelledPair(NamedTuple):
    """Two reports of a category within its radius and window, and whether a person says that they are one event."""

    category: str
    head: str
    """The code of the case that speaks, or spoke, for the incident: its pairs are never divided."""
    evidence: Evidence
    same: bool


class Accuracy(NamedTuple):
    """Of pairs that were judged."""

    found: int
    """Proposed, and one event."""
    wrong: int
    """Proposed, and not one event."""
    missed: int
    """One event, and not proposed."""

    @property
    def precision(self) -> float:
        """Of what was proposed; 1 of nothing."""
        return self.found / (self.found + self.wrong) if self.found + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Of what is one event; 1 of nothing."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def balance(self) -> float:
        """The harmonic mean of both (F1)."""
        return 2 * self.found / max(1, 2 * self.found + self.wrong + self.missed)


_NONE = Accuracy(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Learned:
    """What the labels teach."""

    same: int
    other: int
    heads: int
    model: IncidentModel | None = None
    """None: too few labels, or nothing that is better than what is in force."""
    before: Accuracy = _NONE
    after: Accuracy = _NONE
    """Both of incidents that were held out."""

    @property
    def is_enough(self) -> bool:
        """Whether there are labels enough to learn from."""
        return self.same >= SAME_LEAST and self.other >= OTHER_LEAST and self.heads >= HEADS_LEAST


def learn(pairs: Sequence[LabelledPair], current: IncidentModel) -> Learned:
    """Weights that are better on incidents held out; with few labels none."""
    same = sum(pair.same for pair in pairs)
    heads = sorted({pair.head for pair in pairs})
    told = Learned(same, len(pairs) - same, len(heads))
    if not told.is_enough:
        return told
    before = after = _NONE
    for part in range(FOLDS):
        held_out = frozenset(heads[part::FOLDS])
        unseen = [pair for pair in pairs if pair.head in held_out]
        taught = fitted([pair for pair in pairs if pair.head not in held_out], current)
        before, after = _sum(before, accuracy(unseen, current)), _sum(after, accuracy(unseen, taught))
    better = after.balance > before.balance
    return Learned(same, told.other, told.heads, fitted(pairs, current) if better else None, before, after)


def accuracy(pairs: Iterable[LabelledPair], model: IncidentModel) -> Accuracy:
    """How well the model tells these pairs."""
    found = wrong = missed = 0
    for pair in pairs:
        proposed = model.likelihood(pair.category, pair.evidence) >= LIKELY
        found += proposed and pair.same
        wrong += proposed and not pair.same
        missed += pair.same and not proposed
    return Accuracy(found, wrong, missed)


def fitted(pairs: Sequence[LabelledPair], current: IncidentModel) -> IncidentModel:
    """The usual weights from all pairs; own ones for a category that has pairs enough."""
    usual = _fit(pairs, current.usual)
    of = dict(current.of)
    for category in sorted({pair.category for pair in pairs}):
        own = [pair for pair in pairs if pair.category == category]
        same = sum(pair.same for pair in own)
        if len(own) >= OWN_LEAST and same >= SAME_LEAST and len(own) - same >= OTHER_LEAST:
            of[category] = _fit(own, current.of.get(category, usual))
    return IncidentModel(usual, of)


def _fit(pairs: Sequence[LabelledPair], prior: Weights) -> Weights:
    """The likeliest weights; one that would count the wrong way counts nothing."""
    shares = np.array([(1.0, *pair.evidence) for pair in pairs], dtype=np.float64).reshape(-1, 4)
    told = np.array([pair.same for pair in pairs], dtype=np.float64)
    free = np.ones(4, dtype=bool)
    drawn_to = np.array(prior, dtype=np.float64)
    while True:
        weights = np.zeros(4)
        weights[free] = _newton(shares[:, free], told, drawn_to[free])
        wrong_way = free & (weights * _SIGNS < 0)
        if not wrong_way.any():
            return Weights(*(round(float(weight), 3) for weight in weights))
        free &= ~wrong_way


def _newton(shares: Vector, told: Vector, drawn_to: Vector) -> Vector:
    weights = drawn_to.copy()
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-np.clip(shares @ weights, -50, 50)))
        slope = shares.T @ (told - likely) - DRAWN * (weights - drawn_to)
        bend = (shares * (likely * (1 - likely))[:, None]).T @ shares + DRAWN * np.eye(len(weights))
        step = np.linalg.solve(bend, slope)
        while _likelihood(shares, told, weights + step, drawn_to) < _likelihood(shares, told, weights, drawn_to):
            step = step / 2
        weights = weights + step
        if np.abs(step).max() < CLOSE:
            break
    return weights


def _likelihood(shares: Vector, told: Vector, weights: Vector, drawn_to: Vector) -> float:
    """Of the labels, its logarithm, less what the weights are away from those in force."""
    odds = shares @ weights
    away = weights - drawn_to
    return float(told @ odds - np.logaddexp(0.0, odds).sum() - DRAWN / 2 * away @ away)


def _sum(one: Accuracy, other: Accuracy) -> Accuracy:
    return Accuracy(*(a + b for a, b in zip(one, other, strict=True)))
