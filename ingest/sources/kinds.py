"""The table of the kinds of sources. To add a kind, add a row: its settings model and its class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ingest.settings import SourceContext, SourceSettings
from ingest.source import Source
from ingest.sources.bmkg_forecast.source import BmkgForecast, BmkgForecastSettings
from ingest.sources.cap.settings import CapSettings
from ingest.sources.cap.source import CapSource
from ingest.sources.cap_simulator.source import CapSimulator, CapSimulatorSettings
from ingest.sources.drop.source import DropFolder, DropSettings
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.source import FeedSource
from ingest.sources.guide_simulator.source import GuideSimulator, GuideSimulatorSettings
from ingest.sources.ical.source import IcalSettings, IcalSource
from ingest.sources.market_simulator.source import MarketSimulator, MarketSimulatorSettings
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.source import Open311
from ingest.sources.prices.settings import BapanasSettings, IphSettings
from ingest.sources.replay.source import Replay, ReplaySettings
from ingest.sources.simulator.source import Simulator, SimulatorSettings
from ingest.sources.sql.source import SqlSettings, SqlSource


class SourceKind(NamedTuple):
    """One kind of source."""

    settings: type[SourceSettings]
    build: Callable[[str, Any, SourceContext], Source]
    """Builds the source from its name, its settings and the context."""


KINDS: Mapping[str, SourceKind] = {
    "bapanas": SourceKind(BapanasSettings, DropFolder),
    "cap": SourceKind(CapSettings, CapSource),
    "cap_simulator": SourceKind(CapSimulatorSettings, CapSimulator),
    "bmkg_forecast": SourceKind(BmkgForecastSettings, BmkgForecast),
    "drop": SourceKind(DropSettings, DropFolder),
    "feed": SourceKind(FeedSettings, FeedSource),
    "guide_simulator": SourceKind(GuideSimulatorSettings, GuideSimulator),
    "ical": SourceKind(IcalSettings, IcalSource),
    "iph": SourceKind(IphSettings, DropFolder),
    "market_simulator": SourceKind(MarketSimulatorSettings, MarketSimulator),
    "open311": SourceKind(Open311Settings, Open311),
    "replay": SourceKind(ReplaySettings, Replay),
    "simulator": SourceKind(SimulatorSettings, Simulator),
    "sql": SourceKind(SqlSettings, SqlSource),
}


def build(name: str, settings: SourceSettings, context: SourceContext) -> Source:
    """A source as configured."""
    return KINDS[settings.kind].build(name, settings, context)
