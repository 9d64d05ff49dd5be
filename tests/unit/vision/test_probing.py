"""When a track is embedded, what its templates say together, and that they die in time."""

from __future__ import annotations

import numpy as np
import pytest

from lfr_actors.vision.probing import ProbeSettings, Reason, TrackTemplates


def unit(*values: float) -> np.ndarray:
    """A template."""
    vector = np.array(values, np.float32)
    return vector / np.linalg.norm(vector)


def test_a_track_is_embedded_when_it_has_something_better_and_not_on_every_frame() -> None:
    """First sight, a clearly better picture, a corroboration and a renewal are worth a probe; else none."""
    templates = TrackTemplates(ProbeSettings(gain=1.2, corroborate_after_s=0.1, renew_after_s=0.5))
    assert templates.wants_probe(0.5, 0.0, pending=False) is Reason.FIRST
    templates.probed(0.0)
    templates.add(unit(1, 0), 0.5, 100.0)
    assert templates.wants_probe(0.55, 0.04, pending=False) is None
    assert templates.wants_probe(0.65, 0.04, pending=False) is Reason.BETTER
    assert templates.wants_probe(0.4, 0.04, pending=True) is None
    assert templates.wants_probe(0.4, 0.12, pending=True) is Reason.CORROBORATE
    assert templates.wants_probe(0.4, 0.5, pending=False) is Reason.RENEW


def test_a_track_with_no_living_template_is_first_again() -> None:
    """What has died is not compared with: the next face is worth a probe whatever its quality."""
    templates = TrackTemplates()
    templates.probed(0.0)
    templates.add(unit(1, 0), 0.9, 100.0)
    templates.expire(101.0)
    assert templates.wants_probe(0.1, 0.04, pending=False) is Reason.FIRST


def test_templates_are_fused_by_quality() -> None:
    """The fused template has length 1 and leans towards the better picture."""
    templates = TrackTemplates()
    assert templates.fused() is None
    assert templates.agreement(unit(1, 0)) is None
    templates.add(unit(1, 0), 0.9, 100.0)
    templates.add(unit(0, 1), 0.3, 100.2)
    fused = templates.fused()
    assert fused is not None
    assert np.linalg.norm(fused) == pytest.approx(1)
    assert fused[0] / fused[1] == pytest.approx(3)


def test_a_template_dies_at_its_lifetime_and_its_memory_is_overwritten() -> None:
    """One second after capture the vector is gone from the buffer that held it, to the last number."""
    templates = TrackTemplates()
    templates.add(unit(1, 2, 3), 0.9, 100.0)
    templates.add(unit(3, 2, 1), 0.9, 100.5)
    held = [living.template for living in templates._living]
    assert templates.expire(100.999) == 0
    assert templates.expire(101.0) == 1
    assert not held[0].any()
    assert held[1].any()
    assert templates.forget() == 1
    assert not held[1].any()


def test_adding_copies() -> None:
    """The buffer owns its memory: overwriting it does not touch the caller's array, which may be read-only."""
    template = unit(1, 0)
    template.flags.writeable = False
    templates = TrackTemplates()
    templates.add(template, 0.5, 100.0)
    templates.forget()
    assert template[0] == 1


def test_each_death_is_told_with_its_capture() -> None:
    """Whoever counts ages hears of each template once, whether it expired or its track ended."""
    told: list[tuple[str, float]] = []
    templates = TrackTemplates(forgotten=lambda kind, captured_s: told.append((kind, captured_s)))
    templates.add(unit(1, 0), 0.9, 100.0)
    templates.add(unit(0, 1), 0.9, 100.5)
    templates.expire(101.0)
    templates.forget()
    templates.forget()
    assert told == [("template", 100.0), ("template", 100.5)]
