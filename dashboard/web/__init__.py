"""Server-rendered pages: login and account; sources, rejected records, uploads, reports, definitions; the
citizens' form and status page.

Who may open them stands in `auth.access`, and `auth.gate` asks it before every request.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask
from jinja2 import StrictUndefined

from dashboard.web import page_context, static
from dashboard.web.accounts import account, login, sso, users
from dashboard.web.assist import questions as assist_questions
from dashboard.web.assist import selling as assist_selling
from dashboard.web.cases import escalations, photos
from dashboard.web.city import register as city
from dashboard.web.city_officer import city_officer
from dashboard.web.deps import WebDeps, deps_of
from dashboard.web.desk import desk, search
from dashboard.web.figures import definitions
from dashboard.web.market_officer import market_officer
from dashboard.web.page_context import choose_language
from dashboard.web.portal import completion, form, on_behalf, rating, status, whole
from dashboard.web.portal import requests as portal_requests
from dashboard.web.privacy import requests as privacy_requests
from dashboard.web.reports import reports
from dashboard.web.respond import respond
from dashboard.web.sources import reconciliation, rejected, sources
from dashboard.web.tani import buying, dealing, pages, selling
from dashboard.web.uploads import routes

__all__ = ["REGISTRARS", "WebDeps", "choose_language", "deps_of", "register_web"]

REGISTRARS: tuple[Callable[[Blueprint, WebDeps], None], ...] = (
    login.register,
    sso.register,
    account.register,
    users.register,
    sources.register,
    routes.register,
    rejected.register,
    reconciliation.register,
    reports.register,
    definitions.register,
    form.register,
    status.register,
    rating.register,
    completion.register,
    portal_requests.register,
    privacy_requests.register,
    whole.register,
    on_behalf.register,
    photos.register,
    search.register,
    escalations.register,
    desk.register,
    respond.register,
    market_officer.register,
    city.register,
    city_officer.register,
    pages.register,
    selling.register,
    buying.register,
    dealing.register,
    assist_questions.register,
    assist_selling.register,
)
"""Each registers the routes of its pages on the blueprint `web`. A new page is a line here."""


def register_web(flask: Flask, deps: WebDeps) -> None:
    """Register all pages."""
    flask.jinja_env.undefined = StrictUndefined
    flask.jinja_env.finalize = page_context.finalize
    flask.jinja_env.trim_blocks = flask.jinja_env.lstrip_blocks = True
    static.serve(flask)
    web = Blueprint("web", __name__, template_folder="templates")
    page_context.bind(web, deps)
    page_context.bind_filters(web)
    page_context.bind_error_pages(web)
    for register in REGISTRARS:
        register(web, deps)
    flask.register_blueprint(web)
