"""The CloudFormation template as data, for the command line and for tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

TEMPLATE: Final = Path(__file__).with_name("template.yml")


class _Loader(yaml.SafeLoader):
    """Reads CloudFormation's short forms as long forms: !Ref X is {"Ref": "X"}, !Sub X is {"Fn::Sub": X}."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix == "Ref" else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: str(text).split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise TypeError(f"!{suffix} takes no mapping")


_Loader.add_multi_constructor("!", _intrinsic)


def template() -> dict[str, Any]:
    """Load the template, with every intrinsic function in its long form."""
    # safe: _Loader is a SafeLoader, and the constructor above returns plain data
    found: dict[str, Any] = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader=_Loader)
    return found


@cache
def defaults() -> dict[str, str]:
    """The parameters of the template and their defaults; an empty text for a parameter without a default."""
    return {name: str(parameter.get("Default", "")) for name, parameter in template()["Parameters"].items()}
