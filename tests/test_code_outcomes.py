"""What is promised in the documents about input is proved by a test, and each test of these promises is told there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tests.code_checks import ROOT

TESTS = ROOT / "tests"
DOCUMENT = ROOT / "docs" / "hostile-input.md"
PROMISES = (
    *sorted((TESTS / "ingest" / "hostile").glob("test_*.py")),
    *sorted((TESTS / "dashboard").rglob("test_hostile_*.py")),
)
_NAMED = re.compile(r"`([\w/]+\.py)::(test_\w+)(?:\[([^\]]+)\])?`")
_SHORT = re.compile(r"\b(same|values|servers)\[([^\]]+)\]")
SHORT = {
    "same": (
        "ingest/sources/open311/test_deviations.py",
        "test_a_deviation_yields_the_same_rows_and_a_second_run_changes_nothing",
    ),
    "values": (
        "ingest/hostile/test_values.py",
        "test_hostile_values_are_refused_by_name_or_taken_and_the_good_ones_beside_them_come_in",
    ),
    "servers": (
        "ingest/hostile/test_servers.py",
        "test_a_bad_server_is_told_by_its_name_and_once_it_is_well_nothing_is_missing",
    ),
}
"""What stands for a long name in the document."""
EXAMPLES = {"ingest/hostile/test_values.py": "ingest/hostile/values.py"}
"""Where a test's examples stand, if not beside it."""


def named(text: str) -> Iterator[tuple[str, str, str]]:
    """File, test and example of each that a document names; '' for no example."""
    yield from ((path, name, example or "") for path, name, example in _NAMED.findall(text))
    yield from ((*SHORT[short], example) for short, example in _SHORT.findall(text))


@cache
def code_of(path: str) -> str:
    """A file of tests; empty when it is not there."""
    file = TESTS / path
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def missing(text: str) -> list[str]:
    """What a document names and the tests do not have."""
    return [
        f"{path}::{name}[{example}]"
        for path, name, example in named(text)
        if f"def {name}(" not in code_of(path) or (example and f'"{example}"' not in code_of(EXAMPLES.get(path, path)))
    ]


def test_every_test_that_the_outcomes_of_hostile_input_name_is_there():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert len(list(named(text))) > 100
    assert missing(text) == []


def test_a_test_or_an_example_that_is_not_there_is_found():
    gone = "`ingest/sources/drop/test_source.py::test_gone`, `ingest/gone.py::test_x`, same[gone]"
    assert [each.rpartition("/")[2] for each in missing(gone)] == [
        "test_source.py::test_gone[]",
        "gone.py::test_x[]",
        "test_deviations.py::test_a_deviation_yields_the_same_rows_and_a_second_run_changes_nothing[gone]",
    ]


def test_every_test_of_hostile_input_stands_in_the_outcomes():
    told = {(path, name) for path, name, _ in named(DOCUMENT.read_text(encoding="utf-8"))}
    here = {
        (str(path.relative_to(TESTS)), name)
        for path in PROMISES
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert here - told == set()


def test_every_row_of_the_outcomes_has_a_test():
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    told = [line for line in rows if "---" not in line and not line.endswith("| test |")]
    assert len(told) > 80
    assert [line for line in told if not list(named(line))] == []


def test_every_row_of_the_other_outcomes_names_a_test_of_its_file():
    rows = [line for line in (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8").splitlines() if "| `" in line]
    names = [re.findall(r"`(test_\w+)`", line) for line in rows]
    assert len(names) > 20
    assert [line for line, its in zip(rows, names, strict=True) if not its] == []
    code = code_of("ingest/pipeline/test_outcomes.py")
    assert [name for its in names for name in its if f"def {name}(" not in code] == []
