"""The Glue table of bronze, defined once for the CloudFormation template, AWS on this machine, and the tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from ingestion.event import FIELDS

DATABASE = "bronze"
TABLE = "events"
PREFIX = "bronze/events/"


def bronze_table(bucket: str, start: date) -> dict[str, Any]:
    """The TableInput for Glue's CreateTable.

    Every column is text. A line that is not JSON becomes a row of NULLs, which silver counts and rejects. Partitions
    are projected: `dt` is the arrival date and `hour` the arrival hour in two digits. Both are compared as text.

    Parameters
    ----------
    start
        The first arrival date. A query without a filter on `dt` lists every hour since then.

    Sources: Athena user guide, "Partition projection with Amazon Data Firehose", "OpenX JSON SerDe".
    """
    location = f"s3://{bucket}/{PREFIX}"
    return {
        "Name": TABLE,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [{"Name": "dt", "Type": "string"}, {"Name": "hour", "Type": "string"}],
        "Parameters": {
            "EXTERNAL": "TRUE",
            "classification": "json",
            "compressionType": "gzip",
            "projection.enabled": "true",
            "projection.dt.type": "date",
            "projection.dt.format": "yyyy-MM-dd",
            "projection.dt.range": f"{start.isoformat()},NOW",
            "projection.dt.interval": "1",
            "projection.dt.interval.unit": "DAYS",
            "projection.hour.type": "integer",
            "projection.hour.range": "0,23",
            "projection.hour.digits": "2",
            "storage.location.template": location + "dt=${dt}/hour=${hour}/",
        },
        "StorageDescriptor": {
            "Columns": [{"Name": name, "Type": "string"} for name in FIELDS],
            "Location": location,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                "Parameters": {"ignore.malformed.json": "true"},
            },
        },
    }
