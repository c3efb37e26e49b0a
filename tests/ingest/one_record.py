"""One record through the pipeline, as a POST goes."""

from __future__ import annotations

from datetime import datetime

from ingest.pipeline.pipeline import Pipeline
from ingest.pipeline.reading import RecordReader
from ingest.source import Outcome, Raw


def write_one(pipeline: Pipeline, source: RecordReader, raw: Raw, now: datetime) -> Outcome:
    """Prepare it and write it."""
    return pipeline.write(source.name, raw, pipeline.prepare(source, raw, now), now)
