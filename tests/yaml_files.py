"""YAML as tests read and write it: by the library's parts in C, since config.yaml is long and each test reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from data.texts import LOADER
from tests.code_checks import ROOT

DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
WHOLE = (ROOT / "config.yaml").read_text(encoding="utf-8")
SHORT = re.sub(r"^topics:.*?(?=^routing:)", "", WHOLE, flags=re.MULTILINE | re.DOTALL)
"""config.yaml without its lists of words, which are half of it: for tests that read it again and again."""


def parsed(text: str) -> Any:
    return yaml.load(text, LOADER)


def read_yaml(path: Path) -> Any:
    return parsed(path.read_text(encoding="utf-8"))


def write_yaml(path: Path, document: object) -> None:
    path.write_text(yaml.dump(document, Dumper=DUMPER, allow_unicode=True, sort_keys=False), encoding="utf-8")
