"""Every page of the access table, with who opens it; tests/dashboard/auth/test_access.py compares the two."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from data.domain.access.roles import Role


class Opener(StrEnum):
    """Who opens a page without an account."""

    CITIZEN = "citizen"
    """With a form that is filled in."""
    HALF = "half"
    """The password was right, the code of the second factor is owed."""
    SCREEN = "screen"


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page."""

    endpoint: str
    path: str
    """With {names} of what stands in the store; of a wall the screen's name."""
    who: Role | Opener


ADMINISTRATOR, SUPERVISOR, RESPONDER = Role.ADMINISTRATOR, Role.SUPERVISOR, Role.RESPONDER
SOURCE = "opd_csv"
PAGES = (
    PageRow("root", "/", Opener.CITIZEN),
    PageRow("web.portal", "/lapor", Opener.CITIZEN),
    PageRow("web.portal_words", "/lapor/uraian", Opener.CITIZEN),
    PageRow("web.portal_contact", "/lapor/kontak", Opener.CITIZEN),
    PageRow("web.portal_check", "/lapor/periksa", Opener.CITIZEN),
    PageRow("web.portal_status", "/lapor/{tracking}", Opener.CITIZEN),
    PageRow("web.portal_status", "/lapor/0000-0000-0000-1", Opener.CITIZEN),
    PageRow("web.portal_rating", "/lapor/{tracking}/nilai", Opener.CITIZEN),
    PageRow("web.login", "/masuk", Opener.CITIZEN),
    PageRow("web.login_code", "/masuk/kode", Opener.HALF),
    PageRow("web.account", "/akun", ADMINISTRATOR),
    PageRow("web.users", "/pengguna", ADMINISTRATOR),
    PageRow("web.sources", "/sumber", ADMINISTRATOR),
    PageRow("web.sources_one", f"/sumber/{SOURCE}", ADMINISTRATOR),
    PageRow("web.sources_one", "/sumber/tidak_ada", ADMINISTRATOR),
    PageRow("web.uploads", "/sumber/unggah", ADMINISTRATOR),
    PageRow("web.uploads_source", f"/sumber/{SOURCE}/unggah", ADMINISTRATOR),
    PageRow("web.uploads_one", "/unggahan/{upload}", ADMINISTRATOR),
    PageRow("web.rejected", "/ditolak", ADMINISTRATOR),
    PageRow("web.rejected_list", f"/sumber/{SOURCE}/ditolak", ADMINISTRATOR),
    PageRow("web.rejected_one", f"/sumber/{SOURCE}/ditolak/{{rejected}}", ADMINISTRATOR),
    PageRow("web.reconcile", "/rekonsiliasi", ADMINISTRATOR),
    PageRow("web.definitions", "/definisi", SUPERVISOR),
    PageRow("web.reports", "/laporan", SUPERVISOR),
    PageRow("performance.page", "/kinerja", SUPERVISOR),
    PageRow("performance.page_cases", "/kinerja/laporan?pick=received:agency:dlh&period=30d", SUPERVISOR),
    PageRow("web.desk", "/meja", SUPERVISOR),
    PageRow("web.desk_case", "/meja/{code}", SUPERVISOR),
    PageRow("web.desk_search", "/meja/cari?kata=sampah", SUPERVISOR),
    PageRow("web.respond", "/respon", RESPONDER),
    PageRow("web.respond_case", "/respon/{code}", RESPONDER),
    PageRow("web.desk_escalations", "/meja/eskalasi", SUPERVISOR),
    PageRow("web.agency_escalations", "/respon/eskalasi", RESPONDER),
    PageRow("web.respond_shell", "/respon/kerangka", RESPONDER),
    PageRow("web.portal_shell", "/lapor/kerangka", Opener.CITIZEN),
    PageRow("web.portal_data", "/lapor/{tracking}/data", Opener.CITIZEN),
    PageRow("web.portal_completion", "/lapor/{asked}/lengkapi", Opener.CITIZEN),
    PageRow("web.privacy_requests", "/permintaan", ADMINISTRATOR),
    PageRow("web.privacy_request", "/permintaan/{code}/1", ADMINISTRATOR),
    PageRow("web.on_behalf_list", "/atas-nama", Role.FIELD),
    PageRow("web.on_behalf_slip", "{slip}", Role.FIELD),
    PageRow("web.assist", "/penyuluh", Role.FIELD),
    PageRow("web.assist_question", "{question}", Role.FIELD),
    PageRow("web.assist_farmer", "/penyuluh/petani", Role.FIELD),
    PageRow("web.assist_sell", "/penyuluh/jual?petani={farmer}", Role.FIELD),
    PageRow("web.assist_offer", "{represented_offer}", Role.FIELD),
    PageRow("web.assist_deal", "{represented_deal}", Role.FIELD),
    PageRow("web.assist_receipt", "{represented_deal}/kuitansi", Role.FIELD),
    PageRow("web.market_officer", "/pasar", Role.MARKET_OFFICER),
    PageRow("web.public_home", "/kota", Opener.CITIZEN),
    PageRow("web.public_agenda", "/kota/agenda", Opener.CITIZEN),
    PageRow("web.public_conditions", "/kota/kondisi", Opener.CITIZEN),
    PageRow("web.public_tile", "/kota/kondisi/tepat_waktu", Opener.CITIZEN),
    PageRow("web.public_places", "/kota/tempat", Opener.CITIZEN),
    PageRow("web.public_place", "/kota/tempat/{place}", Opener.CITIZEN),
    PageRow("web.public_map", "/kota/peta", Opener.CITIZEN),
    PageRow("web.public_data", "/kota/data", Opener.CITIZEN),
    PageRow("web.public_business", "/kota/usaha", Opener.CITIZEN),
    PageRow("web.public_business_status", "{business}", Opener.CITIZEN),
    PageRow("web.city_officer", "/kota/petugas?cari=taman", Role.CITY_OFFICER),
    PageRow("web.city_officer_new_place", "/kota/petugas/tempat-baru", Role.CITY_OFFICER),
    PageRow("web.city_officer_place", "/kota/petugas/tempat/{place}", Role.CITY_OFFICER),
    PageRow("web.city_officer_new_event", "/kota/petugas/agenda-baru", Role.CITY_OFFICER),
    PageRow("web.city_officer_event", "/kota/petugas/agenda/{event}", Role.CITY_OFFICER),
    PageRow("web.city_officer_submission", "/kota/petugas/usulan/{submission}", Role.CITY_OFFICER),
    PageRow("web.tani", "/tani", Role.FARMER),
    PageRow("web.tani_profile", "/tani/saya", Role.FARMER),
    PageRow("web.tani_ask", "/tani/tanya", Role.FARMER),
    PageRow("web.tani_sell", "/tani/jual", Role.FARMER),
    PageRow("web.tani_deal", "{deal}", Role.FARMER),
    PageRow("web.tani_offers", "/tani/lapak", Role.BUYER),
    PageRow("web.tani_offer", "{offer}", Role.BUYER),
    PageRow("web.tani_request", "/tani/cari", Role.BUYER),
    PageRow("web.tani_demand", "{demand}", Role.BUYER),
    PageRow("web.tani_receipt", "{deal}/kuitansi", Role.BUYER),
    PageRow("/wall/<path:path>", "pasar", Opener.SCREEN),
    PageRow("/wall/<path:path>", "peta", Opener.SCREEN),
    PageRow("/wall/<path:path>", "antrean", Opener.SCREEN),
    PageRow("/wall/<path:path>", "waktu", Opener.SCREEN),
    PageRow("/wall/<path:path>", "kinerja", Opener.SCREEN),
)
NO_PAGES = frozenset(
    {
        *("web_static", "font", "tile", "photo", "thumbnail", "answer_health", "answer_metrics", "push", "layout"),
        *("dependencies", "web.login_sso", "web.login_sso_back", "web.portal_stamp", "web.portal_photo"),
        *("web.portal_map", "web.uploads_template", "web.uploads_result", "web.reconcile_file", "performance.page_csv"),
        *("performance.page_tables", "inbound_challenge", "web.market_officer_trades", "web.portal_manifest"),
        *("web.public_map_data", "web.public_file", "web.public_robots", "web.public_sitemap"),
        *("web.portal_worker", "web.privacy_request_file", "web.respond_kept", "web.respond_manifest"),
        *("web.respond_seal", "web.respond_worker", "web.tani_photo", "web.portal_answer_photo"),
        *("performance.page_xlsx", "web.desk_search_file", "web.case_photo", "web.case_thumbnail", "web.reports_file"),
    }
)
"""What is asked for by GET, and answered with a file, data, or the way to another page."""
