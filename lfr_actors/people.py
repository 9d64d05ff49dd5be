"""Who works with the system, in which role, and what a role may do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from lfr_actors.errors import Refused


class Role(StrEnum):
    """What somebody is there for."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What may be done."""

    VIEW = "see deployments, alerts and their history"
    PICTURES = "see pictures"
    DECIDE = "decide alerts"
    RESOLVE = "decide disputed alerts and correct outcomes"
    STOP = "stop a deployment"
    LOG = "read the log"
    PEOPLE = "manage accounts"


_MAY: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.OPERATOR: frozenset({Permission.VIEW, Permission.PICTURES, Permission.DECIDE}),
        Role.SUPERVISOR: frozenset(
            {
                Permission.VIEW,
                Permission.PICTURES,
                Permission.DECIDE,
                Permission.RESOLVE,
                Permission.STOP,
                Permission.LOG,
            }
        ),
        Role.AUDITOR: frozenset({Permission.VIEW, Permission.LOG}),
        Role.ADMINISTRATOR: frozenset({Permission.VIEW, Permission.LOG, Permission.PEOPLE}),
    }
)


PROGRAM: Final = "api:"
"""Before the name of an integration, where the log says who did something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts: the name of an account, and its role."""

    name: str
    role: Role

    @property
    def is_program(self) -> bool:
        """Whether it is no person but an integration with a token: the name of an account has no colon."""
        return self.name.startswith(PROGRAM)

    def may(self, permission: Permission) -> bool:
        """Whether the role allows it."""
        return permission in _MAY[self.role]

    def require(self, permission: Permission) -> None:
        """Raise `Refused`, naming the roles that may, unless the role allows it."""
        if not self.may(permission):
            roles = " or ".join(role for role in Role if permission in _MAY[role])
            raise Refused(f"{self.name} ({self.role})", f"only {roles} may {permission}")


def can_be_written(words: str) -> bool:
    """Whether what somebody typed is text: half of a surrogate pair is none, and no page could show it again."""
    return not any("\ud800" <= character <= "\udfff" for character in words)


_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


def is_account_name(text: str) -> bool:
    """Whether it can be the name of an account: 2 to 32 of a to z, 0 to 9 and `._-`, none of these first."""
    return _NAME.fullmatch(text) is not None


def account_name(text: str) -> str:
    """The same text. Raises `Refused`, saying what would be right, for what cannot be the name of an account."""
    if not is_account_name(text):
        raise Refused(
            f"the name {text[:40]!r}",
            "must be 2 to 32 of a to z, 0 to 9, dot, hyphen and underscore, and begin with a letter or digit",
        )
    return text
