"""Which category a record is of: the one that its source names, else the one that its words lead to."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from data.domain.cases.classification import ENOUGH, Classification, Classifier
from data.domain.cases.model import CaseEvent
from data.domain.cases.routing import category_of, is_called
from data.domain.city.model import Category, City, Priority
from data.domain.reasons import Reason, decode_reason, encode_reason, reason
from ingest.source import OTHER, Record


class CategoryChoice(NamedTuple):
    """A record's category."""

    category: Category
    priority: Priority
    """The category's own, unless that is critical and nothing but a label says so."""
    stated: str
    """The code of the category that the source names; OTHER when it names none that is known."""
    agency: str | None = None
    """The one that its words lead to, when it is another than the category's own."""
    private: bool = False
    """True: its words speak of a private category, whatever it counts as."""
    explanation: str | None = None
    """A stored reason: how the words were read. None when a known label stands and nothing speaks against it."""


class CategoryChooser:
    """Chooses; knows the city."""

    def __init__(self, city: City) -> None:
        """Raises ValueError when the city has no category for what nobody knows."""
        if OTHER not in city.categories:
            raise ValueError(f"categories: '{OTHER}' is missing; records of an unknown category need it")
        self._city = city
        self._classifier = Classifier(city)
        self._labelled = lru_cache(maxsize=4096)(self._category_of)

    def choose(self, record: Record, *, fresh: bool) -> CategoryChoice:
        """What the source names stands; of what it leaves open the words decide, or nobody does.

        A critical category needs words that say so. Under its own name it is kept without them, at a lower priority;
        a label that may mean other things, too, such as 'bencana', is then taken for none.
        `fresh`: the case is new, and worth a second opinion where the words speak of something else.
        """
        named = self._labelled(record.category)
        if named.code == OTHER:
            return self._by_words(record, named)
        critical = named.priority is Priority.CRITICAL
        if not (critical or fresh):
            return CategoryChoice(named, named.priority, named.code)
        text = _words_of(record, named)
        if self._classifier.speaks_of(named.code, text):
            return CategoryChoice(named, named.priority, named.code)
        if critical and not is_called(named, record.category):
            return self._by_words(record, named)
        priority = Priority.HIGH if critical else named.priority
        found = self._classifier.classify(text)
        explanation = _doubt(found, named, critical=critical)
        return CategoryChoice(named, priority, named.code, private=self._is_private(found), explanation=explanation)

    def _category_of(self, label: str) -> Category:
        return category_of(label, self._city) or self._city.categories[OTHER]

    def _by_words(self, record: Record, named: Category) -> CategoryChoice:
        found = self._classifier.classify(_words_of(record, named))
        explanation = _stored(found.as_reason(), named)
        private = self._is_private(found)
        if found.chosen is None:
            other = self._city.categories[OTHER]
            return CategoryChoice(other, other.priority, named.code, private=private, explanation=explanation)
        category = self._city.categories[found.chosen.category]
        return CategoryChoice(category, category.priority, named.code, found.chosen.agency, private, explanation)

    def _is_private(self, found: Classification) -> bool:
        """Whether a private category is among what the words may mean: it is hidden too early rather than too late."""
        return any(self._city.categories[it.category].private and it.weight >= ENOUGH for it in found.proposals)


def stated_in(event: CaseEvent) -> str | None:
    """The category that a source named in a receipt or a reclassification, whatever its words led to."""
    told = decode_reason(event.text) if event.text else None
    if isinstance(told, Reason) and "stated" in told.params:
        return str(told.params["stated"])
    return event.category


def _doubt(found: Classification, named: Category, *, critical: bool) -> str | None:
    """What an operator is told when the words do not say what the label says."""
    if found.chosen is not None:
        told = reason("words.unconfirmed_differs" if critical else "words.differs", desk=found.chosen.as_reason())
        return _stored(told, named)
    return _stored(reason("words.unconfirmed"), named) if critical else None


def _stored(explanation: Reason, named: Category) -> str:
    return encode_reason(Reason(explanation.code, {**explanation.params, "stated": named.code}))


def _words_of(record: Record, named: Category) -> str:
    """Title and text; a title that only begins the text, or repeats the label, adds nothing."""
    title, text = record.title, record.text
    if text.startswith(title.removesuffix("…")):
        return text
    if not text and is_called(named, title):
        return ""
    return f"{title}\n{text}"
