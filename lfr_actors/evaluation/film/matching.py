"""Which alert of a run is of which pass of the film. Pure: times are those of the film.

What becomes of an alert, first row that applies:

    a pass of its subject is not further than `slack_s` away, and has no alert yet     RIGHT
    the same, and it has one                                                           REPEATED  (the same pass)
    else                                                                               FALSE

An alert belongs to the nearest pass of its subject in time; between two that are equally near, to the earlier.

What becomes of a pass, first row that applies:

    its face is never to be seen                                                       NEVER_SEEN
    the person is not on the list                                                      NOT_LISTED
    it has an alert                                                                    RECOGNISED
    it begins within `cooldown_s` after an earlier pass of the subject that was
      recognised, or itself in such a cooldown (which it may have renewed)             IN_COOLDOWN
    else                                                                               MISSED

In a cooldown the deployment raises no second alert, so that such a pass says nothing of recognition. A cooldown
that a *false* alert began excuses nothing: the pass that it hides is missed, and marked `after_false`.

Alerts are judged by subject and time, not by place in the picture: somebody else who is taken for a subject at the
very moment when that subject is to be seen makes an alert that counts as right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from lfr_actors.evaluation.film.truth import FilmPass

SLACK_S = 1.0
"""A truth that somebody wrote down is as exact as a person who stops a film, at both ends of a pass."""


class PassResult(StrEnum):
    """What became of a pass."""

    RECOGNISED = "recognised"
    MISSED = "missed"
    IN_COOLDOWN = "in-cooldown"
    NEVER_SEEN = "never-seen"
    NOT_LISTED = "not-listed"


class AlertResult(StrEnum):
    """What an alert was."""

    RIGHT = "right"
    REPEATED = "repeated"
    FALSE = "false"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmAlert:
    """An alert of the run: of which track, for whom, and when in the film."""

    track: str
    subject_id: str = field(repr=False)
    media_time_s: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAlert:
    """An alert and what it was; `pass_id` of the pass it is of, None for a false one.

    `near_s`: how far in time the nearest pass of its subject is, 0 inside it; None where there is none. `unlisted`:
    how many people who are not on the list were to be seen then.
    """

    alert: FilmAlert
    result: AlertResult
    pass_id: str | None
    near_s: float | None
    unlisted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPass:
    """A pass and what became of it; `alert_at_s` of its first alert, None without.

    `after_false`: it was missed while a false alert for its subject had begun a cooldown.
    """

    one: FilmPass
    result: PassResult
    alert_at_s: float | None = None
    after_false: bool = False

    @property
    def wait_s(self) -> float | None:
        """From the first sight of the face to its alert, at least 0; None without an alert."""
        if self.alert_at_s is None or self.one.enter_s is None:
            return None
        return max(0.0, self.alert_at_s - self.one.enter_s)

    @property
    def counts(self) -> bool:
        """Whether it could have been recognised: on the list, to be seen, and not in a cooldown."""
        return self.result in (PassResult.RECOGNISED, PassResult.MISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Every pass in the order of the truth, every alert in order of time."""

    passes: tuple[JudgedPass, ...]
    alerts: tuple[JudgedAlert, ...]


def match_film(
    passes: Sequence[FilmPass], alerts: Iterable[FilmAlert], *, cooldown_s: float, slack_s: float = SLACK_S
) -> Matched:
    """Judge every alert and every pass by the tables above.

    Raises `ValueError` for a negative slack or cooldown.
    """
    if slack_s < 0 or cooldown_s < 0:
        raise ValueError(f"slack {slack_s:g} s and cooldown {cooldown_s:g} s: neither can be negative")
    by_subject: dict[str, list[FilmPass]] = defaultdict(list)
    for one in passes:
        if one.subject_id is not None and one.span_s is not None:
            by_subject[one.subject_id].append(one)
    first_at: dict[str, float] = {}
    judged: list[JudgedAlert] = []
    for alert in sorted(alerts, key=lambda each: (each.media_time_s, each.track, each.subject_id)):
        near = _nearest(by_subject.get(alert.subject_id, ()), alert.media_time_s)
        result, pass_id = AlertResult.FALSE, None
        if near is not None and near[0] <= slack_s:
            pass_id = near[1].pass_id
            result = AlertResult.REPEATED if pass_id in first_at else AlertResult.RIGHT
            first_at.setdefault(pass_id, alert.media_time_s)
        unlisted = sum(
            one.subject_id is None and _distance_s(one, alert.media_time_s) <= slack_s for one in passes
        )
        judged.append(
            JudgedAlert(
                alert=alert,
                result=result,
                pass_id=pass_id,
                near_s=None if near is None else near[0],
                unlisted=unlisted,
            )
        )
    seen = {
        one.one.pass_id: one
        for subject, own in by_subject.items()
        for one in _judged_passes(own, judged, first_at, subject, cooldown_s)
    }
    return Matched(passes=tuple(seen.get(one.pass_id) or _other(one) for one in passes), alerts=tuple(judged))


def _judged_passes(
    own: Sequence[FilmPass],
    judged: Sequence[JudgedAlert],
    first_at: dict[str, float],
    subject: str,
    cooldown_s: float,
) -> list[JudgedPass]:
    """The passes of one subject that were to be seen, in order of time."""
    false_at = [
        one.alert.media_time_s
        for one in judged
        if one.result is AlertResult.FALSE and one.alert.subject_id == subject
    ]
    last_at = {one.pass_id: one.alert.media_time_s for one in judged if one.pass_id is not None}
    found: list[JudgedPass] = []
    cooled_until_s = float("-inf")
    for one in sorted(own, key=lambda each: (each.span_s or (0.0, 0.0), each.pass_id)):
        enter_s, leave_s = one.span_s or (0.0, 0.0)
        at_s = first_at.get(one.pass_id)
        if at_s is not None:
            cooled_until_s = max(leave_s, last_at[one.pass_id]) + cooldown_s
            found.append(JudgedPass(one=one, result=PassResult.RECOGNISED, alert_at_s=at_s))
        elif enter_s < cooled_until_s:
            cooled_until_s = max(cooled_until_s, leave_s + cooldown_s)
            found.append(JudgedPass(one=one, result=PassResult.IN_COOLDOWN))
        else:
            hidden = any(at_s <= leave_s and enter_s < at_s + cooldown_s for at_s in false_at)
            found.append(JudgedPass(one=one, result=PassResult.MISSED, after_false=hidden))
    return found


def _other(one: FilmPass) -> JudgedPass:
    """A pass of somebody who is not on the list, or that is never to be seen."""
    never = one.span_s is None
    return JudgedPass(one=one, result=PassResult.NEVER_SEEN if never else PassResult.NOT_LISTED)


def _nearest(own: Iterable[FilmPass], at_s: float) -> tuple[float, FilmPass] | None:
    """How far the nearest pass is in time, and which; of two that are equally near the earlier, then by name."""
    return min(
        ((_distance_s(one, at_s), one) for one in own),
        key=lambda pair: (pair[0], pair[1].span_s or (0.0, 0.0), pair[1].pass_id),
        default=None,
    )


def _distance_s(one: FilmPass, at_s: float) -> float:
    """How long before or after a pass a time is, 0 inside it; infinite for one that is never to be seen."""
    if one.span_s is None:
        return float("inf")
    enter_s, leave_s = one.span_s
    return max(enter_s - at_s, at_s - leave_s, 0.0)
