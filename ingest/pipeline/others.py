"""Writes what is no case: what sources tell of the market, of the city's guide, and warnings to the public."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from data.domain.city.model import City
from data.reference.boundaries.areas import Boundaries
from data.store.db.engine import Connection
from data.store.intake import rejected
from ingest.guide.drafts import GuideDraft, GuideDrafter
from ingest.guide.writer import GuideWriter
from ingest.guide_record import GuideRecord
from ingest.market.drafts import MarketDraft, MarketDrafter, Missing
from ingest.market.writer import MarketWriter
from ingest.market_record import MarketRecord
from ingest.pipeline.case_writer import named_as
from ingest.pipeline.reading import key_of
from ingest.source import Outcome, OutcomeKind, Raw
from ingest.warning_record import WarningRecord
from ingest.warnings.drafts import WarningDraft, WarningDrafter
from ingest.warnings.writer import WarningWriter

OtherRecord = MarketRecord | GuideRecord | WarningRecord
OtherPrepared = MarketDraft | Missing | GuideDraft | WarningDraft


class OtherWriters:
    """One writer for each kind of record that is no case; safe to use from many threads."""

    def __init__(self, city: City, boundaries: Boundaries) -> None:
        self.market = MarketWriter(city.market, MarketDrafter(city.market, city.timezone))
        self.guide = GuideWriter(GuideDrafter(city.guide, city.timezone, boundaries))
        self.warnings = WarningWriter(WarningDrafter(city.warnings, boundaries))

    def use_boundaries(self, boundaries: Boundaries) -> None:
        """Place what comes from now on by this map."""
        self.guide.drafter.boundaries = self.warnings.drafter.boundaries = boundaries

    def prepare(self, record: OtherRecord, now: datetime) -> OtherPrepared:
        """Understand a record, without a query. Raises Unreadable."""
        if isinstance(record, WarningRecord):
            return self.warnings.drafter.draft(record, now)
        if isinstance(record, GuideRecord):
            return self.guide.drafter.draft(record, now)
        return self.market.prepare(record, now)

    def write(
        self, conn: Connection, source: str, pairs: Sequence[tuple[Raw, OtherPrepared]], now: datetime
    ) -> list[Outcome]:
        """In one transaction; what was rejected of them before is no more."""
        drafts = [one for _, one in pairs if isinstance(one, MarketDraft)]
        written = iter(self.market.write(conn, source, drafts, now)) if drafts else iter(())
        of_guide = [one for _, one in pairs if isinstance(one, GuideDraft)]
        told = iter(self.guide.write(conn, source, of_guide, now)) if of_guide else iter(())
        outcomes = []
        for raw, one in pairs:
            if isinstance(one, GuideDraft):
                outcome = next(told)
            elif isinstance(one, WarningDraft):
                outcome = self.warnings.write(conn, source, one, now)
            elif isinstance(one, MarketDraft):
                outcome = next(written)
            else:
                outcome = Outcome(OutcomeKind.MISSING, one.external_id)
            outcomes.append(named_as(raw, outcome))
        if rejected.has_waiting(conn, source):
            rejected.remove_many(conn, source, [key_of(raw) for raw, _ in pairs], now)
        return outcomes
