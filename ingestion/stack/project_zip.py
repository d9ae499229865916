"""This project as a zip, from which CodeBuild makes the image: no repository that AWS can reach is needed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ingestion.stack.package import ROOT, write_zip

LAKE_KEYS: Final = "shoplake-keys.json"
_PARTS: Final = (
    "analyses", "dbt_project.yml", "ingestion", "LICENSE", "local_aws", "macros", "models", "profiles.yml.example",
    "pyproject.toml", "README.md", "requirements-dev.lock", "seeds", "selectors.yml", "snapshots", "tests",
)  # fmt: skip


def project_zip(root: Path = ROOT) -> bytes:
    """Zip the files in `root` that a dbt build needs; the same files give the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "project.zip"
        write_zip(path, ((file.relative_to(root).as_posix(), file.read_bytes()) for file in _files(root)))
        return path.read_bytes()


def _files(root: Path) -> Iterator[Path]:
    for name in _PARTS:
        part = root / name
        for path in [part, *part.rglob("*")]:
            hidden = any(step.startswith(".") or step == "__pycache__" for step in path.relative_to(root).parts)
            # a lake may be anywhere in the project, and its keys go nowhere
            if path.is_file() and not hidden and path.name != LAKE_KEYS:
                yield path
