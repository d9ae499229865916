"""The template as tests look at it: its resources, resolved values, and what policies allow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from ingestion.stack.template import template

ALL = template()
RESOURCES: dict[str, dict[str, Any]] = ALL["Resources"]
VALUES = {"DataBucket": "the-bucket", "DataBucket.Arn": "arn:aws:s3:::the-bucket", "BronzeStart": "2026-01-05"}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


def resolved(value: Any) -> Any:
    """`value` with Sub, Ref and GetAtt replaced: by their VALUES, or by their names if VALUES has none."""
    match value:
        case {"Fn::Sub": str(text)}:
            filled = re.sub(r"\$\{([^!}][^}]*)\}", lambda name: VALUES.get(name[1], name[1]), text)
            return filled.replace("${!", "${")
        case {"Ref": name}:
            return VALUES.get(name, name)
        case {"Fn::GetAtt": [resource, attribute]}:
            return VALUES.get(f"{resource}.{attribute}", f"{resource}.{attribute}")
        case {"Fn::If": [_, then, _]}:
            return resolved(then)
        case dict():
            return {key: resolved(item) for key, item in value.items()}
        case list():
            return [resolved(item) for item in value]
    return value


def statements(*names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy statement in these resources, or in all resources if none is named."""
    for name in names or RESOURCES:
        stack = [RESOURCES[name]["Properties"]]
        while stack:
            match stack.pop():
                case {"Effect": _} as statement:
                    yield name, resolved(statement)
                case dict() as mapping:
                    stack.extend(mapping.values())
                case list() as items:
                    stack.extend(items)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def may(action: str, resource: str, *names: str) -> bool:
    """Whether a policy in these resources allows the action and none denies it (IAM's rule, without conditions)."""
    effects = {
        statement["Effect"]
        for _, statement in statements(*names)
        if any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in as_list(statement.get("Resource", [])))
    }
    return effects == {"Allow"}
