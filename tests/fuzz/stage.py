"""What the targets share: how one is declared, the city around them, and what the pipeline does with a raw record."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from data.store.db.engine import open_engine
from data.store.db.migrate import migrate
from ingest.pipeline.drafting.drafts import Drafter
from ingest.pipeline.reading import RecordReader, rejected_record, validation_reason
from ingest.settings import SourceContext
from ingest.source import Raw, Unreadable
from tests.ingest.doors import NOW, around, config, ground, long_calendars

Parser = Callable[[bytes], None]
Seeds = Callable[[], list[bytes]]


@dataclass(frozen=True, slots=True)
class Target:
    """A parser of outside input. Called, it raises only what is a finding."""

    run: Parser
    may_raise: tuple[type[Exception], ...]
    """What the parser says that it raises; subclasses, too."""
    seeds: Seeds
    """Valid samples, and some that are nearly so."""
    examples: int
    """In the short run of the suite."""

    def __call__(self, data: bytes) -> None:
        with suppress(*self.may_raise):
            self.run(data)


TARGETS: dict[str, Target] = {}


def target(seeds: Seeds, *may_raise: type[Exception], examples: int = 100) -> Callable[[Parser], Parser]:
    """Declares a function of bytes as a target under its own name."""

    def declared(parser: Parser) -> Parser:
        TARGETS[parser.__name__] = Target(parser, may_raise, seeds, examples)
        return parser

    return declared


@cache
def folder() -> Path:
    """A folder of this process, gone when it ends."""
    made = Path(tempfile.mkdtemp(prefix="fuzz"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def file_of(data: bytes, name: str) -> Path:
    """The bytes as a file; the one before of that name is overwritten."""
    path = folder() / name
    path.write_bytes(data)
    return path


@cache
def city_around() -> SourceContext:
    """The configured city with an empty store."""
    engine = open_engine(f"sqlite:///{folder() / 'batt.db'}")
    migrate(engine)
    return around(engine, folder())


def take(source: RecordReader, raw: Raw) -> None:
    """Read a raw record; one that is refused must be fit to be kept with its reason, one that is not must be whole."""
    try:
        record = source.read(raw, NOW)
    except ValidationError as fault:
        rejected_record(source.name, raw, validation_reason(fault))
        return
    except Unreadable as fault:
        rejected_record(source.name, raw, str(fault))
        return
    record.model_dump_json()
    with suppress(Unreadable):
        drafter().draft(record, NOW)


@cache
def drafter() -> Drafter:
    """Of the configured city."""
    return Drafter(config().city, long_calendars(), ground())


def texts(data: bytes) -> list[str]:
    """Lines as they come out of JSON or a table: with halves of characters where the bytes are no UTF-8."""
    return data.decode("utf-8", "surrogateescape").split("\n")
