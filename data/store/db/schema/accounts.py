"""The tables of accounts: users, sessions, failed logins, the audit."""

from __future__ import annotations

from sqlalchemy import DDL, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, event, text

from data.store.db.schema.cases import BigKey, metadata
from data.store.db.types import EpochSeconds

user_account = Table(
    "user_account",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("name", String(100), nullable=False, unique=True, comment="as it is typed at login, in small letters"),
    Column("role", String(16), nullable=False),
    Column("password", String(200), nullable=False, comment="argon2id with its parameters"),
    Column("password_at", EpochSeconds, nullable=False),
    Column("one_time_until", EpochSeconds, comment="a one-time password is worthless then; NULL: it is no such one"),
    Column("totp_secret", String(64), comment="of the second factor; NULL: there is none"),
    Column("totp_step", BigKey, nullable=False, server_default=text("0"), comment="a code counts once: the last one's"),
    Column("created_at", EpochSeconds, nullable=False),
    Column("disabled_at", EpochSeconds),
)

user_agency = Table(
    "user_agency",
    metadata,
    Column("user_id", BigKey, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("agency", String(64), primary_key=True),
)

user_village = Table(
    "user_village",
    metadata,
    Column("user_id", BigKey, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("village", String(16), primary_key=True, comment="Kemendagri code"),
)

user_session = Table(
    "user_session",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of a 256-bit random token"),
    Column("user_id", BigKey, ForeignKey("user_account.id", ondelete="CASCADE"), nullable=False),
    Column("begun_at", EpochSeconds, nullable=False),
    Column("seen_at", EpochSeconds, nullable=False),
    Column("half", Boolean, nullable=False, server_default=text("false"), comment="waits for the second factor"),
    Column("sso", Boolean, nullable=False, server_default=text("false"), comment="begun by single sign-on"),
    Column("address", String(64), nullable=False, comment="from where it began"),
    Column("browser", String(200), nullable=False),
    # The sessions of a user, to list and to end them.
    Index("ix_user_session_user_id", "user_id"),
)

sent_command = Table(
    "sent_command",
    metadata,
    Column("user_id", BigKey, ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True),
    Column("key", String(36), primary_key=True, comment="a UUID, the same in every try to send it"),
    Column("version", Integer, nullable=False, comment="of the case to which the command led"),
    Column("at", EpochSeconds, nullable=False),
    # What is too old.
    Index("ix_sent_command_at", "at"),
)

login_failure = Table(
    "login_failure",
    metadata,
    Column("kind", String(16), primary_key=True, comment="account, known (an account from its browser), address, code"),
    Column("key", String(64), primary_key=True, comment="SHA-256: a name that was typed may be a password"),
    Column("failures", Integer, nullable=False),
    Column("first_at", EpochSeconds, nullable=False),
    Column("last_at", EpochSeconds, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("at", EpochSeconds, nullable=False),
    Column("actor", String(100), nullable=False, comment="a user's name; empty: nobody who is known"),
    Column("action", String(32), nullable=False),
    Column("object", Text, nullable=False, comment="what it was done to"),
    Column("address", String(64), nullable=False, comment="from where; empty: on the server itself"),
    # What somebody did, newest first.
    Index("ix_audit_actor_id", "actor", "id"),
    comment="append-only: triggers refuse to change or delete a row",
)

AUDIT_TRIGGERS = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
        "BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
        "CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()",
    ),
}
for _engine, _statements in AUDIT_TRIGGERS.items():
    for _statement in _statements:
        event.listen(audit, "after_create", DDL(_statement).execute_if(dialect=_engine))  # type: ignore[no-untyped-call]
