"""What a run shows of its matcher."""

from __future__ import annotations

import pytest

from lfr_actors.actors.ports import ShardState
from lfr_actors.cli.live import matcher_line
from tests.actors.test_matcher_watch import shard, state


@pytest.mark.parametrize(
    ("shards", "words"),
    [
        ((shard(0),), "list: 5 subjects, 10 templates, searched exactly"),
        (
            (shard(0, index="hnsw"), shard(1)),
            "list: 10 subjects, 20 templates in 2 shards, searched by an index, rescored exactly and exactly",
        ),
        ((shard(0, disagreed=3),), "searched exactly; 3 decided otherwise by the index than exactly"),
        ((shard(0), shard(1, phase="loading")), "INCOMPLETE: shard 2 of 2: loading"),
    ],
)
def test_what_is_searched_and_what_is_not_is_one_line(shards: tuple[ShardState, ...], words: str) -> None:
    """How long the list is and how it is searched; what cannot be searched is loud and alone."""
    assert words in matcher_line(state(*shards)).plain
