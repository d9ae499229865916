"""The Lambda functions: thin wherever the code also runs on a laptop.

Each function is `ingestion.handlers.<name>.handler`: the door (called by Firehose), the generator, the orchestrator
(start and stop) and the emptier (on delete). May import `door`, `firehose`, `detection` and `simulator`; everything
that a handler imports, directly or not, goes into its zip.
"""
