"""The uploads of this installation: which sources take files, and on what ground."""

from __future__ import annotations

from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.realtime.render_context import Scene
from data.store.db.engine import Engine
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext
from ingest.uploads import Uploader


def uploader(config: Config, engine: Engine, home: Home, pipeline: Pipeline, scene: Scene) -> Uploader:
    """What takes uploaded files; it asks the scene for the map each time."""

    def around() -> SourceContext:
        return SourceContext(config.city, scene.calendars, scene.boundaries, engine, ROOT, home.path, config.demo)

    return Uploader(config.sources, around, pipeline)
