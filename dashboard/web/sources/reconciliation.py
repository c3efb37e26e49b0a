"""/rekonsiliasi: the differences between the list of SP4N-LAPOR! and our cases. Changes nothing."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, g, render_template, request

from dashboard.reports.reconciliation import as_csv
from dashboard.web.deps import WebDeps
from data.domain.cases.reconciliation import STAGE_OF_STATE, stage_of_status
from data.store.cases import reconciliation
from data.store.db.engine import reading
from layouts.kit.words import words

MOST = 200
"""Rows of a list that the page shows; the file has all."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page and its CSV file."""

    @web.get("/rekonsiliasi")
    def reconcile() -> str:
        names = _names(deps)
        chosen = request.args.get("sumber", names[0] if names else "")
        if names and chosen not in names:
            abort(404)
        found = None
        if chosen:
            with reading(deps.engine) as conn:
                found = reconciliation.reconcile(conn, chosen)
        return render_template(
            "web/reconcile.html",
            names=[(name, deps.source_title(name, g.lang)) for name in names],
            chosen=chosen,
            found=found,
            most=MOST,
            stage_of=STAGE_OF_STATE.get,
            stage_of_status=stage_of_status,
            class_name=lambda code, lang: _class(deps, code, lang),
        )

    @web.get("/rekonsiliasi.csv")
    def reconcile_file() -> Response:
        name = request.args.get("sumber", "")
        if name not in _names(deps):
            abort(404)
        with reading(deps.engine) as conn:
            found = reconciliation.reconcile(conn, name)
        text = as_csv(found, ZoneInfo(deps.config.city.timezone), g.lang)
        answer = Response(text, content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="rekonsiliasi-{name}.csv"'
        return answer


def _names(deps: WebDeps) -> list[str]:
    """Sources that are configured as the platform's export, and those that have brought one."""
    said = [name for name, it in deps.config.sources.items() if getattr(it, "counterpart", False)]
    with reading(deps.engine) as conn:
        listed = reconciliation.sources_listed(conn)
    return [*listed, *(name for name in said if name not in listed)]


def _class(deps: WebDeps, code: str | None, lang: str) -> str:
    found = deps.config.city.classes.get(code or "")
    return words(lang)("reconcile.no_class") if found is None else found.name[lang]
