"""Secrets of webhooks: their spellings, where they come from, and that they are shown nowhere."""

from __future__ import annotations

import base64
import pickle
from pathlib import Path

import pytest

from lfr_actors.delivery.secrets import (
    SharedSecret,
    SigningKey,
    VerifyingKey,
    new_key,
    new_secret,
    parse_secret,
    parse_signing,
    read_secret,
    verifying,
)
from lfr_actors.errors import SecretRefused
from tests.unit.delivery.vectors import KEY, SEED, SHARED


def _spelled(prefix: str, count: int) -> str:
    return prefix + base64.b64encode(bytes(range(count))).decode()


@pytest.mark.parametrize("made", [new_secret(), new_key(), new_key().verifying_key])
def test_what_is_made_can_be_read_back(made: SharedSecret | SigningKey | VerifyingKey) -> None:
    """The text of a secret spells the same secret again, also without its padding and with a line's end."""
    assert parse_secret(made.text, "x") == made
    assert parse_secret(made.text.rstrip("=") + "\n", "x") == made


def test_two_new_secrets_are_not_the_same() -> None:
    """Secrets are random."""
    assert new_secret() != new_secret()
    assert new_key() != new_key()


@pytest.mark.parametrize("count", [24, 32, 64])
def test_a_shared_secret_has_24_to_64_bytes(count: int) -> None:
    """The lengths that the standard allows are taken."""
    assert parse_secret(_spelled("whsec_", count), "x") == SharedSecret(key=bytes(range(count)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("   \n", "is empty"),
        ("hunter2", "begins with whsec_"),
        ("whsec", "24 to 64 bytes"),
        ("whsec_", "24 to 64 bytes"),
        ("whsec_not base64 at all!", "24 to 64 bytes"),
        (_spelled("whsec_", 23), "24 to 64 bytes"),
        (_spelled("whsec_", 65), "24 to 64 bytes"),
        (_spelled("WHSEC_", 32), "begins with whsec_"),
        (_spelled("whpk_", 31), "32 bytes"),
        (_spelled("whsk_", 33), "32 or 64 bytes"),
        (_spelled("whsk_", 64), "public key of another"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "24 to 64 bytes"),
    ],
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str, said: str) -> None:
    """Each mistake gets its sentence, which names where it stands and holds nothing of what was written."""
    with pytest.raises(SecretRefused) as refused:
        parse_secret(text, "webhook c2: secret")
    assert said in str(refused.value)
    assert str(refused.value).startswith("webhook c2: secret: ")
    written = text.strip().partition("_")[2]
    assert not written or written not in str(refused.value)


def test_a_public_key_cannot_sign() -> None:
    """A sender that is given what receivers have is told so."""
    with pytest.raises(SecretRefused, match="cannot sign"):
        parse_signing(KEY.verified_with, "x")
    assert parse_signing(KEY.secret, "x").text != KEY.secret  # written back in the shorter of its two forms


def test_the_public_key_follows_from_the_private_one() -> None:
    """The pair that was published belongs together, whichever way its private key is written."""
    signing = parse_secret(KEY.secret, "x")
    assert verifying(signing).text == KEY.verified_with
    assert verifying(parse_secret(SHARED.secret, "x")).text == SHARED.secret


def test_a_secret_is_shown_nowhere() -> None:
    """Neither `repr` nor `str` holds any of it."""
    for text in (SHARED.secret, SEED.secret):
        secret = parse_secret(text, "x")
        assert text[7:20] not in f"{secret!r} {secret}"
        assert repr(secret) == f"{type(secret).__name__}()"


def test_a_secret_comes_from_a_variable() -> None:
    """The variable is named when it is not there."""
    assert read_secret("C2", {"C2": f" {SHARED.secret}\n"}).text == SHARED.secret
    with pytest.raises(SecretRefused, match="C2: is not set"):
        read_secret("C2", {})


def test_a_secret_comes_from_a_file_of_its_owner(tmp_path: Path) -> None:
    """A file that only its owner may read is taken; others may not even be able to read it."""
    file = tmp_path / "secret"
    file.write_text(SHARED.secret + "\n")
    file.chmod(0o600)
    assert read_secret(file).text == SHARED.secret
    file.chmod(0o640)
    with pytest.raises(SecretRefused, match="chmod 600"):
        read_secret(file)


def test_what_is_no_file_of_a_secret_is_refused(tmp_path: Path) -> None:
    """Nothing there, a folder, and bytes that are no text are told apart."""
    with pytest.raises(SecretRefused, match="No such file"):
        read_secret(tmp_path / "none")
    with pytest.raises(SecretRefused, match="is not a file"):
        read_secret(tmp_path)
    file = tmp_path / "secret"
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)
    with pytest.raises(SecretRefused, match="is not text"):
        read_secret(file)


def test_secrets_travel_between_actors() -> None:
    """A secret that was pickled is the same."""
    for secret in (new_secret(), new_key(), new_key().verifying_key):
        assert pickle.loads(pickle.dumps(secret)) == secret
