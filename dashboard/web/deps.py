"""What the server-rendered pages work with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.api.open311.intake import Door
from dashboard.config.home import ROOT, Home
from dashboard.config.load import OPEN311, Config
from dashboard.jobs.uploads import uploader
from dashboard.realtime.render_context import Scene
from data.store.db.engine import Engine
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext
from ingest.source import Source
from ingest.sources.kinds import build
from ingest.uploads import Uploader


@dataclass(frozen=True, slots=True)
class WebDeps:
    """One for all pages of a process."""

    config: Config
    home: Home
    engine: Engine
    scene: Scene
    pipeline: Pipeline
    sources: Callable[[str], Source]
    """A source by its name, built anew, on the present map. Raises KeyError for one that is not configured."""
    uploads: Uploader


def deps_of(scene: Scene, home: Home, engine: Engine, pipeline: Pipeline) -> WebDeps:
    """What the pages of this process work with."""
    config = scene.config

    def source(name: str) -> Source:
        if name == OPEN311:
            return Door(config.city, demo=config.demo)
        around = SourceContext(config.city, scene.calendars, scene.boundaries, engine, ROOT, home.path, config.demo)
        return build(name, config.sources[name], around)

    return WebDeps(config, home, engine, scene, pipeline, source, uploader(config, engine, home, pipeline, scene))
