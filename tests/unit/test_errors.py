"""Errors travel between actors: each survives pickling with its fields and its text."""

from __future__ import annotations

import pickle

import pytest

from lfr_actors import errors

EXAMPLES = [
    errors.InvalidFile("a.yaml", ("line 1: deployment: missing",)),
    errors.SourceNotFound("file:a.mp4", "no such file"),
    errors.SourceUnreadable("file:a.mp4", "is a picture"),
    errors.SourceDenied("rtsp://10.0.0.7/", "wrong password"),
    errors.SourceStalled("rtsp://10.0.0.7/", "no frame for 5 s"),
    errors.PackError("open", "checksum"),
    errors.DeviceUnavailable("open", "no CUDA"),
    errors.WatchlistError("w.csv", "nobody"),
    errors.NotReady("matcher", "loading"),
    errors.ActorLost("camera a", "killed"),
    errors.StoreError("lfr.db", "locked"),
    errors.ChainBroken("lfr.db", "event 3 was edited"),
    errors.KeyRefused("LFR_KEK", "is another key"),
    errors.Tampered("event 3", "was altered"),
    errors.Erased("alert a", "was destroyed"),
    errors.SecretRefused("webhook a: secret", "is empty"),
    errors.AddressRefused("10.0.0.1", "is private"),
    errors.SignatureRefused("stale", "signed 600 s ago"),
    errors.BodyRefused("body", "is not JSON"),
    errors.PageError("notice.typ", "a letter is missing"),
    errors.Refused("deployment x", "window over"),
    errors.Conflict("alert a", "somebody else decided"),
    errors.ErasureOverdue("to look at anybody", "alert a should be gone"),
]


def _leaves(kind: type[errors.LfrError]) -> set[type[errors.LfrError]]:
    below = {leaf for child in kind.__subclasses__() for leaf in _leaves(child)}
    return below or {kind}


@pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error: errors.LfrError) -> None:
    """The copy is of the same kind, with the same fields and the same text, and the text names the thing."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert copy.args == error.args
    assert str(copy) == str(error)
    assert str(error.args[0]) in str(error)


def test_every_kind_of_error_is_tried() -> None:
    """No kind of error is left out of the pickling test."""
    tried = {type(error) for error in EXAMPLES}
    assert tried >= _leaves(errors.LfrError)


def test_an_invalid_file_lists_every_mistake() -> None:
    """All mistakes are in the text, under a headline with their number."""
    text = str(errors.InvalidFile("a.yaml", ("line 1: x", "line 2: y")))
    assert text.splitlines() == ["a.yaml: 2 mistakes", "  line 1: x", "  line 2: y"]
