"""Accounts, sessions, failed sign-ins and tokens in the database."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lfr_actors.console.limits import of_account, of_address
from lfr_actors.errors import Refused
from lfr_actors.people import Role
from lfr_actors.store import Store
from lfr_actors.store.sessions import Ending, Entrance
from tests.unit.store.samples import DAY, HOUR, SECOND, Clock

HASH = "$argon2id$hash-marker-4711"
ONE, OTHER = "1" * 64, "2" * 64


def events(store: Store, name: str) -> list[dict[str, Any]]:
    """The public parts of the events of a name."""
    return [dict(event.public) for event in store.events(name=name)]


def test_an_account_is_made_once_and_every_change_is_an_event(store: Store) -> None:
    """A name is one account; what changed, in which role it is and who did it is in the log, the hash is not."""
    accounts = store.people.accounts
    assert not accounts.any_enabled()
    row = accounts.add("anna", Role.ADMINISTRATOR, HASH, who="root")
    assert accounts.listed() == [row]
    with pytest.raises(Refused, match="is there already"):
        accounts.add("anna", Role.OPERATOR, None, who="root")
    with pytest.raises(Refused, match="2 to 32"):
        accounts.add("An na", Role.OPERATOR, None, who="root")
    accounts.add("olga", Role.OPERATOR, None, who="anna")
    accounts.set_role("olga", Role.SUPERVISOR, who="anna")
    accounts.set_role("olga", Role.SUPERVISOR, who="anna")
    accounts.set_disabled("olga", True, who="anna")
    accounts.set_disabled("olga", True, who="anna")
    accounts.set_disabled("olga", False, who="anna")
    accounts.set_password("olga", HASH, who="olga")
    assert events(store, "account.added") == [
        {"account": "anna", "role": "administrator", "who": "root"},
        {"account": "olga", "role": "operator", "who": "anna"},
    ]
    changes = [(event["what"], event["role"], event["who"]) for event in events(store, "account.changed")]
    assert changes == [
        ("role", "supervisor", "anna"),
        ("disabled", "supervisor", "anna"),
        ("enabled", "supervisor", "anna"),
        ("password", "supervisor", "olga"),
    ]
    assert all("hash-marker" not in event.public_json for event in store.events())
    assert "hash-marker" not in repr(accounts.require("olga"))


def test_an_administrator_is_always_left(store: Store) -> None:
    """The last one that is enabled can be neither disabled nor given another role; unknown accounts are named."""
    accounts = store.people.accounts
    accounts.add("anna", Role.ADMINISTRATOR, HASH, who="root")
    accounts.add("adam", Role.ADMINISTRATOR, HASH, who="root")
    accounts.set_disabled("adam", True, who="root")
    for change in (
        lambda: accounts.set_disabled("anna", True, who="root"),
        lambda: accounts.set_role("anna", Role.OPERATOR, who="root"),
    ):
        with pytest.raises(Refused, match="only administrator"):
            change()
    accounts.set_disabled("adam", False, who="root")
    assert accounts.set_role("anna", Role.OPERATOR, who="root").role is Role.OPERATOR
    for unknown in (
        lambda: accounts.set_role("nobody", Role.OPERATOR, who="root"),
        lambda: accounts.set_disabled("nobody", True, who="root"),
        lambda: accounts.set_password("nobody", HASH, who="root"),
    ):
        with pytest.raises(Refused, match="none of this name"):
            unknown()


def test_sessions_end_with_their_account_and_their_time(store: Store, clock: Clock) -> None:
    """A session has the role of its account, is gone when that is disabled, and says why it ended."""
    people = store.people
    people.accounts.add("olga", Role.OPERATOR, HASH, who="root")
    assert people.sessions.open("olga", ONE, Entrance.PASSWORD)
    row = people.sessions.get(ONE)
    assert row is not None
    assert (row.person.name, row.person.role, row.opened_at, row.locked_at) == (
        "olga",
        Role.OPERATOR,
        clock.now,
        None,
    )
    clock.now += HOUR
    people.sessions.lock(ONE)
    people.sessions.touch(ONE)
    locked = people.sessions.get(ONE)
    assert locked is not None
    assert (locked.locked_at, locked.active_at) == (clock.now, row.opened_at), "a locked one is not touched"
    assert people.sessions.unlock(ONE)
    assert people.sessions.open("olga", OTHER, Entrance.PROXY, in_place_of=ONE)
    assert people.sessions.get(ONE) is None
    assert not people.sessions.unlock(ONE)
    assert not people.sessions.end(ONE, Ending.ASKED)
    people.accounts.set_disabled("olga", True, who="root")
    assert people.sessions.get(OTHER) is None
    assert not people.sessions.open("olga", ONE, Entrance.PASSWORD), "disabled since the password was checked"
    people.accounts.set_disabled("olga", False, who="root")
    people.sessions.open("olga", ONE, Entrance.PASSWORD)
    clock.now += HOUR
    assert people.sessions.end_older_than(clock.now - 2 * HOUR) == 0
    assert people.sessions.end_older_than(clock.now - HOUR) == 1
    whys = [event["why"] for event in events(store, "account.signed_out")]
    assert whys == ["asked", "disabled", "expired"]
    assert [event["how"] for event in events(store, "account.signed_in")] == [
        "password",
        "unlock",
        "proxy",
        "password",
    ]


def test_a_hundred_attempts_at_once_are_a_hundred_failures(store: Store) -> None:
    """An attempt counts before its password is looked at: nobody gains by sending many at the same time."""
    limits = [of_account("olga"), of_address("192.0.2.7")]
    with ThreadPoolExecutor(8) as threads:
        waits = list(threads.map(lambda _: store.people.limits.attempt(limits), range(40)))
    assert sum(wait == 0.0 for wait in waits) == 3


def test_failures_are_forgotten_after_a_day(store: Store, clock: Clock) -> None:
    """Attempts that are not looked at count as nothing, and a day later none does."""
    limits = store.people.limits
    limit = of_account("olga")
    assert [limits.attempt([limit]) for _ in range(5)] == [0.0, 0.0, 0.0, 1.0, 1.0]
    clock.now += SECOND
    assert limits.attempt([limit]) == 0.0
    assert limits.attempt([limit]) == 2.0
    clock.now += DAY
    assert [limits.attempt([limit]) for _ in range(4)] == [0.0, 0.0, 0.0, 1.0]
    limits.succeeded(clear=[limit.subject], take_back=["address:unknown"])
    assert limits.attempt([limit]) == 0.0


def test_a_refused_sign_in_is_said_once_a_minute(store: Store, clock: Clock) -> None:
    """Of each account, and of names that are none together."""
    say = store.people.limits.say_refused
    said = [say("olga", "wrong password"), say("olga", "wrong password"), say(None, "x"), say(None, "x")]
    assert said == [True, False, True, False]
    clock.now += 60 * SECOND
    assert say("olga", "wrong password")


def test_a_token_is_good_until_it_expires_or_is_revoked(store: Store, clock: Clock) -> None:
    """It is found by its hash, named by its integration, revoked by a beginning of its id, once."""
    tokens = store.people.tokens
    row = tokens.issue("recorder", ONE, Role.AUDITOR, DAY, who="root")
    assert tokens.get(ONE) == row
    assert tokens.get(OTHER) is None
    assert (row.person.name, row.person.role) == ("api:recorder", Role.AUDITOR)
    assert row.is_good(clock.now + DAY - SECOND)
    assert not row.is_good(clock.now + DAY)
    for span in (dt.timedelta(0), -DAY, 367 * DAY):
        with pytest.raises(Refused, match="1 to 366 days"):
            tokens.issue("recorder", OTHER, Role.AUDITOR, span, who="root")
    with pytest.raises(Refused, match="2 to 32"):
        tokens.issue("api:x", OTHER, Role.AUDITOR, DAY, who="root")
    for unknown in ("", "zz", "%"):
        with pytest.raises(Refused, match="lfr tokens list"):
            tokens.revoke(unknown, who="root")
    revoked = tokens.revoke(row.token_id[:5], who="anna")
    assert not revoked.is_good(clock.now)
    clock.now += SECOND
    assert tokens.revoke(row.token_id, who="anna") == revoked
    assert events(store, "token.revoked") == [{"token_id": row.token_id, "who": "anna"}]
    assert [event["name"] for event in events(store, "token.issued")] == ["recorder"]
