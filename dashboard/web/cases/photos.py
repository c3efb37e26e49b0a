"""Photos of a case, for who handles it: they are not published by this."""

from __future__ import annotations

from flask import Blueprint, Response, abort, send_file

from dashboard.auth.visitor import person_now
from dashboard.web.cases.case_view import handles, is_theirs
from dashboard.web.deps import WebDeps
from dashboard.web.page_context import PHOTO_POLICY
from data.domain.access.roles import Person, Role
from data.store.assistants.village_questions import is_for
from data.store.cases.cases import StoredCase, by_code
from data.store.db.engine import reading
from data.store.queries.desk.surroundings import photos_of
from ingest.photos.storage import PhotoStorage


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register a photo and its thumbnail."""
    gallery = PhotoStorage(deps.home.path)

    @web.get("/kasus/<code>/foto/<digest>.jpg")
    def case_photo(code: str, digest: str) -> Response:
        return _shown(code, digest, thumb=False)

    @web.get("/kasus/<code>/foto/<digest>/kecil.jpg")
    def case_thumbnail(code: str, digest: str) -> Response:
        return _shown(code, digest, thumb=True)

    def _shown(code: str, digest: str, *, thumb: bool) -> Response:
        if not (gallery.knows(digest) and _is_for_reader(deps, code, digest)):
            abort(404)
        path = gallery.path(digest, thumb=thumb).absolute()
        try:
            answer = send_file(path, mimetype="image/jpeg", etag=path.stem)
        except FileNotFoundError:
            abort(404)
        answer.headers["Content-Security-Policy"] = PHOTO_POLICY
        return answer


def _may_see(person: Person, found: StoredCase) -> bool:
    """Field assistants see those of their villages' questions."""
    if person.role is Role.FIELD:
        return is_for(found, person.villages)
    return is_theirs(person, found) and (not found.facts.private or handles(person, found))


def _is_for_reader(deps: WebDeps, code: str, digest: str) -> bool:
    person = person_now()
    with reading(deps.engine) as conn:
        found = by_code(conn, code)
        if found is None or person is None or not _may_see(person, found):
            return False
        return any(photo.digest == digest for photo in photos_of(conn, found.id))
