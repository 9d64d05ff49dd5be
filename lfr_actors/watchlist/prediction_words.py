"""A predicted false positive identification rate in words, for a terminal and for the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from lfr_actors.evaluation.intervals import INSUFFICIENT

_MOST: Final = 8
_OFTEN: Final = 0.1
"""Rates above it are said in per cent."""


def one_in(rate: float) -> str:
    """A rate as people say it: `1 in 340`; above a tenth `40 %`; `none` for zero."""
    if rate <= 0.0:
        return "none"
    return per_cent(rate) if rate > _OFTEN else f"1 in {_figures(1.0 / rate)}"


def per_cent(rate: float) -> str:
    """A rate in per cent, with a decimal below ten."""
    return f"{100 * rate:.{0 if rate >= 0.1 else 1}f} %"


def _figures(value: float) -> str:
    """Two figures are all that such a rate has."""
    step = 10 ** max(0, math.floor(math.log10(value)) - 1)
    return f"{round(value / step) * step:,.0f}"


def rate_sentence(prediction: Mapping[str, Any]) -> str:
    """The rate with its interval, and for which list; `insufficient data` without searches."""
    subjects = f"{prediction['subjects']:,} subjects"
    fpir = prediction["fpir"]
    if fpir is None:
        return f"predicted FPIR for {subjects}: {INSUFFICIENT}, nobody of the reference could be searched"
    said = per_cent if fpir["high"] > _OFTEN else one_in
    rate, limits = "none seen", f"at most {said(fpir['high'])}"
    if fpir["hits"]:
        rate = f"{said(fpir['rate'])} of searches" if said is per_cent else f"{said(fpir['rate'])} searches"
        limits = f"between {said(fpir['low'])} and {said(fpir['high'])}"
    return (
        f"predicted FPIR for {subjects}: {rate}, {limits} ({fpir['confidence']:.0%} interval; "
        f"{fpir['hits']} of {fpir['trials']:,} people who are not on the list)"
    )


def expected_sentence(prediction: Mapping[str, Any]) -> str | None:
    """False matches to expect of so many faces, None where there is insufficient data."""
    expected = prediction["expected_false_matches"]
    if expected is None:
        return None
    rate, low, high = (f"{expected[name]:,.0f}" for name in ("rate", "low", "high"))
    count = f"about {rate} would reach a threshold ({low} to {high})"
    if not expected["rate"]:
        count = f"at most {high} would reach a threshold"
    return (
        f"of {prediction['faces']:,} such faces, each searched once, {count}; fewer raise an alert, because "
        "several searches have to agree"
    )


def left_out_sentence(prediction: Mapping[str, Any]) -> str | None:
    """Who of the reference was not searched as a stranger, None where everybody was."""
    left_out, unusable = prediction["left_out"], prediction["unusable"]
    parts = []
    if left_out:
        who = ", ".join(f"{one['person']} {one['reason']}" for one in left_out[:_MOST])
        rest = f", and {len(left_out) - _MOST} more" if len(left_out) > _MOST else ""
        parts.append(f"{len(left_out)} left out of the reference: {who}{rest}")
    with_them = prediction["fpir_with_left_out"]
    if with_them is not None:
        parts.append(
            f"if those who score like a subject are strangers after all, the rate is {one_in(with_them['rate'])}"
        )
    if unusable:
        parts.append(f"{unusable} without a usable picture")
    return "; ".join(parts) or None


def prediction_words(prediction: Mapping[str, Any] | None) -> Iterator[str]:
    """The prediction of a report's document, sentence by sentence."""
    if prediction is None:
        yield f"predicted FPIR: {INSUFFICIENT}; give --reference a folder of people who are not on the list"
        return
    yield rate_sentence(prediction)
    for sentence in (
        expected_sentence(prediction),
        causes_sentence(prediction),
        left_out_sentence(prediction),
    ):
        if sentence is not None:
            yield sentence


def causes_sentence(prediction: Mapping[str, Any]) -> str | None:
    """For which subjects strangers were taken, None without a false match."""
    causes = prediction["causes"]
    if not causes:
        return None
    who = ", ".join(f"{one['subject_id']} ({one['matches']})" for one in causes[:_MOST])
    rest = f" and {len(causes) - _MOST} more" if len(causes) > _MOST else ""
    return f"false matches by subject: {who}{rest}"
