"""The protocol of a source: the Record that every source gives, its deliveries, and the outcome of each record.

To add a source of a known kind, write it in config.yaml. To add a kind, write a class with the methods of `Source` and
add a row to `ingest.sources.kinds.KINDS`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum
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
from data.domain.reasons import Reason
from data.texts import ReasonError
from ingest.guide_record import GuideRecord
from ingest.market_record import MarketRecord
from ingest.positions import is_exchanged
from ingest.warning_record import WarningRecord

OTHER = "lainnya"
"""The category of a record whose own category is unknown."""


_ADDRESSES = ("ds", "dsn", "gg", "jl", "jln", "kab", "kec", "kel", "no", "rt", "rw")
_PERSONS = (
    "bpk", "brigjen", "dr", "drs", "hj", "hm", "ir", "jend", "kapt", "kh", "kol", "letjen", "mayjen", "moh", "prof",
    "sdr", "wr",
)  # fmt: skip
_SHORTENED = (*_ADDRESSES, *_PERSONS, "tgl", r"[^\W\d_]")
"""Words and single letters whose full stop does not end a sentence: Jl. Ir. Soekarno No. 5, Jl. A. Yani."""
_GOES_ON = "".join(rf"(?<!\b{word}\.)" for word in _SHORTENED)
_SENTENCE = re.compile(rf"[\r\n]|(?<=[.!?]){_GOES_ON}\s", re.IGNORECASE)

Text = Annotated[str, Field(max_length=1_000_000)]
"""A text without lone surrogates, which no store can keep: pydantic rejects them only where it checks a length."""


class RecordEvent(BaseModel):
    """One event of the case at its source after receipt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    kind: EventKind
    actor_kind: ActorKind = ActorKind.SYSTEM
    actor: str = Field(default="", max_length=200)
    agency: Text | None = None
    """An agency's code. In dispatched and transferred, None means the record's agency."""
    reason: str | None = Field(default=None, max_length=64)
    text: Text | None = None


class Record(BaseModel):
    """A snapshot of one case as its source knows it, in our terms. The pipeline places and routes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    external_id: str = Field(min_length=1, max_length=200)
    received_at: AwareDatetime
    category: Text
    """A category's code, name or one of its `words`. For 'lainnya' and unknown ones title and text decide."""
    title: str = Field(default="", max_length=300)
    text: str = Field(default="", max_length=4000)
    lat: float | None = Field(default=None, ge=-90, le=90)
    lon: float | None = Field(default=None, ge=-180, le=180)
    address: Text | None = None
    village: Text | None = None
    """A village's code of either numbering, or its name in any known spelling."""
    agency: Text | None = None
    """An agency's code, when the source has dispatched the case already."""
    service_class: Text | None = None
    sp4n_number: str | None = Field(default=None, max_length=64)
    sp4n_status: str | None = Field(default=None, max_length=64)
    media_url: Text | None = None
    reporter_name: str | None = Field(default=None, max_length=200)
    reporter_phone: str | None = Field(default=None, max_length=64)
    reporter_email: str | None = Field(default=None, max_length=200)
    reporter_account: str | None = Field(default=None, max_length=200)
    reporter_device: str | None = Field(default=None, max_length=200)
    reporter_lang: str | None = Field(default=None, max_length=2)
    """The language in which the reporter wants messages; None: wants none."""
    reporter_anonymous: bool = False
    """True: nobody is shown the name."""
    demo: bool = False
    private: bool = False
    """True: confidential at its source, although its category is not."""
    updated_at: AwareDatetime | None = None
    """When the source last changed the case, to tell older snapshots from newer ones. None: unknown."""
    promised_at: AwareDatetime | None = None
    """Until when the source has promised it: judged beside the city's clocks, see data.domain.sla.promise."""
    events: tuple[RecordEvent, ...] = ()
    """After receipt, in order of time."""
    swapped: bool = False
    """True: latitude and longitude came exchanged, and were swapped."""

    @model_validator(mode="wrap")
    @classmethod
    def _unswap(cls, data: Any, validate: ModelWrapValidatorHandler[Self]) -> Self:
        """Swap a position that is invalid as given and lies in the city when swapped."""
        try:
            return validate(data)
        except ValidationError:
            if not is_exchanged(data):
                raise
        return validate({**data, "lat": data["lon"], "lon": data["lat"], "swapped": True})


TableRecord = Record | MarketRecord | GuideRecord
"""What a row of a table may be."""
AnyRecord = TableRecord | WarningRecord
"""What a source may give."""


@dataclass(frozen=True, slots=True)
class Raw:
    """One record as the source delivered it; `payload` is stored when the record is rejected."""

    external_id: str
    payload: Mapping[str, Any]


def title_from(text: str, most: int) -> str:
    """The first sentence or line of a text, in at most `most` characters; "" of an empty text."""
    first = _SENTENCE.split(text.strip(), maxsplit=1)[0]
    return first if len(first) <= most else first[: most - 1].rsplit(" ", 1)[0] + "…"


@dataclass(frozen=True, slots=True)
class FileMark:
    """Marks a file as imported: SHA-256 of its content (hex), and its name. The same content is imported once."""

    digest: str
    name: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Raw records in order, and the cursor from which to continue once they are stored.

    The last transaction saves cursor and `file`. Live records are stored before it, each in a transaction of its own.
    With `history` or `export` the last transaction stores the records in bulk; only those that are fresh or that change
    a known case are stored before it, each in its own. Rejected records are stored in batches, the last batch in the
    last transaction. When the process dies before the end, the whole delivery comes again; records that are stored
    change nothing.
    """

    records: tuple[Raw, ...]
    cursor: str | None
    more: bool = False
    """True: there is more, so fetch again at once."""
    on_stored: Callable[[Mapping[str, Outcome]], None] | None = None
    """Called once the delivery is committed, with the outcome of each external id, for example to write a result file.
    It may raise SourceDown."""
    history: bool = False
    """True: stored in bulk, 100 to 5,000 records a delivery, with one change for all (a file, a table)."""
    file: FileMark | None = None
    """Set on the last delivery of a file: once it is stored, the file counts as imported."""
    export: str | None = None
    """SHA-256 of the national platform's export that this delivery is part of. The reports that it lists are stored for
    the reconciliation, in the same transaction (data.store.cases.reconciliation)."""
    is_upload: bool = False
    """True: it was uploaded and not fetched, so the source's cursor and health stay unchanged."""
    listed: frozenset[str] | None = None
    """Of the agenda: the external ids of all that the source has. What it does not list any more is withdrawn in the
    last transaction."""
    unchanged: bool = False
    """Of the agenda: the source still tells what it told."""
    remark: Reason | None = None
    """What the source's health says although the fetch succeeded, for example what was left out and why."""

    @property
    def is_bulk(self) -> bool:
        """Whether the last transaction stores the records."""
        return self.history or self.export is not None or self.tells_all

    @property
    def tells_all(self) -> bool:
        """Whether it says something about all that the source ever told."""
        return self.unchanged or self.listed is not None


class Unreadable(ReasonError, ValueError):
    """A raw record that cannot be read as a Record; the reason says what is wrong and what is right."""


class SourceDown(ReasonError, RuntimeError):
    """The source cannot be reached or read now; the reason says why and what to do."""


class RetryLater(SourceDown):
    """The source is down and says when to ask it again: in so many seconds."""

    def __init__(self, reason: Reason | str, after_s: float) -> None:
        super().__init__(reason)
        self.after_s = after_s


class OutcomeKind(StrEnum):
    """What happened to a record. In order of weight: of an id that occurs twice in a delivery, the first kind
    counts."""

    REJECTED = "rejected"
    MERGED = "merged"
    """New, and merged into the open case of the same incident."""
    NEW = "new"
    UPDATED = "updated"
    HELD = "held"
    """Of the market: kept for a person to look at, or until the offer comes that it is about."""
    OLDER = "older"
    """It says otherwise than the store, which has something newer from the source: of this nothing is taken."""
    SAME = "same"
    MISSING = "missing"
    """Of the market: it says only that there is no price."""


class Defaulted(IntFlag):
    """What a record did not tell, so that a default took its place."""

    NONE = 0
    CLASS = 1
    """No service class that is known: the city's default."""
    TRIAGE = 2
    """Neither agency nor category lead to a desk: the triage queue."""
    NO_PLACE = 4
    DISTRICT_ONLY = 8


class Outcome(NamedTuple):
    """The outcome of one raw record."""

    kind: OutcomeKind
    external_id: str
    """As in the raw record."""
    code: str | None = None
    """The case's code; None for a rejected record."""
    case_id: int | None = None
    reason: str = ""
    """Why it was rejected, encoded as in the store (`data.domain.reasons`)."""
    received_at: datetime | None = None
    """Set for a live record that was readable."""
    defaulted: Defaulted = Defaulted.NONE


_WEIGHT = {kind: n for n, kind in enumerate(OutcomeKind)}


def outcomes_by_id(outcomes: Iterable[Outcome]) -> dict[str, Outcome]:
    """The weightiest outcome of each id."""
    heaviest: dict[str, Outcome] = {}
    for outcome in outcomes:
        known = heaviest.setdefault(outcome.external_id, outcome)
        if _WEIGHT[outcome.kind] < _WEIGHT[known.kind]:
            heaviest[outcome.external_id] = outcome
    return heaviest


def count_defaulted(flags: Iterable[int]) -> Counter[Defaulted]:
    """How many records have each of the defaults."""
    return Counter(each for flag in flags for each in Defaulted(flag))


def count_new(outcomes: Iterable[Outcome]) -> int:
    """The number of new cases."""
    return sum(outcome.kind in (OutcomeKind.NEW, OutcomeKind.MERGED) for outcome in outcomes)


class Source(Protocol):
    """Where records come from. A source keeps no state of its own except the cursor."""

    name: str
    every_s: float
    """Seconds between two fetches."""

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """Yields deliveries after `cursor`, each small enough for memory. Raises SourceDown."""

    def read(self, raw: Raw, now: datetime) -> AnyRecord:
        """Reads one raw record. Raises Unreadable (or pydantic's ValidationError)."""
