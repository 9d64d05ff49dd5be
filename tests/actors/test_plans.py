"""From the deployment file to what each actor is told."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lfr_actors.actors.plans import camera_plan, pack_use, switch_below
from lfr_actors.messages import SubjectId
from lfr_actors.retention.policy import DEFAULT_POLICY, DataClass, RetentionPolicy
from lfr_actors.watchlist.version import ListVersion, Picture, Subject
from tests.actors.colours import RED
from tests.actors.drills import NOON, deployment, on_pack


def listed(subject_ids: list[str], *rows: list[float]) -> ListVersion:
    """A list of these templates, made of length 1."""
    templates = np.array(rows, np.float32).reshape(len(subject_ids), -1)
    return ListVersion.of(
        pack="p",
        subjects=[Subject(subject_id=SubjectId(name)) for name in dict.fromkeys(subject_ids)],
        pictures=[
            Picture(subject_id=SubjectId(name), image="a", sha256=str(n), quality=1.0)
            for n, name in enumerate(subject_ids)
        ],
        templates=templates / np.linalg.norm(templates, axis=1, keepdims=True),
        built_at=NOON,
    )


def test_strangers_are_measured_between_subjects_and_not_within_one() -> None:
    """The mean runs over pairs of different subjects only, and the limit lies a third up to the threshold."""
    made = listed(["a", "a", "b", "c"], [1, 0, 0], [1, 0.1, 0], [0.6, 0.8, 0], [0, 0, 1])
    scores = made.templates @ made.templates.T
    own = np.array([picture.subject_id for picture in made.pictures])
    strangers = float(scores[own[:, None] != own[None]].mean())
    assert switch_below(made, 0.9) == pytest.approx(strangers + (0.9 - strangers) / 3)


def test_a_list_of_one_person_never_splits_a_track() -> None:
    """Nothing is known of strangers, so every template belongs to its track."""
    assert switch_below(listed(["a", "a"], [1, 0], [0, 1]), 0.9) == -1.0


def lifetimes(**seconds: float) -> RetentionPolicy:
    """The usual policy with other lifetimes, by class."""
    given = {
        DataClass(name.replace("_", "-")): dt.timedelta(seconds=value) for name, value in seconds.items()
    }
    rules = (
        replace(rule, lifetime=given.get(rule.data_class, rule.lifetime)) for rule in DEFAULT_POLICY.rules
    )
    return replace(DEFAULT_POLICY, rules=tuple(rules))


def test_a_camera_is_told_how_long_a_face_may_live() -> None:
    """The policy's lifetime of non-matches is the one that probes, tracks and embedders keep to."""
    made, policy = deployment(("east", "file:a.mp4")), lifetimes(non_match=0.4)
    plan = camera_plan(
        made, made.cameras[0], on_pack({"a": RED}), Path("/h"), 2, None, policy=policy, secret=b"s" * 32
    )
    assert (plan.settings.probe.lifetime_s, plan.settings.track.max_lost_s) == (0.4, 0.4)
    assert plan.pack == pack_use(made, Path("/h"), policy)
    assert plan.pack.probe_lifetime_s == 0.4
    assert (plan.incarnation, plan.annotate, plan.footage) == ("2", None, None)


def test_alert_ids_are_made_under_the_deployments_secret() -> None:
    """The secret goes with the plan, and is not shown when the plan is."""
    made, secret = deployment(("east", "file:a.mp4")), b"not to be shown, 32 bytes long.."
    plan = camera_plan(
        made,
        made.cameras[0],
        on_pack({"a": RED}),
        Path("/h"),
        1,
        Path("/films"),
        policy=DEFAULT_POLICY,
        secret=secret,
    )
    assert plan.settings.secret == secret
    assert "not to be shown" not in repr(plan)
    assert plan.annotate == Path("/films/east.mp4")
