"""The count of wrong tries: free ones, pauses that double, and what starts it again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from ml_admin import throttle
from ml_admin.database import Actor, writing
from ml_admin.models import LoginAttempt

KEY = "k" * 40
NINE = datetime(2025, 3, 3, 9, tzinfo=UTC)
OFFICE = "192.0.2.7"


def fail(session, times, subject="claire", address=OFFICE, instant=NINE):
    return [throttle.begin(session, "login", subject, address, key=KEY, instant=instant) for _ in range(times)]


def test_five_wrong_tries_are_free_and_each_says_how_many_remain(session):
    assert [attempt.left for attempt in fail(session, 5)] == [4, 3, 2, 1, 0]
    assert not any(attempt.wait for attempt in fail(session, 0))


def test_the_pause_doubles_with_each_wrong_try_up_to_an_hour(session):
    fail(session, 5)
    instant, pauses = NINE, []
    for _ in range(9):
        refused = fail(session, 1, instant=instant)[0]
        pauses.append(refused.wait)
        instant += refused.wait
        assert not fail(session, 1, instant=instant)[0].wait
    minutes = [pause / timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_try_during_the_pause_is_neither_looked_at_nor_counted(session):
    fail(session, 5)
    refused = fail(session, 20, instant=NINE + timedelta(seconds=30))
    assert {(attempt.id, attempt.wait) for attempt in refused} == {(None, timedelta(seconds=30))}


def test_a_right_try_starts_the_count_again(session):
    throttle.succeed(session, fail(session, 4)[-1])
    session.flush()
    assert fail(session, 1)[0].left == 4


def test_a_forgiven_account_may_try_at_once(session):
    fail(session, 6)
    throttle.forgive(session, "login", "claire", key=KEY, instant=NINE)
    session.flush()
    assert not fail(session, 1)[0].wait


def test_wrong_tries_are_forgotten_after_a_day(session):
    fail(session, 5)
    assert fail(session, 1, instant=NINE + timedelta(hours=25))[0].left == 4


def test_one_account_does_not_make_the_others_wait(session):
    fail(session, 6)
    assert not fail(session, 1, subject="karim")[0].wait


def test_one_address_that_tries_many_accounts_waits_even_after_a_right_try(session):
    for number in range(29):
        fail(session, 1, subject=f"account{number}")
    throttle.succeed(session, fail(session, 1, subject="its own account")[0])
    session.flush()
    assert not fail(session, 1, subject="one more")[0].wait
    assert fail(session, 1, subject="another")[0].wait == timedelta(minutes=1)
    assert not fail(session, 1, subject="another", address="192.0.2.8")[0].wait


def test_a_code_is_seen_once(session):
    seen = [throttle.seen_before(session, "totp-used", "12:58123", key=KEY, instant=NINE) for _ in range(2)]
    assert seen == [False, True]


def test_no_name_and_no_address_stands_in_the_table(session):
    fail(session, 1)
    row = session.scalars(select(LoginAttempt)).one()
    assert len(row.subject_hash) == len(row.address_hash) == 64
    assert row.subject_hash != throttle.digest("another key", "login", "claire")


def test_old_tries_are_purged_and_recent_ones_stay(session):
    fail(session, 2)
    fail(session, 1, instant=NINE + timedelta(days=2))
    assert throttle.purge(session, NINE + timedelta(days=2, hours=1)) == 2
    assert session.scalar(select(func.count()).select_from(LoginAttempt)) == 1


@pytest.mark.parametrize("tries", [12])
def test_tries_at_the_same_moment_are_counted_one_by_one(engine, tries):
    def one(_):
        with writing(engine, Actor(None, "connexion")) as session:
            return fail(session, 1)[0]

    with ThreadPoolExecutor(6) as pool:
        attempts = list(pool.map(one, range(tries)))
    assert len([attempt for attempt in attempts if not attempt.wait]) == throttle.FREE
