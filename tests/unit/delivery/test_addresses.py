"""Where webhooks may be sent: every special range, every way to write one, and what `allow` opens."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from yarl import URL

from lfr_actors.delivery.addresses import Allowance, destination, refusal

LOCAL = Allowance.parse(["127.0.0.0/8", "::1", "localhost"])

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.167.255.255",
    "192.169.0.0",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4009:81f::200e",
    "2001:4860:4860::8888",
    "::ffff:1.1.1.1",
    "64:ff9b::1.1.1.1",
    "2a00::5efe:1.1.1.1",
]
SPECIAL = {
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "10.0.0.0": "private",
    "10.255.255.255": "private",
    "100.64.0.0": "shared",
    "100.127.255.255": "shared",
    "100.100.100.200": "metadata",
    "127.0.0.1": "loopback",
    "127.255.255.255": "loopback",
    "169.254.0.1": "link-local",
    "169.254.169.254": "metadata",
    "169.254.170.2": "metadata",
    "172.16.0.0": "private",
    "172.31.255.255": "private",
    "192.0.0.1": "reserved",
    "192.0.0.192": "metadata",
    "192.0.2.1": "documentation",
    "192.88.99.1": "6to4",
    "192.168.0.0": "private",
    "192.168.255.255": "private",
    "198.18.0.0": "benchmarks",
    "198.19.255.255": "benchmarks",
    "198.51.100.7": "documentation",
    "203.0.113.7": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "::": "unspecified",
    "::1": "loopback",
    "::2": "unspecified",  # 0.0.0.2 inside
    "::10.0.0.1": "private",
    "::ffff:10.0.0.1": "private",
    "::ffff:127.0.0.1": "loopback",
    "::ffff:169.254.169.254": "metadata",
    "::ffff:0:10.0.0.1": "reserved",  # IPv4-translated (SIIT)
    "64:ff9b::10.0.0.1": "private",
    "64:ff9b::7f00:1": "loopback",
    "64:ff9b:1::1.1.1.1": "local translation",
    "100::1": "reserved",
    "2001::1": "Teredo",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe": "Teredo",  # 10.0.0.1 inside
    "2001:2::1": "reserved",
    "2001:20::1": "reserved",
    "2001:db8::1": "documentation",
    "2002:a00:1::1": "6to4",  # 10.0.0.1 inside
    "2002:101:101::1": "6to4",  # 1.1.1.1 inside
    "2a00::5efe:10.0.0.1": "private",  # ISATAP
    "2a00::200:5efe:127.0.0.1": "loopback",
    "3fff::1": "documentation",
    "4000::1": "reserved",
    "5f00::1": "reserved",
    "fc00::1": "private",
    "fd00:ec2::254": "metadata",
    "fdff:ffff::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "site-local",
    "ff02::1": "multicast",
}
ANYWHERE = Allowance.parse(["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1", "c2"])


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_sent_to(address: str) -> None:
    """Beside each special range the first and last address that is not of it."""
    assert refusal(address) is None


@pytest.mark.parametrize(("address", "what"), SPECIAL.items())
def test_special_addresses_are_refused(address: str, what: str) -> None:
    """First and last of every range, and what is embedded in another address, each with the reason."""
    reason = refusal(address)
    assert reason is not None
    assert what in reason
    assert str(ipaddress.ip_address(address)) in reason


@given(st.ip_addresses())
def test_what_python_calls_not_global_is_never_sent_to(address: ipaddress.IPv4Address) -> None:
    """No address of a private, local, multicast or reserved network passes, as another implementation has them."""
    assume(not address.is_global or address.is_multicast)
    assert refusal(address) is not None


@pytest.mark.parametrize("text", ["", "localhost", "1.2.3", "0x7f.0.0.1", "1.2.3.4.5", "0177.0.0.1", "::g"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """A resolver that answers with something else than addresses opens nothing."""
    assert refusal(text, ANYWHERE) == "is not an IP address"


@pytest.mark.parametrize(("address", "what"), SPECIAL.items())
def test_some_addresses_are_refused_whatever_is_allowed(address: str, what: str) -> None:
    """Metadata services, multicast, broadcast and the unspecified stay closed; the rest is open by name."""
    never = what in ("metadata", "multicast", "broadcast", "unspecified")
    assert (refusal(address, ANYWHERE) is not None) == never
    assert (refusal(address, Allowance.parse(["c2"]), host="C2") is not None) == never
    assert refusal(address, Allowance.parse(["c2"]), host="c3") is not None


def test_an_allowed_network_is_open_and_its_neighbour_is_not() -> None:
    """What is named is meant, also where it is embedded; nothing else is."""
    allowance = Allowance.parse(["10.1.0.0/16", "fd12:3456::/32"])
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd12:3456::9"):
        assert refusal(address, allowance) is None
    for address in ("10.2.0.1", "::ffff:10.2.0.1", "fd12:3457::9", "192.168.0.1"):
        assert refusal(address, allowance) is not None


def test_localhost_leads_to_this_machine_only() -> None:
    """A resolver that says otherwise is not believed, whatever is allowed."""
    assert refusal("127.0.0.1", LOCAL, host="localhost") is None
    assert refusal("::1", LOCAL, host="LOCALHOST") is None
    for address in ("1.1.1.1", "10.0.0.1"):
        assert "localhost must be" in (refusal(address, LOCAL, host="localhost") or "")


@pytest.mark.parametrize(
    "entry",
    [
        "10.1.2.3/16",
        "10.0.0.0/33",
        "0.0.0.0/0",
        "::/0",
        "",
        "a b",
        "https://x",
        "10.0.0",
        "0x7f000001",
        "x/y",
        "*",
    ],
)
def test_an_allow_that_means_nothing_or_everything_is_refused(entry: str) -> None:
    """The mistake is repeated, with what would be right."""
    with pytest.raises(ValueError, match=r"; (write|name) "):
        Allowance.parse([entry])


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example.org/lfr?x=1", "hooks.example.org", 443),
        ("https://HOOKS.example.org:8443", "hooks.example.org", 8443),
        ("HTTPS://a_b.example/%2e", "a_b.example", 443),
        ("https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example", 443),
        ("https://1.1.1.1:65535/", "1.1.1.1", 65535),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("https://c2/", "c2", 443),
        ("https://7eleven.example/", "7eleven.example", 443),
    ],
)
def test_ordinary_addresses_may_be_sent_to(url: str, host: str, port: int) -> None:
    """Scheme, host and port come out, the host in lower case."""
    found = destination(url)
    assert (found.scheme, found.host, found.port) == ("https", host, port)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "is not a web address"),
        ("hooks.example.org/lfr", "is not a web address"),
        ("//hooks.example.org/lfr", "is not a web address"),
        ("https:///lfr", "is not a web address"),
        ("https:hooks.example.org", "is not a web address"),
        ("ftp://hooks.example.org/", "is not a web address"),
        ("file:///etc/passwd", "is not a web address"),
        ("unix:///run/docker.sock", "is not a web address"),
        ("http://hooks.example.org/", "is not encrypted"),
        ("http://1.1.1.1/", "is not encrypted"),
        ("http://localhost:8450/", "leads to this machine"),
        ("https://localhost/", "leads to this machine"),
        ("http://127.0.0.1:8450/", "loopback"),
        ("https://user@hooks.example.org/", "user or password"),
        ("https://user:secret@hooks.example.org/", "user or password"),
        ("https://hooks.example.org@10.0.0.1/", "user or password"),
        ("https://@hooks.example.org/", "user or password"),
        ("https://hooks.example.org:0/", "port 0"),
        ("https://hooks.example.org:65536/", "ports are 1 to 65535"),
        ("https://hooks.example.org:-1/", "ports are 1 to 65535"),
        ("https://hooks.example.org:x/", "ports are 1 to 65535"),
        ("https://hooks.example.org/#part", "after #"),
        ("https://hooks.example.org/#", "after #"),
        ("https://hooks.example.org./", "ends with a dot"),
        ("https://localhost./", "ends with a dot"),
        ("https://127.0.0.1./", "ends with a dot"),
        ("https://10.0.0.1/", "is private"),
        ("https://[::1]/", "is loopback"),
        ("https://[::ffff:10.0.0.1]/", "is private"),
        ("https://[fe80::1%25eth0]/", "zone"),
        ("https://[v1.x]/", "no IPv6 address"),
        ("https://[1.2.3.4]/", "malformed"),
        ("https://[::1/", "malformed"),
        ("https://::1/", "malformed"),
        ("https://2130706433/", "read in different ways"),
        ("https://0177.0.0.1/", "read in different ways"),
        ("https://0x7f.0.0.1/", "read in different ways"),
        ("https://0x7f000001/", "read in different ways"),
        ("https://0x/", "read in different ways"),
        ("https://127.1/", "read in different ways"),
        ("https://127.0.1/", "read in different ways"),
        ("https://1.1.1.1.1/", "read in different ways"),
        ("https://a.1/", "read in different ways"),
        ("https://127.0.0.0x1/", "read in different ways"),
        ("https://256.1.1.1/", "read in different ways"),
        ("https://hooks..example.org/", "no name"),
        ("https://-hooks.example.org/", "no name"),
        ("https://" + "a" * 64 + ".example/", "no name"),
        ("https://" + "a." * 127 + "ab/", "no name"),
        ("https://127%2e0%2e0%2e1/", "no name"),
        ("https://hooks.example.org,10.0.0.1/", "read in different ways"),
        ("https://hooks.example.org,evil.example/", "no name"),
        ("https://hooks.example.org\\@10.0.0.1/", "backslashes"),
        ("https:\\\\10.0.0.1/", "backslashes"),
        ("https://hooks.example.org/a b", "spaces"),
        ("https://hooks.exa\nmple.org/", "spaces"),
        ("https://hooks.example.org/\t", "spaces"),
        (" https://hooks.example.org/", "spaces"),
        ("https://hooks.example.org/\x00", "spaces"),
        ("https://\uff11\uff12\uff17.0.0.1/", "beyond ASCII"),
        ("https://127\u30020\u30020\u30021/", "beyond ASCII"),
        ("https://m\u00fcnchen.example/", "beyond ASCII"),
        ("https://hooks.example.org/" + "x" * 2000, "2000 characters"),
    ],
)
def test_hostile_and_mistaken_addresses_are_refused(url: str, said: str) -> None:
    """Every spelling that two readers could take for two hosts is refused, and no token in it repeated."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011  what is said is compared below
        destination(url)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("host", ["localhost:8450", "127.0.0.1:8450", "[::1]", "127.9.9.9"])
def test_plain_http_is_for_this_machine_when_it_is_allowed(host: str) -> None:
    """In development only: to a loopback address, or to localhost, that the endpoint's `allow` names."""
    assert destination(f"http://{host}/hook", LOCAL).scheme == "http"
    with pytest.raises(ValueError, match=r"allow"):
        destination(f"http://{host}/hook")
    elsewhere = Allowance.parse(["10.0.0.0/8", "c2"])
    for url in ("http://10.0.0.1/", "http://c2/"):
        with pytest.raises(ValueError, match="is not encrypted"):
            destination(url, elsewhere)
        destination(url.replace("http:", "https:"), elsewhere)


def test_localhost_is_allowed_by_its_network_too() -> None:
    """Naming 127.0.0.0/8 or its one address is enough for `http://localhost`."""
    for entry in ("127.0.0.0/8", "127.0.0.1", "::1", "localhost"):
        assert destination("http://localhost:1/", Allowance.parse([entry])).host == "localhost"


@given(st.text(alphabet="a1.-:/@[]\\%#?x0_~!;,", max_size=24))
def test_both_readers_of_an_address_see_the_same_host(rest: str) -> None:
    """Whatever is let through, the client that connects reads the same host and port from it."""
    url = f"https://{rest}"
    try:
        found = destination(url, ANYWHERE)
    except ValueError:
        return
    read = URL(url)
    assert (read.host, read.port, read.user, read.password) == (found.host, found.port, None, None)
