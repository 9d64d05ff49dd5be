"""Addresses of cameras: what is read, what is shown, what is refused."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.spec.source import SourceAddress, parse_source

BASE = Path("/operations")


@pytest.mark.parametrize(
    ("text", "kind", "location", "shown"),
    [
        ("file:a/film.mp4", "file", "/operations/a/film.mp4", "file:/operations/a/film.mp4"),
        ("file:../film.mp4", "file", "/film.mp4", "file:/film.mp4"),
        ("file:/films/a b.mp4", "file", "/films/a b.mp4", "file:/films/a b.mp4"),
        ("file:///films/a%20b.mp4", "file", "/films/a b.mp4", "file:/films/a b.mp4"),
        ("FILE:film%20.mp4", "file", "/operations/film%20.mp4", "file:/operations/film%20.mp4"),
        ("rtsp://10.0.0.7/s", "rtsp", "rtsp://10.0.0.7/s", "rtsp://10.0.0.7/s"),
        ("rtsp://u:pw@cam.local:554/s", "rtsp", "rtsp://u:pw@cam.local:554/s", "rtsp://cam.local:554/s"),
        ("rtsp://u:p@w@h/s", "rtsp", "rtsp://u:p@w@h/s", "rtsp://h/s"),
        ("rtsps://u:pw@[fe80::1]:322/s", "rtsp", "rtsps://u:pw@[fe80::1]:322/s", "rtsps://[fe80::1]:322/s"),
        ("rtsp://h/s?password=pw", "rtsp", "rtsp://h/s?password=pw", "rtsp://h/s?…"),
        (
            "rtsp://h/user=a&password=pw&channel=1",
            "rtsp",
            "rtsp://h/user=a&password=pw&channel=1",
            "rtsp://h/user=…&password=…&channel=1",
        ),
        ("device:0", "device", "0", "device:0"),
        (" device:02 ", "device", "2", "device:2"),
    ],
)
def test_an_address_is_read(text: str, kind: str, location: str, shown: str) -> None:
    """Each kind of address gives its location in full and a text without user, password and query."""
    address = parse_source(text, BASE)
    assert (address.kind, address.location, address.shown) == (kind, location, shown)
    assert address.is_live == (kind != "file")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not say what kind"),
        ("film.mp4", "file: and its path"),
        ("C:\\film.mp4", "does not say what kind"),
        ("file:", "path of the film is missing"),
        ("file://server/film.mp4", "absolute path"),
        ("file:a\nb", "control character"),
        ("rtsp:10.0.0.7/s", "followed by //"),
        ("rtsp:///s", "host is missing"),
        ("rtsp://u:pw@/s", "host is missing"),
        ("rtsp://u:hidden/x@h/s", "two ways"),
        ("rtsp://u:12/hidden@h/s", "two ways"),
        ("rtsp://u:hidden?x@h/s", "two ways"),
        ("rtsp://u:hidden#x@h/s", "two ways"),
        ("rtsp://u:hidden@h:port/s", "port"),
        ("rtsp://h:70000/s", "1 to 65535"),
        ("rtsp://h:0/s", "1 to 65535"),
        ("rtsp://ho st/s", "two ways"),
        ("rtsp://ho!st/s", "not a name or an IP address"),
        ("device:", "device:0"),
        ("device:/dev/video0", "device:0"),
        ("device:-1", "device:0"),
        ("http://u:hidden@h/s", "rtsp://"),
        ("scene:crowd", "lfr scenes compose"),
        ("telnet://u:hidden@h", "not known"),
    ],
)
def test_an_address_that_is_wrong_is_refused(text: str, words: str) -> None:
    """The message says what is wrong and what would be right, and repeats nothing of a password."""
    with pytest.raises(ValueError, match=r".") as caught:
        parse_source(text, BASE)
    assert words in str(caught.value)
    assert "; " in str(caught.value)
    assert "hidden" not in str(caught.value)


@given(password=st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=12))
def test_no_password_is_ever_shown(password: str) -> None:
    """Whatever a password holds, the address is refused or shown without it, and so is the message."""
    marked = f"MARK{password}MARK"
    try:
        address = parse_source(f"rtsp://user:{marked}@10.0.0.7/stream", BASE)
    except ValueError as error:
        said = str(error)
    else:
        said = repr(address)
        assert address.shown == "rtsp://10.0.0.7/stream"
        assert marked in address.location
    assert "MARK" not in said


def test_an_address_travels() -> None:
    """An address survives pickling, and its text in between does not show the location."""
    address = parse_source("rtsp://user:hidden@10.0.0.7/stream", BASE)
    assert pickle.loads(pickle.dumps(address)) == address
    assert repr(address) == "SourceAddress(kind='rtsp', shown='rtsp://10.0.0.7/stream')"
    assert isinstance(address, SourceAddress)
