"""Texts that hold a village's name and do not say that something is there, and those that do all the same."""

from __future__ import annotations

OTHER_PLACES = """
Sumberejo, Poncokusumo, Malang
Sidomulyo, Sidoarjo
Desa Sidomulyo, Pujon
Desa Tulungrejo, Pare, Kediri
Tulungrejo Wates Blitar
Tulungrejo Gandusari Blitar
Desa Beji, Boyolangu, Tulungagung
Beji Depok
Kel. Beji, Depok
Beji Timur, Depok
Pandanrejo, Wagir, Malang
Desa Mojorejo, Ngawi
Gunungsari, Surabaya
Jl. Gunungsari No. 10 Surabaya
Desa Gunungsari, Bojonegoro
Desa Giripurno, Borobudur, Magelang
Pesanggrahan, Jakarta Selatan
Kec. Pesanggrahan
Kecamatan Beji
Kec. Beji, Pasuruan
Kecamatan Sumberejo, Bojonegoro
Kec. Ngaglik, Sleman
Ngaglik Sleman DIY
Kec. Bulukerto, Wonogiri
Pendem, Karangploso
Desa Pendem, Karangploso, Malang
Sidomulyo Malang
Temas, Purworejo
Desa Junrejo, Blitar
Sumberejo - Pagak
Kel. Sidomulyo, Samarinda
Sidomulyo, Anggana, Kutai Kartanegara
Oro-Oro Ombo, Kartoharjo, Madiun
Dusun Sidomulyo, Desa Wonorejo
Dsn Beji Desa Donowarih
Dsn. Pendem, Desa Ngijo, Karangploso
Sumberejo Wetan
Desa Beji Lor
Oro-oro Ombo Kulon
Desa Giripurwo
Kec. Batu Ampar, Batam
Kec. Batu Ceper Tangerang
Bukan Desa Beji
RM Beji Indah, Jl. Diponegoro 3
Toko Temas Jaya, Jl. Agus Salim 2
Villa Bukit Tidar, Beji Asri
""".strip().splitlines()
"""Addresses; neither village nor kecamatan of ours."""

SAID_OTHERWISE = """
Ini bukan di Beji tetapi di sebelahnya
Bukan di Desa Beji.
Bukan wilayah Desa Pendem
Bukan kewenangan Desa Beji
bkn di beji
tdk di Beji
Lokasi bukan Sidomulyo.
Lokasinya tidak di Desa Beji
Lokasi bukan di Kecamatan Bumiaji
Saya tidak tinggal di Temas
bukan berada di Desa Beji maupun Desa Pendem
selain di Punten juga banyak
Tidak seperti di Desa Tlekung, di sini sampah tidak diangkut
Seperti di Desa Punten, mohon dipasang lampu
Tolong tiru Desa Tulungrejo
Pak Sidomulyo tetangga saya membakar sampah
Nama saya Beji Santoso
KTP Temas
Toko Beji Jaya menumpuk barang di trotoar
Bus Bumiaji Putra ugal-ugalan
warung Sumberejo bising sekali
bakso Sidomulyo enak
Harga jeruk Punten naik
SMPN 1 Sidomulyo Sidoarjo
Pasar Pendem Malang ramai
TPA Tlekung sudah tutup, sampah di rumah saya tidak diangkut
300 meter dari Balai Desa Sidomulyo
sampah dari pasar Punten berceceran
sudah lapor ke Kecamatan Bumiaji tapi tidak dijawab
jalan rusak belum sampai di Beji
Desa Beji bersih, sedangkan Sidomulyo kotor
Di Desa Punten dan di Desa Sidomulyo listrik padam
""".strip().splitlines()
"""Sentences; neither village nor kecamatan."""

ALL_THE_SAME = {
    "Lampu tidak menyala di Temas": "Temas",
    "Truk sampah tidak datang ke rumah saya di Beji": "Beji",
    "Bukan hanya sekali banjir di Desa Punten": "Punten",
    "Jalan di Temas rusak bukan karena hujan": "Temas",
    "Bukan di Beji, tapi di Mojorejo": "Mojorejo",
    "Kebakaran bukan di Temas, melainkan di Sisir.": "Sisir",
    "Pak, lampu di Desa Beji padam": "Beji",
    "Bapak Lurah Temas, mohon dibantu": "Temas",
    "Wisatawan dari Surabaya parkir di Sidomulyo": "Sidomulyo",
    "Bau dari TPA Tlekung sampai di rumah saya di Desa Beji": "Beji",
    "Sampah di Songgokerto, Batu, Malang": "Songgokerto",
    "Macet dari arah Kota di Desa Mojorejo": "Mojorejo",
}
"""Sentences, and the village that each names."""

WAYS = (
    "Jl. Diponegoro No. 5 RT 02 RW 03 {kind} {name} Kec. {district} Kota Batu",
    "{name}, Kec. {district}, Kota Batu, Jawa Timur 65311",
    "{kind} {name}, Kecamatan {district}, Kota Batu, Malang, Jawa Timur",
    "Ds. {name} RT 1/RW 2, Kec. {district}, Malang",
    "Jalan Mawar gang 2, {kind} {name} Batu",
    "Jl. Surabaya 4, {kind} {name}",
    "Jl. Raya Batu-Malang KM 3, {kind} {name}",
    "{kind} {name}, arah Kota Malang",
    "Toko Makmur, Jl. Agus Salim, {kind} {name}",
    "Warung Bu Sri, {kind} {name}",
    "belakang kantor {kind} {name}",
    "dekat Balai Desa, {kind} {name}",
    "TPA, {kind} {name}",
)
"""Addresses in which every village is found."""
