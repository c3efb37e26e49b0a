"""The best-known places of Kota Batu, for the demonstration and for the names of near places.

Names, addresses and prices are facts as visitors' maps on the web told them in 2025 and 2026 (WisataBatu.json and other
public tables); each position lies in the village that the address names, checked against the Kemendagri boundaries.
Prices of tickets are of that time: whoever shows them to the public has them checked first.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Landmark:
    """One of them. Degrees of WGS 84."""

    code: str
    name: str
    category: str
    """A code of guide.categories in config.yaml."""
    address: str
    lat: float
    lon: float


LANDMARKS: tuple[Landmark, ...] = (
    Landmark("alun-alun", "Alun-alun Kota Batu", "rekreasi", "Jl. Diponegoro, Sisir", -7.8716, 112.5267),
    Landmark("jatim-park-1", "Jatim Park 1", "edukasi", "Jl. Kartika 2, Sisir", -7.8841, 112.524),
    Landmark("jatim-park-2", "Jatim Park 2", "edukasi", "Jl. Raya Oro-oro Ombo 9, Temas", -7.887957, 112.529543),
    Landmark("jatim-park-3", "Jatim Park 3", "edukasi", "Jl. Ir. Soekarno 144, Beji", -7.8965, 112.5512),
    Landmark("museum-angkut", "Museum Angkut", "edukasi", "Jl. Terusan Sultan Agung 2, Ngaglik", -7.878554, 112.519943),
    Landmark("bns", "Batu Night Spectacular", "hiburan", "Jl. Raya Oro-oro Ombo, Oro-oro Ombo", -7.896249, 112.534446),
    Landmark("eco-green-park", "Eco Green Park", "edukasi", "Jl. Raya Oro-oro Ombo 9A, Sisir", -7.887531, 112.526599),
    Landmark("selecta", "Selecta", "rekreasi", "Jl. Raya Selecta 1, Tulungrejo", -7.811354, 112.525519),
    Landmark("coban-talun", "Coban Talun", "alam", "Tulungrejo, Kec. Bumiaji", -7.802474, 112.516909),
    Landmark("omah-kayu", "Omah Kayu", "alam", "Jl. Gunung Banyak, Gunungsari", -7.85487, 112.497834),
    Landmark("kusuma-agrowisata", "Kusuma Agrowisata", "agrowisata", "Jl. Abdul Gani Atas, Ngaglik", -7.8812, 112.5175),
    Landmark("songgoriti", "Tirta Nirwana Songgoriti", "rekreasi", "Jl. Songgoriti, Pesanggrahan", -7.871, 112.507),
)
