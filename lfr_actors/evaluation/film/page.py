"""The study of a film as one page, for people who were not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lfr_actors.evaluation.film.bins import Binned
from lfr_actors.evaluation.film.drawing import pictures_of
from lfr_actors.evaluation.film.matching import AlertResult, JudgedPass, PassResult
from lfr_actors.evaluation.film.statements import statements_of
from lfr_actors.evaluation.film.study import FilmStudy
from lfr_actors.evaluation.film.waiting import Quantile, Waiting
from lfr_actors.evaluation.intervals import INSUFFICIENT, Proportion, per_cent, rate_words
from lfr_actors.evaluation.plotting import Picture
from lfr_actors.evaluation.study_page import Headline, Plot, Section, StudyPage, Table, study_page

RESULTS = {
    PassResult.RECOGNISED: "recognised",
    PassResult.MISSED: "missed",
    PassResult.IN_COOLDOWN: "in a cooldown",
    PassResult.NEVER_SEEN: "never to be seen",
    PassResult.NOT_LISTED: "not on the list",
}
QUANTITIES = {
    "face-size": "width of the face at its largest",
    "speed": "walking speed",
    "crowding": "other faces to be seen meanwhile",
}


def film_page(study: FilmStudy, pictures: tuple[Picture, ...] | None = None) -> str:
    """The page, HTML; `pictures` are drawn where they are not given."""
    drawn = {picture.name: picture for picture in (pictures or pictures_of(study))}
    run = study.run
    page = StudyPage(
        title=f"Film evaluation: {run.film}",
        summary="The alerts of a run over a film whose every pass is known.",
        facts=_facts(study),
        statements=statements_of(study),
        headlines=_headlines(study),
        sections=tuple(_sections(study, drawn)),
        footer=(f"lfr-actors {run.software_version}", "Passes and tracks are counted, not people."),
    )
    return study_page(page)


def _sections(study: FilmStudy, drawn: Mapping[str, Picture]) -> Iterator[Section]:
    """What there is to show; nothing by size, speed or time where nobody on the list could be recognised."""
    yield _counted(study)
    timeline = Plot(picture=drawn["timeline"], caption="A dot is the alert of a pass.")
    yield Section(title="Who passed, and when", plots=(timeline,))
    if study.tpir is not None:
        yield Section(
            title="Recognition by size, speed and crowding",
            tables=tuple(_bins_table(one) for one in study.by),
            plots=(Plot(picture=drawn["by-size-speed-crowding"], caption=_BINS),),
        )
    if study.waiting is not None:
        yield _time(study.waiting, drawn["time-to-alert"])
    if any(one.one.subject_id is not None for one in study.passes):
        yield Section(title="Every pass of somebody on the list", tables=(_passes_table(study),))


_BINS = (
    "Bars are exact 95 % intervals, each for its own bin alone: where they overlap widely, this film shows no "
    "difference between bins. Small, fast and crowded passes may be the same ones."
)


def _facts(study: FilmStudy) -> tuple[tuple[str, str], ...]:
    run = study.run
    length = "" if run.film_s is None else f", {run.film_s:.0f} s"
    return (
        ("film", f"{run.film}{length}, {run.frames} frames, all looked at"),
        ("list", f"{run.subjects} people, {run.templates} templates"),
        ("pack", run.pack),
        ("threshold", f"{run.threshold:g}"),
        (
            "an alert needs",
            f"{run.confirm_hits} searches of a track that agree within {run.confirm_within_s:g} s",
        ),
        ("cooldown", f"{run.cooldown_s:g} s"),
        ("smallest face", f"{run.min_face_px:g} px"),
        ("an alert is of a pass", f"up to {study.slack_s:g} s before its first and after its last sight"),
    )


def _headlines(study: FilmStudy) -> tuple[Headline, ...]:
    waiting = study.waiting
    median = None if waiting is None else waiting.median.time_s
    return (
        _headline("Recognised (TPIR)", study.tpir, "passes"),
        _headline("FPIR", study.fpir, "tracks with a false alert, over strangers' passes"),
        _headline("False alerts over faces seen", study.false_alerts.over_faces, "tracks"),
        _headline("False alerts over alerts", study.false_alerts.over_alerts, "alerts"),
        _headline("Alerts that were right (precision)", study.precision, "alerts"),
        Headline(
            label="First sight to alert, median",
            figure=INSUFFICIENT if median is None else f"{median:.1f} s",
            note="" if waiting is None else f"{waiting.censored} passes without an alert are in it",
        ),
    )


def _headline(label: str, rate: Proportion | None, of: str) -> Headline:
    if rate is None:
        return Headline(label=label, figure=INSUFFICIENT)
    note = f"{rate.hits} of {rate.trials} ({of}); 95 % interval {per_cent(rate.low)} to {per_cent(rate.high)}"
    return Headline(label=label, figure=per_cent(rate.rate), note=note)


def rate_rows(study: FilmStudy) -> tuple[tuple[str, str, str], ...]:
    """Every rate: its name, what it counts, and the figure with its interval."""
    false = study.false_alerts
    rates = (
        ("TPIR", "passes recognised, of those that could be", study.tpir),
        ("FNIR", "passes missed, of those that could be recognised", study.fnir),
        ("FPIR", "tracks with a false alert, of passes by people not on the list", study.fpir),
        ("false alerts over faces", "false alerts, of faces seen (tracks)", false.over_faces),
        ("false alerts over alerts", "false alerts, of alerts", false.over_alerts),
        ("precision", "right and repeated alerts, of alerts", study.precision),
    )
    return tuple((name, of, rate_words(rate)) for name, of, rate in rates)


def wait_rows(waiting: Waiting | None) -> tuple[tuple[str, str, str], ...]:
    """From the first sight to the alert: which quantile, the time, and its interval."""
    if waiting is None:
        return ()
    return (
        ("median", *_quantile_cells(waiting.median)),
        ("90 % of passes", *_quantile_cells(waiting.p90)),
        ("median of the passes with an alert alone", f"{waiting.median_alerted_s:.1f} s", ""),
    )


def _counted(study: FilmStudy) -> Section:
    passes, alerts = study.pass_counts, study.alert_counts
    rows = [
        (f"passes: {RESULTS[result]}", str(passes[result])) for result in PassResult if passes[result]
    ] + [
        ("alerts: right", str(alerts[AlertResult.RIGHT])),
        ("alerts: repeated, of a pass that had one", str(alerts[AlertResult.REPEATED])),
        ("alerts: false", str(alerts[AlertResult.FALSE])),
        ("faces seen (tracks)", str(study.run.faces)),
        ("searches", str(study.run.searches)),
    ]
    return Section(
        title="Rates and counts",
        tables=(
            Table(
                caption="Rates, with exact 95 % intervals",
                columns=("rate", "what it counts", "rate and interval"),
                rows=rate_rows(study),
                text_columns=3,
            ),
            Table(caption="Counts", columns=("what", "number"), rows=tuple(rows)),
        ),
    )


def _bins_table(binned: Binned) -> Table:
    name = QUANTITIES.get(binned.quantity, binned.quantity)
    rows = [(one.words, rate_words(one.tpir, 0)) for one in binned.bins]
    if binned.unknown is not None:
        rows.append(("the truth does not say", rate_words(binned.unknown, 0)))
    return Table(
        caption=f"By {name}", columns=(binned.unit, "passes recognised"), rows=tuple(rows), text_columns=2
    )


def _time(waiting: Waiting, picture: Picture) -> Section:
    note = (
        "Product-limit estimate: a pass without an alert waited until it left. The last row leaves such passes "
        "out, and so flatters."
    )
    table = Table(
        caption="Time to an alert",
        columns=("", "time", "95 % interval"),
        rows=wait_rows(waiting),
        note=note,
    )
    return Section(title="From the first sight to the alert", tables=(table,), plots=(Plot(picture=picture),))


def _quantile_cells(quantile: Quantile) -> tuple[str, str]:
    def words(time_s: float | None) -> str:
        return "not reached" if time_s is None else f"{time_s:.1f} s"

    return words(quantile.time_s), f"{words(quantile.low_s)} to {words(quantile.high_s)}"


def _passes_table(study: FilmStudy) -> Table:
    listed = [
        (judged, crowding)
        for judged, crowding in zip(study.passes, study.crowding, strict=True)
        if judged.one.subject_id is not None
    ]
    return Table(
        caption="Passes of people on the list",
        columns=(
            "pass",
            "result",
            "to be seen, s",
            "alert, s",
            "waited, s",
            "face, px",
            "speed, m/s",
            "others",
        ),
        rows=tuple(_pass_cells(judged, crowding) for judged, crowding in listed),
        text_columns=2,
    )


def _pass_cells(judged: JudgedPass, crowding: float | None) -> tuple[str, ...]:
    def cell(value: float | None, digits: int = 1) -> str:
        return "–" if value is None else f"{value:.{digits}f}"

    span = judged.one.span_s
    return (
        judged.one.pass_id,
        RESULTS[judged.result],
        "–" if span is None else f"{span[0]:.1f} to {span[1]:.1f}",
        cell(judged.alert_at_s),
        cell(judged.wait_s),
        cell(judged.one.face_px, 0),
        cell(judged.one.speed_m_s, 2),
        cell(crowding),
    )
