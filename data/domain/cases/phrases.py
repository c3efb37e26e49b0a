"""The phrases of all topics as a tree, and where a text says them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from data.domain.cases.vocabulary import BETWEEN, STREETS
from data.domain.cases.wording import Word, Wording, WordReader
from data.domain.city.model import Topic

GAP = 2
"""How far apart the words of a phrase may stand: one unknown word may come between."""
_NO = frozenset({"tidak", "tanpa", "bebas"})


class Uses(NamedTuple):
    """What a phrase is to which topics, by their place in the table."""

    alone: Mapping[int, bool]
    """Of a phrase True, of a hint and of a thing False; a problem says nothing alone."""
    things: frozenset[int]
    problems: frozenset[int]


class PhraseMatch(NamedTuple):
    """A phrase found."""

    uses: Uses
    first: Word
    said: str
    """As the citizen wrote it, small words left out."""
    length: int
    """Words."""
    denied: bool
    place: bool
    """It says where: a thing that stands there, or all words of a phrase do."""


class _Node:
    """A place in the tree: by the next word, and what the phrase that ends here is."""

    __slots__ = ("next", "uses")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.uses: Uses | None = None


class PhraseTable:
    """Finds the phrases of topics; safe to use from many threads."""

    def __init__(self, topics: Sequence[Topic]) -> None:
        bare = WordReader((), ())
        vocabulary = {word for topic in topics for phrase in _phrases(topic) for word in bare.forms(phrase)}
        self._reader = WordReader(vocabulary, _never_places(topics))
        self._tree = _Node()
        for n, topic in enumerate(topics):
            for phrase in topic.phrases:
                self._add(phrase, Uses({n: True}, frozenset(), frozenset()))
            for phrase in topic.hints:
                self._add(phrase, Uses({n: False}, frozenset(), frozenset()))
            for phrase in topic.things:
                self._add(phrase, Uses({n: False}, frozenset({n}), frozenset()))
            for phrase in topic.problems:
                self._add(phrase, Uses({}, frozenset(), frozenset({n})))

    def _add(self, phrase: str, uses: Uses) -> None:
        node = self._tree
        for word in self._reader.forms(phrase):
            node = node.next.setdefault(word, _Node())
        node.uses = uses if node.uses is None else _both(node.uses, uses)

    def find(self, text: str) -> tuple[Wording, list[PhraseMatch]]:
        """The longest phrases, from left to right; the words of a phrase are used up."""
        wording = self._reader.read(text)
        words, found, n = wording.words, list[PhraseMatch](), 0
        while n < len(words):
            uses, end = self._longest(words, n)
            if any(self._longest(words, later)[1] - later > end - n for later in range(n + 1, end)):
                uses, end = None, n
            if uses is not None:
                said = " ".join([word.said for word in words[n:end]])
                place = words[n].place and (bool(uses.things) or words[end - 1].place)
                found.append(PhraseMatch(uses, words[n], said, end - n, _denied(words, n), place))
            n = max(end, n + 1)
        return wording, found

    def _longest(self, words: Sequence[Word], n: int) -> tuple[Uses | None, int]:
        """What the phrase is that starts here, and where it ends; a word may stand for several of the table."""
        nodes, found, end, at, sentence = [self._tree], None, n, words[n].at, words[n].sentence
        for here in range(n, len(words)):
            word = words[here]
            if word.at - at > GAP or word.sentence != sentence:
                break
            at = word.at
            further = [node.next[form] for node in nodes for form in word.forms if form in node.next]
            if not further:
                if here > n and (word.forms[0] in BETWEEN or _is_street_name(words[here - 1], word)):
                    continue
                break
            nodes = further
            for node in nodes:
                if node.uses is not None:
                    found = node.uses if end < here + 1 or found is None else _both(found, node.uses)
                    end = here + 1
        return found, end


@lru_cache(maxsize=4)
def phrase_table(topics: tuple[Topic, ...]) -> PhraseTable:
    """The table of these topics: built once, since it takes some fifty milliseconds."""
    return PhraseTable(topics)


_ANY_WORDS = WordReader((), ())


@lru_cache(maxsize=10_000)
def says_something(phrase: str) -> bool:
    """Whether a phrase is more than small words and `tidak`."""
    return not {"tidak", ""}.issuperset(_ANY_WORDS.forms(phrase))


def _both(one: Uses, other: Uses) -> Uses:
    alone = dict(one.alone)
    for topic, phrase in other.alone.items():
        alone[topic] = phrase or alone.get(topic, False)
    return Uses(alone, one.things | other.things, one.problems | other.problems)


def _is_street_name(street: Word, word: Word) -> bool:
    """Jalan Flamboyan gelap: the name stands between the words of a phrase."""
    return word.place and street.forms[0] in STREETS


def _denied(words: Sequence[Word], n: int) -> bool:
    """Whether `tidak` stands before it and is no part of a phrase."""
    if n == 0 or words[n].forms[0] in _NO:
        return False
    before = words[n - 1]
    return before.forms[0] in _NO and words[n].at - before.at <= GAP and before.sentence == words[n].sentence


def _phrases(topic: Topic) -> Iterable[str]:
    return (*topic.phrases, *topic.things, *topic.problems, *topic.hints)


def _never_places(topics: Iterable[Topic]) -> set[str]:
    """Single words that say what is wrong and are nobody's thing: no place is called so."""
    said = {phrase for topic in topics for phrase in (*topic.phrases, *topic.problems) if " " not in phrase}
    return said - {thing for topic in topics for thing in topic.things}
