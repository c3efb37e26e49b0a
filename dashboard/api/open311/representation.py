"""The values of Open311 answers, the same for JSON and XML."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard.api.open311.formats import ANNOUNCED
from dashboard.api.open311.intake import CLASS, VILLAGE
from dashboard.api.open311.masking import masked
from dashboard.config.models import Open311ServerSettings
from data.domain.city.model import Category, City
from data.reference.places.villages import VILLAGES, village_named
from data.store.queries.open311_requests import PublicCase
from data.texts import texts
from ingest.sources.open311.reading import DEMO

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00Z"
"""When the form of the answers last changed."""
LANG = "id"
"""The language of all answers: the standard lets no client choose one."""


def moment(at: datetime | None) -> str | None:
    """UTC with Z, without a fraction."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def discovery(settings: Open311ServerSettings, base: str, *, demo: bool) -> dict[str, Any]:
    """GET discovery; `demo`: the reports are invented."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base}/open311/v2",
        "changeset": CHANGESET,
        "type": "test" if demo else "production",
        "formats": ANNOUNCED,
    }
    return {
        "changeset": CHANGESET,
        "contact": settings.contact,
        "key_service": settings.key_service,
        "endpoints": [endpoint],
    }


def service(category: Category, city: City) -> dict[str, Any]:
    """One of GET services."""
    return {
        "service_code": category.code,
        "service_name": category.name[LANG],
        "description": category.name["en"],
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(category.words) or None,
        "group": city.agency_short(category.agency),
    }


def definition(category: Category, city: City) -> dict[str, Any]:
    """GET services/CODE: two optional attributes, the same for every service."""
    villages = [{"key": village.code, "name": f"{village.name}, {village.district}"} for village in VILLAGES]
    classes = [{"key": each.code, "name": each.name[LANG]} for each in city.classes.values()]
    return {
        "service_code": category.code,
        "attributes": [
            _attribute(1, VILLAGE, texts(LANG)("open311.attribute_village"), villages),
            _attribute(2, CLASS, texts(LANG)("open311.attribute_class"), classes),
        ],
    }


def _attribute(order: int, code: str, description: str, values: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "variable": True,
        "code": code,
        "datatype": "singlevaluelist",
        "required": False,
        "datatype_description": None,
        "order": order,
        "description": description,
        "values": values,
    }


def status(case: PublicCase) -> str:
    """In Open311's words."""
    return "open" if case.open else "closed"


def status_notes(case: PublicCase) -> str:
    """In SP4N's words."""
    return texts(LANG)(f"open311.status.{case.state}")


def service_name(case: PublicCase, city: City) -> str:
    """The category's name; its code when it is no longer in config.yaml."""
    category = city.categories.get(case.category)
    return category.name[LANG] if category else case.category


def agency_name(code: str, city: City) -> str:
    """The full name; the code when it is no longer in config.yaml."""
    agency = city.agencies.get(code)
    return agency.name if agency else code


def description(case: PublicCase) -> str:
    """The report's text, without contact data."""
    return masked(case.text or case.title)


def address(case: PublicCase) -> str | None:
    """As the citizen wrote it, contact data masked."""
    return None if case.address is None else masked(case.address)


def request(case: PublicCase, city: City, photo: str | None = None) -> dict[str, Any]:
    """One of GET requests; `photo` is the URL of its photo that is published."""
    return {
        "service_request_id": case.code,
        "status": status(case),
        "status_notes": status_notes(case),
        "service_name": service_name(case, city),
        "service_code": case.category,
        "description": description(case),
        "agency_responsible": agency_name(case.agency, city),
        "service_notice": DEMO if case.demo else None,
        "requested_datetime": moment(case.received_at),
        "updated_datetime": moment(case.changed_at),
        "expected_datetime": moment(case.due_at),
        "address": address(case),
        "address_id": case.village,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lon,
        "media_url": photo,
    }


def extended(case: PublicCase, city: City) -> dict[str, Any]:
    """extended_attributes, for `extensions=true`."""
    village = village_named(case.village)
    service_class = city.classes.get(case.service_class)
    return {
        "state": case.state,
        "village_code": case.village,
        "village": village.name if village else None,
        "district": village.district if village else None,
        "location_precision": case.precision,
        "service_class": service_class.name[LANG] if service_class else case.service_class,
    }
