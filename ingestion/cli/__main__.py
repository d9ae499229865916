"""`python -m ingestion.cli` is `shoplake`."""

from __future__ import annotations

from ingestion.cli import main

main()
