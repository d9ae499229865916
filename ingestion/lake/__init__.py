"""Bronze: the folder that is laid out as Firehose lays out the bucket, and the Glue table over it.

`lake_sink` writes objects, `bronze_table` describes them to Glue. Imports no other room.
"""
