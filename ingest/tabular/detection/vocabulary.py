"""The words of Indonesian and English tables: names of columns, statuses (of some other languages, too), nothing.

A name is compared folded, without punctuation. The first of a field's words is the one that we would use ourselves.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from ingest.tabular.mapping.columns import fold

DONE = "done"
"""The field of the column with the day on which a report was finished."""
ANSWERED = "answered"
"""The field of the column with the day of the first answer to the citizen."""
NOTE = "note"
"""The note that was written then."""
BOTH = "position"
"""Latitude and longitude in one column."""

WORDS: Mapping[str, tuple[str, ...]] = {
    "id": (
        "nomor", "no laporan", "nomor laporan", "no tiket", "nomor tiket", "no aduan", "nomor aduan", "no pengaduan",
        "nomor pengaduan", "id laporan", "id tiket", "id", "kode laporan", "kode tiket", "kode aduan", "laporan no",
        "no registrasi", "nomor registrasi", "no register", "no reg", "ticket", "ticket id", "ticket no",
        "ticket number", "request id", "service request id", "report id", "case id", "no", "number", "unique key",
        "reference", "reference number", "reference no", "ref no", "service request number",
    ),
    "received": (
        "tanggal", "tanggal lapor", "tgl lapor", "tanggal laporan", "tgl laporan", "tanggal masuk", "tgl masuk",
        "tanggal laporan masuk", "tanggal aduan", "tgl aduan", "tanggal pengaduan", "tgl pengaduan",
        "tanggal diterima", "tgl diterima", "tanggal terima", "waktu lapor", "waktu laporan", "waktu masuk", "tgl",
        "tanggal kejadian", "tgl kejadian", "waktu kejadian", "dilaporkan", "diterima", "date", "created", "created at",
        "created date", "requested datetime", "reported", "reported at", "report date", "received", "received at",
        "timestamp", "stempel waktu", "opened", "opened at", "opened date", "open date", "date opened", "date created",
        "created on", "creation date", "submitted", "submitted at", "submitted date", "date submitted",
        "submission date", "date reported", "reported date", "date received", "received date", "request date",
        "requested", "initiated", "date initiated", "logged",
    ),
    "time": ("waktu", "jam", "pukul", "jam lapor", "jam masuk", "jam laporan", "waktu laporan masuk", "time"),
    "category": (
        "kategori", "kategori laporan", "kategori aduan", "jenis", "jenis laporan", "jenis aduan", "jenis pengaduan",
        "jenis masalah", "topik", "kelompok", "category", "type", "service", "service name", "request type",
        "issue type", "complaint type", "problem type", "problem", "problem category", "topic", "subcategory",
    ),
    "title": ("judul", "judul laporan", "judul aduan", "perihal", "hal", "ringkasan", "title", "subject", "summary"),
    "text": (
        "uraian", "isi", "isi laporan", "isi aduan", "isi akhir", "isi pengaduan", "keluhan", "deskripsi",
        "deskripsi laporan", "uraian laporan", "uraian kejadian", "uraian masalah", "permasalahan", "pengaduan",
        "aduan", "laporan", "detail", "rincian", "description", "complaint", "text", "details", "descriptor", "message",
        "comments", "comment",
    ),
    "address": (
        "alamat", "alamat kejadian", "alamat lokasi", "lokasi", "lokasi kejadian", "tempat", "tempat kejadian", "tkp",
        "jalan", "address", "location", "street", "street address", "site address", "full address",
    ),
    "village": (
        "desa", "kelurahan", "desa kelurahan", "kelurahan desa", "kel desa", "desa kel", "nama desa", "nama kelurahan",
        "village", "wilayah", "neighborhood", "neighbourhood",
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
        "agency responsible", "responsible agency", "responsible department", "agency name", "department name",
        "owner department", "assigned to", "assigned agency", "assigned department", "referred to", "handled by",
    ),
    "status": (
        "status", "status laporan", "status aduan", "status tindak lanjut", "status penanganan", "keadaan", "progres",
        "progress",
    ),
    DONE: (
        "tanggal selesai", "tgl selesai", "waktu selesai", "selesai", "tanggal penyelesaian", "tgl penyelesaian",
        "tanggal ditutup", "tgl tutup", "closed", "closed at", "closed date", "close date", "date closed", "resolved",
        "resolved at", "completed", "closed on", "closure date", "closing date", "resolved date", "resolution date",
        "date resolved", "date completed", "completed at", "completed date", "completion date", "finished", "ended",
    ),
    ANSWERED: (
        "tanggal ditanggapi", "tgl ditanggapi", "waktu ditanggapi", "ditanggapi", "tanggal tanggapan",
        "tgl tanggapan", "waktu tanggapan", "tanggapan pertama", "tanggal tanggapan pertama", "tanggal dijawab",
        "tgl dijawab", "tanggal jawaban", "tgl jawaban", "waktu jawaban", "jawaban pertama", "dijawab", "direspon",
        "tanggal direspon", "tanggal respon", "tgl respon", "waktu respon", "tanggal respons", "waktu respons",
        "respon pertama", "respons pertama", "answered", "answered at", "answer date", "date answered", "first answer",
        "first answer at", "first response", "first response at", "first response date", "first reply",
        "first replied at", "replied at", "reply date", "responded", "responded at", "response date", "date responded",
    ),
    NOTE: (
        "catatan", "keterangan", "tindak lanjut", "jawaban", "tanggapan", "hasil penanganan", "uraian tindak lanjut",
        "remark", "remarks", "note", "notes", "resolution", "response", "status notes", "resolution notes",
        "resolution description", "closure reason", "closing notes", "outcome",
    ),
    "updated": (
        "diperbarui", "tanggal diperbarui", "tgl update", "tanggal update", "terakhir diubah", "updated", "updated at",
        "last updated", "updated datetime", "last activity date", "updated date", "date updated", "last update",
        "last modified", "last modified date", "modified", "modified at", "modified date", "date modified",
        "status date", "last change", "last changed", "changed",
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
        "whatsapp", "kontak", "phone", "mobile", "contact", "phone number", "telephone",
    ),
    "reporter_email": ("email", "surel", "e mail", "alamat email"),
    "media_url": (
        "foto", "url foto", "tautan foto", "link foto", "lampiran", "media url", "photo", "image", "media", "picture",
        "photo url", "image url", "photo link", "attachment", "submitted photo",
    ),
}  # fmt: skip
"""By field, most telling first."""

MARKET_WORDS: Mapping[str, tuple[str, ...]] = {
    "id": ("nomor", "no transaksi", "nomor transaksi", "no nota", "nota", "kode", "id", "no", "invoice", "number"),
    "received": ("tanggal", "tgl", "tanggal transaksi", "tanggal jual", "tgl jual", "tanggal panen", "date"),
    "time": ("jam", "waktu", "pukul", "time"),
    "updated": ("diubah", "tanggal diubah", "diperbarui", "updated", "updated at", "modified"),
    "commodity": ("komoditas", "barang", "nama barang", "produk", "jenis", "hasil panen", "commodity", "item"),
    "grade": ("mutu", "kualitas", "kelas", "grade", "quality"),
    "quantity": ("jumlah", "banyak", "banyaknya", "berat", "volume", "kuantitas", "qty", "quantity", "weight", "kg"),
    "unit": ("satuan", "unit"),
    "price": ("harga", "harga satuan", "harga per kg", "harga kg", "harga jual", "price", "unit price"),
    "total": ("total", "jumlah harga", "nilai", "total harga", "jumlah rp", "amount"),
    "currency": ("mata uang", "currency"),
    "farmer": ("petani", "nama petani", "penjual", "pemasok", "farmer", "seller", "supplier"),
    "farmer_phone": ("hp petani", "telepon petani", "no hp petani", "farmer phone"),
    "buyer": ("pembeli", "nama pembeli", "pedagang", "tengkulak", "buyer", "customer"),
    "buyer_phone": ("hp pembeli", "telepon pembeli", "no hp pembeli", "buyer phone"),
    "village": ("desa", "kelurahan", "asal", "desa kelurahan", "village", "origin"),
    "offer": ("penawaran", "no penawaran", "lapak", "offer"),
    "place": ("pasar", "tempat", "nama pasar", "kota", "place", "market"),
    "cancelled": ("batal", "dibatalkan", "cancelled", "void"),
    "first_day": ("mulai panen", "dari tanggal", "from"),
    "last_day": ("selesai panen", "sampai tanggal", "to"),
    "expires": ("berlaku sampai", "kedaluwarsa", "expires"),
}  # fmt: skip
"""Likewise of a table of the market."""

GUIDE_WORDS: Mapping[str, tuple[str, ...]] = {
    "id": ("kode", "id", "nomor", "no", "key", "code", "number"),
    "name": (
        "nama", "nama tempat", "nama wisata", "nama usaha", "destinasi", "tempat wisata", "nama acara", "acara",
        "kegiatan", "judul", "name", "title", "place name", "event",
    ),
    "category": ("kategori", "jenis", "jenis usaha", "jenis wisata", "tipe", "category", "type"),
    "address": ("alamat", "alamat lengkap", "lokasi", "address"),
    "village": ("desa", "kelurahan", "desa kelurahan", "village"),
    "lat": ("lintang", "latitude", "lat", "garis lintang"),
    "lon": ("bujur", "longitude", "lon", "lng", "long", "garis bujur"),
    "position": ("koordinat", "titik koordinat", "lat long", "coordinates", "position"),
    "text": ("keterangan", "deskripsi", "uraian", "description"),
    "opening_hours": ("jam buka", "jam operasional", "buka", "opening hours", "hours"),
    "ticket": ("harga tiket", "tiket", "htm", "harga masuk", "ticket price", "ticket", "price"),
    "phone": ("telepon", "no hp", "hp", "nomor telepon", "kontak", "phone"),
    "phone_consent": ("tanggal persetujuan", "setuju", "persetujuan", "consent"),
    "url": ("situs", "website", "web", "tautan", "url"),
    "capacity": ("kapasitas", "daya tampung", "capacity"),
    "nib": ("nib", "nomor induk berusaha"),
    "kbli": ("kbli", "kode kbli"),
    "pirt": ("pirt", "p irt", "no pirt", "nomor pirt"),
    "halal": ("halal", "sertifikat halal", "no halal"),
    "starts": ("mulai", "tanggal mulai", "tanggal", "waktu mulai", "start", "starts", "date"),
    "ends": ("selesai", "tanggal selesai", "waktu selesai", "sampai", "end", "ends"),
    "place": ("tempat", "tempat acara", "venue", "place"),
    "expected": ("perkiraan pengunjung", "peserta", "perkiraan peserta", "expected", "attendance"),
    "condition": ("jenis kondisi", "kondisi", "condition", "kind"),
    "state": ("keadaan", "status", "state"),
    "free": ("kosong", "tersedia", "sisa", "free", "available"),
    "observed_by": ("petugas", "diamati oleh", "pengamat", "observed by", "observer"),
    "received": ("waktu diamati", "waktu", "diamati", "observed at", "observed"),
    "updated": ("diubah", "diperbarui", "updated", "modified"),
    "cancelled": ("batal", "dibatalkan", "cancelled"),
    "note": ("catatan", "note"),
}  # fmt: skip
"""Likewise of a table of the guide."""

WEAK = frozenset(
    """no id number nama name lokasi location laporan pengaduan aduan jenis type x y wilayah keterangan hal selesai
    status detail details text hp kontak contact kelas long tempat jalan keadaan diterima dilaporkan time waktu note
    notes response date closed opened requested reference problem topic message comment comments media attachment
    changed ended finished outcome logged descriptor subcategory neighborhood neighbourhood""".split()  # noqa: SIM905 - a list of words reads as one
)
"""Names that may mean several fields."""
PERSONS = frozenset({"pelapor", "pengadu", "pemohon", "reporter", "requester", "caller", "complainant"})
"""Above other names: these are the reporter's, not the report's."""
PLANNED = frozenset({"target", "rencana", "batas", "estimasi", "perkiraan", "jadwal", "deadline"}) | frozenset(
    {"due", "sla", "expected", "estimated", "planned", "scheduled", "promised"}
)
"""Above other names: what is meant to happen, which is nothing that has."""

NOTHING = ("-", "null", "none", "nan", "n/a", "#n/a", "kosong", "tidak ada")
"""Values that stand for an empty cell."""

WORKING, DONE_EVENT, REFUSED, ANSWER = "diterima_opd", "selesai", "ditolak", "ditanggapi"
DUPLICATE, NOT_OURS = "duplikat", "bukan_wewenang"
STATUSES: Mapping[tuple[str, ...], tuple[str, ...]] = {
    (WORKING, DONE_EVENT): (
        "selesai", "sudah selesai", "tuntas", "ditutup", "tutup", "closed", "resolved", "done", "completed", "beres",
        "sudah ditangani", "tertangani", "finished", "fixed", "complete", "closed resolved", "case closed",
        "cerrado", "cerrada", "resuelto", "resuelta", "terminado", "finalizado", "atendido", "concluido", "concluida",
        "solucionado", "fechado", "fechada", "resolvido", "encerrado", "atendida", "ferme", "fermee", "cloture",
        "cloturee", "resolu", "resolue", "termine", "terminee", "traite", "traitee", "geschlossen", "erledigt",
        "gelost", "abgeschlossen", "selesai ditangani", "sudah ditindaklanjuti", "ditutup oleh sistem",
        "ditutup oleh admin", "ditutup oleh pelapor",
    ),
    (WORKING,): (
        "proses", "diproses", "dalam proses", "sedang diproses", "ditindaklanjuti", "tindak lanjut", "dikerjakan",
        "sedang dikerjakan", "pengerjaan", "ditangani", "in progress", "working", "acknowledged", "progress", "survei",
        "assigned", "in process", "under review", "investigating", "work in progress", "en proceso", "en curso",
        "en tramite", "asignado", "asignada", "em andamento", "em analise", "em execucao", "en cours", "assigne",
        "in bearbeitung",
    ),
    (REFUSED,): (
        "ditolak", "tolak", "rejected", "batal", "dibatalkan", "tidak valid", "cancelled", "canceled", "invalid",
        "declined", "void", "spam", "withdrawn", "rechazado", "rechazada", "cancelado", "cancelada", "rejeitado",
        "indeferido", "rejete", "rejetee", "refuse", "annule", "abgelehnt", "diarsipkan", "diarsipkan oleh admin",
        "diarsipkan oleh sistem", "diarsipkan oleh pelapor",
    ),
    (DUPLICATE,): (
        "duplikat", "duplikasi", "ganda", "laporan ganda", "duplicate", "closed duplicate", "closed as duplicate",
        "merged", "digabung", "duplicado",
    ),
    (NOT_OURS,): (
        "bukan wewenang", "bukan kewenangan", "transferred", "referred", "referred out", "not our responsibility",
        "out of jurisdiction",
    ),
    (): (
        "", "baru", "masuk", "belum", "belum diproses", "belum ditangani", "diterima", "terkirim", "menunggu", "antri",
        "new", "open", "pending", "received", "verifikasi", "belum terverifikasi", "terverifikasi",
        "menunggu kelengkapan informasi", "ditunda", "submitted", "created", "unassigned", "abierto", "abierta",
        "nuevo", "nueva", "pendiente", "recibido", "recibida", "aberto", "aberta", "novo", "nova", "pendente",
        "recebido", "ouvert", "ouverte", "nouveau", "nouvelle", "en attente", "recu", "recue", "offen", "neu",
    ),
}  # fmt: skip
EVENTS_OF_STATUS = {word: events for events, words in STATUSES.items() for word in words}
REFUSALS = frozenset({REFUSED, DUPLICATE, NOT_OURS})
"""Events of which one ends a case without work, whatever else its status says: `Open (Duplicate)`."""

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_ABOVE = re.compile("[\u0300-\u036f]")
"""Accents, once they are taken off their letters."""
_NOT_WORDS = re.compile(r"[^0-9a-z]+")


def plain(name: str) -> str:
    """A column's name as it is compared: folded, letters and digits only, single blanks, no accents; createdDate is
    two words, SRType, too."""
    bare = name if name.isascii() else _ABOVE.sub("", unicodedata.normalize("NFKD", name))
    return " ".join(_NOT_WORDS.sub(" ", fold(_HUMP.sub(" ", bare))).split())


EXACT: Mapping[str, str] = {plain(word): field for field, words in reversed(list(WORDS.items())) for word in words}
"""The field of a plain word."""


_SHORT = {
    "dt": "date", "datetime": "date", "num": "number", "nbr": "number", "addr": "address", "desc": "description",
    "dept": "department", "cat": "category", "tgl": "tanggal", "nmr": "nomor",
}  # fmt: skip
_ABOUT_ALL = frozenset(
    ("sr", "req", "request", "service", "case", "report", "complaint", "ticket", "issue", "incident", "enquiry")
)
"""Words of a name that say only that the table is about reports: SRType, CASE_STATUS, reqaddress."""
_GLUED = (*sorted(_ABOUT_ALL), "datetime", "date")


def shortened(asked: str) -> str | None:
    """The field of a plain name once shortened words are written out and those about all reports left out."""
    words = [_SHORT.get(word, word) for word in asked.split()]
    telling = [word for word in words if word not in _ABOUT_ALL]
    names = [" ".join(words), " ".join(telling)]
    if len(words) == 1:
        names += [asked.removeprefix(each) for each in _GLUED if asked.startswith(each)]
    return next((EXACT[name] for name in names if name in EXACT), None)
