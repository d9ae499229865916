from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_aws import install
from local_aws.launcher import Instance, Launcher
from tests.athena.support.both_engines import BothEngines
from tests.athena.support.rights import RECORDER

# so that no worker starts with a long file when the others are done (xdist: --no-loadscope-reorder)
_LONGEST_FIRST = (
    "test_killed_runs.py",
    "test_parts_of_a_run.py",
    "test_parity.py",
    "test_end_to_end.py",
    "test_guide.py",
    "test_law.py",
    "test_cases.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        name = item.path.name
        return _LONGEST_FIRST.index(name) if name in _LONGEST_FIRST else len(_LONGEST_FIRST)

    items.sort(key=place)


@pytest.fixture(scope="session")
def local_aws_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state folder of `instance`, by which `python -m local_aws` finds it."""
    return tmp_path_factory.mktemp("local_aws")


@pytest.fixture(scope="session")
def instance(local_aws_state: Path) -> Iterator[Instance]:
    """One emulated AWS for all tests, empty at first. Firehose's buffering intervals are a twentieth of AWS's."""
    if not shutil.which("mvn") and not install.has_trino() and not os.environ.get("CI"):
        pytest.skip("Maven downloads Trino, and there is no mvn on the PATH")
    # no statement runs often enough to profit from the second compiler: without it the tests take a quarter less time
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    state = local_aws_state
    # the functions run with the emulator's PYTHONPATH; with this, their calls are recorded
    os.environ["RECORDED_CALLS"] = str(state / "calls.jsonl")
    (state / "python").mkdir()
    (state / "python" / "sitecustomize.py").symlink_to(RECORDER / "sitecustomize.py")
    launcher = Launcher(state, heap_mb=1_024, firehose_time_scale=0.05, report=print)
    try:
        yield launcher.up()
    finally:
        launcher.down()


@pytest.fixture(scope="module")
def both_engines(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> BothEngines:
    return BothEngines(instance, tmp_path_factory.mktemp("both_engines"))
