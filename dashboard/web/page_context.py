"""What every page needs: access, language, theme, navigation, and the variables and filters of templates."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from dashboard.auth.access import ROUTES, first_that_may
from dashboard.auth.forms import CSRF_FIELD
from dashboard.auth.gate import StaleForm
from dashboard.auth.visitor import person_now, token_now
from dashboard.config.load import Config
from dashboard.web.deps import WebDeps
from dashboard.web.payloads import visible
from dashboard.web.static import address
from data import clock
from data.domain.market.units import amount_of
from data.domain.reasons import Reason, decode_reason, encode_reason
from data.store.db.engine import StoreDown
from layouts.kit.markup import plain_direction
from layouts.kit.words import LANGUAGES, Words, words

YEAR_S = 31_536_000
THEMES = ("dark", "light")
NAVIGATION = (
    ("web.nav.desk", "web.desk"),
    ("web.nav.respond", "web.respond"),
    ("web.nav.on_behalf", "web.on_behalf_list"),
    ("web.nav.assist", "web.assist"),
    ("web.nav.market_officer", "web.market_officer"),
    ("web.nav.city_officer", "web.city_officer"),
    ("web.nav.performance", "performance.page"),
    ("web.nav.escalations", "web.agency_escalations"),
    ("web.nav.sources", "web.sources"),
    ("web.nav.uploads", "web.uploads"),
    ("web.nav.rejected", "web.rejected"),
    ("web.nav.reconcile", "web.reconcile"),
    ("web.nav.reports", "web.reports"),
    ("web.nav.definitions", "web.definitions"),
    ("web.nav.privacy", "web.privacy_requests"),
    ("web.nav.users", "web.users"),
    ("web.nav.tani", "web.tani"),
)
"""(text, endpoint without arguments); one that no page registers is not shown."""
PUBLIC = "web.public_"
"""The first part of endpoints that have the language in their address, for search engines."""
_ERROR_KINDS = {403: "closed", 404: "missing", 413: "big", 503: "busy"}
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Content-Security-Policy of these pages: nothing inline, nothing from elsewhere."""
PHOTO_POLICY = "default-src 'none'; sandbox"
"""Of a photo that somebody sent."""


def choose_language(flask: Flask, config: Config) -> None:
    """Before every request: its moment, language and theme. Call it before the gate, whose refusals are pages."""
    default = next(iter(config.screens.values()), None)

    @flask.before_request
    def choose() -> None:
        g.now = clock.now()
        usual = default.lang if default else LANGUAGES[0]
        g.lang = _chosen("lang", LANGUAGES, usual)
        g.lang_by_itself = _cookie("lang", LANGUAGES, usual)
        g.theme = _chosen("theme", THEMES, default.theme if default else THEMES[0])


def bind(web: Blueprint, deps: WebDeps) -> None:
    """After the gate: the choice of language and theme. In every template: texts, formats, navigation."""
    zone = ZoneInfo(deps.config.city.timezone)

    @web.before_request
    def before() -> AnyResponse | None:
        return _save_choice()

    @web.after_request
    def after(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        if not g.get("may_be_kept"):
            answer.headers["Cache-Control"] = "no-store"
        answer.headers.setdefault("Referrer-Policy", "same-origin")  # without it forms would say the origin null
        return answer

    @web.context_processor
    def template_variables() -> dict[str, Any]:
        token = token_now(deps.config.server.public_url)
        seals = deps.gate.seals
        return {
            "t": words(g.lang),
            "fmt": Formatter(words(g.lang), zone, g.now),
            "city": deps.config.city.name,
            "demo": deps.context.demo,
            "person": person_now(),
            "home_page": first_page(),
            "sso": deps.config.accounts.sso,
            "navigation": [(key, name) for key, name in NAVIGATION if _is_shown(name)],
            "csrf_field": lambda: _field(seals.csrf_token(token)),
            "csrf": lambda: seals.csrf_token(token),
            "asset": address,
            "source_title": lambda name: deps.source_title(name, g.lang),
            "address_with": _address_with,
            "zone": zone.key,
        }


def first_page() -> str:
    """The address of the first page that is for who asks: of the navigation, else the account's own."""
    person = person_now()
    shown = [name for _, name in NAVIGATION if name in current_app.view_functions]
    return url_for(first_that_may(person.role, shown) or "web.account") if person else url_for("web.login")


def _is_shown(endpoint: str) -> bool:
    """Whether the navigation has it: the page is there, and for who asks."""
    person = person_now()
    return person is not None and endpoint in current_app.view_functions and person.role in ROUTES[endpoint].who


def bind_filters(web: Blueprint) -> None:
    """Filters of templates for reasons, also as the store keeps them."""

    @web.app_template_filter()
    def reason_text(reason: Reason | str | None) -> str:
        """A reason in the page's language."""
        return words(g.lang).stored_sentence(encode_reason(reason or ""))

    @web.app_template_filter()
    def reason_lang(reason: Reason | str | None) -> str:
        """The language of `reason_text`: a sentence kept by an earlier version is Indonesian."""
        return str(g.lang) if isinstance(decode_reason(encode_reason(reason or "")), Reason) else LANGUAGES[0]


def finalize(value: Any) -> Any:
    """Every value that a template writes: a text from outside does not change the direction of the page."""
    if isinstance(value, Markup):
        return Markup(plain_direction(value))
    return plain_direction(value) if isinstance(value, str) else value


def bind_error_pages(web: Blueprint) -> None:
    """Errors are pages like the others."""

    @web.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> tuple[str, int]:
        code = error.code or 500
        if isinstance(error, StaleForm):
            return render_template("web/stale_form.html"), code
        kind = _ERROR_KINDS.get(code, "broken" if code >= 500 else "refused")
        return render_template("web/error.html", kind=kind), code

    @web.errorhandler(StoreDown)
    def store_down(error: StoreDown) -> tuple[str, int]:
        return render_template("web/error.html", kind="busy"), 503


def _field(csrf_token: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token)


def _chosen(name: str, known: tuple[str, ...], default: str) -> str:
    """From the URL, else from the cookie, else the walls' setting."""
    value = request.args.get(name)
    return value if value in known else _cookie(name, known, default)


def _cookie(name: str, known: tuple[str, ...], default: str) -> str:
    value = request.cookies.get(f"batt_{name}")
    return value if value in known else default


def _save_choice() -> AnyResponse | None:
    """A choice in the URL moves from the URL into a cookie."""
    chosen = {name: request.args[name] for name in ("lang", "theme") if name in request.args}
    if not chosen or request.method != "GET" or (request.endpoint or "").startswith(PUBLIC):
        return None
    rest = urlencode([(name, value) for name, value in request.args.items(multi=True) if name not in chosen])
    answer = make_response(redirect(quote(request.path) + (f"?{rest}" if rest else ""), 303))
    for name, known in (("lang", LANGUAGES), ("theme", THEMES)):
        if chosen.get(name) in known:
            answer.set_cookie(f"batt_{name}", chosen[name], max_age=YEAR_S, samesite="Lax", path="/")
    return answer


def _address_with(name: str, value: str) -> str:
    """This page's URL with another language or theme."""
    rest = [(key, each) for key, each in request.args.items(multi=True) if key != name]
    return f"{quote(request.path)}?{urlencode([*rest, (name, value)])}"


class Formatter:
    """Formats times, durations and numbers in the page's language."""

    def __init__(self, words: Words, zone: ZoneInfo, now: datetime) -> None:
        self._words, self._zone, self._now = words, zone, now

    def number(self, value: float, digits: int = 0) -> str:
        """12.345."""
        return self._words.number(value, digits)

    def rupiah(self, value: int) -> str:
        """Rp 12.500, on one line."""
        return f"Rp\u00a0{self._words.number(value)}"

    def amount(self, parts: int, unit: str) -> str:
        """12,5 kg, on one line."""
        amount = amount_of(parts, unit)
        exponent = amount.as_tuple().exponent
        digits = max(0, -exponent) if isinstance(exponent, int) else 0
        return f"{self._words.number(float(amount), digits)}\u00a0{unit}"

    def day(self, day: date) -> str:
        """24 Nov."""
        return f"{day.day} {self._words(f'js.month.{day.month}')}"

    def compact(self, value: int) -> str:
        """In short: 950, 1,2 rb, 12 rb, 3 jt."""
        for size, unit in ((1_000_000, "web.million"), (1_000, "web.thousand")):
            if value >= size:
                return self._words.number(value / size, 1 if value < 10 * size else 0) + self._words(unit)
        return str(value)

    def clock(self, at: datetime) -> str:
        """14:07 of the city."""
        return f"{at.astimezone(self._zone):%H:%M}"

    def length(self, seconds: float) -> str:
        """'38 mnt', '2,1 jam'."""
        return "".join(self._words.duration_parts(seconds))

    def work(self, seconds: float) -> str:
        """Working time: '38 mnt', '105 jam'."""
        return self._words.working_time(seconds)

    def ago(self, at: datetime | None) -> str:
        """How long ago; a dash for never."""
        return "–" if at is None else self.length(max(0.0, (self._now - at).total_seconds()))

    def at(self, at: datetime | None) -> str:
        """'24 Nov 14:07' of the city; a dash for never."""
        if at is None:
            return "–"
        local = at.astimezone(self._zone)
        return self._words.moment(local, year=local.year != self._now.astimezone(self._zone).year)

    def time(self, at: datetime | None) -> Markup:
        """A <time> element: how long ago, with the time as tooltip."""
        if at is None:
            return Markup("–")
        text = '<time datetime="{}" title="{}">{}</time>'
        return Markup(text).format(at.isoformat(), self.at(at), self.ago(at))

    def lines(self, text: str) -> Markup:
        """Escaped HTML with <br> for line breaks."""
        return Markup("<br>").join(escape(line) for line in self.plain(text).splitlines())

    def plain(self, text: str) -> str:
        """A text from outside without NUL and bidirectional control characters."""
        return visible(text)
