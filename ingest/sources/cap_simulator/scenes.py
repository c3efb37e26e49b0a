"""What simulated warnings say, in both languages; `{place}` is a village."""

from __future__ import annotations

from typing import NamedTuple

SIMULATED = ("SIMULASI (bukan peringatan sungguhan)", "SIMULATION (no real warning)")
"""The name of their sender."""


class Scene(NamedTuple):
    """What is warned of, in both languages."""

    event: tuple[str, str]
    headline: tuple[str, str]
    description: tuple[str, str]
    instruction: tuple[str, str]


SCENES = (
    Scene(
        ("Hujan Lebat dan Petir", "Heavy rain and lightning"),
        ("SIMULASI: hujan lebat disertai petir di {place}", "SIMULATION: heavy rain with lightning in {place}"),
        (
            "Ini simulasi. Hujan lebat disertai petir diperkirakan turun di {place} dan sekitarnya.",
            "This is a simulation. Heavy rain with lightning is expected in and around {place}.",
        ),
        ("Berteduhlah, jauhi pohon besar dan papan reklame.", "Take shelter, away from large trees and billboards."),
    ),
    Scene(
        ("Tanah Longsor", "Landslide"),
        ("SIMULASI: waspada tanah longsor di {place}", "SIMULATION: beware of landslides in {place}"),
        (
            "Ini simulasi. Lereng di {place} jenuh air dan dapat longsor.",
            "This is a simulation. Slopes in {place} are soaked and may slide.",
        ),
        ("Jauhi lereng dan tebing; ikuti petunjuk petugas.", "Stay away from slopes; follow the officers' directions."),
    ),
    Scene(
        ("Angin Kencang", "Strong wind"),
        ("SIMULASI: angin kencang di {place}", "SIMULATION: strong wind in {place}"),
        ("Ini simulasi. Angin kencang diperkirakan di {place}.", "This is a simulation. Strong wind in {place}."),
        ("Jangan berteduh di bawah pohon.", "Do not shelter under trees."),
    ),
)
