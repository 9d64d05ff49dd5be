"""Sign-in by a reverse proxy: whom it names, and everybody else who would like to be named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import pytest

from lfr_actors.console.proxy import named_by
from lfr_actors.people import Role
from lfr_actors.spec.console import Proxy
from lfr_actors.store import Store
from tests.unit.console.site import Browser, Clock, Site, serving

HEADER: Final = "X-Remote-User"


@pytest.fixture
async def proxied(people_store: Store, site_clock: Clock) -> AsyncIterator[Browser]:
    """What the proxy passes on to a console that believes it; `pia` has no password here."""
    people_store.people.accounts.add("pia", Role.OPERATOR, None, who="root")
    proxy = {"user_header": HEADER, "addresses": ["127.0.0.1"]}
    async with serving(people_store, site_clock, proxy=proxy) as site, site.browser() as browser:
        yield browser


async def test_whom_the_proxy_names_is_signed_in(proxied: Browser) -> None:
    """The first page opens a session in the role that the account has here; its forms need their token."""
    answer = await proxied.session.get("/where", headers={HEADER: "pia"})
    assert (await answer.text()).startswith("pia operator")
    assert proxied.site.events_of("account.signed_in") == [{"account": "pia", "how": "proxy"}]
    again = await proxied.session.get("/decide", headers={HEADER: "pia"})
    assert again.status == 200
    assert len(proxied.site.events_of("account.signed_in")) == 1
    refused = await proxied.post("/decide", headers={HEADER: "pia"})
    assert (refused.status, proxied.site.done) == (403, [])


async def test_the_cookie_alone_is_not_enough(proxied: Browser) -> None:
    """Where the proxy names nobody, or somebody else, the session of the browser is good for nothing."""
    await proxied.session.get("/where", headers={HEADER: "pia"})
    assert (await proxied.get("/where")).headers["Location"].startswith("/sign-in")
    other = await proxied.session.get("/where", headers={HEADER: "olga"})
    assert (await other.text()).startswith("olga")
    assert proxied.site.events_of("account.signed_out") == [{"account": "pia", "why": "asked"}]


async def test_whom_nobody_knows_here_is_refused(proxied: Browser) -> None:
    """The proxy says who somebody is; whether they may come in, and as what, is said here."""
    proxied.site.store.people.accounts.set_disabled("olga", True, who="anna")
    for name in ("stranger", "olga"):
        answer = await proxied.session.get("/where", headers={HEADER: name})
        assert (answer.status, "has no account here" in await answer.text()) == (403, True)
    assert (await proxied.session.get("/where", headers={HEADER: "a<b>"})).status == 400
    twice = [(HEADER, "pia"), (HEADER, "anna")]
    assert (await proxied.session.get("/people", headers=twice)).status == 400


async def test_the_header_from_elsewhere_is_refused(people_store: Store, site_clock: Clock) -> None:
    """Whoever reaches the console past the proxy cannot say who they are."""
    proxy = {"user_header": HEADER, "addresses": ["192.0.2.0/28"]}
    async with serving(people_store, site_clock, proxy=proxy) as site, site.browser() as browser:
        answer = await browser.session.get("/people", headers={HEADER: "anna"})
        assert (answer.status, "came from elsewhere" in await answer.text()) == (400, True)
        assert (await browser.get("/where")).headers["Location"].startswith("/sign-in")
        page = await browser.get("/sign-in")
        assert "proxy" in await page.text()
        assert (await browser.post("/sign-in", {"name": "anna"})).status == 403
    assert "account.signed_in" not in Site.names_of_events(site)


async def test_without_a_proxy_its_header_says_nothing(site: Site, browser: Browser) -> None:
    """A console that no proxy was named to asks for a password whatever the header says."""
    answer = await browser.session.get("/people", headers={HEADER: "anna"}, allow_redirects=False)
    assert answer.headers["Location"].startswith("/sign-in")


async def test_a_locked_session_opens_by_a_click_where_the_password_is_the_proxys(proxied: Browser) -> None:
    """Without a password here the proxy's word is enough, but somebody has to say that they are there."""
    headers = {HEADER: "pia"}
    await proxied.session.get("/where", headers=headers)
    proxied.site.clock.pass_(minutes=11)
    locked = await proxied.session.get("/where", headers=headers, allow_redirects=False)
    assert locked.headers["Location"] == "/unlock?next=/where"
    page = await (await proxied.session.get("/unlock", headers=headers)).text()
    assert "Password of" not in page
    token = page.split('name="csrf" value="')[1].split('"')[0]
    assert (await proxied.post("/unlock", {"csrf": token, "next": "/where"}, headers)).status == 303
    assert (await proxied.session.get("/where", headers=headers)).status == 200


def test_only_the_proxys_addresses_are_the_proxys() -> None:
    """Networks, IPv6, IPv4 written as IPv6, a scope, and what is no address."""
    proxy = Proxy(user_header=HEADER, addresses=("10.0.0.0/28", "fd00::1"))
    for remote, believed in [
        ("10.0.0.15", True),
        ("10.0.0.16", False),
        ("::ffff:10.0.0.1", True),
        ("fd00::1", True),
        ("fd00::1%eth0", True),
        ("fd00::2", False),
        ("10.0.0.1, 192.0.2.1", False),
        (None, False),
        ("", False),
    ]:
        named = named_by(proxy, ["pia"], remote)
        assert (named.account == "pia", named.refusal is None) == (believed, believed), remote


@pytest.mark.parametrize("name", ["X User", "X-User:", "-x", "é"])
def test_a_header_that_cannot_be_one_is_refused(name: str) -> None:
    """It would never be there, and nobody could sign in."""
    with pytest.raises(ValueError, match="is not the name of a header"):
        Proxy(user_header=name, addresses=("127.0.0.1",))
