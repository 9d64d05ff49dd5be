"""The key-encryption key: its spellings, its file, and every way in which it is refused."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.errors import KeyRefused
from lfr_actors.store.vault.kek import Kek, KekFile, KekMode, kek_from, kek_mode, keys_folder

SECRET = bytes(range(100, 132))
KEK = Kek(secret=SECRET)
NEXT = Kek(secret=SECRET[::-1])
TEXT = base64.b64encode(SECRET).decode()

spellings = pytest.mark.parametrize(
    "text",
    [
        TEXT,
        base64.urlsafe_b64encode(SECRET).decode(),
        SECRET.hex(),
        SECRET.hex().upper(),
        f"  {TEXT}\n",
    ],
)
not_keys = pytest.mark.parametrize(
    "text",
    [
        "x",
        TEXT[:-1],
        TEXT[:-4],
        TEXT + "AAAA",
        SECRET.hex()[:-2],
        SECRET.hex()[:-1] + "g",
        SECRET.hex() + "00",
        TEXT.replace("A", "!", 1) + "!",
        "schlüssel",
    ],
)


@spellings
def test_a_key_is_read_in_every_spelling(text: str) -> None:
    """Base64, also the one for URLs, and hexadecimal digits give the same key."""
    assert kek_from("LFR_KEK", {"LFR_KEK": text}) == KEK


@not_keys
def test_what_is_no_key_is_refused(text: str) -> None:
    """The error names the variable and what is right, and never repeats the value."""
    with pytest.raises(KeyRefused, match="32 bytes as base64") as caught:
        kek_from("LFR_KEK", {"LFR_KEK": text})
    assert caught.value.what == "LFR_KEK"
    assert len(text) < 3 or text not in str(caught.value)


@given(st.binary(max_size=80).filter(lambda data: len(data) != 32))
def test_another_length_is_refused(data: bytes) -> None:
    """Any number of bytes but 32 is refused in both spellings."""
    for text in (data.hex(), base64.b64encode(data).decode()):
        with pytest.raises(KeyRefused):
            Kek.parse(text, "LFR_KEK")


def test_an_unset_and_an_empty_variable() -> None:
    """Not set means the file; set to nothing is refused rather than taken for not set."""
    assert kek_mode({}) is KekMode.FILE
    assert kek_mode({"LFR_KEK": ""}) is KekMode.ENVIRONMENT
    with pytest.raises(KeyRefused, match="empty"):
        kek_from("LFR_KEK", {"LFR_KEK": " "})
    with pytest.raises(KeyRefused, match="not set"):
        kek_from("LFR_KEK", {})


def test_a_key_does_not_show_its_secret() -> None:
    """Its text holds neither spelling of it."""
    shown = f"{KEK} {KEK!r} {KEK.fingerprint}"
    assert TEXT not in shown
    assert SECRET.hex() not in shown


def test_the_folder_of_keys(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`LFR_KEYS` puts the keys elsewhere than the data; looking makes nothing."""
    assert keys_folder(home) == home / "keys"
    monkeypatch.setenv("LFR_KEYS", str(tmp_path / "stick"))
    assert keys_folder(home) == tmp_path / "stick"
    assert not (tmp_path / "stick").exists()


def test_the_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """The first use makes folder and file; the next reads the same key, in the spelling of the variable."""
    file = KekFile(tmp_path / "keys")
    made = file.make()
    assert file.make() == file.read() == made
    assert kek_from("LFR_KEK", {"LFR_KEK": file.path.read_text()}) == made
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.folder.stat().st_mode) == 0o700
    assert list(file.folder.iterdir()) == [file.path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """The error says how to mend it; the file is left as it is."""
    file = KekFile(tmp_path)
    file.make()
    file.path.chmod(mode)
    for look in (file.read, file.make, lambda: file.find("0" * 32)):
        with pytest.raises(KeyRefused, match="chmod 600"):
            look()
    assert stat.S_IMODE(file.path.stat().st_mode) == mode


@not_keys
def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """A damaged key file is never replaced by a new key."""
    file = KekFile(tmp_path)
    file.path.write_text(text)
    file.path.chmod(0o600)
    for look in (file.read, file.make):
        with pytest.raises(KeyRefused, match="key file") as caught:
            look()
        assert len(text) < 3 or text not in str(caught.value)
    assert file.find(KEK.fingerprint) is None
    assert file.path.read_text() == text


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing, an empty file, a folder, a pipe and a dangling link are each named for what they are."""
    file = KekFile(tmp_path)
    with pytest.raises(KeyRefused, match="missing"):
        file.read()
    file.path.touch(mode=0o600)
    with pytest.raises(KeyRefused, match="empty"):
        file.read()
    file.path.unlink()
    file.path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(KeyRefused, match="missing"):
        file.make()
    file.path.unlink()
    os.mkfifo(file.path, 0o600)
    with pytest.raises(KeyRefused, match="not a file"):
        file.read()
    file.path.unlink()
    file.path.mkdir(mode=0o700)
    with pytest.raises(KeyRefused, match="not a file"):
        file.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """A key that somebody else planted is not used."""
    file = KekFile(tmp_path)
    file.make()
    os.chown(file.path, 65_534, -1)
    with pytest.raises(KeyRefused, match="another user"):
        file.read()


def written(file: KekFile, present: Kek | None, following: Kek | None) -> None:
    """Put keys into the two files."""
    if present is not None:
        file.write_next(present)
        file.next_path.rename(file.path)
    if following is not None:
        file.write_next(following)


@pytest.mark.parametrize("present", [KEK, NEXT, Kek(secret=bytes(32)), None])
@pytest.mark.parametrize("following", [KEK, NEXT, Kek(secret=bytes(32)), None])
def test_settling_never_loses_the_key_in_force(
    tmp_path: Path, present: Kek | None, following: Kek | None
) -> None:
    """Whatever the two files hold, the wanted key ends up as the file if it was in either, and is alone."""
    file = KekFile(tmp_path)
    written(file, present, following)
    had = NEXT in (present, following)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert (file.find(NEXT.fingerprint) == NEXT) is had
    file.settle(NEXT.fingerprint)
    if had:
        assert file.read() == NEXT
        assert list(tmp_path.iterdir()) == [file.path]
    else:
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_discarding_keeps_the_key_in_force(tmp_path: Path) -> None:
    """Files with other keys go, and their bytes are overwritten first."""
    file = KekFile(tmp_path)
    written(file, KEK, NEXT)
    os.link(file.path, tmp_path / "second name")
    file.discard(NEXT.fingerprint)
    assert not file.path.exists()
    assert file.find(NEXT.fingerprint) == NEXT
    assert set((tmp_path / "second name").read_bytes()) == {0}
