"""Search over all cases: code, words, place, agency, category, state and dates, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import TSVECTOR

from data.domain.access.roles import Audience
from data.domain.cases.model import CaseState
from data.domain.sla.worktime import epoch
from data.store.cases.conditions import overdue
from data.store.db import word_index
from data.store.db.schema.cases import case
from data.store.db.schema.incidents import ID_BITS, PREFIXES, WORD_COLUMNS
from data.store.queries.desk.lists import MANY, among_newest, are_open, for_audience

OPEN_ONES, LATE_ONES = "open", "overdue"
"""What may be searched for besides a state."""
AMONG_OPEN: frozenset[str] = frozenset(
    {OPEN_ONES, LATE_ONES, CaseState.RECEIVED, CaseState.DISPATCHED, CaseState.ACKNOWLEDGED, CaseState.IN_PROGRESS}
) | {CaseState.WAITING}
"""Open cases are few: they are read, whatever their words."""
WORDS_MOST = 6
FEW = 50_000
"""Cases that are quickly sorted."""
_TERM = re.compile(r"[^\W_]+")
_WORDS = table("case_words", column("rowid", BigInteger))
_TOLD = [case.c[name] for name in WORD_COLUMNS]
_VECTORS = table("case_words", column("case_id", BigInteger), column("words", TSVECTOR))


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """What is searched for; an empty field asks nothing. Dates: received from `since`, before `until`."""

    words: str = ""
    """All of them, in code, number of SP4N, title, text or address: whole words or their beginnings."""
    agency: str = ""
    category: str = ""
    village: str = ""
    """A village's code, or a kecamatan's."""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None


def found_ids(conn: Connection, search: CaseSearch, audience: Audience, now: datetime, most: int) -> list[int]:
    """At most `most`, newest first. Private cases are found by their words only by whom they are for.

    A word stands for all that begin with it; of shorter than three characters only for itself.
    """
    asked, terms = search.words.split()[:WORDS_MOST], _terms(search.words)
    which, few = _narrowed(conn, search, audience)
    if not asked:
        query = (_FEW if few else _NEWEST).where(*which).limit(most)
        return [key[1] for key in _keys(conn, query, now)]
    if not terms:
        return []
    which += [_may_know(word, audience) for word in asked]
    says = [_says(term) for term in terms]
    if few:
        return [key[1] for key in islice(_read(conn, _FEW.where(*which, *says), now, terms), most)]
    query = _in_order_of_index(search, terms) if conn.dialect.name == "sqlite" else _by_vector(terms)
    found = _keys(conn, query.where(*which).limit(most), now)
    if (missing := word_index.missing(conn)) is not None:
        which += [case.c.id > missing.done_to, case.c.id <= missing.last, *says]
        order = _BY_INDEX if missing.last - missing.done_to > FEW else _SORTED
        query = select(_RECEIVED, case.c.id).where(*which).order_by(*order)
        found = merge(found, _read(conn, query, now, terms), reverse=True)
    return [key[1] for key in islice(found, most)]


Key = tuple[int, int]
"""Receipt and id: cases in this order, backwards, are newest first."""
_RECEIVED = type_coerce(case.c.received_at, BigInteger)
_BY_INDEX = (case.c.received_at.desc(), case.c.id.desc())
_SORTED = ((_RECEIVED + 0).desc(), case.c.id.desc())
"""`+ 0`: of a few ids SQLite would otherwise read the whole index of receipts."""
_NEWEST = select(_RECEIVED, case.c.id).order_by(*_BY_INDEX)
_FEW = select(_RECEIVED, case.c.id).order_by(*_SORTED)


def _keys(conn: Connection, query: Select[int, int], now: datetime) -> Iterable[Key]:
    return [(row[0], row[1]) for row in conn.execute(query, {"now": now})]


def _read(conn: Connection, query: Select[int, int], now: datetime, terms: Sequence[str]) -> Iterator[Key]:
    """Of cases that are few or not indexed those that say all terms, as the index would tell."""
    for received, case_id, *told in conn.execute(query.add_columns(*_TOLD), {"now": now}):
        said = _TERM.findall(" ".join(filter(None, told)).lower())
        if all(any(one == term or (_is_prefix(term) and one.startswith(term)) for one in said) for term in terms):
            yield received, case_id


def _terms(words: str) -> list[str]:
    """What is looked up: the runs of letters and digits of each word."""
    return [term for word in words.split()[:WORDS_MOST] for term in _TERM.findall(word.lower())]


def _in_order_of_index(search: CaseSearch, terms: Sequence[str]) -> Select[int, int]:
    """SQLite's index hands them over newest first, so that it reads only what is shown."""
    number = _WORDS.c.rowid
    bounds = [] if search.since is None else [number >= epoch(search.since) << ID_BITS]
    bounds += [] if search.until is None else [number < epoch(search.until) << ID_BITS]
    asked = " ".join(f'"{one[: PREFIXES[-1]]}"{_is_prefix(one)}' for one in terms)
    matches = literal_column("case_words").op("MATCH")(asked)
    bounds += [_says(one) for one in terms if len(one) > PREFIXES[-1]]
    found = select(_RECEIVED, case.c.id).select_from(_WORDS.join(case, case.c.id == number.op("&")((1 << ID_BITS) - 1)))
    return found.where(matches, *bounds).order_by(number.desc())


def _by_vector(terms: Sequence[str]) -> Select[int, int]:
    asked = " & ".join(f"'{one}'{':*' if _is_prefix(one) else ''}" for one in terms)
    matches = _VECTORS.c.words.op("@@")(func.to_tsquery("simple", asked))
    return _NEWEST.join(_VECTORS, _VECTORS.c.case_id == case.c.id).where(matches)


def _is_prefix(term: str) -> str:
    return "*" if len(term) >= PREFIXES[0] else ""


def _narrowed(conn: Connection, search: CaseSearch, audience: Audience) -> tuple[list[ColumnElement[bool]], bool]:
    """The conditions of all that is asked but the words; and whether they leave so few cases that their words are read
    instead of looked up."""
    held, others = for_audience(audience), list(_conditions(search))
    of_agency = bool(search.agency) or audience.agencies is not None
    if search.agency:
        held = and_(held, case.c.agency == search.agency)
    if search.state in AMONG_OPEN:
        return [are_open(held), *others], True
    newest = among_newest(conn, held) if of_agency else held
    if not search.words.strip() or not (of_agency or others):
        return [newest, *others], False
    some = conn.execute(select(case.c.id).where(newest, *others).limit(MANY)).scalars().all()
    return ([held, *others], False) if len(some) == MANY else ([case.c.id.in_(some)], True)


def _conditions(search: CaseSearch) -> Iterator[ColumnElement[bool]]:
    if search.category:
        yield case.c.category == search.category
    if search.village:
        yield or_(case.c.village == search.village, case.c.village.startswith(f"{search.village}.", autoescape=True))
    if search.state:
        yield _state(search.state)
    if search.since is not None:
        yield case.c.received_at >= search.since
    if search.until is not None:
        yield case.c.received_at < search.until


def _may_know(word: str, audience: Audience) -> ColumnElement[bool]:
    """A private case is told to others only by what they know: its code or number."""
    if audience.private:
        return true()
    return or_(case.c.private.is_(False), case.c.code.icontains(word, autoescape=True), case.c.sp4n_number == word)


def _says(term: str) -> ColumnElement[bool]:
    """Somewhere in what would be indexed: more than the index tells, and quickly asked."""
    return or_(*(case.c[name].icontains(term, autoescape=True) for name in WORD_COLUMNS))


def _state(state: str) -> ColumnElement[bool]:
    if state == OPEN_ONES:
        return case.c.open
    if state == LATE_ONES:
        return and_(case.c.open, overdue())
    return case.c.state == state


STATES = (OPEN_ONES, LATE_ONES, *CaseState)
