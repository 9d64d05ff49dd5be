"""What stands on the sign of a deployment: of its file, and of the policy by which its data is erased."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lfr_actors.records.notice.english import ENGLISH
from lfr_actors.records.notice.welsh import WELSH
from lfr_actors.records.notice.words import Language, Words, sentence
from lfr_actors.retention.policy import ClockStart, DataClass, RetentionPolicy
from lfr_actors.spec.camera import Camera
from lfr_actors.spec.deployment import Deployment
from lfr_actors.spec.notice import WelshNames

_DIGEST_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and its sentences."""

    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A line of the table: what it is, and when it is erased."""

    what: str
    erased: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """The sign in one language. `facts` are pairs of a heading and a text: who, where, when.

    `why_people` is empty where the deployment looks for nobody by kind, and `record` None without an address.
    """

    language: Language
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    why: str
    why_people: str
    purposes: tuple[str, ...]
    places: tuple[str, ...]
    not_listed: Section
    mistaken: Section
    kept: str
    kept_columns: tuple[str, str]
    kept_rows: tuple[Kept, ...]
    longer: str
    ask: Section
    rights: Section
    record_words: str
    record: str | None
    code_words: str
    small: str


def notice_content(
    deployment: Deployment, policy: RetentionPolicy, proofs: dt.timedelta, language: Language
) -> NoticeContent:
    """The sign of a deployment in one language; `proofs` is how long the site keeps proofs of who was listed.

    Raises `ValueError` for a deployment without `force` or without `notice`: nobody could be asked.
    """
    notice, force = deployment.notice, deployment.force
    if notice is None or force is None:
        raise ValueError(
            "a sign needs force and notice of the deployment file: who watches, and where to ask"
        )
    words = ENGLISH if language == "en" else WELSH
    names = notice.welsh if language == "cy" else WelshNames()
    return NoticeContent(
        language=language,
        title=words.title,
        lead=f"{words.lead} {words.two_decide if deployment.adjudication.two_person else words.one_decides}",
        facts=_facts(deployment, force, names, words),
        why=words.why,
        why_people=words.why_people if any(each in words.purposes for each in deployment.purposes) else "",
        purposes=tuple(words.purposes[each] for each in deployment.purposes if each in words.purposes),
        places=tuple(words.places[each] for each in deployment.purposes if each in words.places),
        not_listed=_not_listed(deployment, policy, words),
        mistaken=Section(
            heading=words.mistaken,
            lines=(
                words.mistaken_person,
                words.mistaken_erased.format(erased=_erased(policy, DataClass.FALSE_ALERT, words)),
            ),
        ),
        kept=words.kept,
        kept_columns=(words.kept_what, words.kept_until),
        kept_rows=_kept(deployment, policy, proofs, words),
        longer=words.longer,
        ask=Section(heading=words.ask, lines=(names.ask or notice.ask,)),
        rights=Section(heading=words.rights, lines=(words.rights_text,)),
        record_words=words.record,
        record=notice.record,
        code_words="" if notice.record is None else words.code.format(url=notice.record),
        small=_small(deployment, policy, words),
    )


def _facts(
    deployment: Deployment, force: str, names: WelshNames, words: Words
) -> tuple[tuple[str, str], ...]:
    authority = deployment.authority
    provider = names.provider or deployment.provider
    return (
        (words.who, names.force or force),
        *(((words.provider, provider),) if provider else ()),
        (words.where, names.location or deployment.location),
        (words.when, sentence(words.window(authority.not_before, authority.not_after))),
    )


def _not_listed(deployment: Deployment, policy: RetentionPolicy, words: Words) -> Section:
    """What becomes of everybody else; the footage of a street is of everybody, so it is said here too."""
    return Section(
        heading=words.not_listed,
        lines=(
            words.not_listed_erased.format(erased=_erased(policy, DataClass.NON_MATCH, words)),
            _footage(deployment.cameras, words).format(erased=_erased(policy, DataClass.FOOTAGE, words)),
        ),
    )


def _footage(cameras: tuple[Camera, ...], words: Words) -> str:
    recorded = {camera.footage for camera in cameras}
    if "on" in recorded:
        return words.footage_of_all
    return words.footage_of_alerts if "alerts-only" in recorded else words.no_footage


def _erased(policy: RetentionPolicy, data_class: DataClass, words: Words) -> str:
    rule = policy.rule_of(data_class)
    return words.erased(rule.lifetime, rule.clock)


def _kept(
    deployment: Deployment, policy: RetentionPolicy, proofs: dt.timedelta, words: Words
) -> tuple[Kept, ...]:
    """The policy's table, in its order; footage only where a camera records it; proofs before what stays."""
    recorded = any(camera.footage != "off" for camera in deployment.cameras)
    rows = [
        Kept(
            what=sentence(words.what[rule.data_class]),
            erased=sentence(words.erased(rule.lifetime, rule.clock)),
        )
        for rule in policy.rules
        if recorded or rule.data_class is not DataClass.FOOTAGE
    ]
    if proofs:
        proven = words.erased(proofs, ClockStart.MADE)
        rows.append(Kept(what=sentence(words.proofs), erased=sentence(proven)))
    stays = Kept(what=sentence(words.what[DataClass.KEPT]), erased=sentence(words.counts_kept))
    return (*rows, stays)


def _small(deployment: Deployment, policy: RetentionPolicy, words: Words) -> str:
    """What ties the sign to the log: the deployment, its authority, and the policy's digest as the log has it."""
    digest = policy.digest[:_DIGEST_DIGITS]
    said = words.policy.format(version=policy.version, digest=digest)
    reference = deployment.authority.reference
    return f"{words.deployment} {deployment.deployment} · {words.authority} {reference} · {said}"
