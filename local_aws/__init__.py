"""AWS on this machine: S3, Glue, Firehose, Lambda and more by ministack, and Athena executed by Trino."""
