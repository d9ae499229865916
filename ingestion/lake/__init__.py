"""Bronze: the folder that is laid out as Firehose lays out the bucket, and the Glue table over it.

`location` reads the text that names the folder. `sink` is the interface of every destination, `lake_sink` writes
objects, and `bronze_table` describes them to Glue.
Imports no other room.
"""
