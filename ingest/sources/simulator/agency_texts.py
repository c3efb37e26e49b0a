"""The texts of operators and agencies."""

from __future__ import annotations

from collections.abc import Mapping

from data.domain.cases.model import EventKind

_URGENT = {
    EventKind.ACKNOWLEDGED: ("Tim meluncur ke lokasi.", "Regu piket berangkat."),
    EventKind.NOTE: ("Tim sudah di lokasi, lokasi diamankan.", "Minta tambahan gergaji mesin dan personel."),
    EventKind.ANSWERED: (
        "Terima kasih. Tim kami sudah di lokasi, mohon warga menjaga jarak.",
        "Laporan diterima, tim tiba dalam beberapa menit. Mohon hindari ruas ini.",
    ),
    EventKind.RESOLVED: ("Penanganan selesai, jalan dapat dilalui kembali.", "Lokasi aman, tim kembali ke posko."),
}
_WORKS = {
    EventKind.ACKNOWLEDGED: ("Diterima seksi pemeliharaan.", "Masuk daftar survei."),
    EventKind.NOTE: ("Survei selesai, bahan disiapkan.", "Dijadwalkan bersama ruas sebelahnya."),
    EventKind.ANSWERED: (
        "Terima kasih atas laporannya. Lokasi kami survei dan perbaikannya kami jadwalkan pekan ini.",
        "Laporan kami terima. Tambalan sementara dikerjakan dulu, perbaikan tetap menyusul.",
    ),
    EventKind.RESOLVED: ("Perbaikan selesai, foto terlampir di sistem OPD.", "Sudah diperbaiki dan diuji."),
}
_ORDER = {
    EventKind.ACKNOWLEDGED: ("Diteruskan ke regu patroli.", "Diterima petugas piket."),
    EventKind.NOTE: ("Regu sudah menegur di tempat.", "Ditindaklanjuti pada patroli berikutnya."),
    EventKind.ANSWERED: (
        "Terima kasih. Petugas kami kirim ke lokasi hari ini.",
        "Laporan diterima, penertiban dilakukan bersama kelurahan.",
    ),
    EventKind.RESOLVED: ("Sudah ditertibkan.", "Lokasi bersih, akan dipantau."),
}
_WASTE = {
    EventKind.ACKNOWLEDGED: ("Diteruskan ke koordinator armada.", "Masuk rute angkut berikutnya."),
    EventKind.NOTE: ("Armada tambahan disiapkan.", "Menunggu truk kembali dari TPA."),
    EventKind.ANSWERED: (
        "Terima kasih. Armada kami menuju lokasi pada rute siang ini.",
        "Laporan diterima, petugas kebersihan kami kirim.",
    ),
    EventKind.RESOLVED: ("Sudah diangkut dan dibersihkan.", "Lokasi bersih, jadwal angkut ditambah."),
}
_FARM = {
    EventKind.ACKNOWLEDGED: ("Diteruskan ke penyuluh kecamatan.", "Diterima balai penyuluhan."),
    EventKind.NOTE: ("Penyuluh membuat janji dengan kelompok tani.", "Contoh daun diperiksa di laboratorium."),
    EventKind.ANSWERED: (
        "Penyuluh kami akan datang; sementara kurangi penyiraman dan pisahkan tanaman yang sakit.",
        "Terima kasih atas pertanyaannya. Petunjuk lengkap kami kirim lewat aplikasi, penyuluh siap membantu.",
    ),
    EventKind.RESOLVED: ("Penyuluh sudah ke lahan, petunjuk diberikan.", "Pertanyaan terjawab, petani puas."),
}
_OTHER = {
    EventKind.ACKNOWLEDGED: ("Diterima dan dipelajari.", "Diteruskan ke bidang terkait."),
    EventKind.NOTE: ("Koordinasi dengan kelurahan.", "Berkas sedang diperiksa."),
    EventKind.ANSWERED: (
        "Terima kasih, laporan kami tindak lanjuti dan hasilnya kami sampaikan di sini.",
        "Laporan diterima. Bidang terkait menghubungi Saudara pada jam kerja.",
    ),
    EventKind.RESOLVED: ("Sudah ditindaklanjuti.", "Selesai, terima kasih atas kesabarannya."),
}

_BY_CATEGORY: Mapping[str, Mapping[EventKind, tuple[str, ...]]] = {
    "kebakaran": _URGENT,
    "longsor": _URGENT,
    "pohon_tumbang": _URGENT,
    "kemacetan": _ORDER,
    "lampu_lalu_lintas": _WORKS,
    "jalan_rusak": _WORKS,
    "pju": _WORKS,
    "pkl_liar": _ORDER,
    "iklan_liar": _ORDER,
    "sampah": _WASTE,
    "pertanian": _FARM,
}
_ANYWAY: Mapping[EventKind, tuple[str, ...]] = {
    EventKind.VERIFIED: ("Lokasi dan foto sesuai.", "Laporan lengkap."),
    EventKind.PAUSED: ("Mohon foto dan patokan lokasi yang lebih jelas.", "Mohon nomor yang dapat dihubungi."),
    EventKind.RESUMED: ("Keterangan sudah dilengkapi.", "Foto tambahan diterima."),
    EventKind.TRANSFERRED: ("Bukan kewenangan kami, diteruskan ke OPD yang berwenang.",),
    EventKind.REOPENED: ("Masih sama, mohon dicek lagi.", "Belum tuntas, kembali seperti semula."),
    EventKind.CLOSED: ("Ditutup, tidak ada sanggahan dari pelapor.",),
    EventKind.REJECTED: ("Bukan kewenangan Pemerintah Kota; pelapor diarahkan ke instansi yang berwenang.",),
}
_PAUSES: Mapping[str, str] = {
    "weather": "Menunggu hujan reda agar pekerjaan aman.",
    "material": "Menunggu material datang.",
    "other_authority": "Menunggu jawaban instansi lain.",
}


def agency_text(kind: EventKind, category: str, number: int) -> str | None:
    """The text number `number` for the event; None when the event has no text."""
    choices = _ANYWAY.get(kind) or _BY_CATEGORY.get(category, _OTHER).get(kind)
    return choices[number % len(choices)] if choices else None


def pause_text(reason: str, number: int) -> str | None:
    """The text of a pause for that reason."""
    return _PAUSES.get(reason) or agency_text(EventKind.PAUSED, "", number)
