"""What was measured, for people: tables of the JSON document, whatever parts of it are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from lfr_actors.evaluation.matching.growth import GrowthStep

Document = Mapping[str, Any]


def machine_words(document: Document) -> str:
    """The machine and its load on a line."""
    machine = document["machine"]
    libraries = ", ".join(f"{name} {version}" for name, version in document.get("libraries", {}).items())
    return (
        f"{machine['usable_cores']:g} cores, load average {machine['load_average']} at the start"
        + (f", {machine['load_average_at_end']} at the end" if "load_average_at_end" in machine else "")
        + (f"; {libraries}" if libraries else "")
    )


def growth_steps(document: Document) -> dict[int, list[GrowthStep]]:
    """The steps of the growth by dimension."""
    return {
        int(dim): [GrowthStep(**step) for step in parts.get("growth", {}).get("steps", ())]
        for dim, parts in document["dims"].items()
    }


def summary_tables(document: Document) -> Iterator[Table]:
    """A table for each part and dimension that was measured, or was begun."""
    made = {
        "actor": _actor,
        "large": _large,
        "growth": _growth,
        "kill": _kill,
        "removal": _removal,
    }
    for dim, parts in document["dims"].items():
        for name, table in made.items():
            if parts.get(name):
                yield table(parts[name], dim, machine_words(document))


def _table(title: str, caption: str, *columns: str) -> Table:
    table = Table(title=title, caption=caption, title_justify="left", caption_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left")
    return table


def _size(part: Document) -> str:
    templates = part.get("shards", {}).get("templates")
    return f"{templates:,} templates" if templates else "not loaded"


def _timing_rows(table: Table, part: Document, names: Mapping[str, str]) -> None:
    for key, name in names.items():
        timing = part.get("timings", {}).get(key)
        if timing:
            table.add_row(
                name,
                f"{timing['p50_ms']:.2f}",
                f"{timing['p99_ms']:.2f}",
                f"{timing['per_search_ms']:.3f}",
                *_none(4),
                str(timing["calls"]),
            )


def _none(count: int) -> list[str]:
    return [""] * count


_SEARCH_COLUMNS = (
    "",
    "batch p50 ms",
    "batch p99 ms",
    "ms a search",
    "parity",
    "differing",
    "build s",
    "bytes/template",
    "calls",
)


def _library_rows(table: Table, part: Document) -> None:
    for peer in part.get("libraries", ()):
        for found in peer["searched"]:
            timing = found["timing"]
            table.add_row(
                f"bare {peer['library']}, searching {found['searching']}",
                f"{timing['p50_ms']:.2f}",
                f"{timing['p99_ms']:.2f}",
                f"{timing['per_search_ms']:.3f}",
                f"{found['parity']:.4f}",
                f"{found['differing']} of {found['searches']}",
                f"{peer['build_s']:.1f}",
                f"{peer['memory_per_template_bytes']:.0f}",
                str(timing["calls"]),
            )


def _own_row(table: Table, part: Document) -> None:
    """What our shards are like."""
    shards, parity = part.get("shards"), part.get("parity")
    if shards:
        table.add_row(
            f"our shards: {', '.join(shards['index'])}",
            *_none(3),
            f"{parity['parity']:.4f}" if parity else "",
            f"{parity['differing']} of {parity['searches']}" if parity else "",
            f"{shards['settled_s']:.1f}",
            f"{shards['memory_per_template_bytes']:.0f}",
            "",
        )


def _actor(part: Document, dim: str, machine: str) -> Table:
    above = part.get("p99_above_ms", {})
    same = part.get("candidates_and_scores_as_bare_exact")
    caption = "; ".join(f"p99 above {name}: {ms:+.2f} ms" for name, ms in above.items())
    if same:
        caption += f"\ncandidates and scores as the bare exact search: {same['same']} of {same['searches']}"
    table = _table(f"One shard, {_size(part)} of {dim} numbers", f"{caption}\n{machine}", *_SEARCH_COLUMNS)
    names = {
        "actor": "through the actor",
        "bare_exact": "our exact search, bare",
        "bare_product": "bare matrix product",
        "faiss": "bare faiss, turn by turn",
        "empty_call": "a call to an actor that searches nothing",
    }
    _timing_rows(table, part, names)
    _own_row(table, part)
    _library_rows(table, part)
    return table


def _large(part: Document, dim: str, machine: str) -> Table:
    times = part.get("times_as_fast_as", {})
    caption = "; ".join(f"{ratio:g} times as fast as {name}" for name, ratio in times.items())
    reference = part.get("reference")
    if reference:
        caption += (
            f"\nthreshold {reference['threshold']} at FPIR {reference['fpir']:.0%} on this list: TPIR "
            f"{reference['tpir']:.3f}; {reference['mated']} of {reference['searches']} searches mated"
        )
    repeated = part.get("repeated_in_background")
    if repeated:
        caption += (
            f"\nrepeated exactly in the background: {repeated['searches']}, {repeated['disagreed']} differed"
        )
    calibration = part.get("shards", {}).get("calibration", [])
    caption += "".join(
        f"\nshard {number}: {words}" for number, words in enumerate(calibration, start=1) if words
    )
    table = _table(f"Shards, {_size(part)} of {dim} numbers", f"{caption}\n{machine}", *_SEARCH_COLUMNS)
    names = {
        "ours": "through the actors",
        "exact_product": "bare matrix product, exact",
        "exact_faiss": "bare faiss, turn by turn",
    }
    _timing_rows(table, part, names)
    _own_row(table, part)
    _library_rows(table, part)
    return table


def _growth(part: Document, dim: str, machine: str) -> Table:
    steps = [GrowthStep(**step) for step in part.get("steps", ())]
    names = list(dict.fromkeys(name for step in steps for name in step.per_search_ms))
    table = _table(
        f"Growth, {dim} numbers; ms a search in batches",
        "\n".join(
            [*dict.fromkeys(f"{step.templates:,}: {step.basis}" for step in steps if step.basis), machine]
        ),
        "templates",
        *names,
        "hnswlib searching",
        "our search",
        "parity",
        "ready after s",
        "GiB",
        "",
    )
    for step in steps:
        table.add_row(
            f"{step.templates:,}",
            *(f"{step.per_search_ms[name]:.3f}" if name in step.per_search_ms else "" for name in names),
            str(step.hnswlib_searching or ""),
            step.search,
            "" if step.parity is None else f"{step.parity:.4f}",
            f"{step.build_s:.1f}",
            f"{step.memory_gib:.3f}",
            "" if step.is_measured else "computed",
        )
    return table


def _facts(title: str, machine: str, facts: Mapping[str, object]) -> Table:
    table = _table(title, machine, "", "value")
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) or "nothing" if isinstance(value, list) else str(value)
        table.add_row(name.replace("_", " "), shown)
    return table


def _kill(part: Document, dim: str, machine: str) -> Table:
    facts = {name: value for name, value in part.get("searches", {}).items() if name != "calls_timed"}
    facts["searched_as_before_within_s"] = part.get("searched_as_before_within_s", "not measured")
    return _facts(f"A shard killed during searches, {_size(part)} of {dim} numbers", machine, facts)


def _removal(part: Document, dim: str, machine: str) -> Table:
    facts = {name: value for name, value in part.items() if name != "done"}
    return _facts(f"A subject removed, {dim} numbers", machine, facts)
