from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from local_aws import install
from local_aws.launcher import Instance, Launcher
from tests.athena.support.law_warehouse import LawWarehouse


@pytest.fixture(scope="session")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One emulated AWS for all tests, empty at first; Firehose waits a twentieth of what AWS waits."""
    if not shutil.which("mvn") and not install.has_trino() and not os.environ.get("CI"):
        pytest.skip("Trino is fetched by Maven, and there is no mvn on the PATH")
    # no statement runs often enough to earn the second compiler: a quarter less time
    os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
    launcher = Launcher(tmp_path_factory.mktemp("local_aws"), heap_mb=1_024, firehose_time_scale=0.05, say=print)
    try:
        yield launcher.up()
    finally:
        launcher.down()


@pytest.fixture(scope="module")
def law_warehouse(instance: Instance, tmp_path_factory: pytest.TempPathFactory) -> LawWarehouse:
    return LawWarehouse(instance, tmp_path_factory.mktemp("law"))
