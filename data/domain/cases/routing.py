"""Which agency a case goes to: one table of rules, the first that matches wins; and what a label means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache

from data.domain.city.model import TRIAGE, Category, City, Rule


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What rules may ask about. `text` is title and text together, `at_local` receipt in the city's zone."""

    category: str
    text: str
    village: str | None
    at_local: datetime
    proposed: str | None = None
    """The agency that the report's own words lead to, when it is another than the category's."""


@dataclass(frozen=True, slots=True)
class Routed:
    """Where a case goes and why, in words for an operator."""

    agency: str
    rule: Rule | None
    """None: the one proposed, the category's own agency, or triage."""
    why: str


_NEAR = "(?:dekat|deket|dkt|depan|dpn|seberang|samping|sebelah|belakang|arah|menuju|ke|dari|sampai)"


def route(facts: RoutingFacts, city: City) -> Routed:
    """The first rule that matches, else what is proposed, else the category's agency, else the triage queue."""
    for n, rule in enumerate(city.rules, start=1):
        if _matches(rule, facts):
            return Routed(rule.agency, rule, f"rule {n}: {_described(rule)}")
    if facts.proposed is not None:
        return Routed(facts.proposed, None, "the report's words")
    category = city.categories.get(facts.category)
    if category is None or not category.agency or category.agency == TRIAGE:
        return Routed(TRIAGE, None, f"no rule and no agency for category '{facts.category}'")
    return Routed(category.agency, None, f"category '{facts.category}'")


def _matches(rule: Rule, facts: RoutingFacts) -> bool:
    return (
        rule.category in (None, facts.category)
        and (not rule.villages or facts.village in rule.villages)
        and (not rule.weekdays or facts.at_local.weekday() in rule.weekdays)
        and _within(rule.after, rule.before, facts.at_local.time())
        and (not rule.words or _says(rule.words, facts.text))
    )


def _within(after: time | None, before: time | None, at: time) -> bool:
    """Whether `at` is in [after, before); a span that ends before it begins goes over midnight."""
    if after is not None and before is not None and after > before:
        return at >= after or at < before
    return (after is None or at >= after) and (before is None or at < before)


def _says(words: tuple[str, ...], text: str) -> bool:
    """Whether it says any of them, and not only that it is near one: `depan perumahan`."""
    return any(found["near"] is None for found in _any_of(words).finditer(text))


@lru_cache(maxsize=1024)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the words or phrases, whole, in any case; blanks in a phrase stand for any white space."""
    phrases = (r"\s+".join(re.escape(part) for part in word.split()) for word in words)
    return re.compile(rf"(?<!\w)(?P<near>{_NEAR}\s+)?(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


def _described(rule: Rule) -> str:
    """The rule's conditions, in the order in which they are asked."""
    return ", ".join(_conditions(rule)) or "always"


def _conditions(rule: Rule) -> Iterator[str]:
    if rule.category is not None:
        yield f"category '{rule.category}'"
    if rule.villages:
        yield f"village {'/'.join(rule.villages)}"
    if rule.weekdays:
        yield f"weekday {'/'.join(str(day) for day in rule.weekdays)}"
    if rule.after is not None:
        yield f"after {rule.after:%H:%M}"
    if rule.before is not None:
        yield f"before {rule.before:%H:%M}"
    if rule.words:
        yield f"words {'/'.join(rule.words)}"


def is_called(category: Category, label: str) -> bool:
    """Whether a label is a category's code or its name; its other words may mean more than it."""
    return _squeezed(label) in {_squeezed(name) for name in (*_codes(category), *_names(category))}


def category_of(label: str, city: City) -> Category | None:
    """The category that a label names: its code, its name in any language, or one of its other words.

    Case, blanks and punctuation do not count ('Pohon-Tumbang' is 'pohon tumbang'). None: unknown. Codes
    go before names, names before words, so that a word never hides another category's code.
    """
    if (exact := city.categories.get(label)) is not None:
        return exact
    asked = _squeezed(label)
    if not asked:
        return None
    for labels in (_codes, _names, _words):
        for category in city.categories.values():
            if any(_squeezed(name) == asked for name in labels(category)):
                return category
    return None


def _codes(category: Category) -> tuple[str, ...]:
    return (category.code,)


def _names(category: Category) -> tuple[str, ...]:
    return tuple(category.name.values())


def _words(category: Category) -> tuple[str, ...]:
    return category.words


@lru_cache(maxsize=4096)
def _squeezed(label: str) -> str:
    return "".join(letter for letter in label.casefold() if letter.isalnum())
