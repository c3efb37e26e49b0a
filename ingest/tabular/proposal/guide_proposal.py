"""A mapping for a table of the guide that nobody has mapped yet: by the names of its columns, with the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from data.domain.reasons import Reason, reason
from ingest.guide_record import GuideKind
from ingest.tabular.mapping.columns import GuideColumns, MappingSettings
from ingest.tabular.proposal.evidence.column_survey import SurveyRequest, survey_table
from ingest.tabular.proposal.evidence.date_formats import formats_of
from ingest.tabular.proposal.evidence.roles import Match
from ingest.tabular.readers.model import Sheets

_MOMENTS = ("phone_consent", "starts", "ends", "expires")
_NEEDED: Mapping[GuideKind, tuple[str, ...]] = {
    GuideKind.PLACE: ("name",),
    GuideKind.AGENDA: ("name", "starts"),
    GuideKind.CONDITION: ("condition", "received"),
    GuideKind.FORECAST: (),
}


def guide_mapping(
    sheets: Sheets, base: MappingSettings, matches: Mapping[str, Match]
) -> tuple[dict[str, Any], list[Reason], Reason]:
    """(a mapping, valid for MappingSettings; what a person should decide; how dates are written).

    Reads the whole file once. Raises BrokenTable, OSError.
    """
    assert base.guide is not None
    kind = base.guide.kind
    columns = {field: match.column for field, match in matches.items()}
    if kind is GuideKind.PLACE:
        columns = {field: column for field, column in columns.items() if field not in ("starts", "ends", "received")}
    ids = [columns["id"]] if "id" in columns else [columns.get("nib") or columns.get("name") or sheets.columns[0]]
    moments = [(columns[name],) for name in (*_MOMENTS, "received", "updated") if name in columns]
    survey = survey_table(sheets, SurveyRequest(moments, unique=tuple(ids)))
    dates = formats_of(survey.dates.values())
    picks: dict[str, Any] = {n: {"columns": [it]} for n, it in columns.items() if n in GuideColumns.model_fields}
    picks |= {name: [columns[name]] for name in _MOMENTS if name in columns}
    if base.guide.place_kind is not None and "place_kind" not in picks:
        picks["place_kind"] = base.guide.place_kind.model_dump(mode="json", exclude_defaults=True)
    mapping: dict[str, Any] = {
        "times": {"formats": list(dates.formats) or ["iso"], "zone": base.times.zone},
        "id": {"columns": ids, "required": True},
        "guide": {**picks, "kind": str(kind), "decimal": "point" if sheets.form.kind == "xlsx" else "local"},
    }
    mapping |= {name: [columns[name]] for name in ("received", "updated") if name in columns}
    if "position" in columns:
        mapping["position"] = {"pair": columns["position"]}
    elif "lat" in columns and "lon" in columns:
        mapping["position"] = {"lat": columns["lat"], "lon": columns["lon"]}
    return mapping, list(_doubts(kind, columns, ids, survey.twice)), dates.evidence


def _doubts(kind: GuideKind, columns: Mapping[str, str], ids: list[str], twice: int) -> Iterator[Reason]:
    missing = tuple(reason(f"guide.field.{name}") for name in _NEEDED[kind] if name not in columns)
    if missing:
        yield reason("proposal.guide_missing", fields=missing)
    if "id" not in columns:
        yield reason("proposal.id_missing", columns=tuple(ids))
    if twice:
        yield reason("proposal.id_repeated", n=twice, columns=tuple(ids))
