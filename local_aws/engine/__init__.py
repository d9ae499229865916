"""Athena's behaviour on top of Trino's REST API; knows nothing of the emulator around it but its endpoint."""
