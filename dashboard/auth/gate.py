"""The gate: the one place before every request that decides by the access table. Default is no."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

import structlog
from flask import Flask, Response, g, redirect, request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound, ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from dashboard.auth.access import CALLBACKS, ROUTES, Access, Caller, Who, callback_name, may
from dashboard.auth.forms import CSRF_FIELD, Seals, has_csrf_token, is_from_our_pages
from dashboard.auth.visitor import FRAGMENT, load_session, person_now, session_now, token_now
from dashboard.config.load import Config
from dashboard.config.models import AccountSettings
from data.domain.access.roles import Role
from data.store.accounts import audit
from data.store.accounts.sessions import Session
from data.store.db.engine import Engine, StoreDown, writing

log = structlog.get_logger(__name__)
LOGIN, ACCOUNT = "/masuk", "/akun"
BACK = "ke"
"""The query of the login page with the address to go on to."""
NOTED_MOST = 10_000
_UPDATE = "_dash-update-component"
LOGINS = frozenset({"web.login", "web.login_code", "web.login_sso", "web.login_sso_back"})
OPEN_IN_DEMO = frozenset(name for name, row in ROUTES.items() if Caller.ANYBODY in row.who) - LOGINS
"""What other machines may ask of a demonstration: its accounts have passwords that were never changed."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class StaleForm(BadRequest):
    """The form is not of this session, or not of our pages: nothing was changed."""


class Gate:
    """Reads the session, then the table."""

    def __init__(
        self,
        engine: Engine,
        config: Config,
        secret: bytes,
        *,
        routes: Mapping[str, Access] = ROUTES,
        callbacks: Mapping[str, Who] = CALLBACKS,
    ) -> None:
        """`routes` and `callbacks` are the access table."""
        self._routes, self._callbacks = routes, callbacks
        self._engine, self._settings, self._demo = engine, config.accounts, config.demo
        self._noted: set[tuple[object, ...]] = set()
        self.seals, self.public_url = Seals(secret), config.server.public_url

    def guard(self, flask: Flask) -> None:
        """Before and after every request."""
        flask.before_request(self._before)
        flask.after_request(self._after)

    def _before(self) -> AnyResponse | None:
        endpoint = request.endpoint
        if endpoint is None:
            return None  # no such address: there is nothing to guard
        access = self._routes.get(endpoint)
        self._load(access)
        if access is None:
            raise Forbidden
        if (
            request.method not in SAFE_METHODS
            and Caller.API_KEY not in access.who
            and not is_from_our_pages(self.public_url)
        ):
            raise StaleForm
        return self._decide(endpoint, access)

    def _load(self, access: Access | None) -> None:
        try:
            load_session(self._engine, self._settings, self.public_url, g.now)
        except StoreDown:
            if access is None or access.who & {Caller.ANYBODY, Caller.API_KEY, Caller.SCREEN, Caller.MACHINE}:
                return  # they are answered without the store, or say themselves that it is down
            raise ServiceUnavailable from None

    def _decide(self, endpoint: str, access: Access) -> AnyResponse | None:
        person = person_now()
        if access.who & {Caller.SCREEN, Caller.API_KEY} or (Caller.MACHINE in access.who and is_this_machine()):
            self._check_callback(endpoint)
            return None
        if self._demo and not is_this_machine() and endpoint not in OPEN_IN_DEMO:
            raise Forbidden
        if not may(person.role if person else None, access.who):
            return _refuse(access)
        if person is not None and not access.unfinished and Caller.ANYBODY not in access.who and self.owes():
            return redirect(ACCOUNT, 303)
        if endpoint.endswith(_UPDATE):
            self._check_callback(endpoint)
            return None
        if request.method in SAFE_METHODS or Caller.ANYBODY in access.who:
            return None
        if not has_csrf_token(self.seals, token_now(self.public_url)):
            raise StaleForm
        return None

    def _check_callback(self, endpoint: str) -> None:
        """For a Dash callback: its own row. One without a row is answered like one that is not there."""
        if not endpoint.endswith(_UPDATE) or request.method != "POST":
            return
        try:
            body = request.get_json(silent=True)
        except RecursionError:
            raise NotFound from None
        output = body.get("output") if isinstance(body, dict) else None
        name = callback_name(output) if isinstance(output, str) else ""
        who = self._callbacks.get(endpoint.removesuffix(_UPDATE) + name)
        person = person_now()
        if who is None:
            raise NotFound
        if Caller.SCREEN not in who and not may(person.role if person else None, who):
            raise Forbidden

    def owes(self) -> bool:
        """Whether the person must first change the password or add the second factor."""
        session = session_now()
        return session is not None and owes(session, self._settings)

    def _after(self, answer: Response) -> Response:
        """What the table says of the answer goes into the audit, and that a person was refused."""
        access, person = self._routes.get(request.endpoint or ""), person_now()
        if person is None or access is None:
            return answer
        action = audit.Action.REFUSED if answer.status_code == 403 else access.audit
        if FRAGMENT in request.headers and self._is_noted(person.name, action):
            return answer
        if action is not None and (answer.status_code < 400 or action is audit.Action.REFUSED):
            self._write(action, person.name)
        return answer

    def _is_noted(self, actor: str, action: audit.Action | None) -> bool:
        """A page that refreshes itself every few seconds stands in the audit once an hour."""
        seen = (actor, action, request.path, g.now.strftime("%Y%m%d%H"))
        if seen in self._noted:
            return True
        if len(self._noted) >= NOTED_MOST:
            self._noted.clear()
        self._noted.add(seen)
        return False

    def _write(self, action: audit.Action, actor: str) -> None:
        query = urlencode([(name, value) for name, value in request.args.items(multi=True) if name != CSRF_FIELD])
        path, address = request.path + (f"?{query}" if query else ""), request.remote_addr or ""
        try:
            with writing(self._engine) as conn:
                audit.add(conn, g.now, actor, action, path, address=address)
        except StoreDown:
            log.exception("audit_not_written", actor=actor, action=action.value, path=path)


def owes(session: Session, settings: AccountSettings) -> bool:
    """Whether the session's person must first change the password or add the second factor."""
    if session.sso:
        return False
    user = session.user
    lacks_factor = user.person.role in settings.second_factor and user.totp_secret is None
    return user.must_change() or lacks_factor


def _refuse(access: Access) -> AnyResponse:
    """A stranger's browser is led to the login; all else is refused."""
    is_page = request.method in {"GET", "HEAD"} and FRAGMENT not in request.headers
    if person_now() is None and is_page and Caller.MACHINE not in access.who:
        return redirect(f"{LOGIN}?{urlencode({BACK: request.full_path.rstrip('?')})}", 303)
    raise Forbidden


def is_this_machine() -> bool:
    """Whether a process on this machine asks."""
    return request.remote_addr in {"127.0.0.1", "::1"}


def is_privileged() -> bool:
    """Whether the one who asks is told more than the status: this machine itself, and administrators."""
    person = person_now()
    return is_this_machine() or (person is not None and person.role is Role.ADMINISTRATOR)
