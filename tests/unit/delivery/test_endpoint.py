"""From the deployment file to what the courier needs: what is asked for, what is allowed, what is shown."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from lfr_actors.delivery.endpoint import Disclosure, Endpoint, endpoints_of
from lfr_actors.delivery.patterns import DEFAULT_PATTERNS, names_of
from lfr_actors.delivery.secrets import new_key, new_secret
from lfr_actors.errors import Refused, SecretRefused
from lfr_actors.spec.webhook import Webhook

ALL = Disclosure(allow_subject=True, allow_pictures=True)
SECRET = new_secret()


def webhook(**changes: Any) -> Webhook:
    """An endpoint of a deployment file."""
    fields = {"name": "c2", "url": "https://c2.example.org/hook?token=hidden", "secret": SECRET.text}
    return Webhook(**{key: value for key, value in (fields | changes).items() if value is not None})


@pytest.mark.parametrize(
    ("include", "disclosure", "refused"),
    [
        ((), Disclosure(), None),
        (("subject",), Disclosure(allow_pictures=True), "allow_subject: true"),
        (("pictures",), Disclosure(allow_subject=True), "allow_pictures: true"),
        (("subject", "pictures"), ALL, None),
    ],
)
def test_nobody_is_told_more_than_the_site_allows(
    include: tuple[str, ...], disclosure: Disclosure, refused: str | None
) -> None:
    """A file that asks for more is refused at the start, and told what the site would have to say."""
    if refused is None:
        endpoint = Endpoint.of(webhook(include=include), disclosure)
        assert (endpoint.subject, endpoint.pictures) == ("subject" in include, "pictures" in include)
    else:
        with pytest.raises(Refused, match=refused):
            Endpoint.of(webhook(include=include), disclosure)


def test_secrets_come_from_variables_and_files_and_the_next_one_signs_too(tmp_path: Path) -> None:
    """In this order; a file that others may read is refused by name."""
    key, file = new_key(), tmp_path / "next"
    file.write_text(key.text)
    file.chmod(0o600)
    (endpoint,) = endpoints_of([webhook(next_secret_file=file)], Disclosure())
    assert endpoint.secrets == (SECRET, key)
    file.chmod(0o644)
    with pytest.raises(SecretRefused, match="may be read by others"):
        Endpoint.of(webhook(secret=None, secret_file=file), Disclosure())


def test_an_endpoint_travels_and_shows_neither_address_nor_secret() -> None:
    """It pickles for the actor; its text holds no more than name and host."""
    endpoint = Endpoint.of(webhook(), Disclosure())
    assert pickle.loads(pickle.dumps(endpoint)) == endpoint
    shown = f"{endpoint!r} {endpoint.host} {webhook()!r} {webhook().model_dump_json()}"
    assert "hidden" not in shown
    assert SECRET.text not in shown
    assert endpoint.host == "c2.example.org"


def test_patterns_mean_names() -> None:
    """A name, a family, everything; what webhooks are never told of is in none of them."""
    assert names_of(["camera.lost"]) == {"camera.lost"}
    assert names_of(["outcome.*", "camera.lost"]) == {"outcome.recorded", "camera.lost"}
    usual = {"alert.raised", "alert.adjudicated", "deployment.closed", "rate.left_band", "rate.returned"}
    assert usual <= names_of(DEFAULT_PATTERNS)
    families = {name.partition(".")[0] for name in names_of(["*"])}
    assert not families & {"webhook", "account", "access", "token"}
    for wrong in ("alert", "alert.", "*.raised", "alert.*.x", "", "**", "webhook.*", "token.issued"):
        with pytest.raises(ValueError, match="is not an event|is never delivered"):
            names_of([wrong])
