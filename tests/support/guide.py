"""The code blocks of the guides, run as a reader runs them: pasted into a shell, in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.paths import ROOT

PAGES: Final = ["README.md", *sorted(f"docs/guide/{path.name}" for path in ROOT.glob("docs/guide/*.md"))]
_MOST_SECONDS: Final = 900
_FENCED: Final = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
# after an empty line, because the lines of a paragraph in a list are indented too
_INDENTED: Final = re.compile(r"(?<=\n\n)(?: {4,}\S.*\n(?:\n(?= {4,}\S))?)+")
_LEFT_OUT: Final = (".*", "__pycache__", "target", "logs", "lake", "site", "dist", "spill", "*.duckdb", "profiles.yml")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code of a page.

    Attributes
    ----------
    language
        What stands after the fence; empty for an indented block.
    """

    page: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """The page and the first line, by which people find it."""
        return f"{self.page}: {self.text.splitlines()[0]}"


def blocks(page: str) -> list[Block]:
    """The blocks of a page: indented ones, and fenced ones of a language. A fence without one is output."""
    return [block for block in _blocks(page, (ROOT / page).read_text()) if block.text.strip()]


def _blocks(page: str, markdown: str) -> Iterator[Block]:
    for _, language, text in _FENCED.findall(markdown):
        if language:
            yield Block(page, language, textwrap.dedent(text))
    for text in _INDENTED.findall(_FENCED.sub("", markdown)):
        yield Block(page, "", textwrap.dedent(text))


def copy_of_the_project(folder: Path) -> Path:
    """A clone of the project after `make setup`, with the virtualenv of these tests."""
    project = folder / "shoplake"
    at_the_top, anywhere = shutil.ignore_patterns(*_LEFT_OUT), shutil.ignore_patterns("__pycache__")
    shutil.copytree(
        ROOT, project, ignore=lambda path, names: (at_the_top if Path(path) == ROOT else anywhere)(path, names)
    )
    (project / ".venv").symlink_to(ROOT / ".venv")
    shutil.copy(project / "profiles.yml.example", project / "profiles.yml")
    return project


def run_block(text: str, project: Path, environment: Mapping[str, str] | None = None) -> str:
    """Run a block in bash, which stops at the first command that fails; return what it prints."""
    # a developer's exported variables must not change what the reader of the guide gets
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SHOPLAKE_", "DBT_"))
    }
    ours = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        # `shoplake` is installed from the original, and is to run from the copy
        "PYTHONPATH": str(project),
        "DO_NOT_TRACK": "1",
        "COLUMNS": "200",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", text],
        cwd=project,
        env=inherited | ours | dict(environment or {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_MOST_SECONDS,
    )
    assert done.returncode == 0, f"{text}\nexit code {done.returncode}:\n{done.stdout}"
    return done.stdout
