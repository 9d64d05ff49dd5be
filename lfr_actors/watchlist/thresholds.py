"""The score that recognises a subject: the deployment's, its category's, or its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Cosine similarities in [-1, 1]. A subject's own goes before its category's, that before the default."""

    default: float
    by_category: Mapping[str, float] = field(default_factory=dict)
    by_subject: Mapping[str, float] = field(default_factory=dict, repr=False)

    def of(self, subject_id: str, category: str | None) -> float:
        """The threshold of a subject of this category."""
        own = self.by_subject.get(subject_id)
        if own is not None:
            return own
        return self.default if category is None else self.by_category.get(category, self.default)
