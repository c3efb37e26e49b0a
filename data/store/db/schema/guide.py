"""The tables of Among Kota's guide: places, what businesses send in, the agenda, conditions, the weather forecast.

Each row has two times and the number of its change (kind `guide`), as events of cases do. `guide_edit` and `condition`
are only appended to: what was observed stays, two columns of a condition say what became of it (`superseded_at`,
`due_at`). `due_at` is always the next moment at which something begins, ends or expires: the sweep rings the bell then.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from data.store.db.schema.cases import BigKey, metadata, partial_index
from data.store.db.types import EpochSeconds

_DUE = "due_at IS NOT NULL"
_NEWEST = "superseded_at IS NULL"
_OPEN = "state = 'open'"
_GOES_ON = "expanded_to IS NOT NULL"
_HAS_POINT = "lat IS NOT NULL"


def _key() -> Column[int]:
    return Column("id", BigKey, primary_key=True, autoincrement=True)


def _origin() -> tuple[Column[Any], ...]:
    """Where it comes from, and whether it is played."""
    return (
        Column("source", String(64), nullable=False),
        Column("external_id", String(200), nullable=False),
        Column("demo", Boolean, nullable=False, server_default=text("false")),
    )


def _times() -> tuple[Column[Any], ...]:
    """When it took effect, when it was recorded here, and the number of its change."""
    return (
        Column("at", EpochSeconds, nullable=False),
        Column("recorded_at", EpochSeconds, nullable=False),
        Column("seq", BigInteger, nullable=False),
    )


def _where() -> tuple[Column[Any], ...]:
    return (Column("lat", Float), Column("lon", Float), Column("village", String(16), comment="Kemendagri code"))


def _place() -> Column[int]:
    return Column("place_id", BigKey, ForeignKey("place.id", ondelete="SET NULL"))


place = Table(
    "place",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True),
    *_origin(),
    *_times(),
    Column("kind", String(12), nullable=False, comment="tourism, business, service or nature"),
    Column("category", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    Column("state", String(12), nullable=False),
    Column("doubt", String(24), comment="why it is doubtful"),
    *_where(),
    Column("address", Text),
    Column("is_outside", Boolean, nullable=False, server_default=text("false"), comment="of the city"),
    Column("text", Text, comment="JSON: by language"),
    Column("opening_hours", Text, comment="in OpenStreetMap's syntax"),
    Column("ticket_rupiah", BigInteger),
    Column("phone", String(64), comment="public only with phone_consent_at"),
    Column("url", Text),
    Column("capacity", Integer),
    Column("nib", String(16), comment="of a business, like the next four"),
    Column("kbli", String(8)),
    Column("pirt", String(20)),
    Column("halal", String(32)),
    Column("phone_consent_at", EpochSeconds),
    Column("checked_at", EpochSeconds, comment="when an officer last confirmed it"),
    Column("checked_by", String(200)),
    Column("told_at", EpochSeconds, comment="the source's own moment of what it told last"),
    Column("told", Text, comment="JSON: what the source told last; NULL: it is of our own pages"),
    Column("corrected", Text, comment="JSON: names of the columns that an officer corrected, which its source leaves"),
    Column("version", Integer, nullable=False, server_default=text("0"), comment="rises with every edit"),
    UniqueConstraint("source", "external_id"),
    # What is shown, what waits for an officer; what lies near a point; a business's number.
    Index("ix_place_state_kind_category", "state", "kind", "category"),
    partial_index("lat lon", _HAS_POINT, _HAS_POINT, "ix_place_lat"),
    Index("ix_place_village", "village"),
    Index("ix_place_nib", "nib"),
)

guide_edit = Table(
    "guide_edit",
    metadata,
    _key(),
    Column("noun", String(12), nullable=False, comment="place or agenda"),
    Column("item_id", BigInteger, nullable=False, comment="its id there"),
    *_times(),
    Column("actor", String(200), nullable=False, comment="an account's name, or a source's"),
    Column("by_source", Boolean, nullable=False),
    Column("before", Text, nullable=False, comment="JSON: the columns that changed, as they were"),
    Column("after", Text, nullable=False, comment="JSON: the same, as they became"),
    Column("why", Text),
    Index("ix_guide_edit_noun_item_id", "noun", "item_id"),
)

place_submission = Table(
    "place_submission",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True, comment="random: whoever knows it may see what became"),
    Column("kind", String(12), nullable=False, comment="registration or correction"),
    Column("place_id", BigKey, ForeignKey("place.id"), comment="what it corrects, or what it became"),
    Column("at", EpochSeconds, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("fields", Text, nullable=False, comment="JSON: columns of place as the business tells them"),
    Column("contact", Text, comment="JSON, personal: name, phone, email, lang; NULL: erased"),
    Column("state", String(12), nullable=False, comment="open, accepted or refused"),
    Column("decided_at", EpochSeconds),
    Column("decided_by", String(200)),
    Column("reason", Text, comment="why it was refused, for whoever sent it"),
    # What waits for the officer, oldest first.
    partial_index("id", _OPEN, _OPEN, "ix_place_submission_open"),
)

agenda = Table(
    "agenda",
    metadata,
    _key(),
    Column("code", String(32), nullable=False, unique=True),
    Column("source", String(64), nullable=False),
    Column("uid", String(200), nullable=False),
    Column("recurrence_id", String(32), nullable=False, comment="the moment it replaces; empty: the entry itself"),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    *_times(),
    Column("sequence", Integer, nullable=False, server_default=text("0")),
    Column("told_at", EpochSeconds, comment="LAST-MODIFIED or DTSTAMP"),
    Column("event", Text, nullable=False, comment="the VEVENT with its VTIMEZONEs, as a calendar"),
    Column("title", String(300), nullable=False),
    Column("text", Text),
    Column("lang", String(2), nullable=False, server_default=text("'id'")),
    Column("starts_at", EpochSeconds, nullable=False, comment="of the first occurrence"),
    Column("ends_at", EpochSeconds, nullable=False),
    Column("all_day", Boolean, nullable=False),
    Column("state", String(12), nullable=False, comment="confirmed, tentative or cancelled"),
    _place(),
    Column("place_name", String(200)),
    *_where(),
    Column("expected", Integer, comment="people"),
    Column("url", Text),
    Column("heard_at", EpochSeconds, nullable=False, comment="when its source last told of it"),
    Column("withdrawn_at", EpochSeconds, comment="its source does not tell of it any more, or an officer took it back"),
    Column("corrected", Text, comment="JSON: names of the columns that an officer corrected, which its source leaves"),
    Column("expanded_to", EpochSeconds, comment="there may be occurrences from here on; NULL: there are no more"),
    Column("version", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("source", "uid", "recurrence_id"),
    # Which entries are to be expanded further.
    partial_index("expanded_to", _GOES_ON, _GOES_ON, "ix_agenda_expanded_to"),
    Index("ix_agenda_place_id", "place_id"),
)

occurrence = Table(
    "occurrence",
    metadata,
    Column("agenda_id", BigKey, ForeignKey("agenda.id", ondelete="CASCADE"), primary_key=True),
    Column("starts_at", EpochSeconds, primary_key=True),
    Column("ends_at", EpochSeconds, nullable=False, comment="the first moment after it"),
    Column("state", String(12), nullable=False),
    Column("due_at", EpochSeconds, comment="when it begins, then when it ends; NULL: it is over"),
    # What takes place in a range of time, and what begins or ends next.
    Index("ix_occurrence_starts_at", "starts_at", "ends_at"),
    partial_index("due_at", _DUE, _DUE, "ix_occurrence_due"),
    sqlite_with_rowid=False,
)
"""Expanded in a rolling window; what is long over is removed. Title and place are those of its entry."""

condition = Table(
    "condition",
    metadata,
    _key(),
    *_origin(),
    *_times(),
    Column("kind", String(12), nullable=False),
    Column("thing", String(240), nullable=False, comment="kind and place, or kind and name: what was observed"),
    Column("state", String(12), nullable=False),
    Column("expires_at", EpochSeconds, nullable=False),
    Column("observed_by", String(200), nullable=False),
    _place(),
    Column("name", String(200)),
    *_where(),
    Column("free", Integer),
    Column("capacity", Integer),
    Column("note", Text),
    Column("superseded_at", EpochSeconds, comment="when a newer one of the same was recorded; NULL: it is the newest"),
    Column("due_at", EpochSeconds, comment="when it expires; NULL: it has, or it is not the newest"),
    UniqueConstraint("source", "external_id", "at"),
    # The newest of each thing, what expires next, the past of a thing.
    partial_index("thing", _NEWEST, _NEWEST, "uq_condition_newest", unique=True),
    partial_index("due_at", _DUE, _DUE, "ix_condition_due"),
    Index("ix_condition_thing_at", "thing", "at"),
)
"""`at` is when the source observed it."""

forecast_step = Table(
    "forecast_step",
    metadata,
    Column("village", String(16), primary_key=True, comment="Kemendagri code"),
    Column("at", EpochSeconds, primary_key=True, comment="the moment that is forecast"),
    Column("analysed_at", EpochSeconds, nullable=False),
    Column("recorded_at", EpochSeconds, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("source", String(64), nullable=False),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("weather", Text, nullable=False, comment="JSON: by language, in the source's own words"),
    Column("temperature_c", Float),
    Column("humidity_percent", Float),
    Column("cloud_percent", Float),
    Column("wind_kmh", Float),
    Column("wind_from", String(8)),
    Column("rain_mm", Float),
    # What is over and can go.
    Index("ix_forecast_step_at", "at"),
    sqlite_with_rowid=False,
)
"""The newest forecast of each step: steps are replaced."""
