"""The tables. Times are EpochSeconds; every index below answers a named question.

Every fact has two times: `at`, when it took effect, and `recorded_at`, when it was recorded here, with the number of
its change. A number 0 (of an event) and an empty `recorded_at` mean: recorded before the store kept this, at or before
its change of kind `history_kept`. See docs/times.md.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)

from data.store.db.types import EpochSeconds

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigKey = BigInteger().with_variant(Integer, "sqlite")


VERSIONED = (
    *("kind", "category", "priority", "private", "policy", "policy_version", "service_class"),
    *("sp4n_number", "sp4n_status", "address", "lat", "lon", "precision", "village", "district", "head_id"),
    "promised_at",
)
"""The columns of `case` that figures use and that change in its row: what they were is kept in `case_version`. Title
and text are not among them, because an old text may have been removed for a reason."""

_COUNTED = (
    *("source", "category", "state", "private", "cycle", "head_id", "folded"),
    *(
        "received_at",
        "dispatched_at",
        "held_at",
        "acknowledged_at",
        "answered_at",
        "paused_at",
        "resolved_at",
        "ended_at",
    ),
    *("verify_due_at", "respond_due_at", "resolve_due_at", "next_warn_at"),
    *("lat", "lon", "precision", "village", "district"),
)
_HISTORY_KEPT = "kind = 'history_kept'"
_PAUSED = "paused_at IS NOT NULL"
_COMMAND = "version IS NOT NULL"
_QUESTION = "kind = 'question'"


def partial_index(columns: str, sqlite: str, postgresql: str, name: str, *, unique: bool = False) -> Index:
    """An index of a few rows only; both conditions exactly as SQLAlchemy writes them into a question."""
    parts = columns.split()
    return Index(name, *parts, unique=unique, sqlite_where=text(sqlite), postgresql_where=text(postgresql))


case = Table(
    "case",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("code", String(32), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("source", String(64), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("category", String(64), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("private", Boolean, nullable=False),
    Column("policy", String(64), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("service_class", String(64), nullable=False),
    Column("sp4n_number", String(64)),
    Column("sp4n_status", String(64)),
    Column("title", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("media_url", Text),
    Column("address", Text),
    Column("lat", Float),
    Column("lon", Float),
    Column("precision", String(16), nullable=False),
    Column("village", String(16)),
    Column("district", String(16), comment="the kecamatan, where no more than that is known of the place"),
    Column("head_id", BigKey, ForeignKey("case.id"), comment="the case that speaks for this merged one"),
    Column("folded", Integer, nullable=False, server_default=text("0"), comment="how many are merged into this one"),
    Column("told_at", EpochSeconds, comment="the source's own moment of what it told last; NULL: it told none"),
    Column("stored_at", EpochSeconds, comment="when it changed here last; NULL: by an early release, at updated_at"),
    Column("promised_at", EpochSeconds, comment="until when its source has promised it; NULL: it promises nothing"),
    Column("version", Integer, nullable=False, server_default=text("0"), comment="how many events came after receipt"),
    Column("erased", Boolean, nullable=False, server_default=text("false"), comment="its words do not come back"),
    # What follows is derived from the events by data.domain.sla.case_status and stored to be searched.
    Column("state", String(16), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("agency", String(64), nullable=False, comment="who holds it now; the triage queue is one of them"),
    Column("cycle", SmallInteger, nullable=False, server_default=text("1")),
    Column("received_at", EpochSeconds, nullable=False),
    Column("dispatched_at", EpochSeconds, comment="to the first agency; stops verify, starts respond"),
    Column("acknowledged_at", EpochSeconds, comment="by the agency that holds it now"),
    Column("answered_at", EpochSeconds, comment="first answer to the citizen by a person"),
    Column("first_resolved_at", EpochSeconds, comment="in the first cycle"),
    Column("resolved_at", EpochSeconds, comment="in the current cycle"),
    Column("ended_at", EpochSeconds, comment="closed, rejected or merged"),
    Column("updated_at", EpochSeconds, nullable=False, comment="its last event"),
    Column(
        "undated",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="moments that are no real ones: 1 dispatch, 2 answer, 4 end, 8 reopening; see data.domain.cases.model",
    ),
    Column("paused_at", EpochSeconds, comment="since when it waits; NULL when it does not"),
    Column("held_at", EpochSeconds, comment="since when the agency holds it; starts hold"),
    Column("verify_due_at", EpochSeconds),
    Column("respond_due_at", EpochSeconds, comment="of the first answer in this cycle; NULL: none is owed"),
    Column("resolve_due_at", EpochSeconds),
    Column("hold_due_at", EpochSeconds),
    Column("legal_due_at", EpochSeconds),
    Column("next_clock", String(16), comment="the running citizen's clock that is due first: verify, respond, resolve"),
    Column("next_due_at", EpochSeconds),
    Column("next_warn_at", EpochSeconds, comment="when that clock has used city.warn_at of its working time"),
    Column("next_start_at", EpochSeconds),
    Column(
        "marked",
        SmallInteger,
        nullable=False,
        server_default=text("0"),
        comment="announced by the sweep: 0, 1 warned, 2 breached",
    ),
    Column("escalate_at", EpochSeconds, comment="when the ladder looks at it; NULL: not before something happens"),
    UniqueConstraint("source", "external_id"),
    # What is open: every wall. Few rows, so these cost history nothing; what walls count is in the index itself.
    partial_index("next_due_at policy policy_version", "open = 1", "open", "ix_case_open_due"),
    partial_index(" ".join(("agency next_due_at open", *_COUNTED)), "open = 1", "open", "ix_case_open"),
    partial_index("category received_at", "open = 1", "open", "ix_case_open_place"),
    # What waits: the sweep; what the ladder of escalation has to look at.
    partial_index("paused_at", f"open = 1 AND {_PAUSED}", f"open AND {_PAUSED}", "ix_case_paused"),
    partial_index("escalate_at", "escalate_at IS NOT NULL", "escalate_at IS NOT NULL", "ix_case_escalate_at"),
    # What was folded into this head; does the store hold demo records.
    partial_index("head_id", "head_id IS NOT NULL", "head_id IS NOT NULL", "ix_case_head"),
    partial_index("id", "demo = 1", "demo", "ix_case_demo"),
    # What farmers of a village ask: their assistants.
    partial_index("village updated_at", _QUESTION, _QUESTION, "ix_case_question"),
    # What carries a number of SP4N-LAPOR!, to be reconciled.
    partial_index("sp4n_number", "sp4n_number IS NOT NULL", "sp4n_number IS NOT NULL", "ix_case_sp4n_number"),
    # What came in, newest first, and what a search without words asks of it.
    Index("ix_case_received", "received_at", "id", "category", "village", "state", "agency"),
    # What was answered or touched in a range of time: the strip, Open311's windows.
    Index("ix_case_answered_at", "answered_at"),
    Index("ix_case_updated_at", "updated_at"),
    # When an agency last acknowledged anything.
    Index("ix_case_heard", "agency", "acknowledged_at"),
    # What answers fell due in a range of time: the strip.
    Index("ix_case_respond_due_at", "respond_due_at"),
)

changed_at = func.coalesce(case.c.stored_at, case.c.updated_at)
"""When a case changed here last, however old what it was told is."""
# What Open311 clients have not heard of yet.
Index("ix_case_changed_at", changed_at)

case_cycle = Table(
    "case_cycle",
    metadata,
    # The cycles before the present one, of reopened cases only: derived from the events like the columns of `case`.
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("cycle", SmallInteger, primary_key=True),
    Column("dispatched_at", EpochSeconds),
    Column("answer_due_at", EpochSeconds, comment="NULL: no answer was owed"),
    Column("answered_at", EpochSeconds),
    Column("undated", SmallInteger, nullable=False, server_default=text("0"), comment="as in `case`"),
    # What fell due, and what was answered, in a range of time: the strip.
    Index("ix_case_cycle_answer_due_at", "answer_due_at"),
    Index("ix_case_cycle_answered_at", "answered_at"),
)

reporter = Table(
    "reporter",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("name", String(200)),
    Column("phone", String(64)),
    Column("email", String(200)),
    Column("account_id", String(200)),
    Column("device_id", String(200)),
    Column("lang", String(2), comment="the language of messages to the reporter; NULL: none are wanted"),
    Column("anonymous", Boolean, nullable=False, server_default=text("false"), comment="the name is for nobody"),
)

case_event = Table(
    "case_event",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True, comment="1, 2, 3 within the case"),
    Column("at", EpochSeconds, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor_kind", String(16), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("agency", String(64)),
    Column("category", String(64)),
    Column("policy", String(64)),
    Column("policy_version", Integer),
    Column("reason", String(64)),
    Column("text", Text),
    Column("head", String(32)),
    Column("score", SmallInteger),
    Column("recorded_at", EpochSeconds, comment="NULL: at or before the change history_kept"),
    Column("seq", BigInteger, nullable=False, server_default=text("0"), comment="of its change; 0: likewise"),
    Column("version", Integer, comment="of a command: what the case's version became; NULL: of no command"),
    Column("undoes", Integer, comment="the first version that is taken back"),
    Column("priority", String(16)),
    Column("authority", String(200), comment="whose the case is instead"),
    Column("until", EpochSeconds, comment="of a pause: when it ends by itself, as its giver said"),
    # Of two commands on one version one is refused.
    partial_index("case_id version", _COMMAND, _COMMAND, "uq_case_event_version", unique=True),
    sqlite_with_rowid=False,
)

presence = Table(
    "presence",
    metadata,
    Column("code", String(32), primary_key=True, comment="of the case that somebody has open"),
    Column("name", String(100), primary_key=True),
    Column("seen_at", EpochSeconds, nullable=False),
)

case_version = Table(
    "case_version",
    metadata,
    Column("case_id", BigKey, ForeignKey("case.id", ondelete="CASCADE"), primary_key=True),
    Column("until_seq", BigInteger, primary_key=True, comment="the change that replaced these values"),
    Column("recorded_at", EpochSeconds, nullable=False, comment="when that change was recorded"),
    *(Column(name, case.c[name].type, nullable=case.c[name].nullable) for name in VERSIONED),
    sqlite_with_rowid=False,
)
"""The values of a case that were replaced in its row: valid before `until_seq`. A case that never changed has none."""

change = Table(
    "change",
    metadata,
    Column("seq", BigKey, primary_key=True, autoincrement=True),
    Column("at", EpochSeconds, nullable=False, comment="when it took effect"),
    Column(
        "kind",
        String(24),
        nullable=False,
        comment="an EventKind, or see change_feed.NewChange",
    ),
    Column("case_id", BigKey),
    Column("agency", String(64)),
    Column("source", String(64)),
    Column("count", Integer, nullable=False, server_default=text("1"), comment="how many cases an import brought"),
    Column("recorded_at", EpochSeconds, comment="NULL: at or before the change history_kept"),
    Column("first_case_id", BigKey, comment="imported: the first of the cases that came; their ids have no gap"),
    Column("last_case_id", BigKey),
    # From which number on the past is kept: one row, or none.
    partial_index("seq", _HISTORY_KEPT, _HISTORY_KEPT, "ix_change_history_kept"),
    sqlite_autoincrement=True,
)

source = Table(
    "source",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("cursor", Text),
    Column("last_attempt_at", EpochSeconds),
    Column("last_success_at", EpochSeconds),
    Column("last_record_at", EpochSeconds, comment="when it last brought a new record"),
    Column("failing_since", EpochSeconds),
    Column("error", Text),
    Column("delivered", BigInteger, nullable=False, server_default=text("0")),
    Column(
        "rejected",
        BigInteger,
        nullable=False,
        server_default=text("0"),
        comment="waiting in the rejected table",
    ),
    Column("lag_s", Integer, comment="receipt minus the newest record's own time, seconds"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("owner", String(100), nullable=False),
    Column("since", EpochSeconds, nullable=False, comment="when it was taken or renewed"),
    Column("until", EpochSeconds, nullable=False),
)

job = Table(
    "job",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("started_at", EpochSeconds, comment="the last time"),
    Column("succeeded_at", EpochSeconds, comment="the last time"),
    Column("failed_at", EpochSeconds, comment="the last time"),
    Column("error", Text, comment="of the last failure; NULL: the last run succeeded"),
    Column("detail", Text, comment="JSON: what the last success brought"),
)

recorded_version = Table(
    "recorded_version",
    metadata,
    Column("kind", String(16), primary_key=True, comment="policy, calendar, holidays, pause, class, agency"),
    Column("name", String(64), primary_key=True, comment="its code"),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("year", Integer, primary_key=True, autoincrement=False, comment="of the holidays; 0: of no year"),
    Column("revision", Integer, primary_key=True, autoincrement=False, comment="1 first seen; more: edited in place"),
    Column("recorded_at", EpochSeconds, nullable=False, comment="from when on it says this"),
    Column("fingerprint", String(64), nullable=False, comment="SHA-256 of the content"),
    Column("content", Text, nullable=False, comment="canonical JSON"),
    Column("accepted_by", String(200), comment="who accepted the edit; NULL: first seen, or holidays still to come"),
    Column("judged", Integer, comment="how many open cases were judged anew after the edit"),
    Column("differing", Integer, comment="for how many of them the status differed"),
)

rejected = Table(
    "rejected",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("source", String(64), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("at", EpochSeconds, nullable=False),
    Column("reason", Text, nullable=False),
    Column("payload", Text, nullable=False, comment="as received, JSON text"),
    Column("retried_at", EpochSeconds),
    Column("attempts", Integer, nullable=False, server_default=text("1")),
    UniqueConstraint("source", "external_id"),
    # What waits of one source, page by page.
    Index("ix_rejected_source_id", "source", "id"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True, comment="SHA-256 of a 256-bit random key"),
    Column("created_at", EpochSeconds, nullable=False),
    Column("revoked_at", EpochSeconds),
    Column("per_minute", Integer, comment="POSTs a minute; NULL: as config.yaml says for all"),
    Column("per_day", Integer, comment="POSTs a local day; NULL: as config.yaml says for all"),
)

code_counter = Table(
    "code_counter",
    metadata,
    Column("prefix", String(16), primary_key=True, comment="AW-2611"),
    Column("last", Integer, nullable=False),
)

taken_file = Table(
    "taken_file",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the content: the same file twice is taken once"),
    Column("name", Text, nullable=False),
    Column("at", EpochSeconds, nullable=False),
)

usual = Table(
    "usual",
    metadata,
    Column("name", String(32), primary_key=True, comment="a figure of the strip"),
    Column("value", Float, comment="median over the last weeks' same weekday up to the same time; NULL: no history"),
    Column("at", EpochSeconds, nullable=False, comment="the moment whose usual this is"),
)

pause_share = Table(
    "pause_share",
    metadata,
    Column("agency", String(64), primary_key=True, comment="who held the cases; the triage queue is one of them"),
    Column("paused_s", BigInteger, nullable=False, comment="working seconds that they were paused"),
    Column("total_s", BigInteger, nullable=False, comment="working seconds that they were open"),
    Column("at", EpochSeconds, nullable=False, comment="the end of the days that are counted"),
)
