"""`lfr evaluate equity`: whether groups of people are recognised, and mistaken, alike, by labels they gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lfr_actors.cli.app import HomeOption, JsonOption, say_aside
from lfr_actors.cli.equity_output import (
    DOCUMENT_FILE,
    PAGE_FILE,
    ROWS_FILE,
    document_of,
    say_who,
    show_equity,
    write_equity,
)
from lfr_actors.cli.evaluate import evaluate_app
from lfr_actors.cli.evaluate_identify import (
    LeaveOutOption,
    NoCacheOption,
    PackOption,
    PeopleArgument,
    SeedOption,
    measuring,
    require_target,
)
from lfr_actors.cli.study_files import json_text, require_folder
from lfr_actors.cli.watchlist_report import told
from lfr_actors.errors import InvalidFile, LfrError
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.evaluation.equity.labels import Labels
    from lfr_actors.evaluation.identification.study import IdentificationStudy


def register(app: typer.Typer) -> None:
    """Add the command to `lfr evaluate`."""
    del app
    evaluate_app.command("equity")(equity_command)


def equity_command(
    folder: PeopleArgument,
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help="CSV person,ATTRIBUTE,…: what people said of themselves; blank: did not say.",
        ),
    ],
    pack: PackOption,
    labels_from: Annotated[
        str,
        typer.Option(
            "--labels-from",
            help="Who gave the labels, and how, in a sentence; it stands at the head of the report.",
            show_default=False,
        ),
    ],
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", min=-1, max=1, help="The threshold at which to compare.", show_default=False
        ),
    ] = None,
    fpir: Annotated[
        float | None,
        typer.Option(
            "--fpir", help="Or the FPIR of everybody together, for which one is chosen.", show_default=False
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="ATTRIBUTE[,ATTRIBUTE]",
            help="What to compare, several with commas for their intersection; may be repeated.  "
            "[default: each column]",
            show_default=False,
        ),
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            "--reference",
            metavar="ATTRIBUTE=GROUP",
            help="Hold the others against this group; may be repeated.  [default: each against all others]",
            show_default=False,
        ),
    ] = None,
    min_people: Annotated[
        int, typer.Option("--min-people", min=2, help="People without whom a group has no rate of its own.")
    ] = 20,
    seed: SeedOption = 1,
    leave_out: LeaveOutOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help=f"Folder for {PAGE_FILE}, {DOCUMENT_FILE}, {ROWS_FILE} and plots.",
            show_default=False,
        ),
    ] = None,
    no_cache: NoCacheOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare groups of people: who is recognised, who is mistaken, and what this data could have shown.

    Groups come from LABELS and nowhere else. Of everybody with two or more pictures the first goes on the list;
    people with one picture are searched as strangers. What could have been shown is said before what is shown.
    """
    import numpy as np

    from lfr_actors.evaluation.equity.labels import read_labels
    from lfr_actors.evaluation.equity.study import equity

    require_folder(out)
    target = _one_of(threshold, fpir)
    if not labels_from.strip():
        raise typer.BadParameter(
            "says nothing; write who gave the labels, and how", param_hint="--labels-from"
        )
    known = read_labels(labels)
    asked = [[name.strip() for name in each.split(",")] for each in by or ()]
    references = dict(_reference(each) for each in reference or ())
    _check(folder, labels, known, asked, references)
    identified = _identified(folder, pack, threshold, target, seed, leave_out, no_cache=no_cache, home=home)
    (point,) = identified.points
    if point.threshold is None:
        raise LfrError(f"--fpir {target:g}: {point.why_no_fpir}")
    study = equity(
        identified.searches,
        known,
        point.threshold,
        labels_from=labels_from,
        random=np.random.default_rng(seed),
        by=asked,
        references=references,
        minimum=min_people,
        listed=_listed(identified),
    )
    notes = _notes(identified)
    document = {**document_of(study, identified), "notes": notes}
    if out is not None:
        write_equity(study, identified, document, notes, out)
    if as_json:
        typer.echo(json_text(document))
    else:
        show_equity(study, notes)
    say_who(study, known, labels)
    if out is not None:
        say_aside(f"wrote {out / PAGE_FILE}, {DOCUMENT_FILE}, {ROWS_FILE} and plots, which name nobody")


def _one_of(threshold: float | None, fpir: float | None) -> float:
    """The target FPIR, 0 where a threshold is given; exactly one of them is."""
    if (threshold is None) is (fpir is None):
        raise typer.BadParameter(
            "name one: the threshold in use, or the FPIR for which one is to be chosen",
            param_hint="--threshold or --fpir",
        )
    if fpir is None:
        return 0.0
    require_target(fpir)
    return fpir


def _reference(text: str) -> tuple[str, str]:
    """`age=65+`, or of an intersection `sex,age=F,65+`, to the attribute and the group."""
    from lfr_actors.evaluation.equity.labels import CROSSED

    attribute, is_there, group = (part.strip() for part in text.partition("="))
    if not attribute or not is_there or not group:
        raise typer.BadParameter(
            f"{text!r} is not ATTRIBUTE=GROUP, such as age=65+", param_hint="--reference"
        )
    if "," in attribute:
        attribute, group = (
            CROSSED.join(part.strip() for part in each.split(",")) for each in (attribute, group)
        )
    return attribute, group


def _check(
    folder: Path,
    path: Path,
    labels: Labels,
    by: Sequence[Sequence[str]],
    references: Mapping[str, str],
) -> None:
    """Whatever can be wrong with labels and options is told before pictures are looked at."""
    from lfr_actors.evaluation.equity.study import groupings_of
    from lfr_actors.evaluation.identification.people import read_people

    try:
        groupings_of(labels, by, references)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="LABELS, --by or --reference") from error
    people = {picture.person for picture in read_people(folder).pictures}
    if not people & labels.values.keys():
        reason = (
            f"names nobody of {folder}: the column 'person' has to hold its people's names as they are there"
        )
        raise InvalidFile(str(path), (reason,))


def _identified(
    folder: Path,
    pack: str,
    threshold: float | None,
    target: float,
    seed: int,
    leave_out: Path | None,
    *,
    no_cache: bool,
    home: Path | None,
) -> IdentificationStudy:
    from lfr_actors.evaluation.identification.study import Settings, identify

    settings = Settings(
        fpirs=() if threshold is not None else (target,),
        thresholds=() if threshold is None else (threshold,),
        repeats=0,
        seed=seed,
    )
    with (
        measuring(lfr_home(home), pack, no_cache=no_cache) as (loaded, kept, workers),
        told("looking at pictures") as progress,
    ):
        return identify(
            folder, loaded, settings, leave_out=leave_out, kept=kept, progress=progress, workers=workers
        )


def _listed(identified: IdentificationStudy) -> frozenset[str]:
    from lfr_actors.evaluation.identification.protocol import Use

    return frozenset(fate.picture.person for fate in identified.fates if fate.use is Use.LIST)


def _notes(identified: IdentificationStudy) -> list[str]:
    """What to be careful with, in words."""
    (point,) = identified.points
    notes = []
    if point.target is not None:
        notes.append(
            f"The threshold was chosen on these very searches, for an FPIR of {100 * point.target:g} % of "
            "everybody together; that of everybody is therefore no finding."
        )
    doubted = len(identified.suspicion.suspects)
    if doubted:
        notes.append(
            f"Doubts about who is in a picture that the scores raise: {doubted}. They count as labelled, and "
            "an error among them counts against a group. lfr evaluate identify names them; leave out what is "
            "wrong with --leave-out."
        )
    if not identified.pack.fit_for_live:
        notes.append("This pack is not fit for live deployments: what it does says nothing of one that is.")
    if identified.main.counts.people_without_face:
        notes.append(
            f"People of whom no picture for the list shows a face, who are therefore not searched: "
            f"{identified.main.counts.people_without_face}. No rate here counts them."
        )
    return notes
