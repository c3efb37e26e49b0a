"""The page of one upload, by its state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from flask import g, render_template, request

from dashboard.web.deps import WebDeps
from dashboard.web.uploads.form import (
    KEEP,
    MORE_FORMATS,
    OF_SEVERAL,
    STATUSES,
    Chosen,
    chosen_of,
    find_in,
    groups_of,
    has_order,
    heading_of,
    label_of,
)
from dashboard.web.uploads.view import PreviewLine, PreviewLines, column_lines, preview_of, value_lists
from data.store.db.engine import reading
from data.store.intake import uploads as kept
from data.store.intake.uploads import Upload
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.mapping.datetimes import example_of
from ingest.uploads import Findings, Forecast, WrongState, findings_of
from layouts.kit.words import Words, words

EVERY_S = {kept.LOOKING: 1, kept.QUEUED: 1, kept.IMPORTING: 1}
"""Seconds between two refreshes of the page, in states that end by themselves."""
COUNTS = ("baru", "diperbarui", "sama", "usang", "digabung", "ditahan", "nihil", "ditolak", "dilewati", "kosong")
"""Results of rows, as the store counts them."""
NOTICES = frozenset({"late", "form", "mapped", "changed", "running"})
ENCODINGS = ("utf-8", "cp1252", "utf-16")
DELIMITERS = ("comma", "semicolon", "tab", "pipe")


class FormError(NamedTuple):
    """An error in a form."""

    text: str
    lang: str
    """Of the text."""


NO_FAULT = FormError("", "")


@dataclass(frozen=True, slots=True)
class PreviewSection:
    """The first rows, or why they cannot be shown."""

    lines: list[PreviewLine]
    fault: str = ""

    @property
    def faulty(self) -> int:
        """Rows that would be rejected."""
        return sum(bool(line.faults) for line in self.lines)


class UploadPages:
    """Renders the page."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps

    @staticmethod
    def findings(upload: Upload | None) -> Findings | None:
        """None before it is inspected, of one that could not be read, and until it is inspected again."""
        return findings_of(upload) if upload is not None else None

    def gone(self) -> tuple[str, int]:
        """For an upload that does not exist."""
        return render_template("web/upload_gone.html"), 404

    def one(
        self, upload: Upload | None, *, said: str = "", chosen: Chosen | None = None, fault: FormError = NO_FAULT
    ) -> str | tuple[str, int]:
        """The page, or its live part; `chosen` and `fault`: of a form with an error."""
        if upload is None:
            return self.gone()
        findings = self.findings(upload)
        if upload.state == kept.ASKING and findings is None:  # the job inspects it again
            upload = replace(upload, state=kept.LOOKING)
        live = "X-Fragment" in request.headers
        return render_template(
            "web/upload_live.html" if live else "web/upload.html",
            upload=upload,
            title=self._deps.source_title(upload.source, g.lang),
            configured=upload.source in self._deps.config.sources,
            said=said if said in NOTICES else "",
            fault=fault,
            every=EVERY_S.get(upload.state, 0),
            counts=[(word, upload.counts.get(word, 0)) for word in COUNTS],
            findings=findings,
            encodings=ENCODINGS,
            delimiters=DELIMITERS,
            **(self._asking(upload, findings, chosen) if upload.state == kept.ASKING and findings is not None else {}),
        )

    def _asking(self, upload: Upload, findings: Findings, posted: Chosen | None) -> dict[str, Any]:
        city = self._deps.config.city
        assert findings.form.mapping is not None
        mapping = findings.form.mapping
        stored = chosen_of(mapping, findings.columns)
        chosen, groups = posted or stored, groups_of(mapping)
        with reading(self._deps.engine) as conn:
            twin = kept.same_content(conn, upload.source, upload.digest, upload.id)
        return {
            "chosen": chosen,
            "columns": column_lines(findings, chosen, words(g.lang)),
            "lists": value_lists(findings, chosen, city, find_in(request.values)),
            "options": self._options(),
            "is_of_cases": mapping.market is None and mapping.guide is None,
            "labels": {each: words(g.lang)(label_of(mapping, each)) for names in groups.values() for each in names},
            "whose": chosen.agency_for_all or (OF_SEVERAL if findings.agency_answered else ""),
            "asks_agency": bool(chosen.agency_for_all) or not _names_agency(mapping, chosen),
            "agencies": [(each.code, f"{each.short} · {each.name}") for each in city.agencies.values()],
            "groups": groups,
            "keep": KEEP,
            "preview": preview_of(mapping),
            "headings": {each: words(g.lang)(heading_of(mapping, each)) for each in preview_of(mapping)},
            "seen": self._seen(upload, mapping, stored),
            "twin": twin,
            "forecast": _forecast_words(findings.forecast, words(g.lang)) if findings.forecast else "",
            "has_order": has_order(mapping.times.formats),
            "written": self._written(mapping),
            "more_formats": [(each, example_of(each)) for each in MORE_FORMATS],
        }

    def _options(self) -> dict[str, list[tuple[str, str]]]:
        """Of ours, (code, name) by field of LISTED."""
        city, text = self._deps.config.city, words(g.lang)
        return {
            "category": [(each.code, each.name[g.lang]) for each in city.categories.values()],
            "agency": [(each.code, each.short) for each in city.agencies.values()],
            "status": [(name, text(f"uploads.status.{name}")) for name in STATUSES],
        }

    def _written(self, mapping: MappingSettings) -> list[str]:
        """Moments as the mapping understands them."""
        return list(dict.fromkeys(map(example_of, mapping.times.formats)))[:6]

    def _seen(self, upload: Upload, mapping: MappingSettings, chosen: Chosen) -> PreviewSection:
        text = words(g.lang)
        try:
            rows = self._deps.uploads.preview(upload.id, g.now)
        except (WrongState, KeyError):  # somebody else was quicker
            return PreviewSection([], text("uploads.said.late"))
        previews = PreviewLines(self._deps.config.city, chosen, text, g.now, preview_of(mapping))
        return PreviewSection([previews.line(row) for row in rows])


def _forecast_words(found: Forecast, text: Words) -> str:
    """`12 open, 3 of them overdue already`."""
    if not found.open:
        return text("uploads.forecast.nothing")
    some = "some" if found.overdue else "none"
    late = f"uploads.forecast.{some}_overdue" if found.open > 1 else f"uploads.forecast.one_{some}_overdue"
    return text("uploads.forecast.open", n=found.open, overdue=text(late, n=found.overdue))


def _names_agency(mapping: MappingSettings, chosen: Chosen) -> bool:
    """Whether the table or the mapping names an agency of ours."""
    if mapping.market is not None or mapping.guide is not None:
        return True  # it is of no agency's
    pick = mapping.agency
    if pick is None or pick.constant is not None:
        return pick is not None or bool(chosen.columns("agency"))
    return bool(chosen.columns("agency")) and (bool(pick.values) or pick.otherwise != "")
