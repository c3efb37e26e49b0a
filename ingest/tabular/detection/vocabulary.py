"""The words of Indonesian and English tables: names of columns, statuses, values for nothing.

A name is compared folded, without punctuation. The first of a field's words is the one that we would use ourselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.tabular.mapping.columns import fold

DONE = "done"
"""The field of the column with the day on which a report was finished."""
NOTE = "note"
"""The note that was written then."""
BOTH = "position"
"""Latitude and longitude in one column."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "nomor", "no laporan", "nomor laporan", "no tiket", "nomor tiket", "no aduan", "nomor aduan", "no pengaduan",
        "nomor pengaduan", "id laporan", "id tiket", "id", "kode laporan", "kode tiket", "kode aduan", "laporan no",
        "no registrasi", "nomor registrasi", "no register", "no reg", "ticket", "ticket id", "ticket no",
        "ticket number", "request id", "service request id", "report id", "case id", "no", "number",
    ),
    "received": (
        "tanggal", "tanggal lapor", "tgl lapor", "tanggal laporan", "tgl laporan", "tanggal masuk", "tgl masuk",
        "tanggal laporan masuk", "tanggal aduan", "tgl aduan", "tanggal pengaduan", "tgl pengaduan",
        "tanggal diterima", "tgl diterima", "tanggal terima", "waktu lapor", "waktu laporan", "waktu masuk", "tgl",
        "tanggal kejadian", "tgl kejadian", "waktu kejadian", "dilaporkan", "diterima", "date", "created", "created at",
        "created date", "requested datetime", "reported", "reported at", "report date", "received", "received at",
        "timestamp", "stempel waktu",
    ),
    "time": ("waktu", "jam", "pukul", "jam lapor", "jam masuk", "jam laporan", "waktu laporan masuk", "time"),
    "category": (
        "kategori", "kategori laporan", "kategori aduan", "jenis", "jenis laporan", "jenis aduan", "jenis pengaduan",
        "jenis masalah", "topik", "kelompok", "category", "type", "service", "service name", "request type",
        "issue type",
    ),
    "title": ("judul", "judul laporan", "judul aduan", "perihal", "hal", "ringkasan", "title", "subject", "summary"),
    "text": (
        "uraian", "isi", "isi laporan", "isi aduan", "isi akhir", "isi pengaduan", "keluhan", "deskripsi",
        "deskripsi laporan", "uraian laporan", "uraian kejadian", "uraian masalah", "permasalahan", "pengaduan",
        "aduan", "laporan", "detail", "rincian", "description", "complaint", "text", "details",
    ),
    "address": (
        "alamat", "alamat kejadian", "alamat lokasi", "lokasi", "lokasi kejadian", "tempat", "tempat kejadian", "tkp",
        "jalan", "address", "location", "street",
    ),
    "village": (
        "desa", "kelurahan", "desa kelurahan", "kelurahan desa", "kel desa", "desa kel", "nama desa", "nama kelurahan",
        "village", "wilayah",
    ),
    "lat": ("lintang", "latitude", "lat", "garis lintang", "koordinat lintang", "koordinat y", "y"),
    "lon": ("bujur", "longitude", "lon", "lng", "long", "garis bujur", "koordinat bujur", "koordinat x", "x"),
    BOTH: (
        "koordinat", "titik koordinat", "koordinat lokasi", "lat long", "latlong", "lat lon", "lat lng", "gps",
        "posisi", "titik lokasi", "coordinates", "position", "geolocation",
    ),
    "agency": (
        "opd", "dinas", "instansi", "skpd", "perangkat daerah", "opd terkait", "instansi terdisposisi",
        "disposisi", "dinas terkait", "ditujukan kepada", "penanggung jawab", "agency", "department",
        "agency responsible",
    ),
    "status": (
        "status", "status laporan", "status aduan", "status tindak lanjut", "status penanganan", "keadaan", "progres",
        "state", "progress",
    ),
    DONE: (
        "tanggal selesai", "tgl selesai", "waktu selesai", "selesai", "tanggal penyelesaian", "tgl penyelesaian",
        "tanggal ditutup", "tgl tutup", "closed", "closed at", "closed date", "close date", "date closed", "resolved",
        "resolved at", "completed",
    ),
    NOTE: (
        "catatan", "keterangan", "tindak lanjut", "jawaban", "tanggapan", "hasil penanganan", "uraian tindak lanjut",
        "remark", "remarks", "note", "notes", "resolution", "response",
    ),
    "updated": (
        "diperbarui", "tanggal diperbarui", "tgl update", "tanggal update", "terakhir diubah", "updated", "updated at",
        "last updated", "updated datetime", "last activity date",
    ),
    "promised": (
        "tanggal janji", "tgl janji", "janji", "dijanjikan", "janji selesai", "tanggal janji selesai", "batas waktu",
        "tenggat", "tenggat waktu", "tanggal tenggat", "jatuh tempo", "tanggal jatuh tempo", "target selesai",
        "tanggal target", "target penyelesaian", "sla", "batas sla", "tanggal sla", "due date", "due", "due at",
        "date due", "deadline", "expected", "expected date", "expected datetime", "expected at", "sla date",
        "sla due", "sla due date", "promised", "promised at", "promised date", "target date",
    ),
    "service_class": ("klasifikasi", "klasifikasi laporan", "jenis layanan", "kelas", "classification"),
    "sp4n_number": ("nomor sp4n", "no sp4n", "nomor lapor", "no lapor", "id lapor", "tracking id", "tracking sp4n"),
    "reporter_name": ("pelapor", "nama pelapor", "nama", "nama pengadu", "pengadu", "pemohon", "reporter", "name"),
    "reporter_phone": (
        "telepon", "no telepon", "nomor telepon", "no hp", "nomor hp", "hp", "telp", "no telp", "no wa", "nomor wa",
        "whatsapp", "kontak", "phone", "mobile", "contact",
    ),
    "reporter_email": ("email", "surel", "e mail", "alamat email"),
    "media_url": ("foto", "url foto", "tautan foto", "link foto", "lampiran", "media url", "photo", "image"),
}  # fmt: skip
"""By field, most telling first."""

WEAK = frozenset(
    """no id number nama name lokasi location laporan pengaduan aduan jenis type x y wilayah keterangan hal selesai
    status detail details text hp kontak contact kelas long tempat jalan keadaan diterima dilaporkan time waktu note
    notes response""".split()  # noqa: SIM905 - a list of words reads as one
)
"""Names that may mean several fields."""
PERSONS = frozenset({"pelapor", "pengadu", "pemohon", "reporter"})
"""Above other names: these are the reporter's, not the report's."""
PLANNED = frozenset({"target", "rencana", "batas", "estimasi", "perkiraan", "jadwal", "deadline"})
"""Above other names: what is meant to happen, which is nothing that has."""

NOTHING = ("-", "null", "none", "nan", "n/a", "#n/a", "kosong", "tidak ada")
"""Values that stand for an empty cell."""

WORKING, DONE_EVENT, REFUSED = "diterima_opd", "selesai", "ditolak"
DUPLICATE, NOT_OURS = "duplikat", "bukan_wewenang"
STATUSES: Mapping[tuple[str, ...], tuple[str, ...]] = {
    (WORKING, DONE_EVENT): (
        "selesai", "sudah selesai", "tuntas", "ditutup", "tutup", "closed", "resolved", "done", "completed", "beres",
        "sudah ditangani", "tertangani", "selesai ditangani", "sudah ditindaklanjuti", "ditutup oleh sistem",
        "ditutup oleh admin", "ditutup oleh pelapor",
    ),
    (WORKING,): (
        "proses", "diproses", "dalam proses", "sedang diproses", "ditindaklanjuti", "tindak lanjut", "dikerjakan",
        "sedang dikerjakan", "pengerjaan", "ditangani", "in progress", "working", "acknowledged", "progress", "survei",
    ),
    (REFUSED,): (
        "ditolak", "tolak", "rejected", "batal", "dibatalkan", "tidak valid", "diarsipkan", "diarsipkan oleh admin",
        "diarsipkan oleh sistem", "diarsipkan oleh pelapor", "invalid", "cancelled", "canceled", "declined", "void",
        "spam", "withdrawn",
    ),
    (DUPLICATE,): (
        "duplikat", "duplikasi", "ganda", "laporan ganda", "duplicate", "closed as duplicate", "merged", "digabung",
    ),
    (NOT_OURS,): (
        "bukan wewenang", "bukan kewenangan", "transferred", "referred", "referred out", "not our responsibility",
        "out of jurisdiction",
    ),
    (): (
        "", "baru", "masuk", "belum", "belum diproses", "belum ditangani", "diterima", "terkirim", "menunggu", "antri",
        "new", "open", "pending", "received", "verifikasi", "belum terverifikasi", "terverifikasi",
        "menunggu kelengkapan informasi", "ditunda",
    ),
}  # fmt: skip
EVENTS_OF_STATUS = {word: events for events, words in STATUSES.items() for word in words}
REFUSALS = frozenset({REFUSED, DUPLICATE, NOT_OURS})
"""Events of which one ends a case without work, whatever else its status says: `Open (Duplicate)`."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NOT_WORDS = re.compile(r"[^0-9a-z]+")


def plain(name: str) -> str:
    """A column's name as it is compared: folded, letters and digits only, single blanks; createdDate is two words."""
    return " ".join(_NOT_WORDS.sub(" ", fold(_HUMP.sub(" ", name))).split())


EXACT: Mapping[str, str] = {plain(word): field for field, words in reversed(list(WORDS.items())) for word in words}
"""The field of a plain word."""
