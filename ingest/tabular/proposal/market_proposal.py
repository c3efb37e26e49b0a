"""A mapping for a table of the market that nobody has mapped yet: by the names of its columns, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rapidfuzz import fuzz

from data.domain.reasons import Reason, reason
from ingest.market_record import REQUIRED, MarketKind
from ingest.tabular.detection.vocabulary import MARKET_WORDS, plain
from ingest.tabular.mapping.columns import MappingSettings, MarketColumns
from ingest.tabular.proposal.evidence.column_survey import SurveyRequest, survey_table
from ingest.tabular.proposal.evidence.date_formats import formats_of
from ingest.tabular.proposal.evidence.roles import Match
from ingest.tabular.readers.model import Sheets

THRESHOLD = 85.0
_DATED, _TIME, _ID, _UPDATED = "received", "time", "id", "updated"
_MOMENTS = frozenset({"first_day", "last_day", "expires"})


def match_words(columns: tuple[str, ...], words: Mapping[str, tuple[str, ...]]) -> dict[str, Match]:
    """By field the surest column; no column twice."""
    every = sorted(_candidates(columns, words), key=lambda match: -match.confidence)
    found: dict[str, Match] = {}
    taken: set[str] = set()
    for match in every:
        if match.field not in found and match.column not in taken:
            found[match.field] = match
            taken.add(match.column)
    return found


def _candidates(columns: tuple[str, ...], words: Mapping[str, tuple[str, ...]]) -> Iterator[Match]:
    for column in columns:
        asked = plain(column)
        for field, names in words.items():
            score, word = max((fuzz.token_sort_ratio(asked, plain(each)), each) for each in names)
            if score == 100:
                yield Match(column, field, 0.9, reason("column.name", column=column))
            elif score >= THRESHOLD:
                why = reason("column.similar", column=column, word=word, score=round(score))
                yield Match(column, field, 0.85 * score / 100, why)


def market_mapping(
    sheets: Sheets, base: MappingSettings, matches: Mapping[str, Match]
) -> tuple[dict[str, Any], list[Reason], Reason]:
    """(a mapping, valid for MappingSettings; what a person should decide; how dates are written).

    Reads the whole file once. Raises BrokenTable, OSError.
    """
    assert base.market is not None
    columns = {field: match.column for field, match in matches.items()}
    received = [columns[name] for name in (_DATED, _TIME) if name in columns] or [sheets.columns[0]]
    moments = [tuple(received), *((columns[name],) for name in (*_MOMENTS, _UPDATED) if name in columns)]
    survey = survey_table(sheets, SurveyRequest(moments, unique=(columns[_ID],) if _ID in columns else ()))
    dates = formats_of(survey.dates.values())
    ids = (
        [columns[_ID]] if _ID in columns else [*received, *(columns[n] for n in ("commodity", "buyer") if n in columns)]
    )
    picks: dict[str, Any] = {
        n: {"columns": [column]} for n, column in columns.items() if n in MarketColumns.model_fields
    }
    picks |= {name: [columns[name]] for name in _MOMENTS if name in columns}
    if "price" in picks and "total" in picks:
        del picks["total"]  # the price says more: a total may hold costs
    decimal = "point" if sheets.form.kind == "xlsx" else "local"
    mapping: dict[str, Any] = {
        "times": {"formats": list(dates.formats) or ["iso"], "zone": base.times.zone},
        "id": {"columns": ids, "required": True},
        "received": received,
        "market": {**picks, "kind": str(base.market.kind), "decimal": decimal},
    }
    if _UPDATED in columns:
        mapping["updated"] = [columns[_UPDATED]]
    return mapping, list(_doubts(base.market.kind, columns, ids, survey.twice)), dates.evidence


def _doubts(kind: MarketKind, columns: Mapping[str, str], ids: list[str], twice: int) -> Iterator[Reason]:
    missing = [
        name
        for name in REQUIRED[kind]
        if name not in columns and not (name == "price" and "total" in columns) and name in MARKET_WORDS
    ]
    if missing:
        yield reason("proposal.market_missing", fields=tuple(reason(f"market.field.{name}") for name in missing))
    if _DATED not in columns:
        yield reason("proposal.received_missing")
    if _ID not in columns:
        yield reason("proposal.id_missing", columns=tuple(ids))
    if twice:
        yield reason("proposal.id_repeated", n=twice, columns=tuple(ids))
