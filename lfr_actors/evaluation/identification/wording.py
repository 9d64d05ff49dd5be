"""What is said of a study, in sentences and rows of tables.

`doubt_lines` and `unused_lines` name pictures, and are for those who look after the folder; nothing else does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lfr_actors.evaluation.identification.points import MeasuredRate, RatePoint
from lfr_actors.evaluation.identification.protocol import USE_WORDS, Enrol, Use
from lfr_actors.evaluation.identification.study import Counts, IdentificationStudy
from lfr_actors.evaluation.identification.suspects import DOUBT_WORDS
from lfr_actors.evaluation.intervals import per_cent

RATE_COLUMNS = ("target", "threshold", "TPIR", "by people", "exact", "FPIR", "by people", "exact")
"""Of a table of rates: the FPIR asked for, the threshold, and each rate with its two 95 % intervals."""


def span(low: float, high: float) -> str:
    """An interval in per cent, such as `89.9–93.3 %`."""
    return f"{per_cent(low).removesuffix(' %')}–{per_cent(high)}"


def count_lines(counts: Counts, enrol: Enrol) -> tuple[str, ...]:
    """What the folder holds and what it was used for, a line each; of what may be missing only what there is."""
    uses = counts.uses
    which = "the first of everybody who has two or more" if enrol is Enrol.FIRST else "all but the last"
    lines = [
        f"Folder: {counts.pictures:,} pictures of {counts.people:,} people",
        f"On the list: {uses[Use.LIST]:,} pictures of {counts.listed_people:,} people ({which})",
        f"Mated searches: {uses[Use.MATED]:,} pictures of {counts.mated_people:,} people who are on the list",
        f"Non-mated searches: {uses[Use.NON_MATED]:,} people with one picture, who are on no list",
    ]
    some = (
        (
            "Mated searches without a face",
            counts.not_acquired_mated,
            "failures to acquire, each counted as a miss",
        ),
        ("Non-mated searches without a face", counts.not_acquired_non_mated, "they count, and match nobody"),
        (
            "For the list and without a face",
            uses[Use.NO_LIST_FACE],
            "another picture of the person was enrolled",
        ),
        (
            "People who could not be enrolled",
            counts.people_without_face,
            f"no face in what was for the list; their {uses[Use.NOT_LISTED]:,} pictures are in no rate",
        ),
        (
            "On the list and never searched",
            counts.unsearched_people,
            "people of whom no other picture was left",
        ),
        ("Unreadable files", uses[Use.UNREADABLE], "left out"),
        ("Same file again under one person", uses[Use.REPEATED], "left out"),
        (
            "Same file under two people",
            uses[Use.CONTRADICTED],
            "one label is wrong, so all of them are left out",
        ),
        ("Left out by --leave-out", uses[Use.LEFT_OUT], "because somebody looked at them"),
        ("People with an empty folder", counts.empty_folders, "in no figure"),
        ("Several faces and none stands out", counts.nearest_middle, "the one nearest the middle was taken"),
        (
            "Would be refused for a watchlist",
            counts.refused,
            "too small, too blurred or several faces; used here all the same",
        ),
    )
    lines += [f"{what}: {count:,} ({words})" for what, count, words in some if count]
    return tuple(lines)


def rate_rows(points: Sequence[RatePoint]) -> tuple[tuple[str, ...], ...]:
    """A row a point under `RATE_COLUMNS`."""
    return tuple(_rate_row(point) for point in points)


def _rate_row(point: RatePoint) -> tuple[str, ...]:
    asked = "given" if point.target is None else f"{100 * point.target:g} %"
    threshold = "–" if point.threshold is None else f"{point.threshold:.4f}"
    return (asked, threshold, *_rate_cells(point.tpir), *_rate_cells(point.fpir))


def _rate_cells(measured: MeasuredRate | None) -> tuple[str, str, str]:
    if measured is None:
        return "insufficient", "–", "–"
    exact, by_person = measured.exact, measured.by_person
    return (
        f"{per_cent(measured.rate)} ({exact.hits:,}/{exact.trials:,})",
        span(by_person.low, by_person.high),
        span(exact.low, exact.high),
    )


def insufficient_lines(points: Sequence[RatePoint]) -> tuple[str, ...]:
    """Why rates are missing, each reason once."""
    reasons = (why for point in points for why in (point.why_no_fpir, point.why_no_tpir) if why is not None)
    said = dict.fromkeys(reason.removeprefix("no threshold: ") for reason in reasons)
    return tuple(f"{reason[0].upper()}{reason[1:]}." for reason in said)


def doubt_lines(study: IdentificationStudy) -> Iterator[str]:
    """What is in doubt, with names: not for publication."""
    for suspect in study.suspicion.suspects:
        own = "" if suspect.own is None else f", {suspect.own:.3f} at best with its own"
        words = DOUBT_WORDS[suspect.doubt]
        yield f"{' and '.join(suspect.pictures)}: {words} ({suspect.score:.3f} with {suspect.other}{own})"


def unused_lines(study: IdentificationStudy) -> Iterator[str]:
    """Pictures that were not used, with names, and everything that was said of files: not for publication."""
    for fate in study.fates:
        if fate.use is Use.LIST or fate.use.is_search:
            if fate.use.is_search and fate.found == "no-face":
                yield f"{fate.picture.name}: {USE_WORDS[fate.use]}: no face was found"
            continue
        yield f"{fate.picture.name}: {USE_WORDS[fate.use]}" + (f" ({fate.reason})" if fate.reason else "")
    yield from (f"{name}: the folder holds no picture" for name in study.empty)
    yield from study.notes


def doubt_summary(study: IdentificationStudy) -> str | None:
    """How many labels are in doubt, in a sentence; None where none is."""
    if not study.suspicion.suspects:
        return None
    kinds = Counter(suspect.doubt for suspect in study.suspicion.suspects)
    parts = "; ".join(f"{count} × {DOUBT_WORDS[kind].rstrip('?')}" for kind, count in kinds.items())
    return (
        f"The scores contradict {len(study.suspicion.suspects)} labels: {parts}. They are counted as labelled in "
        "the main figures. Without them the figures would be those below; that flatters, because they were picked "
        "out by their scores: let somebody look, and leave out what is wrong."
    )
