"""The words around the name of a place which tell what it is: a village, a kecamatan, a street, a direction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum

WORDS = re.compile(r"[^\W\d_]+|\d+|[,;()/|\n]")
"""The words of a folded text, its numbers and its separators."""


class WordKind(IntEnum):
    """What a word tells about the words after it."""

    VILLAGE = 1
    """desa, kelurahan: the name of a village follows."""
    DISTRICT = 2
    """kecamatan: the name of one follows."""
    STREET = 3
    """jalan, gang: the name of a street follows, even when it is also that of a village."""
    ROAD = 4
    """raya, lintas: between `jalan` and the name; alone as `jalan`."""
    TOWARDS = 5
    """ke, arah, dari, dekat: what follows is elsewhere."""
    AT = 6
    """di, depan, RT, nomor: the name of a street ends here."""
    PART = 7
    """A separator; it ends what came before it."""
    CITY = 8
    """kota: another one may follow."""
    REGENCY = 9
    """kabupaten: another one follows."""
    PLAIN = 10
    """Tells nothing about a place within the city: Batu, Jawa Timur, kode pos."""
    NOT = 11
    """bukan, selain: it is not there."""
    CALLED = 12
    """toko, pak, bakso: a person, firm or thing has the name of the place."""
    FOREIGN = 13
    """Pujon, Surabaya: the kecamatan, regency or city of other villages."""


FOREIGN = (
    # Kabupaten Malang.
    "ampelgading bantur bululawang dampit dau donomulyo gedangan gondanglegi jabung kalipare karangploso kasembon "
    "kepanjen kromengan lawang ngajum ngantang pagak pagelaran pakis pakisaji poncokusumo pujon singosari "
    "sumbermanjing sumberpucung tajinan tirtoyudo tumpang turen wagir wajak wonosari "
    # Kota Malang.
    "malang blimbing kedungkandang klojen lowokwaru sukun "
    # East Java.
    "bangkalan banyuwangi blitar bojonegoro bondowoso gresik jember jombang kediri lamongan lumajang madiun magetan "
    "mojokerto nganjuk ngawi pacitan pamekasan pasuruan ponorogo probolinggo sampang sidoarjo situbondo sumenep "
    "surabaya trenggalek tuban tulungagung "
    # Kecamatan elsewhere with villages of our names.
    "anggana arjasa batuwarno boyolangu borobudur gandusari kademangan kartoharjo kunduran pare poncol sambutan wates "
    # Elsewhere.
    "bandung bantul banyumas bekasi bogor boyolali brebes ciamis cianjur cilacap cirebon demak denpasar depok garut "
    "grobogan gunungkidul jakarta jepara jogja jogjakarta karanganyar kebumen kendal klaten kudus kulonprogo lampung "
    "lombok magelang makassar mataram medan palembang pati pekalongan pemalang purbalingga purwodadi purworejo "
    "rembang salatiga semarang sleman solo sragen sukabumi sukoharjo surakarta tangerang tasikmalaya tegal temanggung "
    "wonogiri wonosobo yogyakarta balikpapan banjarmasin bontang kutai pontianak samarinda"
)
"""Other kecamatan, regencies and cities. Those that are also ordinary words count only at the end of an address."""


_NO = "tidak tdk tak nggak ngga gak ndak"
_WORDS_BY_KIND: Mapping[WordKind, str] = {
    WordKind.VILLAGE: "desa ds kelurahan kel keldesa desakel",
    WordKind.DISTRICT: "kecamatan kec",
    WordKind.STREET: "jalan jl jln gang gg",
    WordKind.ROAD: "raya lintas tembus tembusan poros lingkar",
    WordKind.TOWARDS: "ke menuju arah jurusan tujuan dari via lewat hingga sampai sebelum setelah sesudah dekat",
    WordKind.AT: "di pada daerah wilayah kawasan sekitar dusun dsn dukuh kampung warga rt rw no nomor nmr blok km "
    "depan sebelah samping belakang seberang utara selatan barat perempatan pertigaan simpang pasar perum perumahan",
    WordKind.CITY: "kota",
    WordKind.REGENCY: "kabupaten kab",
    WordKind.PLAIN: "batu jawa timur jatim indonesia provinsi prov kode pos kodepos wisata",
    WordKind.NOT: "bukan bkn bukannya selain kecuali seperti sebagaimana contohlah tiru " + _NO,
    WordKind.CALLED: "pak bapak bpk bu ibu mas mbak mbah cak gus haji sdr saudara nama bernama marga toko warung "
    "warkop rm resto restoran cafe kafe kedai depot bengkel apotek salon cv pt ud pd yayasan "
    "koperasi bus bis po angkot hotel homestay bakso soto sate jeruk apel susu kopi sayur ktp tpa",
    WordKind.FOREIGN: FOREIGN,
}
KINDS: Mapping[str, WordKind] = dict.fromkeys(",;()/|\n", WordKind.PART) | {
    each: kind for kind, text in _WORDS_BY_KIND.items() for each in text.split()
}


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


NO_STREET = _set(
    "rusak berlubang lubang berlobang longsor macet gelap licin buntu sempit umum lingkungan setapak masuk keluar "
    "besar kecil utama aspal tanah beton makadam tikus usaha tani pertanian yang ini itu sini situ dan atau sudah "
    "sangat mulai tersebut menanjak tanjakan turunan tol nasional negara baru lama tidak belum"
)
"""After `jalan` these describe a road and are not its name."""

ORDINARY = frozenset({"punten", "sisir", "pendem"})
"""Names of villages that are also ordinary words: 'excuse me', 'comb', 'bury'."""
POINTING = _set("daerah wilayah kawasan sekitar dusun dukuh kampung warga pasar perempatan pertigaan simpang")
"""In a text of sentences one of ORDINARY is a place only after one of these, or after `di` with a capital letter."""

NO = _set(_NO)
NOT_ONLY = _set("hanya cuma sekadar saja")
"""After `bukan`: it is there, too ('not only')."""
NOT_THERE = _set("di seperti tinggal berada termasuk dari")
"""After one of NO: it is not there. Any other word tells what does not happen there."""
STILL_NOT = _set(
    "seperti tinggal berada termasuk terjadi lokasi lokasinya tempat tempatnya lagi milik urusan "
    "wewenang kewenangan atau maupun dan"
)
"""Words that may come between `bukan` and the name."""
STILL_TOWARDS = _set(
    "balai kantor gedung masjid puskesmas polsek terminal jembatan sd sdn smp smpn tpa pasar daerah wilayah kawasan "
    "dusun dsn dukuh kampung perum perumahan perempatan pertigaan simpang"
)
"""After `ke` or `dari` these belong to the other place; after `dekat` they do not."""
FIRM = _set("jaya indah permai asri makmur putra abadi sentosa mandiri santoso residence regency")
"""After a bare name: a firm, an estate or a person with the name of the place."""
COMPASS = _set("kulon wetan lor kidul")
"""After a name: another village, `Beji Lor`."""
BATU_MORE = _set(
    "ampar aji atas benawa brak bara ceper engau hampar ketulis kliang lanteh lappa layar licin mandi merah putih "
    "sangkar sopang tulis"
)
"""After `Kecamatan Batu`: another kecamatan."""
EXTENT = _set("sampai hingga")
OURS = _set("batu bumiaji junrejo")
"""In a text with one of these `Malang` means the region."""
NO_DISTRICT = _set("setempat terdekat kami ini itu yang dan lama baru")
"""After `kecamatan` these are not a name."""
