"""Decides which agency a case goes to (`route`) and which category a label means (`category_of`).

The routing rules are one table (config.yaml, `routing`); the first rule that matches wins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache

from data.domain.city.model import TRIAGE, Category, City, RoutingRule


@dataclass(frozen=True, slots=True)
class RoutingFacts:
    """What routing rules may test. `text`: title and text together; `at_local`: receipt in the city's zone."""

    category: str
    text: str
    village: str | None
    at_local: datetime
    proposed: str | None = None
    """The agency that the report's own words lead to, when it is another than the category's."""


@dataclass(frozen=True, slots=True)
class Route:
    """The agency of a case, and the reason as a text for operators."""

    agency: str
    rule: RoutingRule | None
    """None: the proposed agency, the category's own, or triage."""
    reason: str


_NEAR = "(?:dekat|deket|dkt|depan|dpn|seberang|samping|sebelah|belakang|arah|menuju|ke|dari|sampai)"


def route(facts: RoutingFacts, city: City) -> Route:
    """The agency of the first rule that matches, else the proposed one, else the category's, else the triage queue."""
    for n, rule in enumerate(city.rules, start=1):
        if _matches(rule, facts):
            return Route(rule.agency, rule, f"rule {n}: {_describe(rule)}")
    if facts.proposed is not None:
        return Route(facts.proposed, None, "the report's words")
    category = city.categories.get(facts.category)
    if category is None or not category.agency or category.agency == TRIAGE:
        return Route(TRIAGE, None, f"no rule and no agency for category '{facts.category}'")
    return Route(category.agency, None, f"category '{facts.category}'")


def _matches(rule: RoutingRule, facts: RoutingFacts) -> bool:
    return (
        rule.category in (None, facts.category)
        and (not rule.villages or facts.village in rule.villages)
        and (not rule.weekdays or facts.at_local.weekday() in rule.weekdays)
        and _is_between(rule.after, rule.before, facts.at_local.time())
        and (not rule.words or _contains(rule.words, facts.text))
    )


def _is_between(after: time | None, before: time | None, at: time) -> bool:
    """Whether `at` is in [after, before); when `before` is earlier than `after`, the span includes midnight."""
    if after is not None and before is not None and after > before:
        return at >= after or at < before
    return (after is None or at >= after) and (before is None or at < before)


def _contains(words: tuple[str, ...], text: str) -> bool:
    """Whether the text has any of the words, not counting those that only say what is near: `depan perumahan`."""
    return any(found["near"] is None for found in _words_pattern(words).finditer(text))


@lru_cache(maxsize=1024)
def _words_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Matches any of the words or phrases as whole words, case-insensitive; a blank matches any white space."""
    phrases = (r"\s+".join(re.escape(part) for part in word.split()) for word in words)
    return re.compile(rf"(?<!\w)(?P<near>{_NEAR}\s+)?(?:{'|'.join(phrases)})(?!\w)", re.IGNORECASE)


def _describe(rule: RoutingRule) -> str:
    """The rule's conditions as a text, in the order in which they are tested."""
    return ", ".join(_conditions(rule)) or "always"


def _conditions(rule: RoutingRule) -> Iterator[str]:
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
    """Whether a label is the category's code or one of its names. Its other words may mean more than the category."""
    return normalized_label(label) in {normalized_label(name) for name in (*_codes(category), *_names(category))}


def category_of(label: str, city: City) -> Category | None:
    """The category that a label names: by code, by name in any language, or by one of `words`. None: unknown.

    Case, blanks and punctuation are ignored ('Pohon-Tumbang' is 'pohon tumbang'). Codes are compared before names, and
    names before words, so that a word never hides another category's code.
    """
    if (exact := city.categories.get(label)) is not None:
        return exact
    asked = normalized_label(label)
    if not asked:
        return None
    for labels in (_codes, _names, _words):
        for category in city.categories.values():
            if any(normalized_label(name) == asked for name in labels(category)):
                return category
    return None


def _codes(category: Category) -> tuple[str, ...]:
    return (category.code,)


def _names(category: Category) -> tuple[str, ...]:
    return tuple(category.name.values())


def _words(category: Category) -> tuple[str, ...]:
    return category.words


@lru_cache(maxsize=4096)
def normalized_label(label: str) -> str:
    """Letters and digits only, case-folded, to compare labels."""
    return "".join(letter for letter in label.casefold() if letter.isalnum())
