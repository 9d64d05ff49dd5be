"""The bands of a deployment file: what they mean, and what is refused."""

from __future__ import annotations

import pytest

from lfr_actors.errors import InvalidFile
from lfr_actors.events.measuring import Band

from .conftest import RIGHT, Load

FULL = """\
measurement:
  tpir: {at_least: 0.8}
  false_alert_rate: {over: decided, at_most: 0.02}
  never_searched: {at_most: 0.6}
  drift: {score: 0.15, quality: 0.2}
"""


def test_each_key_is_a_band(load: Load) -> None:
    """What is declared becomes bands in the order of the file; nothing is watched that is not."""
    assert load(RIGHT).measurement.bands() == ()
    assert load(RIGHT + FULL).measurement.bands() == (
        Band(what="tpir", at_least=0.8),
        Band(what="false-alert-rate-over-decided", at_most=0.02),
        Band(what="never-searched", at_most=0.6),
        Band(what="score-drift", at_most=0.15),
        Band(what="quality-drift", at_most=0.2),
    )
    faces = load(
        RIGHT + "measurement: {false_alert_rate: {over: faces, at_most: 0.001}, drift: {quality: .1}}\n"
    )
    assert [band.what for band in faces.measurement.bands()] == [
        "false-alert-rate-over-faces",
        "quality-drift",
    ]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            "{tpir: {at_least: 80}}",
            r"measurement\.tpir\.at_least: .*above 0 and below 1, such as 0\.8 for 80 %",
        ),
        ("{tpir: {at_most: 0.8}}", "at_least"),
        ("{never_searched: {at_most: 0}}", "not a share that can be left"),
        ("{false_alert_rate: {at_most: 0.1}}", r"false_alert_rate\.over: is missing"),
        ("{false_alert_rate: {over: people, at_most: 0.1}}", "write faces or decided"),
        ("{fpir: {at_most: 0.1}}", "is not a known key"),
    ],
)
def test_a_band_that_cannot_be_is_refused(load: Load, said: str, words: str) -> None:
    """Per cent for a share, the wrong limit, a denominator that is not one: each with its key."""
    with pytest.raises(InvalidFile, match=words):
        load(RIGHT + f"measurement: {said}\n")
