"""What a deployment says at its start, and at every new version of its list: thresholds, and who is blue."""

from __future__ import annotations

from lfr_actors.events.marks import BlueListSeeded, ThresholdChanged
from lfr_actors.spec.recognition import Recognition, ScopedThreshold
from lfr_actors.store.append import Speaking
from lfr_actors.store.vault.sealing import ObjectKey
from lfr_actors.watchlist.commitment import commitment
from lfr_actors.watchlist.version import ListVersion


def threshold_events(
    recognition: Recognition, *, authority_reference: str, secret: bytes, key: ObjectKey
) -> tuple[ThresholdChanged | Speaking, ...]:
    """Every threshold of a deployment as events: the deployment's first, then as the file has them.

    The deployment's own was set with its authority. `secret` is the deployment's; why a subject has a threshold of
    its own is sealed under `key`, that of the sealed list, and is erased with it.
    """
    own = ThresholdChanged(
        scope="deployment",
        category=None,
        commitment=None,
        threshold=recognition.threshold,
        previous=None,
        set_by=authority_reference,
        why="the deployment file",
    )
    return (own, *(_scoped(entry, secret, key) for entry in recognition.thresholds))


def _scoped(entry: ScopedThreshold, secret: bytes, key: ObjectKey) -> ThresholdChanged | Speaking:
    subject = entry.subject
    body = ThresholdChanged(
        scope="category" if subject is None else "subject",
        category=entry.category,
        commitment=None if subject is None else commitment(secret, subject),
        threshold=entry.threshold,
        previous=None,
        set_by=entry.set_by,
        why=entry.why if subject is None else None,
    )
    return body if subject is None else Speaking(body=body, key=key, speaks={"why": entry.why})


def blue_list_seeded(version: ListVersion, secret: bytes) -> BlueListSeeded:
    """Who of a version is on the blue list, so that a pass can be declared of them and of nobody else.

    To be written with every version that a deployment searches. Commitments are in no order that says anything.
    """
    blue = (subject.subject_id for subject in version.subjects if subject.is_blue)
    return BlueListSeeded(
        gallery_version=version.version,
        commitments=tuple(sorted(commitment(secret, subject_id) for subject_id in blue)),
    )
