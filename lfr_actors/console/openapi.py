"""The OpenAPI document of the JSON API, made from its operations and models: it cannot say what is not so."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from lfr_actors import __version__
from lfr_actors.console.access import Entry, access_of
from lfr_actors.console.api_models import Problem

_VARIABLE: Final = re.compile(r"\{(\w+)\}")
_PROBLEM: Final = "application/problem+json"
_Mode: TypeAlias = Literal["validation", "serialization"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A whole number in the query of an address, and what it is without one."""

    name: str
    words: str
    otherwise: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """Something the API does. `answer` None: a JPEG. What its handler demands, it says itself."""

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    answer: type[BaseModel] | None
    asked: type[BaseModel] | None = None
    query: tuple[Query, ...] = ()
    status: int = 200

    @property
    def name(self) -> str:
        """Its name, unique among all."""
        return self.handler.__name__


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """OpenAPI 3.1, JSON."""
    answers = {each.answer for each in operations if each.answer is not None} | {Problem}
    asked = {each.asked for each in operations if each.asked is not None}
    models: list[tuple[type[BaseModel], _Mode]] = [(model, "serialization") for model in answers]
    models += [(model, "validation") for model in asked]
    models.sort(key=lambda each: each[0].__name__)
    names, schemas = models_json_schema(models, ref_template="#/components/schemas/{model}")
    paths: dict[str, Any] = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, names)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "lfr_actors",
            "version": __version__,
            "description": "Deployments, cameras and alerts; deciding alerts; stopping. Permissions are those of "
            "the role of the token. Every look at an alert is written to the log.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas.get("$defs", {}),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "lfr tokens add makes one"}
            },
        },
        "security": [{"token": []}],
    }


def _operation(each: Operation, names: Any) -> dict[str, Any]:
    access = access_of(each.handler)
    summary, _, more = (each.handler.__doc__ or "").partition("\n")
    said: dict[str, Any] = {
        "operationId": each.name,
        "summary": summary,
        "parameters": [*_path_parameters(each), *(_query_parameter(query) for query in each.query)],
        "responses": _responses(each, names),
    }
    if access.permission is not None:
        said["description"] = f"For whoever may {access.permission.value}.{more}"
    if access.entry is Entry.PUBLIC:
        said["security"] = []
    if each.asked is not None:
        schema = names[each.asked, "validation"]
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return said


def _path_parameters(each: Operation) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _VARIABLE.findall(each.path)
    ]


def _query_parameter(query: Query) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": 0, "default": query.otherwise}
    return {"name": query.name, "in": "query", "description": query.words, "schema": schema}


def _responses(each: Operation, names: Any) -> dict[str, Any]:
    if each.answer is None:
        content: dict[str, Any] = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
    else:
        content = {"application/json": {"schema": names[each.answer, "serialization"]}}
    problem = {
        "description": "Refused, or not possible; `detail` says why.",
        "content": {_PROBLEM: {"schema": names[Problem, "serialization"]}},
    }
    return {str(each.status): {"description": "Done.", "content": content}, "default": problem}
