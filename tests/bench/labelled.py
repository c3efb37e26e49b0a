"""Labelled texts, and how often the desk is right."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from data.domain.cases.classification import Classifier
from data.domain.cases.routing import RoutingFacts, route
from data.domain.city.model import TRIAGE, City
from tests.yaml_files import read_yaml

FOLDER = Path(__file__).resolve().parent / "words"
NOON = datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("Asia/Jakarta"))
"""A Wednesday: no routing rule of an evening or a weekend holds."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what is right for it."""

    text: str
    labels: tuple[str, ...]
    """`category`, `category.agency` or TRIAGE; of a text with two complaints both."""

    @property
    def held_out(self) -> bool:
        """Whether it is of the half of which only totals are looked at."""
        return hashlib.sha256(self.text.encode()).digest()[0] % 2 == 1

    def agencies(self, city: City) -> set[str]:
        """All that are right; of two complaints triage, too: a person divides them."""
        right = {TRIAGE} if len(self.labels) > 1 else set()
        for label in self.labels:
            category, _, agency = label.partition(".")
            right.add(agency or (TRIAGE if category == TRIAGE else city.categories[category].agency))
        return right


@dataclass(frozen=True, slots=True)
class Score:
    """Of so many texts."""

    texts: int
    right: int
    """Sent to the right agency, or rightly left."""
    wrong: int
    """Sent to a wrong desk; the others were left to triage without need."""


@cache
def labelled(name: str) -> tuple[Labelled, ...]:
    """The texts of a file of `words`."""
    tree: dict[str, list[str]] = read_yaml(FOLDER / f"{name}.yaml")
    return tuple(Labelled(text, tuple(label.split(" / "))) for label, texts in tree.items() for text in texts)


def desk_of(text: str, classifier: Classifier, city: City) -> str:
    """The agency that a report without a category gets."""
    chosen = classifier.classify(text).chosen
    if chosen is None:
        return TRIAGE
    return route(RoutingFacts(chosen.category, text, None, NOON, chosen.agency), city).agency


def score(texts: Iterable[Labelled], classifier: Classifier, city: City) -> Score:
    """How often the desk is right."""
    told = [(desk_of(one.text, classifier, city), one.agencies(city)) for one in texts]
    right = sum(desk in agencies for desk, agencies in told)
    return Score(len(told), right, sum(desk != TRIAGE and desk not in agencies for desk, agencies in told))
