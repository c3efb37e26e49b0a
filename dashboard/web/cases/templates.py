"""The templates of answers that config.yaml has, filled in for one case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import request

from dashboard.config.checks import PLACEHOLDER
from dashboard.config.models import DeskSettings
from dashboard.web.cases.case_view import CaseView
from data.domain.cases.commands.model import CommandKind
from data.domain.city.model import City
from layouts.kit.words import LANGUAGES, UNKNOWN, words


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A template for one command, in one language of the citizen."""

    code: str
    lang: str
    title: str
    text: str


def offered(
    settings: DeskSettings, view: CaseView, city: City, page_lang: str
) -> dict[CommandKind, list[FilledTemplate]]:
    """By command, those for the case's category; of each first the Indonesian, then the English text."""
    found: dict[CommandKind, list[FilledTemplate]] = {}
    for code, template in settings.templates.items():
        if template.categories and view.standing.category not in template.categories:
            continue
        for lang in LANGUAGES:
            text = filled(getattr(template.text, lang), _values(view, city, lang))
            ready = FilledTemplate(code, lang, getattr(template.title, page_lang), text)
            for name in template.commands:
                found.setdefault(CommandKind(name), []).append(ready)
    return found


def chosen_template(templates: dict[CommandKind, list[FilledTemplate]]) -> dict[str, str]:
    """What the address asks to be filled in, as if it was typed: for browsers without script."""
    kind, chosen = request.args.get("untuk", ""), request.args.get("templat", "")
    ready = templates.get(CommandKind(kind), []) if kind in set(CommandKind) else []
    found = next((one for one in ready if f"{one.code}.{one.lang}" == chosen), None)
    return {} if found is None else {"command": kind, "text": found.text}


def filled(text: str, values: dict[str, str]) -> str:
    """The text with its {names} filled in; the values are never read as templates."""
    return PLACEHOLDER.sub(lambda name: values.get(name[1], name[0]), text)


def _values(view: CaseView, city: City, lang: str) -> dict[str, str]:
    facts, status = view.found.facts, view.found.status
    category, agency = city.categories.get(status.category), city.agencies.get(status.agency)
    return {
        "code": facts.code,
        "title": facts.title,
        "category": category.name.get(lang, status.category) if category else status.category,
        "agency": agency.name if agency else status.agency,
        "village": view.village or UNKNOWN,
        "due": _day(status.resolve_due_at, city, lang),
    }


def _day(at: datetime | None, city: City, lang: str) -> str:
    if at is None:
        return UNKNOWN
    local = at.astimezone(ZoneInfo(city.timezone))
    return f"{local.day} {words(lang)(f'js.month.{local.month}')} {local.year}, {local:%H:%M}"
