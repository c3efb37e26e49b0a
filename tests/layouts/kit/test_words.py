"""Both languages are complete, and nobody asks for a word that is not there."""

from __future__ import annotations

import re

import pytest

from dashboard.config.home import ROOT
from data.domain.cases.model import CaseState, EventKind
from layouts.kit.screen import MODES
from layouts.kit.words import LANGUAGES, words

ID, EN = words("id"), words("en")
DRAWN = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "layouts").rglob("*.py")}
MARKET = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / "layouts" / "boards" / "market_board").glob("*.py")
}
PAGES = "".join(
    path.read_text(encoding="utf-8")
    for room in ("api", "messages", "performance", "reports", "server", "web")
    for path in sorted((ROOT / "dashboard" / room).rglob("*"))
    if path.suffix in {".html", ".py"}
).replace("'", '"')
DOCTOR = "".join(
    path.read_text(encoding="utf-8") for path in sorted((ROOT / "dashboard" / "cli" / "doctor").glob("*.py"))
)
RESULTS = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "ingest" / "tabular").rglob("*.py")))
SCRIPT = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "dashboard" / "assets").glob("*.js"))


def test_both_languages_have_the_same_keys():
    assert ID.texts.keys() == EN.texts.keys()


def names_in(text: object) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", str(text)))


def test_a_text_takes_the_same_values_in_both_languages():
    assert [key for key in ID.texts if names_in(ID.texts[key]) != names_in(EN.texts[key])] == []
    assert names_in("{n} of {total}") == {"n", "total"}


def test_every_key_a_drawing_names_exists():
    asked = {key for text in DRAWN.values() for key in re.findall(r'words\(\s*"([a-z_.]+)"', text)}
    assert asked - ID.texts.keys() == set()
    assert len(asked) > 25


def test_every_key_the_script_names_exists():
    asked = {f"js.{key}" for key in re.findall(r'say\(\s*"([a-z_]+)"', SCRIPT)}
    assert asked - ID.texts.keys() == set()
    assert len(asked) > 5


def test_every_family_of_keys_is_whole():
    whole = {f"ticker.{kind}" for kind in (*EventKind, "warned", "breached", "imported")}
    whole |= {f"case.{state}" for state in CaseState}
    whole |= {f"js.{mode}" for mode in MODES}
    whole |= {f"js.weekday.{day}" for day in range(7)} | {f"js.month.{month}" for month in range(1, 13)}
    whole |= {f"js.refused_{reason}" for reason in ("full", "token", "screen", "other", "retry")}
    names = ("received", "open", "at_risk", "overdue", "on_time", "first_response", "citizen_wait")
    whole |= {f"kpi.{name}" for name in names} | {f"kpi.short.{name}" for name in names}
    assert whole - ID.texts.keys() == set()


FAMILIES = {
    "unit.": "words.py",
    "ticker.": "ticker.py",
    "case.": "sla_rows.py",
    "kpi.": "kpi_strip.py",
    "queue.": "queue_board.py",
    "sla.": "sla_rows.py",
    "map.": "command_map.py",
    "feed.": "feed_health.py",
}
"""Keys that a drawing puts together, `f"case.{state}"`, and the drawing that does."""


def test_every_text_is_asked_for():
    named = "".join((*DRAWN.values(), *MARKET.values(), PAGES, RESULTS))
    together = "".join((*MARKET.values(), PAGES, RESULTS)).replace("'", '"')
    families = ("js.", "doctor.", "reason.", "performance.", *re.findall(r'"([a-z0-9._]+)(?:" ~|\{)', together))
    families += tuple(re.findall(r'"([a-z_]+\.[a-z_]+\.)"', PAGES))
    plain = [key for key in ID.texts if not key.startswith(families)]
    assert [key for key in plain if f'"{key}"' not in named and not put_together(key)] == []


def test_every_text_of_the_doctor_is_asked_for_and_says_how_to_mend_what_is_bad():
    texts = {key.removeprefix("doctor.") for key in ID.texts if key.startswith("doctor.")}
    asked = set(re.findall(r'"(?:doctor\.)?([a-z_]+)"', DOCTOR)) | {"mend", "total"}
    assert {key.removesuffix("_mend") for key in texts - {"mend"}} - asked == set()
    bad = set(re.findall(r'(?:\.bad|\.note|bad)\((?:"[a-z ]+", )?(?:name, )?"([a-z_]+)"', DOCTOR))
    assert {f"{key}_mend" for key in bad} - texts == set()
    assert len(bad) > 20


def put_together(key: str) -> bool:
    """Whether some drawing asks for a family of keys, and this key's last part is one of it."""
    family, _, last = key.rpartition(".")
    where = DRAWN[FAMILIES.get(f"{family.split('.')[0]}.", "wall.py")]
    asked = f'"{family}.' in where
    return asked and (f'"{last}"' in where or family in {"ticker", "case"})


def test_every_text_of_the_script_is_asked_for():
    families = ("js.weekday.", "js.month.", "js.zone.", "js.refused_", *(f"js.{mode}" for mode in MODES))
    plain = [key for key in ID.texts if key.startswith("js.") and not key.startswith(families)]
    assert [key for key in plain if f'"{key.removeprefix("js.")}"' not in SCRIPT] == []


def test_an_unknown_key_is_a_fault():
    with pytest.raises(KeyError):
        ID("no.such.text")


def test_an_unknown_language_is_indonesian():
    assert words("xx").lang == "id"
    assert [words(lang) for lang in LANGUAGES] == [ID, EN], "one Words a language: looks are compared by it"


@pytest.mark.parametrize(("n", "said"), [(1, "1 report"), (0, "0 reports"), (2, "2 reports"), (1200, "1,200 reports")])
def test_a_plural_is_chosen_by_the_number(n: int, said: str):
    assert EN("ticker.cases", n=n) == said


@pytest.mark.parametrize(
    ("value", "digits", "indonesian", "english"),
    [(0, 0, "0", "0"), (1234.5, 1, "1.234,5", "1,234.5"), (-2.25, 2, "-2,25", "-2.25")],
)
def test_numbers_are_written_as_the_language_does(value: float, digits: int, indonesian: str, english: str):
    assert (ID.number(value, digits), EN.number(value, digits)) == (indonesian, english)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 dtk"),
        (59, "59 dtk"),
        (60, "1 mnt"),
        (3599, "60 mnt"),
        (7600, "2,1 jam"),
        (9.97 * 3600, "10 jam"),
        (22.4 * 3600, "22 jam"),
        (86400 * 2.5, "2,5 hari"),
    ],
)
def test_a_duration_is_told_in_one_unit(seconds: float, said: str):
    assert "".join(ID.duration_parts(seconds)) == said


def test_the_script_gets_its_words_and_no_others():
    told = ID.for_script()
    assert told["live"] == "LANGSUNG"
    assert told["weekday.2"] == "Selasa"
    assert not any(key.startswith("js.") for key in told)
    assert len(told) == sum(key.startswith("js.") for key in ID.texts)
