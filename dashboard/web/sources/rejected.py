"""Pages of rejected records: list, correct, retry, discard with a reason.

Every action is a POST, answered by a redirect with its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.config.load import MARKET, OPEN311, PORTAL
from dashboard.server.request_checks import stored_integer
from dashboard.web.deps import WebDeps
from dashboard.web.payloads import FIELDS_MOST, FINGERPRINT, corrected, fields_of, fingerprint, visible
from dashboard.web.sources.rejected_jobs import RejectedJobs
from data.store.db.engine import reading
from data.store.intake import rejected_search
from data.store.intake.rejected import RejectedEntry
from data.store.intake.sources import states
from ingest.runtime.leases import seconds_left
from ingest.runtime.process_files import host_and_pid
from ingest.runtime.rejected_corrections import correct as store_correction
from ingest.runtime.rejected_corrections import corrected_of, discarded_file, received_of
from ingest.runtime.rejected_corrections import discard as discard_records
from ingest.runtime.rejected_retry import retry_one
from ingest.source import Outcome

PAGE = 50
KINDS_MOST = 12
WHY_MOST = 500
FORM_MOST = 8_000_000
RAW_MOST = 4000
RESULTS = frozenset(
    {"new", "merged", "updated", "same", "older", "rejected", "gone", "overtaken", "why", "busy", "discarded", "begun"}
)
"""Results of actions, in the URL of the redirect."""


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""
    jobs = RejectedJobs(deps)
    _bind_lists(web, deps, jobs)
    _bind_record(web, deps)
    _bind_actions(web, deps)
    _bind_jobs(web, jobs)


def _bind_lists(web: Blueprint, deps: WebDeps, jobs: RejectedJobs) -> None:
    @web.get("/ditolak")
    def rejected() -> str:
        with reading(deps.engine) as conn:
            waiting = {name: state.rejected for name, state in states(conn).items() if state.rejected}
            groups = [
                (name, _title(deps, name), count, rejected_search.kinds(conn, name, 3))
                for name, count in sorted(waiting.items(), key=lambda each: -each[1])
            ]
        return render_template("web/rejected_all.html", groups=groups)

    @web.get("/sumber/<name>/ditolak")
    def rejected_list(name: str) -> str:
        kind, before = _kind(), request.args.get("sebelum", type=stored_integer)
        with reading(deps.engine) as conn:
            state = states(conn).get(name)
            if state is None and not _configured(deps, name):
                abort(404)
            lines = rejected_search.page(conn, name, kind, before, PAGE)
            kinds = rejected_search.kinds(conn, name, KINDS_MOST)
        return render_template(
            "web/rejected_progress.html" if "X-Fragment" in request.headers else "web/rejected_list.html",
            name=name,
            title=_title(deps, name),
            configured=_configured(deps, name),
            waiting=state.rejected if state else 0,
            lines=lines,
            kinds=kinds,
            kind=kind,
            before=before,
            older=lines[-1].id if len(lines) == PAGE else None,
            job=jobs.last(name),
            thrown=_size(deps, name),
            said=_result(),
            held=_held(jobs, name) if _result() == "busy" else None,
        )


def _held(jobs: RejectedJobs, name: str) -> dict[str, Any] | None:
    """Which other process works on these records, and how long it is waited for when it does not go on."""
    found = jobs.held_elsewhere(name, g.now)
    if found is None:
        return None
    host, pid = host_and_pid(found.owner)
    return {"host": host, "pid": pid or "?", "n": seconds_left(found, g.now)}


def _bind_record(web: Blueprint, deps: WebDeps) -> None:
    @web.get("/sumber/<name>/ditolak/<int:kept_id>")
    def rejected_one(name: str, kept_id: int) -> str | tuple[str, int]:
        with reading(deps.engine) as conn:
            row = rejected_search.one(conn, name, kept_id)
        title, said = _title(deps, name), _result()
        if row is None:
            return render_template("web/rejected_gone.html", name=name, title=title, said=said), 404
        return render_template(
            "web/rejected_one.html",
            name=name,
            title=title,
            configured=_configured(deps, name),
            row=row,
            kind=rejected_search.kind_of(row.record.reason),
            shown=_shown(row, whole="semua" in request.args),
            seen=fingerprint(row.record.payload),
            said=said,
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """A record's payload on its page."""

    fields: list[Any]
    """Of a JSON object; anything else is shown as `raw`."""
    hidden: int
    """Fields that are not shown."""
    raw: str
    size: int
    whole: bool
    is_corrected: bool

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        return bool(self.hidden) or any(field.cut for field in self.fields) or len(self.raw) < self.size


def _shown(row: RejectedEntry, *, whole: bool) -> Shown:
    text = row.record.payload
    payload, received = corrected_of(text), received_of(text)
    if payload is None:
        return Shown([], 0, visible(text if whole else text[:RAW_MOST]), len(text), whole, False)
    fields = fields_of(payload, received, whole=whole)
    hidden = 0 if whole else max(0, len(payload) - FIELDS_MOST)
    return Shown(fields, hidden, "", 0, whole, received is not None)


def _bind_actions(web: Blueprint, deps: WebDeps) -> None:
    @web.post("/sumber/<name>/ditolak/<int:kept_id>/perbaiki")
    @allow_body(FORM_MOST)
    def rejected_correct(name: str, kept_id: int) -> Response:
        with reading(deps.engine) as conn:
            row = rejected_search.one(conn, name, kept_id)
        payload = corrected_of(row.record.payload) if row is not None else None
        if row is None or payload is None:
            return _to_record(name, kept_id, "gone")
        if _has_changed(row):
            return _to_record(name, kept_id, "overtaken")
        changed = corrected(payload, request.form)
        if changed != payload and not store_correction(deps.engine, deps.home.path, row, changed, g.now):
            return _to_record(name, kept_id, "overtaken")
        return _after_retry(name, kept_id, retry_one(deps.pipeline, _source(deps, name), kept_id, g.now))

    @web.post("/sumber/<name>/ditolak/<int:kept_id>/coba")
    def rejected_retry(name: str, kept_id: int) -> Response:
        return _after_retry(name, kept_id, retry_one(deps.pipeline, _source(deps, name), kept_id, g.now))

    @web.post("/sumber/<name>/ditolak/<int:kept_id>/buang")
    def rejected_discard(name: str, kept_id: int) -> Response:
        why = request.form.get("why", "").strip()[:WHY_MOST]
        if not why:
            return _to_record(name, kept_id, "why")
        with reading(deps.engine) as conn:
            row = rejected_search.one(conn, name, kept_id)
        if row is not None and _has_changed(row):
            return _to_record(name, kept_id, "overtaken")
        done = discard_records(deps.engine, deps.home.path, name, [kept_id], g.now, why=why)
        return _to_list(name, said="discarded" if done else "gone")


def _has_changed(row: RejectedEntry) -> bool:
    """Whether the record has changed since the form was loaded: sent again, or corrected by somebody else."""
    return request.form.get(FINGERPRINT) not in (None, fingerprint(row.record.payload))


def _bind_jobs(web: Blueprint, jobs: RejectedJobs) -> None:
    @web.post("/sumber/<name>/ditolak/coba")
    def rejected_retry_all(name: str) -> Response:
        try:
            begun = jobs.retry(name, request.form.get("kind") or None)
        except KeyError:
            abort(404)
        return _to_list(name, said="begun" if begun else "busy")

    @web.post("/sumber/<name>/ditolak/buang")
    def rejected_discard_all(name: str) -> Response:
        why, kind = request.form.get("why", "").strip()[:WHY_MOST], request.form.get("kind") or None
        if not why or kind is None:  # never everything at once
            return _to_list(name, alasan=kind, said="why")
        begun = jobs.discard(name, kind, why)
        return _to_list(name, said="begun" if begun else "busy")


def _after_retry(name: str, kept_id: int, outcome: Outcome | None) -> Response:
    if outcome is None:
        return _to_list(name, said="gone")
    if outcome.code is None:
        return _to_record(name, kept_id, "rejected")
    return _to_list(name, said=str(outcome.kind), code=outcome.code)


def _to_list(name: str, **values: str | None) -> Response:
    return redirect(url_for("web.rejected_list", name=name, **values), 303)  # type: ignore[arg-type]


def _to_record(name: str, kept_id: int, said: str) -> Response:
    return redirect(url_for("web.rejected_one", name=name, kept_id=kept_id, said=said), 303)


def _result() -> str | None:
    said = request.args.get("said")
    return said if said in RESULTS else None


def _kind() -> str | None:
    return request.args.get("alasan", "").replace("\x00", "")[:1000] or None


def _configured(deps: WebDeps, name: str) -> bool:
    return name in {MARKET, OPEN311, PORTAL, *deps.config.messages.inbound, *deps.config.sources}


def _source(deps: WebDeps, name: str) -> Any:
    if not _configured(deps, name):
        abort(404)
    return deps.sources(name)


def _title(deps: WebDeps, name: str) -> str:
    settings = deps.config.sources.get(name)
    if settings is not None:
        return str(getattr(settings.title, g.lang))
    if name == PORTAL:
        return str(getattr(deps.config.portal.title, g.lang))
    if name == MARKET:
        return str(getattr(deps.config.market.title, g.lang))
    return deps.config.open311.title if name == OPEN311 else name


def _size(deps: WebDeps, name: str) -> int | None:
    """Bytes of the file of discarded records; None without one."""
    file = discarded_file(deps.home.path, name)
    return file.stat().st_size if file.exists() else None
