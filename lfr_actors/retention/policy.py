"""The retention policy: classes of data, how long each is kept, and when its clock starts.

    policy = policy_for(deployment.retention, read_site(home))
    policy.rule_of(DataClass.ALERT).lifetime        what erases
    policy.table()                                  what the notice and the record say

One value does all of it, so that what is promised to the public is what is carried out. The wording and the
figures are those that forces publish: data of people who are not on the list is gone within a second, alerts
within 24 hours, a false one straight away, CCTV after 31 days, the watchlist at the end.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from lfr_actors.errors import Refused

if TYPE_CHECKING:
    from lfr_actors.spec.retention import Retention


class DataClass(StrEnum):
    """What a piece of data is, as far as keeping it is concerned."""

    NON_MATCH = "non-match"
    FALSE_ALERT = "false-alert"
    ALERT = "alert"
    FOOTAGE = "footage"
    WATCHLIST = "watchlist"
    KEPT = "kept"


class ClockStart(StrEnum):
    """The moment from which a lifetime counts.

    `deployment-end` is when a deployment was closed, stopped or lost. An operation that groups several
    deployments does not lengthen it: each deployment starts the clocks of its own data, even when the
    operation goes on in another town the next day. `deployment-close` does not come with a mere stop; it and
    `made` are for objects that follow no rule of the public policy, such as a deployment's secret.
    """

    CAPTURE = "capture"
    ADJUDICATION = "adjudication"
    SEGMENT_END = "segment-end"
    DEPLOYMENT_END = "deployment-end"
    DEPLOYMENT_CLOSE = "deployment-close"
    MADE = "made"


CLOCK_WORDS: Final[Mapping[ClockStart, str]] = MappingProxyType(
    {
        ClockStart.CAPTURE: "the capture of the face",
        ClockStart.ADJUDICATION: "the decision that the alert is false",
        ClockStart.SEGMENT_END: "the end of the segment",
        ClockStart.DEPLOYMENT_END: "the end of the deployment",
        ClockStart.DEPLOYMENT_CLOSE: "the closing of the deployment",
        ClockStart.MADE: "its making",
    }
)
"""Each clock start in plain words."""

_AT_ONCE: Final[Mapping[ClockStart, str]] = MappingProxyType(
    {
        ClockStart.CAPTURE: "at once after the capture of the face",
        ClockStart.ADJUDICATION: "at once when a person decides that the alert is false",
        ClockStart.SEGMENT_END: "at once at the end of the segment",
        ClockStart.DEPLOYMENT_END: "at once at the end of the deployment",
        ClockStart.DEPLOYMENT_CLOSE: "at once when the deployment is closed",
        ClockStart.MADE: "at once",
    }
)

CEILINGS: Final[Mapping[DataClass, dt.timedelta]] = MappingProxyType(
    {
        DataClass.NON_MATCH: dt.timedelta(seconds=1),
        DataClass.FALSE_ALERT: dt.timedelta(0),
        DataClass.ALERT: dt.timedelta(hours=24),
        DataClass.FOOTAGE: dt.timedelta(days=31),
        DataClass.WATCHLIST: dt.timedelta(hours=24),
    }
)
"""The product's own limits: no site and no deployment keeps anything longer."""

RETENTION_KEYS: Final[Mapping[str, DataClass]] = MappingProxyType(
    {
        "alerts": DataClass.ALERT,
        "footage": DataClass.FOOTAGE,
        "watchlist": DataClass.WATCHLIST,
        "non_match": DataClass.NON_MATCH,
    }
)
"""The keys of `retention:` in a deployment file and in the site's, and the class that each speaks of."""

KEPT_WHAT: Final = "counts, outcomes without identity, the log of events and its receipts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One class of data: what it is for people to read, its lifetime, and when the clock starts."""

    data_class: DataClass
    lifetime: dt.timedelta
    clock: ClockStart
    what: str

    @property
    def words(self) -> str:
        """When it is erased, such as `31 days after the end of the segment`."""
        return when_erased(self.lifetime, self.clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyRow:
    """A line of the table for the notice and the record, in plain words.

    `kept_for` and `clock_starts` are the two halves (`31 days`, `the end of the segment`), `erased` the whole
    (`31 days after the end of the segment`).
    """

    data_class: DataClass
    what: str
    kept_for: str
    clock_starts: str
    erased: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """The rules in force, one for each class but `kept`, which has none: it speaks of nobody.

    Raises `ValueError` when a class has no rule or several, and for a lifetime below zero.
    """

    version: int
    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        ruled = sorted(rule.data_class for rule in self.rules)
        if ruled != sorted(CEILINGS):
            raise ValueError(f"has rules for {', '.join(ruled)}; each of {', '.join(CEILINGS)} needs one")
        if any(rule.lifetime < dt.timedelta(0) for rule in self.rules):
            raise ValueError("has a lifetime below zero")

    def rule_of(self, data_class: DataClass) -> Rule:
        """The rule of a class. Raises `LookupError` for `kept`, which is never erased."""
        for rule in self.rules:
            if rule.data_class == data_class:
                return rule
        raise LookupError(f"no rule erases data of class {data_class}")

    @property
    def lifetimes_s(self) -> dict[str, float]:
        """Lifetimes in seconds by class."""
        return {str(rule.data_class): rule.lifetime.total_seconds() for rule in self.rules}

    def table(self) -> list[PolicyRow]:
        """The policy as people read it, in the order of the rules; what is kept comes last."""
        rows = [
            PolicyRow(
                data_class=rule.data_class,
                what=rule.what,
                kept_for=duration_words(rule.lifetime),
                clock_starts=CLOCK_WORDS[rule.clock],
                erased=rule.words,
            )
            for rule in self.rules
        ]
        kept = PolicyRow(
            data_class=DataClass.KEPT,
            what=KEPT_WHAT,
            kept_for="kept",
            clock_starts="–",
            erased="kept: nothing in it says who a person is",
        )
        return [*rows, kept]

    @property
    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of the whole policy."""
        canonical = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The policy as plain JSON values; `from_json` reads it back."""
        rules = [
            {
                "class": str(rule.data_class),
                "what": rule.what,
                "lifetime_s": rule.lifetime.total_seconds(),
                "clock": str(rule.clock),
            }
            for rule in self.rules
        ]
        return {"version": self.version, "rules": rules}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The policy that `to_json` wrote. Raises `ValueError` for anything else."""
        try:
            rules = tuple(
                Rule(
                    data_class=DataClass(rule["class"]),
                    lifetime=dt.timedelta(seconds=rule["lifetime_s"]),
                    clock=ClockStart(rule["clock"]),
                    what=str(rule["what"]),
                )
                for rule in data["rules"]
            )
            return cls(version=int(data["version"]), rules=rules)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"is not a retention policy: {type(error).__name__} {error}") from error


POLICY_VERSION: Final = 1
"""Goes up when a class, a clock start or a wording changes; other lifetimes show in the digest."""

DEFAULT_POLICY: Final = RetentionPolicy(
    version=POLICY_VERSION,
    rules=(
        Rule(
            data_class=DataClass.NON_MATCH,
            lifetime=dt.timedelta(seconds=1),
            clock=ClockStart.CAPTURE,
            what="faces of people who raise no alert: picture and template",
        ),
        Rule(
            data_class=DataClass.FALSE_ALERT,
            lifetime=dt.timedelta(0),
            clock=ClockStart.ADJUDICATION,
            what="false alerts: pictures, template and for whom the person was taken",
        ),
        Rule(
            data_class=DataClass.ALERT,
            lifetime=dt.timedelta(hours=24),
            clock=ClockStart.DEPLOYMENT_END,
            what="all other alerts and their pictures",
        ),
        Rule(
            data_class=DataClass.FOOTAGE,
            lifetime=dt.timedelta(days=31),
            clock=ClockStart.SEGMENT_END,
            what="footage of cameras (CCTV)",
        ),
        Rule(
            data_class=DataClass.WATCHLIST,
            lifetime=dt.timedelta(0),
            clock=ClockStart.DEPLOYMENT_END,
            what="the watchlist: pictures, templates and names",
        ),
    ),
)
"""What holds where neither the site nor the deployment says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePolicy:
    """The ceilings of a site, one for each key of `retention:`; without a file they are the product's."""

    alerts: dt.timedelta = CEILINGS[DataClass.ALERT]
    footage: dt.timedelta = CEILINGS[DataClass.FOOTAGE]
    watchlist: dt.timedelta = CEILINGS[DataClass.WATCHLIST]
    non_match: dt.timedelta = CEILINGS[DataClass.NON_MATCH]

    def ceiling(self, key: str) -> dt.timedelta:
        """The ceiling of a key of `RETENTION_KEYS`. Raises `Refused` when it is above the product's."""
        if key not in RETENTION_KEYS:
            raise KeyError(key)
        ceiling: dt.timedelta = getattr(self, key)
        _require(f"the site's retention.{key}", ceiling, "the product", CEILINGS[RETENTION_KEYS[key]])
        return ceiling

    def policy(self) -> RetentionPolicy:
        """The policy of a deployment that asks for nothing: each default, or the ceiling where that is less."""
        return _with_lifetimes(
            {
                data_class: min(DEFAULT_POLICY.rule_of(data_class).lifetime, self.ceiling(key))
                for key, data_class in RETENTION_KEYS.items()
            }
        )


def policy_for(retention: Retention, site: SitePolicy) -> RetentionPolicy:
    """The policy of a deployment: what its file gives, and the site's for what it does not give.

    A deployment may shorten any lifetime and lengthen none beyond the site's ceiling, nor the site beyond the
    product's: raises `Refused` with the key, the value and the ceiling. A false alert is always erased at
    once, so there is no key for it.
    """
    lifetimes = {}
    for key, data_class in RETENTION_KEYS.items():
        if key not in retention.model_fields_set:
            continue
        asked: dt.timedelta = getattr(retention, key)
        _require(f"retention.{key}", asked, "this site", site.ceiling(key))
        lifetimes[data_class] = asked
    return _with_lifetimes(lifetimes, site.policy())


def when_erased(lifetime: dt.timedelta, clock: ClockStart) -> str:
    """When something is erased, in plain words, such as `24 hours after the end of the deployment`."""
    if not lifetime:
        return _AT_ONCE[clock]
    within = "at most " if clock is ClockStart.CAPTURE else ""
    return f"{within}{duration_words(lifetime)} after {CLOCK_WORDS[clock]}"


def duration_words(duration: dt.timedelta) -> str:
    """A duration as people say it: `31 days`, `24 hours`, `1 second`, `0.2 seconds`.

    Days from two on, because rules speak of 24 hours.
    """
    if not duration:
        return "0 seconds"
    for unit, length in _UNIT_WORDS.items():
        count, rest = divmod(duration, length)
        if not rest and not (unit == "day" and count < 2):
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{duration.total_seconds():g} seconds"


_UNIT_WORDS: Final[Mapping[str, dt.timedelta]] = MappingProxyType(
    {
        "day": dt.timedelta(days=1),
        "hour": dt.timedelta(hours=1),
        "minute": dt.timedelta(minutes=1),
        "second": dt.timedelta(seconds=1),
    }
)


def _require(what: str, asked: dt.timedelta, whose: str, ceiling: dt.timedelta) -> None:
    if asked > ceiling:
        reason = f"it is {duration_words(asked)}, and {whose} allows {duration_words(ceiling)} at most"
        raise Refused(what, reason)


def _with_lifetimes(
    lifetimes: Mapping[DataClass, dt.timedelta], policy: RetentionPolicy = DEFAULT_POLICY
) -> RetentionPolicy:
    rules = (replace(rule, lifetime=lifetimes.get(rule.data_class, rule.lifetime)) for rule in policy.rules)
    return replace(policy, rules=tuple(rules))
