"""An equity study as data frames; see `evaluation.equity`. Groups are those that people named for themselves.

Read `equity_comparisons` with `detectable` beside every row that is not shown: "not shown" is never "none".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lfr_actors.data_frame import data_frame
from lfr_actors.evaluation.equity.groups import GroupRate
from lfr_actors.evaluation.equity.mistaken import Mistaken
from lfr_actors.evaluation.equity.study import EquityStudy, GroupComparison
from lfr_actors.frames.table import cells, columns_of, rate_cells, rate_columns

if TYPE_CHECKING:
    from pandas import DataFrame

_BY_PERSON = ("rate_low_by_person", "rate_high_by_person")
_COMPARED = (
    "difference",
    "difference_low",
    "difference_high",
    "ratio",
    "ratio_low",
    "ratio_high",
    "p_value",
)


def equity_rates(study: EquityStudy) -> DataFrame:
    """One row a group and rate: `attribute`, `name` (tpir, fpir), `group`, `people`, `searches`, the columns of
    `rate`, and its interval by person, which is the one to read. First everybody, with `attribute` missing.

    A group of too few people has no rate.
    """
    rows = [_rate_row(None, each) for each in study.everybody.values()]
    rows += [
        _rate_row(attribute.attribute, each)
        for attribute in study.attributes
        for group_rates in attribute.rates.values()
        for each in group_rates
    ]
    columns = ("attribute", "name", "group", "people", "searches", *rate_columns("rate"), *_BY_PERSON)
    return data_frame(rows, columns)


def equity_comparisons(study: EquityStudy) -> DataFrame:
    """One row a comparison: `attribute`, `name`, `group`, `against`; difference and ratio with simultaneous
    intervals, `p_value` of it alone and `p_adjusted` (Holm) for the whole family of `family` comparisons; `shown`.

    `detectable`: by how much this group's rate had to be worse to be shown, `detectable_multiple` the same as a
    multiple of everybody's rate; missing where nothing could have been shown.
    """
    rows = [
        _comparison_row(each, study) for attribute in study.attributes for each in _all(attribute.comparisons)
    ]
    named = ("attribute", "name", "group", "against")
    told = ("p_adjusted", "family", "shown", "detectable", "detectable_multiple")
    return data_frame(rows, (*named, *_COMPARED, *told))


def equity_mistaken(study: EquityStudy) -> DataFrame:
    """False positives by group, and whom they were taken for: `attribute` and the fields of `Mistaken`."""
    rows = [
        {"attribute": attribute.attribute} | cells(each)
        for attribute in study.attributes
        for each in attribute.mistaken
    ]
    return data_frame(rows, ("attribute", *columns_of(Mistaken)))


def _all(comparisons: Any) -> list[GroupComparison]:
    return [each for of_rate in comparisons.values() for each in of_rate]


def _rate_row(attribute: str | None, found: GroupRate) -> dict[str, Any]:
    row: dict[str, Any] = {"attribute": attribute, "name": str(found.rate), "group": found.group}
    row |= {"people": found.people, "searches": found.searches} | rate_cells("rate", found.exact)
    if found.by_person is not None:
        row |= dict(zip(_BY_PERSON, (found.by_person.low, found.by_person.high), strict=True))
    return row


def _comparison_row(each: GroupComparison, study: EquityStudy) -> dict[str, Any]:
    found = each.comparison
    return (
        {"attribute": each.attribute, "name": str(each.rate), "group": each.group, "against": each.against}
        | {name: getattr(found, name) for name in _COMPARED}
        | {"p_adjusted": each.p_adjusted, "family": study.family, "shown": each.is_shown}
        | {"detectable": each.smallest_disadvantage, "detectable_multiple": each.smallest_multiple}
    )
