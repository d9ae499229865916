"""Trino's configuration: one Glue catalog, served by the Hive connector and, for Iceberg tables, the Iceberg connector.

Only the Hive connector creates views with a StorageDescriptor in Glue. Therefore `awsdatacatalog` is a Hive catalog,
and it redirects to the catalog `iceberg` for Iceberg tables.

Source: Trino documentation, "Hive connector", "Iceberg connector".
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

_SERVER: Final = """\
coordinator=true
node-scheduler.include-coordinator=true
http-server.http.port={port}
# Trino listens on this address only
node.bind-ip=127.0.0.1
node.internal-address=127.0.0.1
discovery.uri=http://127.0.0.1:{port}
catalog.management=static
query.max-memory={query_mb}MB
query.max-memory-per-node={query_mb}MB
memory.heap-headroom-per-node={headroom_mb}MB
query.client.timeout=30m
# by default Trino keeps what it knows of every query for 15 minutes: after some hundred statements, half of the heap
query.min-expire-age=1m
query.max-history=20
task.concurrency=2
task.max-worker-threads=4
# Trino limits open partitions per writer, Athena per statement: with one writer both are the same
task.min-writer-count=1
task.max-writer-count=1
"""
_BOTH_CATALOGS: Final = """\
hive.metastore.glue.region=us-east-1
hive.metastore.glue.endpoint-url={endpoint}
hive.metastore.glue.aws-access-key=testing
hive.metastore.glue.aws-secret-key=testing
fs.native-s3.enabled=true
fs.hadoop.enabled=false
s3.endpoint={endpoint}
s3.region=us-east-1
s3.path-style-access=true
s3.aws-access-key=testing
s3.aws-secret-key=testing
# without this, small files are read whole, and the bytes scanned ignore column pruning
parquet.small-file-threshold=0B
"""
_HIVE: Final = """\
connector.name=hive
hive.metastore=glue
hive.iceberg-catalog-name=iceberg
hive.security=allow-all
hive.non-managed-table-writes-enabled=true
hive.non-managed-table-creates-enabled=true
hive.partition-projection-enabled=true
hive.table-statistics-enabled=false
hive.collect-column-statistics-on-write=false
hive.storage-format=PARQUET
hive.recursive-directories=true
# Athena: 100 open partitions
hive.max-partitions-per-writers=100
"""
_ICEBERG: Final = """\
connector.name=iceberg
iceberg.catalog.type=glue
iceberg.hive-catalog-name=awsdatacatalog
iceberg.security=ALLOW_ALL
iceberg.unique-table-location=false
iceberg.allowed-extra-properties=*
# VACUUM passes the retention itself
iceberg.expire-snapshots.min-retention=0s
iceberg.remove-orphan-files.min-retention=0s
# Athena: 100 open partitions
iceberg.max-partitions-per-writer=100
"""


def write(folder: Path, *, port: int, endpoint: str, heap_mb: int) -> None:
    """Write Trino's configuration files to `folder`/etc."""
    etc = folder / "etc"
    (etc / "catalog").mkdir(parents=True, exist_ok=True)
    # Trino's lz4 library leaves an unpacked file here at every start
    shutil.rmtree(folder / "tmp", ignore_errors=True)
    (folder / "tmp").mkdir()
    # A query's memory lives in the two thirds of the heap that are not for young objects (-XX:NewRatio=2), beside some
    # 200 MB of Trino itself. A query that may take more than the rest would end Trino.
    query_mb = max(heap_mb * 2 // 3 - 300, heap_mb // 5)
    server = _SERVER.format(port=port, query_mb=query_mb, headroom_mb=heap_mb // 4)
    (etc / "config.properties").write_text(server)
    (etc / "log.properties").write_text("io.trino=WARN\n")
    both = _BOTH_CATALOGS.format(endpoint=endpoint)
    (etc / "catalog" / "awsdatacatalog.properties").write_text(_HIVE + both)
    (etc / "catalog" / "iceberg.properties").write_text(_ICEBERG + both)


def command(java: Path, home: Path, folder: Path, *, heap_mb: int) -> list[str]:
    """The command that runs the server in the foreground."""
    etc = folder / "etc"
    return [
        str(java), "-server", f"-Xmx{heap_mb}m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError",
        "-XX:ReservedCodeCacheSize=256M", "-Djdk.attach.allowAttachSelf=true", "-Djdk.nio.maxCachedBufferSize=2000000",
        "-Dfile.encoding=UTF-8", "-XX:+EnableDynamicAgentLoading", "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        # without this, a library starts other JVMs that try to attach to this one, and fail
        "-Djol.skipHotspotSAAttach=true",
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dconfig={etc / 'config.properties'}", f"-Dlog.levels-file={etc / 'log.properties'}",
        "-Dnode.environment=local", "-Dnode.id=local-1", f"-Dnode.data-dir={folder}",
        f"-Dcatalog.config-dir={etc / 'catalog'}", f"-Dplugin.dir={home / 'plugin'}",
        "-cp", f"{home / 'lib'}/*", "io.trino.server.TrinoServer",
    ]  # fmt: skip
