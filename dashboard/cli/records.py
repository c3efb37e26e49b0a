"""Taking records by hand: `run.py ingest` and `run.py rejected --retry`, with a report of what became of them."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from dashboard.api.open311.intake import NAME as OPEN311
from dashboard.api.open311.intake import Door
from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.realtime.render_context import Scene
from data import clock
from data.store.cases.snapshots import known_ids
from data.store.db.engine import Engine, reading, writing
from data.store.intake.sources import claim, cursor_of, release, states
from data.texts import texts
from ingest.pipeline.checkpoint import Lease, lease_name
from ingest.pipeline.drafts import Draft
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime import rejected_retry
from ingest.settings import Around, SourceSettings
from ingest.source import Became, Outcome, Source, SourceDown, by_id
from ingest.sources.drop.source import DropSettings
from ingest.sources.kinds import build
from ingest.sources.replay.source import ReplaySettings

LEASE_S = 120.0
REASONS_SHOWN = 40
WORDS = {
    Became.NEW: "imported",
    Became.MERGED: "imported, merged into another",
    Became.UPDATED: "updated",
    Became.SAME: "the same as before",
    Became.REJECTED: "rejected",
}
"""As the report calls them, in its order."""


@dataclass(slots=True)
class Report:
    """What became of the records."""

    title: str
    became: Counter[Became] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    down: str | None = None
    """Why the source could not be asked (to its end)."""
    notes: list[str] = field(default_factory=list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count these."""
        for outcome in outcomes:
            self.became[outcome.became] += 1
            if outcome.became is Became.REJECTED:
                self.reasons[outcome.reason] += 1

    def text(self) -> str:
        """To be printed: counts, then every reason with its count."""
        lines = [f"{self.title}: {self.became.total()} records"]
        lines += [f"{count:>9}  {WORDS[became]}" for became in WORDS if (count := self.became[became])]
        lines += [
            f"{count:>17}  {texts('en').tell_stored(reason)}"
            for reason, count in self.reasons.most_common(REASONS_SHOWN)
        ]
        if len(self.reasons) > REASONS_SHOWN:
            lines.append(f"{'':>17}  and {len(self.reasons) - REASONS_SHOWN} more reasons: run.py rejected")
        lines += self.notes
        if self.down:
            lines.append(f"It could not be asked: {self.down}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Workshop:
    """What taking records needs."""

    config: Config
    home: Home
    engine: Engine
    scene: Scene

    @property
    def pipeline(self) -> Pipeline:
        """A pipeline of its own."""
        return Pipeline(self.engine, self.config.city, self.scene.calendars, self.scene.boundaries)

    def source(self, name: str, settings: SourceSettings) -> Source:
        """A source of these settings."""
        scene, config, home = self.scene, self.config, self.home.path
        around = Around(config.city, scene.calendars, scene.boundaries, self.engine, ROOT, home, config.demo)
        return build(name, settings, around)


def import_once(work: Workshop, name: str, file: Path | None) -> Report:
    """Take what the source has now. Another process that polls it is not disturbed."""
    source = work.source(name, _with_file(work, name, file))
    report, owner = Report(name), f"{socket.gethostname()}:{os.getpid()}:ingest"
    with writing(work.engine) as conn:
        if not claim(conn, lease_name(name), owner, clock.now(), LEASE_S):
            report.down = "another process takes from it now; stop that one, or let it do the work"
            return report
    try:
        _take_all(work, source, Lease(owner, LEASE_S), report)
    except SourceDown as error:
        report.down = texts("en").tell(error.reason)
    finally:
        with writing(work.engine) as conn:
            release(conn, lease_name(name), owner)
    return report


def _take_all(work: Workshop, source: Source, lease: Lease, report: Report) -> None:
    pipeline, more = work.pipeline, True
    while more:
        more = False
        with reading(work.engine) as conn:
            cursor = cursor_of(conn, source.name)
        for delivery in source.fetch(cursor, clock.now()):
            outcomes = pipeline.write_delivery(source, delivery, clock.now(), lease=lease)
            if delivery.on_stored is not None:
                delivery.on_stored(by_id(outcomes))
            report.add(outcomes)
            more = delivery.more


def keep_importing(work: Workshop, name: str, said: Callable[[str], None]) -> NoReturn:
    """Take what comes until interrupted; tells of every round that brought something."""
    every_s = work.config.sources[name].every_s
    while True:
        report = import_once(work, name, None)
        if report.became.total() or report.down:
            said(report.text())
        time.sleep(every_s)


def try_out(work: Workshop, name: str, file: Path | None) -> Report:
    """Read everything the source has, store nothing."""
    report = Report(f"{name}, nothing stored")
    with _borrowed(work, name, file) as settings:
        source, pipeline, now = work.source(name, settings), work.pipeline, clock.now()
        try:
            for delivery in source.fetch(None, now):
                ready = [(raw, pipeline.prepare(source, raw, now)) for raw in delivery.records]
                with reading(work.engine) as conn:
                    known = known_ids(conn, name, [raw.external_id for raw, _ in ready])
                for raw, one in ready:
                    fresh = Became.UPDATED if raw.external_id in known else Became.NEW
                    reason = "" if isinstance(one, Draft) else one.reason
                    report.add([Outcome(Became.REJECTED if reason else fresh, raw.external_id, reason=reason)])
        except SourceDown as error:
            report.down = texts("en").tell(error.reason)
    if report.became[Became.UPDATED]:
        report.notes.append("('updated' are those stored already; what is new of them was not looked into)")
    return report


def _with_file(work: Workshop, name: str, file: Path | None) -> SourceSettings:
    """The source's settings, reading `file` when one is given: a drop folder gets a copy of it."""
    settings = work.config.sources[name]
    if file is None:
        return settings
    if isinstance(settings, ReplaySettings):
        return settings.model_copy(update={"path": str(file.absolute()), "path_env": None})
    if isinstance(settings, DropSettings):
        folder = work.home.path / settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / f".{file.name}")
        (folder / f".{file.name}").rename(folder / file.name)
        return settings.model_copy(update={"settle_s": 0})
    raise SourceDown(f"a source of the kind {settings.kind} reads no files")


@contextmanager
def _borrowed(work: Workshop, name: str, file: Path | None) -> Iterator[SourceSettings]:
    """Settings under which nothing is written: a drop folder is looked at in a copy."""
    settings = work.config.sources[name]
    if not isinstance(settings, DropSettings):
        yield _with_file(work, name, file)
        return
    with tempfile.TemporaryDirectory() as folder:
        own = work.home.path / settings.folder
        for each in [file] if file else [path for path in own.glob("*") if path.is_file()]:
            shutil.copyfile(each, Path(folder) / each.name)
        yield settings.model_copy(update={"folder": folder, "settle_s": 0})


def retry_rejected(work: Workshop, only: str | None) -> Report:
    """Try every kept record again, oldest first; what can be read now is stored and kept no longer."""
    report, pipeline = Report("tried again"), work.pipeline
    sources: dict[str, Source] = {name: work.source(name, it) for name, it in work.config.sources.items()}
    sources[OPEN311] = Door(work.config.city)
    with reading(work.engine) as conn:
        kept = {name: state.rejected for name, state in states(conn).items() if state.rejected and only in (None, name)}
    for name, count in kept.items():
        if name in sources:
            report.add(rejected_retry.retry_rejected(pipeline, sources[name], clock.now()))
        else:
            report.notes.append(f"{count:>9}  of {name}: no such source any more")
    return report
