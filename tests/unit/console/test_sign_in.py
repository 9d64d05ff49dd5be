"""Signing in, and what attackers try there: fixed sessions, guesses, names that do not exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from lfr_actors.console.passwords import Passwords
from lfr_actors.people import Role
from lfr_actors.store import Store
from lfr_actors.store.sessions import Entrance
from tests.unit.console.site import (
    OTHER_PASSWORD,
    PASSWORD,
    QUICK,
    Browser,
    Clock,
    Site,
    open_store,
    serving,
    token_in,
)


async def test_a_person_signs_in_goes_on_and_out(site: Site, browser: Browser) -> None:
    """One is led to the form and back to where one wanted to be; after signing out nothing is shown."""
    turned = await browser.get("/where?x=1")
    assert (turned.status, turned.headers["Location"]) == (303, "/sign-in?next=/where?x%3D1")
    done = await browser.sign_in("Olga ", wanted="/where?x=1")
    assert (done.status, done.headers["Location"]) == (303, "/where?x=1")
    assert (await (await browser.get("/where")).text()).startswith("olga operator")
    again = await browser.get("/sign-in?next=/where")
    assert (again.status, again.headers["Location"]) == (303, "/where")
    out = await browser.submit("/where", "/sign-out")
    assert (out.status, out.headers["Location"]) == (303, "/sign-in")
    assert browser.cookie("lfr") is None
    assert (await browser.get("/where")).status == 303
    assert site.events_of("account.signed_in") == [{"account": "olga", "how": "password"}]
    assert site.events_of("account.signed_out") == [{"account": "olga", "why": "asked"}]


async def test_nobody_gets_anything_but_the_form(browser: Browser) -> None:
    """Pages lead to the form; scripts, streams, forms and programs are told, in words they can read."""
    for path, headers, kind in [
        ("/where", {"X_Fragment": "1"}, "text/html"),
        ("/stream", {"Accept": "text/event-stream"}, "text/plain"),
        ("/api/v1/where", {}, "application/problem+json"),
        ("/where", {"Sec_Fetch_Dest": "image", "Sec_Fetch_Site": "same-origin"}, "text/plain"),
    ]:
        answer = await browser.get(path, **headers)
        assert (answer.status, answer.content_type) == (401, kind), path
        assert "olga" not in await answer.text()
    assert (await browser.post("/api/v1/decide")).status == 401
    for path in ("/account", "/people", "/unlock", "/log"):
        assert (await browser.get(path)).headers["Location"].startswith("/sign-in"), path


async def test_a_session_that_somebody_else_chose_is_never_taken(site: Site, browser: Browser) -> None:
    """The token of a session is always new after signing in (session fixation), and only its hash is kept."""
    browser.set_cookie("lfr", "chosen-by-somebody-else")
    await browser.sign_in("olga")
    first = browser.cookie("lfr")
    assert first is not None
    assert first != "chosen-by-somebody-else"
    async with site.browser() as thief:
        thief.set_cookie("lfr", "chosen-by-somebody-else")
        assert (await thief.get("/where")).status == 303
    assert first.encode() not in (site.store.home / "lfr.db").read_bytes()
    wal = site.store.home / "lfr.db-wal"
    assert not wal.exists() or first.encode() not in wal.read_bytes()


async def test_signing_in_again_ends_the_session_before(site: Site, browser: Browser) -> None:
    """A browser has one session: where another person signs in, the token of the first is good no more."""
    await browser.sign_in("olga")
    first = browser.cookie("lfr")
    assert first is not None
    # The form is open in another window since before the first signed in.
    form = browser.cookie("lfr-form")
    assert form is None, "the cookie of the form ends with it"
    async with site.browser() as fresh:
        token = token_in(await (await fresh.get("/sign-in")).text())
        fresh.set_cookie("lfr", first)
        fields = {"csrf": token, "name": "sven", "password": PASSWORD}
        assert (await fresh.post("/sign-in", fields)).status == 303
        assert (await (await fresh.get("/where")).text()).startswith("sven")
    assert (await browser.get("/where")).status == 303


async def test_the_cookie_is_kept_from_scripts_and_other_sites(site: Site, browser: Browser) -> None:
    """The cookie is HttpOnly and SameSite=Strict, for this host and until the browser ends."""
    answer = await browser.sign_in("olga")
    cookie = next(each for each in answer.headers.getall("Set-Cookie") if each.startswith("lfr="))
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert parts == {"httponly", "path=/", "samesite=strict"}


async def test_behind_tls_the_cookie_is_of_this_host_alone(people_store: Store, site_clock: Clock) -> None:
    """Where the browser comes by https the cookie has the __Host- prefix and is Secure; the other is not read."""
    async with serving(people_store, site_clock, public_url="https://lfr.example.org") as site:
        headers = {"Host": "lfr.example.org", "Origin": "https://lfr.example.org"}
        async with site.browser() as browser:
            form = await browser.get("/sign-in", Host="lfr.example.org")
            form_cookie = form.cookies["__Host-lfr-form"]
            assert form_cookie["secure"]
            fields = {"csrf": token_in(await form.text()), "name": "olga", "password": PASSWORD}
            cookie_header = {"Cookie": f"__Host-lfr-form={form_cookie.value}"}
            done = await browser.post("/sign-in", fields, headers | cookie_header)
            session = done.cookies["__Host-lfr"]
            assert session["secure"]
            assert session["httponly"]
            assert (session["samesite"], session["path"], session["domain"]) == ("Strict", "/", "")
            named = {"Host": "lfr.example.org", "Cookie": f"__Host-lfr={session.value}"}
            assert (await browser.get("/where", **named)).status == 200
            plain = {"Host": "lfr.example.org", "Cookie": f"lfr={session.value}"}
            assert (await browser.get("/where", **plain)).status == 303


async def test_signing_in_leads_nowhere_else(browser: Browser) -> None:
    """Where one goes on to is an address of this console, whatever the form says."""
    for wanted in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/x\r\nSet-Cookie: a=b",
        "",
        "/ü",
    ):
        done = await browser.sign_in("olga", wanted=wanted)
        assert (done.status, done.headers["Location"]) == (303, "/"), wanted
        assert "a" not in done.cookies
        await browser.submit("/where", "/sign-out")


async def test_unknown_disabled_and_wrong_look_alike(
    site: Site, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which accounts exist cannot be told: the same hashing, the same words, the same waits."""
    checked: list[str] = []
    verify = PasswordHasher.verify

    def counting(hasher: PasswordHasher, known: str, password: str) -> Any:
        checked.append(known.split("$")[3])
        return verify(hasher, known, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    site.store.people.accounts.set_disabled("sven", True, who="root")
    answers = {}
    for name, password in {
        "olga": OTHER_PASSWORD,
        "sven": PASSWORD,
        "nobody": PASSWORD,
        "../;DROP": PASSWORD,
    }.items():
        seen = []
        for _ in range(5):
            answer = await browser.sign_in(name, password)
            text = re.sub(r'(data-now|value)="[^"]*"', "", await answer.text())
            seen.append((answer.status, answer.headers.get("Retry-After"), text))
        answers[name] = seen
        site.clock.pass_(hours=25)
    assert answers["olga"] == answers["sven"] == answers["nobody"] == answers["../;DROP"]
    assert [status for status, *_ in answers["olga"]] == [401, 401, 401, 429, 429]
    assert len(checked) == 4 * 3, "each that was let through was hashed once"
    assert len(set(checked)) == 1, "with the same parameters"


async def test_refused_sign_ins_are_written_once_a_minute(site: Site, browser: Browser) -> None:
    """Events name the account that exists, never what was typed where none does, and do not flood the log."""
    await browser.sign_in("olga", OTHER_PASSWORD)
    await browser.sign_in("olga", OTHER_PASSWORD)
    await browser.sign_in("nobody", PASSWORD)
    await browser.sign_in(PASSWORD, "olga")
    expected = [
        {"account": "olga", "reason": "wrong password"},
        {"account": None, "reason": "no such account"},
    ]
    assert site.events_of("account.sign_in_refused") == expected
    site.clock.pass_(minutes=2)
    site.store.people.accounts.set_disabled("olga", True, who="root")
    await browser.sign_in("olga", PASSWORD)
    last = site.events_of("account.sign_in_refused")[-1]
    assert last == {"account": "olga", "reason": "the account is disabled"}


async def test_guessing_an_account_slows_down_and_is_remembered(
    people_store: Store, site_clock: Clock, home: Path
) -> None:
    """After three wrong passwords each wait is twice the last, also after a restart; then the right one works."""
    clock = site_clock
    async with serving(people_store, clock) as site, site.browser() as browser:
        for _ in range(3):
            assert (await browser.sign_in("olga", OTHER_PASSWORD)).status == 401
        assert (await browser.sign_in("olga", PASSWORD)).status == 429, "not even the right one"
        for wait_s in (1, 2, 4):
            held = await browser.sign_in("olga", OTHER_PASSWORD)
            assert (held.status, held.headers["Retry-After"]) == (429, str(wait_s))
            clock.pass_(seconds=wait_s)
            assert (await browser.sign_in("olga", OTHER_PASSWORD)).status == 401
    with open_store(home, clock) as again:
        async with serving(again, clock) as site, site.browser() as browser:
            held = await browser.sign_in("olga", PASSWORD)
            assert (held.status, held.headers["Retry-After"]) == (429, "8")
            assert (await browser.sign_in("sven", PASSWORD)).status == 303, "others are not held up"
            await browser.submit("/where", "/sign-out")
            clock.pass_(seconds=8)
            assert (await browser.sign_in("olga", PASSWORD)).status == 303
            await browser.submit("/where", "/sign-out")
            assert (await browser.sign_in("olga", OTHER_PASSWORD)).status == 401, (
                "and the count is at nothing"
            )


async def test_a_wait_is_never_for_ever(site: Site, browser: Browser) -> None:
    """However often somebody guesses, the owner of the account waits five minutes at most."""
    for _ in range(30):
        await browser.sign_in("olga", OTHER_PASSWORD)
        site.clock.pass_(hours=1)
    site.clock.pass_(minutes=-55)
    site.store.people.limits.succeeded(clear=["address:127.0.0.1"])
    assert (await browser.sign_in("olga", PASSWORD)).status == 303


async def test_one_address_that_tries_many_accounts_slows_down(site: Site, browser: Browser) -> None:
    """Ten failures of one address hold up every name from there; a right password does not clear them."""
    for number in range(9):
        assert (await browser.sign_in(f"name{number}", PASSWORD)).status == 401
    assert (await browser.sign_in("olga", PASSWORD)).status == 303
    await browser.submit("/where", "/sign-out")
    assert (await browser.sign_in("name9", PASSWORD)).status == 401
    assert (await browser.sign_in("sven", PASSWORD)).status == 429


async def test_an_old_hash_is_made_anew(people_store: Store, site_clock: Clock) -> None:
    """Where the parameters of argon2 were raised since, the next right password is hashed with today's."""
    weak = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    people_store.people.accounts.add("otto", Role.OPERATOR, weak.hash(PASSWORD), who="root")
    async with serving(people_store, site_clock) as site, site.browser() as browser:
        assert (await browser.sign_in("otto")).status == 303
        row = people_store.people.accounts.require("otto")
        assert row.password_hash is not None
        assert not QUICK.check_needs_rehash(row.password_hash)
        assert (await browser.get("/where")).status == 200
        assert (await Passwords(QUICK).check(PASSWORD, row.password_hash)).is_right


async def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(people_store: Store) -> None:
    """What was right when it was asked for is not right any more when the session would begin."""
    accounts, sessions = people_store.people.accounts, people_store.people.sessions
    accounts.add("otto", Role.OPERATOR, "hash-1", who="root")
    accounts.set_password("otto", "hash-2", who="root")
    assert not sessions.open("otto", "a" * 64, Entrance.PASSWORD, password_hash="hash-1")
    assert sessions.open("otto", "b" * 64, Entrance.PASSWORD, password_hash="hash-2")


async def test_the_first_visitor_is_told_how_to_make_an_account(home: Path, site_clock: Clock) -> None:
    """A console that nobody can sign in to says what to do."""
    with Store.open(home, f"sqlite:///{home / 'lfr.db'}", clock=site_clock) as store:
        async with serving(store, site_clock) as site, site.browser() as browser:
            assert "lfr users add" in await (await browser.get("/sign-in")).text()
