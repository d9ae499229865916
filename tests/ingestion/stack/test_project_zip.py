from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from ingestion.lake.key_file import FILE, use_keys
from ingestion.stack.project_zip import LAKE_KEYS, project_zip
from tests.support.paths import ROOT


def test_dbt_parses_the_project_that_codebuild_gets(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(project_zip())) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "profiles.yml.example").rename(tmp_path / "profiles.yml")
    # a stack that was deployed by version 0.1 names these paths; to be removed after one release
    current = (tmp_path / "ingestion" / "stack" / "check.buildspec.yml").read_text()
    assert (tmp_path / "ingestion" / "infra" / "check.buildspec.yml").read_text() == current
    assert (tmp_path / "ingestion" / "infra" / "dbt.buildspec.yml").is_file()
    dbt = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--warn-error", "--quiet", "parse"]
    done = subprocess.run([*dbt, "--target", "athena"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_files_give_the_same_bytes_without_private_files(tmp_path: Path) -> None:
    for name in ("models/a.sql", "profiles.yml", "ingestion/.env", "ingestion/__pycache__/a.pyc", "lake/events.gz"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    use_keys(tmp_path / "tests" / "data", None)
    zipped = project_zip(tmp_path)
    assert zipfile.ZipFile(io.BytesIO(zipped)).namelist() == ["models/a.sql"]
    (tmp_path / "models" / "a.sql").touch()
    assert project_zip(tmp_path) == zipped


def test_the_keys_of_a_lake_are_neither_zipped_nor_committed() -> None:
    assert LAKE_KEYS == FILE
    assert f"*{FILE}*" in (ROOT / ".gitignore").read_text().splitlines()
