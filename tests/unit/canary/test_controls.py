"""The controls are found by their own needles, in any process, and hold every kind."""

from __future__ import annotations

from lfr_actors.canary.controls import CONTROL, make_controls
from lfr_actors.canary.search import search_content


def test_every_control_is_found_in_what_holds_them() -> None:
    """Made twice from one seed, as hunter and driver do."""
    found = search_content(make_controls(4).content, make_controls(4).needles)
    assert set(found) == make_controls(4).kinds
    assert all(kind.startswith(CONTROL) for kind in found)


def test_another_seeds_vectors_and_bytes_are_not_found() -> None:
    """A control of an earlier run does not pass for this one's."""
    found = search_content(make_controls(5).content, make_controls(4).needles)
    assert not {kind for kind in found if "template" in kind or "exact" in kind}
