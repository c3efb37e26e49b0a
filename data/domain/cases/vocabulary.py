"""How people write: other spellings of a word, and what the small words around a complaint say of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Role(IntEnum):
    """What a word does in a sentence."""

    PLAIN = 0
    FILLER = 1
    """Says nothing here: yang, sekali, mohon, numbers."""
    PLACE = 2
    """di, dekat, depan: what follows is where it is, not what it is."""
    STREET = 3
    """jalan, gang: a name may follow."""
    ADDRESS = 4
    """desa, terminal: a name follows, and the word itself is no complaint."""
    NOT = 5
    """tidak, tanpa: the next word is not there."""
    REJECTS = 6
    """bukan, selain: nothing up to the next mark or `tapi` is complained of."""
    CAUSE = 7
    """karena: what follows counts, what stands before is its consequence."""
    EFFECT = 8
    """sehingga: what follows is a consequence."""
    FEAR = 9
    """takut, rawan: what follows has not happened."""
    BUT = 10
    """tapi: what follows counts, whatever was said to be done before."""
    AND = 11
    """dan: a place's name ends here."""
    ALREADY = 12
    """sudah."""
    OFFICE = 13
    """dinas, kantor: the next word is its name, whatever it means elsewhere."""


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SAID: Mapping[Role, str] = {
    Role.FILLER: "yang ini itu tersebut sih kok lho loh dong deh ya iya nih tuh lah kan pun saja doang cuma hanya "
    "pak bu bapak ibu min admin mas mbak gan bos bro saudara yth kepada saya aku kami kita kulo anda "
    "dia mereka sangat sekali banget amat terlalu cukup agak ada terdapat adanya juga pada para "
    "semua seluruh kabeh mulai sejak akan masih terus selalu sering kadang tiap setiap hari mohon "
    "tolong dengan untuk oleh agar supaya segera secara lebih sebuah suatu beberapa banyak akeh mau "
    "ingin baru sini situ sana kondisi keadaan maaf permisi selamat si kang sing kalo kalau "
    "jika bila saat ketika waktu sampaikan bahwa adalah merupakan ialah sedang lagi warga sekadar "
    "sama nang ning jadinya kali malah alias bener sebagian separuh cepat total",
    Role.PLACE: "di ke dari dekat depan belakang samping sebelah seberang sekitar menuju arah arahnya jurusan "
    "sepanjang pinggir tepi ujung pojok atas bawah antara area kawasan daerah wilayah lokasi "
    "lokasinya lewat via hingga sampai tengah masuk keluar dalam sisi kiri kanan utara selatan timur "
    "barat sampingnya depannya belakangnya menghadap seputar nek mburi ngarep cedak nang ning dateng "
    "kawasannya",
    Role.STREET: "jalan gang",
    Role.ADDRESS: "desa kelurahan kecamatan dusun terminal stasiun simpang perempatan pertigaan rt rw no nomor "
    "blok gedung",
    Role.OFFICE: "dinas kantor kadis badan upt uptd balai kepala",
    Role.NOT: "tidak belum tanpa bebas",
    Role.REJECTS: "bukan selain kecuali",
    Role.CAUSE: "karena akibat sebab disebabkan gara diakibatkan lantaran",
    Role.EFFECT: "sehingga akibatnya bikin membuat menyebabkan mengakibatkan menimbulkan jadi efeknya dampaknya "
    "imbasnya nyebabin mengganggu membahayakan",
    Role.FEAR: "takut khawatir kuatir rawan waspada jangan berpotensi ancaman wedi was ngeri cemas",
    Role.BUT: "tapi tetapi namun padahal cuman sayangnya eh melainkan justru",
    Role.AND: "dan atau serta ataupun maupun terus lalu kemudian",
    Role.ALREADY: "sudah telah udah sdh udh wis wes alhamdulillah akhirnya",
}
ROLES: Mapping[str, Role] = {each: role for role, text in _SAID.items() for each in text.split()}

_SPELLINGS = (
    "tidak:tdk gak ga gk nggak ngga enggak engga ndak ndk tak gag kagak ora ra gaonok gaono ngak tidk tida ndik "
    "jangan:jgn ojo ojok belum:blm blum belom durung gurung dereng sudah:sdh udh udah wis wes dah sampun uwes "
    "jalan:jl jln jalanan dalan ndalan jlan jalannya dalane gang:gg yang:yg sing seng karena:krn krna karna "
    "amarga mergo soale soalnya dengan:dgn dg untuk:utk buat nggo kanggo dan:n tapi:tp tpi ning depan:dpn ngarep "
    "dekat:dkt deket cedek cedak cerak belakang:blkg blkng mburi guri pinggir:pggr pinggiran samping:smpg "
    "sekitar:skitar sktr sampai:sampe nyampe di:nang ning nek ndek ing ten dek banyak:byk bnyk akeh kathah "
    "orang:org wong tiyang rumah:rmh omah griyo griya anak:arek bocah larene hujan:ujan udan air:banyu toyo aer "
    "tanah:lemah siti pohon:wit uwit wet phn poon besar:gede guede gedhe ageng kecil:cilik lampu:lamp lmpu "
    "lampune damar merah:abang hijau:ijo ijoe perempatan:prapatan prempatan pertigaan:pertelon prtigaan "
    "roboh:ambruk rubuh robo gelap:peteng petheng gulita lubang:bolong lobang luwang jeglongan bolongan growong "
    "terbakar:kobong kebakar kobongan terbakarnya kebakar api:geni apinya bau:mambu ambu bauk malam:malem mlm "
    "bengi wengi jual:dol adol jualan dodol dodolan dagang dagangan berjualan dijual bakar:obong ngobong diobong "
    "buang:guwak guak buwak ambil:jupuk dijupuk dipundhut njupuk sakit:loro gerah longsor:lonsor logsor "
    "kendaraan:kndraan motor:montor pedagang:bakul penjual pdagang macet:muacet macetos mecet mati:matek mampus "
    "padam:pedot pejah hancur:ajur ambyar remuk ancur mandek:mandeg stuck stak dbd:db bambu:pring patah:sempal "
    "ledak:mbledos mbledug njeblug lintas:lalin lantas penuh:kebak padi:pari rusak:rsk rusk ruwsak rusake bosok "
    "busuk:bosok parkir:markir mohon:mhn mhon nyuwun tolong:tlg tlong tulung njaluk petugas:ptgs bagaimana:gimana "
    "gmn gmana piye pripun yaopo kapan:kpn mengamuk:ngamuk gila:edan gendeng gendheng duit:uang light:lait "
    "traffic:trafic trafik trapik tumbang:tmbg sekolah:sklh skolah skul puskesmas:pkm puskes masuk:msk "
    "keluar:kluar semua:smua kabeh warga:wrg lama:suwe suwi lame perumahan:perum perumnas kelurahan:kel "
    "kecamatan:kec desa:ds dusun:dsn bapak:bpk pak pk ibu:bu pasang:msang masang tutup:nutup terima:trima trims "
    "tks thx trmksh kasih:ksh lebat:deres deras sampah:larahan uwuh resek smpah smph sampa sampahe rosok "
    "plastik:plastic pupuk:rabuk sapi:lembu harga:hrg rego regane rega menyala:murub nyala:urip macan:macan "
    "ular:ulo ayam:pitik kambing:wedus wedhus mahal:larang naik:mundhak mundak "
    "trotoar:trotoir troatoar pedestrian pkl:pkl5 k5 selokan:got kalen parit comberan sungai:sungainya lepen "
    "bensin:bengsin asap:kebul obat:obatan narkoba:narkoboy spanduk:spandok banner:baner benner baliho:balio "
    "baleho iklan:advertensi perbaiki:benerin bener dandani didandani benahi dibenahi dandan betulkan ktp:ektp "
    "aplikasi:apk app internet:inet tonggak:cagak tiang:cagak tiangnya"
)


def _spellings() -> Mapping[str, str]:
    found: dict[str, str] = {}
    word = ""
    for each in _SPELLINGS.split():
        if ":" in each:
            word, _, each = each.partition(":")
        found[each] = word
    return found


SPELLINGS = _spellings()
"""Abbreviations, informal and Javanese words, and the word that they stand for."""

ABBREVIATED = _set("jl jln gg ds dsn kec kel kab no rt rw yth bpk ibu sdr ir dr drs kh hm tlp telp dll dsb dst")
"""A full stop behind one of these ends no sentence."""

DONE = _set(
    "diperbaiki dibenahi dibersihkan diangkut diambil ditangani ditindaklanjuti selesai teratasi beres rampung "
    "nyala menyala hidup normal lancar bersih dipangkas dipotong dievakuasi ditambal diaspal dipasang ditertibkan "
    "dibenerin dijupuk dipadamkan disingkirkan dicopot diturunkan terpasang tertangani mulus sembuh terbit cair "
    "diganti disemprot dirapikan dicat bagus ditebang diaspal dicor jadi dibenarkan didandani terang berfungsi surut "
    "reda murup urip terangkut dibangun dibuka"
)
"""Behind `sudah`: it is over."""

ASKS = _set(
    "mohon tolong minta harap butuh perlu kapan agar supaya harus segera waktunya dijanjikan katanya bisa sekarang"
)
"""What somebody asks for is not done: behind one of these `sudah` no longer speaks."""

UNTRUE = _set("hoax hoaks hoaxnya simulasi")
"""A sentence with one of these tells of nothing that happened."""

STILL = _set("lagi maneh kembali kambuh kok ternyata")
"""Somewhere behind that: it is not over."""
PRAISE = _set("ramah sigap puas memuji pujian apresiasi salut hebat mantap bangga terbantu cekatan")
"""Unless `tidak` stands before it, a sentence with one of these is no complaint."""
LITTLE = _set("kurang jarang krg")
"""Before a praise it makes none of it, as `tidak` does."""
NEVER = _set("masih belum blm durung tetap padahal pernah laporan lapor")
"""Anywhere in the text: likewise."""

PLACES = _set(
    "jalan gang pasar sekolah rumah desa kampung kota taman alun sungai trotoar terminal masjid kantor toko "
    "warung lapangan perumahan jembatan selokan kebun sawah hutan tebing simpang perempatan pertigaan puskesmas "
    "rs"
)
"""Written together with `di` or `ke` they are still where it is: `dipasar`, `kesekolah`."""

COMPLAINTS = _set(
    "rusak hilang kurang jelek parah masalah bermasalah mohon minta butuh perlu usul tolong kapan bahaya "
    "membahayakan mengganggu ganggu resah meresahkan susah sulit bagaimana cara tidak belum mahal kotor bau "
    "lambat jangan hancur putus mati keluhan kecewa kenapa mengapa buruk bobrok amburadul semrawut ditertibkan "
    "ditindak dibiarkan diperbaiki dibenahi ditinjau dicek diperiksa dipasang ditambah diganti diduga curiga "
    "takut khawatir jorok liar sembarangan seenaknya ilegal dibersihkan terganggu protes keberatan ditarik "
    "kesulitan nakal"
)
"""What anybody says of anything that is wrong, or asks for."""

STREETS = frozenset(_SAID[Role.STREET].split())

BETWEEN = _set("besar kecil panjang tinggi tua baru lama") | {
    word for word, role in ROLES.items() if role is Role.PLACE
}
"""They may stand between the words of a phrase: pohon besar tumbang, asap dari gudang."""

UNDIVIDED = _set(
    "masalah bermasalah permasalahan permata pengajian ngaji mengaji lebaran diperhatikan memperhatikan "
    "sebelumnya terjadi terjadinya masing berangkat keberangkatan pemandangan matur katanya perumahan perjalanan "
    "pejalan perhatian keluarga pekarangan kejadian pengguna pemerintah penduduk beberapa sebelum bersama "
    "perumahannya kehidupan pengadilan kebersihan penginapan pelanggan sebelah sekeluarga"
)
"""Words that are no forms of what they seem to be made of."""

PREFIXES = (
    "memper", "diper", "keber", "penge", "menge", "meng", "meny", "peng", "peny", "mem", "men", "pem", "pen", "ber",
    "ter", "per", "bel", "ke", "di", "se", "me", "pe", "be", "te", "nge", "ng", "ny", "n", "m", "tak", "",
)  # fmt: skip
SUFFIXES = ("nya", "kan", "lah", "kah", "pun", "ipun", "ane", "ake", "an", "in", "en", "ne", "ku", "mu", "i", "e", "")
NASALS: Mapping[str, tuple[str, ...]] = {
    "meng": ("", "k"), "peng": ("", "k"), "ng": ("", "k"), "meny": ("s", "c"), "peny": ("s", "c"), "ny": ("s", "c"),
    "mem": ("", "p"), "pem": ("", "p"), "m": ("", "p"), "men": ("", "t"), "pen": ("", "t"), "n": ("", "t"),
}  # fmt: skip
"""The consonants that a prefix may have swallowed: mem-angkas is pangkas, n-umpuk is tumpuk."""
