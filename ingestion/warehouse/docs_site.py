"""The documentation as one page that asks the network for nothing: `python -m ingestion.warehouse.docs_site`.

`dbt docs generate --static` puts everything into one file and still leaves a tracker, addresses that were never filled
in and a source map. They are taken out here, and a Content-Security-Policy makes the browser refuse whatever a later
dbt, or an image in a description, would load: https://www.w3.org/TR/CSP3/.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.errors import UserError


@dataclass(frozen=True, slots=True)
class Edit:
    """One replacement in dbt's page, in every place where `pattern` matches; `what` names it in an error."""

    what: str
    pattern: str
    replacement: str


# 'unsafe-eval' is how AngularJS evaluates its templates; none of these sources is an address
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; font-src data:"
)
_ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%23047'/%3E"
    "%3Cpath d='M2 6q3-3 6 0t6 0M2 11q3-3 6 0t6 0' fill='none' stroke='%23fff' stroke-width='1.6'/%3E%3C/svg%3E"
)
EDITS: Final = (
    Edit(
        "the head, for the policy",
        r'(<meta charset="utf-8"\s*/?>)',
        rf'\1<meta http-equiv="Content-Security-Policy" content="{_POLICY}"/>',
    ),
    Edit("the title", r"<title>dbt Docs</title>", "<title>Shoplake</title>"),
    Edit("the link to /overview/", r'<link rel="canonical"[^>]*>', ""),
    # dbt's build left a template there, which a browser asks for as if it were a file
    Edit("the icon", r'<link rel="shortcut icon" href="[^"]*"', f'<link rel="icon" href="{_ICON}"'),
    Edit(
        "the tracker",
        r"turn_on_tracking:function\(\)\{.*?\},fuzzUrls:",
        "turn_on_tracking:function(){},fuzzUrls:",
    ),
    # the browser asks for a <use> before AngularJS has filled it in; href, because ng-attr sets no namespace for xlink
    Edit("the icons of the tree", r'xlink:href="(\{\{[^"]*\}\})"', r'ng-attr-href="\1"'),
    Edit("the source map", r"\n//# sourceMappingURL=main\.js\.map(?=</script>)", ""),
    # what follows loads nothing, and is what a reader of the page stumbles over:
    # the meaning of a column was cut after some twenty characters,
    Edit(
        "the width of a description",
        r"text-overflow: ellipsis; overflow-x: hidden; white-space: nowrap; max-width: 1px;",
        "width: 60%; white-space: normal;",
    ),
    # the lineage is half unit tests, until "resources" is asked for them,
    Edit(
        "what the lineage shows",
        r'(resource_types:\["model","seed","snapshot","source"),"test","unit_test"',
        r"\1",
    ),
    # and its lines are nearly the colour of their ground
    Edit("the lines of the lineage", r'"(line|target-arrow)-color":"#(?:027599|006f8a)"', r'"\1-color":"#5fb3c8"'),
)

_ADDRESS: Final = r"""((?:https?:|wss?:)?//[^"'\\\s>)]+)"""
_LOADS: Final = tuple(
    re.compile(before + _ADDRESS)
    for before in (
        r"""\b(?:src|srcset|poster|data)\s*=\s*\\*["']\s*""",
        r"""<(?:link|use|image)\b[^>]*?\bhref=\\*["']\s*""",
        r"""(?:\burl\(|@import)\s*\\*["']?\s*""",
        r"""\b(?:fetch|import|importScripts|sendBeacon|Worker|EventSource|WebSocket)\(\s*["']""",
        r"""\.open\(\s*["'][A-Z]+["']\s*,\s*["']""",
        r"""!\[[^\]]*\]\(\s*""",
    )
)


def external_loads(page: str) -> list[str]:
    """The addresses that `page` would load without a click, in attributes, CSS, scripts and Markdown images.

    Links that a person may follow are none of them.
    """
    return sorted({address for pattern in _LOADS for address in pattern.findall(page)})


def offline(page: str) -> str:
    """dbt's static page without its loads.

    Raises
    ------
    UserError
        If something to replace isn't there, since dbt's page has changed then, or if a load remains.
    """
    for edit in EDITS:
        page, found = re.subn(edit.pattern, edit.replacement, page, flags=re.DOTALL)
        if not found:
            raise UserError(
                f"{edit.what} is not where it is expected: dbt's page has changed, put EDITS in docs_site.py right"
            )
    if loads := external_loads(page):
        raise UserError(f"the page would still load {', '.join(loads)}: take it out of the project's documentation")
    return page


def build(target_path: Path, out: Path) -> int:
    """Write `out` from what `dbt docs generate --static` left in `target_path`.

    Returns
    -------
    int
        Size of the page in bytes.

    Raises
    ------
    UserError
        If there is no such page, or it cannot be made to load nothing; `out` is untouched then.
    """
    source = target_path / "static_index.html"
    try:
        page = offline(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{source} is not there: run `dbt docs generate --static` first") from None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return out.write_bytes(page.encode())
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}): name another place with --out") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.warehouse.docs_site", description="Make one page of dbt's docs."
    )
    parser.add_argument("--target-path", type=Path, default=Path("target"), help="where dbt wrote static_index.html")
    parser.add_argument("--out", type=Path, default=Path("site/index.html"), help="the page to write")
    given = parser.parse_args(arguments)
    try:
        size = build(given.target_path, given.out)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{given.out}: {size / 1e6:.1f} MB, loads nothing; open it in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(main())
