"""The choice between exact search and graph, and the trial that sets how widely a graph is searched."""

from __future__ import annotations

import numpy as np
import pytest

from lfr_actors.messages import Candidate, Vectors
from lfr_actors.watchlist.gallery import Gallery
from lfr_actors.watchlist.hnsw import HnswSearch
from lfr_actors.watchlist.index_choice import WIDTHS, IndexPlan, calibrate, crossover, plan_for
from lfr_actors.watchlist.search import ExactSearch

PLAN = IndexPlan(links=8, building=60, held_out=40)


def some(count: int, seed: int, dim: int = 12) -> Vectors:
    """Random rows of length 1."""
    rows = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def graph(of: Gallery, plan: IndexPlan = PLAN) -> HnswSearch:
    """The graph of a gallery."""
    search = HnswSearch.build(of, plan)
    assert search is not None
    return search


def people(count: int, threshold: float | None, dim: int = 12) -> Gallery:
    """People with one template each."""
    ids = [f"s{i:05}" for i in range(count)]
    thresholds = None if threshold is None else dict.fromkeys(ids, threshold)
    return Gallery.of(ids, some(count, 1, dim), pack="p", thresholds=thresholds)


@pytest.mark.parametrize("dim", [128, 512])
def test_a_short_list_is_searched_exactly(dim: int) -> None:
    """Below the measured crossover there is no plan, from it on there is, and longer lists get no less."""
    assert plan_for(0, dim) is None
    assert plan_for(17_000, dim) is None
    assert plan_for(crossover(dim) - 1, dim) is None
    at, more = plan_for(crossover(dim), dim), plan_for(10_000_000, dim)
    assert at is not None
    assert more is not None
    assert more.links >= at.links


@pytest.mark.parametrize("threshold", [0.9, None])
def test_a_graph_that_decides_right_is_set_a_step_wider(threshold: float | None) -> None:
    """On an easy list the narrowest searches do; a list on which nobody can be recognised is tried all the same."""
    search = graph(people(2000, threshold))
    done = calibrate(search, target=0.999)
    assert done is not None
    assert done.width == search.width == WIDTHS[len(done.tried)]
    assert (done.differing, done.tried[-1][1]) == (0, 0)
    assert done.searches == done.hard + 40
    assert done.hard == 90
    assert done.parity_lower_bound >= 0.999
    assert str(done).startswith(f"hnsw, width {done.width}: 0 of 130 trial searches")


class Blind(HnswSearch):
    """A graph that takes a stranger for the best, however widely it is searched."""

    def search_graph(self, templates: Vectors, k: int) -> list[tuple[Candidate, ...]]:
        """Who comes after the best."""
        return [each[1:] for each in super().search_graph(templates, k + 1)]


def test_a_graph_that_misses_somebody_is_not_used() -> None:
    """When even the widest search differs, there is no width, and the words say what follows."""
    search = Blind.build(people(500, 0.75), PLAN)
    assert search is not None
    done = calibrate(search, target=0.999)
    assert done is not None
    assert done.width is None
    assert [width for width, _ in done.tried] == list(WIDTHS)
    assert done.differing >= done.hard == 90
    assert done.parity_lower_bound == 0
    assert str(done).startswith("exact: ")


def test_lenient_thresholds_are_searched_beside_the_graph() -> None:
    """A subject whom most strangers reach is searched exactly, and then found however far down."""
    of = people(2000, 0.9)
    lenient = of.subject_ids[5]
    thresholds = {**dict.fromkeys(of.subject_ids, 0.9), lenient: -0.5}
    ids = [of.subject_ids[place] for place in of.subject_index]
    of = Gallery.of(ids, of.templates, pack="p", thresholds=thresholds)
    search = graph(of)
    done = calibrate(search, target=0.999)
    assert done is not None
    assert done.width is not None
    assert done.beside == 1
    queries = some(200, 3)
    found = search.search(queries, 1)
    assert found == ExactSearch(of).search(queries, 1)
    assert sum(each.candidates[0].subject_id == lenient for each in found) > 100


def test_a_list_on_which_everybody_is_lenient_is_searched_exactly() -> None:
    """With a threshold that strangers reach, there is nothing for a graph to leave out."""
    done = calibrate(graph(people(2000, 0.1)))
    assert done is not None
    assert (done.width, done.searches, done.tried) == (None, 0, ())


def test_the_trial_can_be_given_up_and_repeated() -> None:
    """It stops when asked; with the same seed it comes out the same."""
    search, same = graph(people(1000, 0.9)), graph(people(1000, 0.9))
    assert calibrate(search, 0.99, should_stop=lambda: True) is None
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibrate(search, 1.0)
    assert calibrate(search, 0.999, 7) == calibrate(same, 0.999, 7)
    with pytest.raises(ValueError, match="tried before"):
        calibrate(search)


def test_those_held_out_for_the_trial_are_in_the_graph_after_it() -> None:
    """Everybody is found by the graph alone when the trial is over."""
    of = people(600, 0.9)
    search = graph(of)
    places = search.held_out
    own = of.templates[places]
    calibrate(search, target=0.99)
    assert len(search.held_out) == 0
    assert [each[0].subject_id for each in search.search_graph(own, 1)] == [
        of.subject_ids[at] for at in places
    ]
