"""Lists as they were printed: letterhead, banners, headers on three rows and on every page, sections, totals, a far corner."""

from pathlib import Path

from other_styles.answers import Answers

from other_layouts.paper import Paper, people, save, sheets

_COUNSELLORS = (("Mme FAUVEL", "FAUVEL Nora"), ("D. ROQUE", "ROQUE Denis"), ("Aïssata TRAORÉ", "TRAORÉ Aïssata"))


def letterhead(folder: Path) -> None:
    """Starts at D12; three header rows with merged groups, printed again every eight people; a section a counsellor."""
    name = "liste imprimée.xlsx"
    answers = Answers(name, year=2024)
    book, (sheet, *_) = sheets(["Liste"])
    paper, found = Paper(sheet, 2, 4), people(1, 24)
    for words in (
        "MISSION LOCALE DES TROIS VALLÉES",
        "14 avenue de la Gare - 32000 AUCH - Tél. 05 62 00 00 00",
        "Édité le 03/06/2024",
    ):
        answers.skip("Liste", paper.line(words), "title")
    paper.gap(2)
    row = paper.line("LISTE DES JEUNES SUIVIS – 1er SEMESTRE 2024")
    paper.merge(row, 4, 12)
    answers.skip("Liste", row, "title")
    paper.row = 12

    def header() -> list[int]:
        top = paper.line("ÉTAT CIVIL", None, None, None, "POUR LE JOINDRE", None, "DOMICILE")
        middle = paper.line("Nom", "Prénom", "Naissance", "Sexe", "Téléphone", "Mail", "Rue", "Commune", None)
        low = paper.line(None, None, "(date)", None, None, None, None, "Code postal", "Ville")
        for first, last in ((4, 7), (8, 9), (10, 12)):
            paper.merge(top, first, last)
        paper.merge(middle, 11, 12)
        return [top, middle, low]

    rows = header()
    columns = {
        "D": "last_name",
        "E": "first_name",
        "F": "birth_date",
        "G": "gender",
        "H": "phone",
        "I": "email",
        "J": "address",
        "K": "postcode",
        "L": "city",
    }
    answers.sheet("Liste", "young_person", rows, columns)
    for at, one in enumerate(found):
        if at % 8 == 0:
            if at:
                answers.skip("Liste", paper.line("Sous-total", None, None, 8), "total")
                answers.skip("Liste", paper.line(f"Page {at // 8} / 3"), "note")
                for number in header():
                    answers.skip("Liste", number, "repeated_header")
            row = paper.line(f"Conseiller : {_COUNSELLORS[at // 8][0]}")
            paper.merge(row, 4, 12)
            answers.skip("Liste", row, "section")
        row = paper.line(
            one.last, one.first, one.born, one.gender, one.tel, one.email, one.street, int(one.postcode), one.city
        )
        answers.row(
            "Liste",
            row,
            "young_person",
            one.told(
                "gender",
                "birth_date",
                "phone",
                "email",
                "address",
                "postcode",
                "city",
                counsellor=_COUNSELLORS[at // 8][1],
            ),
        )
    answers.skip("Liste", paper.line("TOTAL GÉNÉRAL", None, None, 24), "total")
    paper.gap()
    answers.skip("Liste", paper.line("NB : les dossiers clos avant 2023 sont au grenier."), "note")
    save(book, folder, name)
    answers.write(folder)


def sections(folder: Path) -> None:
    """What a row alone says of those under it: a commune, a programme, a month, names indented below."""
    name = "rubriques.xlsx"
    answers = Answers(name, year=2023)
    book, (towns, schemes, months, steps) = sheets(["Par commune", "Dispositifs", "Rendez-vous", "En retrait"])
    found = iter(people(2, 60))

    paper = Paper(towns)
    answers.sheet(
        "Par commune", "young_person", [paper.line("Nom", "Prénom", "Date de naissance", "Téléphone", "Mail")]
    )
    for town in ("CONDOM", "Fleurance", "LECTOURE"):
        answers.skip("Par commune", paper.line(town), "section")
        for one in (next(found) for _ in range(4)):
            row = paper.line(one.last, one.first, one.born, one.tel, one.email)
            answers.row(
                "Par commune", row, "young_person", one.told("birth_date", "phone", "email", city=town.capitalize())
            )

    paper = Paper(schemes)
    answers.sheet("Dispositifs", "young_person", [paper.line("NOM", "PRÉNOM", "NÉ(E) LE", "PORTABLE")])
    for words, code in (("Dispositif : CEJ", "CEJ"), ("PACEA", "PACEA"), ("GARANTIE JEUNES", "GARANTIE_JEUNES")):
        row = paper.line(words)
        paper.merge(row, 1, 4)
        answers.skip("Dispositifs", row, "section")
        for one in (next(found) for _ in range(3)):
            row = paper.line(one.last, one.first, one.day, one.tel)
            answers.row("Dispositifs", row, "young_person", one.told("birth_date", "phone", programmes=[code]))
        paper.gap()

    paper = Paper(months)
    answers.sheet("Rendez-vous", "appointment", [paper.line("Jour", "Heure", "Nom", "Prénom", "Objet")])
    for words, month in (("Mars 2023", 3), ("AVRIL", 4)):
        answers.skip("Rendez-vous", paper.line(words), "section")
        for day in (6, 13, 20):
            for hour in ("9h", "10h30", "14h"):
                one = next(found)
                row = paper.line(f"{day:02d}/{month:02d}" if hour == "9h" else None, hour, one.last, one.first, "bilan")
                clock = {"9h": "09:00", "10h30": "10:30", "14h": "14:00"}[hour]
                answers.row(
                    "Rendez-vous",
                    row,
                    "appointment",
                    one.name | {"date": f"2023-{month:02d}-{day:02d}", "time": clock, "purpose": "bilan"},
                )

    paper = Paper(steps)
    answers.sheet("En retrait", "young_person", [paper.line("Conseiller", "Jeune", "Né(e) le", "Tél.")])
    for words, key in (("Nora FAUVEL", "FAUVEL Nora"), ("Denis ROQUE", "ROQUE Denis")):
        answers.skip("En retrait", paper.line(words), "section")
        for one in (next(found) for _ in range(5)):
            row = paper.line(None, f"    {one.whole}", one.born, one.tel)
            answers.row("En retrait", row, "young_person", one.told("birth_date", "phone", counsellor=key))
    save(book, folder, name)
    answers.write(folder)


BOOKS = {"liste imprimée.xlsx": letterhead, "rubriques.xlsx": sections}
