"""How the text of --lake and SHOPLAKE_LAKE becomes a folder: the one reading for every command and for builds."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from ingestion.errors import UserError

LAKE_VARIABLE: Final = "SHOPLAKE_LAKE"
DEFAULT_LAKE: Final = Path("lake")
_is_address: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://").match


def lake_folder(text: str | Path | None) -> Path:
    """Return the folder that a text names; it need not exist yet.

    Every character stands for itself, except for ~ at the beginning, which is a home folder as in a shell. A relative
    path counts from the current folder. No text is the default, `lake`.

    Raises
    ------
    UserError
        The text is an address, names the home of nobody, or something else than a folder stands there.
    """
    folder = local_path(text, DEFAULT_LAKE, "the lake", LAKE_VARIABLE)
    if folder.is_dir():
        return folder
    if folder.exists():
        raise UserError(f"the lake {folder} is a file: give a directory, which is created if it does not exist")
    if folder.is_symlink():
        raise UserError(f"the lake {folder} is a link to {folder.readlink()}, which does not exist: create it first")
    return folder


def local_path(text: str | Path | None, default: Path, what: str, variable: str) -> Path:
    """Return the path on this machine that a text names.

    Parameters
    ----------
    what, variable
        What is looked for, and the environment variable that names it, for the error.

    Raises
    ------
    UserError
        The text is an address such as s3://bucket, or begins with ~ and a name that no user has.
    """
    text = str(text or "")
    if _is_address(text):
        raise UserError(f"{what} {text} is an address: set {variable} to a path on this machine")
    if not text:
        return default
    # not of a Path, which drops the ./ of ./~
    path = os.path.expanduser(text)  # noqa: PTH111
    if text.startswith("~") and path == text:
        name = text.partition("/")[0]
        raise UserError(
            f"{what} {text} begins with {name}, which is nobody's home: write ./{text} if it is the name of a folder"
        )
    # a ~ that is left must not be read again
    return Path(path).absolute() if str(Path(path)).startswith("~") else Path(path)
