"""The pure rules of sign-in: waits, passwords, hosts and origins, tokens, addresses to go on to."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest
from aiohttp import web

from lfr_actors.console import limits, passwords
from lfr_actors.console.access import Entry, access_of, even_locked, needs, passive, public
from lfr_actors.console.csrf import form_csrf, is_same, session_csrf
from lfr_actors.console.forms import local_path
from lfr_actors.console.origin import host_name, is_secure
from lfr_actors.console.passwords import Passwords, check_password
from lfr_actors.console.sessions import Standing, new_token, standing, token_hash
from lfr_actors.errors import NotReady, Refused
from lfr_actors.people import Permission, Person, Role, is_account_name
from lfr_actors.spec.console import Console, Tls
from lfr_actors.store.sessions import SessionRow
from tests.unit.console.site import NOON, PASSWORD, QUICK


def test_waits_double_up_to_a_bound() -> None:
    """Nothing for the first three, then 1 s, 2 s, 4 s … five minutes, less the time that passed."""
    rule = limits.of_account("olga")
    waits = [rule.wait_s(failures, 0.0) for failures in range(14)]
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert rule.wait_s(10_000, 299.5) == 0.5
    assert rule.wait_s(10_000, 301.0) == 0.0
    assert rule.wait_s(5, -60.0) == 4.0, "a clock that was set back lengthens nothing"
    assert limits.of_session("x").wait_s(5, 1e9) > 0


@pytest.mark.parametrize(
    ("address", "subject"),
    [
        ("192.0.2.7", "address:192.0.2.7"),
        ("::ffff:192.0.2.7", "address:192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
        ("fe80::1%eth0", "address:fe80::/64"),
        ("", "address:unknown"),
    ],
)
def test_an_address_counts_as_its_site(address: str, subject: str) -> None:
    """Whoever has one IPv6 address has 2^64 of them."""
    assert limits.of_address(address).subject == subject


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("elevenchars", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("olga.smith.1", "name of the account"),
        ("OLGA.SMITH-olga.smith", "name of the account"),
        ("abababababab", "different characters"),
    ],
)
def test_poor_passwords_are_refused(password: str, reason: str) -> None:
    """Each with what would be right, and never with the password."""
    with pytest.raises(Refused, match=reason) as refused:
        check_password(password, "olga.smith")
    assert password not in str(refused.value)
    check_password("correct horse battery", "olga.smith")


async def test_a_password_is_the_same_from_every_keyboard() -> None:
    """Characters that keyboards compose differently are one; a hash differs each time; nobody's is never right."""
    tool = Passwords(QUICK)
    composed = unicodedata.normalize("NFC", "café décalé à midi")
    known = await tool.hash(unicodedata.normalize("NFD", composed))
    assert (await tool.check(composed, known)).is_right
    assert known != await tool.hash(composed)
    assert not (await tool.check("the password of no account", None)).is_right
    assert not (await tool.check(composed, "not a hash")).is_right
    long = "x" * passwords.LONGEST
    assert not (await tool.check(long + "y", await tool.hash(long))).is_right, (
        "what is cut off is not forgotten"
    )
    assert PASSWORD not in repr(await tool.check(PASSWORD, known))
    tool.close()


async def test_more_than_a_crowd_at_the_door_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing is dear: beyond a bound attempts are refused, not queued."""
    monkeypatch.setattr(passwords, "_MOST_WAITING", 0)
    tool = Passwords(QUICK)
    with pytest.raises(NotReady, match="too many people"):
        await tool.check(PASSWORD, None)
    tool.close()


def test_tokens_are_bound_to_what_they_are_for() -> None:
    """No token of one session, or of the form, is good for another; an empty one never is."""
    one, other = new_token(), new_token()
    assert len(one) == 43
    assert session_csrf(one) == session_csrf(one)
    assert len({session_csrf(one), session_csrf(other), form_csrf(one), one, token_hash(one)}) == 5
    assert is_same(session_csrf(one), session_csrf(one))
    assert not is_same(session_csrf(one), session_csrf(other))
    assert not is_same("", "")
    assert not is_same(session_csrf(one), "\udcff")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("LFR.example.org", "lfr.example.org"),
        ("lfr.example.org.:8440", "lfr.example.org"),
        ("[::1]:8440", "::1"),
        ("a@b", None),
        ("a/b", None),
        ("a:b", None),
        ("", None),
        ("[::1", None),
    ],
)
def test_a_host_header_is_read_strictly(header: str, name: str | None) -> None:
    """What is not a host and maybe a port is nobody's name."""
    assert host_name(header) == name


def test_with_tls_the_certificate_says_the_name(tmp_path: object) -> None:
    """With our own TLS every name is served and is secure; without, only the public name by https is."""
    own = Console(port=1, host="0.0.0.0", tls=Tls.model_validate({"certificate": "/c", "key": "/k"}))
    public = Console(port=1, public_url="https://lfr.example.org")
    assert is_secure("anything", own)
    assert is_secure("lfr.example.org:443", public)
    assert not is_secure("127.0.0.1:8440", public)


@pytest.mark.parametrize(
    ("text", "path"),
    [("/a?b=c", "/a?b=c"), ("//x", "/"), ("/\\x", "/"), ("x", "/"), ("/a b", "/"), ("/a\n", "/"), ("", "/")],
)
def test_one_goes_on_to_addresses_of_ours(text: str, path: str) -> None:
    """Nothing that a browser could take for another site, or that could end a header."""
    assert local_path(text) == path


def test_a_session_stands_as_the_time_makes_it() -> None:
    """Open until nobody was there for the site's time, locked until the twelfth hour, then over."""
    idle = dt.timedelta(minutes=10)
    row = SessionRow(
        token_hash="0" * 64,
        person=Person(name="olga", role=Role.OPERATOR),
        opened_at=NOON,
        active_at=NOON + dt.timedelta(hours=1),
        locked_at=None,
    )
    for after, expected in [
        (dt.timedelta(minutes=69), Standing.OPEN),
        (dt.timedelta(minutes=70), Standing.LOCKED),
        (dt.timedelta(hours=11, minutes=59), Standing.LOCKED),
        (dt.timedelta(hours=12), Standing.ENDED),
    ]:
        assert standing(row, NOON + after, idle) is expected


def test_a_handler_says_who_may_ask() -> None:
    """The marks combine, methods keep them, and a handler without one is an error."""

    @passive
    @needs(Permission.LOG)
    async def watched(_: web.Request) -> web.Response:
        return web.Response()

    async def silent(_: web.Request) -> web.Response:
        return web.Response()

    assert (access_of(watched).permission, access_of(watched).passive) == (Permission.LOG, True)
    assert access_of(public(silent)).entry is Entry.PUBLIC
    assert access_of(even_locked(silent)).entry is Entry.EVEN_LOCKED

    async def forgotten(_: web.Request) -> web.Response:
        return web.Response()

    for wrong in (forgotten, "x"):
        with pytest.raises(TypeError):
            access_of(wrong)


def test_names_of_accounts_are_plain() -> None:
    """Nothing that could be a path, an option, markup, a header or another alphabet."""
    for name in ("olga", "o2", "pc.4711_north-west", "a" * 32):
        assert is_account_name(name)
    for name in ("", "a", "a" * 33, "Olga", "-rf", "..", "a b", "a\n", "\u0430\u0430", "api:x", "<b>", "x/y"):
        assert not is_account_name(name)
