"""The form of a command: read, carried out in one transaction, and what came of it for the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.portal.draft_photos import is_key
from dashboard.web.cases.case_view import CaseViews
from dashboard.web.deps import WebDeps
from data.domain.access.roles import Person
from data.domain.cases.commands.model import Actor, Command, CommandKind, actor_of
from data.domain.cases.model import CaseEvent
from data.domain.reasons import Reason, reason
from data.store.accounts import sent_commands
from data.store.cases import photos
from data.store.cases.cases import by_code
from data.store.cases.commands import Applied, CommandRefused, Order, Overtaken, apply
from data.store.cases.incidents.folds import Fold, folds_under
from data.store.cases.photos import StoredPhoto
from data.store.db.engine import Connection, reading, writing
from ingest.photos.sanitizing import BYTES_MOST, InvalidPhoto, sanitize_photo
from ingest.photos.storage import PhotoStorage

FIELDS = ("text", "agency", "category", "priority", "reason", "authority", "head", "until")
PHOTO, KEY = "photo", "key"
GATHERED_MOST = 200
BODY_MOST = BYTES_MOST + 200_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a form."""

    applied: Applied | None
    fault: Reason | str | None = None
    since: tuple[CaseEvent, ...] = ()
    """What happened meanwhile, when the case has moved on."""
    sent_before: int | None = None
    """The version to which this very command led when it was sent before."""

    @property
    def version(self) -> int | None:
        """Of the case after the command; None: it was refused."""
        return self.sent_before if self.applied is None else self.applied.version

    @property
    def status(self) -> int:
        """Of the HTTP answer that shows the form again."""
        return 409 if self.since else 422


def kind_of(form: Mapping[str, str]) -> CommandKind | None:
    """Which command the pressed button gives; None: an unknown one."""
    try:
        return CommandKind(form.get("command", ""))
    except ValueError:
        return None


class CommandForms:
    """Carries out what forms ask for."""

    def __init__(self, deps: WebDeps, views: CaseViews) -> None:
        self._engine, self._rules = deps.engine, views.rules
        self._gallery = PhotoStorage(deps.home.path)

    def send(
        self,
        code: str,
        form: Mapping[str, str],
        person: Person,
        now: datetime,
        photo: bytes = b"",
        *,
        actor: Actor | None = None,
    ) -> Outcome:
        """Carry out a form's command, with a photo that proves it; one with a key is carried out once, however often
        it is sent. `actor`: for whom the person acts, if not as its role says. Raises LookupError, StoreDown, OSError.
        """
        if (before := self.sent_before(form, person)) is not None:
            return Outcome(None, sent_before=before)
        kind, actor = kind_of(form), actor or actor_of(person)
        if kind is None or actor is None:
            return Outcome(None, reason("command.not_yours"))
        order = Order(code, _number(form, "seen"), _command(kind, form), actor)
        try:
            kept = self._gallery.put(sanitize_photo(photo)) if photo else None
            return Outcome(self._apply(order, now, kept, (person.id, _key(form))))
        except Overtaken as overtaken:
            before = self.sent_before(form, person)  # by the same telephone, at the same time
            return Outcome(None, None if before else overtaken.reason, overtaken.since, before)
        except (CommandRefused, InvalidPhoto) as refused:
            return Outcome(None, refused.reason)

    def gather(self, head: str, others: Sequence[str], person: Person, now: datetime) -> Outcome:
        """Fold other cases, each 'CODE:VERSION', into one: all of them or none. Raises StoreDown."""
        actor = actor_of(person)
        if actor is None or not others:
            return Outcome(None, reason("command.needs_head"))
        try:
            with writing(self._engine) as conn:
                for code, _, seen in (other.partition(":") for other in others[:GATHERED_MOST]):
                    order = Order(code, _number({"seen": seen}, "seen"), Command(CommandKind.FOLD, head=head), actor)
                    applied = apply(conn, order, self._rules, now)
        except Overtaken as overtaken:
            return Outcome(None, overtaken.reason, overtaken.since)
        except CommandRefused as refused:
            return Outcome(None, refused.reason)
        except LookupError:
            return Outcome(None, reason("command.needs_head"))
        return Outcome(applied)

    def take_back_gathering(self, head: str, person: Person, now: datetime) -> Outcome:
        """Undo the fold or the folds into a case that the person gave last: all of them or none. Raises StoreDown."""
        actor = actor_of(person)
        if actor is None:
            return Outcome(None, reason("command.not_yours"))
        applied = None
        try:
            with writing(self._engine) as conn:
                for one in _last_gathered(conn, head, actor):
                    command = Command(CommandKind.UNDO, undoes=one.version)
                    applied = apply(conn, Order(one.code, one.version, command, actor), self._rules, now)
        except CommandRefused as refused:
            return Outcome(None, refused.reason)
        return Outcome(applied, None if applied else reason("command.not_undoable"))

    def sent_before(self, form: Mapping[str, str], person: Person) -> int | None:
        """The version to which this very command led, wherever its case is now; None: it was not sent before."""
        key = _key(form)
        if not key:
            return None
        with reading(self._engine) as conn:
            return sent_commands.version_of(conn, person.id, key)

    def _apply(self, order: Order, now: datetime, kept: StoredPhoto | None, sent: tuple[int, str]) -> Applied:
        user_id, key = sent
        with writing(self._engine) as conn:
            applied = apply(conn, order, self._rules, now)
            if key:
                sent_commands.add(conn, user_id, key, applied.version, now)
            if kept is not None:
                photos.add_proof(conn, applied.case_id, applied.version, kept, now)
        return applied


def _last_gathered(conn: Connection, head: str, actor: Actor) -> list[Fold]:
    """What this person folded into the case at one time, last."""
    found = by_code(conn, head)
    folds = [] if found is None else folds_under(conn, found.id)
    mine = [one for one in folds if one.event.version == one.version and one.event.actor == actor.name]
    last = max((one.event.at for one in mine), default=None)
    return [one for one in mine if one.event.at == last]


def _key(form: Mapping[str, str]) -> str:
    key = form.get(KEY, "")
    return key if is_key(key) else ""


def _command(kind: CommandKind, form: Mapping[str, str]) -> Command:
    given = {name: form.get(name, "").replace("\x00", "") for name in FIELDS}
    given["text"], given["head"] = given["text"].replace("\r\n", "\n"), given["head"].strip().upper()
    return Command(kind, undoes=max(0, _number(form, "undoes")), **given)


def _number(form: Mapping[str, str], name: str) -> int:
    """-1 for what is no number: no case has this version."""
    text = form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
