"""YAML as tests read and write it: by the library's parts in C, since config.yaml is long and each test reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from data.texts import LOADER

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def parsed(text: str) -> Any:
    return yaml.load(text, LOADER)


def read_yaml(path: Path) -> Any:
    return parsed(path.read_text(encoding="utf-8"))


def write_yaml(path: Path, document: object) -> None:
    path.write_text(yaml.dump(document, Dumper=DUMPER, allow_unicode=True, sort_keys=False), encoding="utf-8")
