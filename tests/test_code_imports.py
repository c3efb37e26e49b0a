"""Who may import whom: the contracts in pyproject.toml, and what they cannot say."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.code_checks import ROOMS, ROOT, foreign_imports, sources

LINTER = Path(sys.executable).with_name("lint-imports")


def report(root: Path) -> str:
    """What the linter says; it takes some seconds."""
    done = subprocess.run([LINTER, "--no-cache", "--no-logo"], cwd=root, capture_output=True, text=True, check=False)
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.stdout


def broken_contracts(said: str) -> set[str]:
    return {line.removesuffix(" BROKEN") for line in said.splitlines() if line.endswith(" BROKEN")}


def a_house(root: Path) -> Path:
    """The tree with every module empty: it keeps every contract."""
    shutil.copy(ROOT / "pyproject.toml", root)
    for module in sources():
        (root / module).parent.mkdir(parents=True, exist_ok=True)
        (root / module).touch()
    return root


def test_every_import_goes_the_way_it_should():
    assert broken_contracts(report(ROOT)) == set()


def test_a_small_house_in_order_breaks_no_contract(tmp_path: Path):
    assert broken_contracts(report(a_house(tmp_path))) == set()


WRONG = [
    ("layouts", "import ingest", "The rooms stand in layers"),
    ("data", "import dashboard", "The rooms stand in layers"),
    ("callbacks", "import ingest", "Callbacks bind drawings"),
    ("layouts", "import data.store", "A drawing knows the domain's values"),
    ("layouts", "import data.clock", "A drawing knows the domain's values"),
    ("data/domain", "import data.store", "The rules know neither the store"),
    ("data/domain", "import data.clock", "The rules know neither the store"),
    ("data/domain", "import pydantic", "The rules know no framework"),
    ("ingest", "from sqlalchemy import Engine", "Only the store knows SQLAlchemy"),
    ("dashboard", "import sqlite3", "Only the store knows SQLAlchemy"),
    ("data/store", "from flask import request", "Only the top of the house knows the web"),
    ("data/store", "import data.clock", "The store is given the moment"),
    ("data/domain/cases", "import data.domain.sla", "The rules' packages stand in layers"),
    ("data/store/db", "import data.store.cases", "The store's packages stand in layers"),
    ("ingest/pipeline", "import ingest.sources", "The packages of ingest stand in layers"),
    ("ingest/tabular/readers", "import ingest.tabular.proposal", "Tables are read in layers"),
    ("ingest/sources/drop", "import ingest.sources.sql", "A kind of source knows no other kind"),
    ("layouts/kit", "import layouts.boards", "The packages of layouts stand in layers"),
    ("dashboard/config", "import dashboard.realtime", "The running app's packages stand in layers"),
    ("dashboard/api/push", "import dashboard.api.open311", "The API's packages stand in layers"),
    ("dashboard/web/uploads", "import dashboard.web.sources", "The pages' packages stand in layers"),
    ("data/reference/places", "import data.reference.boundaries", "Boundaries know the places"),
]
"""(room, line, beginning of the contract's name): an import in the wrong direction and the contract that it breaks."""


def test_every_import_in_a_wrong_direction_is_found(tmp_path: Path):
    house = a_house(tmp_path)
    for number, (room, line, _) in enumerate(WRONG):
        (house / room / f"planted_{number}.py").write_text(line + "\n")
    said = report(house)
    sections = re.split(r"^(.+)\n-{3,}\n", said[said.index("Broken contracts") :], flags=re.MULTILINE)
    broken = dict(zip(sections[1::2], sections[2::2], strict=True))
    unseen = []
    for number, (room, line, contract) in enumerate(WRONG):
        named = [text for name, text in broken.items() if name.startswith(contract)]
        if not any(f"planted_{number} -> {line.split()[1]}" in text for text in named):
            unseen.append((room, line, contract))
    assert unseen == []


def test_the_rules_import_only_the_standard_library_and_numpy():
    allowed = frozenset({*sys.stdlib_module_names, "numpy", "data"})
    domain = {path: text for path, text in sources().items() if path.startswith("data/domain/")}
    found = {path: foreign_imports(text, allowed) for path, text in domain.items()}
    assert {path: rows for path, rows in found.items() if rows} == {}


def test_nothing_imports_the_command_line():
    everything_else = frozenset({*sys.stdlib_module_names, *ROOMS})
    for path, text in sources().items():
        if re.search(r"\b(?:import|from)\b.*\brun\b", text):
            assert not [row for row in foreign_imports(text, everything_else) if row.endswith(" run")], path


def test_an_import_from_outside_is_found():
    assert foreign_imports("import os\nfrom yaml import safe_load\n", frozenset({"os"})) == ["2: imports yaml"]
