"""Requests that another page makes the browser send, names that lead here by a trick, and what answers forbid."""

from __future__ import annotations

import io

import pytest
from aiohttp import web

from lfr_actors.console.access import public
from lfr_actors.store import Store
from tests.unit.console.site import PASSWORD, Browser, Clock, Site, serving, token_in


async def test_a_form_without_its_token_does_nothing(site: Site, browser: Browser) -> None:
    """No token, an empty one, one of another session, one of the sign-in form: refused each time."""
    form_token = await browser.form_token("/sign-in")
    await browser.sign_in("olga")
    async with site.browser() as other:
        await other.sign_in("sven")
        foreign = await other.form_token("/where")
    for fields in ({}, {"csrf": ""}, {"csrf": foreign}, {"csrf": form_token}, {"csrf": "é€"}):
        answer = await browser.post("/decide", fields)
        assert answer.status == 403, fields
    assert (await browser.post("/decide", headers={"X-CSRF-Token": foreign})).status == 403
    assert site.done == []
    own = await browser.form_token("/where")
    assert (await browser.post("/decide", {"csrf": own})).status == 200
    assert (await browser.post("/decide", headers={"X-CSRF-Token": own})).status == 200
    assert site.done == ["olga /decide", "olga /decide"]


async def test_a_page_elsewhere_cannot_act(site: Site, browser: Browser) -> None:
    """Even with the right token: who made the request is said by the browser, and it was not us."""
    await browser.sign_in("olga")
    token = await browser.form_token("/where")
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": f"https://127.0.0.1:{site.server.port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"} | link,
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
    ):
        answer = await browser.post("/decide", {"csrf": token}, headers)
        assert (answer.status, site.done) == (403, []), headers
        answer = await browser.post("/api/v1/decide", headers=headers | {"X-CSRF-Token": token})
        assert (answer.status, site.done) == (403, []), headers


async def test_our_own_forms_come_through_without_a_referrer(site: Site, browser: Browser) -> None:
    """Browsers send Origin: null from a page that sends no referrer; Sec-Fetch-Site says that it is ours."""
    await browser.sign_in("olga")
    token = await browser.form_token("/where")
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert (await browser.post("/decide", {"csrf": token}, headers)).status == 200


async def test_a_link_may_be_followed_from_elsewhere_and_nothing_else(browser: Browser) -> None:
    """Another site may lead a window here; it may not load pictures, frames or data from here."""
    await browser.sign_in("olga")
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"}
    assert (await browser.get("/where", **link, Sec_Fetch_Dest="document")).status == 200
    assert (await browser.get("/where", **link, Sec_Fetch_Dest="iframe")).status == 403
    image = {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"}
    assert (await browser.get("/where", **image)).status == 403
    fetched = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"}
    assert (await browser.get("/api/v1/where", **fetched)).status == 403


async def test_a_link_from_elsewhere_finds_the_session(browser: Browser) -> None:
    """The strict cookie does not come with a link from elsewhere; a page of ours asks once more."""
    link = {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"}
    text = await (await browser.get("/sign-in?next=/where%3Fa%3D%22%3E", **link)).text()
    assert 'content="0;url=/sign-in?next=/where%3Fa%3D%22%3E"' in text


async def test_signing_somebody_in_from_elsewhere_is_refused(site: Site, browser: Browser) -> None:
    """The sign-in form has a token too, bound to a cookie of its own: nobody is signed in as somebody else."""
    async with site.browser() as attacker:
        foreign = await attacker.form_token("/sign-in")
    fields = {"name": "sven", "password": PASSWORD}
    assert (await browser.post("/sign-in", fields)).status == 403
    assert (await browser.post("/sign-in", fields | {"csrf": foreign})).status == 403
    await browser.get("/sign-in")
    assert (await browser.post("/sign-in", fields | {"csrf": foreign})).status == 403
    own = await browser.form_token("/sign-in")
    elsewhere = {"Origin": "https://evil.example"}
    assert (await browser.post("/sign-in", fields | {"csrf": own}, elsewhere)).status == 403
    assert browser.cookie("lfr") is None
    assert "account.signed_in" not in site.names_of_events()


async def test_a_name_that_is_made_to_lead_here_is_not_answered(browser: Browser) -> None:
    """DNS rebinding: on the loopback interface only its own names are answered to."""
    for host in ("evil.example", "evil.example:8440", "localhost.evil.example", "127.0.0.1@x", ""):
        for path in ("/sign-in", "/where", "/api/v1/where"):
            assert (await browser.get(path, Host=host)).status == 421, (host, path)


async def test_the_loopback_names_and_the_public_one_are_answered_to(
    people_store: Store, site_clock: Clock
) -> None:
    """Each way in which the console is meant to be reached works."""
    public = serving(people_store, site_clock, public_url="https://lfr.example.org")
    async with public as site, site.browser() as browser:
        for host in (
            "localhost:1",
            "127.0.0.1:8440",
            "[::1]:8440",
            "LFR.example.org",
            "lfr.example.org:443",
        ):
            assert (await browser.get("/sign-in", Host=host)).status == 200, host


async def test_every_answer_forbids_what_no_page_of_ours_does(site: Site, browser: Browser) -> None:
    """The headers of security are on pages, redirections, refusals, unknown addresses and faults alike."""
    await browser.sign_in("olga")
    for path, status in [("/where", 200), ("/nowhere", 404), ("/stop", 403), ("/sign-in", 303)]:
        answer = await browser.get(path)
        assert answer.status == status
        policy = answer.headers["Content-Security-Policy"]
        for rule in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Python" not in answer.headers["Server"]
        assert "Strict-Transport-Security" not in answer.headers


async def test_a_fault_says_nothing(
    people_store: Store, site_clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """What goes wrong inside reaches the log, not the page; the page has the same headers."""

    @public
    async def fails(_: web.Request) -> web.Response:
        raise ZeroDivisionError("secret-marker")

    def add(app: web.Application) -> None:
        app.router.add_get("/fails", fails)

    async with serving(people_store, site_clock, add) as site, site.browser() as browser:
        answer = await browser.get("/fails")
        assert answer.status == 500
        assert "secret-marker" not in await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"


async def test_a_forgotten_route_keeps_the_console_from_starting(
    people_store: Store, site_clock: Clock
) -> None:
    """A handler that does not say who may ask is found at the start, not by whoever finds the address."""

    async def forgotten(_: web.Request) -> web.Response:
        return web.Response()

    def add(app: web.Application) -> None:
        app.router.add_get("/forgotten", forgotten)

    with pytest.raises(TypeError, match="forgotten"):
        async with serving(people_store, site_clock, add):
            pass


async def test_what_is_sent_in_place_of_a_form_does_no_harm(site: Site, browser: Browser) -> None:
    """Broken and huge bodies are refused, and files where text should be are no text."""
    await browser.sign_in("olga")
    token = await browser.form_token("/where")
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await browser.session.post("/decide", data=b"--y\r\n", headers=broken)
    assert answer.status in (400, 403)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    huge = io.BytesIO(f"csrf={token}&note=".encode() + b"x" * 2_000_000)
    assert (await browser.session.post("/decide", data=huge, headers=form)).status == 413
    assert site.done == []
    html = await (await browser.get("/account")).text()
    assert token_in(html) == token
