"""The Lambda functions, thin over what the laptop uses. Each is `ingestion.handlers.<name>.handler`.

Everything that runs on AWS is here: the door (Firehose's processor), the generator, the orchestrator (start and stop)
and the emptier (on delete). May import `door`, `firehose`, `detection` and
`simulator`; what they import goes into a zip.
"""
