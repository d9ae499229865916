"""Lines into an Amazon Data Firehose stream."""
