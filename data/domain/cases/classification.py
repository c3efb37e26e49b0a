"""What a report complains of, by its words: a category and a desk, or triage with the two likeliest.

A phrase of the table (`topics` of config.yaml) says it alone; a thing says it together with a problem in the same
sentence; a hint counts a little. The longest phrase wins and its words count once. What stands where the report places
itself, what is denied, feared or over, and the consequence of something else count less or not at all. The desk with
the most weight gets the report when that weight suffices and no other desk comes near: else nobody does, and a person
decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from data.domain.cases.phrases import Match, PhraseTable
from data.domain.cases.wording import Word, Wording
from data.domain.city.model import TRIAGE, City, Priority
from data.domain.reasons import Reason, reason

PHRASE, PAIR, HINT = 3.0, 4.0, 1.0
LONGER = 0.5
"""More for each further word of a phrase."""
IN_PLACE, PAIR_IN_PLACE, CONSEQUENCE, FEARED, OVER = 0.2, 0.6, 0.5, 0.5, 0.1
"""What is left of the weight of what says where, of a consequence, of what has not happened, of what is over."""
FURTHER, FURTHER_MOST = 0.4, 4
"""What counts of each evidence after the heaviest of a topic, and how many do."""
FIRST, URGENT = 1.15, 1.35
"""More for what is said first, and for an emergency."""
ENOUGH, AHEAD = 2.0, 1.25
"""The least weight of a desk that gets the report, and how many times the next desk's."""
APART, FAR = 12, 0.1
"""The most words between a thing and its problem, and how much less for each."""
BEHIND, PLACED = 2, 6
"""So many words farther is a thing that stands behind its problem, and one that says where."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A desk that it may be for."""

    category: str
    agency: str | None
    """Another than the category's own; None: as the city routes the category."""
    weight: float
    said: tuple[str, ...]
    """The citizen's words that speak for it, the weightiest first."""

    def as_reason(self) -> Reason:
        """For an operator."""
        code = "words.desk" if self.agency is None else "words.desk_of"
        agency = {} if self.agency is None else {"agency": self.agency}
        return reason(code, category=self.category, said=self.said, **agency)


@dataclass(frozen=True, slots=True)
class Classification:
    """What the words say."""

    chosen: Proposal | None
    """None: triage."""
    proposals: tuple[Proposal, ...]
    """The two likeliest, the likelier first; fewer when the words speak of fewer."""

    @property
    def confidence(self) -> float:
        """0 to 1: how far the first is ahead, and how much speaks for it at all."""
        if not self.proposals:
            return 0.0
        ahead = self.proposals[0].weight / sum(proposal.weight for proposal in self.proposals)
        return ahead * min(1.0, self.proposals[0].weight / PAIR)

    def as_reason(self) -> Reason:
        """For an operator: what was chosen and by which words, or between what he is to choose."""
        if self.chosen is not None:
            return reason("words.chosen", desk=self.chosen.as_reason(), percent=round(100 * self.confidence))
        if not self.proposals:
            return reason("words.nothing")
        return reason("words.triage", desks=tuple(proposal.as_reason() for proposal in self.proposals))


class _Evidence(NamedTuple):
    """What speaks for a topic. `firm`: a phrase, or a thing with its problem; no mere hint."""

    topic: int
    said: str
    weight: float
    word: Word
    firm: bool
    places: tuple[int, ...]
    """Where its words begin: each counts once for a topic."""


class _Desk(NamedTuple):
    agency: str
    firm: bool
    proposal: Proposal


class Classifier:
    """Knows the topics of a city; safe to use from many threads."""

    def __init__(self, city: City) -> None:
        self._topics = city.topics
        self._agencies = [topic.agency or city.categories[topic.category].agency for topic in city.topics]
        self._urgent = [city.categories[topic.category].priority is Priority.CRITICAL for topic in city.topics]
        self._table = PhraseTable(city.topics)

    def classify(self, text: str) -> Classification:
        """What a text complains of."""
        desks = self._desks(self._weighed(text))
        proposals = tuple(desk.proposal for desk in desks[:2])
        if not desks or not desks[0].firm or desks[0].agency == TRIAGE:
            return Classification(None, proposals)
        first, others = proposals[0], proposals[1:]
        clear = first.weight >= ENOUGH and all(first.weight >= AHEAD * other.weight for other in others)
        return Classification(first if clear else None, proposals)

    def speaks_of(self, category: str, text: str) -> bool:
        """Whether a text tells by itself of something of this category, whatever else it tells of."""
        return any(one.firm and self._topics[one.topic].category == category for one in self._weighed(text))

    def _weighed(self, text: str) -> list[_Evidence]:
        """All that has any weight; less when its sentence says that it is over, or tells the cause behind it."""
        wording, matches = self._table.find(text)
        found = [*self._alone(matches), *_pairs(matches)]
        if wording.done or wording.causes:
            last: dict[int, int] = {}
            for one in found:
                last[one.word.sentence] = max(one.word.at, last.get(one.word.sentence, 0))
            found = [one._replace(weight=one.weight * _left(one.word, wording, last)) for one in found]
        return found

    def _alone(self, matches: Iterable[Match]) -> Iterator[_Evidence]:
        """Phrases and hints."""
        for match in matches:
            word = match.first
            told = _told(word) * (IN_PLACE if word.place else 1)
            if told:
                phrase = (PHRASE + LONGER * (match.length - 1)) * told
                for topic, firm in match.uses.alone.items():
                    if not match.denied or self._topics[topic].lacking:
                        yield _Evidence(topic, match.said, phrase if firm else HINT * told, word, firm, (word.at,))

    def _desks(self, found: Iterable[_Evidence]) -> list[_Desk]:
        """One for each agency, the likeliest first."""
        by_topic: dict[int, list[_Evidence]] = {}
        begins = -1
        for one in found:
            by_topic.setdefault(one.topic, []).append(one)
            if one.firm and (begins < 0 or one.word.at < begins):
                begins = one.word.at
        by_agency: dict[str, list[_Desk]] = {}
        for topic, its in by_topic.items():
            by_agency.setdefault(self._agencies[topic], []).append(self._desk(topic, its, begins))
        desks = [_joined(its) for its in by_agency.values()]
        desks.sort(key=_weight, reverse=True)
        return desks

    def _desk(self, topic: int, its: list[_Evidence], begins: int) -> _Desk:
        best, *others = its if len(its) == 1 else _distinct(its)
        weight = best.weight + FURTHER * sum([one.weight for one in others[:FURTHER_MOST]])
        firm = any(one.firm for one in its)
        if firm:
            weight *= FIRST if any(one.word.at == begins for one in its) else 1
            weight *= URGENT if self._urgent[topic] else 1
        told = self._topics[topic]
        said = tuple([one.said for one in (best, *others[:FURTHER_MOST])])
        return _Desk(self._agencies[topic], firm, Proposal(told.category, told.agency, weight, said))


def _distinct(its: list[_Evidence]) -> list[_Evidence]:
    """The weightiest first, without those that say the same again or by the same words."""
    its.sort(key=_evidence_weight, reverse=True)
    found, used, said = list[_Evidence](), set[int](), set[str]()
    for one in its:
        if one.said not in said and used.isdisjoint(one.places):
            found.append(one)
            used.update(one.places)
            said.add(one.said)
    return found


def _weight(desk: _Desk) -> float:
    return desk.proposal.weight


def _evidence_weight(one: _Evidence) -> float:
    return one.weight


def _joined(desks: Sequence[_Desk]) -> _Desk:
    """One agency's: the weightiest, which its others support."""
    if len(desks) == 1:
        return desks[0]
    best, *others = sorted(desks, key=lambda desk: (desk.firm, desk.proposal.weight), reverse=True)
    weight = best.proposal.weight + FURTHER * sum(other.proposal.weight for other in others)
    return best._replace(proposal=replace(best.proposal, weight=weight))


def _pairs(matches: Sequence[Match]) -> Iterator[_Evidence]:
    """Things with their problems in the same sentence. Of several things the nearest has the problem."""
    things = [match for match in matches if match.uses.things]
    for problem in matches:
        topics = problem.uses.problems
        if not topics or problem.denied or not things:
            continue
        near = [
            (apart, n, thing)
            for n, thing in enumerate(things)
            if thing is not problem and thing.first.sentence == problem.first.sentence and topics & thing.uses.things
            if (apart := _apart(thing, problem)) <= APART
        ]
        for rank, (apart, _, thing) in enumerate(sorted(near)):
            weight = (PAIR - FAR * apart) * (PAIR_IN_PLACE if thing.first.place else 1) * (FURTHER if rank else 1)
            weight *= min(_told(thing.first), _told(problem.first))
            first = thing.first if thing.first.at < problem.first.at else problem.first
            if weight:
                places = (thing.first.at, problem.first.at)
                for topic in topics & thing.uses.things:
                    yield _Evidence(topic, f"{thing.said} + {problem.said}", weight, first, True, places)


def _apart(thing: Match, problem: Match) -> int:
    """Words between them."""
    distance = abs(thing.first.at - problem.first.at) + (PLACED if thing.first.place else 0)
    return distance + (BEHIND if thing.first.at > problem.first.at else 0)


def _told(word: Word) -> float:
    """What is left of the weight of a word by what stands before it."""
    if word.rejected:
        return 0.0
    return (CONSEQUENCE if word.consequence else 1) * (FEARED if word.feared else 1)


def _left(word: Word, wording: Wording, last: dict[int, int]) -> float:
    """What is left of it by the rest of its sentence."""
    if word.sentence in wording.done:
        return OVER
    cause = wording.causes.get(word.sentence)
    return CONSEQUENCE if cause is not None and word.at < cause <= last[word.sentence] else 1
