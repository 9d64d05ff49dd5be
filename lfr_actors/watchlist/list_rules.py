"""The rules for watchlists, one function each: what a list has to be, and what to say when it is not.

Pure; in the order in which reports show them. `policy` says what a site may ask for and why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from lfr_actors.watchlist.policy import SUBJECT_FACTS, Entry, Finding, ListPolicy, Occasion, Outcome
from lfr_actors.watchlist.version import BLUE_LIST

_BLUE_EXEMPT: Final = frozenset({"category", "legal_basis", "priority", "expires"})
"""What need not be said of the blue list: nobody is looking for them."""
_ADULT: Final = 18
_LONGEST_LIFE: Final = dt.timedelta(days=366 * 120)


def check(policy: ListPolicy, entries: Sequence[Entry], occasion: Occasion) -> tuple[Finding, ...]:
    """A finding of every rule, in a fixed order, whether it applies or not."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.subject_id, entry)
    subjects = list(first.values())
    return (
        _size("subjects", len(subjects), policy.max_subjects),
        _size("pictures", len(entries), policy.max_pictures),
        _fresh(policy, occasion),
        _not_expired(subjects, occasion.today),
        _dates(entries, occasion.today),
        _adults(subjects, occasion),
        _picture_age(policy, entries, occasion.today),
        _required(policy, entries, subjects),
        _categories(policy, subjects, occasion.purposes),
        _legal_basis(policy, subjects),
    )


def _size(what: str, count: int, ceiling: int | None) -> Finding:
    if ceiling is None:
        words = f"{count:,}; this site sets no ceiling"
        return Finding(rule=f"max-{what}", outcome=Outcome.NOT_APPLICABLE, words=words)
    outcome = Outcome.REFUSED if count > ceiling else Outcome.PASSED
    return Finding(
        rule=f"max-{what}", outcome=outcome, words=f"{count:,} {what}, at most {ceiling:,} allowed"
    )


def _fresh(policy: ListPolicy, occasion: Occasion) -> Finding:
    hours, allowed = (span / dt.timedelta(hours=1) for span in (occasion.age, policy.built_within))
    words = f"built {hours:.1f} hours ago, at most {allowed:g} allowed"
    if occasion.age < dt.timedelta(0):
        words = "built at a time that has not come yet: check the clock"
    stale = not dt.timedelta(0) <= occasion.age <= policy.built_within
    return Finding(rule="built-within", outcome=Outcome.REFUSED if stale else Outcome.PASSED, words=words)


def _verdict(rule: str, rows: Sequence[str], good: str, bad: str) -> Finding:
    """A rule that holds unless it objects to a row."""
    if rows:
        return Finding(rule=rule, outcome=Outcome.REFUSED, words=bad, rows=tuple(rows))
    return Finding(rule=rule, outcome=Outcome.PASSED, words=good)


def _said(entry: Entry, words: str) -> str:
    return f"{entry.where}: subject {entry.subject_id}: {words}"


def _not_expired(subjects: Sequence[Entry], today: dt.date) -> Finding:
    rows = [
        _said(entry, f"expired on {entry.expires}; take the subject off, or renew it")
        for entry in subjects
        if entry.expires is not None and entry.expires < today
    ]
    return _verdict(
        "expiry",
        rows,
        "nobody's last day has passed",
        f"expired: {len(rows)}, who should not be on a list today",
    )


def _dates(entries: Sequence[Entry], today: dt.date) -> Finding:
    """Dates that cannot be: they are mistakes, and the rules about age would believe them."""
    rows = []
    for entry in entries:
        born, taken = entry.date_of_birth, entry.image_taken
        if born is not None and not today - _LONGEST_LIFE < born <= today:
            rows.append(_said(entry, "the date of birth is impossible"))
        elif taken is not None and born is not None and taken < born:
            rows.append(_said(entry, f"image_taken {taken} is before the subject was born"))
        if taken is not None and taken > today:
            rows.append(_said(entry, f"image_taken {taken} is in the future"))
    return _verdict("dates", rows, "every date is possible", f"impossible dates: {len(rows)}")


def _adults(subjects: Sequence[Entry], occasion: Occasion) -> Finding:
    """Holds at every site and for everybody, the blue list too."""
    rule = "under-18"
    known = [entry for entry in subjects if entry.date_of_birth is not None]
    unknown = len(subjects) - len(known)
    rest = f"; of {unknown} no date of birth is given" if unknown else ""
    if not known:
        return Finding(rule=rule, outcome=Outcome.NOT_APPLICABLE, words="no date of birth is given")
    rows = tuple(
        _said(entry, "is under 18")
        for entry in known
        if entry.date_of_birth is not None and _age(entry.date_of_birth, occasion.today) < _ADULT
    )
    if not rows:
        words = f"{len(known)} are 18 or older{rest}"
        return Finding(rule=rule, outcome=Outcome.PASSED, words=words)
    if occasion.under_18_authority is None:
        words = (
            f"{len(rows)} under 18 and nobody is named who decided it{rest}; write rank, name and reference as "
            "watchlist: under_18_authority in the deployment file, or --under-18-authority"
        )
        return Finding(rule=rule, outcome=Outcome.REFUSED, words=words, rows=rows)
    words = f"{len(rows)} under 18, by authority of {occasion.under_18_authority}{rest}"
    return Finding(rule=rule, outcome=Outcome.WARNED, words=words, rows=rows)


def _age(born: dt.date, today: dt.date) -> int:
    """Full years; who is born on 29 February has a birthday on 1 March in other years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _picture_age(policy: ListPolicy, entries: Sequence[Entry], today: dt.date) -> Finding:
    rule, most = "picture-age", policy.max_picture_age
    if most is None:
        return Finding(rule=rule, outcome=Outcome.NOT_APPLICABLE, words="this site sets no ceiling")
    rows = []
    for entry in entries:
        if entry.image_taken is None:
            rows.append(_said(entry, "image_taken is empty, so that its age is not known"))
        elif today - entry.image_taken > most:
            rows.append(
                _said(entry, f"taken on {entry.image_taken}, {(today - entry.image_taken).days:,} days ago")
            )
    limit = f"at most {most.days:,} days"
    return _verdict(
        rule,
        rows,
        f"every picture is {limit} old",
        f"{len(rows)} pictures are older, or of unknown age; {limit} allowed",
    )


def _required(policy: ListPolicy, entries: Sequence[Entry], subjects: Sequence[Entry]) -> Finding:
    rule = "required-facts"
    if not policy.require:
        return Finding(rule=rule, outcome=Outcome.NOT_APPLICABLE, words="this site requires none")
    rows = []
    for fact in policy.require:
        for entry in subjects if fact in SUBJECT_FACTS else entries:
            exempt = entry.category == BLUE_LIST and fact in _BLUE_EXEMPT
            if getattr(entry, fact) is None and not exempt:
                rows.append(_said(entry, f"{fact} is empty"))
    asked = ", ".join(policy.require)
    return _verdict(rule, rows, f"every row says {asked}", f"{len(rows)} of these are missing: {asked}")


def _categories(policy: ListPolicy, subjects: Sequence[Entry], purposes: Sequence[str]) -> Finding:
    rule = "categories"
    if not policy.categories:
        return Finding(rule=rule, outcome=Outcome.NOT_APPLICABLE, words="this site allows every category")
    if not purposes:
        words = "no purpose was named, so that it is asked when the list is used"
        return Finding(rule=rule, outcome=Outcome.NOT_APPLICABLE, words=words)
    allowed = sorted({category for purpose in purposes for category in policy.categories.get(purpose, ())})
    rows = [
        _said(entry, "category is empty" if entry.category is None else f"category {entry.category!r}")
        for entry in subjects
        if entry.category not in allowed and entry.category != BLUE_LIST
    ]
    words = f"for {', '.join(purposes)} this site allows {', '.join(allowed) or 'no category'}"
    return _verdict(rule, rows, words, words)


def _legal_basis(policy: ListPolicy, subjects: Sequence[Entry]) -> Finding:
    """One each: that rows of a subject do not name two is asked where they are read."""
    rule = "legal-basis"
    asked = [entry for entry in subjects if entry.category != BLUE_LIST]
    missing = [entry for entry in asked if entry.legal_basis is None]
    if not policy.legal_bases and "legal_basis" not in policy.require:
        if missing:
            words = f"none is given for {len(missing)} of {len(asked)}; this site does not require one"
            return Finding(rule=rule, outcome=Outcome.WARNED, words=words)
        return Finding(rule=rule, outcome=Outcome.PASSED, words="one is given for everybody")
    rows = [_said(entry, "legal_basis is empty") for entry in missing]
    if policy.legal_bases:
        rows += [
            _said(entry, f"legal_basis {entry.legal_basis!r}")
            for entry in asked
            if entry.legal_basis is not None and entry.legal_basis not in policy.legal_bases
        ]
    allowed = f": {', '.join(policy.legal_bases)}" if policy.legal_bases else ""
    return _verdict(
        rule,
        rows,
        f"everybody has one that is allowed{allowed}",
        f"{len(rows)} have none that is allowed{allowed}",
    )
