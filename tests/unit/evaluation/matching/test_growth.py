"""Growth of search with the list: computed steps, and the drawing of both kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfr_actors.evaluation.matching.growth import (
    FAISS,
    HNSWLIB,
    OWN,
    OWN_EXACT,
    GrowthStep,
    computed_step,
    step_from_large,
)
from lfr_actors.evaluation.matching.plot import draw_growth
from lfr_actors.evaluation.matching.setting import BenchSettings, build_estimate_s, duration_words, estimate_s


def step(templates: int, own_ms: float, search: str) -> GrowthStep:
    """A measured step; the exact searches take 1 ms per 100,000 templates."""
    return GrowthStep(
        templates=templates,
        is_measured=True,
        search=search,
        per_search_ms={
            OWN: own_ms,
            OWN_EXACT: templates / 1e5,
            FAISS: templates / 2e5,
            HNSWLIB: (templates / 1e5) ** 0.5,
        },
        build_s=10.0,
        bytes_per_template=1000.0,
        parity=1.0,
    )


def test_what_reads_every_template_grows_with_their_number() -> None:
    """Ten times the templates are ten times the time, also of ours where it is no graph; memory grows alike."""
    computed = computed_step([step(10_000, 0.3, "exact"), step(100_000, 0.4, "scan")], 1_000_000, "why")
    assert computed.per_search_ms[OWN] == pytest.approx(4.0)
    assert computed.per_search_ms[OWN_EXACT] == pytest.approx(10.0)
    assert computed.per_search_ms[FAISS] == pytest.approx(5.0)
    assert computed.build_s == 100.0
    assert computed.memory_gib == pytest.approx(1e9 / 2**30)
    assert (computed.is_measured, computed.parity) == (False, None)
    assert computed.basis.endswith("why")


def test_a_graph_goes_on_along_its_last_two_steps() -> None:
    """The power of the number that two measured steps lie on is continued; with one step, its logarithm is."""
    both = computed_step([step(10_000, 0.2, "hnsw"), step(100_000, 0.4, "hnsw")], 1_000_000, "")
    assert both.per_search_ms[OWN] == pytest.approx(0.8)
    assert both.per_search_ms[HNSWLIB] == pytest.approx(10**0.5, rel=1e-3)
    assert both.build_s == pytest.approx(10.0 * 10 * 6 / 5)
    one = computed_step([step(10_000, 0.2, "exact"), step(100_000, 0.4, "hnsw")], 1_000_000, "")
    assert one.per_search_ms[OWN] == pytest.approx(0.4 * 6 / 5)


def test_nothing_is_computed_from_nothing() -> None:
    """A step that follows no measurement is refused."""
    with pytest.raises(ValueError, match="nothing was measured"):
        computed_step([], 1000, "")


def test_the_large_list_is_a_step_of_the_growth() -> None:
    """It is not measured twice: times, memory and parity are taken over, the graph's at its widest."""
    large = {
        "timings": {"ours": {"per_search_ms": 0.5}, "exact_product": {"per_search_ms": 12.0}},
        "shards": {
            "templates": 1_000_000,
            "index": ["hnsw", "hnsw"],
            "settled_s": 300.0,
            "memory_per_template_bytes": 800.0,
        },
        "parity": {"parity": 0.9999},
    }
    searched = [
        {"searching": "default", "timing": {"per_search_ms": 0.1}},
        {"searching": 512, "timing": {"per_search_ms": 2.0}},
    ]
    found = step_from_large(large, [{"library": "hnswlib", "searched": searched}])
    assert found.per_search_ms == {OWN: 0.5, OWN_EXACT: 12.0, HNSWLIB: 2.0}
    assert (found.templates, found.hnswlib_searching, found.parity) == (1_000_000, 512, 0.9999)
    assert found.basis == "in 2 shards"


@pytest.mark.parametrize(("name", "head"), [("growth.png", b"\x89PNG"), ("growth.svg", b"<?xml")])
def test_the_growth_is_drawn(tmp_path: Path, name: str, head: bytes) -> None:
    """Measured and computed steps of both dimensions, one without any, and one that was only computed."""
    measured = [step(10_000, 0.2, "exact"), step(100_000, 0.4, "hnsw")]
    steps = [*measured, computed_step(measured, 10_000_000, "")]
    out = tmp_path / name
    draw_growth({128: steps, 512: steps[2:], 64: []}, out, "2 cores")
    assert out.read_bytes().startswith(head)


def test_the_estimate_counts_what_is_to_be_made() -> None:
    """A larger list and longer templates take longer, a part alone takes less, nothing takes nothing."""
    settings = BenchSettings()
    assert build_estimate_s(1_000_000, 512) > build_estimate_s(1_000_000, 128) > build_estimate_s(1000, 128)
    whole = estimate_s(settings, ("actor", "large", "growth", "kill", "removal"), (128, 512))
    assert whole > estimate_s(settings, ("large",), (128,)) > estimate_s(settings, ("kill",), (128,)) > 0
    assert estimate_s(settings, (), (128,)) == 0
    assert [duration_words(each) for each in (40, 1500, 4200)] == ["40 s", "25 min", "1 h 10 min"]


def test_no_part_is_larger_than_the_large_list() -> None:
    """Asking for a small list makes every part small."""
    settings = BenchSettings.sized(5_000, 1_000)
    sizes = (settings.actor_templates, settings.kill_templates, settings.removal_templates)
    assert max(*sizes, settings.large_templates) == 5_000
    assert len(settings.faces(5_000, 128)) == 5_000
