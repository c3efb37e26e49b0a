"""What operators fold and separate moves the weights when it is enough and better, and never the wrong way."""

from __future__ import annotations

import random

import pytest

from data.domain.incidents.learning import LabelledPair, accuracy, fitted, learn
from data.domain.incidents.likelihood import AS_SHIPPED, Evidence, IncidentModel, Weights
from tests.bench.bursts import grouped, judged, reports
from tests.data.domain.incidents.rules import RULES

WRONG = IncidentModel(Weights(-2.0, -1.0, -6.0, 0.0))
"""In a city where only the distance tells."""


def labels(number: int, seed: int = 1, category: str = "pju") -> list[LabelledPair]:
    """Pairs of which those within a third of the radius are one event."""
    chance = random.Random(seed)
    found = []
    for n in range(number):
        evidence = Evidence(chance.random(), chance.random(), chance.random())
        found.append(LabelledPair(category, f"AW-{n // 4}", evidence, evidence.distance < 1 / 3))
    return found


def test_bursts_are_grouped_as_promised_on_a_seed_of_its_own():
    told = reports(77, 3)
    found = judged(grouped(told, RULES, AS_SHIPPED), told)
    assert found.precision >= 0.85
    assert found.recall >= 0.65


def test_labels_teach_what_tells_events_apart():
    learned = learn(labels(400), WRONG)
    assert learned.model is not None
    assert learned.after.balance > 0.9 > learned.before.balance
    own = learned.model.of["pju"]
    assert own.distance < -8
    assert abs(own.time) < 2
    assert accuracy(labels(200, seed=9), learned.model).precision > 0.85
    assert learned.model.likelihood("sampah", Evidence(0.05, 0.9, 0.0)) > 0.5


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        labels(40),
        [one for one in labels(900) if one.same],
        [one._replace(head="AW-1") for one in labels(400)],
    ],
)
def test_few_labels_teach_nothing(pairs: list[LabelledPair]):
    learned = learn(pairs, WRONG)
    assert (learned.is_enough, learned.model) == (False, None)
    assert learned.same == sum(pair.same for pair in pairs)


def test_what_is_no_better_is_not_proposed():
    pairs = labels(400)
    first = learn(pairs, WRONG)
    assert first.model is not None
    again = learn(pairs, first.model)
    assert again.model is None or again.after.balance > again.before.balance


def test_no_weight_counts_the_wrong_way():
    upside_down = [
        pair._replace(same=pair.evidence.distance > 0.5 and pair.evidence.words < 0.5) for pair in labels(300)
    ]
    weights = fitted(upside_down, AS_SHIPPED).of["pju"]
    assert weights.distance == 0
    assert weights.words == 0


def test_a_category_with_few_labels_has_the_usual_weights():
    model = fitted([*labels(400), *labels(20, category="sampah")], AS_SHIPPED)
    assert set(model.of) == {"pju"}
