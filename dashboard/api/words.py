"""What the Open311 server says: services, definitions, requests, discovery, as plain values for JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard.api.door import CLASS, VILLAGE
from dashboard.settings import Open311Settings
from data.domain.cases import CaseState
from data.domain.city import Category, City
from data.reference.villages import VILLAGES
from data.store.requests import PublicCase

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00Z"
"""When what this server offers last changed its form."""
STATES = {
    CaseState.RECEIVED: "Belum terverifikasi",
    CaseState.DISPATCHED: "Dalam proses: diteruskan",
    CaseState.ACKNOWLEDGED: "Dalam proses: diterima",
    CaseState.IN_PROGRESS: "Dalam proses: ditangani",
    CaseState.WAITING: "Dalam proses: ditunda",
    CaseState.RESOLVED: "Selesai",
    CaseState.CLOSED: "Selesai: ditutup",
    CaseState.REJECTED: "Tidak diteruskan",
    CaseState.MERGED: "Digabung dengan laporan lain tentang kejadian yang sama",
}
"""status_notes, in SP4N's words."""


def moment(at: datetime | None) -> str | None:
    """UTC with Z and no fraction: what every client reads."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def discovery(settings: Open311Settings, base: str) -> dict[str, Any]:
    """GET discovery. Only JSON is announced, for only JSON is served."""
    endpoint = {
        "specification": SPECIFICATION,
        "url": f"{base}/open311/v2",
        "changeset": CHANGESET,
        "type": "production",
        "formats": ["application/json"],
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
        "service_name": category.name["id"],
        "description": category.name["en"],
        "metadata": True,
        "type": "realtime",
        "keywords": ",".join(category.words) or None,
        "group": city.agency_short(category.agency),
    }


def definition(category: Category, city: City) -> dict[str, Any]:
    """GET services/CODE: two optional attributes, the same for every service."""
    villages = [{"key": village.code, "name": f"{village.name}, {village.district}"} for village in VILLAGES]
    classes = [{"key": each.code, "name": each.name["id"]} for each in city.classes.values()]
    return {
        "service_code": category.code,
        "attributes": [
            _attribute(1, VILLAGE, "Desa atau kelurahan, bila titik lokasi tidak diketahui", villages),
            _attribute(2, CLASS, "Klasifikasi SP4N-LAPOR!", classes),
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


def request(case: PublicCase, city: City) -> dict[str, Any]:
    """One of GET requests."""
    category, agency = city.categories.get(case.category), city.agencies.get(case.agency)
    return {
        "service_request_id": case.code,
        "status": "open" if case.open else "closed",
        "status_notes": STATES[case.state],
        "service_name": category.name["id"] if category else case.category,
        "service_code": case.category,
        "description": case.text or case.title,
        "agency_responsible": agency.name if agency else case.agency,
        "service_notice": "DEMO" if case.demo else None,
        "requested_datetime": moment(case.received_at),
        "updated_datetime": moment(case.changed_at),
        "expected_datetime": moment(case.due_at),
        "address": case.address,
        "address_id": None,
        "zipcode": None,
        "lat": case.lat,
        "long": case.lon,
        "media_url": case.media_url,
    }
