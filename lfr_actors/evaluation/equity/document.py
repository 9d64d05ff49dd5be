"""An equity study as JSON, `equity-study` version 1, and as rows for a data frame; neither names anybody.

Null is insufficient data. What could have been shown stands beside each comparison, and so do the intervals that
hold for all comparisons together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from lfr_actors.evaluation.equity.groups import GroupRate, Rate
from lfr_actors.evaluation.equity.study import AttributeStudy, EquityStudy, GroupComparison
from lfr_actors.evaluation.equity.words import conclusion, findings, power_statement

KIND: Final = "equity-study"
VERSION: Final = 1
COLUMNS: Final = {
    "attribute": "what people said of themselves, such as age; of an intersection all its attributes",
    "rate": "tpir or fpir",
    "group": "as stated; not stated for who did not say",
    "people": "who were searched for this rate",
    "searches": "of those people",
    "hits": "searches that count for the rate",
    "value": "hits / searches",
    "low": "95 % interval of value, by people",
    "high": "",
    "exact_low": "95 % interval of value as if searches were independent (Clopper and Pearson)",
    "exact_high": "",
    "against": "whom the group is compared with",
    "against_value": "their rate",
    "difference": "value - against_value",
    "difference_low": "interval that holds for all comparisons of the study together",
    "difference_high": "",
    "ratio": "value / against_value",
    "ratio_low": "interval that holds for all comparisons of the study together",
    "ratio_high": "",
    "p_value": "of this comparison alone",
    "p_adjusted": "for all comparisons of the study (Holm)",
    "is_shown": "whether a difference is shown; false is never that there is none",
    "could_show_below": "a rate at or below this could have been shown, with 80 % power",
    "could_show_above": "a rate at or above this could have been shown, with 80 % power",
    "smallest_disadvantage": "the least disadvantage that could have been shown, as a difference",
}
"""What the rows hold, by column."""


def equity_rows(study: EquityStudy) -> list[dict[str, Any]]:
    """One row for each attribute, rate and group, with the columns of `COLUMNS`; None is insufficient data."""
    return [
        _row(attribute, own, attribute.comparison_of(rate, own.group))
        for attribute in study.attributes
        for rate in Rate
        for own in attribute.rates[rate]
    ]


def _row(attribute: AttributeStudy, own: GroupRate, compared: GroupComparison | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "attribute": attribute.attribute,
        "rate": str(own.rate),
        "group": own.group,
        "people": own.people,
        "searches": own.searches,
    }
    if own.by_person is not None and own.exact is not None:
        row |= {
            "hits": own.by_person.hits,
            "value": own.by_person.rate,
            "low": own.by_person.low,
            "high": own.by_person.high,
            "exact_low": own.exact.low,
            "exact_high": own.exact.high,
        }
    return row if compared is None else row | _compared(compared)


def _compared(compared: GroupComparison) -> dict[str, Any]:
    one, could = compared.comparison, compared.detectable
    return {
        "against": compared.against,
        "against_value": one.second.rate,
        "difference": one.difference,
        "difference_low": one.difference_low,
        "difference_high": one.difference_high,
        "ratio": one.ratio,
        "ratio_low": one.ratio_low,
        "ratio_high": one.ratio_high,
        "p_value": one.p_value,
        "p_adjusted": compared.p_adjusted,
        "is_shown": compared.is_shown,
        "could_show_below": None if could is None else could.lower,
        "could_show_above": None if could is None else could.higher,
        "smallest_disadvantage": compared.smallest_disadvantage,
    }


def equity_document(study: EquityStudy, identification: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The whole study; `identification`: how the searches came about, in the words of its own document."""
    return {
        "kind": KIND,
        "version": VERSION,
        "labels_from": study.labels_from,
        "threshold": study.threshold,
        "listed_people": study.subjects,
        "people": study.people,
        "searches": study.searches,
        "people_without_label": len(study.unlabelled),
        "labels_without_search": len(study.unseen),
        "minimum_people": study.minimum,
        "confidence": study.confidence,
        "comparisons": study.family,
        "could_have_shown": {str(rate): power_statement(study, rate).text for rate in Rate},
        "conclusion": conclusion(study).text,
        "findings": {str(rate): [each.text for each in findings(study, rate)] for rate in Rate},
        "everybody": {str(rate): own.to_json() for rate, own in study.everybody.items()},
        "groups": equity_rows(study),
        "references": {
            each.attribute: each.reference for each in study.attributes if each.reference is not None
        },
        "mistaken_for": [
            {
                "attribute": attribute.attribute,
                "group": each.group,
                "false_positives": each.false_positives,
                "own_group": each.own_group,
                "other_group": each.other_group,
                "unknown_group": each.unknown,
                "listed_of_group": each.listed,
                "listed_labelled": each.listed_labelled,
            }
            for attribute in study.attributes
            for each in attribute.mistaken
        ],
        "identification": None if identification is None else dict(identification),
    }
