"""Athena's behavior on top of Trino's REST API. It depends on nothing of the emulator except its endpoint."""
