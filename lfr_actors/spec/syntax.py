"""What a YAML error means, in the words of somebody who writes a deployment file."""

from __future__ import annotations

from ruamel.yaml.error import MarkedYAMLError


def explain(error: MarkedYAMLError, text: str) -> str:
    """What a YAML error means to somebody who does not know YAML."""
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.split("\n")
    line = lines[number] if number < len(lines) else ""
    problem, context = error.problem or "", error.context or ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        reason = "is indented with a tab; indent with spaces"
    elif "${" in line and "flow" in context:
        reason = 'has ${…} without quotes inside [ ] or { }; write "${NAME}" in quotes'
    elif "flow" in context:
        opened = error.context_mark.line + 1 if error.context_mark else number + 1
        reason = f"a [ or {{ opened on line {opened} is not closed, or a comma is missing; close it"
    elif "quoted scalar" in context:
        reason = "a quotation mark is opened and not closed; close it"
        number = error.context_mark.line if error.context_mark else number
    elif "mapping values" in problem:
        reason = (
            "has a second colon, or is indented too far; quote text that holds a colon, align keys of a group"
        )
    elif "block" in context:
        reason = "is indented unlike the lines above; align the keys of a group, start list items with '- '"
    elif "could not find expected ':'" in problem:
        reason = "has no colon after its key; write key: value"
    else:
        reason = f"is not YAML: {problem or context}; quote text with special characters"
    return f"line {number + 1}: {reason}"
