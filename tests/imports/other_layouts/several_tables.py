"""Several tables in one sheet: stacked and side by side, with a blank row or column between them or none; one on its side."""

from pathlib import Path

from other_styles.answers import Answers

from other_layouts.paper import Paper, people, save, sheets

FIRMS = (
    ("Menuiserie Lartigue", "05 62 00 10 01", "Auch", "Bois"),
    ("SARL Campistron", "05 62 00 10 02", "Condom", "Bâtiment"),
    ("Hôtel des Remparts", "05 62 00 10 03", "Lectoure", "Restauration"),
    ("EHPAD Les Tilleuls", "05 62 00 10 04", "Mirande", "Santé"),
    ("Garage Daubas", "05 62 00 10 05", "Fleurance", "Mécanique"),
)
PARTNERS = (
    ("CCAS Auch", "social", "05 62 00 20 01"),
    ("Habitat Jeunes", "housing", "05 62 00 20 02"),
    ("GRETA du Gers", "training", "05 62 00 20 03"),
)
_KINDS = {"social": "Social", "housing": "Logement", "training": "Formation"}


def phone(shown: str) -> str:
    return "+33" + shown.replace(" ", "")[1:]


def _firm(one: tuple[str, str, str, str]) -> dict[str, str]:
    return {"name": one[0], "phone": phone(one[1]), "city": one[2], "sector": one[3]}


def _partner(one: tuple[str, str, str]) -> dict[str, str]:
    return {"name": one[0], "kind": one[1], "phone": phone(one[2])}


def mixed(folder: Path) -> None:
    name = "annuaire et liste.xlsx"
    answers = Answers(name)
    book, (stacked, close, beside, touching) = sheets(["Empilés", "Collés", "Côte à côte", "Sans blanc"])
    found = iter(people(3, 60))

    paper = Paper(stacked)
    answers.skip("Empilés", paper.line("ENTREPRISES DU SECTEUR"), "title", table=1)
    answers.sheet("Empilés", "employer", [paper.line("Entreprise", "Tél", "Ville", "Activité")], table=1)
    for firm in FIRMS:
        answers.row("Empilés", paper.line(*firm), "employer", _firm(firm), table=1)
    paper.gap(2)
    answers.skip("Empilés", paper.line("NOS PARTENAIRES"), "title", table=2)
    answers.sheet("Empilés", "partner", [paper.line("Structure", "Domaine", "Téléphone")], table=2)
    for partner in PARTNERS:
        row = paper.line(partner[0], _KINDS[partner[1]], partner[2])
        answers.row("Empilés", row, "partner", _partner(partner), table=2)
    paper.gap()
    answers.skip("Empilés", paper.line("JEUNES À RAPPELER"), "title", table=3)
    answers.sheet("Empilés", "young_person", [paper.line("Nom", "Prénom", "Né(e) le", "Portable")], table=3)
    for one in (next(found) for _ in range(6)):
        answers.row(
            "Empilés",
            paper.line(one.last, one.first, one.born, one.tel),
            "young_person",
            one.told("birth_date", "phone"),
            table=3,
        )

    paper = Paper(close)  # no blank row between the two
    answers.sheet(
        "Collés", "employer", [paper.line("Raison sociale", "Téléphone", "Commune", "Secteur d’activité")], table=1
    )
    for firm in FIRMS[:3]:
        row = paper.line(f"{firm[0]} bis", *firm[1:])
        answers.row("Collés", row, "employer", _firm(firm) | {"name": f"{firm[0]} bis"}, table=1)
    answers.sheet("Collés", "young_person", [paper.line("Nom", "Prénom", "Date de naissance", "Commune")], table=2)
    for one in (next(found) for _ in range(5)):
        row = paper.line(one.last, one.first, one.day, one.city)
        answers.row("Collés", row, "young_person", one.told("birth_date", "city"), table=2)

    left, right = Paper(beside, 3), Paper(beside, 3, 6)
    answers.sheet("Côte à côte", "young_person", [left.line("Nom", "Prénom", "Né le", "Tél")], table=1)
    answers.sheet("Côte à côte", "employer", [right.line("Entreprise", "Tél", "Ville", "Activité")], table=2)
    for one in (next(found) for _ in range(8)):
        answers.row(
            "Côte à côte",
            left.line(one.last, one.first, one.day, one.tel),
            "young_person",
            one.told("birth_date", "phone"),
            table=1,
        )
    for firm in FIRMS:
        row = right.line(f"{firm[0]} Sud", *firm[1:])
        answers.row("Côte à côte", row, "employer", _firm(firm) | {"name": f"{firm[0]} Sud"}, table=2)

    left, right = Paper(touching), Paper(touching, 1, 4)
    answers.sheet("Sans blanc", "young_person", [left.line("Nom", "Prénom", "Date de naissance")], table=1)
    answers.sheet("Sans blanc", "partner", [right.line("Structure", "Domaine", "Téléphone")], table=2)
    for one in (next(found) for _ in range(5)):
        answers.row(
            "Sans blanc", left.line(one.last, one.first, one.day), "young_person", one.told("birth_date"), table=1
        )
    for partner in PARTNERS:
        row = right.line(f"{partner[0]} antenne", _KINDS[partner[1]], partner[2])
        answers.row("Sans blanc", row, "partner", _partner(partner) | {"name": f"{partner[0]} antenne"}, table=2)
    save(book, folder, name)
    answers.write(folder)


def on_its_side(folder: Path) -> None:
    """Fields down, people across: a row of the answers is a column of the sheet."""
    name = "en colonnes.xlsx"
    answers = Answers(name)
    book, (youths, firms) = sheets(["Jeunes", "Entreprises"])
    found = people(4, 7)
    paper = Paper(youths)
    answers.skip("Jeunes", paper.line("Fiches des jeunes du groupe de janvier"), "title")
    paper.gap()
    labels = ("Nom", "Prénom", "Date de naissance", "Sexe", "Téléphone", "E-mail", "Code postal", "Ville", "Permis B")
    values = [
        (p.last, p.first, p.born, p.gender, p.tel, p.email, p.postcode, p.city, "oui" if p.gender == "F" else "non")
        for p in found
    ]
    for at, label in enumerate(labels):
        paper.line(label, *(one[at] for one in values))
    answers.sheet("Jeunes", "young_person", [1], layout="transposed")
    for column, one in enumerate(found, 2):
        answers.row(
            "Jeunes",
            column,
            "young_person",
            one.told("birth_date", "gender", "phone", "email", "postcode", "city", driving_licence=one.gender == "F"),
        )
    answers.lines = [line for line in answers.lines if line.get("why") != "title"]  # a title has no column of its own
    paper = Paper(firms, 2, 2)
    for at, label in enumerate(("Entreprise", "Téléphone", "Ville", "Secteur d’activité")):
        paper.line(label, *(firm[at] for firm in FIRMS))
    answers.sheet("Entreprises", "employer", [2], layout="transposed")
    for column, firm in enumerate(FIRMS, 3):
        answers.row("Entreprises", column, "employer", _firm(firm))
    save(book, folder, name)
    answers.write(folder)


BOOKS = {"annuaire et liste.xlsx": mixed, "en colonnes.xlsx": on_its_side}
