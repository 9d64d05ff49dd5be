"""The page of a run's alerts: the faces side by side, in one piece, and nothing of a text gets out of hand."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lfr_actors.messages import Wanted, WantedPicture
from lfr_actors.records.alerts_page import alerts_page
from lfr_actors.store import Store
from tests.unit.events.samples import started
from tests.unit.store.samples import CONTEXT, PICTURE, alert

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    """A store in which the deployment has begun."""
    with Store.open(home) as opened:
        opened.begin_deployment("drill-1", started("drill-1"))
        yield opened


def page(store: Store) -> str:
    """The page of everything in a store."""
    rows = store.alerts("drill-1")
    return alerts_page(
        "drill-1",
        rows,
        {
            row.alert_id: {
                kind: store.picture(row.alert_id, kind) for kind in store.picture_kinds(row.alert_id)
            }
            for row in rows
        },
    )


def shown(html: str) -> list[bytes]:
    """The pictures in a page, in order."""
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/jpeg;base64,([^"]*)"', html)]


def test_the_face_stands_beside_those_of_the_list(store: Store) -> None:
    """The probe first, then the list, best first, then the moment; no request, and a name is no markup."""
    wanted = Wanted(
        subject_id=HOSTILE,  # type: ignore[arg-type]
        category=None,
        priority=None,
        legal_basis=None,
        date_of_birth=None,
        notes=None,
        pictures=(WantedPicture(image_source=None, image_taken=None),) * 2,
    )
    store.raise_alert(alert(subject_id=HOSTILE), wanted, (b"best", b"second"))
    html = page(store)
    assert shown(html) == [PICTURE, b"best", b"second", CONTEXT]
    assert HOSTILE not in html
    assert not re.search(r"https?://", html)


def test_an_alert_without_its_list_says_so(store: Store) -> None:
    """The officer learns why there is nothing to compare with."""
    store.raise_alert(alert())
    html = page(store)
    assert shown(html) == [PICTURE, CONTEXT]
    assert "could not be read" in html


def test_a_run_without_alerts_has_a_page(store: Store) -> None:
    """It says that nobody was seen."""
    assert "Nobody on the watchlist was seen" in page(store)
