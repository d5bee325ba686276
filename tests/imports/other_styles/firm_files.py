"""Employers, partners, appointments, actions and registrations as invented offices keep them."""

from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from stdnum.luhn import calc_check_digit

from tests.imports.other_styles import dirt as d
from tests.imports.other_styles.answers import Answers
from tests.imports.other_styles.people import AIN, BRITTANY, CHARENTE, people
from tests.imports.other_styles.people_files import YOUNG, several
from tests.imports.other_styles.sheets import answer, csv_text, headings, lines_of, xlsx

FIRMS = (
    "Biscuiterie du Trégor;Ateliers Mécaniques Rospabé;Les Serres de Kerjean;SCEA Kervran Légumes;Ambulances Tanguy & Fils;"
    "Crêperie Le Phare;Transports Guégan;La Ruche Numérique;Menuiserie Bois d'Argoat;Clinique vétérinaire des Ajoncs;"
    "Imprimerie Corlay;Garage Le Bihan;Résidence Ker Anna;Fournil de Bégard;Élagage Armor;Couverture Lozac'h;Nautic Services 22;"
    "Pépinières Quintin;Hôtel de la Baie;Super Halles Lannion;Laverie Bleue;Optique Centrale;Conserverie Brieg;Bricolo 22"
)
SECTORS = [
    "Agroalimentaire",
    "Maintenance",
    "Maraîchage",
    "Commerce",
    "Restauration",
    "Transport",
    "Bâtiment",
    "Soins",
    "Bureautique",
]
ROLES = ["gérante", "DRH", "responsable d'atelier", "comptable", "chef d'équipe", "directeur"]
STRUCTURES = (
    ("AFPA de Langueux", "training"),
    ("Greta des Côtes", "training"),
    ("Foyer Ker Yaouank", "housing"),
    ("CLLAJ du Goëlo", "housing"),
    ("CSAPA Avel Mor", "health"),
    ("Maison des adolescents 22", "health"),
    ("Cap Emploi Armor", "employment"),
    ("GEIQ Littoral", "employment"),
    ("CCAS de Plérin", "social"),
    ("Secours populaire", "social"),
    ("Auto-école Ti Ar Vro", "mobility"),
    ("Garage solidaire Lavéo", "mobility"),
    ("SPIP 22", "justice"),
    ("Point justice Guingamp", "justice"),
)
KINDS = {
    "training": ("Formation", "Org. de formation", "OF", "formation / insertion"),
    "housing": ("Logement", "Hébergement", "habitat"),
    "health": ("Santé", "Soins", "addictologie"),
    "employment": ("Emploi", "Insertion pro.", "recrutement"),
    "social": ("Social", "Action sociale", "aide alimentaire"),
    "mobility": ("Mobilité", "transport"),
    "justice": ("Justice", "Accès au droit", "juridique"),
}


def siret(draw: Random) -> str:
    body = "".join(str(draw.randrange(10)) for _ in range(7))
    siren = "9" + body
    siren += calc_check_digit(siren)
    body = siren + f"{draw.randrange(1, 60):04}"
    return body + calc_check_digit(body)


def firms(draw: Random, places: tuple[tuple[str, str], ...] = BRITTANY) -> list[dict[str, Any]]:
    found = []
    for at, name in enumerate(FIRMS.split(";")):
        code, town = draw.choice(places)
        least = draw.choice((None, 1, 3, 10, 20, 50))
        found.append(
            {
                "name": name,
                "siret": siret(draw),
                "naf": draw.choice(("10.71C", "4520A", "56.10A", "0113Z")),
                "sector": draw.choice(SECTORS),
                "headcount_min": least,
                "headcount_max": least and least + draw.choice((0, 9, 40)),
                "address": f"{at + 3} zone de Kerlann",
                "postcode": code,
                "city": town,
                "contact_name": draw.choice(("Gwénola Riou", "Hervé Podeur", "Yasmina Belaïd", "Le Calvez")),
                "contact_role": draw.choice((None, *ROLES)),
                "phone": f"+3326191{at * 53 + 1000}",
                "email": f"contact{at}@example.com" if at % 3 else None,
                "relationship_state": draw.choice(("prospect", "discussion", "active", "dormant")),
                "counsellor": draw.choice(("FAUVEL Nora", "ROQUE Denis", None)),
                "last_contact_date": date(2024, 1, 3) + timedelta(days=at * 17),
                "next_action": draw.choice((None, "Proposer une visite", "Relancer pour l'apprentissage")),
                "offers_count": draw.choice((None, 0, 1, 4)),
            }
        )
    return found


RELATION = {
    "prospect": ("Prospect", "à démarcher"),
    "discussion": ("En discussion", "en cours de négociation"),
    "active": ("Partenaire actif", "Actif"),
    "dormant": ("En sommeil", "inactif"),
}


def _siret(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    number = truth["siret"]
    chance = draw.random()
    if chance < 0.1:
        return d.Shown(number[:9], {"siret": None, "siren": number[:9]}, (("siret", "siren_only"),))
    if chance < 0.2:
        wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
        return d.Shown(wrong, {"siret": None, "siren": None}, (("siret", "invalid_siret"),))
    if chance < 0.25:
        return d.Shown("9,12E+13", {"siret": None, "siren": None}, (("siret", "siret_digits_lost"),))
    spaced = f"{number[:3]} {number[3:6]} {number[6:9]} {number[9:]}"
    ways = (number, spaced, spaced.replace(" ", "."), int(number))
    return d.Shown(draw.choice(ways), {"siret": number, "siren": number[:9]})


def _contact(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    name, role = truth["contact_name"], truth["contact_role"]
    shown = draw.choice(("Mme ", "M. ", "")) + name
    cell = shown + (draw.choice((" ({})", " - {}", ", {}")).format(role) if role else "")
    return d.Shown(cell, {"contact_name": name, "contact_role": role})


def _officer(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    key = truth["counsellor"]
    return d.Shown(draw.choice(d.COUNSELLORS[key]) if key else "", {"officer": key})


def _number(name: str, *, date_too: bool = False) -> d.Dirt:
    def write(truth: Mapping[str, Any], draw: Random) -> d.Shown:
        value = truth[name]
        if date_too and draw.random() < 0.06:
            return d.Shown(date(2025, 9, 10), {name: None}, ((name, "date_in_number_column"),))
        return d.Shown("" if value is None else draw.choice((value, str(value))), {name: value})

    return write


def prospecting(folder: Path) -> None:
    """Two columns for the head-count, an officer in charge, the state of the relation; landlines under « Coord. »."""
    name, draw = "Prospection 2025.xlsx", Random(21)
    columns = {
        "Raison soc.": d.plain("name"),
        "Code APE": d.plain("naf"),
        "Identification (SIRET)": _siret,
        "Secteur d'act.": d.plain("sector"),
        "Effectif min": _number("headcount_min", date_too=True),
        "Effectif max": _number("headcount_max"),
        "Adr.": d.plain("address"),
        "CP - Commune": d.place,
        "Interloc.": _contact,
        "Coord.": d.phone("spaces", "dots", "number", "international"),
        "Mèl": d.email,
        "Chargé(e) de relations entreprises": _officer,
        "État de la relation": d.said("relationship_state", RELATION),
        "Dern. contact": d.dated("last_contact_date", "slash", "cell", "abbreviated"),
        "Suite à donner": d.plain("next_action"),
        "Nbre d'offres": d.said("offers_count", {0: ("0", "aucune"), 1: (1, "1 poste"), 4: ("4", "4 en cours")}),
    }
    lines = lines_of(columns, firms(draw), draw)
    xlsx(folder / name, {"Prospects": [headings(columns), *(line.cells for line in lines)]})
    answers = Answers(name, year=2025)
    answer(answers, "Prospects", "employer", lines)
    answers.write(folder)


def directory(folder: Path) -> None:
    """A directory of structures in Mac Roman, tabs, whole addresses, « O/N »."""
    name, draw = "annuaire.tsv", Random(22)
    truths = []
    for at, (structure, kind) in enumerate(STRUCTURES):
        code, town = draw.choice(BRITTANY)
        truths.append(
            {
                "name": structure,
                "kind": kind,
                "address": f"{at + 2} bis rue des Écoles",
                "postcode": code,
                "city": town,
                "contact_name": draw.choice(("Soazig Merrien", "Pol Guézennec")),
                "contact_role": draw.choice((None, "accueil", "coordinatrice", "éducateur")),
                "phone": f"+3326191{at * 71 + 2000}",
                "email": f"accueil{at}@example.org",
                "has_agreement": draw.choice((True, False, None)),
                "website": f"https://www.structure{at}.example",
            }
        )
    columns = {
        "Nom de la structure": d.plain("name"),
        "Champ d'interv.": d.said("kind", KINDS),
        "Coordonnées postales": d.whole_address,
        "Pers. à contacter": _contact,
        "Tél": d.phone("dots", "spaces", "stuck"),
        "Courriel": d.email,
        "Site web": d.text(lambda url: url.removeprefix("https://"), "website"),
        "Conv. signée": d.said("has_agreement", {True: ("O", "oui", "signée"), False: ("N", "non")}),
    }
    lines = lines_of(columns, truths, draw)
    text = csv_text([headings(columns), *(line.cells for line in lines)], "\t", quoting=1)
    (folder / name).write_bytes(text.encode("mac_roman"))
    answers = Answers(name)
    answer(answers, None, "partner", lines)
    answers.write(folder)


OUTCOMES = {
    "attended": ("Présent", "venue", "P", "Honoré"),
    "absent": ("Absent", "lapin", "NV", "non venu"),
    "absent_excused": ("Excusé", "abs. excusée", "a prévenu"),
    "cancelled": ("Annulé", "annulé ML"),
    "rescheduled": ("Reporté", "décalé"),
}
MODES = {"in_person": ("Présentiel", "bureau"), "phone": ("Tél.", "appel"), "video": ("Visio", "Teams")}
NATURES = {
    "individual": ("Individuel", "entretien individuel", "RDV indiv."),
    "workshop": ("Atelier", "atelier collectif"),
    "collective_information": ("Info coll.", "information collective"),
    "company_visit": ("Visite d'entreprise", "visite entreprise"),
}


def appointments(folder: Path) -> None:
    """A diary: « Nature » is the kind of meeting, day and month without year, hours in several forms."""
    name, draw = "agenda partagé.xlsx", Random(23)
    truths = people(draw, 60)
    for at, truth in enumerate(truths):
        truth["date"] = date(2025, 3, 3) + timedelta(days=at)
        truth["time"] = time(8 + at % 9, (0, 15, 30, 45)[at % 4])
        truth["duration_min"] = draw.choice((30, 45, 60, None))
        truth["outcome"] = draw.choice((*OUTCOMES, None))
        truth["mode"] = draw.choice((*MODES, None))
        truth["kind"] = draw.choice(tuple(NATURES))
        truth["purpose"] = draw.choice(("Point d'étape", "CV", "Signature CEJ", "Projet formation"))
    columns = {
        "Jour": _day_month,
        "Horaire": _hour,
        "Usager reçu": d.one_of(d.capitals_first, d.capitals_last),
        "Conseiller.ère": d.counsellor,
        "Nature": d.said("kind", NATURES),
        "Motif de l'entretien": d.plain("purpose"),
        "Tps prévu": d.said(
            "duration_min", {30: ("30 min", "0h30", 30), 45: ("45'", "45 mn"), 60: ("1h", "60", "1h00")}
        ),
        "Présence": d.said("outcome", OUTCOMES),
        "Canal": d.said("mode", MODES),
    }
    lines = lines_of(columns, truths, draw)
    xlsx(folder / name, {"RDV": [headings(columns), *(line.cells for line in lines)]})
    answers = Answers(name, year=2025)
    answer(answers, "RDV", "appointment", lines)
    answers.write(folder)


def _day_month(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    day: date = truth["date"]
    named = f"{d.DAYS[day.weekday()]} {day.day} {d.MONTHS[day.month - 1]}"
    cell = draw.choice((f"{day:%d/%m}", named, f"{day:%d/%m/%y}", day, f"{named[:3]}. {day:%d/%m}"))
    return d.Shown(cell, {"date": day.isoformat()})


def _hour(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    hour: time = truth["time"]
    fraction = (hour.hour * 60 + hour.minute) / 1440
    spoken = f"{hour.hour}h" + (f"{hour.minute:02}" if hour.minute else "")
    ways = (spoken, f"{hour:%H:%M}", hour, fraction, f"{spoken}-{hour.hour + 1}h{hour.minute:02}", f"à {spoken}")
    return d.Shown(draw.choice(ways), {"time": f"{hour:%H:%M}"})


TODO = {"todo": ("", "à faire", "non"), "doing": ("en cours", "démarré"), "cancelled": ("abandonné", "sans suite")}
OWNERS = {
    "young_person": ("Le jeune", "jeune"),
    "counsellor": ("conseiller", "Le conseiller"),
    "partner": ("partenaire",),
}


def actions(folder: Path) -> None:
    """A plan of actions between bars in Latin-1: hours that count for the CEJ, who does it, done dates in words."""
    name, draw = "plan d'actions CEJ.txt", Random(24)
    truths = people(draw, 45)
    for at, truth in enumerate(truths):
        truth["label"] = draw.choice(
            ("Stage cuisine", "Refaire le CV", "Ouvrir un compte ameli", "Visite du CFA", "Code en ligne")
        )
        truth["due_date"] = date(2025, 5, 2) + timedelta(days=at * 3)
        truth["state"] = draw.choice(("todo", "doing", "done", "cancelled"))
        truth["done_date"] = truth["due_date"] - timedelta(days=2) if truth["state"] == "done" else None
        truth["hours"] = draw.choice((None, 1.5, 3, 7))
        truth["owner"] = draw.choice((*OWNERS, None))
    columns = {
        "Jeune concerné": d.one_of(d.capitals_last, d.capitals_first),
        "Étape / action": d.plain("label"),
        "Échéance prévue": d.dated("due_date", "slash", "short", "long"),
        "Avancement": _progress,
        "Nb h. CEJ": d.said("hours", {1.5: ("1,5", "1h30"), 3: ("3", "3h"), 7: ("7 h", "7")}),
        "Qui fait quoi": d.said("owner", OWNERS),
        "Cons.": d.counsellor,
    }
    lines = lines_of(columns, truths, draw)
    text = csv_text([headings(columns), *(line.cells for line in lines)], "|")
    (folder / name).write_bytes(text.encode("latin-1"))
    answers = Answers(name, year=2025)
    answer(answers, None, "action_item", lines)
    answers.write(folder)


def _progress(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    day = truth["done_date"]
    if day:
        cell = draw.choice((f"fait le {day:%d/%m/%Y}", f"OK {day:%d/%m/%y}", f"terminé ({day:%d/%m/%Y})"))
        return d.Shown(cell, {"status": "done", "done_date": day.isoformat()})
    return d.Shown(draw.choice(TODO[truth["state"]]), {"status": truth["state"], "done_date": None})


EXITS = {
    "durable_employment": ("CDI", "emploi durable", "CDD + 6 mois"),
    "training": ("Formation", "entrée en formation"),
    "age_limit": ("26 ans", "limite d'âge", "atteint 26 ans"),
    "move": ("Déménagement", "a déménagé"),
    "no_contact": ("Sans nouvelles", "ne répond plus"),
    "own_request": ("à sa demande", "demande du jeune"),
    "non_compliance": ("non respect des engagements", "manquements"),
}
SITES = {
    "Antenne de Loudéac": ("Loudéac", "antenne de Loudéac", "ANTENNE LOUDEAC"),
    "Siège de Guingamp": ("siège", "Guingamp", "Siège Guingamp"),
}


def closed_files(folder: Path) -> None:
    """Files that were closed: site, exit and its reason, papers, vehicle, legal representative; the names in one cell two ways."""
    name, draw = "sorties 2024-2025.xlsx", Random(25)
    truths = people(draw, 40, AIN)
    for at, truth in enumerate(truths):
        truth["exit_date"] = date(2024, 6, 3) + timedelta(days=at * 9)
        truth["exit_reason"] = draw.choice(tuple(EXITS))
        truth["site"] = draw.choice((*SITES, None))
        truth["has_vehicle"] = draw.choice((True, False, None))
        truth["rqth"] = draw.choice((True, False, None))
        truth["registration_date"] = truth["registration_date"].replace(year=2021, day=1)
        truth["status"] = "closed"
    columns = {
        "N° interne": d.plain("external_id"),
        "Nom - prénom de l'usager": d.one_of(d.capitals_first, d.comma),
        "D.D.N.": d.birth("slash", "dash", faults=False),
        "Antenne de suivi": d.said("site", SITES),
        "Date d'inscr.": d.dated("registration_date", "slash"),
        "Sorti(e) le": d.dated("exit_date", "slash", "cell"),
        "Motif de la sortie": d.said("exit_reason", EXITS),
        "Statut": d.said("status", {"closed": ("Sorti", "clos")}),
        "Véhicule (O/N)": d.said("has_vehicle", {True: ("O",), False: ("N",)}),
        "Reconnaissance TH": d.said("rqth", {True: ("oui", "RQTH"), False: ("non",)}),
    }
    lines = lines_of(columns, truths, draw)
    xlsx(folder / name, {"Sorties": [headings(columns), *(line.cells for line in lines)]})
    answers = Answers(name, year=2025)
    answer(answers, "Sorties", YOUNG, lines)
    answers.write(folder)


def job_dating(folder: Path) -> None:
    """Registrations of a forum, one a row, with the person's details: several wishes in one column each."""
    name, draw = "forum alternance.csv", Random(26)
    truths = people(draw, 36, CHARENTE)
    names = FIRMS.split(";")
    for at, truth in enumerate(truths):
        truth["employer"] = names[at % 9]
        truth["time"] = time(9 + at % 3, (0, 20, 40)[at % 3])
        truth["preference"] = at % 3 + 1
        truth["mark"] = "waiting" if at % 7 == 0 else "registered"
    columns = {
        "Candidat": d.capitals_first,
        "Portable": d.phone("spaces", "dots"),
        "Dispositif(s)": several("programmes"),
        "Recruteur": d.plain("employer"),
        "Hre passage": _slot,
        "Voeu n°": d.plain("preference"),
        "Liste": d.said("mark", {"waiting": ("LA", "liste d'attente"), "registered": ("inscrit", "x")}),
    }
    lines = lines_of(columns, truths, draw)
    for line in lines:
        line.record["status"] = line.record.pop("mark")
    text = csv_text([headings(columns), *(line.cells for line in lines)], ";")
    (folder / name).write_bytes(text.encode("utf-8"))
    answers = Answers(name, year=2025)
    answer(answers, None, "job_dating_registration", lines)
    answers.write(folder)


def _slot(truth: Mapping[str, Any], draw: Random) -> d.Shown:
    hour: time = truth["time"]
    cell = draw.choice((f"{hour.hour}h{hour.minute:02}", f"{hour:%H:%M}"))
    return d.Shown(cell, {"slot": f"{hour:%H:%M}"})


BOOKS = {
    "Prospection 2025.xlsx": prospecting,
    "annuaire.tsv": directory,
    "agenda partagé.xlsx": appointments,
    "plan d'actions CEJ.txt": actions,
    "sorties 2024-2025.xlsx": closed_files,
    "forum alternance.csv": job_dating,
}
