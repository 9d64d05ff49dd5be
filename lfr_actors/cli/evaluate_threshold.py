"""`lfr evaluate threshold`: the threshold for a target FPIR at the length of a deployment's list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lfr_actors.cli.app import EXIT_FAILED, HomeOption, JsonOption, say
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
from lfr_actors.cli.study_files import json_text
from lfr_actors.cli.watchlist_report import told
from lfr_actors.home import lfr_home

if TYPE_CHECKING:
    from lfr_actors.evaluation.identification.choice import Choice


def register(app: typer.Typer) -> None:
    """Add the command to `lfr evaluate`."""
    del app
    evaluate_app.command("threshold")(threshold_command)


def threshold_command(
    folder: PeopleArgument,
    pack: PackOption,
    fpir: Annotated[list[float], typer.Option("--fpir", help="Target FPIR; may be repeated.")],
    list_size: Annotated[
        int | None,
        typer.Option(
            "--list-size",
            min=1,
            help="People on the deployment's list.  [default: as many as the folder puts on one]",
            show_default=False,
        ),
    ] = None,
    faces: Annotated[
        int,
        typer.Option("--faces", min=1, help="Faces expected to be searched, for the expected false matches."),
    ] = 10_000,
    seed: SeedOption = 1,
    leave_out: LeaveOutOption = None,
    no_cache: NoCacheOption = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose a threshold on a folder of people, with its interval and what it is expected to cost.

    A list longer than the folder's is a projection: what that assumes is printed, and how well it held on parts of
    the list. Exit status 1 when this data cannot show a target.
    """
    from lfr_actors.evaluation.identification.choice import choice_document, choose_on_folder

    for target in fpir:
        require_target(target)
    data = lfr_home(home)
    with (
        measuring(data, pack, no_cache=no_cache) as (loaded, kept, workers),
        told("looking at pictures") as progress,
    ):
        choices = choose_on_folder(
            folder,
            loaded,
            tuple(fpir),
            list_size,
            faces=faces,
            leave_out=leave_out,
            seed=seed,
            kept=kept,
            progress=progress,
            workers=workers,
        )
    if as_json:
        document = {
            "kind": "threshold-choice",
            "version": 1,
            "choices": [choice_document(one) for one in choices],
        }
        typer.echo(json_text(document))
    else:
        for choice in choices:
            _show(choice)
    if any(choice.found is None for choice in choices):
        raise typer.Exit(EXIT_FAILED)


def _show(choice: Choice) -> None:
    from lfr_actors.evaluation.intervals import per_cent

    found = choice.found
    aim = f"FPIR {100 * choice.target:g} % with {choice.subjects:,} people on the list"
    if found is None:
        why = choice.why or "insufficient data"
        say(f"{aim}: no threshold. {why[0].upper()}{why[1:]}.", "yellow")
        return
    drawn = found.at.threshold_by_person
    limits = "" if drawn is None else f" (95 % interval by people {drawn.low:.4f} to {drawn.high:.4f})"
    say(f"{aim}: threshold {found.threshold:.4f}{limits}")
    if choice.fpir_low is not None and choice.fpir_high is not None:
        how = "measured" if found.statement is None else "projected"
        say(
            f"  FPIR {per_cent(found.fpir)} ({per_cent(choice.fpir_low)} to {per_cent(choice.fpir_high)}), {how}, "
            f"from {choice.non_mated:,} searches of people who were not on a list of {choice.measured_subjects:,}"
        )
    _show_tpir(choice)
    if choice.expected is not None:
        expected, low, high = choice.expected
        say(
            f"  {choice.faces:,} faces of people not on the list: about {expected:.3g} false matches expected "
            f"({low:.3g} to {high:.3g}), before several searches of a face have to agree"
        )
    if found.statement is not None:
        say(f"  {found.statement}", "yellow")


def _show_tpir(choice: Choice) -> None:
    from lfr_actors.evaluation.intervals import per_cent

    found = choice.found
    if found is None or found.at.tpir is None:
        say(f"  TPIR: {choice.why_no_tpir}", "yellow")
        return
    at = found.at.tpir
    if found.tpir is None:
        beyond = "; at most that on the longer list"
    else:
        beyond = (
            ""
            if choice.subjects == choice.measured_subjects
            else f"; {per_cent(found.tpir)} on the shorter list"
        )
    say(
        f"  TPIR {per_cent(at.rate)} ({at.hits:,} of {at.trials:,} searches; exact {per_cent(at.low)} to "
        f"{per_cent(at.high)}) on the list of {choice.measured_subjects:,}{beyond}"
    )
