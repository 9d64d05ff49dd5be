"""Whether a record adds up: every line that must, with the difference and the reason that the events give for it.

Published records of deployments do not always add up. Here each relation has two sides that were counted apart:
alerts and what became of them, what cameras reported and what the runs said at their ends, receipts and objects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Literal

from lfr_actors.records.deployment_record.counting import tracks_with_alerts
from lfr_actors.records.deployment_record.figures import Counts, Line, Reconciliation
from lfr_actors.records.deployment_record.retaining import declared_policy, false_alerts_kept
from lfr_actors.records.deployment_record.trace import DeploymentTrace, RunTrace
from lfr_actors.records.deployment_record.words import counted

Relation = Literal["=", "≤"]
_OF_TOTALS: Final = (
    ("frames", "frames", "frames looked at"),
    ("frames_dropped", "dropped", "frames dropped"),
    ("faces_seen", "faces_seen", "faces seen (tracks)"),
    ("searches", "searches", "searches"),
)


def reconciled(traces: Sequence[DeploymentTrace], counts: Counts) -> Reconciliation:
    """All lines over these deployments together, and what the lines cannot show."""
    lines = (*_of_alerts(counts), *_of_outcomes(traces, counts), *_of_runs(traces), *_of_keeping(traces))
    return Reconciliation(
        holds=all(line.holds for line in lines),
        lines=lines,
        remarks=tuple(remark for trace in traces for remark in _remarks(trace, several=len(traces) > 1)),
    )


def _line(
    name: str,
    left: tuple[str, int],
    relation: Relation,
    right: tuple[str, int],
    reason: str | None = None,
) -> Line:
    holds = left[1] == right[1] if relation == "=" else left[1] <= right[1]
    return Line(
        name=name,
        left_words=left[0],
        left=left[1],
        relation=relation,
        right_words=right[0],
        right=right[1],
        holds=holds,
        difference=0 if holds else left[1] - right[1],
        reason=None if holds else reason or "the events give no reason",
    )


def _of_alerts(counts: Counts) -> Iterator[Line]:
    yield _line(
        "alerts",
        ("alerts", counts.alerts),
        "=",
        (
            "judged true + judged false + cannot tell + undecided",
            counts.judged_true + counts.judged_false + counts.cannot_tell + counts.undecided,
        ),
    )
    yield _line(
        "true-and-false-alerts",
        ("true alerts + false alerts", counts.true_alerts + counts.false_alerts),
        "=",
        ("judged true + judged false", counts.judged_true + counts.judged_false),
    )
    yield _line(
        "engagements",
        ("judged true", counts.judged_true),
        "=",
        (
            "engaged + not engaged + not said yet",
            counts.engagements + counts.not_engaged + counts.engagement_open,
        ),
    )
    yield _line(
        "confirmations",
        ("engaged", counts.engagements),
        "=",
        (
            "confirmed true + confirmed false + not said yet",
            counts.confirmed_true + counts.confirmed_false + counts.confirmation_open,
        ),
    )


def _of_outcomes(traces: Sequence[DeploymentTrace], counts: Counts) -> Iterator[Line]:
    alerts = [alert for trace in traces for alert in trace.alerts.by_id.values()]
    yield _line(
        "outcomes-of-engaged",
        ("outcomes of engaged alerts", counts.outcomes_engaged),
        "≤",
        ("engaged", counts.engagements),
    )
    yield _line(
        "outcomes",
        ("outcomes", counts.outcomes),
        "≤",
        ("engaged + not engaged", counts.engagements + counts.not_engaged),
        "an outcome was recorded of an alert that was neither engaged nor said not to be",
    )
    yield _line(
        "arrests",
        ("arrests", counts.arrests),
        "≤",
        ("confirmed true", counts.confirmed_true),
        "an arrest was recorded of somebody who was not confirmed to be the subject",
    )
    yield _line(
        "outcome-kinds",
        ("arrests + other outcomes", counts.arrests + counts.other_outcomes),
        "=",
        ("outcomes", counts.outcomes),
    )
    yield _line(
        "outcomes-that-fit",
        ("outcomes that cannot follow what was decided", sum(not alert.outcome_fits for alert in alerts)),
        "=",
        ("none", 0),
        "the log holds outcomes of alerts in a state in which there is none of that kind",
    )
    faults = [(what, many) for trace in traces for what, many in sorted(trace.alerts.faults.items())]
    yield _line(
        "steps-that-follow",
        ("steps of alerts that cannot follow the one before", sum(many for _, many in faults)),
        "=",
        ("none", 0),
        "; ".join(f"{what} ({counted(many, 'time')})" for what, many in faults),
    )


def _of_runs(traces: Sequence[DeploymentTrace]) -> Iterator[Line]:
    """What cameras reported on the way, against what each run said at its end. A run that goes on is left out."""
    ended = [(trace, run) for trace in traces for run in trace.runs if run.how != "running"]
    several = len(traces) > 1
    for name, total, words in _OF_TOTALS:
        yield _line(
            name.replace("_", "-"),
            (f"{words}, as cameras reported", sum(_reported(trace, run, name) for trace, run in ended)),
            "=",
            (
                f"{words}, in the totals at the ends of the runs",
                sum(getattr(run.totals, total) for _, run in ended if run.totals is not None),
            ),
            _why_totals_differ(ended, several=several),
        )
    yield _line(
        "alerts-of-runs",
        (
            "alerts in the log",
            sum(alert.run == run.number for trace, run in ended for alert in trace.alerts.by_id.values()),
        ),
        "=",
        (
            "alerts, in the totals at the ends of the runs",
            sum(run.totals.alerts for _, run in ended if run.totals is not None),
        ),
        _why_totals_differ(ended, several=several),
    )
    yield _line(
        "tracks-that-ended",
        ("tracks that ended", sum(_reported(trace, run, "tracks_ended") for trace, run in ended)),
        "=",
        ("faces seen (tracks)", sum(_reported(trace, run, "faces_seen") for trace, run in ended)),
        _why_totals_differ(ended, several=several)
        or "tracks that were in sight when a camera was lost have no end",
    )
    cameras = [camera for trace in traces for camera in trace.cameras.values()]
    yield _line(
        "tracks-searched",
        (
            "tracks searched + never searched",
            sum(camera.counts["tracks_searched"] + sum(camera.rejected.values()) for camera in cameras),
        ),
        "=",
        ("tracks that ended", sum(camera.counts["tracks_ended"] for camera in cameras)),
    )
    yield _line(
        "tracks-with-alerts",
        (
            "tracks with an alert",
            sum(tracks_with_alerts(trace.alerts.by_id.values()) for trace in traces),
        ),
        "≤",
        ("faces seen (tracks)", sum(camera.counts["faces_seen"] for camera in cameras)),
        "cameras had not reported their last faces when the log ends here, or were lost before they could",
    )


def _reported(trace: DeploymentTrace, run: RunTrace, name: str) -> int:
    return sum(camera.by_run[run.number][name] for camera in trace.cameras.values())


def _why_totals_differ(ended: Sequence[tuple[DeploymentTrace, RunTrace]], *, several: bool) -> str | None:
    reasons = []
    for trace, run in ended:
        which = f"run {run.number}" + (f" of {trace.name}" if several else "")
        if run.totals is None:
            reasons.append(f"{which} ended without totals: its process was lost")
        broken = [
            name
            for name, camera in trace.cameras.items()
            if camera.by_run[run.number]["lost"] or camera.by_run[run.number]["failed"]
        ]
        if broken:
            reasons.append(
                f"in {which} {', '.join(broken)} failed or was lost: it began to count anew, or did not end"
            )
    return "; ".join(reasons) or None


def _of_keeping(traces: Sequence[DeploymentTrace]) -> Iterator[Line]:
    keeping = [trace.keeping for trace in traces]
    receipts = [receipt for each in keeping for receipt in each.receipts]
    kept = [false_alerts_kept(trace) for trace in traces]
    yield _line(
        "receipts",
        ("receipts of erasure", len(receipts)),
        "=",
        ("different objects in them", sum(len(each.erased) for each in keeping)),
        "something has two receipts",
    )
    yield _line(
        "erased-early",
        ("objects erased before they were due", sum(each.done_at < each.due_at for each in receipts)),
        "=",
        ("none", 0),
    )
    yield _line(
        "erased-while-held",
        ("objects erased while a hold kept them", sum(each.erased_while_held for each in keeping)),
        "=",
        ("none", 0),
    )
    yield _line(
        "false-alerts-kept",
        ("false alerts that are not erased", sum(all_of for all_of, _ in kept)),
        "=",
        ("those of them that a hold keeps", sum(held for _, held in kept)),
        "a false alert is erased at once: lfr purge says what keeps it",
    )
    unknown = sum(sum(trace.opaque.values()) for trace in traces)
    kinds = dict.fromkeys(kind for trace in traces for kind in sorted(trace.opaque))
    yield _line(
        "events-understood",
        ("events that this software does not understand", unknown),
        "=",
        ("none", 0),
        f"of another version of this software: {', '.join(kinds)}",
    )


def _remarks(trace: DeploymentTrace, *, several: bool) -> Iterator[str]:
    of = f"{trace.name}: " if several else ""
    if len({run.start.file_digest for run in trace.runs}) > 1:
        yield of + (
            "the runs were started with different deployment files; what is said of the deployment is of the last"
        )
    if declared_policy(trace) is None:
        yield of + (
            "the retention policy in force had another wording than this software has; lifetimes are as declared"
        )
    if trace.state == "running":
        yield of + (
            "the deployment had not ended at the last event: the run that goes on is in no line about totals"
        )
    if not any(camera.counts["frames"] for camera in trace.cameras.values()):
        yield of + "no camera reported any frame"
