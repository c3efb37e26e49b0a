"""The texts of citizens by category: titles short enough for a wall (28 characters), texts with the street."""

from __future__ import annotations

from collections.abc import Mapping

ReportText = tuple[str, str]
"""Title, and text with `{street}` and `{village}`."""

REPORT_TEXTS: Mapping[str, tuple[ReportText, ...]] = {
    "sampah": (
        ("Sampah menumpuk di TPS", "TPS di {street} penuh, sampah meluber sampai ke jalan dan berbau."),
        ("Sampah liar di tepi sungai", "Ada yang membuang sampah ke sungai dekat {street}, sudah menggunung."),
        ("Sampah di trotoar", "Trotoar {street} tertutup tumpukan kantong sampah, pejalan kaki turun ke jalan."),
        ("Sampah belum diangkut", "Sudah tiga hari sampah di {street} belum diangkut. Mohon dijadwalkan."),
        ("Bau sampah menyengat", "Bau sampah dari {street} tercium sampai rumah warga {village}."),
        ("Sampah wisatawan berserakan", "Bekas bungkus makanan berserakan di {street} sejak rombongan wisata pulang."),
        ("Warga bakar sampah", "Tiap sore ada yang membakar sampah di {street}, asapnya masuk rumah."),
        ("Kontainer sampah penuh", "Kontainer di {street} penuh sejak pagi, warga menaruh sampah di luarnya."),
        ("Sampah menyumbat selokan", "Selokan di {street} tersumbat sampah plastik, airnya naik kalau hujan."),
        ("Puing dibuang sembarangan", "Puing bangunan dibuang di pinggir {street}, sudah dua truk."),
    ),
    "jalan_rusak": (
        ("Jalan berlubang besar", "Lubang di {street} membahayakan pengendara motor, apalagi malam hari."),
        ("Aspal mengelupas", "Aspal {street} mengelupas sepanjang kira-kira dua puluh meter, kerikilnya lepas."),
        ("Jalan ambles", "Badan jalan di {street} ambles sebelah kiri. Warga memasang ban bekas sebagai tanda."),
        ("Tutup gorong-gorong hilang", "Tutup gorong-gorong di {street} hilang, lubangnya cukup untuk roda motor."),
        ("Jalan bergelombang", "Jalan di {street} bergelombang setelah galian pipa, mohon diratakan."),
        ("Lubang di tikungan", "Ada lubang dalam persis di tikungan {street}, kemarin ada yang jatuh."),
        ("Drainase mampet, tergenang", "Drainase {street} mampet, jalan tergenang semata kaki tiap hujan."),
        ("Bahu jalan tergerus air", "Bahu jalan {street} tergerus air, tinggal setengah lajur yang aman."),
        ("Trotoar rusak", "Trotoar {street} pecah dan naik turun, sulit dilewati kursi roda."),
        ("Paving gang lepas", "Paving gang di {street} banyak yang lepas, anak-anak sering tersandung."),
        ("Jembatan kecil retak", "Jembatan kecil di {street} retak pada sisi selatan, truk tetap lewat."),
    ),
    "pju": (
        ("Lampu jalan padam", "Lampu jalan di {street} padam sejak tiga malam lalu."),
        ("PJU mati satu deret", "Satu deret PJU di {street} mati, jalan gelap sekali."),
        ("Tiang PJU miring", "Tiang PJU di {street} miring setelah tersenggol truk."),
        ("Lampu jalan berkedip", "Lampu jalan di {street} hidup mati terus, mengganggu pengendara."),
        ("Jalan gelap, rawan begal", "{street} gelap karena PJU padam, warga takut lewat malam."),
        ("Kabel PJU menjuntai", "Kabel PJU menjuntai rendah di {street}, takut tersangkut kendaraan."),
        ("PJU nyala siang hari", "PJU di {street} menyala siang malam, mohon sensornya diperiksa."),
    ),
    "kemacetan": (
        ("Macet di simpang tiga", "Kendaraan tidak bergerak di simpang tiga {street} sudah dua puluh menit."),
        ("Parkir liar bikin macet", "Mobil parkir di dua sisi {street}, tinggal satu lajur."),
        ("Bus wisata menutup lajur", "Bus wisata menurunkan penumpang di tengah {street}."),
        ("Antrean panjang di simpang", "Antrean di {street} sudah sampai ratusan meter, tidak ada petugas."),
        ("Mobil mogok di tanjakan", "Ada mobil mogok di tanjakan {street}, arus dua arah terhenti."),
        ("Truk bongkar di badan jalan", "Truk sayur bongkar muat di badan jalan {street}."),
        ("Macet dua arah", "{street} macet dua arah, mohon ada yang mengatur."),
    ),
    "lampu_lalu_lintas": (
        ("Lampu merah mati", "Lampu merah di {street} mati, kendaraan berebut jalan."),
        ("Lampu lalin berkedip kuning", "Lampu lalu lintas {street} hanya berkedip kuning pada jam ramai."),
        ("Lampu hijau terlalu singkat", "Lampu hijau dari arah {street} hanya beberapa detik."),
        ("Tombol menyeberang rusak", "Tombol penyeberangan di {street} ditekan tidak menyala."),
        ("Lampu lalu lintas tertutup", "Lampu lalu lintas {street} tertutup ranting, tidak terlihat."),
    ),
    "kebakaran": (
        ("Kebakaran lahan kering", "Lahan kering dekat {street} terbakar, angin ke arah permukiman."),
        ("Asap tebal dari gudang", "Asap tebal keluar dari gudang di {street}."),
        ("Api dari dapur warung", "Dapur warung di {street} terbakar, pemilik sudah di luar."),
        ("Api di lereng hutan", "Terlihat api di lereng atas {street} sejak setengah jam lalu."),
        ("Korsleting, atap terbakar", "Atap rumah di {street} terbakar, diduga korsleting."),
    ),
    "longsor": (
        ("Longsor menutup jalan", "Tebing di {street} longsor, tanah menutup separuh jalan."),
        ("Tebing longsor dekat rumah", "Tebing di belakang rumah warga {street} longsor, satu keluarga mengungsi."),
        ("Tanah retak di lereng", "Muncul retakan panjang di lereng atas {street} setelah hujan."),
        ("Talud longsor", "Talud di {street} longsor ke saluran, air meluap."),
        ("Longsoran di saluran air", "Material longsor menutup saluran di {street}."),
    ),
    "pohon_tumbang": (
        ("Pohon tumbang tutup jalan", "Pohon besar tumbang menutup {street}, kendaraan putar balik."),
        ("Dahan besar patah", "Dahan besar patah dan menggantung di atas {street}."),
        ("Pohon menimpa kabel listrik", "Pohon tumbang menimpa kabel di {street}, listrik padam."),
        ("Pohon miring, rawan roboh", "Pohon di {street} miring setelah angin kencang, takut roboh ke jalan."),
        ("Pohon roboh menimpa pagar", "Pohon roboh menimpa pagar rumah di {street}, tidak ada korban."),
    ),
    "narkoba": (
        ("Dugaan transaksi narkoba", "Sering ada orang bertransaksi mencurigakan di {street} menjelang tengah malam."),
        ("Dugaan peredaran pil", "Ada yang menawarkan pil kepada anak sekolah di sekitar {street}."),
        ("Kos dipakai pesta obat", "Kamar kos di {street} sering dipakai pesta, diduga memakai obat terlarang."),
    ),
    "pertanian": (
        ("Daun apel bercak cokelat", "Daun apel Manalagi saya bercak cokelat lalu rontok. Obatnya apa?"),
        ("Ulat grayak di bawang daun", "Bawang daun di {street} habis dimakan ulat grayak. Mohon penyuluh datang."),
        ("Pupuk subsidi belum datang", "Pupuk subsidi kelompok kami di {village} belum datang. Kapan jadwalnya?"),
        ("Kentang busuk di gudang", "Kentang hasil panen cepat busuk di gudang. Bagaimana menyimpannya yang benar?"),
        ("Harga wortel anjlok", "Harga wortel di tengkulak tinggal separuh. Apakah ada pasar lain lewat Among Tani?"),
        ("Jeruk keprok rontok", "Jeruk keprok 55 rontok sebelum besar. Kurang hara apa?"),
        ("Stroberi berjamur", "Stroberi di {village} berjamur abu-abu setelah hujan terus. Mohon saran."),
        ("Minta penyuluh ke lahan", "Kelompok tani {village} minta penyuluh melihat lahan minggu ini."),
        ("Air irigasi kering", "Air irigasi di blok {street} kering sejak hari Senin."),
        ("Susu sapi perah turun", "Produksi susu sapi saya turun sejak ganti pakan. Harus bagaimana?"),
        ("Cara daftar kartu tani", "Bagaimana cara mendaftar kartu tani, dan apa saja syaratnya?"),
        ("Lalat buah di jambu kristal", "Jambu kristal banyak kena lalat buah. Perangkap apa yang disarankan?"),
        ("Kutu kebul di cabai", "Cabai rawit kena kutu kebul, daunnya keriting. Mohon petunjuk."),
        ("Bibit apel di mana dibeli?", "Di mana bisa membeli bibit apel Manalagi yang bersertifikat?"),
    ),
    "pkl_liar": (
        ("PKL di trotoar", "Pedagang menempati trotoar {street}, pejalan kaki turun ke jalan."),
        ("Lapak di jalur tunanetra", "Lapak didirikan di atas jalur pemandu tunanetra di {street}."),
        ("Pedagang di badan jalan", "Pedagang berjualan di badan jalan {street}, lajur tinggal satu."),
        ("PKL pakai lahan parkir", "Lahan parkir di {street} dipakai berjualan sejak sore."),
        ("Tenda PKL tutup saluran", "Tenda pedagang menutup saluran air di {street}."),
    ),
    "iklan_liar": (
        ("Spanduk liar di pohon", "Spanduk dipaku di pohon sepanjang {street}."),
        ("Poster pinjol di tiang", "Tiang listrik di {street} penuh poster pinjaman daring."),
        ("Baliho tanpa izin", "Baliho besar berdiri di {street}, diduga tanpa izin."),
        ("Reklame miring", "Papan reklame di {street} miring, takut jatuh."),
        ("Stiker iklan di rambu", "Rambu di {street} tertutup stiker iklan sedot WC."),
    ),
    "lainnya": (
        ("Genangan banjir di gang", "Banjir setinggi lutut di gang dekat {street} setelah hujan."),
        ("Banyak nyamuk, minta fogging", "Banyak nyamuk di {street}, sudah dua anak kena demam berdarah."),
        ("KTP belum jadi sebulan", "KTP saya belum jadi, sudah sebulan. Mohon kepastian."),
        ("Bansos belum diterima", "Bansos bulan ini belum diterima tetangga saya di {street}."),
        ("Lansia butuh bantuan", "Ada lansia tinggal sendiri di {street}, sakit dan belum makan sejak kemarin."),
        ("Pengemis di lampu merah", "Pengemis membawa anak kecil di lampu merah dekat {street}."),
        ("Pagar sekolah roboh", "Pagar sekolah dasar di {street} roboh, murid lewat di situ."),
        ("Toilet wisata kotor", "Toilet di tempat wisata dekat {street} kotor dan tidak ada air."),
        ("Harga sembako naik", "Harga sembako di pasar naik tajam minggu ini, mohon dipantau."),
        ("Wifi alun-alun mati", "Wifi umum di alun-alun mati sejak kemarin."),
        ("Anjing liar di kampung", "Anjing liar berkeliaran di {street}, anak-anak takut."),
        ("Musik keras sampai subuh", "Ada hajatan dengan musik keras di {street} sampai subuh."),
        ("Tagihan air melonjak", "Tagihan air rumah di {street} naik tiga kali lipat."),
        ("Izin usaha kapan terbit?", "Permohonan izin usaha saya sudah tiga minggu, kapan terbit?"),
    ),
}

FLOOD = "Genangan banjir di gang"
"""The title in `lainnya` that is used after rain."""

_AGAIN = ("Sama dengan laporan lain: ", "Konfirmasi, benar: ", "Saya juga lihat. ", "Lewat sini barusan: ", "")
"""Beginnings of further reports of the same event."""


def repeat_report(number: int, text: str) -> str:
    """The text of the `number`th further report of one event."""
    return _AGAIN[number % len(_AGAIN)] + text


QUESTION_TEXTS = (
    "Daun apel saya bercak cokelat sejak minggu lalu, kira-kira seperempat kebun. Obatnya apa?",
    "Kentang umur dua bulan layu satu per satu padahal disiram. Apakah ini layu bakteri, dan bagaimana mencegahnya?",
    "Pupuk untuk stroberi yang baru dipindah ke polybag sebaiknya apa, dan seberapa banyak?",
)
"""Of farmers, in full."""
