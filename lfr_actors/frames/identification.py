"""Searches and what they show, as data frames: rates, operating points, the DET curve, list sizes, halves.

Every rate has its counts and the ends of its exact interval beside it, and the ends of the interval by person
(`_low_by_person`), which does not take several searches of one person for independent. What there is no data for
is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lfr_actors.data_frame import data_frame
from lfr_actors.evaluation.bootstrap import ClusterProportion, fpir_by_person, tpir_by_person
from lfr_actors.evaluation.identification.repeats import Repeat, Repeats
from lfr_actors.evaluation.list_size import ListSizeRates, at_list_size, sub_list_rates
from lfr_actors.evaluation.operating_point import det_curve, threshold_for_fpir, why_no_threshold
from lfr_actors.evaluation.rates import fnir, fpir, rank_k, tpir
from lfr_actors.evaluation.searches import Searches
from lfr_actors.frames.table import cells, columns_of, rate_cells, rate_columns

if TYPE_CHECKING:
    from pandas import DataFrame

    from lfr_actors.evaluation.identification.study import IdentificationStudy, Settings

_RATES = ("tpir", "fnir", "fpir")
_BY_PERSON = ("low_by_person", "high_by_person")


def identify(
    folder: Path | str, pack: str, home: Path | str | None = None, *, settings: Settings | None = None
) -> IdentificationStudy:
    """Measure a pack on a folder of people, `PERSON/*.jpg`, as `lfr evaluate identify` does; keeps no template.

    `home` is the data folder, by default that of `LFR_HOME` or the account's; the packs are there. Raises
    `InvalidFile` for a folder that cannot be used, `PackError` for a pack.
    """
    from lfr_actors.evaluation.identification.study import identify as measured
    from lfr_actors.home import lfr_home
    from lfr_actors.machine import usable_cores
    from lfr_actors.vision.packs import load_pack

    loaded = load_pack(pack, home=lfr_home(Path(home) if home else None), device="auto", threads=1)
    return measured(Path(folder), loaded, settings, workers=max(1, int(usable_cores())))


def searches(found: Searches) -> DataFrame:
    """One row a search: `person`, `mated`, `acquired`, `mate_rank`, `mate_score`, `top_score`, `top_subject`.

    `mate_rank` is missing where there is no mate or no face, scores likewise; see `Searches`.
    """
    from pandas import DataFrame

    return DataFrame(
        {
            "person": found.person,
            "mated": found.mated,
            "acquired": found.acquired,
            "mate_rank": np.where(found.mate_rank > 0, found.mate_rank.astype(float), np.nan),
            "mate_score": found.mate_score,
            "top_score": found.top_score,
            "top_subject": found.top_subject,
        }
    )


def rates(found: Searches, thresholds: Iterable[float]) -> DataFrame:
    """One row a threshold: `threshold`, `subjects` on the list, the columns of `tpir` (rank 1), `fnir`, `fpir`."""
    columns = ("threshold", "subjects", *_rate_columns())
    return data_frame((_rates_at(found, threshold) for threshold in thresholds), columns)


def operating_points(
    found: Searches, targets: Iterable[float], *, seed: int = 1, draws: int = 2_000
) -> DataFrame:
    """One row a target FPIR: the lowest threshold that keeps it, how sure that is, and the rates there.

    `target`, `threshold`; `threshold_low`, `threshold_high` by exact order statistics,
    `threshold_low_by_person`, `threshold_high_by_person` by a bootstrap over people; `fpir_in_use_low`,
    `fpir_in_use`, `fpir_in_use_high`: the FPIR of new searches at this threshold; `subjects` and the columns of
    the rates. Where a target cannot be shown only `why` is filled in.
    """
    limits = ("threshold_low", "threshold_high", "threshold_low_by_person", "threshold_high_by_person")
    in_use = ("fpir_in_use_low", "fpir_in_use", "fpir_in_use_high")
    columns = ("target", "threshold", *limits, *in_use, "subjects", *_rate_columns(), "why")
    rows = []
    for target in targets:
        random = np.random.default_rng([seed, round(target * 1e9)])
        point = threshold_for_fpir(found, target, random=random, draws=draws)
        row: dict[str, Any] = {"target": target, "why": why_no_threshold(found, target)}
        if point is not None:
            row |= {"threshold_low": point.threshold_low, "threshold_high": point.threshold_high}
            if point.threshold_by_person is not None:
                row["threshold_low_by_person"] = point.threshold_by_person.low
                row["threshold_high_by_person"] = point.threshold_by_person.high
            row |= dict(zip(in_use, point.fpir_in_use, strict=True)) | _rates_at(found, point.threshold)
        rows.append(row)
    return data_frame(rows, columns)


def ranks(found: Searches, upto: int = 20) -> DataFrame:
    """One row a rank: `rank` and the columns of `rate`, the share of mated searches with the mate that high.

    No threshold is asked for: this is closed-set identification.
    """
    rows = (
        {"rank": k} | rate_cells("rate", rank_k(found, k)) for k in range(1, min(upto, found.subjects) + 1)
    )
    return data_frame(rows, ("rank", *rate_columns("rate")))


def det(found: Searches) -> DataFrame:
    """The DET curve, a row for each threshold at which a rate changes: `threshold`, `fpir`, `fnir`."""
    from pandas import DataFrame

    curve = det_curve(found)
    if curve is None:
        return data_frame((), ("threshold", "fpir", "fnir"))
    return DataFrame({"threshold": curve.threshold, "fpir": curve.fpir, "fnir": curve.fnir})


def list_sizes(found: Searches, threshold: float, sizes: Sequence[int]) -> DataFrame:
    """One row a size of the list: `subjects`, `fpir`, `fpir_low`, `fpir_high`, `tpir`, `how`.

    `how` is `measured` for the list itself, `mean over sub-lists` for shorter ones (without limits: those of the
    whole list are theirs), and `assumed` for longer ones: every further subject one more independent chance. TPIR
    on a longer list is missing.
    """
    whole = found.subjects
    measured, true = fpir(found, threshold), tpir(found, threshold)
    shorter = [size for size in sizes if size < whole]
    by_size = {each.subjects: each for each in sub_list_rates(found, threshold, shorter)}
    rows: list[dict[str, Any]] = []
    for size in sizes:
        row: dict[str, Any] = {"subjects": size}
        if size in by_size:
            row |= {"fpir": by_size[size].fpir, "tpir": by_size[size].tpir, "how": "mean over sub-lists"}
        elif measured is not None:
            ends = (measured.rate, measured.low, measured.high)
            row |= dict(
                zip(
                    ("fpir", "fpir_low", "fpir_high"),
                    (at_list_size(e, whole, size) for e in ends),
                    strict=True,
                )
            )
            row["how"] = "measured" if size == whole else "assumed"
            if size == whole and true is not None:
                row["tpir"] = true.rate
        rows.append(row)
    return data_frame(rows, ("subjects", "fpir", "fpir_low", "fpir_high", "tpir", "how"))


def halves(repeats: Iterable[Repeats]) -> DataFrame:
    """One row a split of the people: `target`, and the fields of `Repeat`: rates on the half that chose the
    threshold, and on the other.
    """
    rows = (
        {"target": each.target} | {c: getattr(one, c) for c in columns_of(Repeat)}
        for each in repeats
        for one in each.each
    )
    return data_frame(rows, ("target", *columns_of(Repeat)))


def study(found: IdentificationStudy) -> dict[str, DataFrame]:
    """A whole study, by name: `points` (as `operating_points`, at the targets that were asked for), `given` (as
    `rates`, at the thresholds that were), `ranks`, `det`, `halves`, and `list_sizes`: the fields of
    `ListSizeRates`, measured on parts of the list.
    """
    settings = found.settings
    sizes = columns_of(ListSizeRates)
    return {
        "points": operating_points(found.searches, settings.fpirs, seed=settings.seed, draws=settings.draws),
        "given": rates(found.searches, settings.thresholds),
        "ranks": ranks(found.searches),
        "det": det(found.searches),
        "halves": halves(found.repeats),
        "list_sizes": data_frame((cells(each) for each in found.list_sizes), sizes),
    }


def _rate_columns() -> tuple[str, ...]:
    wide = {
        name: (*rate_columns(name), *(f"{name}_{end}" for end in _BY_PERSON)) for name in ("tpir", "fpir")
    }
    return (*wide["tpir"], *rate_columns("fnir"), *wide["fpir"])


def _rates_at(found: Searches, threshold: float) -> dict[str, Any]:
    row: dict[str, Any] = {"threshold": threshold, "subjects": found.subjects}
    at_it = (tpir(found, threshold), fnir(found, threshold), fpir(found, threshold))
    for name, rate in zip(_RATES, at_it, strict=True):
        row |= rate_cells(name, rate)
    row |= _by_person("tpir", tpir_by_person(found, threshold))
    return row | _by_person("fpir", fpir_by_person(found, threshold))


def _by_person(name: str, found: ClusterProportion | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {f"{name}_low_by_person": found.low, f"{name}_high_by_person": found.high}
