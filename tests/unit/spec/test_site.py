"""The site's ceilings: what `site.yaml` means, and every way to get it wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lfr_actors.delivery.endpoint import Disclosure
from lfr_actors.errors import InvalidFile
from lfr_actors.retention.policy import DEFAULT_POLICY, SitePolicy
from lfr_actors.spec.site import Site, read_site, site_file
from lfr_actors.watchlist.policy import ListPolicy


def test_without_a_file_the_products_ceilings_hold(tmp_path: Path) -> None:
    """No file, and a folder that is not there, mean the product's own limits."""
    assert read_site(tmp_path) == read_site(tmp_path / "nowhere") == Site()
    assert Site() == Site(retention=SitePolicy(), watchlist=ListPolicy())
    assert SitePolicy().policy() == DEFAULT_POLICY
    assert site_file(tmp_path) is None


def test_what_is_written_lowers_a_ceiling_and_nothing_else(tmp_path: Path) -> None:
    """A key that is given is the ceiling; the watchlist's, not given, stays 24 hours and not its default."""
    (tmp_path / "site.yaml").write_text("retention:\n  alerts: 12h\n  non_match: 500ms\n")
    site = read_site(tmp_path).retention
    assert site == SitePolicy(alerts=dt.timedelta(hours=12), non_match=dt.timedelta(milliseconds=500))
    assert site.watchlist == dt.timedelta(hours=24)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("retention: {alerts: 25h}", "line 1: retention.alerts: '25h' is longer than the rules allow; write 24h"),
        ("retention: {footage: 32d}", "line 1: retention.footage: '32d' is longer than the rules allow; write 31d"),
        ("retention: {watchlist: 2d}", "line 1: retention.watchlist: '2d' is longer than the rules allow"),
        ("retention: {non_match: 2s}", "line 1: retention.non_match: '2s' is longer than the rules allow"),
        ("retention: {non_match: 0s}", "line 1: retention.non_match: '0s' leaves no time to look at a face twice"),
        ("retention:\n  alerts: 24", "line 2: retention.alerts: '24' has no unit"),
        ("retention:\n  alrts: 24h", "line 2: retention.alrts: is not a known key; write alerts"),
        ("retention: {alerts: 1h, alerts: 2h}", "line 1: retention.alerts: appears a second time"),
        ("retention: 24h", "line 1: retention: '24h' is not a group of keys; write {alerts, footage, watchlist, "),
        ("retention:", "line 1: retention: has no value"),
        ("cameras: []", "line 1: cameras: is not a known key; known here are retention, watchlist"),
        ("watchlist: {built_within: 25h}", "line 1: watchlist.built_within: '25h' is longer than the rules allow"),
        ("watchlist: {proofs: 367d}", "line 1: watchlist.proofs: '367d' is longer than the rules"),
        ("watchlist: {max_subjects: 0}", "line 1: watchlist.max_subjects: '0' is too small; write 1 or more"),
        ("watchlist: {max_pictures: many}", "line 1: watchlist.max_pictures: 'many' is not a whole number"),
        ("watchlist: {require: [name]}", "line 1: watchlist.require[0]: 'name' is not a choice here"),
        ("watchlist: {require: [category, category]}", "line 1: watchlist.require: names the same twice"),
        ("watchlist: {categories: {warant: [a]}}", "line 1: watchlist.categories: 'warant' is not a purpose; did"),
        ("webhooks: {allow_subject: perhaps}", "line 1: webhooks.allow_subject: 'perhaps' is neither true"),
        ("webhooks: {allow_names: true}", "line 1: webhooks.allow_names: is not a known key"),
        ("- retention", "line 1: the file is not a group of keys"),
        ("", "is empty; write key: value lines, starting with retention: {alerts: 24h}"),
        ("retention: {alerts: ", "line 1: a [ or { opened on line 1 is not closed"),
        ("a: 1\n---\nb: 1", "line 2: a second document starts here; keep one site in a file"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    """Nothing in the site's file is ignored or guessed: line, key, what is wrong and what would be right."""
    (tmp_path / "site.yaml").write_text(text)
    with pytest.raises(InvalidFile) as caught:
        read_site(tmp_path)
    assert caught.value.path == str(tmp_path / "site.yaml")
    (only,) = caught.value.problems
    assert only.startswith(problem)


def test_the_rules_for_lists_are_read(tmp_path: Path) -> None:
    """Every key of `watchlist:` becomes a rule; those that are not given stay the product's."""
    (tmp_path / "site.yaml").write_text(
        "watchlist:\n"
        "  max_subjects: 2000\n"
        "  built_within: 12h\n"
        "  max_picture_age: 3650d\n"
        "  require: [legal_basis, category]\n"
        "  categories: {warrant: [warrant, bail], safeguarding: [missing]}\n"
        "  legal_bases: [court warrant]\n"
    )
    assert read_site(tmp_path).watchlist == ListPolicy(
        max_subjects=2000,
        built_within=dt.timedelta(hours=12),
        max_picture_age=dt.timedelta(days=3650),
        require=("legal_basis", "category"),
        categories={"warrant": ("warrant", "bail"), "safeguarding": ("missing",)},
        legal_bases=("court warrant",),
    )


def test_the_categories_of_offences_are_the_sites(tmp_path: Path) -> None:
    """A list of its own replaces the product's; what is no slug, or there twice, is a mistake with its line."""
    (tmp_path / "site.yaml").write_text("outcomes: {offences: [theft, hare-coursing]}\n")
    assert dict(read_site(tmp_path).offences) == {"theft": "theft", "hare-coursing": "hare coursing"}
    for written in ("[John Smith]", "[theft, theft]", "[]"):
        (tmp_path / "site.yaml").write_text(f"outcomes:\n  offences: {written}\n")
        with pytest.raises(InvalidFile, match="line 2: outcomes.offences"):
            read_site(tmp_path)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Several mistakes are told together, in the order of their lines."""
    (tmp_path / "site.yaml").write_text("retention:\n  footage: 40d\n  alerts: soon\nsigns: 3\n")
    with pytest.raises(InvalidFile) as caught:
        read_site(tmp_path)
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["line 2", "line 3", "line 4"]


def test_a_file_that_cannot_be_read_is_not_an_absent_one(tmp_path: Path) -> None:
    """A link that leads nowhere and a folder of that name are refused: the ceilings they meant are unknown."""
    (tmp_path / "site.yaml").symlink_to(tmp_path / "gone.yaml")
    with pytest.raises(InvalidFile, match="give the path of a site file"):
        read_site(tmp_path)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "site.yaml").mkdir()
    with pytest.raises(InvalidFile, match="cannot be read"):
        read_site(tmp_path / "other")


def test_webhooks_may_tell_of_nobody_unless_the_site_says_so(tmp_path: Path) -> None:
    """Subjects and pictures are allowed one by one."""
    assert Site().webhooks == Disclosure(allow_subject=False, allow_pictures=False)
    (tmp_path / "site.yaml").write_text("webhooks: {allow_subject: yes}")
    assert read_site(tmp_path).webhooks == Disclosure(allow_subject=True)
