"""From the deployment file to what each actor is told."""

from __future__ import annotations

import numpy as np
import pytest

from lfr_actors.actors.plans import switch_below
from lfr_actors.watchlist.gallery import Gallery


def gallery(subject_ids: list[str], *rows: list[float]) -> Gallery:
    """A gallery of these templates, made of length 1."""
    templates = np.array(rows, np.float32).reshape(len(subject_ids), -1)
    return Gallery.of(subject_ids, templates / np.linalg.norm(templates, axis=1, keepdims=True), pack="p")


def test_strangers_are_measured_between_subjects_and_not_within_one() -> None:
    """The mean runs over pairs of different subjects only, and the limit lies a third up to the threshold."""
    made = gallery(["a", "a", "b", "c"], [1, 0, 0], [1, 0.1, 0], [0.6, 0.8, 0], [0, 0, 1])
    scores = made.templates @ made.templates.T
    other = made.subject_index[:, None] != made.subject_index[None]
    strangers = float(scores[other].mean())
    assert switch_below(made, 0.9) == pytest.approx(strangers + (0.9 - strangers) / 3)


def test_a_list_of_one_person_never_splits_a_track() -> None:
    """Nothing is known of strangers, so every template belongs to its track."""
    assert switch_below(gallery(["a", "a"], [1, 0], [0, 1]), 0.9) == -1.0
