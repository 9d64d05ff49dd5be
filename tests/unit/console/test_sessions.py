"""What happens to sessions: they lock, run out, and end with the account, the password and the day."""

from __future__ import annotations

from tests.unit.console.site import OTHER_PASSWORD, PASSWORD, Browser, Site


async def test_an_idle_session_locks_and_opens_with_the_password(site: Site, browser: Browser) -> None:
    """After ten minutes without anybody pages lead to the unlock form and nothing else answers."""
    await browser.sign_in("olga")
    site.clock.pass_(minutes=9)
    assert (await browser.get("/where")).status == 200
    site.clock.pass_(minutes=10)
    turned = await browser.get("/where")
    assert (turned.status, turned.headers["Location"]) == (303, "/unlock?next=/where")
    assert (await browser.get("/where", X_Fragment="1")).status == 423
    assert (await browser.get("/api/v1/where")).status == 423
    assert (await browser.post("/decide", {"csrf": "x"})).status == 423
    assert site.done == []
    page = await browser.get("/unlock?next=/where")
    assert "Password of olga" in await page.text()
    wrong = await browser.submit("/unlock", "/unlock", password=OTHER_PASSWORD)
    assert wrong.status == 401
    done = await browser.submit("/unlock", "/unlock", password=PASSWORD, next="/where")
    assert (done.status, done.headers["Location"]) == (303, "/where")
    assert (await browser.get("/where")).status == 200
    assert site.events_of("account.signed_in")[-1] == {"account": "olga", "how": "unlock"}


async def test_what_a_page_does_by_itself_keeps_no_session_open(site: Site, browser: Browser) -> None:
    """Streams and background requests are no sign of somebody; a moved hand is."""
    await browser.sign_in("olga")
    for _ in range(3):
        site.clock.pass_(minutes=3)
        assert await (await browser.get("/stream", Accept="text/event-stream")).text() == "open"
        assert (await browser.get("/where", X_Fragment="1", X_Background="1")).status == 200
    token = await browser.form_token("/where")
    assert (await browser.post("/active", headers={"X-CSRF-Token": token})).status == 204
    site.clock.pass_(minutes=9)
    assert (await browser.get("/stream", Accept="text/event-stream")).status == 200
    site.clock.pass_(minutes=1)
    assert (await browser.get("/stream", Accept="text/event-stream")).status == 423
    assert (await browser.post("/active", headers={"X-CSRF-Token": token})).status == 423


async def test_five_wrong_passwords_end_a_locked_session(site: Site, browser: Browser) -> None:
    """Whoever sits down at a locked screen has five guesses, and the right password afterwards is none."""
    await browser.sign_in("olga")
    site.clock.pass_(minutes=11)
    token = await browser.form_token("/unlock")
    for _ in range(5):
        answer = await browser.post("/unlock", {"csrf": token, "password": OTHER_PASSWORD})
        assert answer.status == 401
    answer = await browser.post("/unlock", {"csrf": token, "password": PASSWORD})
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in")
    assert (await browser.get("/where")).headers["Location"].startswith("/sign-in")
    assert (await browser.sign_in("olga")).status == 303, "signing in is not held up by that"


async def test_a_session_ends_after_twelve_hours(site: Site, browser: Browser) -> None:
    """However busy somebody was, the password is asked at the latest after twelve hours, with the event."""
    await browser.sign_in("olga")
    for _ in range(80):
        site.clock.pass_(minutes=9)
        await browser.get("/where")
    turned = await browser.get("/where")
    assert turned.headers["Location"].startswith("/sign-in")
    assert site.events_of("account.signed_out") == [{"account": "olga", "why": "expired"}]


async def test_a_disabled_account_is_out_at_once(site: Site, browser: Browser) -> None:
    """Its sessions end with the account, in every browser, and nothing it sends is done."""
    await browser.sign_in("olga")
    token = await browser.form_token("/where")
    site.store.people.accounts.set_disabled("olga", True, who="anna")
    assert (await browser.post("/decide", {"csrf": token})).status in (303, 401)
    assert (await browser.get("/where")).headers["Location"].startswith("/sign-in")
    assert site.done == []
    assert site.events_of("account.signed_out") == [{"account": "olga", "why": "disabled"}]
    site.store.people.accounts.set_disabled("olga", False, who="anna")
    assert (await browser.get("/where")).status == 303, "the session stays ended"


async def test_another_role_holds_from_the_next_request(site: Site, browser: Browser) -> None:
    """Nobody keeps what the role had allowed until the session ends."""
    await browser.sign_in("sven")
    assert (await browser.get("/log")).status == 200
    site.store.people.accounts.set_role("sven", site.store.people.accounts.require("olga").role, who="anna")
    assert (await browser.get("/log")).status == 403


async def test_a_changed_password_ends_every_other_session(site: Site, browser: Browser) -> None:
    """One stays signed in where one changed it, under another token; everywhere else the password is asked."""
    await browser.sign_in("olga")
    before = browser.cookie("lfr")
    async with site.browser() as elsewhere:
        await elsewhere.sign_in("olga")
        assert (await elsewhere.get("/where")).status == 200
        fields = {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}
        done = await browser.submit("/account", "/account/password", **fields)
        assert (done.status, done.headers["Location"]) == (303, "/account?changed")
        assert (await elsewhere.get("/where")).status == 303
    assert (await browser.get("/account?changed")).status == 200
    assert browser.cookie("lfr") != before
    async with site.browser() as thief:
        assert before is not None
        thief.set_cookie("lfr", before)
        assert (await thief.get("/where")).status == 303
        assert (await thief.sign_in("olga", PASSWORD)).status == 401
        assert (await thief.sign_in("olga", OTHER_PASSWORD)).status == 303
    whys = [event["why"] for event in site.events_of("account.signed_out")]
    assert whys == ["password-changed", "password-changed"]


async def test_a_password_is_changed_only_as_it_should(site: Site, browser: Browser) -> None:
    """The present password is asked; a poor one, two that differ and the account's own name are refused."""
    await browser.sign_in("olga")
    for fields, status, words in [
        ({"current": PASSWORD, "new": "short", "again": "short"}, 400, "12 to 256"),
        (
            {"current": PASSWORD, "new": "olga-olga-olga", "again": "olga-olga-olga"},
            400,
            "name of the account",
        ),
        ({"current": PASSWORD, "new": OTHER_PASSWORD, "again": PASSWORD}, 400, "differ"),
        (
            {"current": OTHER_PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD},
            403,
            "present password",
        ),
    ]:
        answer = await browser.submit("/account", "/account/password", **fields)
        assert (answer.status, words in await answer.text()) == (status, True), words
    assert "account.changed" not in site.names_of_events()
