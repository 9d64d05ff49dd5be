"""The policy: what each class promises, what a deployment and a site may change, and that it travels."""

from __future__ import annotations

import datetime as dt
import json
import pickle
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfr_actors.errors import Refused
from lfr_actors.retention.policy import (
    CEILINGS,
    DEFAULT_POLICY,
    RETENTION_KEYS,
    ClockStart,
    DataClass,
    RetentionPolicy,
    SitePolicy,
    duration_words,
    policy_for,
)
from lfr_actors.spec.retention import LEAST_NON_MATCH, Retention

H, D, MS = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(milliseconds=1)
NONE, SECOND = dt.timedelta(0), dt.timedelta(seconds=1)


def lifetimes(policy: RetentionPolicy) -> dict[str, dt.timedelta]:
    """Lifetimes by the keys of a deployment file."""
    return {key: policy.rule_of(data_class).lifetime for key, data_class in RETENTION_KEYS.items()}


def test_the_table_says_what_was_promised() -> None:
    """The published wording: within a second, straight away, 24 hours, 31 days, at the end; the rest is kept."""
    assert [(row.data_class, row.erased) for row in DEFAULT_POLICY.table()] == [
        ("non-match", "at most 1 second after the capture of the face"),
        ("false-alert", "at once when a person decides that the alert is false"),
        ("alert", "24 hours after the end of the deployment"),
        ("footage", "31 days after the end of the segment"),
        ("watchlist", "at once at the end of the deployment"),
        ("kept", "kept: nothing in it says who a person is"),
    ]
    footage = DEFAULT_POLICY.table()[3]
    assert (footage.kept_for, footage.clock_starts) == ("31 days", "the end of the segment")


@pytest.mark.parametrize(
    ("data_class", "clock"),
    [
        (DataClass.NON_MATCH, ClockStart.CAPTURE),
        (DataClass.FALSE_ALERT, ClockStart.ADJUDICATION),
        (DataClass.ALERT, ClockStart.DEPLOYMENT_END),
        (DataClass.FOOTAGE, ClockStart.SEGMENT_END),
        (DataClass.WATCHLIST, ClockStart.DEPLOYMENT_END),
    ],
)
def test_each_class_has_its_own_clock(data_class: DataClass, clock: ClockStart) -> None:
    """Capture, decision, end of segment and end of deployment are different moments, and none is left open."""
    rule = DEFAULT_POLICY.rule_of(data_class)
    assert rule.clock is clock
    assert rule.lifetime <= CEILINGS[data_class]


def test_what_is_kept_has_no_rule() -> None:
    """Nothing erases counts and the chain: asking for their rule is a mistake, not a lifetime."""
    with pytest.raises(LookupError, match="kept"):
        DEFAULT_POLICY.rule_of(DataClass.KEPT)


TABLE: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # what the deployment gives, what the site gives, what differs from the defaults
    ({}, {}, {}),
    ({"alerts": 12 * H}, {}, {"alerts": 12 * H}),
    ({"alerts": NONE, "footage": NONE}, {}, {"alerts": NONE, "footage": NONE}),
    ({"watchlist": 24 * H}, {}, {"watchlist": 24 * H}),
    ({"non_match": 200 * MS}, {}, {"non_match": 200 * MS}),
    ({}, {"alerts": 6 * H, "footage": 14 * D}, {"alerts": 6 * H, "footage": 14 * D}),
    ({"alerts": 6 * H}, {"alerts": 6 * H}, {"alerts": 6 * H}),
    ({"alerts": 5 * H}, {"alerts": 6 * H}, {"alerts": 5 * H}),
    ({}, {"watchlist": 2 * H}, {}),  # a ceiling does not lengthen a default that is shorter
    ({"watchlist": H}, {"watchlist": 2 * H}, {"watchlist": H}),
    ({}, {"non_match": 500 * MS}, {"non_match": 500 * MS}),
    ({"footage": 7 * D}, {"alerts": H}, {"alerts": H, "footage": 7 * D}),
]


@pytest.mark.parametrize(("asked", "site", "changed"), TABLE)
def test_a_deployment_may_shorten(
    asked: dict[str, Any], site: dict[str, Any], changed: dict[str, Any]
) -> None:
    """What the file gives holds; what it does not give is the smaller of the default and the site's ceiling."""
    policy = policy_for(Retention(**asked), SitePolicy(**site))
    assert lifetimes(policy) == lifetimes(DEFAULT_POLICY) | changed
    assert policy.rule_of(DataClass.FALSE_ALERT) == DEFAULT_POLICY.rule_of(DataClass.FALSE_ALERT)


@pytest.mark.parametrize(
    ("asked", "site", "what", "words"),
    [
        ({"alerts": 24 * H}, {"alerts": 12 * H}, "retention.alerts", ("24 hours", "site allows 12 hours")),
        ({"footage": 31 * D}, {"footage": 30 * D}, "retention.footage", ("31 days", "30 days at most")),
        ({"watchlist": H}, {"watchlist": NONE}, "retention.watchlist", ("1 hour", "allows 0 seconds")),
        ({"non_match": SECOND}, {"non_match": 500 * MS}, "retention.non_match", ("1 second", "0.5 seconds")),
        ({}, {"alerts": 25 * H}, "the site's retention.alerts", ("25 hours", "product allows 24 hours")),
        ({"footage": D}, {"footage": 32 * D}, "the site's retention.footage", ("32 days", "31 days")),
    ],
)
def test_nobody_may_lengthen(
    asked: dict[str, Any], site: dict[str, Any], what: str, words: tuple[str, ...]
) -> None:
    """Above the site's ceiling, or a site above the product's: refused, with key, value and ceiling."""
    with pytest.raises(Refused) as caught:
        policy_for(Retention(**asked), SitePolicy(**site))
    assert caught.value.what == what
    assert all(word in caught.value.reason for word in words)


def spans(low: dt.timedelta, high: dt.timedelta) -> st.SearchStrategy[dt.timedelta]:
    """Durations between two, and both ends often."""
    return st.sampled_from([low, high]) | st.timedeltas(min_value=low, max_value=high)


GIVEN = st.fixed_dictionaries(
    {},
    optional={
        key: spans(LEAST_NON_MATCH if key == "non_match" else NONE, CEILINGS[data_class])
        for key, data_class in RETENTION_KEYS.items()
    },
)


@given(asked=GIVEN, site=GIVEN)
def test_no_policy_is_longer_than_any_ceiling(
    asked: dict[str, dt.timedelta], site: dict[str, dt.timedelta]
) -> None:
    """Whatever a deployment and a site write: refused, or within file, site and product alike."""
    try:
        policy = policy_for(Retention(**asked), SitePolicy(**site))
    except Refused as error:
        key = error.what.removeprefix("retention.")
        assert asked[key] > site[key]
        return
    for key, lifetime in lifetimes(policy).items():
        data_class = RETENTION_KEYS[key]
        assert lifetime <= min(site.get(key, CEILINGS[data_class]), CEILINGS[data_class])
        assert lifetime == asked.get(key, lifetime)


@given(asked=GIVEN)
def test_a_policy_travels_as_json(asked: dict[str, dt.timedelta]) -> None:
    """Written as JSON and read back, or pickled, a policy is the same and has the same digest."""
    policy = policy_for(Retention(**asked), SitePolicy())
    again = RetentionPolicy.from_json(json.loads(json.dumps(policy.to_json())))
    assert again == policy == pickle.loads(pickle.dumps(policy))
    assert again.digest == policy.digest


def test_the_digest_tells_policies_apart() -> None:
    """Any other lifetime, clock, wording or version is another digest; the same policy has the same."""
    policies = [
        DEFAULT_POLICY,
        policy_for(Retention(alerts=23 * H), SitePolicy()),
        replace(DEFAULT_POLICY, version=2),
        replace(
            DEFAULT_POLICY,
            rules=(replace(DEFAULT_POLICY.rules[0], clock=ClockStart.MADE), *DEFAULT_POLICY.rules[1:]),
        ),
        replace(
            DEFAULT_POLICY, rules=(replace(DEFAULT_POLICY.rules[0], what="faces"), *DEFAULT_POLICY.rules[1:])
        ),
    ]
    assert len({policy.digest for policy in policies}) == len(policies)
    assert policy_for(Retention(alerts=24 * H), SitePolicy()).digest == DEFAULT_POLICY.digest
    assert len(bytes.fromhex(DEFAULT_POLICY.digest)) == 32


RULES = DEFAULT_POLICY.to_json()["rules"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"version": 1, "rules": 3},
        {"version": 1, "rules": []},
        {"version": 1, "rules": RULES[1:]},
        {"version": 1, "rules": [*RULES, RULES[0]]},
        {"version": 1, "rules": [RULES[0] | {"class": "face"}, *RULES[1:]]},
        {"version": 1, "rules": [RULES[0] | {"clock": "never"}, *RULES[1:]]},
        {"version": 1, "rules": [RULES[0] | {"lifetime_s": "1"}, *RULES[1:]]},
        {"version": 1, "rules": [RULES[0] | {"lifetime_s": -1}, *RULES[1:]]},
        {"version": 1, "rules": [RULES[0] | {"lifetime_s": float("nan")}, *RULES[1:]]},
        {"version": 1, "rules": [RULES[0] | {"lifetime_s": 1e300}, *RULES[1:]]},
    ],
)
def test_what_is_no_policy_is_refused(data: dict[str, Any]) -> None:
    """A class without a rule or with two, an unknown word, a lifetime that is none: refused, not guessed."""
    with pytest.raises(ValueError, match="is not a retention policy"):
        RetentionPolicy.from_json(data)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (31 * D, "31 days"),
        (2 * D, "2 days"),
        (D, "24 hours"),
        (36 * H, "36 hours"),
        (H, "1 hour"),
        (90 * 60 * SECOND, "90 minutes"),
        (SECOND, "1 second"),
        (200 * MS, "0.2 seconds"),
        (1500 * MS, "1.5 seconds"),
        (NONE, "0 seconds"),
    ],
)
def test_durations_are_said_as_people_say_them(duration: dt.timedelta, words: str) -> None:
    """24 hours stay hours, as the rules have it; a single one has no plural."""
    assert duration_words(duration) == words


def test_the_rules_need_nothing_else() -> None:
    """Policy, schedule and holds import neither the deployment file's schema nor the store nor Ray."""
    code = (
        "import sys, lfr_actors.retention.policy, lfr_actors.retention.schedule, lfr_actors.retention.holds\n"
        "print(sorted({'pydantic', 'sqlalchemy', 'ray', 'numpy'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == "[]"
