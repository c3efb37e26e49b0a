"""What the server-rendered pages need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dashboard.api.open311.intake import Open311Intake
from dashboard.auth.gate import Gate
from dashboard.config.home import ROOT, Home
from dashboard.config.load import MARKET, OPEN311, PORTAL, Config
from dashboard.inbound.intake import MessageIntake
from dashboard.jobs.uploads import uploader
from dashboard.portal.intake import PortalIntake
from dashboard.portal.questions import QuestionIntake
from dashboard.portal.service import Portal
from dashboard.realtime.render_context import RenderContext
from data.store.db.engine import Engine
from ingest.pipeline.pipeline import Pipeline
from ingest.settings import SourceContext
from ingest.source import Source
from ingest.sources.kinds import build
from ingest.uploads import Uploader


@dataclass(frozen=True, slots=True)
class WebDeps:
    """One object for all pages."""

    config: Config
    home: Home
    engine: Engine
    context: RenderContext
    pipeline: Pipeline
    sources: Callable[[str], Source]
    """Builds a source, with the present boundaries. Raises KeyError for one that is not configured."""
    uploads: Uploader
    gate: Gate
    portal: Portal

    def source_title(self, name: str, lang: str) -> str:
        """What people call a source; its name when nothing is known of it."""
        if name in self.config.sources:
            return str(getattr(self.config.sources[name].title, lang))
        return next((info.title for info in self.config.source_infos if info.name == name), name)


def deps_of(context: RenderContext, home: Home, pipeline: Pipeline, gate: Gate, portal: Portal) -> WebDeps:
    """What the pages of this process work with."""
    config, engine = context.config, pipeline.engine

    def source(name: str) -> Source:
        if name == OPEN311:
            return Open311Intake(config.city, demo=config.demo)
        if name == PORTAL:
            return PortalIntake(config.city, demo=config.demo)
        if name in config.messages.inbound:
            return MessageIntake(name, config.city, demo=config.demo)
        if name == MARKET:
            return QuestionIntake(config.city, demo=config.demo)
        around = SourceContext(config.city, context.calendars, context.boundaries, engine, ROOT, home.path, config.demo)
        return build(name, config.sources[name], around)

    uploads = uploader(config, engine, home, pipeline, context)
    return WebDeps(config, home, engine, context, pipeline, source, uploads, gate, portal)
