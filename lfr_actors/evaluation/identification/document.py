"""A study as JSON: figures that may be published, without a name, a file or a picture in them.

study_document(study)   `study.json`; its form is `schema()`, and changes only with `VERSION`
said_of_people(study)   which pictures were left out or are in doubt, by name: for those who look after the folder
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np

from lfr_actors.evaluation.identification.figures import (
    CountFigures,
    DetFigures,
    DoubtFigures,
    Limits,
    PackFigures,
    PointFigures,
    RankFigures,
    RateFigures,
    RepeatFigures,
    ScoreFigures,
    SettingFigures,
    SizeFigures,
    StudyDocument,
    WithoutDoubted,
)
from lfr_actors.evaluation.identification.points import MeasuredRate, RatePoint
from lfr_actors.evaluation.identification.protocol import USE_WORDS, Use
from lfr_actors.evaluation.identification.repeats import Repeats
from lfr_actors.evaluation.identification.study import Figures, IdentificationStudy
from lfr_actors.evaluation.identification.suspects import DOUBT_WORDS, Doubt
from lfr_actors.evaluation.intervals import Proportion
from lfr_actors.evaluation.operating_point import det_curve
from lfr_actors.evaluation.searches import Searches

VERSION: Final = 1
_BINS: Final = 100
_CURVE: Final = 200


def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of `study_document`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **StudyDocument.model_json_schema()}


def study_document(study: IdentificationStudy) -> dict[str, Any]:
    """A study as JSON values in the form of `StudyDocument`; names nobody."""
    by_doubt = Counter(suspect.doubt for suspect in study.suspicion.suspects)
    undoubted = study.undoubted
    document = StudyDocument(
        kind="identification-study",
        version=VERSION,
        folder=study.folder,
        pack=PackFigures(
            name=_without_folders(study.pack.name),
            detector=study.pack.detector,
            embedder=study.pack.embedder,
            licence=study.pack.licence,
            provider=study.provider,
            sha256=study.pack.sha256,
        ),
        settings=SettingFigures(
            enrol=study.settings.enrol,
            seed=study.settings.seed,
            draws=study.settings.draws,
            confidence=study.settings.confidence,
        ),
        counts=_counts(study.main),
        rates=[point_figures(point) for point in study.points],
        ranks=[_rank(rank, rate) for rank, rate in study.main.ranks],
        doubts=DoubtFigures(
            counts={doubt: by_doubt[doubt] for doubt in Doubt}, unjudged=study.suspicion.unjudged
        ),
        without_doubted=None
        if undoubted is None
        else WithoutDoubted(
            counts=_counts(undoubted), rates=[point_figures(point) for point in undoubted.points]
        ),
        repeats=[_repeats(repeats) for repeats in study.repeats],
        list_sizes=[
            SizeFigures(threshold=size.threshold, subjects=size.subjects, tpir=size.tpir, fpir=size.fpir)
            for size in study.list_sizes
        ],
        scores=_scores(study.searches),
        det=_det(study.searches),
    )
    return document.model_dump(mode="json")


def said_of_people(study: IdentificationStudy) -> dict[str, Any]:
    """Which pictures were left out, and which are in doubt and why; names people: not for publication."""
    unused = [fate for fate in study.fates if not (fate.use is Use.LIST or fate.use.is_search)]
    return {
        "not_for_publication": "names people",
        "doubts": [
            {
                "doubt": suspect.doubt,
                "words": DOUBT_WORDS[suspect.doubt],
                "pictures": list(suspect.pictures),
                "person": suspect.person,
                "other_person": suspect.other,
                "score_with_other": suspect.score,
                "score_with_own": suspect.own,
            }
            for suspect in study.suspicion.suspects
        ],
        "not_used": [
            {
                "picture": fate.picture.name,
                "person": fate.picture.person,
                "use": fate.use,
                "words": USE_WORDS[fate.use],
                "reason": fate.reason,
            }
            for fate in unused
        ],
        "searches_without_face": [
            fate.picture.name for fate in study.fates if fate.use.is_search and fate.found == "no-face"
        ],
        "empty_folders": list(study.empty),
        "notes": list(study.notes),
    }


def point_figures(point: RatePoint) -> PointFigures:
    """Rates at one threshold, as the document has them."""
    drawn, chosen = point.threshold_by_person, point.chosen
    return PointFigures(
        target_fpir=point.target,
        threshold=point.threshold,
        threshold_interval=None if drawn is None else Limits(low=drawn.low, high=drawn.high),
        threshold_order_limits=None if chosen is None else (chosen.threshold_low, chosen.threshold_high),
        fpir_of_new_searches=None
        if chosen is None
        else Limits(low=chosen.fpir_in_use[0], high=chosen.fpir_in_use[2]),
        subjects=point.subjects,
        tpir=_rate(point.tpir),
        fpir=_rate(point.fpir),
        fnir=point.fnir,
        why_no_tpir=point.why_no_tpir,
        why_no_fpir=point.why_no_fpir,
    )


def _without_folders(pack: str) -> str:
    """A pack's name without the folders in which it lies: those are of this machine."""
    return ":".join(part.rstrip("/").rsplit("/", 1)[-1] for part in pack.split(":"))


def _rate(measured: MeasuredRate | None) -> RateFigures | None:
    if measured is None:
        return None
    drawn = measured.bootstrap
    return RateFigures(
        rate=measured.rate,
        hits=measured.exact.hits,
        trials=measured.exact.trials,
        people=measured.by_person.people,
        confidence=measured.exact.confidence,
        exact=Limits(low=measured.exact.low, high=measured.exact.high),
        by_person=Limits(low=measured.by_person.low, high=measured.by_person.high),
        bootstrap=None if drawn is None else Limits(low=drawn.low, high=drawn.high),
        design_effect=measured.by_person.design_effect,
    )


def _rank(rank: int, rate: Proportion | None) -> RankFigures:
    if rate is None:
        return RankFigures(rank=rank, rate=None, hits=0, trials=0, exact=None)
    limits = Limits(low=rate.low, high=rate.high)
    return RankFigures(rank=rank, rate=rate.rate, hits=rate.hits, trials=rate.trials, exact=limits)


def _counts(figures: Figures) -> CountFigures:
    counts = figures.counts
    return CountFigures(
        pictures=counts.pictures,
        people=counts.people,
        pictures_by_use={str(use): count for use, count in counts.uses.items()},
        listed_people=counts.listed_people,
        mated_searches=counts.uses[Use.MATED],
        mated_people=counts.mated_people,
        non_mated_searches=counts.uses[Use.NON_MATED],
        non_mated_people=counts.non_mated_people,
        unsearched_people=counts.unsearched_people,
        people_without_face=counts.people_without_face,
        empty_folders=counts.empty_folders,
        not_acquired_mated=counts.not_acquired_mated,
        not_acquired_non_mated=counts.not_acquired_non_mated,
        nearest_middle=counts.nearest_middle,
        refused_by_enrolment=counts.refused,
    )


def _repeats(repeats: Repeats) -> RepeatFigures:
    false, true = repeats.spread("fpir_other"), repeats.spread("tpir_other")
    return RepeatFigures(
        target_fpir=repeats.target,
        splits=len(repeats.each),
        subjects=repeats.subjects,
        reason=repeats.reason,
        fpir_chosen=repeats.mean("fpir_chosen"),
        fpir_other=repeats.mean("fpir_other"),
        fpir_other_middle_90=None if false is None else Limits(low=false[0], high=false[1]),
        tpir_chosen=repeats.mean("tpir_chosen"),
        tpir_other=repeats.mean("tpir_other"),
        tpir_other_middle_90=None if true is None else Limits(low=true[0], high=true[1]),
        thresholds=[one.threshold for one in repeats.each],
    )


def _scores(searches: Searches) -> ScoreFigures | None:
    """Counts in bins over the range of all scores; None without any."""
    mated = searches.mate_score[searches.mated & searches.acquired]
    others = searches.top_score[~searches.mated]
    others = others[~np.isnan(others)]
    every = np.concatenate([mated, others])
    if not len(every):
        return None
    low, high = np.floor(every.min() * 100) / 100, np.ceil(every.max() * 100) / 100
    edges = np.linspace(low, max(high, low + 0.01), _BINS + 1)
    return ScoreFigures(
        edges=[round(float(edge), 6) for edge in edges],
        mated=np.histogram(mated, edges)[0].tolist(),
        non_mated=np.histogram(others, edges)[0].tolist(),
    )


def _det(searches: Searches) -> DetFigures | None:
    curve = det_curve(searches)
    if curve is None:
        return None
    # the lowest threshold of each FPIR that occurs, thinned evenly in the logarithm where there are too many
    lasts = np.flatnonzero(np.append(np.diff(curve.fpir) != 0, True))
    firsts = np.append(0, lasts[:-1] + 1)
    if len(firsts) > _CURVE:
        steps = np.unique(np.round(np.geomspace(1, len(firsts), _CURVE)).astype(int))
        firsts = firsts[len(firsts) - steps]
        firsts.sort()
    return DetFigures(
        threshold=curve.threshold[firsts].tolist(),
        fpir=curve.fpir[firsts].tolist(),
        fnir=curve.fnir[firsts].tolist(),
    )
