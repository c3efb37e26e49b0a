"""Addresses as people of Kota Batu write them, and where each is. Plain words, so that a person can check them."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """An address, and what it names: a village, a kecamatan, whether a street."""

    text: str
    village: str | None = None
    district: str | None = None
    street: bool = False
    problem: str | None = None


TWO, CONTRADICTION, ELSEWHERE, SILENT, DISTRICT = "two", "contradiction", "elsewhere", "silent", "district"

ADDRESSES: dict[str, Row] = {
    # Whole addresses.
    "full": Row("Jl. Raya Sidomulyo No 12, Desa Sidomulyo, Kec. Batu", "Sidomulyo", "Batu", street=True),
    "short": Row("Jl. Diponegoro, Sisir", "Sisir", "Batu", street=True),
    "of a map service": Row(
        "Jl. Raya Selecta No.1, Tulungrejo, Kec. Bumiaji, Kota Batu, Jawa Timur 65336", "Tulungrejo", "Bumiaji", True
    ),
    "capitals": Row("JL. DEWI SARTIKA NO. 9 TEMAS KOTA BATU", "Temas", "Batu", True),
    "small letters": Row("jln pattimura 12 temas batu", "Temas", "Batu", True),
    "no commas": Row("Jl Panglima Sudirman 98 Ngaglik Batu", "Ngaglik", "Batu", True),
    "RT and RW": Row("Jl. Wukir RT 03 RW 05 Kel. Temas", "Temas", "Batu", True),
    "RT only": Row("RT 02 RW 07 Pesanggrahan", "Pesanggrahan", "Batu"),
    "slashes": Row("RT.01/RW.04, Kel. Songgokerto", "Songgokerto", "Batu"),
    "gang": Row("Gang 3 Temas", "Temas", "Batu", True),
    "gg in a street": Row("Jl. Abdul Gani Atas Gg. II no 4, Ngaglik", "Ngaglik", "Batu", True),
    "dates in a street": Row("Jl. 17 Agustus No. 5, Kel. Sisir", "Sisir", "Batu", True),
    "form": Row("Kel/Desa : Sisir, Kec : Batu", "Sisir", "Batu"),
    "lines": Row("Jl. Trunojoyo 77\nSonggokerto\nKota Batu", "Songgokerto", "Batu", True),
    "postcode": Row("Dusun Junggo, Tulungrejo 65336", "Tulungrejo", "Bumiaji"),
    "hamlet and village": Row("Dusun Brau, Desa Gunungsari, Bumiaji", "Gunungsari", "Bumiaji"),
    "housing": Row("Perum Puri Indah Blok C5, Desa Beji", "Beji", "Junrejo"),
    "landmark": Row("depan SDN Punten 01", "Punten", "Bumiaji"),
    "village hall": Row("Balai Desa Torongrejo", "Torongrejo", "Junrejo"),
    "wisata": Row("Desa Wisata Punten", "Punten", "Bumiaji"),
    "soekarno": Row("Jl. Ir. Soekarno Beji Junrejo Kota Batu", "Beji", "Junrejo", True),
    "brackets": Row("Jalan Bukit Berbunga (Sidomulyo)", "Sidomulyo", "Batu", True),
    "ds without a point": Row("ds giripurno kec bumiaji", "Giripurno", "Bumiaji"),
    # Spellings.
    "two words": Row("Desa Sumber Brantas", "Sumberbrantas", "Bumiaji"),
    "hyphens": Row("Desa Oro-Oro Ombo", "Oro-oro Ombo", "Batu"),
    "no hyphen": Row("Jl. Hayam Wuruk, Oro oro Ombo", "Oro-oro Ombo", "Batu", True),
    "one word": Row("OROOROOMBO", "Oro-oro Ombo", "Batu"),
    "oro2": Row("oro2 ombo", "Oro-oro Ombo", "Batu"),
    "songgo kerto": Row("Songgo Kerto, Batu", "Songgokerto", "Batu"),
    "sumber rejo": Row("desa sumber rejo", "Sumberejo", "Batu"),
    "gunung sari": Row("Dsn. Kapru, Gunung Sari", "Gunungsari", "Bumiaji"),
    "one letter missing": Row("Desa Tlekng", "Tlekung", "Junrejo"),
    "one letter too many": Row("Kel. Songgokertto", "Songgokerto", "Batu"),
    "misspelt between commas": Row("Jl. Cempaka 4, Pesangrahan, Batu", "Pesanggrahan", "Batu", True),
    "misspelt in two words": Row("Desa Tulung Rejjo", "Tulungrejo", "Bumiaji"),
    "short names must be exact": Row("Desa Bejie", problem=SILENT),
    "sisier is not sisir": Row("Kel. Sisier", problem=SILENT),
    "too far from any": Row("Desa Sukorejo", problem=SILENT),
    "misspelt among other words": Row("Perumahan Sidomulya Indah Permai Raya", problem=SILENT),
    # A street called after a village.
    "street of a village alone": Row("Jalan Raya Punten", street=True, problem=SILENT),
    "with a number": Row("Jl. Raya Punten No. 12", street=True, problem=SILENT),
    "raya alone": Row("Raya Junrejo 5", street=True, problem=SILENT),
    "and its kecamatan": Row("Jl. Raya Punten, Kec. Bumiaji", None, "Bumiaji", True, DISTRICT),
    "in another village": Row("Jl. Raya Punten 3, Desa Sidomulyo", "Sidomulyo", "Batu", True),
    "in the village itself": Row("Jl. Raya Punten, Punten", "Punten", "Bumiaji", True),
    "between two villages": Row("Jl. Raya Punten Tulungrejo", street=True, problem=SILENT),
    "hyphen between two": Row("Jalan Raya Beji-Mojorejo", street=True, problem=SILENT),
    "tembus": Row("Jl. Tembus Pendem - Dadaprejo", street=True, problem=SILENT),
    # Batu is the city, a stone, and a kecamatan only when it says so.
    "the city": Row("Kota Batu", problem=SILENT),
    "batu alone": Row("Batu", problem=SILENT),
    "the kecamatan": Row("Kec. Batu", None, "Batu", problem=DISTRICT),
    "the kecamatan in words": Row("Kantor Kecamatan Batu", None, "Batu", problem=DISTRICT),
    "a stone": Row("dekat batu besar di tepi sungai", problem=SILENT),
    "a street of stones": Row("Jl. Batu Permata 4", street=True, problem=SILENT),
    "street in the city": Row("Jl. Panglima Sudirman No. 507, Kota Batu", street=True, problem=SILENT),
    "city hall": Row("Balai Kota Among Tani, Jl. Panglima Sudirman No.507", street=True, problem=SILENT),
    "square": Row("Alun-alun Kota Wisata Batu", problem=SILENT),
    # Bumiaji and Junrejo are both.
    "bumiaji alone": Row("Jl. Kastubi, Bumiaji", None, "Bumiaji", True, DISTRICT),
    "junrejo alone": Row("Junrejo", None, "Junrejo", problem=DISTRICT),
    "the village bumiaji": Row("Desa Bumiaji", "Bumiaji", "Bumiaji"),
    "the kecamatan bumiaji": Row("Kec. Bumiaji", None, "Bumiaji", problem=DISTRICT),
    "village and kecamatan": Row("Bumiaji, Kec. Bumiaji, Kota Batu", "Bumiaji", "Bumiaji"),
    "expressly both": Row("Desa Junrejo Kecamatan Junrejo", "Junrejo", "Junrejo"),
    "with a village of it": Row("Punten, Bumiaji", "Punten", "Bumiaji"),
    "kecamatan misspelt": Row("Kec. Bumiajie", None, "Bumiaji", problem=DISTRICT),
    # Two, or none that can be believed.
    "two of one kecamatan": Row("perbatasan Beji dan Mojorejo", None, "Junrejo", problem=TWO),
    "two of two": Row("Beji / Sidomulyo", problem=TWO),
    "express beats bare": Row("Desa Beji, perbatasan Pendem", "Beji", "Junrejo"),
    "wrong kecamatan": Row("Desa Punten, Kec. Batu", problem=CONTRADICTION),
    "wrong kecamatan, bare": Row("Sidomulyo, Bumiaji", problem=CONTRADICTION),
    "two kecamatan": Row("Bumiaji - Junrejo", problem=TWO),
    # Directions are elsewhere.
    "towards": Row("Jl. Raya Selecta arah Punten", street=True, problem=SILENT),
    "before": Row("sebelum Desa Punten", problem=SILENT),
    "from to": Row("dari Sisir ke Temas", problem=SILENT),
    "towards, but in": Row("Desa Sumbergondo arah Tulungrejo", "Sumbergondo", "Bumiaji"),
    # Other cities have villages of the same names.
    "another kecamatan": Row("Desa Sidomulyo, Kec. Jabung", problem=ELSEWHERE),
    "another regency": Row("Beji, Kab. Pasuruan", problem=ELSEWHERE),
    "another city": Row("Jl. Beji 4, Junrejo, Kota Depok", street=True, problem=ELSEWHERE),
    "the old regency": Row("Desa Pendem, Kab. Malang", problem=ELSEWHERE),
    # Roads that are only described.
    "a broken road": Row("jalan rusak di Desa Beji", "Beji", "Junrejo"),
    "nothing": Row("di belakang pasar", problem=SILENT),
    "empty": Row("", problem=SILENT),
    "marks": Row(",,;()//", problem=SILENT),
}

TEXTS: dict[str, Row] = {
    "said in passing": Row("Lampu jalan di Desa Giripurno mati sejak Senin.", "Giripurno", "Bumiaji"),
    "bare": Row("Sampah menumpuk di Tulungrejo, mohon diangkut.", "Tulungrejo", "Bumiaji"),
    "a greeting": Row("Punten pak, jalan berlubang belum diperbaiki.", problem=SILENT),
    "greeting and place": Row("Punten pak, jalan di Punten berlubang.", "Punten", "Bumiaji"),
    "a comb of bananas": Row("Saya beli pisang dua sisir di pasar.", problem=SILENT),
    "searched": Row("Sudah di sisir petugas semalam.", problem=SILENT),
    "the place sisir": Row("Banjir di Sisir sejak pagi.", "Sisir", "Batu"),
    "kelurahan in a text": Row("warga kelurahan sisir resah", "Sisir", "Batu"),
    "buried cable": Row("kabel di pendem terlalu dangkal", problem=SILENT),
    "a stone in a text": Row("Batu besar longsor menutup jalan.", problem=SILENT),
    "road of a village": Row("Jalan raya Junrejo macet.", problem=SILENT),
    "bumiaji in a text": Row("Hujan es di Bumiaji.", None, "Bumiaji", problem=DISTRICT),
    "district in a text": Row("Camat kecamatan Junrejo sudah datang", None, "Junrejo", problem=DISTRICT),
    "no fuzzy in sentences": Row("Sidomulya sudah gelap", problem=SILENT),
    "fuzzy behind desa": Row("di desa Sidomulya sudah gelap", "Sidomulyo", "Batu"),
    "two in a text": Row("antara Mojorejo dan Torongrejo", None, "Junrejo", problem=TWO),
    "a regency in a text": Row("Desa Sidomulyo kabupaten Malang", problem=ELSEWHERE),
    "the district here": Row("Sudah lapor ke kecamatan setempat soal Temas", "Temas", "Batu"),
}
