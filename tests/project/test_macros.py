"""The examples that macros give of themselves are true: dbt renders them to what they say."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

from tests.support.paths import ROOT
from tests.support.warehouse import Warehouse

EXAMPLE = re.compile(
    r"^   Example\n(?P<call>.*?)^   renders to[^\n]*\n(?P<text>.*?)(?=^\s*$|^   \S| #\}|\Z)", re.M | re.S
)


def test_the_examples_of_the_business_definitions_are_true(tmp_path: Path) -> None:
    examples = {}
    for path in sorted(ROOT.glob("macros/events/*.sql")):
        found = EXAMPLE.search(path.read_text().split("#}\n", 1)[0] + "#}")
        assert found, path
        examples[path.stem] = (textwrap.dedent(found["call"]).strip(), textwrap.dedent(found["text"]).strip())
    calls = "\n-- next\n".join(call for call, _ in examples.values())
    warehouse = Warehouse(tmp_path, variables={})
    result: object = warehouse.dbt("compile", "--inline", calls)
    [compiled] = [run.node.compiled_code for run in getattr(result, "results")]  # noqa: B009
    rendered = dict(zip(examples, compiled.split("\n-- next\n"), strict=True))
    for name, (_, text) in examples.items():
        assert rendered[name].strip() == text.removesuffix("#}").strip(), name


def test_the_ancestors_of_a_model_are_found_at_any_depth(tmp_path: Path) -> None:
    call = "{{ ancestors_of(graph.nodes['model.shoplake.transactions']) | sort | join(' ') }}"
    result: object = Warehouse(tmp_path, variables={}).dbt("compile", "--inline", call)
    [compiled] = [run.node.compiled_code for run in getattr(result, "results")]  # noqa: B009
    assert compiled.strip() == "arrivals events order_lines touched_dates"
