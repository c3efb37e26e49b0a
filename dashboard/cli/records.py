"""`run.py ingest` and `run.py rejected --retry`: imports with a report."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from dashboard.api.open311.intake import NAME as OPEN311
from dashboard.api.open311.intake import Open311Intake
from dashboard.config.home import ROOT, Home
from dashboard.config.load import MARKET, Config
from dashboard.inbound.intake import MessageIntake
from dashboard.portal.intake import NAME as PORTAL
from dashboard.portal.intake import PortalIntake
from dashboard.portal.questions import QuestionIntake
from dashboard.realtime.render_context import RenderContext
from data import clock
from data.domain.sla.promise import PromiseState
from data.store.cases.snapshots import known_ids
from data.store.db.engine import Engine, reading, writing
from data.store.db.pacing import Pacer
from data.store.intake.rejected import RejectedRecord
from data.store.intake.sources import cursor_of, holder, release, states
from data.store.queries.figures.promises import promise_counts
from data.texts import texts
from ingest.market.drafts import Missing
from ingest.pipeline.checkpoint import Lease, lease_name
from ingest.pipeline.drafting.drafts import Draft
from ingest.pipeline.pipeline import Pipeline
from ingest.runtime import rejected_retry
from ingest.runtime.leases import claim_or_take_over, holder_in_words
from ingest.runtime.process_files import owner_of
from ingest.settings import SourceContext, SourceSettings
from ingest.source import Defaulted, Delivery, Outcome, OutcomeKind, Source, SourceDown, outcomes_by_id
from ingest.sources.drop.source import FolderSettings
from ingest.sources.kinds import build
from ingest.sources.replay.source import ReplaySettings
from ingest.tabular.results.result_file import DEFAULTS, default_reason

LEASE_S = 120.0
REASONS_SHOWN = 40
WORDS = {
    OutcomeKind.NEW: "imported",
    OutcomeKind.MERGED: "imported, merged into another",
    OutcomeKind.UPDATED: "updated",
    OutcomeKind.OLDER: "older than what is stored, not taken",
    OutcomeKind.SAME: "the same as before",
    OutcomeKind.HELD: "held for review",
    OutcomeKind.MISSING: "without data",
    OutcomeKind.REJECTED: "rejected",
}
"""The words of the report, in its order."""


@dataclass(slots=True)
class Report:
    """The outcomes of an import."""

    title: str
    became: Counter[OutcomeKind] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    defaulted: Counter[Defaulted] = field(default_factory=Counter)
    promises: Counter[PromiseState] = field(default_factory=Counter)
    """All of the source's, not only of this import."""
    down: str | None = None
    """Why the source could not be read (completely)."""
    refused: str | None = None
    """Which files were not taken."""
    notes: list[str] = field(default_factory=list)

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Count these."""
        for outcome in outcomes:
            self.became[outcome.kind] += 1
            self.defaulted.update(outcome.defaulted)
            if outcome.kind is OutcomeKind.REJECTED:
                self.reasons[outcome.reason] += 1

    def note(self, delivery: Delivery) -> None:
        """Keep what it says of files that were not taken."""
        if delivery.remark is not None:
            self.refused = texts("en").sentence(delivery.remark)

    def text(self) -> str:
        """To be printed: counts, then every reason with its count."""
        lines = [f"{self.title}: {self.became.total()} records"]
        lines += [f"{count:>9}  {WORDS[became]}" for became in WORDS if (count := self.became[became])]
        lines += [
            f"{count:>17}  {texts('en').stored_sentence(reason)}"
            for reason, count in self.reasons.most_common(REASONS_SHOWN)
        ]
        if len(self.reasons) > REASONS_SHOWN:
            lines.append(f"{'':>17}  and {len(self.reasons) - REASONS_SHOWN} more reasons: run.py rejected")
        lines += [
            texts("en").sentence(default_reason(which, count)) for which in DEFAULTS if (count := self.defaulted[which])
        ]
        if self.promises:
            told = ", ".join(f"{count} {state}" for state in PromiseState if (count := self.promises[state]))
            lines.append(f"Promises of this source, all its cases: {told}")
        lines += self.notes
        if self.refused:
            lines.append(self.refused)
        if self.down:
            lines.append(f"It could not be asked: {self.down}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What an import needs."""

    config: Config
    home: Home
    engine: Engine
    render_context: RenderContext

    @property
    def pipeline(self) -> Pipeline:
        """A new pipeline."""
        context = self.render_context
        return Pipeline(self.engine, context.config.city, context.calendars, context.boundaries)

    def source(self, name: str, settings: SourceSettings) -> Source:
        """A source with these settings."""
        context, config, home = self.render_context, self.config, self.home.path
        around = SourceContext(config.city, context.calendars, context.boundaries, self.engine, ROOT, home, config.demo)
        return build(name, settings, around)


def import_once(context: ImportContext, name: str, file: Path | None) -> Report:
    """Import what the source has now; not while another process polls it."""
    source = context.source(name, _with_file(context, name, file))
    report, owner, now = Report(name), owner_of(context.home.path, "ingest"), clock.now()
    with writing(context.engine) as conn:
        if not claim_or_take_over(conn, lease_name(name), owner, now, LEASE_S):
            other = holder_in_words(holder(conn, lease_name(name)), now)
            report.down = f"{other} takes from it; stop that one, or let it do the work"
            return report
    try:
        _take_all(context, source, Lease(owner, LEASE_S), report)
    except SourceDown as error:
        report.down = texts("en").sentence(error.reason)
    finally:
        with writing(context.engine) as conn:
            release(conn, lease_name(name), owner)
    with reading(context.engine) as conn:
        report.promises = promise_counts(conn, name, clock.now())
    return report


def _take_all(context: ImportContext, source: Source, lease: Lease, report: Report) -> None:
    pipeline, pacer, more = context.pipeline, Pacer(), True
    while more:
        more = False
        with reading(context.engine) as conn:
            cursor = cursor_of(conn, source.name)
        for delivery in source.fetch(cursor, clock.now()):
            outcomes = pipeline.write_delivery(source, delivery, clock.now(), lease=lease)
            if delivery.on_stored is not None:
                delivery.on_stored(outcomes_by_id(outcomes))
            report.add(outcomes)
            report.note(delivery)
            pacer.step()  # the server is another process
            more = delivery.more


def keep_importing(context: ImportContext, name: str, report_to: Callable[[str], None]) -> NoReturn:
    """Import until interrupted; reports each round that had records."""
    every_s, told = context.config.sources[name].every_s, None
    while True:
        report = import_once(context, name, None)
        if report.became.total() or report.down or report.refused != told:
            report_to(report.text())
        told = report.refused
        time.sleep(every_s)


def preview_import(context: ImportContext, name: str, file: Path | None) -> Report:
    """Read everything the source has, store nothing."""
    report = Report(f"{name}, nothing stored")
    with _without_writing(context, name, file) as settings:
        source, pipeline, now = context.source(name, settings), context.pipeline, clock.now()
        try:
            for delivery in source.fetch(None, now):
                report.note(delivery)
                ready = [(raw, pipeline.prepare(source, raw, now)) for raw in delivery.records]
                with reading(context.engine) as conn:
                    known = known_ids(conn, name, [raw.external_id for raw, _ in ready])
                for raw, one in ready:
                    fresh = OutcomeKind.UPDATED if raw.external_id in known else OutcomeKind.NEW
                    reason = one.reason if isinstance(one, RejectedRecord) else ""
                    fresh = OutcomeKind.MISSING if isinstance(one, Missing) else fresh
                    kind, defaulted = OutcomeKind.REJECTED if reason else fresh, Defaulted.NONE
                    if isinstance(one, Draft):
                        defaulted = one.defaulted
                    report.add([Outcome(kind, raw.external_id, reason=reason, defaulted=defaulted)])
        except SourceDown as error:
            report.down = texts("en").sentence(error.reason)
    if report.became[OutcomeKind.UPDATED]:
        report.notes.append("('updated' are those stored already; what is new of them was not looked into)")
    return report


def _with_file(context: ImportContext, name: str, file: Path | None) -> SourceSettings:
    """The source's settings, reading `file` when one is given: a drop folder gets a copy of it."""
    settings = context.config.sources[name]
    if file is None:
        return settings
    if isinstance(settings, ReplaySettings):
        return settings.model_copy(update={"path": str(file.absolute()), "path_env": None})
    if isinstance(settings, FolderSettings):
        folder = context.home.path / settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, folder / f".{file.name}")
        (folder / f".{file.name}").rename(folder / file.name)
        return settings.model_copy(update={"settle_s": 0})
    raise SourceDown(f"a source of the kind {settings.kind} reads no files")


@contextmanager
def _without_writing(context: ImportContext, name: str, file: Path | None) -> Iterator[SourceSettings]:
    """The source's settings, for reading without writing: a drop folder is read from a copy."""
    settings = context.config.sources[name]
    if not isinstance(settings, FolderSettings):
        yield _with_file(context, name, file)
        return
    with tempfile.TemporaryDirectory() as folder:
        own = context.home.path / settings.folder
        for each in [file] if file else [path for path in own.glob("*") if path.is_file()]:
            shutil.copyfile(each, Path(folder) / each.name)
        yield settings.model_copy(update={"folder": folder, "settle_s": 0})


def retry_rejected(context: ImportContext, only: str | None) -> Report:
    """Retry all rejected records, oldest first."""
    report, pipeline = Report("tried again"), context.pipeline
    sources: dict[str, Source] = {name: context.source(name, it) for name, it in context.config.sources.items()}
    city = context.config.city
    sources |= {OPEN311: Open311Intake(city), PORTAL: PortalIntake(city), MARKET: QuestionIntake(city)}
    sources |= {name: MessageIntake(name, city) for name in context.config.messages.inbound}
    with reading(context.engine) as conn:
        kept = {name: state.rejected for name, state in states(conn).items() if state.rejected and only in (None, name)}
    for name, count in kept.items():
        if name in sources:
            report.add(rejected_retry.retry_rejected(pipeline, sources[name], clock.now()))
        else:
            report.notes.append(f"{count:>9}  of {name}: no such source any more")
    return report
