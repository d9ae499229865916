"""`python: file.py:function`: where YAML ends, a function of the user's own makes records of a record."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from math import isnan
from pathlib import Path
from types import ModuleType
from typing import Any

from ingestion.door.yaml_values import Value

Function = Callable[[dict[str, Any]], Iterable[dict[str, Any]] | dict[str, Any] | None]


class EscapeError(ValueError):
    """The function failed, or gave something that is no record. The door refuses the line."""


def parse_escape(value: Value, folder: Path) -> tuple[str, str]:
    """The path of the file and the name of the function, both checked.

    Raises
    ------
    UserError
        The file or the function does not exist, or the file cannot be run.
    """
    file, _, name = value.text().rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise value.error("must be FILE.py:FUNCTION, such as shop.py:events")
    path = folder / file
    try:
        function = getattr(_module(path), name, None)
    except FileNotFoundError:
        raise value.error(f"names {file}, which is not in the folder of the dialect") from None
    except Exception as error:
        raise value.error(f"names {file}, which cannot be run: {type(error).__name__}: {error}") from error
    if not callable(function):
        raise value.error(f"names the function {name}, which {file} does not have")
    return str(path), name


def load_escape(path: str, name: str) -> Callable[[dict[str, Any]], list[dict[str, Any]]]:
    """A function that gives the records that the user's function makes of a record, with the values of JSON."""
    function: Function = getattr(_module(Path(path)), name)

    def records(record: dict[str, Any]) -> list[dict[str, Any]]:
        try:
            made = function(record)
            return [] if made is None else [_json(item) for item in ([made] if isinstance(made, dict) else made)]
        except EscapeError:
            raise
        except Exception as error:
            raise EscapeError(f"{name}: {type(error).__name__}") from error

    return records


def _module(path: Path) -> ModuleType:
    # the name is unique to the path, and the module stands in no table of modules: two dialects may both have a shop.py
    name = f"shoplake_dialect_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _json(value: Any) -> Any:
    if not isinstance(value, dict):
        raise EscapeError("gave something that is no dict")
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return None if isnan(value) else repr(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):  # a datetime too
        return value.isoformat()
    if isinstance(value, dict):
        return {_text(str(name)): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(item) for item in value]
    raise EscapeError(f"gave a {type(value).__name__}")


def _text(text: str) -> str:
    """The text with U+FFFD for half a surrogate pair, which JSON inside of a text may hold, as in a line of JSON."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
