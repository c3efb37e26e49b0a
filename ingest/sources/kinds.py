"""The kinds of source: how each is set up in config.yaml and built. A new kind is a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ingest.settings import Around, SourceSettings
from ingest.source import Source
from ingest.sources.drop.source import DropFolder, DropSettings
from ingest.sources.feed.settings import FeedSettings
from ingest.sources.feed.source import Feed
from ingest.sources.open311.settings import Open311Settings
from ingest.sources.open311.source import Open311
from ingest.sources.replay.source import Replay, ReplaySettings
from ingest.sources.simulator.source import Simulator, SimulatorSettings
from ingest.sources.sql.source import SqlSettings, SqlSource


class Kind(NamedTuple):
    """One kind of source."""

    settings: type[SourceSettings]
    build: Callable[[str, Any, Around], Source]
    """From the source's name, its settings (of the model beside) and what is around."""


KINDS: Mapping[str, Kind] = {
    "drop": Kind(DropSettings, DropFolder),
    "feed": Kind(FeedSettings, Feed),
    "open311": Kind(Open311Settings, Open311),
    "replay": Kind(ReplaySettings, Replay),
    "simulator": Kind(SimulatorSettings, Simulator),
    "sql": Kind(SqlSettings, SqlSource),
}


def build(name: str, settings: SourceSettings, around: Around) -> Source:
    """A source as configured."""
    return KINDS[settings.kind].build(name, settings, around)
