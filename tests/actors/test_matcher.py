"""The matcher actor as a plain class."""

from __future__ import annotations

import itertools

import pytest

from lfr_actors.actors.matcher import CANDIDATES, MatcherShard
from lfr_actors.errors import NotReady, WatchlistError
from lfr_actors.messages import GalleryVersion, Vectors
from lfr_actors.testing import gallery_of, template_of
from lfr_actors.watchlist.gallery import Gallery, GalleryPiece
from lfr_actors.watchlist.search import ExactSearch
from tests.actors.colours import BLUE, GREEN, RED

FIRST = gallery_of({"red-1": RED, "blue-1": BLUE})
SECOND = gallery_of({"green-1": GREEN, "blue-1": BLUE})


def pieces(gallery: Gallery) -> list[GalleryPiece]:
    """A gallery in pieces of one template each."""
    parts = list(gallery.chunks(2_000 + len(gallery.pack) + 60))
    assert len(parts) == len(gallery)
    return parts


async def holding(gallery: Gallery) -> MatcherShard:
    """A matcher that answers from a gallery."""
    shard = MatcherShard()
    for piece in pieces(gallery):
        await shard.receive(piece)
    await shard.activate(gallery.version)
    return shard


async def test_it_is_not_ready_before_it_has_a_gallery() -> None:
    """Neither at the start nor while pieces arrive does it answer a search."""
    shard = MatcherShard()
    await shard.receive(pieces(FIRST)[0])
    assert await shard.version() is None
    with pytest.raises(NotReady, match="no gallery"):
        await shard.search(template_of(RED)[None])


def held(shard: MatcherShard) -> Vectors:
    """The templates that a matcher answers from."""
    searcher = shard._searcher
    assert isinstance(searcher, ExactSearch)
    return searcher._gallery.templates


@pytest.mark.parametrize("order", list(itertools.permutations(range(2))))
async def test_pieces_may_come_in_any_order(order: tuple[int, ...]) -> None:
    """Whatever the order, also with one sent twice, the whole gallery answers with its version."""
    shard = MatcherShard()
    parts = pieces(FIRST)
    for place in (*order, order[0]):
        await shard.receive(parts[place])
    assert await shard.activate(FIRST.version) == FIRST.version
    (result,) = await shard.search(template_of(RED)[None])
    assert result.candidates[0].subject_id == "red-1"
    assert (result.gallery_version, result.gallery_subjects) == (FIRST.version, 2)


async def test_incomplete_pieces_are_refused() -> None:
    """A gallery with a piece missing does not answer; the piece can still come."""
    shard = MatcherShard()
    first, last = pieces(FIRST)
    await shard.receive(last)
    with pytest.raises(WatchlistError, match="needs pieces 0 to 1"):
        await shard.activate(FIRST.version)
    assert await shard.version() is None
    await shard.receive(first)
    assert await shard.activate(FIRST.version) == FIRST.version


async def test_mixed_versions_are_refused() -> None:
    """Pieces of two galleries are never one: the older ones are dropped, and what is left is incomplete."""
    shard = MatcherShard()
    await shard.receive(pieces(FIRST)[0])
    await shard.receive(pieces(SECOND)[1])
    for version in (FIRST.version, SECOND.version):
        with pytest.raises(WatchlistError):
            await shard.activate(version)
    assert await shard.version() is None


async def test_nothing_sent_is_refused() -> None:
    """Activating a version of which nothing came says so."""
    with pytest.raises(WatchlistError, match="no pieces"):
        await MatcherShard().activate(GalleryVersion("0" * 32))


async def test_a_new_version_takes_over_in_one_step() -> None:
    """The old list answers until the new one is activated, and a refused one changes nothing."""
    shard = await holding(FIRST)
    parts = pieces(SECOND)
    await shard.receive(parts[0])
    with pytest.raises(WatchlistError):
        await shard.activate(SECOND.version)
    assert await shard.version() == FIRST.version
    await shard.receive(parts[1])
    (before,) = await shard.search(template_of(GREEN)[None])
    await shard.activate(SECOND.version)
    (after,) = await shard.search(template_of(GREEN)[None])
    assert (before.gallery_version, after.gallery_version) == (FIRST.version, SECOND.version)
    assert {c.subject_id for c in before.candidates} == {"red-1", "blue-1"}
    assert after.candidates[0].subject_id == "green-1"


async def test_many_templates_are_answered_in_order() -> None:
    """One result a row, at most `CANDIDATES` subjects each; none for no rows."""
    shard = await holding(FIRST)
    results = await shard.search(gallery_of({"a": BLUE, "b": RED}).templates)
    assert [result.candidates[0].subject_id for result in results] == ["blue-1", "red-1"]
    assert all(len(result.candidates) <= CANDIDATES for result in results)
    assert await shard.search(FIRST.templates[:0]) == ()


async def test_templates_of_another_pack_are_refused() -> None:
    """A template of another length is a fault of the caller, with both lengths named."""
    shard = await holding(FIRST)
    with pytest.raises(ValueError, match=r"\(n, 3\)"):
        await shard.search(template_of(RED)[None, :2])


async def test_what_it_answered_from_is_overwritten() -> None:
    """A new list takes the place of the old one in memory too, and the pieces that carried it are zeros."""
    shard = await holding(FIRST)
    before = held(shard)
    parts = pieces(SECOND)
    again = pieces(SECOND)
    for piece in (again[0], *parts):
        await shard.receive(piece)
    await shard.activate(SECOND.version)
    assert not before.any()
    assert not any(piece.templates.any() for piece in (again[0], *parts))
    assert held(shard).any()
    assert FIRST.templates.any()


async def test_pieces_of_a_list_that_never_answered_are_overwritten() -> None:
    """What came of one version is zeros when another is sent instead."""
    shard = MatcherShard()
    unfinished = pieces(FIRST)[0]
    await shard.receive(unfinished)
    await shard.receive(pieces(SECOND)[0])
    assert not unfinished.templates.any()


async def test_it_forgets_when_the_list_is_over() -> None:
    """Gallery and pieces are zeros, nobody is answered, and it may be told twice and be given another list."""
    shard = await holding(FIRST)
    before, waiting = held(shard), pieces(SECOND)[0]
    await shard.receive(waiting)
    await shard.forget()
    await shard.forget()
    assert not before.any()
    assert not waiting.templates.any()
    assert await shard.version() is None
    with pytest.raises(NotReady, match="no gallery"):
        await shard.search(template_of(RED)[None])
    for piece in pieces(SECOND):
        await shard.receive(piece)
    assert await shard.activate(SECOND.version) == SECOND.version
