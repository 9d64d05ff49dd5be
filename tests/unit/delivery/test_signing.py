"""Signatures as Standard Webhooks has them: published ones, those of its own package, and those to be refused."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from standardwebhooks import Webhook, WebhookVerificationError

from lfr_actors.delivery.secrets import new_key, new_secret, parse_secret, parse_signing
from lfr_actors.delivery.signing import (
    MAX_SIGNATURES,
    TOLERANCE,
    Fault,
    Verified,
    sign,
    signed_headers,
    verify,
)
from lfr_actors.errors import SignatureRefused
from tests.unit.delivery.vectors import ALL, BODY, ID, KEY, SHARED, SIGNED_AT, TIMESTAMP, Vector

SECOND = dt.timedelta(seconds=1)
OTHER = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="


def _headers(signature: str, **others: str) -> dict[str, str]:
    return {"webhook-id": ID, "webhook-timestamp": str(TIMESTAMP), "webhook-signature": signature} | {
        name.replace("_", "-"): value for name, value in others.items()
    }


def _fault(
    headers: Mapping[str, str], vector: Vector = SHARED, body: bytes = BODY, now: dt.datetime = SIGNED_AT
) -> Fault:
    with pytest.raises(SignatureRefused) as refused:
        verify([parse_secret(vector.verified_with, "x")], headers, body, now)
    return Fault(refused.value.what)


@pytest.mark.parametrize("vector", ALL)
def test_published_signatures_are_made(vector: Vector) -> None:
    """The bytes that others published come out."""
    assert sign([parse_signing(vector.secret, "x")], ID, TIMESTAMP, BODY) == vector.signature


@pytest.mark.parametrize("vector", ALL)
def test_published_signatures_are_taken(vector: Vector) -> None:
    """What others published fits the secret that was published with it."""
    known = parse_secret(vector.verified_with, "x")
    verified = verify([known], _headers(vector.signature), BODY, SIGNED_AT)
    assert verified == Verified(webhook_id=ID, signed_at=SIGNED_AT)


def test_the_package_of_the_standard_agrees() -> None:
    """What is signed here is verified by `standardwebhooks`, and what it signs is verified here."""
    secret, now = new_secret(), dt.datetime.now(dt.UTC)
    body = json.dumps({"type": "alert.raised", "text": "Ærøskøbing"}, ensure_ascii=False).encode()
    theirs = Webhook(secret.text)
    assert theirs.verify(body, signed_headers([secret], "evt1", now, body)) == json.loads(body)
    headers = {
        "webhook-id": "evt2",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": theirs.sign("evt2", now, body.decode()),
    }
    assert verify([secret], headers, body, now).webhook_id == "evt2"
    with pytest.raises(WebhookVerificationError):
        theirs.verify(body + b" ", signed_headers([secret], "evt1", now, body))


@pytest.mark.parametrize("vector", [SHARED, KEY])
@pytest.mark.parametrize(
    "body", [b"", BODY + b" ", BODY[:-1], BODY.replace(b"2", b"3", 1), b"\xff" + BODY, BODY * 1000]
)
def test_another_body_does_not_match(vector: Vector, body: bytes) -> None:
    """Nothing of the body can be changed, cut or added."""
    assert _fault(_headers(vector.signature), vector, body) == Fault.NO_MATCH


@pytest.mark.parametrize("vector", [SHARED, KEY])
def test_another_id_or_time_does_not_match(vector: Vector) -> None:
    """Id and timestamp are under the signature too."""
    assert _fault(_headers(vector.signature, webhook_id=ID + "x"), vector) == Fault.NO_MATCH
    later = _headers(vector.signature, webhook_timestamp=str(TIMESTAMP + 1))
    assert _fault(later, vector) == Fault.NO_MATCH


@pytest.mark.parametrize("vector", [SHARED, KEY])
def test_another_secret_does_not_match(vector: Vector) -> None:
    """A signature by somebody else is refused."""
    for stranger in (new_secret(), new_key()):
        assert _fault(_headers(sign([stranger], ID, TIMESTAMP, BODY)), vector) == Fault.NO_MATCH


@pytest.mark.parametrize("vector", [SHARED, KEY])
def test_a_truncated_signature_is_refused(vector: Vector) -> None:
    """However much of the end is missing, it does not fit."""
    for kept in range(len(vector.signature)):
        fault = _fault(_headers(vector.signature[:kept]), vector)
        assert fault in (Fault.NO_MATCH, Fault.MALFORMED, Fault.MISSING)
        assert (fault is Fault.MISSING) == (kept == 0)


def test_a_public_key_is_no_shared_secret() -> None:
    """Who knows the public key alone, and signs with it as if it were shared, is refused."""
    public = base64.b64decode(KEY.verified_with.removeprefix("whpk_"))
    forged = sign([parse_signing("whsec_" + base64.b64encode(public).decode(), "x")], ID, TIMESTAMP, BODY)
    assert _fault(_headers(forged), KEY) == Fault.NO_MATCH
    assert _fault(_headers(forged.replace("v1,", "v1a,")), KEY) == Fault.NO_MATCH


def test_a_signature_of_another_version_is_passed_over() -> None:
    """The right bytes under the name of another version, or none, are worth nothing."""
    signature = SHARED.signature.removeprefix("v1,")
    for header in (f"v2,{signature}", f"v1a,{signature}", f"V1,{signature}"):
        assert _fault(_headers(header)) == Fault.NO_MATCH
    for header in (signature, f",{signature}", f"v1.{signature}", "v1,", ",", "v1,***", " "):
        assert _fault(_headers(header)) == Fault.MALFORMED


def test_one_of_several_signatures_is_enough() -> None:
    """Unknown, foreign and broken signatures before and behind the right one hide nothing."""
    header = f"{OTHER} v2,AAAA garbage v1,*** {SHARED.signature} {OTHER}"
    verify([parse_secret(SHARED.secret, "x")], _headers(header), BODY, SIGNED_AT)


def test_more_signatures_than_anybody_needs_are_refused() -> None:
    """A header cannot make a receiver verify without end."""
    assert _fault(_headers(" ".join([SHARED.signature] * (MAX_SIGNATURES + 1)))) == Fault.MALFORMED
    header = " ".join([OTHER] * (MAX_SIGNATURES - 1) + [SHARED.signature])
    verify([parse_secret(SHARED.secret, "x")], _headers(header), BODY, SIGNED_AT)


def test_secrets_are_replaced_without_a_gap() -> None:
    """Whichever of the two sides changes first, and whatever the kinds, every webhook is taken meanwhile."""
    old, new = new_secret(), new_key()
    both = signed_headers([old, new], ID, SIGNED_AT, BODY)
    assert both["webhook-signature"].count(" ") == 1
    verify([old], both, BODY, SIGNED_AT)
    verify([new.verifying_key], both, BODY, SIGNED_AT)
    for sender in (old, new):
        verify([new.verifying_key, old], signed_headers([sender], ID, SIGNED_AT, BODY), BODY, SIGNED_AT)
    with pytest.raises(SignatureRefused, match="no match"):
        verify([new.verifying_key], signed_headers([old], ID, SIGNED_AT, BODY), BODY, SIGNED_AT)


@pytest.mark.parametrize(
    ("offset", "fault"),
    [
        (TOLERANCE, None),
        (-TOLERANCE, None),
        (TOLERANCE + SECOND, Fault.STALE),
        (-TOLERANCE - SECOND, Fault.FUTURE),
    ],
)
def test_only_what_was_signed_about_now_is_taken(offset: dt.timedelta, fault: Fault | None) -> None:
    """Five minutes either way are allowed, a second more is not: yesterday's webhook cannot be sent again."""
    headers, now = _headers(SHARED.signature), SIGNED_AT + offset
    if fault is None:
        verify([parse_secret(SHARED.secret, "x")], headers, BODY, now)
    else:
        assert _fault(headers, now=now) == fault


@pytest.mark.parametrize(
    "timestamp",
    [
        "soon",
        "1614265330.0",
        "-1614265330",
        "+1614265330",
        " 1614265330",
        "1614265330 ",
        "1e9",
        "0x60",
        "\uff11614265330",  # a full-width digit
        "9" * 13,
        "1614265330\n",
        "1_614_265_330",
    ],
)
def test_a_timestamp_is_digits(timestamp: str) -> None:
    """Whatever else some readers take for a number is malformed."""
    assert _fault(_headers(SHARED.signature, webhook_timestamp=timestamp)) == Fault.MALFORMED


def test_a_time_beyond_the_calendar_is_refused() -> None:
    """The largest number that fits the form is no fault of the receiver."""
    assert _fault(_headers(SHARED.signature, webhook_timestamp="9" * 12)) == Fault.FUTURE


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_named(name: str) -> None:
    """Without one of the three, or with an empty one, the answer says which."""
    headers = _headers(SHARED.signature)
    for wrong in ({**headers, name: ""}, {key: value for key, value in headers.items() if key != name}):
        with pytest.raises(SignatureRefused, match=f"missing: {name} is not there"):
            verify([parse_secret(SHARED.secret, "x")], wrong, BODY, SIGNED_AT)


def test_headers_may_be_spelled_in_any_case() -> None:
    """Proxies change the case of headers."""
    for spelled in (str.upper, str.title, str.lower):
        headers = {spelled(name): value for name, value in _headers(SHARED.signature).items()}
        verify([parse_secret(SHARED.secret, "x")], headers, BODY, SIGNED_AT)


def test_a_header_that_is_there_twice_is_refused() -> None:
    """Which of two ids is meant, nobody can tell."""
    headers = CIMultiDict(_headers(SHARED.signature))
    headers.add("Webhook-Id", "another")
    assert _fault(headers) == Fault.MALFORMED


@pytest.mark.parametrize("webhook_id", ["a.b", "a b", "a\n", "é", "x" * 257, "\x00"])
def test_an_id_holds_no_full_stop(webhook_id: str) -> None:
    """`a.1` and `2.body` must not be signed as `a` and `1.2.body` are; such ids are neither signed nor taken."""
    assert _fault(_headers(SHARED.signature, webhook_id=webhook_id)) == Fault.MALFORMED
    with pytest.raises(ValueError, match="full stop"):
        sign([new_secret()], webhook_id, TIMESTAMP, BODY)


def test_nothing_is_signed_with_nothing() -> None:
    """Without a secret there is no signature, not an empty one; and none that fits."""
    with pytest.raises(ValueError, match="at least one secret"):
        sign([], ID, TIMESTAMP, BODY)
    with pytest.raises(SignatureRefused, match="no match"):
        verify([], _headers(SHARED.signature), BODY, SIGNED_AT)


@given(body=st.binary(max_size=200), flipped=st.integers(min_value=0), key=st.booleans())
def test_any_bytes_are_signed_and_any_change_is_seen(body: bytes, flipped: int, key: bool) -> None:
    """A body need not be text; one bit of it, of the id or of the signature changed is refused."""
    secret = parse_signing((KEY if key else SHARED).secret, "x")
    headers = signed_headers([secret], ID, SIGNED_AT, body)
    assert verify([secret], headers, body, SIGNED_AT).webhook_id == ID
    if body:
        place, bit = divmod(flipped % (len(body) * 8), 8)
        changed = bytes([*body[:place], body[place] ^ (1 << bit), *body[place + 1 :]])
        with pytest.raises(SignatureRefused):
            verify([secret], headers, changed, SIGNED_AT)
