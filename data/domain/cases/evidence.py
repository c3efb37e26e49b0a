"""What in a text speaks for which topic, and how much.

A phrase of the table (`topics` of config.yaml) says it alone; a thing says it together with a problem in the same
sentence, or with a complaint that fits anything; a hint counts a little. What stands where the report places itself,
what is denied, feared or over, and the consequence of something else count less or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

from data.domain.cases.phrases import PhraseMatch, phrase_table
from data.domain.cases.vocabulary import STREETS
from data.domain.cases.wording import Word, Wording
from data.domain.city.model import City, Priority

PHRASE, PAIR, COMPLAINT, HINT = 3.0, 4.0, 2.4, 1.0
LONGER = 0.5
"""More for each further word of a phrase."""
IN_PLACE, PAIR_IN_PLACE, CONSEQUENCE, FEARED, OVER = 0.2, 0.6, 0.5, 0.5, 0.1
"""What is left of the weight of what says where, of a consequence, of what has not happened, of what is over."""
FARTHER = 0.4
"""What is left for a thing to which another thing with the same problem is nearer."""
APART, FAR, COMPLAINT_APART = 12, 0.1, 6
"""The most words between a thing and its problem, how much less for each; between a thing and a general complaint."""
BEHIND, PLACED = 2, 6
"""So many words farther is a thing that stands behind its problem, and one that says where."""


Position = tuple[int, int]
"""Sentence, and place in the text."""


class Evidence(NamedTuple):
    """What speaks for a topic."""

    topic: int
    said: str
    """As the citizen wrote it, small words left out."""
    weight: float
    word: Word
    """The first."""
    firm: bool
    """More than a hint."""
    places: tuple[int, ...]
    """Where its words begin: each counts once for a topic."""


class Weigher:
    """Knows the topics of a city; safe to use from many threads."""

    def __init__(self, city: City) -> None:
        categories = [city.categories[topic.category] for topic in city.topics]
        self.agencies = [
            topic.agency or category.agency for topic, category in zip(city.topics, categories, strict=True)
        ]
        """The agency of each topic."""
        self.urgent = [category.priority is Priority.CRITICAL or category.private for category in categories]
        """Whether a topic is critical or private."""
        self._lacking = [topic.lacking for topic in city.topics]
        self._table = phrase_table(city.topics)

    def weigh(self, text: str) -> list[Evidence]:
        """All evidence, in no order."""
        wording, matches = self._table.find(text)
        things = [match for match in matches if match.uses.things]
        found = [*self._alone(matches)]
        if things:
            found += self._pairs(matches, things)
            found += self._complaints(things, _complaints_of(wording, matches))
        if wording.done or wording.causes:
            last: dict[int, int] = {}
            for one in found:
                last[one.word.sentence] = max(one.word.at, last.get(one.word.sentence, 0))
            found = [one._replace(weight=one.weight * self._by_sentence(one, wording, last)) for one in found]
        return found

    def _alone(self, matches: Iterable[PhraseMatch]) -> Iterator[Evidence]:
        """Phrases and hints."""
        for match in matches:
            word = match.first
            told = _told(word) * (IN_PLACE if match.place else 1)
            if told:
                phrase = PHRASE + LONGER * (match.length - 1)
                for topic, firm in match.uses.alone.items():
                    if not match.denied or self._lacking[topic]:
                        weight = (phrase if firm else HINT) * told * self._as_consequence(topic, word)
                        yield Evidence(topic, match.said, weight, word, firm, (word.at,))

    def _pairs(self, matches: Iterable[PhraseMatch], things: Sequence[PhraseMatch]) -> Iterator[Evidence]:
        """Things with their problems in the same sentence. Of several things the nearest has the problem."""
        for problem in matches:
            if problem.uses.problems and not problem.denied:
                for rank, (apart, thing) in enumerate(_near(problem, things)):
                    weight = (PAIR - FAR * apart) * (PAIR_IN_PLACE if thing.place else 1) * (FARTHER if rank else 1)
                    weight *= min(_told(thing.first), _told(problem.first))
                    if weight:
                        yield from self._pair(thing, problem, weight)

    def _pair(self, thing: PhraseMatch, problem: PhraseMatch, weight: float) -> Iterator[Evidence]:
        one, other = thing.first, problem.first
        first = one if one.at < other.at else other
        said = f"{thing.said} + {problem.said}"
        for topic in problem.uses.problems & thing.uses.things:
            left = weight * self._as_consequence(topic, one, other)
            yield Evidence(topic, said, left, first, True, (one.at, other.at))

    def _complaints(self, things: Sequence[PhraseMatch], complaints: Sequence[Position]) -> Iterator[Evidence]:
        """Things of one agency alone with a complaint that fits anything."""
        for thing in things:
            first, topics = thing.first, thing.uses.things
            if thing.place or len({self.agencies[topic] for topic in topics}) > 1 or not (told := _told(first)):
                continue
            if any(
                sentence == first.sentence
                and abs(at - first.at) <= COMPLAINT_APART
                and not _is_only_where(thing, at, things)
                for sentence, at in complaints
            ):
                for topic in topics:
                    weight = COMPLAINT * told * self._as_consequence(topic, first)
                    yield Evidence(topic, thing.said, weight, first, True, (first.at,))

    def _as_consequence(self, topic: int, word: Word, other: Word | None = None) -> float:
        """What is left of what is told as a consequence of something else; an emergency stays one."""
        consequence = word.consequence or (other is not None and other.consequence)
        return CONSEQUENCE if consequence and not self.urgent[topic] else 1

    def _by_sentence(self, one: Evidence, wording: Wording, last: dict[int, int]) -> float:
        """What is left by the rest of the sentence: it is over, or its cause is told behind it."""
        sentence, at = one.word.sentence, one.word.at
        if sentence in wording.done:
            return OVER
        cause = wording.causes.get(sentence)
        return CONSEQUENCE if cause is not None and at < cause <= last[sentence] and not self.urgent[one.topic] else 1


def _complaints_of(wording: Wording, matches: Iterable[PhraseMatch]) -> list[Position]:
    """Words that complain of anything, without the `tidak` that denies a problem."""
    denying = {(match.first.sentence, match.first.at - 1) for match in matches if match.denied and match.uses.problems}
    return [position for position in wording.complaints if position not in denying]


def _is_only_where(street: PhraseMatch, complaint: int, things: Iterable[PhraseMatch]) -> bool:
    """Whether another thing stands between a street and the complaint: Jl. Mawar lampu mati is about the lamp."""
    first = street.first
    return first.forms[0] in STREETS and any(
        first.at < other.first.at <= complaint
        for other in things
        if other.first.sentence == first.sentence and not other.uses.things & street.uses.things
    )


def _near(problem: PhraseMatch, things: Iterable[PhraseMatch]) -> list[tuple[int, PhraseMatch]]:
    """The things that may have the problem, with the words between, the nearest first."""
    found = [
        (apart, thing)
        for thing in things
        if thing is not problem and thing.first.sentence == problem.first.sentence
        if problem.uses.problems & thing.uses.things
        if (apart := _apart(thing, problem)) <= APART
    ]
    if len(found) > 1:
        found.sort(key=itemgetter(0))
    return found


def _apart(thing: PhraseMatch, problem: PhraseMatch) -> int:
    distance = abs(thing.first.at - problem.first.at) + (PLACED if thing.place else 0)
    return distance + (BEHIND if thing.first.at > problem.first.at else 0)


def _told(word: Word) -> float:
    """What is left of the weight of a word by what stands before it."""
    if word.rejected:
        return 0.0
    return FEARED if word.feared else 1
