"""What a report complains of, by its words: a category and a desk, or triage with the two likeliest.

The desk with the most weight (`evidence`) gets the report when that weight suffices and no other desk comes near. Else
nobody gets it, and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from data.domain.cases.evidence import FEARED, PAIR, PHRASE, Evidence, Weigher
from data.domain.city.model import TRIAGE, City
from data.domain.reasons import Reason, reason

FURTHER, FURTHER_MOST = 0.4, 4
"""What counts of each evidence after the heaviest of a topic, and how many do."""
FIRST, URGENT = 1.15, 1.35
"""More for what is said first, and for what is critical or private: whoever answers for that must see it."""
ENOUGH, AHEAD = 2.0, 1.1
"""The least weight of a desk that gets the report, and how many times the next desk's."""
HINTS_ENOUGH, HINTS_AHEAD = 1.35, 1.6
"""The same where only hints speak: several of one desk, and hardly any of another."""


@dataclass(frozen=True, slots=True)
class TopicProposal:
    """A desk that the report may be for."""

    category: str
    agency: str | None
    """None: as the city routes the category."""
    weight: float
    said: tuple[str, ...]
    """The citizen's words that speak for it, the weightiest first."""

    def as_reason(self) -> Reason:
        """For an operator."""
        if self.agency is None:
            return reason("words.desk", category=self.category, said=self.said)
        return reason("words.desk_of", category=self.category, agency=self.agency, said=self.said)


@dataclass(frozen=True, slots=True)
class Classification:
    """What the words say."""

    chosen: TopicProposal | None
    """None: triage."""
    proposals: tuple[TopicProposal, ...]
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


class _Desk(NamedTuple):
    agency: str
    firm: bool
    proposal: TopicProposal


class Classifier:
    """Knows the topics of a city; safe to use from many threads."""

    def __init__(self, city: City) -> None:
        self._topics = city.topics
        self._weigher = Weigher(city)

    def classify(self, text: str) -> Classification:
        """What a text complains of."""
        desks = self._desks(self._weigher.weigh(text))
        proposals = tuple([desk.proposal for desk in desks[:2]])
        if not desks or desks[0].agency == TRIAGE:
            return Classification(None, proposals)
        enough, ahead = (ENOUGH, AHEAD) if desks[0].firm else (HINTS_ENOUGH, HINTS_AHEAD)
        weight, others = proposals[0].weight, proposals[1:]
        clear = weight >= enough and all(weight >= ahead * other.weight for other in others)
        return Classification(proposals[0] if clear else None, proposals)

    def speaks_of(self, category: str, text: str) -> bool:
        """Whether a text tells by itself of something of this category, whatever else it tells of. What is over or
        denied does not count, what is feared does."""
        found = self._weigher.weigh(text)
        return any(
            one.weight >= FEARED * PHRASE and self._topics[one.topic].category == category for one in found if one.firm
        )

    def _desks(self, found: Iterable[Evidence]) -> list[_Desk]:
        """One for each agency, the likeliest first."""
        by_topic: dict[int, list[Evidence]] = {}
        begins = -1
        for one in found:
            by_topic.setdefault(one.topic, []).append(one)
            if one.firm and (begins < 0 or one.word.at < begins):
                begins = one.word.at
        by_agency: dict[str, list[_Desk]] = {}
        for topic, its in by_topic.items():
            desk = self._desk(topic, its, begins)
            by_agency.setdefault(desk.agency, []).append(desk)
        desks = [_joined(its) for its in by_agency.values()]
        desks.sort(key=_desk_weight, reverse=True)
        return desks

    def _desk(self, topic: int, its: list[Evidence], begins: int) -> _Desk:
        best, *others = its if len(its) == 1 else _distinct(its)
        weight, firm = best.weight, any(one.firm for one in its)
        for other in others[:FURTHER_MOST]:
            weight += FURTHER * other.weight
        if firm:
            weight *= FIRST if any(one.word.at == begins for one in its) else 1
            weight *= URGENT if self._weigher.urgent[topic] else 1
        told = self._topics[topic]
        said = tuple([one.said for one in (best, *others[:FURTHER_MOST])])
        return _Desk(self._weigher.agencies[topic], firm, TopicProposal(told.category, told.agency, weight, said))


def _distinct(its: list[Evidence]) -> list[Evidence]:
    """The weightiest first, without those that say the same again or by the same words."""
    its.sort(key=_evidence_weight, reverse=True)
    found, used, said = list[Evidence](), set[int](), set[str]()
    for one in its:
        if one.said not in said and used.isdisjoint(one.places):
            found.append(one)
            used.update(one.places)
            said.add(one.said)
    return found


def _joined(desks: Sequence[_Desk]) -> _Desk:
    """One agency's: the weightiest, which its others support."""
    if len(desks) == 1:
        return desks[0]
    best, *others = sorted(desks, key=_standing, reverse=True)
    weight = best.proposal.weight + FURTHER * sum(other.proposal.weight for other in others)
    return best._replace(proposal=replace(best.proposal, weight=weight))


def _desk_weight(desk: _Desk) -> float:
    return desk.proposal.weight


def _standing(desk: _Desk) -> tuple[bool, float]:
    return desk.firm, desk.proposal.weight


def _evidence_weight(one: Evidence) -> float:
    return one.weight
