"""The access table: who may use what. What has no row is refused to everybody.

Every Flask endpoint is a row of ROUTES, every Dash callback one of CALLBACKS, every socket event one of EVENTS. The
gate (`dashboard.auth.gate`) reads them before each request; `Sockets` registers no other events. A row says who may
come in at all; what a person may see inside (own agency, private cases) is `Person.sees` and `Person.handles_private`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.domain.access.roles import EVERYBODY, STAFF, Role
from data.store.accounts.audit import Action
from layouts.pages import kinerja


class Caller(StrEnum):
    """Who comes in without an account."""

    ANYBODY = "anybody"
    """Nothing here is a secret, or it is the way in."""
    SCREEN = "screen"
    """A wall: `realtime` checks its token."""
    API_KEY = "api_key"
    """A client with an API key, a push with a signature: their views check them."""
    MACHINE = "machine"
    """A process on this machine itself."""


Who = frozenset[Role | Caller]
ANYBODY: Who = frozenset({Caller.ANYBODY})
SCREENS: Who = frozenset({Caller.SCREEN})
CLIENTS: Who = frozenset({Caller.API_KEY})
LOGGED_IN: Who = frozenset(EVERYBODY)
ADMINISTRATORS: Who = frozenset({Role.ADMINISTRATOR})
REPORTERS: Who = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
PRIVACY: Who = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
"""They see what citizens ask about their personal data; nobody else does."""
DESK: Who = frozenset({Role.OPERATOR, Role.SUPERVISOR})
MARKET_OFFICERS: Who = frozenset({Role.MARKET_OFFICER, Role.SUPERVISOR})
CITY_OFFICERS: Who = frozenset({Role.CITY_OFFICER, Role.SUPERVISOR})
RESPONDERS: Who = frozenset({Role.RESPONDER})
"""They answer the cases of their own agencies only; any other is not there for them."""
OFFICERS: Who = frozenset({Role.FIELD})
"""They report for others, and see of it what they entered themselves; of cases their villages' farmers' questions."""
ESCALATED: Who = frozenset({Role.RESPONDER, Role.HEAD})
"""An agency's silence is told to its people, and to its head."""
FARMERS: Who = frozenset({Role.FARMER})
BUYERS: Who = frozenset({Role.BUYER})
WORKERS: Who = frozenset(STAFF)
FIGURES: Who = frozenset({Role.HEAD, Role.SUPERVISOR, Role.ADMINISTRATOR})
"""Heads see the figures of their own agency: `Person.sees` says which."""


@dataclass(frozen=True, slots=True)
class Access:
    """A row of the table."""

    who: Who
    audit: Action | None = None
    """What the audit says of an answer that is no refusal."""
    unfinished: bool = False
    """Also for a person who must first change the password or add the second factor."""


def of_dash(prefix: str, who: Who) -> dict[str, Access]:
    """The rows of a Dash app's own routes; `prefix` is its routes_pathname_prefix, like '/kinerja/'.

    Its scripts and styles are the same for everybody and hold no data.
    """
    suites = "_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
    files = (f"{prefix}{suites}", f"{prefix}_favicon.ico", f"_{prefix.strip('/')}_dash_assets.static")
    guarded = ("", "<path:path>", "_dash-dependencies", "_dash-layout", "_dash-update-component", "_reload-hash")
    return {**dict.fromkeys(files, Access(ANYBODY)), **{f"{prefix}{name}": Access(who) for name in guarded}}


def _rows(blueprint: str, names: str, access: Access) -> dict[str, Access]:
    return {f"{blueprint}{name}": access for name in names.split()}


ROUTES: Mapping[str, Access] = {
    **_rows("", "root web_static font tile answer_health photo thumbnail", Access(ANYBODY)),
    "answer_metrics": Access(ADMINISTRATORS | {Caller.MACHINE}),
    **_rows("", "push inbound_challenge inbound_message", Access(CLIENTS)),
    **_rows("open311.", "description discovery services service_definition", Access(ANYBODY)),
    **_rows("open311.", "download post request_by_id request_by_token requests", Access(CLIENTS)),
    **of_dash("/wall/", SCREENS),
    **_rows("", "layout dependencies", Access(SCREENS)),
    **_rows("web.", "login login_code login_sso login_sso_back", Access(ANYBODY)),
    **_rows("web.", "portal portal_words portal_contact portal_check portal_send portal_discard", Access(ANYBODY)),
    **_rows("web.", "portal_whole portal_stamp portal_photo portal_map", Access(ANYBODY)),
    **_rows("web.", "portal_manifest portal_worker portal_shell", Access(ANYBODY)),
    **_rows("web.", "respond_manifest respond_worker respond_shell", Access(ANYBODY)),
    "web.on_behalf_list": Access(OFFICERS),
    "web.on_behalf_slip": Access(OFFICERS, Action.VIEWED),
    **_rows("web.", "portal_find portal_status portal_rating portal_completion portal_data", Access(ANYBODY)),
    **_rows("web.", "public_home public_agenda public_conditions public_places public_place", Access(ANYBODY)),
    **_rows("web.", "public_tile public_map public_map_data public_data public_file", Access(ANYBODY)),
    **_rows("web.", "public_robots public_sitemap", Access(ANYBODY)),
    **_rows("web.", "public_business public_business_find public_business_status", Access(ANYBODY)),
    "web.portal_answer_photo": Access(ANYBODY),
    "web.logout": Access(LOGGED_IN, unfinished=True),
    **_rows("web.", "account account_password account_second_factor account_sessions", Access(LOGGED_IN, None, True)),
    **_rows("web.", "users users_add users_reset users_disable users_log_out", Access(ADMINISTRATORS)),
    **_rows("web.", "sources sources_one uploads uploads_source uploads_template", Access(ADMINISTRATORS)),
    **_rows("web.", "rejected rejected_list reconcile", Access(ADMINISTRATORS)),
    **_rows("web.", "rejected_one uploads_one", Access(ADMINISTRATORS, Action.VIEWED)),
    **_rows("web.", "uploads_result reconcile_file", Access(ADMINISTRATORS, Action.EXPORTED)),
    **_rows("web.", "rejected_correct rejected_discard rejected_retry", Access(ADMINISTRATORS, Action.CHANGED)),
    **_rows("web.", "rejected_retry_all rejected_discard_all", Access(ADMINISTRATORS, Action.CHANGED)),
    **_rows("web.", "uploads_form uploads_mapping uploads_discard", Access(ADMINISTRATORS, Action.CHANGED)),
    "web.outbox_again": Access(ADMINISTRATORS, Action.CHANGED),
    "web.privacy_requests": Access(PRIVACY, Action.VIEWED),
    "web.privacy_request": Access(PRIVACY, Action.VIEWED),
    "web.privacy_request_file": Access(ADMINISTRATORS, Action.EXPORTED),
    "web.privacy_request_answer": Access(ADMINISTRATORS, Action.CHANGED),
    "web.reports": Access(REPORTERS),
    "web.definitions": Access(WORKERS),
    **of_dash("/kinerja/", FIGURES),
    "performance.page": Access(FIGURES),
    "performance.page_cases": Access(FIGURES, Action.VIEWED),
    **_rows("performance.", "page_csv page_xlsx page_tables", Access(FIGURES, Action.EXPORTED)),
    **_rows("web.", "desk", Access(DESK)),
    "web.desk_case": Access(DESK, Action.VIEWED),
    **_rows("web.", "desk_command desk_gather desk_take_back", Access(DESK, Action.CHANGED)),
    "web.desk_search": Access(DESK, Action.VIEWED),
    **_rows("web.", "desk_search_save desk_search_forget", Access(DESK)),
    "web.desk_search_file": Access(DESK, Action.EXPORTED),
    "web.desk_presence": Access(DESK),
    **_rows("web.", "respond respond_seal respond_kept", Access(RESPONDERS)),
    "web.respond_case": Access(RESPONDERS, Action.VIEWED),
    "web.respond_command": Access(RESPONDERS, Action.CHANGED),
    "web.desk_escalations": Access(DESK, Action.VIEWED),
    "web.desk_escalation_seen": Access(frozenset({Role.SUPERVISOR}), Action.CHANGED),
    "web.agency_escalations": Access(ESCALATED, Action.VIEWED),
    "web.respond_escalation_seen": Access(ESCALATED, Action.CHANGED),
    **_rows("web.", "case_photo case_thumbnail", Access(DESK | RESPONDERS | OFFICERS)),
    "web.market_officer": Access(MARKET_OFFICERS, Action.VIEWED),
    **_rows(
        "web.",
        "market_officer_match market_officer_held market_officer_dispute",
        Access(MARKET_OFFICERS, Action.CHANGED),
    ),
    "web.market_officer_trades": Access(MARKET_OFFICERS, Action.EXPORTED),
    "web.city_officer": Access(CITY_OFFICERS, Action.VIEWED),
    "web.city_officer_submission": Access(CITY_OFFICERS, Action.VIEWED),
    **_rows("web.", "city_officer_condition city_officer_decide", Access(CITY_OFFICERS, Action.CHANGED)),
    **_rows("web.", "city_officer_new_place city_officer_new_event", Access(CITY_OFFICERS)),
    **_rows("web.", "city_officer_place city_officer_event", Access(CITY_OFFICERS, Action.VIEWED)),
    **_rows("web.", "city_officer_add_place city_officer_edit_place", Access(CITY_OFFICERS, Action.CHANGED)),
    **_rows("web.", "city_officer_add_event city_officer_edit_event", Access(CITY_OFFICERS, Action.CHANGED)),
    "web.reports_order": Access(REPORTERS, Action.CHANGED),
    "web.reports_file": Access(REPORTERS, Action.EXPORTED),
    "web.reports_mail": Access(REPORTERS, Action.CHANGED),
    **_rows("web.", "assist assist_farmer assist_sell assist_offer", Access(OFFICERS)),
    **_rows("web.", "assist_question assist_deal assist_receipt", Access(OFFICERS, Action.VIEWED)),
    **_rows("web.", "assist_answer assist_command assist_withdraw", Access(OFFICERS, Action.CHANGED)),
    **_rows("web.", "tani tani_profile tani_offers tani_offer tani_demand", Access(FARMERS | BUYERS)),
    "web.tani_photo": Access(FARMERS | BUYERS | OFFICERS),
    **_rows("web.", "tani_deal tani_receipt", Access(FARMERS | BUYERS, Action.VIEWED)),
    "web.tani_command": Access(FARMERS | BUYERS, Action.CHANGED),
    **_rows("web.", "tani_sell tani_ask", Access(FARMERS)),
    "web.tani_withdraw": Access(FARMERS, Action.CHANGED),
    "web.tani_request": Access(BUYERS),
    **_rows("web.", "tani_take tani_demand_withdraw", Access(BUYERS, Action.CHANGED)),
    "web.uploads_receive": Access(ADMINISTRATORS, Action.UPLOADED),
    "web.uploads_import": Access(ADMINISTRATORS, Action.IMPORTED),
}
"""By endpoint. A new page is a line here."""

CALLBACKS: Mapping[str, Who] = {
    "/wall/batt.start": SCREENS,
    **{f"/kinerja/{name}": FIGURES for name in kinerja.callback_names()},
}
"""By the prefix of the Dash app and the `callback_name`. A callback that runs in the server needs an output."""

EVENTS: Mapping[tuple[str, str], Who] = {
    ("/", "connect"): SCREENS | WORKERS,
    ("/", "disconnect"): SCREENS | WORKERS,
}
"""By namespace and name. A screen connects with its token, a page of a person with its session, for a room of ROOMS."""

ROOMS: Mapping[str, Who] = {"meja": DESK, "respon": RESPONDERS}
"""Who may have the live regions of a room, by the room's name in `boards.ROOMS`."""

_HASH = re.compile(r"@[0-9a-f]{32,64}")


def callback_name(output: str, client: Mapping[str, Any] | None = None) -> str:
    """How a callback is called in the table: its output without the hash of duplicates; a client's, its function."""
    return f"{client['namespace']}.{client['function_name']}" if client else _HASH.sub("", output)


def may(role: Role | None, who: Who) -> bool:
    """Whether somebody of this role may come in; None is a stranger. Tokens and keys are not asked here."""
    return Caller.ANYBODY in who or (role is not None and role in who)


def first_that_may(role: Role, endpoints: Iterable[str]) -> str | None:
    """The first endpoint that is for this role; None: none of them."""
    return next((name for name in endpoints if name in ROUTES and role in ROUTES[name].who), None)
