"""What is secret comes from the environment, under a name that config.yaml gives."""

from __future__ import annotations

import os

from ingest.source import SourceDown


def secret(variable: str) -> str:
    """What the environment holds under that name. Raises SourceDown; the text names the variable only."""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise SourceDown(f"variabel lingkungan {variable} belum diisi; isi di server, lalu mulai ulang")
    if not (value.isascii() and value.isprintable()):
        raise SourceDown(f"variabel lingkungan {variable} berisi huruf yang tidak boleh ada dalam kunci")
    return value
