"""The uploader of this installation."""

from __future__ import annotations

from dashboard.config.home import ROOT, Home
from dashboard.config.load import Config
from dashboard.realtime.render_context import RenderContext
from data.store.db.engine import Engine
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext
from ingest.uploads import Uploader


def uploader(config: Config, engine: Engine, home: Home, pipeline: Pipeline, context: RenderContext) -> Uploader:
    """Takes uploaded files, each time with the present boundaries."""

    def around() -> SourceContext:
        return SourceContext(config.city, context.calendars, context.boundaries, engine, ROOT, home.path, config.demo)

    return Uploader(config.sources, around, pipeline)
