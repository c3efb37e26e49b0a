"""The words around a place's name that say what the name is: a village, a kecamatan, a street, a direction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

WORDS = re.compile(r"[^\W\d_]+|\d+|[,;()/|\n]")
"""The words of a folded text, its numbers, and the marks that part one thing from another."""


class Word(IntEnum):
    """What a word says of those behind it."""

    VILLAGE = 1
    """desa, kelurahan: the name of a village follows."""
    DISTRICT = 2
    """kecamatan: the name of one follows."""
    STREET = 3
    """jalan, gang: a street's own name follows, also when it is that of a village."""
    ROAD = 4
    """raya, lintas: between `jalan` and the name; by itself like `jalan`."""
    TOWARDS = 5
    """ke, arah, dari, dekat: what follows is elsewhere."""
    AT = 6
    """di, depan, RT, nomor: here a street's name ends."""
    PART = 7
    """A mark that parts: everything before it is said."""
    CITY = 8
    """kota: another one may follow."""
    REGENCY = 9
    """kabupaten: another one follows."""
    PLAIN = 10
    """Says nothing of a place within the city: Batu, Jawa Timur, kode pos."""


_SAID: Mapping[Word, str] = {
    Word.VILLAGE: "desa ds kelurahan kel keldesa desakel",
    Word.DISTRICT: "kecamatan kec",
    Word.STREET: "jalan jl jln gang gg",
    Word.ROAD: "raya lintas tembus tembusan poros lingkar",
    Word.TOWARDS: "ke menuju arah jurusan tujuan dari via lewat hingga sampai sebelum setelah sesudah dekat",
    Word.AT: "di pada daerah wilayah kawasan sekitar dusun dsn dukuh kampung warga rt rw no nomor nmr blok km depan "
    "sebelah samping belakang seberang utara selatan barat perempatan pertigaan simpang pasar perum perumahan",
    Word.CITY: "kota",
    Word.REGENCY: "kabupaten kab",
    Word.PLAIN: "batu jawa timur jatim indonesia provinsi prov kode pos kodepos wisata",
}
KINDS: Mapping[str, Word] = dict.fromkeys(",;()/|\n", Word.PART) | {
    each: kind for kind, text in _SAID.items() for each in text.split()
}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NO_STREET = _set(
    "rusak berlubang lubang berlobang longsor macet gelap licin buntu sempit umum lingkungan setapak masuk keluar "
    "besar kecil utama aspal tanah beton makadam tikus usaha tani pertanian yang ini itu sini situ dan atau sudah "
    "sangat mulai tersebut menanjak tanjakan turunan tol nasional negara baru lama tidak belum"
)
"""Behind `jalan` these say how a road is, not what it is called."""

ORDINARY = frozenset({"punten", "sisir", "pendem"})
"""Names of villages that are words, too: 'excuse me', 'comb', 'bury'."""
POINTING = _set("daerah wilayah kawasan sekitar dusun dukuh kampung warga pasar perempatan pertigaan simpang")
"""In a text of sentences one of ORDINARY is a place only behind one of these, or behind `di` with a capital letter."""

OTHER_CITIES = _set(
    "malang surabaya kediri blitar madiun mojokerto pasuruan probolinggo jakarta bandung semarang surakarta solo "
    "yogyakarta jogja denpasar samarinda balikpapan bontang medan makassar tangerang bekasi bogor depok"
)
"""Behind `kota`: another city, and so no village of ours."""
NO_DISTRICT = _set("setempat terdekat kami ini itu yang dan lama baru")
"""Behind `kecamatan` these are no name."""
