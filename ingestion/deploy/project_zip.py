"""This project as the source of CodeBuild: a plain clone works without a repository that AWS can reach."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_PARTS: Final = (
    "analyses", "dbt_project.yml", "ingestion", "LICENSE", "local_aws", "macros", "models", "profiles.yml.example",
    "pyproject.toml", "README.md", "requirements-dev.lock", "seeds", "selectors.yml", "snapshots", "tests",
)  # fmt: skip
# the earliest that a zip can say: the same files are the same bytes
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def project_zip(root: Path = ROOT) -> bytes:
    """What a dbt build needs of the folder `root`; the same files give the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in _files(root):
            entry = zipfile.ZipInfo(path.relative_to(root).as_posix(), _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return target.getvalue()


def _files(root: Path) -> Iterator[Path]:
    for name in _PARTS:
        part = root / name
        if part.is_file():
            yield part
        for path in sorted(part.rglob("*")):
            hidden = any(step.startswith(".") or step == "__pycache__" for step in path.relative_to(root).parts)
            if path.is_file() and not hidden:
                yield path
