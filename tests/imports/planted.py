"""People of many origins, and the same people again in disguise: who is who is known, so that matching can be judged.

Families, couples, twins on one phone and homonyms are people of their own: nobody may be merged with them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, Final

Record = dict[str, Any]

# (last names, first names of women, of men), with the weight of the origin
_FRENCH = (
    "MARTIN BERNARD THOMAS PETIT DURAND LEROY MOREAU SIMON LAURENT MICHEL GAUTHIER LEFEBVRE ROUSSEAU CHEVALIER RENAULT "
    "FONTAINE DUPUY BARTHÉLÉMY FAURE MERCIER BLANCHARD GUÉRIN MULLER ROUSSEL NICOLAS PERRIN MATHIEU GRAND PELLETIER "
    "ESCAFFRE TEISSEIRE ROQUES CAZENEUVE DELPECH SANS ESTEBE RIVIÈRE SOULIÉ AUTHIER BÉZIAT GALINIER PUJOL FERRAND "
    "CARRIÈRE ALBERT DUMONT LACROIX BONNET FRANÇOIS LEGRAND GARNIER CHAPUIS COLLET MARCHAND TANGUY BRUNEL AUBRY VASSEUR",
    "Léa Manon Chloé Camille Emma Sarah Inès Océane Marie Mathilde Pauline Clara Anaïs Lucie Julie Élodie Noémie "
    "Marie-Lou Anne-Sophie Marie-Charlotte Justine Coralie Amandine Solène Maëlys Gaëlle Romane Ambre Louise Margaux",
    "Lucas Hugo Théo Enzo Mathis Nathan Thomas Louis Maxime Antoine Clément Alexandre Julien Quentin Romain Jean-Pierre "
    "Pierre-Louis Mathieu Baptiste Florian Kévin Dylan Jordan Axel Tristan Benoît Cédric Damien Rémi Thibault Yoann",
)
_PARTICLES = (
    "LE GOFF|LE BRIS|LE GALL|DE LA TOUR|D'ANGELO|DU PUY|DES CHAMPS|DE SOUSA|LE ROUX|L'HERMITE|GARCIA-LOPEZ|MARTIN-DUPUY|"
    "FERNANDEZ-RUIZ|ROUX-CAZALS|VAN DER MEER|MOREL-FAURE",
    "Maëlle Nolwenn Enora Clémence Victoire Elena Giulia Apolline Carmen",
    "Yann Gwendal Malo Erwan Gaspard Matteo Diego Pablo Corentin",
)
_ARABIC = (
    "BEN ALI|EL AMRANI|HADDAD|BOUZID|BENALI|CHERIF|MANSOURI|OULD MOHAMED|HAMIDI|SAIDI|ZEROUALI|BEN SALAH|AIT AHMED|"
    "KHELIFI|BELKACEM|MEZIANE|TOUATI|EL IDRISSI|RAHMANI|OUALI|AHMADI|STANIKZAI|NOORI|HAIDARI",
    "Fatima Khadija Yasmine Amina Nour Salma Imane Meriem Hafsa Lina Aïcha Samira Rania Zineb Farah Soukaïna",
    "Mohamed Mohammed Yanis Karim Bilal Nabil Amine Rayan Hamza Sofiane Mehdi Ahmed Omar Youssef Ibrahim Zakaria Abdel-Karim",
)
_TURKISH = (
    "YILMAZ|KAYA|DEMIR|ÇELIK|ŞAHIN|YILDIZ|ÖZTÜRK|AYDIN|ARSLAN|DOĞAN|KILIÇ|ÇETIN|KOÇ|ÖZDEMIR|AKSOY|POLAT",
    "Elif Zeynep Ayşe Fatma Esra Büşra Derya Gülsen Selin Ebru",
    "Mehmet Mustafa Ahmet Emre Kemal Murat Yusuf Can Burak Oğuzhan",
)
_VIETNAMESE = (
    "NGUYỄN|TRẦN|LÊ|PHẠM|HOÀNG|PHAN|VŨ|ĐẶNG|BÙI|ĐỖ",
    "Thị Lan|Ngọc|Thu Hà|Mai|Phương|Linh|Thảo|Minh Châu|Kim Anh|Hương",
    "Văn Minh|Đức|Quang|Tuấn|Hùng|Minh|Anh Dũng|Thành|Bảo|Long",
)
_PORTUGUESE = (
    "DA SILVA|DOS SANTOS|FERREIRA|GONÇALVES|PEREIRA|RODRIGUES|LOPES|MENDES|DA COSTA|FERNANDES|TEIXEIRA|CARVALHO|PINTO",
    "Ana Beatriz Inês Mariana Joana Carolina Leonor Filipa Vanessa Sónia",
    "João Tiago Diogo Gonçalo Ruben André Nelson Rui Pedro Miguel",
)
_AFRICAN = (
    "DIALLO|TRAORÉ|KONÉ|KEITA|CISSÉ|NDIAYE|BA|SOW|CAMARA|COULIBALY|OUATTARA|BAKAYOKO|MBEMBA|NGOMA|SYLLA|TOURÉ",
    "Aminata Fatou Mariam Awa Djeneba Kadiatou Grâce Merveille Binta Rokia",
    "Mamadou Ibrahima Moussa Abdoulaye Ousmane Cheick Souleymane Seydou Christ Boubacar",
)
ORIGINS: Final = (
    (_FRENCH, 40), (_PARTICLES, 10), (_ARABIC, 18), (_TURKISH, 7), (_VIETNAMESE, 6), (_PORTUGUESE, 9), (_AFRICAN, 10),
)  # fmt: skip
TOWNS: Final = (
    "Foix",
    "Pamiers",
    "Saint-Girons",
    "Lavelanet",
    "Mirepoix",
    "Saverdun",
    "Mazères",
    "Tarascon",
    "Varilhes",
)


@dataclass
class Planted:
    """Records in the order of a file; `who` names the person of each, `how` the disguise of the second ones."""

    records: list[Record]
    who: list[int]
    how: list[str]


def people(draw: Random, number: int) -> list[Record]:
    """Different people: some brothers and sisters, twins, couples and homonyms among them."""
    found: list[Record] = []
    while len(found) < number:
        one = _person(draw, len(found))
        found.append(one)
        chance = draw.random()
        if chance < 0.10:
            found.append(_sibling(draw, one, len(found)))
        elif chance < 0.12:
            found.append(_twin(draw, one, len(found)))
        elif chance < 0.14:
            found.append(_partner(draw, one, len(found)))
        elif chance < 0.18:
            found.append(_homonym(draw, one, len(found)))
    return found[:number]


def planted(seed: int, number: int, doubles: float) -> Planted:
    """`number` people; a share of them comes a second time, disguised, somewhere later in the file."""
    draw = Random(seed)
    first = people(draw, number)
    lines: list[tuple[float, Record, int, str]] = [(at, one, at, "") for at, one in enumerate(first)]
    for at in draw.sample(range(number), int(number * doubles)):
        for name in draw.sample(tuple(DISGUISES), len(DISGUISES)):
            again = DISGUISES[name](draw, dict(first[at]))
            if again is not None:
                lines.append((draw.uniform(at, number), again, at, name))
                break
    lines.sort(key=lambda line: line[0])
    return Planted([line[1] for line in lines], [line[2] for line in lines], [line[3] for line in lines])


def _words(text: str) -> list[str]:
    return text.split("|") if "|" in text else text.split()


_NAMES = [tuple(_words(part) for part in origin) for origin, _ in ORIGINS]
_WEIGHTS = [weight for _, weight in ORIGINS]


def _person(draw: Random, rank: int) -> Record:
    lasts, women, men = draw.choices(_NAMES, _WEIGHTS)[0]
    gender = draw.choice("FM")
    last, first = draw.choice(lasts), draw.choice(women if gender == "F" else men)
    if draw.random() < 0.05:
        last = f"{last}-{draw.choice(_NAMES[0][0])}"
    return {
        "last_name": last,
        "first_name": first,
        "birth_name": None,
        "birth_date": date(1999, 1, 1) + timedelta(draw.randrange(9 * 365)),
        "gender": gender,
        "phone": f"+336{rank:08}" if draw.random() < 0.9 else None,
        "email": f"contact{rank}@example.org" if draw.random() < 0.6 else None,
        "city": draw.choice(TOWNS),
        "external_id": str(400_000 + rank) if draw.random() < 0.7 else None,
    }


def _sibling(draw: Random, one: Record, rank: int) -> Record:
    other = _person(draw, rank)
    return other | {name: one[name] for name in ("last_name", "phone", "city")}


def _twin(draw: Random, one: Record, rank: int) -> Record:
    other = _sibling(draw, one, rank) | {"birth_date": one["birth_date"]}
    while other["first_name"] == one["first_name"]:
        other["first_name"] = _person(draw, rank)["first_name"]
    return other


def _partner(draw: Random, one: Record, rank: int) -> Record:
    return _person(draw, rank) | {name: one[name] for name in ("phone", "city")}


def _homonym(draw: Random, one: Record, rank: int) -> Record:
    """The same names, born more than a slip of the pen apart."""
    other = _person(draw, rank) | {name: one[name] for name in ("last_name", "first_name", "gender", "city")}
    other["birth_date"] = one["birth_date"] + timedelta(draw.randrange(400, 1500) * draw.choice((1, -1)))
    return other


# --- Disguises: None when the record cannot wear it ------------------------------------------------------------------

Disguise = Callable[[Random, Record], Record | None]


def _slip(draw: Random, text: str) -> str | None:
    """One slip of the keyboard inside a name."""
    if len(text) < 5:
        return None
    at = draw.randrange(1, len(text) - 1)
    return draw.choice(
        (
            text[:at] + text[at + 1 :],
            text[:at] + text[at] + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
            text[:at] + draw.choice("aeinrst") + text[at + 1 :],
        )
    )


def _changed(name: str, change: Callable[[Random, str], str | None]) -> Disguise:
    def disguise(draw: Random, one: Record) -> Record | None:
        new = change(draw, one[name])
        return None if new is None or new.casefold() == one[name].casefold() else one | {name: new}

    return disguise


_SPELLINGS = (
    ("thi", "ti"), ("dd", "d"), ("mm", "m"), ("ll", "l"), ("ph", "f"), ("bvr", "vr"), ("au", "o"), ("th", "t"),
    ("ss", "ç"), ("ou", "u"), ("kh", "k"), ("ie", "y"), ("nn", "n"), ("tt", "t"), ("rr", "r"), ("h", ""),
)  # fmt: skip


def _spelled(draw: Random, text: str) -> str | None:
    """As somebody writes a name they heard."""
    low = text.casefold()
    found = [(old, new) for old, new in _SPELLINGS if old in low]
    if not found:
        return None
    old, new = found[0]
    return low.replace(old, new, 1).upper() if text.isupper() else low.replace(old, new, 1).title()


def _plain(draw: Random, text: str) -> str:
    return text.upper().translate(str.maketrans("ÉÈÊËÀÂÎÏÔÖÙÛÜÇŞĞ", "EEEEAAIIOOUUUCSG")).replace("-", " ")


def _joined(draw: Random, text: str) -> str | None:
    return "".join(text.split()) if " " in text else None


def _one_part(draw: Random, text: str) -> str | None:
    parts = text.split("-")
    return draw.choice(parts) if len(parts) == 2 else None


def _first_part(draw: Random, text: str) -> str | None:
    return text.split("-")[0] if "-" in text else None


def _swapped_names(draw: Random, one: Record) -> Record:
    return one | {"last_name": one["first_name"].upper(), "first_name": one["last_name"].title()}


def _swapped_day(draw: Random, one: Record) -> Record | None:
    born = one["birth_date"]
    return one | {"birth_date": born.replace(day=born.month, month=born.day)} if born.day <= 12 != born.month else None


def _wrong_year(draw: Random, one: Record) -> Record | None:
    born = one["birth_date"]
    year = born.year + draw.choice((-1, 1)) if born.year % 10 not in (0, 9) else born.year - 10 * draw.choice((1, -1))
    return one | {"birth_date": born.replace(year=year)} if (born.month, born.day) != (2, 29) else None


def _undated(draw: Random, one: Record) -> Record | None:
    return one | {"birth_date": None} if one["phone"] or one["email"] else None


def _married(draw: Random, one: Record) -> Record:
    return one | {"birth_name": one["last_name"], "last_name": draw.choice(_NAMES[0][0])}


def _moved(draw: Random, one: Record) -> Record:
    return one | {"city": draw.choice(TOWNS), "phone": f"+337{draw.randrange(10**8):08}"}


def _bare(draw: Random, one: Record) -> Record:
    return {name: one[name] for name in ("last_name", "first_name", "birth_date")}


def _heard(draw: Random, one: Record) -> Record | None:
    last, first = _spelled(draw, one["last_name"]), _spelled(draw, one["first_name"])
    return one | {"last_name": last, "first_name": first} if last and first else None


DISGUISES: Final[dict[str, Disguise]] = {
    "same": lambda draw, one: dict(one),
    "capitals": lambda draw, one: (
        one | {"first_name": _plain(draw, one["first_name"]), "last_name": _plain(draw, one["last_name"])}
    ),
    "typo_last": _changed("last_name", _slip),
    "typo_first": _changed("first_name", _slip),
    "heard_last": _changed("last_name", _spelled),
    "heard_first": _changed("first_name", _spelled),
    "heard_both": _heard,
    "joined": _changed("last_name", _joined),
    "half_last": _changed("last_name", _one_part),
    "half_first": _changed("first_name", _first_part),
    "swapped_names": _swapped_names,
    "swapped_day": _swapped_day,
    "wrong_year": _wrong_year,
    "undated": _undated,
    "married": _married,
    "moved": _moved,
    "bare": _bare,
}
