"""The site's own rules, in `site.yaml` of the data folder.

    retention: {alerts: 12h, footage: 14d, watchlist: 0s, non_match: 500ms}
    watchlist:
      max_subjects: 2000
      max_pictures: 2000
      built_within: 12h
      max_picture_age: 3650d
      require: [category, legal_basis, image_source]
      categories: {warrant: [warrant], safeguarding: [missing, vulnerable]}
      legal_bases: [court warrant, PACE s.24]
      proofs: 31d
    outcomes: {offences: [theft, violence, breach-of-order, other]}
    webhooks: {allow_subject: true, allow_pictures: true}

Each lifetime is at most the product's; a key that is not given, and a file that is not there, mean the product's.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError, field_validator

from lfr_actors.alerting.outcomes import OFFENCES, offence_problem, offences_of
from lfr_actors.delivery.endpoint import Disclosure
from lfr_actors.errors import InvalidFile
from lfr_actors.retention.policy import SitePolicy
from lfr_actors.spec.document import read_document
from lfr_actors.spec.duration import Duration, show_duration
from lfr_actors.spec.mistakes import mistakes_of
from lfr_actors.spec.part import Part, Text
from lfr_actors.spec.purposes import check_purpose
from lfr_actors.spec.retention import Retention
from lfr_actors.watchlist.policy import (
    BUILT_WITHIN_CEILING,
    PROOFS_CEILING,
    PROOFS_DEFAULT,
    ListPolicy,
)

SITE_FILE: Final = "site.yaml"

Fact = Literal[
    "category", "priority", "legal_basis", "expires", "date_of_birth", "image_source", "image_taken"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the site allows: how long things are kept, what a watchlist has to be, what webhooks may tell.

    `offences`: the categories of offences that an outcome may name, and their words.
    """

    retention: SitePolicy = field(default_factory=SitePolicy)
    watchlist: ListPolicy = field(default_factory=ListPolicy)
    offences: Mapping[str, str] = field(default_factory=lambda: OFFENCES)
    webhooks: Disclosure = field(default_factory=Disclosure)


class _Watchlist(Part):
    max_subjects: int | None = Field(default=None, ge=1)
    max_pictures: int | None = Field(default=None, ge=1)
    built_within: Duration = BUILT_WITHIN_CEILING
    max_picture_age: Duration | None = None
    require: tuple[Fact, ...] = ()
    categories: dict[Text, tuple[Text, ...]] = Field(default_factory=dict)
    legal_bases: tuple[Text, ...] = ()
    proofs: Duration = PROOFS_DEFAULT

    @field_validator("built_within")
    @classmethod
    def _fresh(cls, value: dt.timedelta) -> dt.timedelta:
        return _within(value, BUILT_WITHIN_CEILING)

    @field_validator("proofs")
    @classmethod
    def _kept(cls, value: dt.timedelta) -> dt.timedelta:
        return _within(value, PROOFS_CEILING)

    @field_validator("require", "legal_bases")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("names the same twice; write each once")
        return value

    @field_validator("categories")
    @classmethod
    def _by_purpose(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        for purpose in value:
            try:
                check_purpose(purpose)
            except ValueError as error:
                raise ValueError(f"{purpose!r} {error}") from None
        return value

    def policy(self) -> ListPolicy:
        """The rules as plain values."""
        return ListPolicy(
            max_subjects=self.max_subjects,
            max_pictures=self.max_pictures,
            built_within=self.built_within,
            max_picture_age=self.max_picture_age,
            require=self.require,
            categories=dict(self.categories),
            legal_bases=self.legal_bases,
            proofs=self.proofs,
        )


class _Webhooks(Part):
    allow_subject: bool = False
    allow_pictures: bool = False


class _Outcomes(Part):
    offences: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=100)

    @field_validator("offences")
    @classmethod
    def _slugs(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for slug in value or ():
            problem = offence_problem(slug)
            if problem is not None:
                raise ValueError(f"{slug!r} {problem}")
        if value is not None and len(set(value)) < len(value):
            raise ValueError("names the same twice; write each once")
        return value


class _Site(Part):
    retention: Retention = Retention()
    watchlist: _Watchlist = _Watchlist()
    outcomes: _Outcomes = _Outcomes()
    webhooks: _Webhooks = _Webhooks()


def _within(value: dt.timedelta, longest: dt.timedelta) -> dt.timedelta:
    if value > longest:
        raise ValueError(f"is longer than the rules allow; write {show_duration(longest)} or less")
    return value


def site_file(home: Path) -> Path | None:
    """The site's file; None when there is none. A link that leads nowhere is there, and will be refused."""
    path = home / SITE_FILE
    return path if os.path.lexists(path) else None


def read_site(home: Path) -> Site:
    """The rules of the site whose data folder is `home`.

    Raises `InvalidFile` with every mistake, each `line N: key: what is wrong; what would be right`: a key that
    is not known, what is not a duration, a ceiling above the product's.
    """
    path = site_file(home)
    if path is None:
        return Site()
    document = read_document(path, os.environ, what="site", first="retention: {alerts: 24h}")
    mistakes = list(document.mistakes)
    site = None
    try:
        site = _Site.model_validate(document.data)
    except ValidationError as error:
        mistakes += mistakes_of(error, document, _Site)
    if site is None or mistakes:
        shown = sorted(set(mistakes), key=lambda mistake: (mistake.line, mistake.path))
        raise InvalidFile(str(path), tuple(str(mistake) for mistake in shown))
    # The default of a lifetime is not its ceiling: only what was written lowers one.
    given = {key: getattr(site.retention, key) for key in site.retention.model_fields_set}
    return Site(
        retention=SitePolicy(**given),
        watchlist=site.watchlist.policy(),
        offences=offences_of(site.outcomes.offences),
        webhooks=Disclosure(**site.webhooks.model_dump()),
    )
