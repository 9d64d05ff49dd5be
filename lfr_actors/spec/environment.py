"""`${NAME}` in a value of the deployment file: replaced by the environment, after YAML was read.

So a variable can never change the structure of the file. `$${` stands for the characters `${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

_VARIABLE = re.compile(r"\$\$\{|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}|\$\{")
_RTSP_USER_PART = re.compile(r"\s*(?i:rtsps?)://[^/?#@]*@")
_PERCENT_ENCODED = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A text after its variables were replaced. `text` may hold a password; `problems` never does."""

    text: str = field(repr=False)
    uses_environment: bool
    problems: tuple[str, ...]


def fill(template: str, environment: Mapping[str, str]) -> Filled:
    """Replace every `${NAME}` of a value.

    Before the `@` of an RTSP address a value is percent-encoded, so that a password may hold any character;
    one that is valid percent-encoded text already is taken as it is.
    """
    user_part = _RTSP_USER_PART.match(template)
    user_part_end = user_part.end() if user_part else 0
    problems: list[str] = []
    used = False

    def replace(match: re.Match[str]) -> str:
        nonlocal used
        name = match["name"]
        if name is None:
            if match[0] == "${":
                problems.append(
                    "has a ${ without a name and }; write ${NAME}, or $${ for the characters themselves"
                )
            return "${"
        if name not in environment:
            problems.append(
                f"reads the environment variable {name}, which is not set; set it before you start"
            )
            return ""
        used = True
        value = environment[name]
        if match.start() < user_part_end and not _PERCENT_ENCODED.fullmatch(value):
            return quote(value, safe="")
        return value

    text = _VARIABLE.sub(replace, template)
    return Filled(text=text, uses_environment=used, problems=tuple(dict.fromkeys(problems)))
