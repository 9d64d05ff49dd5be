"""Who may do what: roles on pages, tokens on the JSON API, accounts in the hands of administrators alone."""

from __future__ import annotations

import datetime as dt

import pytest

from lfr_actors.console.sessions import new_token, token_hash
from lfr_actors.people import Role
from tests.unit.console.site import OTHER_PASSWORD, PASSWORD, Browser, Site

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("olga", {"/where", "/pictures", "/decide"}),
        ("sven", {"/where", "/pictures", "/decide", "/stop", "/log"}),
        ("aude", {"/where", "/log"}),
        ("anna", {"/where", "/log", "/people"}),
    ],
)
async def test_a_role_reaches_what_it_may_and_no_more(
    site: Site, browser: Browser, name: str, may: set[str]
) -> None:
    """An operator reaches nothing of a supervisor or administrator, an auditor no picture, and so on."""
    await browser.sign_in(name)
    token = await browser.form_token("/where")
    for path in ("/where", "/pictures", "/decide", "/stop", "/log", "/people"):
        assert (await browser.get(path)).status == (200 if path in may else 403), path
        if path != "/people":
            done = await browser.post(path, {"csrf": token})
            assert done.status == (200 if path in may else 403), path
    assert site.done == [
        f"{name} {path}" for path in ("/where", "/pictures", "/decide", "/stop", "/log") if path in may
    ]


async def test_only_an_administrator_changes_accounts(site: Site, browser: Browser) -> None:
    """Forms of the people page sent by a supervisor do nothing and say who may."""
    await browser.sign_in("sven")
    token = await browser.form_token("/where")
    before = site.store.people.accounts.listed()
    fields = {
        "csrf": token,
        "account": "olga",
        "name": "mallory",
        "role": "administrator",
        "password": PASSWORD,
    }
    for action in ("add", "role", "disable", "enable", "password"):
        answer = await browser.post(f"/people/{action}", fields)
        assert (answer.status, "only administrator may" in await answer.text()) == (403, True), action
    assert site.store.people.accounts.listed() == before


async def test_an_administrator_manages_accounts(site: Site, browser: Browser) -> None:
    """Add, give a role, another password, disable and enable; each is an event that names who did it."""
    accounts = site.store.people.accounts
    await browser.sign_in("anna")
    added = await browser.submit(
        "/people", "/people/add", name="otto", role="operator", password=OTHER_PASSWORD
    )
    assert (added.status, added.headers["Location"]) == (303, "/people")
    for action, fields in [
        ("role", {"account": "otto", "role": "auditor"}),
        ("password", {"account": "otto", "password": PASSWORD}),
        ("disable", {"account": "otto"}),
    ]:
        assert (await browser.submit("/people", f"/people/{action}", **fields)).status == 303
    row = accounts.require("otto")
    assert (row.role, row.is_enabled) == (Role.AUDITOR, False)
    assert "disabled" in await (await browser.get("/people")).text()
    assert (await browser.submit("/people", "/people/enable", account="otto")).status == 303
    assert site.events_of("account.added")[-1] == {"account": "otto", "role": "operator", "who": "anna"}
    changed = [(event["what"], event["who"]) for event in site.events_of("account.changed")]
    assert changed == [("role", "anna"), ("password", "anna"), ("disabled", "anna"), ("enabled", "anna")]


async def test_what_cannot_be_is_said_and_changes_nothing(site: Site, browser: Browser) -> None:
    """Names that would be script or headers, unknown roles, poor passwords, the last administrator."""
    await browser.sign_in("anna")
    before = site.store.people.accounts.listed()
    wrong: list[tuple[str, dict[str, str], str]] = [
        ("add", {"name": "olga", "role": "operator", "password": PASSWORD}, "is there already"),
        (
            "add",
            {"name": "<script>alert(1)</script>", "role": "operator", "password": PASSWORD},
            "must be 2 to 32",
        ),
        (
            "add",
            {"name": "otto\r\nSet-Cookie: a=b", "role": "operator", "password": PASSWORD},
            "must be 2 to 32",
        ),
        ("add", {"name": "otto", "role": "chief", "password": PASSWORD}, "must be one of"),
        ("add", {"name": "otto", "role": "operator", "password": "short"}, "12 to 256"),
        ("add", {"name": "otto", "role": "operator"}, "12 to 256"),
        ("role", {"account": "anna", "role": "operator"}, "only administrator"),
        ("disable", {"account": "anna"}, "only administrator"),
        ("disable", {"account": "nobody"}, "there is none of this name"),
        ("password", {"account": "olga", "password": "short"}, "12 to 256"),
    ]
    for action, fields, words in wrong:
        answer = await browser.submit("/people", f"/people/{action}", **fields)
        text = await answer.text()
        assert (answer.status, words in text) == (400, True), text
        assert "<script>alert" not in text
        assert "Set-Cookie" not in answer.headers
    assert site.store.people.accounts.listed() == before


def issue(site: Site, role: Role, name: str = "recorder", good_for: dt.timedelta = DAY) -> str:
    """A token for an integration."""
    token = "lfr_" + new_token()
    site.store.people.tokens.issue(name, token_hash(token), role, good_for, who="root")
    return token


async def test_a_token_may_what_its_role_may(site: Site, browser: Browser) -> None:
    """On the JSON API, without a form's token; it is known as its integration, and to no page."""
    token = issue(site, Role.OPERATOR)
    bearer = {"Authorization": f"Bearer {token}"}
    answer = await browser.get("/api/v1/where", **bearer)
    assert (answer.status, (await answer.text()).startswith("api:recorder operator")) == (200, True)
    assert (await browser.post("/api/v1/decide", headers=bearer)).status == 200
    assert site.done == ["api:recorder /api/v1/decide"]
    refused = await browser.post("/api/v1/stop", headers=bearer)
    problem = await refused.json(content_type="application/problem+json")
    assert (refused.status, problem["status"], problem["title"]) == (403, 403, "Not allowed")
    assert "only supervisor may" in problem["detail"]
    for path in ("/where", "/people", "/account"):
        assert (await browser.get(path, **bearer)).headers["Location"].startswith("/sign-in"), path


async def test_a_token_that_is_not_good_is_refused(site: Site, browser: Browser) -> None:
    """Unknown, expired, revoked, of another scheme, empty: 401, also beside a good session."""
    await browser.sign_in("sven")
    expired, revoked = issue(site, Role.OPERATOR), issue(site, Role.OPERATOR, good_for=10 * DAY)
    row = next(
        token for token in site.store.people.tokens.listed() if token.expires_at > site.clock.now + 9 * DAY
    )
    site.store.people.tokens.revoke(row.token_id[:6], who="root")
    site.clock.pass_(days=1)
    for header, words in [
        (f"Bearer {expired}", "expired"),
        (f"bearer {revoked}", "revoked"),
        ("Bearer lfr_unknown", "not known"),
        ("Bearer ", ""),
        ("Basic YTpi", "Nobody"),
    ]:
        answer = await browser.get("/api/v1/where", Authorization=header)
        assert answer.status == 401, header
        assert words in (await answer.json(content_type="application/problem+json"))["detail"]
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_names_and_passwords_never_reach_the_log_of_events(site: Site, browser: Browser) -> None:
    """Events about people hold names of accounts and words, no password, no hash, no token."""
    token = issue(site, Role.AUDITOR)
    await browser.sign_in("olga", OTHER_PASSWORD)
    await browser.sign_in("olga")
    fields = {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    await browser.submit("/account", "/account/password", **fields)
    written = " ".join(event.public_json for event in site.store.events())
    session = browser.cookie("lfr") or "?"
    for secret in (
        PASSWORD,
        OTHER_PASSWORD,
        token,
        token_hash(token),
        session,
        token_hash(session),
        "argon2",
    ):
        assert secret not in written
