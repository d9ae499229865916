"""Versions of the project: copies of it with an edit, for tests of definitions that change between runs."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from tests.support.paths import ROOT

PARTS: Final = ("dbt_project.yml", "selectors.yml", "macros", "models", "analyses", "tests/generic", "tests/singular")

# each edit: a file, a text in it, and what stands there instead
EDITS: Final[dict[str, tuple[tuple[str, str, str], ...]]] = {
    "comment": (("models/silver/events/events.sql", "select * from final", "-- all of it\nselect  *\nfrom final"),),
    # a business macro that a silver and two gold models use
    "macro": (("macros/events/line_amount.sql", "coalesce({{ quantity }}, 1)", "2 * coalesce({{ quantity }}, 1)"),),
    # a model at the end: no other one changes
    "model": (("models/gold/sales/hourly_revenue.sql", "count(*) filter (where is_refund)", "-count(*)"),),
    # a new column in a model in the middle, which those after it do not read
    "column": (("models/silver/sales/order_lines.sql", "        currency,\n", "        currency,\n        city,\n"),),
    # fewer groups: those that vanish must leave the table
    "filter": (
        (
            "models/gold/products/category_daily_performance.sql",
            "    group by 1, 2\n",
            "    group by 1, 2\n    having count(*) > 1\n",
        ),
    ),
    # what silver makes of a line
    "events": (
        (
            "models/silver/events/arrivals.sql",
            "'case when problem is null then price_amount end as price'",
            "'case when problem is null and price_amount > 5 then price_amount end as price'",
        ),
    ),
}


def copy_of_the_project(folder: Path, *edits: tuple[str, str, str]) -> Path:
    """A copy of the dbt project with edits, each of which must find its text."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    for name, old, new in edits:
        path = folder / name
        text = path.read_text()
        assert old in text, (name, old)
        path.write_text(text.replace(old, new))
    return folder
