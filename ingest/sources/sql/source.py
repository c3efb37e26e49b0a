"""A source that reads a foreign database: one query, a cursor column, batches."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from data.domain.reasons import reason
from data.store.foreign.connection import ForeignDatabase, ForeignDown
from data.texts import reason_in
from ingest.settings import SettingsModel, SourceContext, SourceSettings, settings_error
from ingest.source import AnyRecord, Delivery, Raw, SourceDown, Unreadable
from ingest.sources.feed.environment import secret
from ingest.sources.feed.rows import BATCH, MANY, SourceRowReader, cell_text, content_id, is_truthy
from ingest.sources.feed.settings import Variable
from ingest.sources.sql.query import CURSOR, NotAllowedQuery, as_text, check
from ingest.tabular.mapping.columns import Columns, MappingSettings, fold

_EXAMPLES = {"int": "0", "text": "''", "datetime": "2026-01-01 00:00:00"}
_MINUTE = 60.0
_FURTHEST_ZONE = timedelta(days=1)


class SqlCursor(SettingsModel):
    """The cursor: the last value of one column, by which the query is ordered."""

    column: str = Field(min_length=1)
    type: Literal["int", "text", "datetime"]
    """datetime: in SQLite, ISO 8601 texts."""
    start: Annotated[str, BeforeValidator(str)]
    """The first value."""
    overlap: float | None = Field(default=None, ge=0)
    """How far to go back, for rows that were committed late: seconds (60 when left out), for an int so many numbers."""

    @model_validator(mode="after")
    def _can_start(self) -> Self:
        try:
            self.bound(None, "")
        except ValueError:
            right = _EXAMPLES[self.type]
            raise settings_error(f"start: {self.start!r} is no {self.type}; right would be e.g. {right}") from None
        if self.type == "text" and self.overlap:
            raise settings_error("overlap: a text has nothing to reach back by; leave it out")
        return self

    def bound(self, kept: str | None, dialect: str, zone: str = "UTC") -> object:
        """The value of the parameter for the database; zone: the zone of times without one. Raises ValueError."""
        written = self.start if kept is None else kept
        if self.type == "int":
            return int(written) - int(self.overlap or 0)
        if self.type == "text":
            return written
        at = datetime.fromisoformat(written) - timedelta(seconds=_MINUTE if self.overlap is None else self.overlap)
        if dialect in ("mysql", "mariadb") and at.tzinfo:  # MySQL's times have no zone
            return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if dialect != "sqlite":
            return at
        # SQLite's times are texts. A text without fraction and zone sorts before longer ones of the same second.
        return at.replace(tzinfo=None).isoformat(sep="T" if "T" in written else " ", timespec="seconds")

    def kept(self, value: Any) -> str | None:
        """A value in the cursor's text form; None for NULL. Raises ValueError."""
        if value is None:
            return None
        if self.type == "int":
            return str(int(value))
        if self.type == "text":
            return str(plain(value))
        if isinstance(value, date):
            return value.isoformat()
        datetime.fromisoformat(str(value))
        return str(value)

    def is_ahead(self, kept: str, now: datetime) -> bool:
        """Whether it is a time in the future, in any zone. After a row dated 3020 no row would be found."""
        if self.type != "datetime":
            return False
        at = datetime.fromisoformat(kept)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now > _FURTHEST_ZONE


class SqlSettings(SourceSettings):
    """The settings of a foreign database."""

    kind: Literal["sql"]
    url_env: Variable
    """The environment variable with the URL for SQLAlchemy: postgresql://user:password@host/name."""
    dialect: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    """The SQL dialect of the query, when it is not standard: mysql, postgresql, mssql, oracle, sqlite."""
    cursor: SqlCursor | None = None
    """Left out: all rows, every time."""
    query: str = Field(min_length=1, max_length=20_000)
    batch: int = Field(default=BATCH, ge=1, le=5000)
    timeout_s: float = Field(default=60, gt=0, le=3600)
    """The time limit for a batch in seconds, without the time for storing it."""
    mapping: MappingSettings
    updated: Columns | None = None
    """The column with the time of the last change: an older copy never undoes a newer one."""
    deleted: str | None = None
    """The column with a row's deletion mark; the case stays, with a note."""

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str, info: ValidationInfo) -> str:
        known = info.data
        if "dialect" in known and "cursor" in known:
            try:
                check(query, known["dialect"], known["cursor"].column if known["cursor"] else None)
            except NotAllowedQuery as wrong:
                raise settings_error(str(wrong)) from None
        return query


class _Progress:
    """The progress of a fetch: `at` is the last valid cursor value; the rows are in its order.

    NULL, values of another type and times in the future do not move the cursor; their rows come again in every fetch.
    """

    def __init__(self, cursor: SqlCursor | None, at: str | None, now: datetime) -> None:
        self.at = at
        self._cursor, self._now, self._fits = cursor, now, False
        self._wrong: str | None = None

    def see(self, values: Sequence[Any]) -> None:
        """Examine the cursor column of the next rows."""
        if self._cursor is None:
            return
        for value in reversed(values):
            try:
                kept = self._cursor.kept(value)
            except (ValueError, TypeError, OverflowError):
                self._wrong = self._wrong or repr(str(value)[:60])
                continue
            self._fits = self._fits or kept is not None
            if kept is not None and not self._cursor.is_ahead(kept, self._now):
                self.at = kept
                return

    def end(self) -> None:
        """Raises SourceDown when no value had the cursor's type."""
        if self._cursor is not None and self._wrong is not None and not self._fits:
            told = {"column": self._cursor.column, "value": self._wrong, "type": self._cursor.type}
            raise SourceDown(reason("sql.cursor_type", **told))


class SqlSource:
    """The source."""

    def __init__(self, name: str, settings: SqlSettings, context: SourceContext) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings = settings
        self._reader = SourceRowReader(name, settings.mapping, settings.updated, context)
        columns = (*self._reader.columns, *([settings.deleted] if settings.deleted else ()))
        self._spelled = {fold(column): column for column in columns}
        self._needed = (*self._reader.needed, *([settings.deleted] if settings.deleted else ()))
        self._mark = hashlib.sha256(repr(settings.cursor).encode()).hexdigest()[:12]

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """The rows from the cursor on, in order. Raises SourceDown."""
        try:
            yield from self._deliveries(self._kept(cursor, now), now)
        except ForeignDown as wrong:
            raise SourceDown(wrong.reason) from None

    def read(self, raw: Raw, now: datetime) -> AnyRecord:
        """A row as a Record. Raises Unreadable, SourceDown."""
        times = self._reader.times
        row = {
            name: cell_text(raw.payload.get(name), column=name, is_time=name in times) for name in self._reader.columns
        }
        gone = self._settings.deleted
        return self._reader.read(row, deleted=gone is not None and is_truthy(raw.payload.get(gone)))

    def _deliveries(self, at: str | None, now: datetime) -> Iterator[Delivery]:
        settings, progress = self._settings, _Progress(self._settings.cursor, at, now)
        foreign = ForeignDatabase(
            secret(settings.url_env), timeout_s=settings.timeout_s, zone=settings.mapping.times.zone
        )
        values = {CURSOR: self._bound(settings.cursor, at, foreign.dialect)} if settings.cursor else {}
        self._check(foreign.dialect)
        for columns, rows in foreign.batches(as_text(settings.query), values, settings.batch):
            names, place = self._names(columns)
            raws = tuple(self._raw(names, row) for row in rows)
            progress.see([row[place] for row in rows])
            kept = json.dumps({"at": progress.at, "of": self._mark}) if progress.at is not None else None
            yield Delivery(raws, kept, history=len(raws) > MANY)
        progress.end()

    def _check(self, dialect: str) -> None:
        """Check the query again, because the dialect is known now."""
        settings = self._settings
        try:
            check(settings.query, dialect, settings.cursor.column if settings.cursor else None)
        except NotAllowedQuery as wrong:
            raise SourceDown(reason("sql.query", source=self.name, error=reason_in(wrong))) from None

    def _bound(self, settings: SqlCursor, at: str | None, dialect: str) -> object:
        try:
            return settings.bound(at, dialect, self._settings.mapping.times.zone)
        except (ValueError, OverflowError):
            raise SourceDown(reason("sql.bad_cursor", value=repr(at), type=settings.type, source=self.name)) from None

    def _names(self, columns: Sequence[str]) -> tuple[list[str | None], int]:
        """(our name of each column, None for unused ones; index of the cursor's column). Raises SourceDown."""
        names = [self._spelled.get(fold(column)) for column in columns]
        given = [name for name in names if name is not None]
        twice = sorted({name for name in given if given.count(name) > 1})
        if twice:
            raise SourceDown(reason("sql.column_twice", columns=tuple(twice)))
        missing = [column for column in self._needed if column not in given]
        cursor = self._settings.cursor
        folded = [fold(column) for column in columns]
        if cursor is not None and fold(cursor.column) not in folded:
            missing.append(cursor.column)
        if missing:
            raise SourceDown(reason("sql.columns_missing", columns=tuple(missing), given=tuple(columns)))
        return names, folded.index(fold(cursor.column)) if cursor is not None else 0

    def _raw(self, names: Sequence[str | None], row: Sequence[Any]) -> Raw:
        payload = {name: plain(value) for name, value in zip(names, row, strict=True) if name is not None}
        return Raw(self._id_of(payload) or content_id(payload), payload)

    def _id_of(self, payload: Mapping[str, Any]) -> str | None:
        try:
            return self._reader.external_id(
                {name: cell_text(payload.get(name), column=name) for name in self._reader.id_columns}
            )
        except Unreadable:
            return None

    def _kept(self, cursor: str | None, now: datetime) -> str | None:
        """The cursor's value; None when it is from other settings, or a time in the future."""
        try:
            found = json.loads(cursor) if cursor else None
        except ValueError:
            return None
        if not isinstance(found, dict) or found.get("of") != self._mark or self._settings.cursor is None:
            return None
        at = str(found["at"])
        try:
            return None if self._settings.cursor.is_ahead(at, now) else at
        except ValueError:
            return at  # reported by `_bound`


def plain(value: Any) -> Any:
    """A database value as JSON; values other than texts, numbers and lists become texts."""
    if value is None or isinstance(value, str | bool | int | float | dict):
        return value
    if isinstance(value, Decimal):
        return cell_text(value, column="")
    if isinstance(value, bytes | bytearray | memoryview):
        raw = bytes(value)
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.hex()
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, timedelta):  # MySQL's type for times of day; 25:10:00 is invalid and stays as it is
        minutes, seconds = divmod(int(abs(value).total_seconds()), 60)
        return f"{'-' if value < timedelta(0) else ''}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return str(value)
