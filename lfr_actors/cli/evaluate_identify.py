"""`lfr evaluate identify`: how well a pack finds the people of a folder, with intervals, tables and plots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from lfr_actors.cli.app import HomeOption, JsonOption, say, stderr, stdout
from lfr_actors.cli.evaluate import evaluate_app
from lfr_actors.cli.study_files import csv_text, json_text, require_folder, write_study_files
from lfr_actors.cli.watchlist_report import told
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.evaluation.identification.points import RatePoint
    from lfr_actors.evaluation.identification.study import IdentificationStudy, Settings
    from lfr_actors.evaluation.identification.template_cache import TemplateCache
    from lfr_actors.evaluation.searches import Searches
    from lfr_actors.vision.packs import LoadedPack

PeopleArgument = Annotated[
    Path, typer.Argument(metavar="DIR", help="PERSON/*.jpg, or PERSON_0001.jpg side by side.")
]
PackOption = Annotated[str, typer.Option("--pack", help="Model pack to measure.")]
LeaveOutOption = Annotated[
    Path | None,
    typer.Option(
        "--leave-out",
        help="A file of pictures to leave out because somebody looked at them: PERSON/PICTURE.jpg, one a line.",
        show_default=False,
    ),
]
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache", help="Keep no templates. Else they are kept sealed, and erased after 24 hours at most."
    ),
]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Seed of everything that is drawn.")]
MOST_LINES = 40
"""How many pictures are named on the terminal; `pictures.csv` and `--json` have them all."""


def register(app: typer.Typer) -> None:
    """Add the command to `lfr evaluate`."""
    del app
    evaluate_app.command("identify")(identify_command)


def identify_command(
    folder: PeopleArgument,
    pack: PackOption,
    fpir: Annotated[
        list[float] | None,
        typer.Option(
            "--fpir",
            help="Target FPIR, for which a threshold is chosen; may be repeated.  [default: 0.05 0.01 0.005 0.001]",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        list[float] | None,
        typer.Option("--threshold", help="A threshold to measure at; may be repeated.", show_default=False),
    ] = None,
    enrol: Annotated[
        str, typer.Option("--enrol", help="Which pictures of a person go on the list: first or all-but-one.")
    ] = "first",
    repeats: Annotated[
        int,
        typer.Option(
            "--repeats", min=0, help="How often one half of the people chooses a threshold for the other."
        ),
    ] = 20,
    seed: SeedOption = 1,
    leave_out: LeaveOutOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="Folder for study.html, study.json, plots and CSV files.", show_default=False
        ),
    ] = None,
    no_cache: NoCacheOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure open-set identification on a folder of people: TPIR and FPIR, each with intervals.

    Of everybody with two or more pictures the first goes on the list and the others are searched; people with one
    picture are searched as strangers. Every face that is found counts. What is left out or in doubt is named.
    """
    from lfr_actors.evaluation.identification.study import identify

    settings = _settings(fpir, threshold, enrol, repeats, seed)
    require_folder(out)
    data = lfr_home(home)
    with (
        measuring(data, pack, no_cache=no_cache) as (loaded, kept, workers),
        told("looking at pictures") as progress,
    ):
        study = identify(
            folder, loaded, settings, leave_out=leave_out, kept=kept, progress=progress, workers=workers
        )
    if out is not None:
        write_study(study, out)
    if as_json:
        from lfr_actors.evaluation.identification.document import said_of_people, study_document

        document = {**study_document(study), "people": said_of_people(study)}
        typer.echo(json_text(document))
    else:
        _show(study)
    if out is not None:
        stderr.print(
            f"wrote {out / 'study.html'} and study.json, which name nobody; pictures.csv names people, and "
            "searches.csv has a line a person: keep both to yourself",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


@contextmanager
def measuring(
    home: Path, pack: str, *, no_cache: bool
) -> Iterator[tuple[LoadedPack, TemplateCache | None, int]]:
    """A pack that runs, what is kept of earlier measurements with it (None with `no_cache`), and threads to use."""
    from lfr_actors.cli.opening import opened
    from lfr_actors.evaluation.identification.template_cache import TemplateCache
    from lfr_actors.machine import usable_cores
    from lfr_actors.vision.packs import load_pack

    loaded = load_pack(pack, home=home, device="auto", threads=1)
    workers = max(1, int(usable_cores()))
    if no_cache:
        yield loaded, None, workers
        return
    with opened(home) as store:
        yield loaded, TemplateCache(store, loaded), workers


def _settings(
    fpir: list[float] | None, threshold: list[float] | None, enrol: str, repeats: int, seed: int
) -> Settings:
    from lfr_actors.evaluation.identification.protocol import Enrol
    from lfr_actors.evaluation.identification.study import DEFAULT_FPIRS, Settings

    for target in fpir or ():
        require_target(target)
    if enrol not in set(Enrol):
        raise typer.BadParameter(f"is one of {', '.join(Enrol)}", param_hint="--enrol")
    for one in threshold or ():
        if not -1 <= one <= 1:
            raise typer.BadParameter(
                f"{one:g} is no score: they lie between -1 and 1", param_hint="--threshold"
            )
    # a threshold without a target asks for that threshold alone
    targets = tuple(fpir) if fpir else (() if threshold else DEFAULT_FPIRS)
    return Settings(
        fpirs=targets, thresholds=tuple(threshold or ()), enrol=Enrol(enrol), repeats=repeats, seed=seed
    )


def require_target(target: float) -> None:
    """Refuse a target FPIR that is none."""
    if not 0 < target < 1:
        raise typer.BadParameter(f"{target:g} is not between 0 and 1; 0.01 is 1 in 100", param_hint="--fpir")


def write_study(study: IdentificationStudy, out: Path) -> None:
    """Write the page, the JSON, the plots and two CSV files, for their owner only.

    Raises `LfrError` when the folder cannot be written.
    """
    from lfr_actors.evaluation.identification.document import study_document
    from lfr_actors.evaluation.identification.report import report_page
    from lfr_actors.evaluation.study_page import study_page

    page, pictures = report_page(study)
    texts = {
        "study.html": study_page(page),
        "study.json": json_text(study_document(study)) + "\n",
        "pictures.csv": pictures_csv(study),
        "searches.csv": searches_csv(study.searches),
    }
    write_study_files(out, texts, pictures)


def pictures_csv(study: IdentificationStudy) -> str:
    """Every picture, what it was used for, and what is in doubt; names people."""
    doubts: dict[str, list[str]] = {}
    for suspect in study.suspicion.suspects:
        for name in suspect.pictures:
            doubts.setdefault(name, []).append(f"{suspect.doubt}: {suspect.other}")
    rows = [
        (
            fate.picture.name,
            fate.picture.person,
            fate.use,
            fate.found or "",
            fate.faces,
            fate.reason,
            "; ".join(doubts.get(fate.picture.name, ())),
        )
        for fate in study.fates
    ]
    return csv_text(("picture", "person", "use", "found", "faces", "reason", "doubt"), rows)


def searches_csv(searches: Searches) -> str:
    """Every search with its scores, people as numbers in order of their names: every rate can be computed anew."""
    number = {name: place for place, name in enumerate(searches.people(), start=1)}
    rows = [
        (number[person], int(mated), int(acquired), rank or "", _score(mate), _score(top))
        for person, mated, acquired, rank, mate, top in zip(
            searches.person,
            searches.mated.tolist(),
            searches.acquired.tolist(),
            searches.mate_rank.tolist(),
            searches.mate_score.tolist(),
            searches.top_score.tolist(),
            strict=True,
        )
    ]
    return csv_text(("person", "mated", "acquired", "mate_rank", "mate_score", "top_score"), rows)


def _score(score: float) -> str:
    return "" if score != score else f"{score:.9g}"


def _show(study: IdentificationStudy) -> None:
    from lfr_actors.evaluation.identification.wording import (
        count_lines,
        doubt_lines,
        doubt_summary,
        insufficient_lines,
        unused_lines,
    )

    for line in count_lines(study.main.counts, study.settings.enrol):
        say(line)
    for line in insufficient_lines(study.points):
        say(line, "yellow")
    stdout.print(rates_table(study.points))
    for repeats in study.repeats:
        mean = repeats.mean("fpir_other")
        if mean is not None:
            say(
                f"Chosen on half of the people for an FPIR of {100 * repeats.target:g} %, a threshold gives "
                f"{100 * mean:.3g} % on the other half (mean of {len(repeats.each)} splits)."
            )
    summary = doubt_summary(study)
    if study.suspicion.unjudged is not None:
        say(f"Whether labels are right could not be judged by scores: {study.suspicion.unjudged}.", "yellow")
    if summary is not None and study.undoubted is not None:
        say(summary, "yellow")
        stdout.print(rates_table(study.undoubted.points))
    _listed("In doubt:", list(doubt_lines(study)))
    _listed("Not used, or searched without a face:", list(unused_lines(study)))


def rates_table(points: Sequence[RatePoint]) -> Table:
    """Rates for the terminal."""
    from lfr_actors.evaluation.identification.wording import RATE_COLUMNS, rate_rows

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in RATE_COLUMNS:
        table.add_column(column, justify="right")
    for row in rate_rows(points):
        table.add_row(*row)
    return table


def _listed(heading: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    say(heading)
    for line in lines[:MOST_LINES]:
        say(f"  {line}")
    if len(lines) > MOST_LINES:
        say(f"  … and {len(lines) - MOST_LINES} more: --json and pictures.csv of --out have them all")
