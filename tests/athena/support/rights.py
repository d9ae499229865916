"""The actions that a role needs: those of its recorded calls, and those that services of AWS take on its behalf."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from ingestion.stack.template import template

RESOURCES: dict[str, dict[str, Any]] = template()["Resources"]
# what no recorded call shows, with the page of AWS that says so, or the reason
BEHALF = Path(__file__).with_name("rights.yml")

# the folder that makes a Python process record its calls
RECORDER = Path(__file__).with_name("recorder")

# S3's actions are not named after its operations:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
_OF_S3 = {
    "CompleteMultipartUpload": ["s3:PutObject"],
    "CreateMultipartUpload": ["s3:PutObject"],
    "DeleteObjects": ["s3:DeleteObject"],
    "HeadBucket": ["s3:ListBucket"],
    "HeadObject": ["s3:GetObject"],
    "ListMultipartUploads": ["s3:ListBucketMultipartUploads"],
    "ListObjectVersions": ["s3:ListBucketVersions"],
    "ListObjects": ["s3:ListBucket"],
    "ListObjectsV2": ["s3:ListBucket"],
    "UploadPart": ["s3:PutObject"],
}
_OTHERS = {"lambda:Invoke": ["lambda:InvokeFunction"]}
# everybody may: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
_FREE = {"sts:GetCallerIdentity"}


@dataclass(frozen=True)
class Call:
    """A recorded call: whose, and of which operation."""

    who: str
    service: str
    operation: str
    parameters: dict[str, Any]

    def actions(self) -> list[str]:
        """The actions that a policy must allow for it."""
        name = f"{self.service}:{self.operation}"
        if name in _FREE:
            return []
        if name == "s3:DeleteObjects" and any("VersionId" in one for one in self.parameters["Delete"]["Objects"]):
            return ["s3:DeleteObjectVersion"]
        if self.service == "s3":
            return _OF_S3.get(self.operation, [name])
        return _OTHERS.get(name, [name])

    def objects(self) -> list[str]:
        """The S3 paths that the call reads or writes; that of the bucket itself is empty."""
        if self.service != "s3" or "Bucket" not in self.parameters:
            return []
        if "Delete" in self.parameters:
            return [f"/{one['Key']}" for one in self.parameters["Delete"]["Objects"]]
        return [f"/{self.parameters['Key']}" if "Key" in self.parameters else ""]


def recorded(file: Path) -> list[Call]:
    return [Call(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def needed(calls: Iterable[Call], who: str) -> set[str]:
    """The actions of the calls that this function, or process, made."""
    return {action for call in calls if call.who == who for action in call.actions()}


def allowed(role: str) -> set[str]:
    """The actions that the policies of a role allow, whatever their conditions."""
    return {action for one in _statements(role) if one["Effect"] == "Allow" for action in _listed(one["Action"])}


def out_of_bounds(calls: Iterable[Call], who: str, role: str) -> set[tuple[str, str]]:
    """Actions on objects of the data bucket that the role may do with other objects only."""
    return {
        (action, path)
        for call in calls
        if call.who == who
        for path in call.objects()
        for action in call.actions()
        if not _may(role, action, path)
    }


def on_behalf() -> dict[str, dict[str, str]]:
    """By role, the actions that no recorded call shows, each with where that is written."""
    found: dict[str, dict[str, str]] = {}
    for role, sources in yaml.safe_load(BEHALF.read_text(encoding="utf-8")).items():
        found[role] = {action: source for source, actions in sources.items() for action in actions}
    return found


def _statements(role: str) -> Iterator[dict[str, Any]]:
    properties = RESOURCES[role]["Properties"]
    managed = [RESOURCES[one["Ref"]]["Properties"]["PolicyDocument"] for one in properties.get("ManagedPolicyArns", [])]
    for document in (*managed, *(policy["PolicyDocument"] for policy in properties.get("Policies", []))):
        for statement in document["Statement"]:
            yield from (one for one in statement.get("Fn::If", ["", statement])[1:] if "Effect" in one)


def _may(role: str, action: str, path: str) -> bool:
    effects = {
        one["Effect"]
        for one in _statements(role)
        if action in _listed(one["Action"]) and any(fnmatchcase(path, _path(what)) for what in _listed(one["Resource"]))
    }
    return effects == {"Allow"}


def _path(resource: Any) -> str:
    """What of the data bucket a resource of a statement names; for a resource elsewhere a text that matches no path."""
    match resource:
        case {"Fn::GetAtt": ["DataBucket", "Arn"]}:
            return ""
        case {"Fn::Sub": str(text)} if text.startswith("${DataBucket.Arn}"):
            return text.removeprefix("${DataBucket.Arn}")
    return "elsewhere"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
