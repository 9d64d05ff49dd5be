"""What has to be read beside the figures of a film: what they do not count, and what they cannot show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lfr_actors.evaluation.film.matching import PassResult
from lfr_actors.evaluation.film.study import FilmStudy
from lfr_actors.evaluation.intervals import per_cent
from lfr_actors.evaluation.study_page import Statement

SLOWER: Final = 1.25
"""From how many times its own length on a film counts as played slowly."""


def statements_of(study: FilmStudy) -> tuple[Statement, ...]:
    """Sentences for page, terminal and document, the most important first."""
    return (
        *_of_the_machine(study),
        *_of_the_pack(study),
        *_insufficient(study),
        *_of_passes(study),
        *_of_alerts(study),
        *_as_told(study),
    )


def _of_the_pack(study: FilmStudy) -> Iterator[Statement]:
    enrolled = sum(one.one.photograph_is_enrolled for one in study.passes)
    if enrolled:
        text = (
            f"{_passes(enrolled)} filmed from a photograph that is also on the list: this shows how the "
            "pipeline works and says nothing about its accuracy."
        )
        yield Statement(text=text, kind="warning")
    if not study.run.fit_for_live:
        text = (
            f"The model pack {study.run.pack} is not called fit for a live deployment. Its licence: "
            f"{study.run.pack_licence}."
        )
        yield Statement(text=text, kind="warning")


def _of_the_machine(study: FilmStudy) -> Iterator[Statement]:
    run = study.run
    if run.film_s is not None and run.elapsed_s > SLOWER * run.film_s:
        text = (
            f"The film of {run.film_s:.0f} s took {run.elapsed_s:.0f} s. What is kept of a face lives one second "
            "of the clock, so that a slow or busy machine puts fewer pictures of a face together than a camera "
            "gives in that time: on a machine that keeps up with the film recognition may be better than here."
        )
        yield Statement(text=text, kind="warning")
    if run.probes_dropped:
        text = (
            f"{run.probes_dropped} faces were dropped before their search, too old for it: this machine was too "
            "busy. On an idle one more may be recognised."
        )
        yield Statement(text=text, kind="warning")


def _insufficient(study: FilmStudy) -> Iterator[Statement]:
    if study.tpir is None:
        text = (
            "TPIR, FNIR and the time to an alert: insufficient data, there was no pass of anybody on the list that "
            "could be recognised."
        )
        yield Statement(text=text, kind="insufficient")
    strangers = study.pass_counts[PassResult.NOT_LISTED]
    if not strangers:
        text = "FPIR: insufficient data, nobody who is not on the list is to be seen."
        yield Statement(text=text, kind="insufficient")
    elif study.fpir is None:
        text = (
            f"FPIR: {study.false_tracks} tracks had a false alert, which is more than the {strangers} passes of "
            "people who are not on the list: no share of them. Is everybody in the truth who is to be seen?"
        )
        yield Statement(text=text, kind="insufficient")
    if not study.alerts:
        text = "Precision and false alerts over alerts: insufficient data, there was no alert."
        yield Statement(text=text, kind="insufficient")


def _of_passes(study: FilmStudy) -> Iterator[Statement]:
    never = study.pass_counts[PassResult.NEVER_SEEN]
    if never:
        yield Statement(text=f"{_passes(never)} never to be seen by the truth, and in no figure.")
    cooled = study.pass_counts[PassResult.IN_COOLDOWN]
    if cooled:
        text = (
            f"{_passes(cooled)} not counted: in the cooldown of {study.run.cooldown_s:g} s after the same person "
            "was recognised the deployment raises no second alert."
        )
        yield Statement(text=text)
    hidden = sum(one.after_false for one in study.passes)
    if hidden:
        text = (
            f"{_passes(hidden)} missed while a false alert for the same subject had begun a cooldown, which may "
            "have hidden them: they count as missed."
        )
        yield Statement(text=text, kind="warning")
    people = study.tpir_by_person
    if people is not None and people.people < people.trials:
        text = (
            f"The {people.trials} passes that could be recognised are of {people.people} people, and passes of one "
            f"person are alike. With people as the unit the interval of TPIR is {per_cent(people.low)} to "
            f"{per_cent(people.high)}."
        )
        yield Statement(text=text, kind="warning")
    if study.run.subjects_missing:
        text = (
            f"{study.run.subjects_missing} of {study.run.subjects + study.run.subjects_missing} people on the list "
            "could not be enrolled from their pictures. Where they pass, they are missed, and count so."
        )
        yield Statement(text=text, kind="warning")


def _of_alerts(study: FilmStudy) -> Iterator[Statement]:
    if study.false_without_strangers:
        alerts = "false alert" if study.false_without_strangers == 1 else "false alerts"
        text = (
            f"{study.false_without_strangers} {alerts} came while nobody was to be seen who is not on the "
            "list: of people on it, taken for somebody else, or of nobody. FPIR counts their tracks."
        )
        yield Statement(text=text)


def _as_told(study: FilmStudy) -> Iterator[Statement]:
    yield Statement(
        text="One film is one camera, one place, one light and one crowd: the intervals speak of more passes like "
        "these, and of no other street."
    )
    yield from (Statement(text=f"The truth: {note}.") for note in study.truth_notes)


def _passes(count: int) -> str:
    return "1 pass is" if count == 1 else f"{count} passes are"
