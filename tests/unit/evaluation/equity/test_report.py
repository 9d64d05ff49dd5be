"""What a committee reads: power before findings, no name, no zero for missing data, the same bytes twice."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from lfr_actors.evaluation.equity.composed import Makeup, composed_trial
from lfr_actors.evaluation.equity.document import COLUMNS, equity_document, equity_rows
from lfr_actors.evaluation.equity.drawings import forest_plot
from lfr_actors.evaluation.equity.groups import Rate
from lfr_actors.evaluation.equity.report import equity_page, equity_pictures
from lfr_actors.evaluation.equity.study import EquityStudy, equity
from lfr_actors.evaluation.equity.words import conclusion, findings, mistaken_sentences, power_statement
from lfr_actors.evaluation.plotting import Picture
from lfr_actors.evaluation.study_page import study_page
from tests.unit.evaluation.equity.trials import THRESHOLD, group_of, labelled, searches_of


@pytest.fixture(scope="module")
def study() -> EquityStudy:
    """A made-up trial in which C has far worse pictures, E is too small, and some did not say."""
    groups = {
        "A": Makeup(listed=60, strangers=80, silent=10),
        "C": Makeup(listed=60, strangers=80, noise=1.0),
        "E": Makeup(listed=5, strangers=5),
    }
    searches, labels = composed_trial(groups, seed=4)
    return equity(searches, labels, 0.4, labels_from="<b>made up</b>", random=np.random.default_rng(1))


@pytest.fixture(scope="module")
def pictures(study: EquityStudy) -> tuple[Picture, ...]:
    """Its plots, drawn once."""
    return equity_pictures(study)


@pytest.fixture(scope="module")
def html(study: EquityStudy, pictures: tuple[Picture, ...]) -> str:
    """Its page."""
    return study_page(equity_page(study, pictures))


def test_power_stands_before_every_finding(html: str) -> None:
    """Whoever reads the page from the top knows what it cannot show before what it shows."""
    first = html.index("What this trial could have shown")
    assert first < html.index("Smaller disadvantages this data cannot show.") < html.index("What it shows")
    assert html.index("What it shows") < html.index("a difference is shown")
    assert "not evidence that there is none" in html
    assert "&lt;b&gt;made up" in html
    assert "insufficient data" in html


def test_small_groups_are_said_not_to_be_hidden(html: str) -> None:
    """A group without a rate follows from everybody and the other groups: who publishes it is told so."""
    assert "Not hidden: groups of fewer than 20 people have no rate here (E (" in html


def test_nobody_is_named(study: EquityStudy, html: str) -> None:
    """Neither page nor document holds anybody's name, and the document has no value that JSON has not."""
    text = json.dumps(equity_document(study), allow_nan=False)
    assert "volunteer-" not in html + text


def test_a_difference_that_is_shown(study: EquityStudy) -> None:
    """It is said which way, with both rates, the interval and for how many comparisons it is corrected."""
    said = [each.text for each in findings(study, Rate.TPIR)]
    pattern = (
        r"group: C: a difference is shown\. The group is recognised less often than all others: "
        r"[\d.]+ % against [\d.]+ %, \u2212[\d.]+ points \(between \u2212[\d.]+ and \u2212[\d.]+; "
        rf"p < 0\.001 after correction for {study.family} comparisons\)\."
    )
    assert re.fullmatch(pattern, said[0])
    assert "group: insufficient data for E (5) and not stated (10)" in said[-1]
    assert conclusion(study).text.startswith("2 of ")


def test_no_difference_is_never_called_none() -> None:
    """Equal groups: nothing is shown, and every sentence about it says that this proves nothing."""
    marks = {person: "+-" for letter in "ab" for person in group_of(letter, 30)}
    labels = labelled(a=" ".join(group_of("a", 30)), b=" ".join(group_of("b", 30)))
    random = np.random.default_rng(1)
    found = equity(searches_of(marks, {}), labels, THRESHOLD, labels_from="on paper", random=random)
    (said,) = [each.text for each in findings(found, Rate.TPIR)]
    assert said.startswith("No difference is shown. That is not evidence that there is none")
    assert conclusion(found).text.startswith("The one comparison shows no difference between groups.")
    assert "not evidence that there is none" in conclusion(found).text
    without = power_statement(found, Rate.FPIR)
    assert without.kind == "insufficient"
    assert "Nobody was searched who is not on the list." in without.text


def test_nothing_to_compare_is_said() -> None:
    """With too few people in every group there is no finding, and no rate of zero."""
    labels = labelled(a="a00 a01", b="b00")
    searches = searches_of({"a00": "+", "a01": "-", "b00": "+"}, {})
    found = equity(searches, labels, THRESHOLD, labels_from="on paper", random=np.random.default_rng(1))
    assert conclusion(found).kind == "insufficient"
    assert "needs 20 people on either side" in power_statement(found, Rate.TPIR).text
    assert [row["value"] for row in equity_rows(found)] == [None] * 4
    assert "insufficient data" in forest_plot(found, Rate.TPIR).alt


def test_rows_have_every_column(study: EquityStudy) -> None:
    """One row for each attribute, rate and group, with one set of columns; None where nothing is known."""
    rows = equity_rows(study)
    assert all(set(row) == set(COLUMNS) for row in rows)
    assert len(rows) == 2 * (4 + 2)
    small = [row for row in rows if row["group"] == "E"]
    assert [(row["value"], row["hits"], row["is_shown"]) for row in small] == [(None, None, None)] * 2
    shown = next(row for row in rows if (row["rate"], row["group"]) == ("tpir", "C"))
    assert shown["difference"] == pytest.approx(shown["value"] - shown["against_value"])
    assert shown["could_show_below"] < study.everybody[Rate.TPIR].by_person.rate  # type: ignore[union-attr]


def test_plots_say_what_they_show_and_are_the_same_twice(
    study: EquityStudy, pictures: tuple[Picture, ...]
) -> None:
    """The alternative text has every group with its result; the same study gives the same bytes."""
    picture = pictures[0]
    assert "C (60 people)" in picture.alt
    assert "(shown)" in picture.alt
    assert "not shown to differ" in picture.alt
    assert picture.svg == forest_plot(study, Rate.TPIR).svg


def test_whom_they_were_taken_for_is_told_with_the_list() -> None:
    """How many of a group are on the list stands beside whom its people were taken for."""
    strangers = {person: "+" if place < 3 else "-" for place, person in enumerate(group_of("b", 25))}
    searches = searches_of(dict.fromkeys(group_of("a", 25), "+"), strangers)
    labels = labelled(a=" ".join(group_of("a", 25)), b=" ".join(group_of("b", 25)))
    found = equity(searches, labels, THRESHOLD, labels_from="on paper", random=np.random.default_rng(1))
    (said,) = mistaken_sentences(found.attributes[0])
    assert said == (
        "team: b: false positives 3, 0 of them to somebody of the same group and 3 to somebody of another; "
        "0 of 25 people on the list whose group is known are of it."
    )
