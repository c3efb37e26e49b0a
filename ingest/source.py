"""The protocol of a source: records that all of them hand over, and the outcome of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Protocol, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from data.domain.cases.model import ActorKind, EventKind
from data.reference.places.villages import BOX
from data.texts import ReasonError

OTHER = "lainnya"
"""The category of a record whose own category nobody knows."""


_ADDRESSES = ("ds", "dsn", "gg", "jl", "jln", "kab", "kec", "kel", "no", "rt", "rw")
_PERSONS = (
    "bpk", "brigjen", "dr", "drs", "hj", "hm", "ir", "jend", "kapt", "kh", "kol", "letjen", "mayjen", "moh", "prof",
    "sdr", "wr",
)  # fmt: skip
_SHORTENED = (*_ADDRESSES, *_PERSONS, "tgl", r"[^\W\d_]")
"""Words, and single letters, that have a full stop and end no sentence: Jl. Ir. Soekarno No. 5, Jl. A. Yani."""
_GOES_ON = "".join(rf"(?<!\b{word}\.)" for word in _SHORTENED)
_SENTENCE = re.compile(rf"[\r\n]|(?<=[.!?]){_GOES_ON}\s", re.IGNORECASE)

Whole = Annotated[str, Field(max_length=1_000_000)]
"""A text without halves of characters, which no store keeps: pydantic looks for them only where it has to count."""


class RecordEvent(BaseModel):
    """One thing that happened to the case at its source after receipt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    kind: EventKind
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor: str = Field(default="", max_length=200)
    agency: Whole | None = None
    """An agency's code; of dispatched and transferred None means the record's own."""
    reason: str | None = Field(default=None, max_length=64)
    text: Whole | None = None


class Record(BaseModel):
    """What a source knows of one case, in our words; the pipeline places, routes and clocks it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    external_id: str = Field(min_length=1, max_length=200)
    received_at: AwareDatetime
    category: Whole
    """A category's code, name or one of its other words; unknown ones go to triage as 'lainnya'."""
    title: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=4000)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    address: Whole | None = None
    village: Whole | None = None
    """A village's code of either numbering, or its name in any known spelling."""
    agency: Whole | None = None
    """When the source has already dispatched it: an agency's code."""
    service_class: Whole | None = None
    sp4n_number: str | None = Field(default=None, max_length=64)
    sp4n_status: str | None = Field(default=None, max_length=64)
    media_url: Whole | None = None
    reporter_name: str | None = Field(default=None, max_length=200)
    reporter_phone: str | None = Field(default=None, max_length=64)
    reporter_email: str | None = Field(default=None, max_length=200)
    reporter_account: str | None = Field(default=None, max_length=200)
    reporter_device: str | None = Field(default=None, max_length=200)
    demo: bool = False
    private: bool = False
    """True: confidential at its source, although its category is not."""
    updated_at: AwareDatetime | None = None
    """When the source last changed anything about it: tells an older snapshot from a newer one. None: not known."""
    events: tuple[RecordEvent, ...] = ()
    """After receipt, in order of time."""
    turned: bool = False
    """True: its position came with latitude and longitude exchanged and was turned."""

    @model_validator(mode="wrap")
    @classmethod
    def _turn(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """A position that is impossible as given, and in the city when turned, is turned and says so."""
        try:
            return validate(data)
        except ValidationError:
            if not _is_exchanged(data):
                raise
        return validate({**data, "lat": data["lon"], "lon": data["lat"], "turned": True})


def _is_exchanged(data: Any) -> bool:
    """Whether latitude and longitude are numbers that only the other way round can be, and then lie in the city."""
    if not isinstance(data, Mapping):
        return False
    west, south, east, north = BOX
    try:
        return west <= float(data["lat"]) <= east and south <= float(data["lon"]) <= north
    except (KeyError, TypeError, ValueError, OverflowError):
        return False


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as the source delivered it: `payload` is kept when it cannot be read."""

    external_id: str
    payload: Mapping[str, Any]


def title_from(text: str, most: int) -> str:
    """The first sentence or line of a text, in at most `most` characters; "" of an empty text."""
    first = _SENTENCE.split(text.strip(), maxsplit=1)[0]
    return first if len(first) <= most else first[: most - 1].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True, slots=True)
class FileMark:
    """A file that is taken once, however it is called: SHA-256 of its content (hex), and its name."""

    digest: str
    name: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one fetch brought: raw records in order, and the cursor to go on from once they are stored.

    The last transaction moves cursor and `file`. Live records are stored before it, each in a transaction of its own.
    With `history` or `export` set the last one stores them, too, but for those that are fresh, or known and told
    differently: these come before it, each in its own. What is refused is kept in portions, the last of them in the
    last one. A delivery is handed over again, whole, when the process dies before its end: what is stored is known.
    """

    records: tuple[Raw, ...]
    cursor: str | None
    more: bool = False
    """True: ask again at once, there is more."""
    on_stored: Callable[[Mapping[str, Outcome]], None] | None = None
    """Called once it is committed, with the outcome of each external id (`by_id`); writes a result file, say. It may
    raise SourceDown."""
    history: bool = False
    """True: recorded cases (a file, a table): stored in bulk, 1,000 to 5,000 records a delivery, one change for all."""
    file: FileMark | None = None
    """Set on the delivery that completes a file: once it is stored, the file counts as taken."""
    export: str | None = None
    """SHA-256 of the national platform's export that this is (part of): what it lists is kept, to be reconciled, in the
    transaction that stores it (data.store.cases.reconciliation)."""
    aside: bool = False
    """True: it came by another way than asking the source (an upload): the source's cursor and health stay."""


class Unreadable(ReasonError, ValueError):
    """A raw record that cannot become a Record; the reason says what is wrong and what would be right."""


class SourceDown(ReasonError, RuntimeError):
    """The source cannot be asked now; the reason says why and what to do."""


class Became(StrEnum):
    """Weightiest first: what is said of an id that stands twice in one delivery."""

    REJECTED = "rejected"
    MERGED = "merged"
    """New, and told of an event that another case already speaks for."""
    NEW = "new"
    UPDATED = "updated"
    SAME = "same"


class Outcome(NamedTuple):
    """What became of one raw record."""

    became: Became
    external_id: str
    """As in the raw record."""
    code: str | None = None
    """Of the case; None of a rejected record."""
    case_id: int | None = None
    reason: str = ""
    """Why it was rejected, as the store keeps it (`data.domain.reasons`)."""
    received_at: datetime | None = None
    """Of a live record that could be read."""


_WEIGHT = {became: n for n, became in enumerate(Became)}


def by_id(outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    """The weightiest outcome of each id."""
    heaviest: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = heaviest.setdefault(outcome.external_id, outcome)
        if _WEIGHT[outcome.became] < _WEIGHT[known.became]:
            heaviest[outcome.external_id] = outcome
    return heaviest


def brought(outcomes: Iterable[Outcome]) -> int:
    """How many new cases."""
    return sum(outcome.became in (Became.NEW, Became.MERGED) for outcome in outcomes)


class Source(Protocol):
    """Where records come from. Sources keep no state of their own: the cursor is all."""

    name: str
    every_s: float
    """Seconds between two fetches."""

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Deliveries after `cursor`, each small enough for memory. Raises SourceDown."""

    def read(self, raw: Raw, now: datetime) -> Record:
        """One raw record in our words. Raises Unreadable (or pydantic's ValidationError)."""
