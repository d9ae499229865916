"""The Glue table over bronze, defined once: for the CloudFormation template, for AWS on this machine, for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from ingestion.event import FIELDS

DATABASE = "bronze"
TABLE = "events"
PREFIX = "bronze/events/"


def bronze_table(bucket: str, start: date) -> dict[str, Any]:
    """The TableInput of Glue's CreateTable.

    Every column is text, and a line that is no JSON becomes a row of NULLs, which silver counts and refuses. Partitions
    are projected: `dt` is a date and `hour` two digits, both of arrival, both compared as text.

    Parameters
    ----------
    start
        The first arrival date. A query without bounds lists every hour since then.

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
