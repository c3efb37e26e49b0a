"""/meja/cari: search over all cases. The address keeps the search; the file has the same rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, g, redirect, render_template, request

from dashboard.auth.visitor import person_now
from dashboard.web.cases.case_view import agency_choices, category_choices
from dashboard.web.cases.files import workbook
from dashboard.web.deps import WebDeps
from dashboard.web.page_context import Formatter
from data.domain.access.roles import Person
from data.domain.city.model import TRIAGE
from data.reference.places.villages import DISTRICTS, VILLAGES
from data.store.accounts import saved_searches
from data.store.accounts.saved_searches import NAME_MOST, SavedSearch
from data.store.cases.case_list import ListedCase, listed
from data.store.db.engine import reading, writing
from data.store.queries.case_rows import village_name
from data.store.queries.desk.search import LATE_ONES, OPEN_ONES, STATES, CaseSearch, found_ids
from layouts.kit.words import UNKNOWN, words

ON_PAGE, FILE_MOST = 50, 20_000
FIELDS = ("kata", "opd", "kategori", "tempat", "keadaan", "dari", "sampai")
SAID = ("kept", "full", "unnamed", "forgotten")
"""What can come of saving a search and of forgetting it."""
COLUMNS = ("code", "case_title", "category", "agency", "village", "state", "received", "answered", "finished", "due")
FILE = "laporan.xlsx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page of what was found."""

    rows: Sequence[tuple[str, Sequence[str]]]
    """Code and cells of each line."""
    more: bool
    number: int

    @property
    def n(self) -> int:
        """How many were found so far: all, unless there are more."""
        return self.number * ON_PAGE + len(self.rows)


def register(web: Blueprint, deps: WebDeps) -> None:
    """Register the page, its file, and the searches that are kept."""
    zone = ZoneInfo(deps.config.city.timezone)

    @web.get("/meja/cari")
    def desk_search() -> str:
        number = max(0, request.args.get("hal", 0, type=int))
        found = _page(deps, zone, min(number, FILE_MOST // ON_PAGE))
        query, said = _given(request.args), request.args.get("hasil")
        with reading(deps.engine) as conn:
            saved = saved_searches.saved(conn, _person().name)
        return render_template(
            "web/desk_search.html",
            found=found,
            asked=query,
            saved=saved,
            said=said if said in SAID else None,
            columns=COLUMNS,
            backwards=_is_backwards(_asked(zone)),
            given={name: request.args.get(name, "")[:200] for name in FIELDS},
            older=f"?{urlencode([*query, ('hal', str(found.number + 1))])}" if found.more else None,
            file=f"/meja/cari.xlsx?{urlencode(query)}",
            **_choices(deps),
        )

    @web.get("/meja/cari.xlsx")
    def desk_search_file() -> Response:
        t = words(g.lang)
        with reading(deps.engine) as conn:
            ids = found_ids(conn, _asked(zone), _person().audience, g.now, FILE_MOST)
            rows = [cells for _, cells in _lines(deps, zone, listed(conn, ids, _person().handles_private))]
        head = [t(f"performance.list.{name}") for name in COLUMNS]
        about = [f"{name}: {request.args[name][:200]}" for name in FIELDS if request.args.get(name)]
        body = workbook((t("desk.search.sheet"), t("desk.search.about")), head, rows, [_said_at(deps), *about])
        named = {"Content-Disposition": f'attachment; filename="{FILE}"'}
        return Response(body, content_type=XLSX, headers=named)

    _register_saved(web, deps)


def _register_saved(web: Blueprint, deps: WebDeps) -> None:
    @web.post("/meja/cari/simpan")
    def desk_search_save() -> Response:
        name = " ".join(request.form.get("nama", "").replace("\x00", "").split())[:NAME_MOST]
        query = _given(request.form)
        if not name or not query:
            return _back(query, "unnamed")
        with writing(deps.engine) as conn:
            kept = saved_searches.save(conn, _person().name, SavedSearch(name, urlencode(query)), g.now)
        return _back(query, "kept" if kept else "full")

    @web.post("/meja/cari/lupakan")
    def desk_search_forget() -> Response:
        with writing(deps.engine) as conn:
            saved_searches.remove(conn, _person().name, request.form.get("nama", "").replace("\x00", "")[:NAME_MOST])
        return _back(_given(request.form), "forgotten")


def _choices(deps: WebDeps) -> dict[str, list[tuple[str, str]]]:
    city = deps.config.city
    states = [(state, _state_name(state)) for state in STATES]
    categories = category_choices(city, g.lang)
    return {"agencies": agency_choices(city), "categories": categories, "villages": _places(), "states": states}


def _given(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """The fields of a search that are filled in."""
    return [(name, values[name].replace("\x00", "")[:200]) for name in FIELDS if values.get(name)]


def _back(query: Sequence[tuple[str, str]], said: str) -> Response:
    """To the same search, which says what came of it."""
    return redirect(f"/meja/cari?{urlencode([*query, ('hasil', said)])}", 303)  # type: ignore[return-value]


def _page(deps: WebDeps, zone: ZoneInfo, number: int) -> FoundPage:
    with reading(deps.engine) as conn:
        ids = found_ids(conn, _asked(zone), _person().audience, g.now, (number + 1) * ON_PAGE + 1)
        shown = ids[number * ON_PAGE : (number + 1) * ON_PAGE]
        rows = _lines(deps, zone, listed(conn, shown, _person().handles_private))
    return FoundPage(rows, len(ids) > (number + 1) * ON_PAGE, number)


def _person() -> Person:
    person = person_now()
    if person is None:
        abort(403)
    return person


def _asked(zone: ZoneInfo) -> CaseSearch:
    """What the address asks for; a date that is none asks nothing."""
    given = {name: request.args.get(name, "").replace("\x00", "")[:200].strip() for name in FIELDS}
    since, until = _day(given["dari"], zone), _day(given["sampai"], zone)
    return CaseSearch(
        words=given["kata"],
        agency=given["opd"],
        category=given["kategori"],
        village=given["tempat"],
        state=given["keadaan"] if given["keadaan"] in STATES else "",
        since=since,
        until=None if until is None else until + timedelta(days=1),
    )


def _is_backwards(asked: CaseSearch) -> bool:
    return asked.since is not None and asked.until is not None and asked.since >= asked.until


def _day(text: str, zone: ZoneInfo) -> datetime | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day, time.min, zone) if 2000 <= day.year <= 2100 else None


def _lines(deps: WebDeps, zone: ZoneInfo, found: Iterable[ListedCase]) -> list[tuple[str, list[str]]]:
    show = Formatter(words(g.lang), zone, g.now)
    return [(it.code, _cells(it, deps, show)) for it in found]


def _cells(it: ListedCase, deps: WebDeps, show: Formatter) -> list[str]:
    city, t = deps.config.city, words(g.lang)
    category = city.categories.get(it.category)
    return [
        it.code,
        t("case.private") if it.masked else it.title,
        category.name.get(g.lang, it.category) if category else it.category,
        t("queue.triage") if it.agency == TRIAGE else city.agency_short(it.agency),
        village_name(it.village) or UNKNOWN,
        t(f"case.{it.state}"),
        *(show.at(at) for at in (it.received_at, it.answered_at, it.finished_at, it.due_at)),
    ]


def _places() -> list[tuple[str, str]]:
    """Kecamatan first, then villages, by name."""
    districts = sorted(((code, village_name(code) or code) for code in DISTRICTS), key=lambda pair: pair[1])
    return [*districts, *sorted(((one.code, one.name) for one in VILLAGES), key=lambda pair: pair[1])]


def _state_name(state: str) -> str:
    own = state in (OPEN_ONES, LATE_ONES)
    return words(g.lang)(f"desk.search.{state}" if own else f"case.{state}")


def _said_at(deps: WebDeps) -> str:
    return f"{deps.config.city.name}, {Formatter(words(g.lang), ZoneInfo(deps.config.city.timezone), g.now).at(g.now)}"
