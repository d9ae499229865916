"""What the doctor says about one thing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import yaml


class Level(StrEnum):
    """How a finding is to be taken. The values are what the screen shows, on any terminal."""

    ok = "ok"
    note = "note"
    """Nothing is wrong, but it explains something, or a command makes it better."""
    problem = "fix"
    """Something needs doing: the exit code is 1."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence, and the command that mends what it says, if there is anything to mend."""

    level: Level
    sentence: str
    command: str | None = None


@dataclass(slots=True)
class Section:
    """What was found out about one kind of thing."""

    title: str
    findings: list[Finding] = field(default_factory=list)

    def ok(self, sentence: str) -> None:
        self.findings.append(Finding(Level.ok, sentence))

    def note(self, sentence: str, command: str | None = None) -> None:
        self.findings.append(Finding(Level.note, sentence, command))

    def problem(self, sentence: str, command: str) -> None:
        self.findings.append(Finding(Level.problem, sentence, command))

    def for_builds(self, option: str, variables: Mapping[str, object]) -> Section:
        """The same section, whose dbt commands name the target and the variables of the builds.

        Parameters
        ----------
        option
            ` --target athena`, or an empty text.
        """
        return Section(
            self.title,
            [
                replace(one, command=_for_builds(one.command, option, variables)) if one.command else one
                for one in self.findings
            ],
        )

    @property
    def problems(self) -> int:
        """How many things need doing."""
        return sum(finding.level is Level.problem for finding in self.findings)


def _for_builds(command: str, option: str, variables: Mapping[str, object]) -> str:
    command = re.sub(r"\bdbt (build|run-operation \w+)|\bshoplake unlock", rf"\g<0>{option}", command)
    if not variables or "dbt build" not in command:
        return command
    build, _, own = command.partition(" --vars ")
    merged = {**variables, **(yaml.safe_load(shlex.split(own)[0]) if own else {})}
    text = yaml.safe_dump(merged, default_flow_style=True, sort_keys=False, width=10_000).strip()
    # a shell takes these without escapes
    text = text if '"' in text else text.replace("'", '"')
    return f"{build} --vars {shlex.quote(text)}"


def some(names: list[str], most: int = 3) -> str:
    """The first names of a list, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest:,} more" if rest > 0 else "")


def counted(count: int, noun: str) -> str:
    """A number with its noun: `1 object`, `1,200 objects`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def age(then: datetime, now: datetime) -> str:
    """How long ago `then` is: `12 minutes`, `5 hours`, `3 days`."""
    minutes = max(int((now - then).total_seconds() // 60), 0)
    if minutes < 120:
        return counted(minutes, "minute")
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // (24 * 60):,} days"
