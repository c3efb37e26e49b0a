"""The table of the 22 commodities of Kota Batu: name, own unit, how long they keep, and what is known of their prices.

What the city measures or decides itself (how much a crate holds, what growing costs, a newer regulation) stands in
config.yaml under `market` and is laid over this table. `usual` is a rough farm-gate price, by which the first prices
are judged while nothing was sold yet, and with which the demonstration plays; it is no reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from data.domain.market.nouns import Commodity, Level, ProductionCost, ReferenceBand

FRUIT, VEGETABLE, FLOWER, LIVESTOCK = "fruit", "vegetable", "flower", "livestock"
_HAP = "Perbadan 11/2022"
_HAP_SINCE = date(2022, 11, 1)


def _band(producer: tuple[int, int], consumer: tuple[int, int]) -> tuple[ReferenceBand, ...]:
    return (
        ReferenceBand(Level.PRODUCER, *producer, _HAP, _HAP_SINCE),
        ReferenceBand(Level.CONSUMER, *consumer, _HAP, _HAP_SINCE),
    )


COMMODITIES: tuple[Commodity, ...] = (
    Commodity(
        "apel",
        {"id": "Apel", "en": "Apple"},
        FRUIT,
        "kg",
        30,
        10_000,
        ("apel manalagi", "apel rome beauty", "apel anna", "apel batu", "apel malang", "apples"),
        costs=(ProductionCost(5_000, "JPNN, sekitar 2018", date(2018, 1, 1)),),
    ),
    Commodity(
        "jeruk",
        {"id": "Jeruk keprok", "en": "Mandarin"},
        FRUIT,
        "kg",
        14,
        9_000,
        ("jeruk", "jeruk keprok batu 55", "jeruk batu 55", "mandarin orange"),
        months=(5, 6, 7, 8),
    ),
    Commodity("stroberi", {"id": "Stroberi", "en": "Strawberry"}, FRUIT, "kg", 4, 35_000, ("strawberry", "stroberry")),
    Commodity(
        "kentang", {"id": "Kentang", "en": "Potato"}, VEGETABLE, "kg", 30, 12_000, ("kentang granola", "potatoes")
    ),
    Commodity("wortel", {"id": "Wortel", "en": "Carrot"}, VEGETABLE, "kg", 14, 7_000, ("carrots",)),
    Commodity(
        "bawang_daun",
        {"id": "Bawang daun", "en": "Spring onion"},
        VEGETABLE,
        "kg",
        5,
        9_000,
        ("bawang prei", "daun bawang", "loncang"),
    ),
    Commodity(
        "sawi",
        {"id": "Petsai dan sawi", "en": "Chinese cabbage"},
        VEGETABLE,
        "kg",
        4,
        5_000,
        ("petsai", "sawi", "petsai/sawi", "sawi putih", "sawi hijau"),
    ),
    Commodity(
        "bawang_merah",
        {"id": "Bawang merah", "en": "Shallot"},
        VEGETABLE,
        "kg",
        45,
        24_000,
        ("brambang", "bawang merah rogol", "shallots"),
        bands=_band((25_000, 30_000), (36_500, 41_500)),
    ),
    Commodity("brokoli", {"id": "Brokoli", "en": "Broccoli"}, VEGETABLE, "kg", 5, 14_000, ("brokoli hijau",)),
    Commodity(
        "kembang_kol", {"id": "Kembang kol", "en": "Cauliflower"}, VEGETABLE, "kg", 5, 10_000, ("bunga kol", "blumkol")
    ),
    Commodity("kubis", {"id": "Kubis", "en": "Cabbage"}, VEGETABLE, "kg", 14, 4_000, ("kol", "kobis", "gubis")),
    Commodity("paprika", {"id": "Paprika", "en": "Bell pepper"}, VEGETABLE, "kg", 10, 35_000, ("bell peppers",)),
    Commodity(
        "cabai_rawit",
        {"id": "Cabai rawit", "en": "Bird's eye chilli"},
        VEGETABLE,
        "kg",
        5,
        30_000,
        ("cabe rawit", "cabai rawit merah", "cabe rawit merah", "lombok rawit"),
        bands=_band((25_000, 31_500), (40_000, 57_000)),
    ),
    Commodity(
        "cabai_merah",
        {"id": "Cabai merah", "en": "Red chilli"},
        VEGETABLE,
        "kg",
        6,
        25_000,
        ("cabe merah", "cabai merah keriting", "cabe merah keriting", "lombok besar"),
        bands=_band((22_000, 29_600), (37_000, 55_000)),
    ),
    Commodity("tomat", {"id": "Tomat", "en": "Tomato"}, VEGETABLE, "kg", 7, 6_000, ("tomat sayur", "tomatoes")),
    Commodity(
        "jambu_kristal",
        {"id": "Jambu kristal", "en": "Crystal guava"},
        FRUIT,
        "kg",
        10,
        9_000,
        ("jambu biji kristal", "guava"),
    ),
    Commodity("alpukat", {"id": "Alpukat", "en": "Avocado"}, FRUIT, "kg", 10, 15_000, ("avokad", "apokat")),
    Commodity("jamur_tiram", {"id": "Jamur tiram", "en": "Oyster mushroom"}, VEGETABLE, "kg", 3, 14_000, ("jamur",)),
    Commodity(
        "krisan",
        {"id": "Bunga krisan", "en": "Chrysanthemum"},
        FLOWER,
        "ikat",
        10,
        15_000,
        ("krisan", "seruni", "bunga potong krisan"),
    ),
    Commodity("mawar", {"id": "Mawar", "en": "Rose"}, FLOWER, "ikat", 5, 20_000, ("bunga mawar", "roses")),
    Commodity(
        "anggrek",
        {"id": "Anggrek dan tanaman hias", "en": "Orchids and pot plants"},
        FLOWER,
        "pot",
        60,
        50_000,
        ("anggrek", "anthurium", "aglonema", "anyelir", "orchid"),
    ),
    Commodity(
        "susu_sapi",
        {"id": "Susu sapi", "en": "Cow's milk"},
        LIVESTOCK,
        "liter",
        2,
        7_500,
        ("susu", "susu segar", "susu sapi perah", "milk"),
    ),
)
"""None of a reference, of harvest months, of a production cost that is not given here was found for the others."""

BY_CODE: Mapping[str, Commodity] = {each.code: each for each in COMMODITIES}
