"""Invented exports of other cities' reports: plausible rows, and the field that a person would choose for a column."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random


@dataclass(frozen=True)
class City:
    """Names and texts of one city's export."""

    columns: Mapping[str, str]
    """By column its field; with a hyphen what it holds when we have no field for it."""
    kinds: Mapping[str, str]
    """By kind of report the agency that does such work."""
    statuses: tuple[str, str, str]
    """New, being worked on, done."""
    streets: tuple[str, ...]
    channels: tuple[str, ...]
    quarters: tuple[str, ...]
    texts: tuple[str, ...]
    answers: tuple[str, ...]
    at: tuple[float, float]
    written: str = "%Y-%m-%d %H:%M:%S"
    phone: str = "+34 600 {0:03} {1:03}"


def fields_of(city: City) -> dict[str, str | None]:
    """By column the right proposal."""
    return {column: None if field.startswith("-") else field for column, field in city.columns.items()}


def export(path: Path, city: City, count: int = 80) -> Path:
    """A CSV of invented rows, the newest first."""
    random, rows = Random(7), list[dict[str, str]]()
    for n in range(count):
        rows.append(dict(_row(city, random, n)))
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(city.columns)
        out.writerows([row[field.removeprefix("-")] for field in city.columns.values()] for row in rows)
    return path


def _row(city: City, random: Random, n: int) -> Iterator[tuple[str, str]]:
    received = datetime(2026, 3, 28, 17, 5, 11) - timedelta(minutes=97 * n + random.randrange(90))
    kind, quarter = random.choice(list(city.kinds)), random.randrange(len(city.quarters))
    stage = random.choice((0, 1, 2, 2, 2))
    answered = received + timedelta(minutes=random.randrange(20, 900))
    done = answered + timedelta(minutes=random.randrange(60, 9_000))
    updated = done if stage == 2 else answered if stage else received + timedelta(minutes=random.randrange(5))
    lat, lon = city.at[0] + quarter / 50 + random.random() / 90, city.at[1] + quarter / 40 + random.random() / 90
    yield "id", f"{received:%y}-{80_231_000 - n * 7}"
    yield "received", received.strftime(city.written)
    yield "answered", answered.strftime(city.written) if stage else ""
    yield "done", done.strftime(city.written) if stage == 2 else ""
    yield "updated", updated.strftime(city.written)
    yield "promised", (received + timedelta(days=random.choice((1, 3, 7)))).strftime(city.written)
    yield "category", kind
    yield "agency", city.kinds[kind]
    yield "status", city.statuses[stage]
    yield "text", f"{random.choice(city.texts)} ({n})"
    yield "note", random.choice(city.answers) if stage == 2 else ""
    yield "address", random.choice(city.streets).format(random.randrange(1, 400))
    yield "lat", f"{lat:.6f}"
    yield "lon", f"{lon:.6f}"
    yield "village", city.quarters[quarter]
    yield "channel", random.choice(city.channels)
    yield "media_url", f"https://fotos.test/{n:05}.jpg" if random.random() < 0.5 else ""
    yield "page", f"https://ciudad.test/casos/{n:05}"
    yield "reporter_phone", city.phone.format(random.randrange(1000), random.randrange(1000))
    yield "reporter_email", f"vecino{n}@correo.test"


ENGLISH = City(
    {
        "SRNumber": "id",
        "SRType": "category",
        "Opened": "received",
        "First Response": "answered",
        "LAST_MODIFIED_DATE": "updated",
        "DateClosed": "done",
        "SLA Due": "promised",
        "SRStatus": "status",
        "Owner Department": "agency",
        "Request Details": "text",
        "Status Notes": "note",
        "STREET_ADDRESS": "address",
        "Latitude": "lat",
        "Longitude": "lon",
        "Channel": "-channel",
        "Case Page": "-page",
    },
    {"Pothole": "Streets", "Graffiti": "Streets", "Missed Pickup": "Sanitation", "Street Light Out": "Utilities",
     "Illegal Dumping": "Sanitation", "Water Leak": "Utilities", "Signal Timing": "Traffic"},
    ("Open", "In Progress", "Closed"),
    ("{0} GARRISON BLVD", "{0} W Main St", "{0} Oak Ave"),
    ("Phone", "Web", "App"),
    ("Dorchester", "Hollins Market", "Lakeland", "Central Park"),
    ("There is a large hole in the road in front of the library, cars swerve around it",
     "Bags have been lying beside the bins behind the school for more than a week now"),
    ("The crew has repaired it and left the place clean.", "No further work is needed at this location."),
    (39.28, -76.66),
    "%m/%d/%Y %I:%M:%S %p",
)  # fmt: skip
SPANISH = City(
    {
        "Folio": "id",
        "Fecha de registro": "received",
        "Primera respuesta": "answered",
        "Fecha de cierre": "done",
        "Última modificación": "updated",
        "Fecha compromiso": "-promised",
        "Tipo de solicitud": "category",
        "Dependencia": "agency",
        "Estado": "status",
        "Descripción": "text",
        "Solución": "note",
        "Domicilio": "address",
        "Y_grados": "lat",
        "X_grados": "lon",
        "Colonia": "-village",
        "Canal": "-channel",
        "Imagen": "media_url",
        "Enlace": "-page",
        "Teléfono": "reporter_phone",
        "Correo": "reporter_email",
    },
    {"Bache": "Obras Públicas", "Alumbrado": "Servicios Públicos", "Basura": "Aseo Urbano", "Fuga de agua": "Agua",
     "Árbol caído": "Parques", "Grafiti": "Servicios Públicos", "Escombro": "Aseo Urbano"},
    ("Abierto", "En proceso", "Cerrado"),
    ("Calle Hidalgo {0}", "Av. Juárez {0}, Centro", "Calzada del Valle {0}"),
    ("Teléfono", "Portal", "Aplicación"),
    ("Centro", "Del Valle", "San Miguel", "La Loma"),
    ("Hay un bache muy grande frente a la escuela y los coches tienen que esquivarlo cada mañana",
     "La lámpara de la esquina lleva más de dos semanas apagada y la calle queda a oscuras"),
    ("La cuadrilla acudió y el reporte quedó atendido sin novedad.", "Se reparó el daño y se limpió la zona."),
    (25.66, -100.31),
    "%d/%m/%Y %H:%M",
)  # fmt: skip
PORTUGUESE = City(
    {
        "Protocolo": "id",
        "Aberto em": "received",
        "Encerrado em": "done",
        "Assunto": "category",
        "Órgão": "agency",
        "Situação": "status",
        "Relato": "text",
        "Logradouro": "address",
        "Coordenada N": "lat",
        "Coordenada L": "lon",
        "Bairro": "-village",
        "Canal": "-channel",
        "E-mail do cidadão": "reporter_email",
    },
    {"Buraco na via": "Obras", "Iluminação": "Energia", "Lixo acumulado": "Limpeza", "Poda de árvore": "Parques",
     "Semáforo": "Trânsito", "Entulho": "Limpeza", "Calçada quebrada": "Obras"},
    ("Registrada", "Encaminhada", "Respondida"),
    ("Rua das Flores, {0}", "Avenida Brasil, {0}", "Travessa do Carmo, {0}"),
    ("Telefone", "Site", "Aplicativo"),
    ("Centro", "Boa Vista", "Jardim", "Santo Amaro"),
    ("Existe um buraco enorme no meio da rua e os carros desviam pela calçada todos os dias",
     "O poste em frente ao mercado está apagado há duas semanas e ninguém veio consertar"),
    ("O serviço foi executado pela equipe de manutenção.", "A solicitação foi atendida no local."),
    (-8.05, -34.9),
    "%d/%m/%Y %H:%M:%S",
)  # fmt: skip
FRENCH = City(
    {
        "Référence": "id",
        "Signalé le": "received",
        "Pris en charge le": "answered",
        "Clos le": "done",
        "Type d'anomalie": "category",
        "Service": "agency",
        "Avancement": "status",
        "Commentaire de l'usager": "text",
        "Adresse": "address",
        "Lat WGS84": "lat",
        "Long WGS84": "lon",
        "Quartier": "-village",
        "Canal": "-channel",
    },
    {"Nid-de-poule": "Voirie", "Éclairage": "Énergie", "Dépôt sauvage": "Propreté", "Tag": "Propreté",
     "Arbre tombé": "Espaces verts", "Trottoir abîmé": "Voirie", "Feu en panne": "Circulation"},
    ("Nouveau", "En cours", "Clôturé"),
    ("{0} rue de la Paix", "{0} avenue Foch", "{0} quai Voltaire"),
    ("Téléphone", "Internet", "Application"),
    ("Centre", "Gare", "Les Halles", "Bellevue"),
    ("Un trou énorme devant l'école oblige les voitures à passer sur la piste cyclable le matin",
     "Le lampadaire au coin de la place est éteint depuis deux semaines et la rue est sombre"),
    ("L'équipe est passée et le problème est réglé.", "Intervention effectuée, merci de votre signalement."),
    (48.85, 2.34),
    "%Y-%m-%dT%H:%M:%S",
)  # fmt: skip
