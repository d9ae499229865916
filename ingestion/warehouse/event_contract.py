"""`make contract`: writes the event's fields (ingestion/event.py) into the files that repeat them.

Each of these files has blocks between the lines `contract: begin` and `contract: end`. A new field is added by hand in
ingestion/event.py alone; a test fails while a block differs from it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ingestion.errors import UserError
from ingestion.event import DESCRIPTIONS, FIELDS, REJECTED_FIELDS

ROOT: Final = Path(__file__).parents[2]
SOURCE: Final = "models/bronze/_bronze__sources.yml"
SILVER: Final = "models/silver/events/_events__models.yml"
DOCS: Final = "models/silver/events/_events__docs.md"
TEMPLATE: Final = "ingestion/stack/template.yml"

# What silver makes of a field that gets another name there.
SILVER_COLUMNS: Final = {"event_time": ("event_at", "When it happened (UTC), by the producer's clock.")}

# YAML and Markdown have comments. The list of DuckDB's columns stands within a text, so its own ends mark it.
_BLOCK: Final = re.compile(
    r"(?P<begin>^[^\n]*contract: begin[^\n]*\n)(?P<body>.*?)(?P<end>^[^\n]*contract: end[^\n]*$)", re.M | re.S
)
_DUCKDB_COLUMNS: Final = re.compile(r"(?P<begin>^ *columns = \{\n)(?P<body>[^}]*?)(?P<end>^ *\}\))", re.M)


def main() -> int:
    """Rewrite what is out of date and print which files changed; the exit code."""
    changed = [path for path, text in contract_files(ROOT).items() if _write(ROOT / path, text)]
    print(f"updated {', '.join(changed)}" if changed else "every file agrees with ingestion/event.py")
    return 0


def contract_files(root: Path) -> dict[str, str]:
    """Each file that repeats the contract, by its path below `root`, as it should be.

    Raises
    ------
    UserError
        A file lacks the lines that mark its block.
    """
    accepted = [name for name in FIELDS if name not in REJECTED_FIELDS]
    silver = [SILVER_COLUMNS.get(name, (name, DESCRIPTIONS[name])) for name in accepted]
    indent = " " * 14
    source = _replaced(root / SOURCE, _BLOCK, [_columns(DESCRIPTIONS.items(), indent=10, data_type="varchar")])
    source = _replace(SOURCE, source, _DUCKDB_COLUMNS, [_wrapped([f"'{name}': 'VARCHAR'" for name in FIELDS], indent)])
    return {
        SOURCE: source,
        SILVER: _replaced(root / SILVER, _BLOCK, [_columns(silver, indent=6)] * 2),
        DOCS: _replaced(root / DOCS, _BLOCK, [_doc_blocks(root)]),
        TEMPLATE: _replaced(
            root / TEMPLATE, _BLOCK, ["".join(f"            - {{Name: {name}, Type: string}}\n" for name in FIELDS)]
        ),
    }


def _columns(columns: Iterable[tuple[str, str]], *, indent: int, data_type: str = "") -> str:
    typed = f"data_type: {data_type}, " if data_type else ""
    return "".join(
        f"{' ' * indent}- {{name: {name}, {typed}description: {json.dumps(text)}}}\n" for name, text in columns
    )


def _doc_blocks(root: Path) -> str:
    """A docs block for each field whose description other models refer to by doc('name')."""
    texts = [_BLOCK.sub("", path.read_text()) for path in sorted((root / "models").rglob("*.yml"))]
    used = {name for text in texts for name in re.findall(r"doc\('(\w+)'\)", text)}
    blocks = [f"{{% docs {name} %}}\n{DESCRIPTIONS[name]}\n{{% enddocs %}}\n" for name in FIELDS if name in used]
    return "\n" + "\n".join(blocks) + "\n"


def _wrapped(items: list[str], indent: str) -> str:
    lines, line = [], indent
    for number, item in enumerate(items):
        piece = item + ("," if number + 1 < len(items) else "")
        if len(line) + len(piece) > 118:
            lines.append(line.rstrip())
            line = indent
        line += piece + " "
    return "\n".join([*lines, line.rstrip()]) + "\n"


def _replaced(path: Path, block: re.Pattern[str], bodies: list[str]) -> str:
    return _replace(path.name, path.read_text(), block, bodies)


def _replace(name: str, text: str, block: re.Pattern[str], bodies: list[str]) -> str:
    found = len(block.findall(text))
    if found != len(bodies):
        raise UserError(f"{name} has {found} blocks for the event's fields instead of {len(bodies)}: restore its marks")
    waiting = iter(bodies)
    return block.sub(lambda match: match["begin"] + next(waiting) + match["end"], text)


def _write(path: Path, text: str) -> bool:
    if path.read_text() == text:
        return False
    path.write_text(text)
    return True


if __name__ == "__main__":
    sys.exit(main())
