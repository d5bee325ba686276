"""Invented people, firms and events: the truth that the files of other offices are written from."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

LAST = [
    "LE GOFF",
    "PRIGENT",
    "KERBRAT",
    "TANGUY",
    "BÉGOC",
    "L'HOSTIS",
    "QUÉMÉNER",
    "MORVAN",
    "GUILLOU",
    "CORRE",
    "MADEC",
    "ABGRALL",
    "FLOC'H",
    "SALAÜN",
    "NÉDÉLEC",
    "CADIOU",
    "DA COSTA",
    "BELKACEM",
    "OUEDRAOGO",
    "N'DIAYE",
    "TCHOUMI",
    "NGUYEN",
    "YILDIRIM",
    "KOVALENKO",
    "EL IDRISSI",
    "SANTOS-LIMA",
    "DE KERGUELEN",
    "RIVOALLAN",
    "GOURVENNEC",
    "PERROT",
    "MINGAM",
    "LOZACH",
    "TRÉGUER",
    "BOULIC",
    "HAMDAOUI",
    "CISSOKHO",
    "ROPARS",
    "STEPHAN-GUYOMARD",
    "LAGADEC",
    "JAOUEN",
    "BOUCHER",
    "DUVAL",
]
GIRLS = [
    "Maëlle",
    "Enora",
    "Nolwenn",
    "Lénaïg",
    "Jade",
    "Fatoumata",
    "Ana-Luísa",
    "Yuna",
    "Chloé",
    "Noémie",
    "Marie-Laure",
    "Gaëlle",
    "Soizic",
    "Hasna",
    "Thi-Mai",
    "Zoé",
    "Inès",
    "Anaïs",
]
BOYS = [
    "Malo",
    "Ewen",
    "Yann",
    "Loïc",
    "Titouan",
    "Mamadou",
    "Kaan",
    "Théo",
    "Jean-Yves",
    "Gaël",
    "Bilal",
    "Oleksandr",
    "Briac",
    "Élie",
    "Noé",
    "Mathéo",
    "Cédric",
    "José",
]
BRITTANY = (
    ("22200", "Guingamp"),
    ("22000", "Saint-Brieuc"),
    ("22300", "Lannion"),
    ("22440", "Ploufragan"),
    ("22370", "Pléneuf-Val-André"),
    ("22410", "Saint-Quay-Portrieux"),
    ("22600", "Loudéac"),
    ("22260", "Pontrieux"),
    ("22140", "Bégard"),
)
AIN = (
    ("01000", "Bourg-en-Bresse"),
    ("01100", "Oyonnax"),
    ("01500", "Ambérieu-en-Bugey"),
    ("01000", "Saint-Denis-lès-Bourg"),
    ("01400", "Châtillon-sur-Chalaronne"),
    ("01330", "Villars-les-Dombes"),
    ("01300", "Belley"),
    ("01960", "Péronnas"),
)
CHARENTE = (
    ("16100", "Cognac"),
    ("16200", "Jarnac"),
    ("16300", "Barbezieux-Saint-Hilaire"),
    ("16120", "Châteauneuf-sur-Charente"),
    ("16340", "L'Isle-d'Espagnac"),
    ("16800", "Soyaux"),
    ("16160", "Gond-Pontouvre"),
)
REUNION = (("97427", "L'Étang-Salé"), ("97430", "Le Tampon"), ("97441", "Sainte-Suzanne"))
NOTES = [
    "Souhaite travailler en plein air",
    "À rappeler après 17 h",
    "Accompagné par sa sœur",
    "CV à refaire",
    "Très à l'aise à l'oral",
    "Intéressé par la cuisine collective",
    "Attend une réponse du CFA",
    "Dossier papier au bureau 3",
]
STREETS = [
    "rue des Ajoncs",
    "impasse du Lavoir",
    "allée des Glénan",
    "route de Kerity",
    "place du Marché",
    "chemin de la Fontaine",
]
COUNSELLORS = ("FAUVEL Nora", "ROQUE Denis", "DE ROSA Élise", "NAUDIN Flore", "TRAORÉ Aïssata", None)


def people(draw: Random, count: int, places: Sequence[tuple[str, str]] = BRITTANY) -> list[dict[str, Any]]:
    """Distinct persons: no two with the same names, no two with the same telephone."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    pairs = [(last, first) for last in LAST for first in (*GIRLS, *BOYS)]
    for number, (last, first) in enumerate(draw.sample(pairs, count)):
        found[last, first] = _person(draw, number, last, first, places)
    return list(found.values())


def _person(draw: Random, number: int, last: str, first: str, places: Sequence[tuple[str, str]]) -> dict[str, Any]:
    code, name = draw.choice(places)
    woman = first in GIRLS
    registered = date(2019, 1, 7) + timedelta(days=draw.randrange(2300))
    return {
        "external_id": f"B{2019 + number % 6}-{1000 + number * 7}",
        "last_name": last,
        "first_name": first,
        "birth_name": draw.choice(LAST) if woman and draw.random() < 0.1 else None,
        "birth_date": registered - timedelta(days=draw.randrange(16 * 366, 25 * 365)),
        "gender": "F" if woman else "M",
        "phone": _number(draw, number, "6") if draw.random() < 0.92 else None,
        "phone2": _number(draw, number, "2") if draw.random() < 0.3 else None,
        "email": _address(last, first, number) if draw.random() < 0.8 else None,
        "address": f"{draw.randrange(1, 140)} {draw.choice(STREETS)}",
        "postcode": code,
        "city": name,
        "education_level": draw.choice(("none", "3", "4", "4", "5", "6", "7")),
        "driving_licence": draw.choice((True, False, None)),
        "counsellor": draw.choice(COUNSELLORS),
        "programmes": draw.choice(((), ("CEJ",), ("PACEA",), ("CEJ", "PACEA"), ("OBLIGATION_FORMATION",))),
        "status": draw.choice(("active", "active", "closed", "in_employment", "in_training", "lost_contact")),
        "barriers": draw.choice(((), (), ("mobility",), ("housing", "money"), ("language",), ("digital",))),
        "registration_date": registered,
        "notes": draw.choice((None, *NOTES)),
    }


def _number(draw: Random, number: int, kind: str) -> str:
    # the ranges that the numbering plan keeps for fiction
    start = "+3363998" if kind == "6" else "+3326191"
    return f"{start}{(number * 37 + 11) % 10_000:04}"


def _address(last: str, first: str, number: int) -> str:
    plain = str.maketrans("éèêëàâîïôöùûüç", "eeeeaaiioouuuc")
    words = [
        "".join(char for char in word.lower().translate(plain) if char.isascii() and char.isalnum())
        for word in (first, last)
    ]
    return f"{'.'.join(words)}{number}@example.org"
