"""How the columns of a table become the fields of a Record: the settings of a mapping, as they stand in config.yaml.

Everything is declared; `ingest.tabular.mapping.mapping` compiles it and reads rows. Texts are compared without regard
to case and to how many blanks stand between words.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from data.domain.cases.model import ActorKind, EventKind
from ingest.guide_record import GuideKind
from ingest.market_record import MarketKind
from ingest.settings import SettingsModel, settings_error
from ingest.tabular.mapping.datetimes import ISO, Moments

RECEIVED = "received"
"""As the `at` of an event: the moment of receipt."""
AS_IT_IS = "="
"""As the `otherwise` of a pick: the text itself."""


def fold(text: str) -> str:
    """A text as it is compared: lower case, single blanks."""
    return " ".join(text.split()).casefold()


def _as_pick(value: Any) -> Any:
    """`judul` and `{column: judul}` are short for `{columns: [judul]}`."""
    if isinstance(value, str):
        return {"columns": [value]}
    if isinstance(value, dict) and "column" in value:
        rest = {key: each for key, each in value.items() if key != "column"}
        return {"columns": [value["column"]], **rest}
    return value


def _as_columns(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_as_columns), Field(min_length=1)]
"""One column or several, whose texts are joined by a blank."""


class Choice(SettingsModel):
    """One of a pick's `rules`: when everything given holds, the field is `then`."""

    then: str
    starts: tuple[str, ...] = ()
    """The text begins with any of these."""
    words: tuple[str, ...] = ()
    """The text contains any of these as whole words."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.starts and not self.words:
            raise settings_error("a rule needs `starts` or `words`; what always holds belongs in `otherwise`")
        return self


class PickSettings(SettingsModel):
    """Where one field comes from: columns, joined, then mapped; or a constant.

    With `values`, `rules` or `otherwise` the text is looked up in `values`, then the first rule that holds decides,
    then `otherwise` ('' is nothing, '=' the text as it is). When none of them says anything the row is refused.
    """

    columns: tuple[str, ...] = ()
    constant: str | None = None
    join: str = " "
    values: dict[str, str] = Field(default_factory=dict)
    rules: tuple[Choice, ...] = ()
    otherwise: str | None = None
    required: bool = False

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        if bool(self.columns) == (self.constant is not None):
            raise settings_error("needs either a column (`column`, `columns`) or a `constant`")
        return self


Pick = Annotated[PickSettings, BeforeValidator(_as_pick)]


class Box(SettingsModel):
    """A rectangle of degrees."""

    south: float
    west: float
    north: float
    east: float

    @model_validator(mode="after")
    def _has_an_area(self) -> Self:
        if self.south >= self.north or self.west >= self.east:
            raise settings_error("south must be less than north, and west less than east")
        return self


class Projection(SettingsModel):
    """Moves positions of one city into another: the first box is laid upon the second (affine, north stays north)."""

    of: Box
    onto: Box


class PositionSettings(SettingsModel):
    """Latitude and longitude in degrees, in two columns or in one (`pair`); one of 0,0 is none."""

    lat: str = ""
    lon: str = ""
    pair: str | None = None
    """The one column of both, latitude first: `-7.87, 112.52`."""
    decimal: str = Field(default=".", pattern=r"^[.,]$")
    """The decimal sign; with a comma, dots are taken as thousands' signs only when a comma follows."""
    whole_degrees_missing: bool = False
    """True: a position of whole degrees (39, -77) is truncated and counts as none."""
    projected: Projection | None = None

    @model_validator(mode="after")
    def _has_columns(self) -> Self:
        if bool(self.lat and self.lon) == bool(self.pair) or bool(self.lat) != bool(self.lon):
            raise settings_error("needs either the columns `lat` and `lon`, or one column `pair` that holds both")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """That it is read from."""
        return (self.pair,) if self.pair else (self.lat, self.lon)


class TimesSettings(SettingsModel):
    """How moments are written: `iso`, or formats such as `%d/%m/%Y %H:%M`; the first that fits is taken."""

    formats: tuple[str, ...] = (ISO,)
    zone: str
    """Of times without a zone: an IANA name."""

    @model_validator(mode="after")
    def _can_be_read(self) -> Self:
        try:
            Moments(self.formats, self.zone)
        except (KeyError, ValueError) as wrong:  # ZoneInfoNotFoundError is a KeyError
            raise settings_error(
                f"{wrong}; right would be e.g. formats: [iso, '%d/%m/%Y %H:%M'], zone: Asia/Jakarta"
            ) from None
        return self


class EventSettings(SettingsModel):
    """Something that happened to the case. It concerns the case's agency where its kind needs one."""

    kind: EventKind
    at: Columns
    """The column with its time (a day without a time counts from its first moment, but not before receipt),
    or `received`: at the moment of receipt."""
    by: ActorKind = ActorKind.SYSTEM
    actor: str = Field(default="", max_length=200)
    reason: str | None = None
    text: Pick | None = None
    optional: bool = False
    """True: no time, no event; else a row without that time is refused."""
    undated: bool = False
    """True: without a time it has happened all the same: at receipt, with the reason `undated`."""
    needs_agency: bool = False
    """True: no event when the row names no agency of ours."""

    @field_validator("kind")
    @classmethod
    def _comes_after_receipt(cls, kind: EventKind) -> EventKind:
        if kind in (EventKind.RECEIVED, EventKind.MERGED, EventKind.RECLASSIFIED, EventKind.RATED):
            raise settings_error(f"{kind} is nothing that a table can tell")
        return kind


class StatusSettings(SettingsModel):
    """What each status says has happened: names out of `events`."""

    column: str
    values: dict[str, tuple[str, ...]]
    otherwise: tuple[str, ...] | None = None
    """The events of any other status; left out: a row with another status is refused, never taken for an open one."""


class MarketColumns(SettingsModel):
    """A table of the market: its columns as a MarketRecord's fields. The record's id and moment are the mapping's."""

    kind: MarketKind
    decimal: Literal["local", "point"] = "local"
    """How numbers are written. local: 12.500 is twelve thousand five hundred. point: it is twelve and a half."""
    commodity: Pick | None = None
    grade: Pick | None = None
    quantity: Pick | None = None
    unit: Pick | None = None
    price: Pick | None = None
    total: Pick | None = None
    currency: Pick | None = None
    farmer: Pick | None = None
    farmer_name: Pick | None = None
    farmer_phone: Pick | None = None
    buyer: Pick | None = None
    buyer_name: Pick | None = None
    buyer_phone: Pick | None = None
    village: Pick | None = None
    offer: Pick | None = None
    """Of a trade: the id of the offer, in another delivery of the same source."""
    place: Pick | None = None
    level: Pick | None = None
    """producer, wholesale or consumer."""
    cancelled: Pick | None = None
    """Withdrawn, or not sold after all, when this yields `yes`."""
    ready: Columns | None = None
    expires: Columns | None = None
    first_day: Columns | None = None
    last_day: Columns | None = None
    year: Pick | None = None
    month: Pick | None = None
    week: Pick | None = None
    change: Pick | None = None
    drivers: Pick | None = None
    driver_values: Pick | None = None
    most_moved: Pick | None = None
    moved: Pick | None = None

    @property
    def picks(self) -> dict[str, PickSettings]:
        """By field those that are given."""
        every = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: each for name, each in every.items() if isinstance(each, PickSettings)}

    @property
    def moments(self) -> dict[str, tuple[str, ...]]:
        """By field the columns of those that are given."""
        every = {name: getattr(self, name) for name in ("ready", "expires", "first_day", "last_day")}
        return {name: columns for name, columns in every.items() if columns}


class GuideColumns(SettingsModel):
    """A table of the guide: its columns as a GuideRecord's fields. Id, moment and position are the mapping's."""

    kind: GuideKind
    decimal: Literal["local", "point"] = "local"
    name: Pick | None = None
    category: Pick | None = None
    place_kind: Pick | None = None
    address: Pick | None = None
    village: Pick | None = None
    text: Pick | None = None
    text_en: Pick | None = None
    opening_hours: Pick | None = None
    ticket: Pick | None = None
    phone: Pick | None = None
    phone_consent: Columns | None = None
    """When its owner agreed that telephone and address are shown."""
    url: Pick | None = None
    capacity: Pick | None = None
    nib: Pick | None = None
    kbli: Pick | None = None
    pirt: Pick | None = None
    halal: Pick | None = None
    starts: Columns | None = None
    ends: Columns | None = None
    """Of whole days the last one."""
    rule: Pick | None = None
    place: Pick | None = None
    """Of an entry of the agenda or an observation: a code of ours, an id of the source, or a name."""
    expected: Pick | None = None
    cancelled: Pick | None = None
    condition: Pick | None = None
    """parking, crowd, road, outage or facility."""
    state: Pick | None = None
    """open, closed, full, busy or unknown."""
    free: Pick | None = None
    observed_by: Pick | None = None
    expires: Columns | None = None
    note: Pick | None = None

    @property
    def picks(self) -> dict[str, PickSettings]:
        """By field those that are given."""
        every = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: each for name, each in every.items() if isinstance(each, PickSettings)}

    @property
    def moments(self) -> dict[str, tuple[str, ...]]:
        """By field the columns of those that are given."""
        every = {name: getattr(self, name) for name in ("phone_consent", "starts", "ends", "expires")}
        return {name: columns for name, columns in every.items() if columns}


class MappingSettings(SettingsModel):
    """A table's columns as a Record's fields. `optional` columns may be missing from the table."""

    times: TimesSettings
    nulls: tuple[str, ...] = ("-", "null", "none", "nan", "n/a", "#n/a")
    """Words that mean 'nothing', beside the empty cell."""
    optional: tuple[str, ...] = ()
    id: Pick
    received: Annotated[tuple[str, ...], BeforeValidator(_as_columns)]
    """One column or several; only a table of the guide may have none."""
    updated: Columns | None = None
    """When the row was last changed: tells an older snapshot from a newer one."""
    promised: Columns | None = None
    """Until when the source has promised it; a day without a time counts to its end."""
    category: Pick
    title: Pick | None = None
    text: Pick | None = None
    address: Pick | None = None
    village: Pick | None = None
    agency: Pick | None = None
    agency_for_all: str | None = None
    """The code of the agency that every row belongs to, whatever `agency` says: an agency's own table names none."""
    service_class: Pick | None = None
    sp4n_number: Pick | None = None
    sp4n_status: Pick | None = None
    media_url: Pick | None = None
    """Links to images; what leads to a page is not taken."""
    reporter_name: Pick | None = None
    reporter_phone: Pick | None = None
    reporter_email: Pick | None = None
    position: PositionSettings | None = None
    private: Pick | None = None
    """Confidential when this yields `yes`."""
    events: dict[str, EventSettings] = Field(default_factory=dict)
    always: tuple[str, ...] = ()
    """Events of every row, whatever its status."""
    status: StatusSettings | None = None
    guide: GuideColumns | None = None
    """A table of the guide, likewise; its position counts, too."""
    market: MarketColumns | None = None
    """A table of the market, not of cases: of the other fields only id, received, updated, times, nulls and optional
    count."""

    @model_validator(mode="before")
    @classmethod
    def _only_cases_have_categories(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        of_cases = value.get("market") is None and value.get("guide") is None
        found = value if of_cases or "category" in value else {**value, "category": {"constant": ""}}
        return {"received": (), **found} if value.get("guide") is not None else found

    @model_validator(mode="after")
    def _has_a_moment(self) -> Self:
        if not self.received and self.guide is None:
            raise settings_error("needs `received`: the column with the moment of receipt")
        if self.guide is not None and self.market is not None:
            raise settings_error("is of the market or of the guide, not of both")
        return self

    @model_validator(mode="after")
    def _names_events_that_exist(self) -> Self:
        lists = [self.always]
        if self.status is not None:
            lists += [*self.status.values.values(), self.status.otherwise or ()]
        unknown = sorted({name for names in lists for name in names} - set(self.events))
        if unknown:
            raise settings_error(f"names events that `events` does not have: {', '.join(unknown)}")
        return self
