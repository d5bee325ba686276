"""Matching judged on people whose doubles are known, in one file and against a database."""

from collections import Counter
from random import Random
from typing import NamedTuple

import pytest

from ml_admin.imports.match import CERTAIN, Matches, match_people, person_of
from tests.imports.planted import DISGUISES, Planted, people, planted

PEOPLE = 2_000


class Judged(NamedTuple):
    """Of the doubles there are, and of those that were found."""

    recall: float
    precision: float
    surely_wrong: int
    missed: Counter[str]


def judge(found: Matches, known: dict[int, int], plan: Planted) -> Judged:
    """`known`: position -> who, of everything; only rows whose person stands before them are doubles."""
    seen: set[int] = set()
    missed: Counter[str] = Counter()
    right = wrong = surely_wrong = doubles = 0
    offset = len(known) - len(plan.who)
    for at, who in known.items():
        match = found.same.get(at)
        if match and known[match.nearest] == who:
            right += 1
        elif match:
            wrong += 1
            surely_wrong += match.nearest_score >= CERTAIN
        if at >= offset and who in seen:
            doubles += 1
            if not match or known[match.nearest] != who:
                missed[plan.how[at - offset]] += 1
        seen.add(who)
    return Judged(1 - sum(missed.values()) / doubles, right / (right + wrong), surely_wrong, missed)


@pytest.mark.parametrize("seed", [5, 11, 23])
def test_doubles_within_a_file_are_found_and_nobody_else(seed: int) -> None:
    plan = planted(seed, PEOPLE, doubles=0.25)
    found = match_people([person_of(one, "Feuil1") for one in plan.records])
    judged = judge(found, dict(enumerate(plan.who)), plan)
    assert judged.recall >= 0.96, judged.missed
    assert judged.precision >= 0.99
    assert judged.surely_wrong == 0


@pytest.mark.parametrize("seed", [7, 13])
def test_people_of_the_database_are_found_behind_their_disguises_and_nobody_else(seed: int) -> None:
    draw = Random(seed)
    everybody = people(draw, PEOPLE + PEOPLE // 2)
    records, who, how = [], [], []
    for at in draw.sample(range(PEOPLE // 2, len(everybody)), PEOPLE):
        name = draw.choice(tuple(DISGUISES))
        disguised = DISGUISES[name](draw, dict(everybody[at])) if at < PEOPLE else None
        records.append(disguised or everybody[at])
        who.append(at)
        how.append(name if disguised else "same")
    items = [*(person_of(one) for one in everybody[:PEOPLE]), *(person_of(one, "Feuil1") for one in records)]
    known = dict(enumerate([*range(PEOPLE), *who]))
    judged = judge(match_people(items, PEOPLE, apart=True), known, Planted(records, who, how))
    assert judged.recall >= 0.96, judged.missed
    assert judged.precision >= 0.99
    assert judged.surely_wrong == 0
