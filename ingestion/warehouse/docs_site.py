"""Write dbt's documentation as one page that makes no network request: `python -m ingestion.warehouse.docs_site`.

`dbt docs generate --static` writes one file, but the file still contains a tracker, unfilled template addresses and a
source map. This module removes them. It also adds a Content-Security-Policy, so that the browser blocks any load that a
later version of dbt, or an image in a description, would add: https://www.w3.org/TR/CSP3/.
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
    """A replacement in dbt's page wherever `pattern` matches; `what` names it in error messages."""

    what: str
    pattern: str
    replacement: str


# AngularJS needs 'unsafe-eval' to evaluate its templates. No source in this policy is an address.
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
    # dbt leaves an unfilled template here, and the browser requests it as if it were a file.
    Edit("the icon", r'<link rel="shortcut icon" href="[^"]*"', f'<link rel="icon" href="{_ICON}"'),
    Edit(
        "the tracker",
        r"turn_on_tracking:function\(\)\{.*?\},fuzzUrls:",
        "turn_on_tracking:function(){},fuzzUrls:",
    ),
    # The browser requests the address of a <use> before AngularJS has filled it in. ng-attr cannot set xlink:href.
    Edit("the icons of the tree", r'xlink:href="(\{\{[^"]*\}\})"', r'ng-attr-href="\1"'),
    Edit("the source map", r"\n//# sourceMappingURL=main\.js\.map(?=</script>)", ""),
    # The remaining edits remove no load; they make the page easier to read.
    # dbt truncates the description of a column after about twenty characters.
    Edit(
        "the width of a description",
        r"text-overflow: ellipsis; overflow-x: hidden; white-space: nowrap; max-width: 1px;",
        "width: 60%; white-space: normal;",
    ),
    # By default, half of the lineage graph is unit tests; the "resources" menu can still show them.
    Edit(
        "what the lineage shows",
        r'(resource_types:\["model","seed","snapshot","source"),"test","unit_test"',
        r"\1",
    ),
    # The lines of the graph have almost the same color as the background.
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
    """Return the addresses that `page` loads without a click: in attributes, CSS, scripts and Markdown images.

    Links that a reader may click do not count.
    """
    return sorted({address for pattern in _LOADS for address in pattern.findall(page)})


def offline(page: str) -> str:
    """Return dbt's static page with all edits applied and without external loads.

    Raises
    ------
    UserError
        An edit matches nothing, because dbt's page has changed, or a load remains.
    """
    for edit in EDITS:
        page, found = re.subn(edit.pattern, edit.replacement, page, flags=re.DOTALL)
        if not found:
            raise UserError(
                f"dbt's page has changed, and {edit.what} was not found in it: update EDITS in docs_site.py"
            )
    if loads := external_loads(page):
        raise UserError(f"the page would still load {', '.join(loads)}: remove it from the project's documentation")
    return page


def build(target_path: Path, out: Path) -> int:
    """Write `out` from the page that `dbt docs generate --static` wrote to `target_path`.

    Returns
    -------
    int
        Size of the page in bytes.

    Raises
    ------
    UserError
        There is no page, or it still loads something; `out` is not changed.
    """
    source = target_path / "static_index.html"
    try:
        page = offline(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"{source} does not exist: run `dbt docs generate --static` first") from None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        return out.write_bytes(page.encode())
    except OSError as error:
        raise UserError(f"{out} cannot be written ({error.strerror}): choose another path with --out") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.warehouse.docs_site",
        description="Write dbt's documentation as one offline page.",
    )
    parser.add_argument("--target-path", type=Path, default=Path("target"), help="where dbt wrote static_index.html")
    parser.add_argument("--out", type=Path, default=Path("site/index.html"), help="the page to write")
    given = parser.parse_args(arguments)
    try:
        size = build(given.target_path, given.out)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{given.out}: {size / 1e6:.1f} MB, needs no network; open it in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(main())
