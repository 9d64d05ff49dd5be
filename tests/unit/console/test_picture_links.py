"""Links to pictures for consumers of webhooks."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.console.picture_links import LINK_LIFETIME, PATH, PictureLinks, read_grant
from lfr_actors.errors import Refused

NOW = dt.datetime(2026, 1, 1, 12, 0, 0, 500_000, tzinfo=dt.UTC)
SECRET = bytes(range(32))


def a_token(secret: bytes = SECRET) -> str:
    """The token of a link made at `NOW`."""
    links = PictureLinks("drill-1", secret, "https://lfr.example.org/")
    url = links.picture_link("a1", "probe", "c2", NOW).url
    assert url.startswith(f"https://lfr.example.org{PATH}")
    return url.rpartition("/")[2]


def test_a_link_gives_one_picture_to_one_endpoint() -> None:
    """Read back, it says which picture of which alert, for whom and until when."""
    grant = read_grant(a_token(), lambda name: SECRET if name == "drill-1" else b"", NOW)
    assert (grant.deployment_id, grant.alert_id, grant.kind) == ("drill-1", "a1", "probe")
    assert grant.who == "webhook:c2"
    assert grant.expires_at == (NOW + LINK_LIFETIME).replace(microsecond=0)


def test_a_link_ends() -> None:
    """From the moment it names on it is refused, and a second before it is not."""
    ends = (NOW + LINK_LIFETIME).replace(microsecond=0)
    read_grant(a_token(), lambda _: SECRET, ends - dt.timedelta(seconds=1))
    with pytest.raises(Refused, match="has expired"):
        read_grant(a_token(), lambda _: SECRET, ends)


def test_a_link_of_another_deployment_opens_nothing() -> None:
    """Its secret is another, and a link that names the wrong deployment was not made with its secret."""
    with pytest.raises(Refused, match="not made here"):
        read_grant(a_token(bytes(32)), lambda _: SECRET, NOW)


@given(place=st.integers(0, 10_000), character=st.sampled_from("AZaz09-_."))
def test_no_changed_link_is_believed(place: int, character: str) -> None:
    """Whatever character of a link is replaced, it is refused or says the same."""
    token = a_token()
    place %= len(token)
    changed = token[:place] + character + token[place + 1 :]
    try:
        grant = read_grant(changed, lambda _: SECRET, NOW)
    except Refused:
        return
    assert grant == read_grant(token, lambda _: SECRET, NOW)


@pytest.mark.parametrize(
    "token",
    ["", ".", "a.b", "..", "e30.e30", "é.é", "bnVsbA.AA", "W10.AA", "x" * 5_000, "%00.%00"],
)
def test_what_is_no_link_is_refused(token: str) -> None:
    """Garbage of any kind is malformed, and nothing else happens."""
    with pytest.raises(Refused, match="malformed"):
        read_grant(token, lambda _: SECRET, NOW)
