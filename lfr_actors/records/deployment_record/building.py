"""From traces to the document: everything that the record says, in the order in which it says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lfr_actors import __version__
from lfr_actors.evaluation.intervals import INSUFFICIENT
from lfr_actors.records.deployment_record.counting import counts_of, rates_of, summed
from lfr_actors.records.deployment_record.definitions import DEFINITIONS
from lfr_actors.records.deployment_record.describing import described
from lfr_actors.records.deployment_record.document import Provenance, RecordDocument
from lfr_actors.records.deployment_record.figures import (
    Counts,
    Figure,
    Line,
    Rate,
    Rates,
    Reconciliation,
    Table,
)
from lfr_actors.records.deployment_record.parts import DeploymentPart
from lfr_actors.records.deployment_record.reading import Read, Subject
from lfr_actors.records.deployment_record.reconcile import reconciled
from lfr_actors.records.deployment_record.tables import exact_tables, protected_tables, withheld_tables
from lfr_actors.records.deployment_record.trace import DeploymentTrace
from lfr_actors.records.deployment_record.words import counted, day_text, number

NOT_FOR_PUBLICATION: Final = (
    "NOT FOR PUBLICATION: small counts are not hidden in this version, and could single people out."
)


def record_of(read: Read, subject: Subject, *, exact: bool = False) -> RecordDocument:
    """The record of what was read; `exact` leaves small cells in, and says so at the top."""
    traces = read.traces
    parts = tuple(described(trace, protected=not exact) for trace in traces)
    counts = summed([counts_of(trace) for trace in traces])
    rates, reconciliation = rates_of(counts), reconciled(traces, counts)
    interim = any(trace.state != "closed" for trace in traces)
    return RecordDocument(
        kind=subject.kind,
        name=subject.name,
        title=_title(subject, parts),
        interim=interim,
        protected=not exact,
        statements=tuple(_statements(parts, counts, reconciliation, interim=interim, exact=exact)),
        headline=tuple(_headline(parts, counts, rates)),
        counts=counts,
        rates=rates,
        tables=_tables(traces, interim=interim, exact=exact),
        deployments=parts,
        reconciliation=reconciliation,
        provenance=_provenance(read),
        definitions=DEFINITIONS,
    )


def _title(subject: Subject, parts: Sequence[DeploymentPart]) -> str:
    first, last = parts[0].identity, parts[-1].identity
    day = day_text(first.started_at)
    if subject.kind == "deployment":
        return f"Live facial recognition at {first.location}, {day}"
    until = day_text(last.started_at)
    when = day if day == until else f"{day} to {until}"
    return f"Live facial recognition: operation {subject.name}, {when}"


def _tables(traces: Sequence[DeploymentTrace], *, interim: bool, exact: bool) -> tuple[Table, ...]:
    if exact:
        return exact_tables(traces)
    return withheld_tables(traces) if interim else protected_tables(traces)


def _statements(
    parts: Sequence[DeploymentPart],
    counts: Counts,
    reconciliation: Reconciliation,
    *,
    interim: bool,
    exact: bool,
) -> list[str]:
    said = [NOT_FOR_PUBLICATION] if exact else []
    if interim:
        states = {part.identity.deployment: part.identity.state for part in parts}
        open_ones = ", ".join(f"{name} is {state}" for name, state in states.items() if state != "closed")
        said.append(f"This record is interim: {open_ones}. Figures may still change.")
    if not reconciliation.holds:
        which = "; ".join(_should(line) for line in reconciliation.lines if not line.holds)
        said.append(f"This record does not add up: {which}. The reasons are under Reconciliation.")
    if counts.undecided:
        said.append(
            f"{counted(counts.undecided, 'alert')} of {number(counts.alerts)} "
            f"{'has' if counts.undecided == 1 else 'have'} not been decided: no rate counts "
            f"{'it' if counts.undecided == 1 else 'them'} as true or false."
        )
    for part in parts:
        if not part.models.fit_for_live:
            said.append(
                f"{part.identity.deployment} used the model pack {part.models.pack}, which is for demonstration, "
                "drills and development, not for live deployments."
            )
        too_long = [each.words for each in part.non_matches if not each.within_limit]
        if too_long:
            said.append(
                f"{part.identity.deployment}: {', '.join(too_long)} of people who raised no alert lived longer "
                f"than the {part.non_match_limit_s:g} s that are allowed."
            )
    return said


def _should(line: Line) -> str:
    relation = "equal to" if line.relation == "=" else "at most"
    return f"{line.left_words} ({number(line.left)}) should be {relation} {line.right_words} ({number(line.right)})"


def _headline(parts: Sequence[DeploymentPart], counts: Counts, rates: Rates) -> list[Figure]:
    lists = [part.watchlist.subjects for part in parts if part.watchlist is not None]
    size = "none" if not lists else " / ".join(number(each) for each in dict.fromkeys(lists))
    return [
        Figure(label="Faces seen", value=number(counts.faces_seen), counts="tracks, not people"),
        Figure(label="On the watchlist", value=size, counts="people on it, as last used"),
        Figure(label="Alerts", value=number(counts.alerts), counts="each looked at by a person"),
        Figure(label="True alerts", value=number(counts.true_alerts), counts="alerts judged true, and not refuted"),
        Figure(
            label="False alerts",
            value=number(counts.false_alerts),
            counts=f"{number(counts.judged_false)} judged false, {number(counts.confirmed_false)} after engagement",
        ),
        Figure(label="Engagements", value=number(counts.engagements), counts="alerts on which officers spoke to "
               "somebody"),
        Figure(label="Arrests", value=number(counts.arrests), counts="alerts that ended in an arrest"),
        _rate_figure("False alert rate over faces seen", rates.false_over_faces),
        _rate_figure("False alert rate over alerts", rates.false_over_alerts),
    ]  # fmt: skip


def _rate_figure(label: str, rate: Rate | None) -> Figure:
    if rate is None:
        return Figure(label=label, value=INSUFFICIENT, counts="")
    value, _, rest = rate.words.partition(" (")
    return Figure(label=label, value=value, counts=rest.removesuffix(")"))


def _provenance(read: Read) -> Provenance:
    events = sum(trace.events for trace in read.traces)
    last = max(trace.last_at for trace in read.traces if trace.last_at is not None)
    words = (
        f"Made from the log of events up to number {read.head.seq}, where the chain stands at {read.head.hash}. "
        "Every link of the log was verified. Whoever has the same log up to there makes the same record, byte for "
        "byte, and whoever holds a signed checkpoint of the log can tell that it is the site's."
    )
    return Provenance(
        software="lfr-actors",
        software_version=__version__,
        head=str(read.head),
        events=read.head.seq,
        events_of_record=events,
        last_event_at=last,
        words=words,
    )
