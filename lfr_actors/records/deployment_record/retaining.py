"""What became of the data of a deployment, class by class: rule, receipts, holds, and what is kept until when."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from lfr_actors.events.keeping import DataErased
from lfr_actors.records.deployment_record.keeping_trace import ADDITION, ALERT, FOOTAGE, LIST, PROOF
from lfr_actors.records.deployment_record.parts import Hold, NonMatches, RetentionLine
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from lfr_actors.records.deployment_record.words import rounded
from lfr_actors.retention.policy import (
    DEFAULT_POLICY,
    DataClass,
    PolicyRow,
    RetentionPolicy,
    Rule,
)

LATE_S: Final = 60.0
"""Whoever erases looks at the clock now and then: later than this is late."""

KIND_WORDS: Final = {
    "frame": "whole pictures of a camera",
    "chip": "cut-out faces",
    "template": "templates of single faces",
    "query": "templates of a track, as they were searched",
}
"""What of somebody is overwritten, in words."""

OTHER_WORDS: Final = {
    "deployment-secret": "the secret under which the log speaks of people on the list",
    "film": "annotated films",
    "list": "the list's own files",
    "report": "pages about alerts and lists",
    "picture": "pictures of alerts that were written to files",
    "measured-templates": "templates that were measured",
}
"""Other kinds of objects that receipts speak of, in words."""

_MAIN_KINDS: Final = frozenset({ALERT, FOOTAGE, LIST, ADDITION, PROOF})
_PROOF_WHAT: Final = "proof of who was on the list: codes that show nobody by themselves"
_PROOF_RULE: Final = "as the site's rule for proofs says; the log does not state it until one is erased"


def declared_policy(trace: DeploymentTrace) -> RetentionPolicy | None:
    """The policy with the wording that this software has for it; None where it is of another wording or version."""
    declared = trace.keeping.declared
    if declared is None or set(declared.lifetimes_s) != set(DEFAULT_POLICY.lifetimes_s):
        return None
    lifetimes = declared.lifetimes_s
    rules = tuple(
        replace(rule, lifetime=dt.timedelta(seconds=lifetimes[rule.data_class]))
        for rule in DEFAULT_POLICY.rules
    )
    policy = replace(DEFAULT_POLICY, rules=rules)
    return policy if policy.digest == declared.policy_digest else None


def retention_lines(trace: DeploymentTrace) -> tuple[RetentionLine, ...]:
    """A line for each class of data that is kept at all, in the order of the policy."""
    policy = declared_policy(trace) or DEFAULT_POLICY
    rows = {row.data_class: row for row in policy.table()}
    return (
        _line(trace, rows[DataClass.FALSE_ALERT], policy.rule_of(DataClass.FALSE_ALERT), _false_alerts),
        _line(trace, rows[DataClass.ALERT], policy.rule_of(DataClass.ALERT), _other_alerts),
        _line(trace, rows[DataClass.FOOTAGE], policy.rule_of(DataClass.FOOTAGE), _things_of(FOOTAGE)),
        _line(trace, rows[DataClass.WATCHLIST], policy.rule_of(DataClass.WATCHLIST), _things_of(LIST)),
        _proofs(trace),
        *_others(trace),
    )


def holds_of(trace: DeploymentTrace) -> tuple[Hold, ...]:
    """Every hold that was placed on anything of the deployment."""
    return tuple(
        Hold(
            data_class=trace.keeping.kind_of(hold.object_id),
            reason=hold.reason,
            authority=hold.authority,
            placed_at=hold.placed_at,
            review_on=hold.review_on,
            released_at=hold.released_at,
        )
        for hold in trace.keeping.holds.values()
    )


def non_matches_of(trace: DeploymentTrace, limit_s: float) -> tuple[NonMatches, ...]:
    """The longest life of biometric data of people who raised no alert, by kind."""
    counts: Counter[str] = Counter()
    longest: dict[str, float] = {}
    for camera in trace.cameras.values():
        counts.update(camera.overwritten)
        for kind, age_s in camera.longest_s.items():
            longest[kind] = max(longest.get(kind, 0.0), age_s)
    return tuple(
        NonMatches(
            kind=kind,
            words=KIND_WORDS.get(kind, kind),
            overwritten=counts[kind],
            longest_s=rounded(longest[kind]),
            within_limit=longest[kind] <= limit_s,
        )
        for kind in (
            *(kind for kind in KIND_WORDS if kind in longest),
            *sorted(longest.keys() - KIND_WORDS.keys()),
        )
    )


def false_alerts_kept(trace: DeploymentTrace) -> tuple[int, int]:
    """False alerts that are not erased, and those of them that a hold keeps."""
    kept = set(_false_alerts(trace)) - trace.keeping.erased
    return len(kept), len(kept & trace.keeping.held)


Known = Callable[[DeploymentTrace], list[str]]


def _false_alerts(trace: DeploymentTrace) -> list[str]:
    return [f"{ALERT}:{one.alert_id}" for one in trace.alerts.by_id.values() if one.state.is_false]


def _other_alerts(trace: DeploymentTrace) -> list[str]:
    return [f"{ALERT}:{one.alert_id}" for one in trace.alerts.by_id.values() if not one.state.is_false]


def _things_of(kind: str) -> Known:
    return lambda trace: [name for name, thing in trace.keeping.things.items() if thing.kind == kind]


def _line(trace: DeploymentTrace, row: PolicyRow, rule: Rule, known: Known) -> RetentionLine:
    receipts = [
        receipt
        for receipt in trace.keeping.receipts
        if receipt.data_class == rule.data_class and receipt.kind in _MAIN_KINDS - {PROOF}
    ]
    kept = [name for name in known(trace) if name not in trace.keeping.erased]
    held = trace.keeping.held & {*kept}
    due = [_due_at(trace, rule, name) for name in kept if name not in held]
    return _with_receipts(
        trace,
        receipts,
        data_class=str(rule.data_class),
        what=row.what,
        kept_for=row.kept_for,
        rule=row.erased,
        kept=kept,
        due_at=None if not due or None in due else max(at for at in due if at is not None),
    )


def _proofs(trace: DeploymentTrace) -> RetentionLine:
    receipts = [receipt for receipt in trace.keeping.receipts if receipt.kind == PROOF]
    rule = receipts[0].rule.partition(": ")[2] if receipts else _PROOF_RULE
    kept = [name for name in _things_of(PROOF)(trace) if name not in trace.keeping.erased]
    return _with_receipts(
        trace,
        receipts,
        data_class=str(DataClass.WATCHLIST),
        what=_PROOF_WHAT,
        kept_for=rule.partition(" after ")[0] if receipts else "by the site's rule",
        rule=rule,
        kept=kept,
        due_at=None,
    )


def _others(trace: DeploymentTrace) -> list[RetentionLine]:
    """Files and secrets: the log makes them known when they are erased, and not before."""
    receipts = trace.keeping.receipts
    return [
        _with_receipts(
            trace,
            own,
            data_class=own[0].data_class,
            what=OTHER_WORDS.get(kind, kind),
            kept_for="as its class",
            rule=own[-1].rule.partition(": ")[2] or own[-1].rule,
            kept=None,
            due_at=None,
        )
        for kind in sorted({receipt.kind for receipt in receipts} - _MAIN_KINDS)
        if (own := [receipt for receipt in receipts if receipt.kind == kind])
    ]


def _with_receipts(
    trace: DeploymentTrace,
    receipts: Sequence[DataErased],
    *,
    data_class: str,
    what: str,
    kept_for: str,
    rule: str,
    kept: Sequence[str] | None,
    due_at: dt.datetime | None,
) -> RetentionLine:
    real = [receipt for receipt in receipts if not receipt.simulated]
    late = [max(0.0, receipt.lateness_s) for receipt in real]
    done = [receipt.done_at for receipt in receipts]
    items: Counter[str] = Counter()
    for receipt in receipts:
        items.update(receipt.items)
    return RetentionLine(
        data_class=data_class,
        what=what,
        kept_for=kept_for,
        rule=rule,
        erased=len(receipts),
        items=dict(sorted(items.items())),
        first_erased_at=min(done, default=None),
        last_erased_at=max(done, default=None),
        late=sum(each > LATE_S for each in late),
        median_late_s=rounded(statistics.median(late)) if late else None,
        longest_late_s=rounded(max(late)) if late else None,
        simulated=len(receipts) - len(real),
        held=len(trace.keeping.held & {*(kept or ())}),
        kept=None if kept is None else len(kept),
        due_at=due_at,
        overdue=len(set(trace.keeping.overdue) & {*(kept or ())}),
    )


def _due_at(trace: DeploymentTrace, rule: Rule, name: str) -> dt.datetime | None:
    """When an object is due; None where its clock has not started."""
    if rule.data_class is DataClass.FALSE_ALERT:
        decided = trace.alerts.by_id[name.partition(":")[2]].decided_at
        return None if decided is None else decided + rule.lifetime
    if rule.data_class is DataClass.FOOTAGE:
        ended = trace.keeping.things[name].ended_at
        return None if ended is None else ended + rule.lifetime
    return None if trace.ended_at is None else trace.ended_at + rule.lifetime
