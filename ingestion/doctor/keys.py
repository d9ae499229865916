"""The key file of the lake, and the key in the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ingestion.doctor.finding import Section
from ingestion.errors import UserError
from ingestion.lake.key_file import fingerprint, path_of, read_keys


def examine_keys(lake: Path, environment: Mapping[str, str]) -> Section:
    """Whether the lake has keys that only their owner can read, and the environment gives no other key."""
    section = Section("keys")
    path = path_of(lake)
    try:
        keys = read_keys(lake)
    except UserError as error:
        section.problem(str(error), f"ls -l {path}")
        return section
    if keys is None:
        section.ok(f"{lake} has no keys yet: the first `shoplake replay` into it makes them")
        return section
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        section.problem(f"{path} can be read by other users of this machine (mode {mode:04o})", f"chmod 600 {path}")
    else:
        fingerprints = f"address key {fingerprint(keys.addresses)}, id key {fingerprint(keys.ids)}"
        section.ok(f"{path}, mode {mode:04o}; {fingerprints}")
    given = environment.get("SHOPLAKE_HMAC_KEY", "").encode("utf-8", "surrogateescape")
    if given and given != keys.addresses:
        section.problem(
            "SHOPLAKE_HMAC_KEY is not the address key of this lake, so `shoplake replay` refuses to load",
            "unset SHOPLAKE_HMAC_KEY",
        )
    return section
