"""Uploads: a file is received, its findings are confirmed, its first rows are previewed, it is imported.

Every action is a POST, answered by a redirect with its result, or by the page with the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from io import BytesIO
from typing import Any, BinaryIO, cast

from flask import Blueprint, abort, g, redirect, render_template, request, send_file, url_for
from pydantic import ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from dashboard.auth.forms import allow_body
from dashboard.web.deps import WebDeps
from dashboard.web.uploads.form import Chosen, chosen_in, find_in, value_of
from dashboard.web.uploads.mapping import InvalidMapping, mapping_from
from dashboard.web.uploads.page import FormError, UploadPages
from dashboard.web.uploads.view import value_lists
from data.domain.city.model import City
from data.store.db.engine import reading
from data.store.intake import uploads as kept
from data.store.intake.uploads import Upload
from ingest.pipeline.reading import validation_reason
from ingest.tabular.mapping.columns import MappingSettings
from ingest.tabular.proposal.listed_values import LISTED
from ingest.uploads import UPLOAD_MOST, Findings, TooBig, UnknownColumns, UploadStorage, WrongState
from layouts.kit.words import words

LATEST = 30
AROUND = 100_000
"""Bytes of a request beside its file."""
FORM_MOST = 4_000_000
DRAIN_MOST = 500_000_000
"""So much of a request that is too big is read and dropped: browsers read the answer only after sending all."""
_ID = re.compile(r"[0-9a-f]{32}")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Answer = str | tuple[str, int] | Response


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""
    pages = UploadPages(deps)
    _bind_lists(web, deps)
    _bind_receive(web, deps)
    _bind_pages(web, deps, pages)
    _bind_form(web, deps)
    _bind_actions(web, deps, pages)


def _bind_lists(web: Blueprint, deps: WebDeps) -> None:
    @web.get("/sumber/unggah")
    def uploads() -> str:
        with reading(deps.engine) as conn:
            latest = kept.latest(conn, None, LATEST)
        page = "web/uploads_live.html" if "X-Fragment" in request.headers else "web/uploads.html"
        taking = [(name, deps.source_title(name, g.lang)) for name in deps.uploads.sources]
        return render_template(page, taking=taking, latest=latest, one=None)

    @web.get("/sumber/<name>/unggah")
    def uploads_source(name: str) -> str:
        return _source_page(deps, name)

    @web.get("/sumber/<name>/templat")
    def uploads_template(name: str) -> Response:
        _must_take(deps, name)
        made = BytesIO(deps.uploads.template(name))
        return send_file(made, XLSX, as_attachment=True, download_name=f"templat-{name}.xlsx")


def _source_page(deps: WebDeps, name: str, fault: str = "") -> str:
    _must_take(deps, name)
    with reading(deps.engine) as conn:
        latest = kept.latest(conn, name, LATEST)
    page = "web/uploads_live.html" if "X-Fragment" in request.headers else "web/upload_new.html"
    title = deps.source_title(name, g.lang)
    return render_template(page, name=name, title=title, latest=latest, one=name, fault=fault, most=UPLOAD_MOST)


def _bind_receive(web: Blueprint, deps: WebDeps) -> None:
    @web.post("/sumber/<name>/unggah")
    @allow_body(UPLOAD_MOST + AROUND, token_in_query=True)
    def uploads_receive(name: str) -> Answer:
        _must_take(deps, name)
        try:
            given = request.files.get("file")
            if given is None or not _has_content(given):
                return _source_page(deps, name, "uploads.fault.empty"), 400
            upload_id = deps.uploads.receive(name, given.filename or "", cast(BinaryIO, given.stream), g.now)
        except (RequestEntityTooLarge, TooBig):
            _drain()
            return _source_page(deps, name, "uploads.fault.big"), 413
        except OSError:
            return _source_page(deps, name, "uploads.fault.disk"), 507
        return _to(upload_id)


def _has_content(given: FileStorage) -> bool:
    has = bool(given.stream.read(1))
    given.stream.seek(0)
    return has


def _drain() -> None:
    stream, left = request.environ["wsgi.input"], min(request.content_length or 0, DRAIN_MOST)
    while left > 0 and (chunk := stream.read(min(left, 1 << 20))):
        left -= len(chunk)


def _bind_pages(web: Blueprint, deps: WebDeps, pages: UploadPages) -> None:
    @web.get("/unggahan/<upload_id>")
    def uploads_one(upload_id: str) -> Answer:
        return pages.one(_get(deps, upload_id), said=request.args.get("said", ""))

    @web.get("/unggahan/<upload_id>/hasil.xlsx")
    def uploads_result(upload_id: str) -> Answer:
        upload = _get(deps, upload_id)
        path = UploadStorage(deps.home.path).result(upload_id) if upload is not None else None
        if upload is None or path is None or not path.is_file():
            return pages.gone()
        stem = upload.name.rpartition(".")[0] or upload.name
        return send_file(path, XLSX, as_attachment=True, download_name=f"{stem}.hasil.xlsx", max_age=0)


def _bind_form(web: Blueprint, deps: WebDeps) -> None:
    @web.post("/unggahan/<upload_id>/bentuk")
    def uploads_form(upload_id: str) -> Answer:
        upload = _get(deps, upload_id)
        if upload is None:
            return _to(upload_id)
        try:
            done = _attempted(partial(deps.uploads.inspect_again, upload_id, g.now, **_asked(upload)))
        except ValidationError:
            return _to(upload_id, "form")
        return _to(upload_id, "" if done else "late")


def _asked(upload: Upload) -> dict[str, Any]:
    """How a person wants the file read. With another sheet or delimiter the header is searched again."""
    form, found = request.form, UploadPages.findings(upload)
    row = form.get("header_row", type=int)
    if found is not None:
        other = form.get("sheet", found.form.sheet) != found.form.sheet
        other |= form.get("delimiter", found.form.delimiter) != found.form.delimiter
        row = None if other and row == found.form.header_row else row
    names = ("encoding", "delimiter", "sheet")
    return {name: form.get(name) or None for name in names} | {"header_row": row}


def _bind_actions(web: Blueprint, deps: WebDeps, pages: UploadPages) -> None:
    @web.post("/unggahan/<upload_id>/pemetaan")
    @allow_body(FORM_MOST)
    def uploads_mapping(upload_id: str) -> Answer:
        refused = _mapped(deps, pages, upload_id)
        if refused is not None:
            return refused
        if "find" in request.form:
            return _to_words(upload_id, request.form["find"])
        if request.form.get("all") in LISTED:
            return _to(upload_id, "mapped", f"kata-{request.form['all']}")
        return _to(upload_id, "mapped", "pratinjau")

    @web.post("/unggahan/<upload_id>/impor")
    @allow_body(FORM_MOST)
    def uploads_import(upload_id: str) -> Answer:
        upload = _get(deps, upload_id)
        if upload is not None and upload.state == kept.ASKING and "mapping" in request.form:
            found = pages.findings(upload)
            before = found.form.mapping if found is not None else None
            refused = _mapped(deps, pages, upload_id, answered=True)
            if refused is not None:
                return refused
            after = pages.findings(_get(deps, upload_id))
            if after is None or after.form.mapping != before:
                return _to(upload_id, "changed", "pratinjau")
        done = upload is not None and _attempted(partial(deps.uploads.enqueue, upload_id, g.now))
        return _to(upload_id, "" if done else "late")

    @web.post("/unggahan/<upload_id>/buang")
    def uploads_discard(upload_id: str) -> Answer:
        done = _get(deps, upload_id) is None or _attempted(partial(deps.uploads.discard, upload_id))
        return redirect(url_for("web.uploads"), 303) if done else _to(upload_id, "running")


def _attempted(action: Callable[[], bool]) -> bool:
    """Whether it was done; False also when the upload or its file was removed meanwhile."""
    try:
        return action()
    except (KeyError, FileNotFoundError):
        return False


def _mapped(deps: WebDeps, pages: UploadPages, upload_id: str, *, answered: bool = False) -> Answer | None:
    """Save the posted mapping; None when it is saved, else the answer. `answered`: the form's question must be."""
    upload = _get(deps, upload_id)
    findings = pages.findings(upload)
    if upload is None or findings is None or findings.form.mapping is None or upload.state != kept.ASKING:
        return _to(upload_id, "late" if upload is not None else "")
    chosen = _with_one_meaning(chosen_in(request.form, findings.columns), findings, deps.config.city)
    given = request.form.get("agency_for_all")
    try:
        if answered and given == "":
            raise InvalidMapping("uploads.unfit.whose")
        mapping = mapping_from(findings.form.mapping, chosen, deps.config.city)
        deps.uploads.confirm(upload_id, _json(mapping), g.now, agency_answered=bool(given))
    except InvalidMapping as unfit:
        return _wrong(pages, upload, chosen, FormError(words(g.lang)(unfit.key, **unfit.values), g.lang))
    except ValidationError as wrong:
        return _wrong(pages, upload, chosen, FormError(words(g.lang).sentence(validation_reason(wrong)), g.lang))
    except UnknownColumns as unknown:
        return _wrong(pages, upload, chosen, FormError(words(g.lang).sentence(unknown.reason), g.lang))
    except (KeyError, WrongState):
        return _to(upload_id, "late")
    return None


def _with_one_meaning(chosen: Chosen, findings: Findings, city: City) -> Chosen:
    """What was chosen for all the words that are shown of a list, given to each of them."""
    kind = request.form.get("all", "")
    ours = request.form.get(f"all:{kind}", "")
    if kind not in LISTED or not ours:
        return chosen
    shown = (each for each in value_lists(findings, chosen, city, find_in(request.form)) if each.kind == kind)
    given = {value_of(kind, line.name): ours for each in shown for line in each.unknown}
    return replace(chosen, values={**chosen.values, kind: {**chosen.values.get(kind, {}), **given}})


def _to_words(upload_id: str, kind: str) -> Response:
    """To the list whose words are searched for, `kind` where several are."""
    find = find_in(request.form)
    place = kind if kind in find or not find else next(iter(find))
    query = {f"find_{each}": text for each, text in find.items()}
    anchor = f"kata-{place}" if place in LISTED else None
    return redirect(url_for("web.uploads_one", upload_id=upload_id, **query, _anchor=anchor), 303)  # type: ignore[arg-type]


def _wrong(pages: UploadPages, upload: Upload, chosen: Chosen, fault: FormError) -> Answer:
    return pages.one(upload, chosen=chosen, fault=fault), 422  # type: ignore[return-value]


def _json(mapping: MappingSettings) -> dict[str, Any]:
    return mapping.model_dump(mode="json", exclude_defaults=True)


def _to(upload_id: str, said: str = "", place: str = "") -> Response:
    return redirect(url_for("web.uploads_one", upload_id=upload_id, said=said or None, _anchor=place or None), 303)


def _get(deps: WebDeps, upload_id: str) -> Upload | None:
    if not _ID.fullmatch(upload_id):
        return None
    with reading(deps.engine) as conn:
        return kept.get(conn, upload_id)


def _must_take(deps: WebDeps, name: str) -> None:
    if name not in deps.uploads.sources:
        abort(404)
