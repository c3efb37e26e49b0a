"""Compares the versions of config.yaml and of the holiday table with what was recorded of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from data.domain.city.content import TARGETS, fingerprint, holiday_content, holidays_of
from data.domain.city.recorded import Content, RecordedVersion, VersionKey, VersionKind

NOTHING = "-"


class FieldChange(NamedTuple):
    """One field of an edited version."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Edit:
    """A version that says something else than what was recorded last."""

    key: VersionKey
    recorded: RecordedVersion
    content: Content

    @property
    def changes(self) -> tuple[FieldChange, ...]:
        """Field by field."""
        old, new = (_fields(self.key.kind, content) for content in (self.recorded.content, self.content))
        paths = [path for path in sorted({*old, *new}) if old.get(path) != new.get(path)]
        nothing = "no day off" if self.key.kind is VersionKind.HOLIDAYS else NOTHING
        return tuple(FieldChange(path, old.get(path, nothing), new.get(path, nothing)) for path in paths)


@dataclass(slots=True)
class Comparison:
    """What is to be recorded, and what was edited in place."""

    new: dict[VersionKey, Content] = field(default_factory=dict)
    upcoming: dict[VersionKey, Content] = field(default_factory=dict)
    """Holidays that differ on days to come only: no verdict depends on them yet."""
    edits: list[Edit] = field(default_factory=list)


def latest(recorded: Iterable[RecordedVersion]) -> dict[VersionKey, RecordedVersion]:
    """The last revision of each version."""
    found: dict[VersionKey, RecordedVersion] = {}
    for each in recorded:
        if each.key not in found or found[each.key].revision < each.revision:
            found[each.key] = each
    return found


def compare(
    present: Mapping[VersionKey, Content],
    recorded: Iterable[RecordedVersion],
    newest: Mapping[str, int],
    today: date,
) -> Comparison:
    """What differs. `newest`: the newest version of each calendar.

    Holidays that have passed are fixed: the newest version is edited when they change, and an older version keeps what
    was recorded, because its place was taken by a new one.
    """
    known, found = latest(recorded), Comparison()
    for key, content in present.items():
        last = known.get(key)
        if last is None:
            found.new[key] = content
        elif key.kind is not VersionKind.HOLIDAYS:
            if fingerprint(content) != last.fingerprint:
                found.edits.append(Edit(key, last, content))
        else:
            _compare_holidays(found, Edit(key, last, content), today, fixed=key.version != newest[key.name])
    return found


def _compare_holidays(found: Comparison, edit: Edit, today: date, *, fixed: bool) -> None:
    old, new = edit.recorded.content, edit.content
    joint_leave_off = (old if fixed else new)["joint_leave_off"]
    past = [day for day in holidays_of(old) if day <= today]
    kept = holiday_content([*past, *(day for day in holidays_of(new) if day > today)], joint_leave_off=joint_leave_off)
    if not fixed and kept != new:
        found.edits.append(edit)
    elif kept != old:
        found.upcoming[edit.key] = kept


def _fields(kind: VersionKind, content: Content) -> dict[str, str]:
    if kind is VersionKind.HOLIDAYS:
        return {**dict.fromkeys(content["days"], "day off"), "joint_leave_off": _text(content["joint_leave_off"])}
    shown = {name: _length(it) if name in (*TARGETS, "cap") and it else it for name, it in content.items()}
    return dict(_leaves("", shown))


def _leaves(path: str, value: Any) -> Iterable[tuple[str, str]]:
    if not isinstance(value, Mapping):
        yield path, _text(value)
        return
    for name, inside in value.items():
        yield from _leaves(f"{path}.{name}" if path else name, inside)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value) or "closed"
    if isinstance(value, bool):
        return str(value).lower()
    return NOTHING if value is None else str(value)


def _length(seconds: int) -> str:
    """As config.yaml writes it: 7h30m."""
    parts = (seconds // 3600, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s")
    return "".join(f"{n}{unit}" for n, unit in parts if n)
