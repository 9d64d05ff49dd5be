"""Speaking of a subject without naming it."""

from __future__ import annotations

import hashlib
import hmac
import re

from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.watchlist.commitment import commitment

secrets = st.binary(min_size=32, max_size=32)
subjects = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(secret=secrets, subject=subjects)
def test_a_subject_has_one_commitment_in_a_deployment(secret: bytes, subject: str) -> None:
    """The same at every call, 64 hexadecimal digits, and the id is not in it."""
    made = commitment(secret, subject)
    assert made == commitment(secret, subject)
    assert re.fullmatch("[0-9a-f]{64}", made)
    assert len(subject) < 3 or subject not in made or re.fullmatch("[0-9a-f]+", subject)


@given(secret=secrets, first=subjects, second=subjects)
def test_two_subjects_have_two(secret: bytes, first: str, second: str) -> None:
    """Equal commitments mean equal ids, also of ids that begin alike or hold odd characters."""
    assert (commitment(secret, first) == commitment(secret, second)) == (first == second)


@given(first=secrets, second=secrets, subject=subjects)
def test_two_deployments_have_nothing_in_common(first: bytes, second: bytes, subject: str) -> None:
    """Under another secret the same subject has another commitment: two logs cannot be joined by it."""
    assert (commitment(first, subject) == commitment(second, subject)) == (first == second)


@given(secret=secrets, subject=subjects)
def test_it_is_made_for_subjects_alone(secret: bytes, subject: str) -> None:
    """What else is made under the secret never equals it: its label sets it apart, and no plain hash makes it."""
    made = commitment(secret, subject)
    assert made != hmac.new(secret, subject.encode(), hashlib.sha256).hexdigest()
    assert made != hmac.new(secret, b"alert\x00" + subject.encode(), hashlib.sha256).hexdigest()
    assert made != hashlib.sha256(subject.encode()).hexdigest()
