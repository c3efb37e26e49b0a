"""Other people's databases as a source: one query, a cursor column, batches."""

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
from ingest.settings import Around, Settings, SourceSettings, fault
from ingest.source import Delivery, Raw, Record, SourceDown, Unreadable
from ingest.sources.feed.environment import secret
from ingest.sources.feed.rows import BATCH, MANY, RowReader, cell_text, content_id, is_truthy
from ingest.sources.feed.settings import Variable
from ingest.sources.sql.query import CURSOR, NotAllowedQuery, as_text, check
from ingest.tabular.mapping.columns import Columns, MappingSettings, fold

_EXAMPLES = {"int": "0", "text": "''", "datetime": "2026-01-01 00:00:00"}
_MINUTE = 60.0
_FURTHEST_ZONE = timedelta(days=1)


class SqlCursor(Settings):
    """How far was read: the value of one column, by which the query is ordered."""

    column: str = Field(min_length=1)
    type: Literal["int", "text", "datetime"]
    """datetime: of SQLite, ISO 8601 texts."""
    start: Annotated[str, BeforeValidator(str)]
    """The value to begin with."""
    overlap: float | None = Field(default=None, ge=0)
    """How far to reach back for rows that were committed late: seconds (60 when left out), of an int that many."""

    @model_validator(mode="after")
    def _can_start(self) -> Self:
        try:
            self.bound(None, "")
        except ValueError:
            right = _EXAMPLES[self.type]
            raise fault(f"start: {self.start!r} is no {self.type}; right would be e.g. {right}") from None
        if self.type == "text" and self.overlap:
            raise fault("overlap: a text has nothing to reach back by; leave it out")
        return self

    def bound(self, kept: str | None, dialect: str, zone: str = "UTC") -> object:
        """The parameter, as the database compares it; `zone`: that of times without one. Raises ValueError."""
        written = self.start if kept is None else kept
        if self.type == "int":
            return int(written) - int(self.overlap or 0)
        if self.type == "text":
            return written
        at = datetime.fromisoformat(written) - timedelta(seconds=_MINUTE if self.overlap is None else self.overlap)
        if dialect in ("mysql", "mariadb") and at.tzinfo:  # there no time has a zone
            return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        if dialect != "sqlite":
            return at
        # There moments are texts. One without fraction and zone comes before every text that goes on after it.
        return at.replace(tzinfo=None).isoformat(sep="T" if "T" in written else " ", timespec="seconds")

    def kept(self, value: Any) -> str | None:
        """A value to be kept as the cursor; None for NULL, which moves nothing. Raises ValueError."""
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
        """Whether it is a moment still to come, in whatever zone: behind a row dated 3020 nothing would be found."""
        if self.type != "datetime":
            return False
        at = datetime.fromisoformat(kept)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)) - now > _FURTHEST_ZONE


class SqlSettings(SourceSettings):
    """A database of somebody else's."""

    kind: Literal["sql"]
    url_env: Variable
    """The environment variable with the address, as SQLAlchemy has it: postgresql://user:password@host/name."""
    dialect: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    """Whose SQL the query is written in, when it is not plain: mysql, postgresql, mssql, oracle, sqlite."""
    cursor: SqlCursor | None = None
    """Left out: all of it, every time."""
    query: str = Field(min_length=1, max_length=20_000)
    batch: int = Field(default=BATCH, ge=1, le=5000)
    timeout_s: float = Field(default=60, gt=0, le=3600)
    """How long the database may take for a batch; the time in which we store it does not count."""
    mapping: MappingSettings
    updated: Columns | None = None
    """The column with the time of the last change: an older copy never undoes a newer one."""
    deleted: str | None = None
    """The column that says that a row was deleted; the case stays, with a note."""

    @field_validator("query")
    @classmethod
    def _only_reads(cls, query: str, info: ValidationInfo) -> str:
        known = info.data
        if "dialect" in known and "cursor" in known:
            try:
                check(query, known["dialect"], known["cursor"].column if known["cursor"] else None)
            except NotAllowedQuery as wrong:
                raise fault(str(wrong)) from None
        return query


class _Progress:
    """How far a fetch has come: `at` is the last value that can be a cursor, for the database keeps the order.

    NULL, what is of another type and a moment still to come move nothing: their rows come again at every fetch.
    """

    def __init__(self, cursor: SqlCursor | None, at: str | None, now: datetime) -> None:
        self.at = at
        self._cursor, self._now, self._fits = cursor, now, False
        self._wrong: str | None = None

    def see(self, values: Sequence[Any]) -> None:
        """The cursor's column in the next rows."""
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
        """Raises SourceDown when not one value was of the cursor's type."""
        if self._cursor is not None and self._wrong is not None and not self._fits:
            told = {"column": self._cursor.column, "value": self._wrong, "type": self._cursor.type}
            raise SourceDown(reason("sql.cursor_type", **told))


class SqlSource:
    """The source."""

    def __init__(self, name: str, settings: SqlSettings, around: Around) -> None:
        self.name, self.every_s = name, settings.every_s
        self._settings = settings
        self._reader = RowReader(name, settings.mapping, settings.updated, around)
        wanted = (*self._reader.columns, *([settings.deleted] if settings.deleted else ()))
        self._spelled = {fold(column): column for column in wanted}
        self._needed = (*self._reader.needed, *([settings.deleted] if settings.deleted else ()))
        self._mark = hashlib.sha256(repr(settings.cursor).encode()).hexdigest()[:12]

    def fetch(self, cursor: str | None, now: datetime) -> Iterator[Delivery]:
        """The rows from the cursor on, in its order. Raises SourceDown."""
        try:
            yield from self._deliveries(self._kept(cursor, now), now)
        except ForeignDown as wrong:
            raise SourceDown(wrong.reason) from None

    def read(self, raw: Raw, now: datetime) -> Record:
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
        """Once more, now that it is known whose SQL it is."""
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
        """What each column is called here (None: not needed), and where the cursor's stands. Raises SourceDown."""
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
        """How far was read; None when it was under other settings, or is a moment still to come."""
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
            return at  # told where it is bound


def plain(value: Any) -> Any:
    """A database's value as JSON has it; what is no text, number or list is written as text."""
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
    if isinstance(value, timedelta):  # how MySQL gives a time of day; 25:10:00 is none, and stays what it is
        minutes, seconds = divmod(int(abs(value).total_seconds()), 60)
        return f"{'-' if value < timedelta(0) else ''}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    return str(value)
