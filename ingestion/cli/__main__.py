"""`python -m ingestion.cli` runs `shoplake`."""

from __future__ import annotations

from ingestion.cli.app import main

main()
