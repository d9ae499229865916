"""Lambda functions, thin over what the laptop uses. Each is `ingestion.handlers.<name>.handler`."""
