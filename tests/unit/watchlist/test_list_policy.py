"""The rules of a site for its lists: each passes, refuses with its rows, or says that it does not apply."""

from __future__ import annotations

import datetime as dt
import pickle

import pytest

from lfr_actors.errors import Refused
from lfr_actors.watchlist.list_rules import check
from lfr_actors.watchlist.policy import (
    Entry,
    Finding,
    ListPolicy,
    Occasion,
    Outcome,
    entries_of_version,
    named_authority,
    require_allowed,
)
from lfr_actors.watchlist.version import BLUE_LIST
from tests.unit.watchlist.lists import subject, version_of

TODAY = dt.date(2026, 3, 1)
DAY = dt.timedelta(days=1)
RECENT = ListPolicy(max_picture_age=30 * DAY)
SOURCED = ListPolicy(require=("image_source",))
BASES = ListPolicy(legal_bases=("court warrant",))


def entry(line: int, subject_id: str = "ann", **facts: object) -> Entry:
    """A row that says what every site would want."""
    given = {
        "category": "warrant",
        "priority": "red",
        "legal_basis": "court warrant",
        "expires": TODAY,
        "date_of_birth": dt.date(1980, 1, 1),
        "image_source": "custody",
        "image_taken": TODAY - 30 * DAY,
        **facts,
    }
    return Entry(where=f"line {line}", subject_id=subject_id, **given)  # type: ignore[arg-type]


def finding(rule: str, policy: ListPolicy, *entries: Entry, **occasion: object) -> Finding:
    """What one rule says."""
    found = check(policy, entries, Occasion(today=TODAY, **occasion))  # type: ignore[arg-type]
    (one,) = [each for each in found if each.rule == rule]
    return one


def test_every_rule_is_always_named_and_the_default_site_refuses_no_good_list() -> None:
    """The report of a list shows the same rules whether they apply or not."""
    found = check(ListPolicy(), [entry(2)], Occasion(today=TODAY))
    assert [each.rule for each in found] == [
        "max-subjects",
        "max-pictures",
        "built-within",
        "expiry",
        "dates",
        "under-18",
        "picture-age",
        "required-facts",
        "categories",
        "legal-basis",
    ]
    assert not any(each.refused for each in found)
    require_allowed("list.csv", found)


@pytest.mark.parametrize(
    ("rule", "policy", "good", "bad", "words"),
    [
        ("max-subjects", ListPolicy(max_subjects=1), [entry(2), entry(3)], [entry(2), entry(3, "bob")], "2 sub"),
        ("max-pictures", ListPolicy(max_pictures=1), [entry(2)], [entry(2), entry(3)], "at most 1"),
        ("expiry", ListPolicy(), [entry(2, expires=TODAY)], [entry(2, expires=TODAY - DAY)], "expired: 1"),
        ("dates", ListPolicy(), [entry(2, image_taken=TODAY)], [entry(2, image_taken=TODAY + DAY)], "dates: 1"),
        ("dates", ListPolicy(), [entry(2)], [entry(2, date_of_birth=TODAY + DAY)], "impossible"),
        ("dates", ListPolicy(), [entry(2)], [entry(2, date_of_birth=dt.date(1066, 1, 1))], "impossible"),
        ("dates", ListPolicy(), [entry(2)], [entry(2, image_taken=dt.date(1979, 1, 1))], "impossible"),
        ("picture-age", RECENT, [entry(2)], [entry(2, image_taken=TODAY - 31 * DAY)], "at most 30 days"),
        ("picture-age", RECENT, [entry(2)], [entry(2, image_taken=None)], "unknown age"),
        ("required-facts", SOURCED, [entry(2)], [entry(2, image_source=None)], "missing"),
        ("legal-basis", ListPolicy(require=("legal_basis",)), [entry(2)], [entry(2, legal_basis=None)], "none"),
        ("legal-basis", BASES, [entry(2)], [entry(2, legal_basis="x")], "allowed: court warrant"),
        ("legal-basis", BASES, [entry(2)], [entry(2, legal_basis=None)], "allowed: court warrant"),
    ],
)  # fmt: skip
def test_a_rule_passes_or_refuses_and_names_its_rows(
    rule: str, policy: ListPolicy, good: list[Entry], bad: list[Entry], words: str
) -> None:
    """At its limit a rule passes; beyond it refuses, says what it wants, and names each row that it objects to."""
    assert finding(rule, policy, *good).outcome is Outcome.PASSED
    refused = finding(rule, policy, *bad)
    assert refused.outcome is Outcome.REFUSED
    assert words in refused.words
    if not rule.startswith("max-"):
        (row,) = refused.rows
        assert row.startswith("line 2: subject ann: ")


@pytest.mark.parametrize(
    ("age_h", "outcome"),
    [(0, Outcome.PASSED), (12, Outcome.PASSED), (12.01, Outcome.REFUSED), (-0.1, Outcome.REFUSED)],
)
def test_a_list_has_to_be_fresh(age_h: float, outcome: Outcome) -> None:
    """Built within the hours of the site, and not in the future: then a clock is wrong."""
    policy = ListPolicy(built_within=dt.timedelta(hours=12))
    assert finding("built-within", policy, entry(2), age=dt.timedelta(hours=age_h)).outcome is outcome


@pytest.mark.parametrize(
    ("born", "minor"),
    [
        (dt.date(2008, 3, 1), False),
        (dt.date(2008, 3, 2), True),
        (dt.date(2008, 2, 29), False),
        (dt.date(2026, 2, 28), True),
    ],
)
@pytest.mark.parametrize("category", ["warrant", BLUE_LIST])
def test_under_18s_need_a_named_authority(born: dt.date, minor: bool, category: str) -> None:
    """On the 18th birthday somebody is 18. Without authority refused, with it a loud mark; no site allows more."""
    young = entry(4, "kim", date_of_birth=born, category=category)
    refused = finding("under-18", ListPolicy(), entry(2), young)
    assert refused.refused is minor
    authority = "Superintendent, A. Example, LFR/7"
    allowed = finding("under-18", ListPolicy(), entry(2), young, under_18_authority=authority)
    assert allowed.outcome is (Outcome.WARNED if minor else Outcome.PASSED)
    if minor:
        assert authority in allowed.words
        assert refused.rows == allowed.rows == ("line 4: subject kim: is under 18",)


def test_no_date_of_birth_is_repeated() -> None:
    """Findings go into reports and on screens: they say that somebody is under 18, and not when they were born."""
    young = entry(2, date_of_birth=dt.date(2015, 6, 7))
    found = check(ListPolicy(), [young], Occasion(today=TODAY))
    assert "2015" not in repr(found)
    assert "2015" not in str([each.to_json() for each in found])
    assert "2015" not in repr(young)


def test_unknown_ages_are_said() -> None:
    """Of whom no age is known is counted, so that nobody takes silence for an answer."""
    unknown = entry(3, "bob", date_of_birth=None)
    assert finding("under-18", ListPolicy(), unknown).outcome is Outcome.NOT_APPLICABLE
    assert "of 1 no date of birth is given" in finding("under-18", ListPolicy(), entry(2), unknown).words


def test_categories_follow_from_the_purposes() -> None:
    """What one of the purposes allows is allowed; a purpose that the site says nothing of allows nothing."""
    policy = ListPolicy(categories={"warrant": ("warrant",), "safeguarding": ("missing",)})
    missing, none = entry(3, "bob", category="missing"), entry(4, "cy", category=None)
    both = ("warrant", "safeguarding")
    assert finding("categories", policy, entry(2), missing, purposes=both).outcome is Outcome.PASSED
    refused = finding("categories", policy, entry(2), missing, none, purposes=("warrant",))
    assert [row.partition(": ")[0] for row in refused.rows] == ["line 3", "line 4"]
    assert "no category" in finding("categories", policy, entry(2), purposes=("hotspot",)).words
    assert finding("categories", policy, entry(2)).outcome is Outcome.NOT_APPLICABLE


def test_the_blue_list_needs_no_basis_but_the_rest() -> None:
    """Nobody is looking for those who measure: category, basis, priority and expiry are not asked of them."""
    policy = ListPolicy(
        require=("legal_basis", "priority", "image_source"),
        legal_bases=("court warrant",),
        categories={"warrant": ("warrant",)},
        max_picture_age=30 * DAY,
    )
    blue = entry(2, category=BLUE_LIST, legal_basis=None, priority=None, expires=None)
    assert not any(
        each.refused for each in check(policy, [blue], Occasion(today=TODAY, purposes=("warrant",)))
    )
    unsourced = entry(3, category=BLUE_LIST, legal_basis=None, image_source=None, image_taken=None)
    refused = [each.rule for each in check(policy, [unsourced], Occasion(today=TODAY)) if each.refused]
    assert refused == ["picture-age", "required-facts"]


def test_a_missing_basis_is_a_warning_where_none_is_required() -> None:
    """A list without a lawful basis is never silent."""
    assert finding("legal-basis", ListPolicy(), entry(2, legal_basis=None)).outcome is Outcome.WARNED


def test_a_refusal_names_every_rule_and_row_and_travels() -> None:
    """All broken rules at once, long lists of rows shortened, the way an error crosses processes."""
    policy = ListPolicy(max_subjects=3, legal_bases=("court warrant",))
    rows = [entry(at, f"s{at}", legal_basis="other") for at in range(2, 32)]
    with pytest.raises(Refused) as caught:
        require_allowed("list.csv", check(policy, rows, Occasion(today=TODAY)))
    text = str(caught.value)
    assert "watchlist list.csv: 2 rules of this site" in text
    assert "max-subjects: 30 subjects, at most 3 allowed" in text
    assert "line 2: subject s2: legal_basis 'other'" in text
    assert "and 10 more" in text
    assert str(pickle.loads(pickle.dumps(caught.value))) == text


@pytest.mark.parametrize("text", ["", "Bob", "Chief, Bob", "Chief,, LFR/1", "Chief, Bob, "])
def test_an_authority_has_rank_name_and_reference(text: str) -> None:
    """A nod is no authority."""
    with pytest.raises(ValueError, match="write rank, name and reference"):
        named_authority(text)
    assert named_authority(" Chief ,Bob,  LFR/1") == "Chief, Bob, LFR/1"


def test_a_built_list_is_asked_the_same() -> None:
    """The rules see the facts of a sealed version as they see those of rows."""
    version = version_of(
        subject("ann", expires=TODAY - DAY), subject("bob", date_of_birth=dt.date(2015, 1, 1))
    )
    found = check(ListPolicy(), entries_of_version(version), Occasion(today=TODAY))
    refused = {each.rule: each.rows for each in found if each.refused}
    assert list(refused) == ["expiry", "under-18"]
    assert refused["under-18"] == ("picture 2: subject bob: is under 18",)
