"""/lapor: the report in four pages that work without script. What was filled in waits in a draft of this browser."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from dashboard.portal.draft_photos import is_key
from dashboard.portal.form import read_contact, read_on_behalf, read_place, read_words
from dashboard.portal.service import BEGUN_BY, Portal, Refused
from dashboard.web.deps import WebDeps
from dashboard.web.installable import GONE, Installable
from dashboard.web.portal.browser import (
    POLICY,
    draft_key,
    draft_now,
    forget_draft,
    is_robot,
    new_key,
    officer_mark,
    officer_now,
    remember,
    sender,
    sent_address,
)
from dashboard.web.portal.village_map import svg
from data.domain.reasons import Reason, encode_reason
from data.reference.places.villages import DISTRICTS, VILLAGES, village_named
from data.store.citizens.drafts import Draft
from data.store.citizens.on_behalf import CHANNELS, PHONES_OF
from ingest.photos.sanitizing import BYTES_MOST, InvalidPhoto, SanitizedPhoto

BODY_MOST = BYTES_MOST + 200_000
ROBOT = {"form": "robot"}
FIELDS = (
    *("photo", "lat", "lon", "accuracy", "origin", "village", "rt", "rw", "landmark", "category", "text"),
    *("anonymous", "secret", "news", "name", "phone", "email", "channel", "phone_of", "consent"),
)
STEPS = ("web.portal", "web.portal_words", "web.portal_contact", "web.portal_check")
Answer = AnyResponse | str | tuple[str, int]
APP = Installable(
    "lapor",
    page="web.portal",
    shell="web.portal_shell",
    pages=(r"^/lapor/?$", r"^/lapor/(uraian|kontak|periksa)$"),
    scripts=("portal.css", "phone.js", "portal.js", "portal-queue.js"),
)


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the routes."""
    pages = FormPages(deps)
    _bind_pages(web, pages)
    _bind_files(web, deps)
    _bind_app(web, pages)

    @web.post("/lapor/kirim")
    def portal_send() -> Answer:
        return pages.send()

    @web.post("/lapor/buang")
    def portal_discard() -> Answer:
        form = draft_now(deps)
        if form is not None:
            deps.portal.discard(form)
        return forget_draft(redirect(url_for("web.portal"), 303), deps)


def _bind_pages(web: Blueprint, pages: FormPages) -> None:
    @web.route("/lapor", methods=["GET", "POST"])
    def portal() -> Answer:
        return pages.place()

    @web.route("/lapor/uraian", methods=["GET", "POST"])
    def portal_words() -> Answer:
        return pages.words()

    @web.route("/lapor/kontak", methods=["GET", "POST"])
    def portal_contact() -> Answer:
        return pages.contact()

    @web.get("/lapor/periksa")
    def portal_check() -> Answer:
        return pages.check()


def _bind_files(web: Blueprint, deps: WebDeps) -> None:
    @web.get("/lapor/foto")
    def portal_photo() -> Response:
        form = draft_now(deps)
        thumb = deps.portal.photos.thumb(form.key) if form else None
        return Response(thumb, mimetype="image/jpeg") if thumb else abort(404)

    @web.get("/lapor/peta.svg")
    def portal_map() -> Response:
        return Response(svg(deps.context.drawing), mimetype="image/svg+xml")


def _bind_app(web: Blueprint, pages: FormPages) -> None:
    """What opens the form without network after the first visit."""

    @web.get("/lapor/manifest.webmanifest")
    def portal_manifest() -> Response:
        return APP.manifest()

    @web.get("/lapor/kerangka")
    def portal_shell() -> AnyResponse:
        if not pages.deps.config.portal.open:
            abort(404)
        answer = make_response(pages.shell())
        answer.headers["Content-Security-Policy"] = POLICY
        return answer

    @web.get("/lapor/pekerja.js")
    def portal_worker() -> Response:
        if not pages.deps.config.portal.open:
            return APP.script(GONE)
        return APP.worker(pages.shell, [(url_for("web.portal_map"), svg(pages.deps.context.drawing))])


@dataclass(frozen=True, slots=True)
class FormPages:
    """The four pages."""

    deps: WebDeps

    def place(self) -> Answer:
        """The first: photo and place."""
        form = self._begun(needed=False)
        if request.method == "GET":
            return self._page(1, form)
        request.max_content_length = BODY_MOST
        try:
            posted = request.form
        except RequestEntityTooLarge:
            return self._page(1, form, {"photo": "too_heavy"}, code=413)
        begins = sender(self.deps, officer_now(self.deps))
        form = form or Draft(new_key(), g.now, {BEGUN_BY: begins.device})
        try:
            self.deps.portal.begin(begins, g.now)
            photo, wrong = photo_of(self.deps.portal, form.key, remove=posted.get("remove_photo") == "1")
        except Refused as refused:
            return self._page(1, form, {"form": refused.code}, code=429)
        page = read_place(posted, self.deps.context.boundaries, photo.position if photo else None)
        kept = {"photo": True} if photo else {"photo": False} if posted.get("remove_photo") == "1" else {}
        nothing = dict.fromkeys(("lat", "lon", "accuracy", "origin"))
        faults = page.faults | ({"photo": wrong} if wrong is not None else {}) | (ROBOT if is_robot() else {})
        return self._onward(1, form, {**nothing, **page.values, **kept}, faults)

    def shell(self) -> str:
        """The first page as nobody has filled it in, for the time without network."""
        return self._drawn(1, None, shell=True)

    def words(self) -> Answer:
        """The second: category and text."""
        form = self._begun()
        if form is None or request.method == "GET":
            return self._page(2, form)
        page = read_words(request.form, self.deps.config.city, has_photo=bool(form.content.get("photo")))
        return self._onward(2, form, page.values, page.faults)

    def contact(self) -> Answer:
        """The third: who reports, if wanted."""
        form = self._begun()
        if form is None or request.method == "GET":
            return self._page(3, form)
        form = self.deps.portal.renamed(form, self.deps.home.secret())
        page = read_contact(request.form, reachable(self.deps))
        if officer_now(self.deps) is not None:
            behalf = read_on_behalf(request.form, page.values)
            return self._onward(3, form, page.values | behalf.values, page.faults | behalf.faults)
        return self._onward(3, form, page.values, page.faults)

    def check(self) -> Answer:
        """The fourth: all of it, to be sent."""
        form = self._begun()
        unfinished = None if form is None else self._unfinished(form)
        if unfinished is not None:
            return redirect(url_for(STEPS[unfinished - 1]), 303)
        return self._page(4, form)

    def send(self) -> Answer:
        """The end: to the status page of the report, also when it was sent before."""
        if not self.deps.config.portal.open:
            abort(404)
        key = request.form.get("key", "") or (draft_key(self.deps) or "")
        known = self.deps.portal.known(key) if is_key(key) else None
        if known is not None:
            return self._sent(known)
        form = self._begun()
        if form is None:
            return self._page(4, form)
        unfinished = self._unfinished(form)
        if unfinished is not None:
            return redirect(url_for(STEPS[unfinished - 1]), 303)
        if is_robot():
            return self._page(4, form, ROBOT, code=400)
        try:
            code = self.deps.portal.send(form, sender(self.deps, officer_now(self.deps)), g.now)
        except Refused as refused:
            return self._page(4, form, {"form": refused.code}, code=429)
        return self._sent(code)

    def _sent(self, code: str) -> AnyResponse:
        officer = officer_now(self.deps)
        address = sent_address(self.deps, code, officer)
        return forget_draft(redirect(address if officer else f"{address}?terkirim=1", 303), self.deps)

    def _begun(self, *, needed: bool = True) -> Draft | None:
        """The form of this browser. A page that needs one and has none begins at the first."""
        if not self.deps.config.portal.open:
            abort(404)
        key, form = draft_key(self.deps), draft_now(self.deps)
        sent = self.deps.portal.known(key) if key and form is None else None
        if sent is not None:  # its answer never arrived: nobody is to report it again
            abort(make_response(self._sent(sent)))
        if form is None and needed:
            abort(make_response(redirect(url_for("web.portal", mulai=1), 303)))
        return form

    def _onward(self, step: int, form: Draft, values: Mapping[str, Any], faults: Mapping[str, Any]) -> Answer:
        """To the next page, or this one again with its faults; both keep what was filled in."""
        form = self.deps.portal.save(form, {**values, "done": _done(form, step, ok=not faults)})
        if faults:
            return self._page(step, form, faults, code=400)
        ahead = self._unfinished(form) if request.form.get("change") else step + 1
        answer = redirect(url_for(STEPS[(ahead or 4) - 1]), 303)
        return remember(answer, self.deps, form.key)

    @staticmethod
    def _unfinished(form: Draft) -> int | None:
        """The first page that is not filled in."""
        return next((step for step in (1, 2, 3) if step not in form.content.get("done", ())), None)

    def _page(self, step: int, form: Draft | None, faults: Mapping[str, Any] | None = None, code: int = 200) -> Answer:
        answer = make_response(self._drawn(step, form, faults), code)
        answer.headers["Content-Security-Policy"] = POLICY
        return remember(answer, self.deps, form.key) if form and step < 4 else answer

    def _drawn(
        self, step: int, form: Draft | None, faults: Mapping[str, Any] | None = None, *, shell: bool = False
    ) -> str:
        officer = None if shell else officer_now(self.deps)
        villages = sorted(officer.villages) if officer else []
        first = {**dict.fromkeys(FIELDS, ""), "village": villages[0] if villages else "", "done": []}
        values = {**first, **(form.content if form else {})}
        return render_template(
            f"web/portal/step_{step}.html",
            step=step,
            values=values,
            faults={name: encode_reason(why) for name, why in (faults or {}).items()},
            form=form,
            shell=shell,
            officer=officer,
            officer_mark=officer_mark(self.deps, officer),
            channels=CHANNELS,
            phones_of=PHONES_OF,
            changes={1, 2, 3} <= set(values["done"]),
            districts=_districts(),
            village=_village_name(values.get("village")),
            categories=self.deps.config.city.categories,
            reachable=reachable(self.deps),
            settings=self.deps.config,
        )


def photo_of(portal: Portal, key: str, *, remove: bool = False) -> tuple[SanitizedPhoto | None, str | Reason | None]:
    """The photo that was sent, kept with the form of this key, and what is wrong with it. Raises Refused."""
    files = [*request.files.getlist("camera"), *request.files.getlist("photo")]
    content = next((each for file in files if (each := file.stream.read(BYTES_MOST + 1))), None)
    if content is None:
        if remove:
            portal.photos.remove(key)
        return None, None
    try:
        photo = portal.check_photo(content)
    except InvalidPhoto as wrong:
        return None, wrong.reason
    portal.photos.put(key, photo)
    return photo, None


def reachable(deps: WebDeps) -> tuple[str, ...]:
    """Of a reporter's addresses, those to which messages are sent here."""
    messages = deps.config.messages
    channels = {"phone": messages.webhook is not None, "email": messages.email}
    return tuple(name for name, is_open in channels.items() if is_open)


def _done(form: Draft, step: int, *, ok: bool) -> list[int]:
    before: Iterable[int] = form.content.get("done", ())
    return sorted({*before, step} if ok else set(before) - {step})


def _districts() -> list[tuple[str, list[tuple[str, str]]]]:
    """Kecamatan: (code, name) of its villages."""
    names = sorted(VILLAGES, key=lambda each: each.name)
    return [(name, [(each.code, each.name) for each in names if each.district == name]) for name in DISTRICTS.values()]


def _village_name(code: str | None) -> str:
    found = village_named(code) if code else None
    return found.name if found else ""
