"""The code blocks of README and the guides do what the page says: each is run here, or has a reason why it is not."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import duckdb
import pytest

from tests.support.guide import PAGES, Block, blocks, copy_of_the_project, run_block

ALL = [block for page in PAGES for block in blocks(page)]
SHOP = {"SHOPLAKE_LAKE": "shop.lake", "SHOPLAKE_WAREHOUSE": "shop.duckdb"}

_ACCOUNT = "needs an AWS account, or a name or ARN of the reader's own"
_STACK = "needs a stack: runs in tests/athena/test_end_to_end.py and test_guide.py, and in tests/ingestion/stack"
_LONG = "the tests themselves, which `make check` runs"
_TEXT = "no commands, but text of a file or of a program"
_HERE = "runs in tests/athena/test_guide.py"
# by page and beginning of the block
NOT_RUN_HERE = {
    "README.md: git clone": "`make demo` runs in tests/ingestion/cli/test_demo.py, and `make test` is what runs this",
    "README.md: export AWS_REGION": _STACK,
    "docs/guide/adding-a-model.md: 'sales'": _TEXT,
    "docs/guide/adding-a-model.md: dbt build && dbt test": "runs in tests/project/test_builds.py",
    "docs/guide/adding-a-model.md: make test": _LONG,
    "docs/guide/adding-a-model.md: make lint": _LONG,
    "docs/guide/athena-on-your-machine.md: make setup": "needs Trino: test_upload, test_parity, test_doctor",
    "docs/guide/athena-on-your-machine.md: make test-athena": _LONG,
    "docs/guide/deploying-on-your-machine.md: ": _HERE,
    "docs/guide/deploying.md: make setup": _STACK,
    "docs/guide/deploying.md: eval": _STACK,
    "docs/guide/deploying.md: aws ": _ACCOUNT,
    "docs/guide/deploying.md: (eval": "needs a stack: as in tests/ingestion/stack/test_life_of_a_stack.py",
    "docs/guide/deploying.md: shoplake stop builds": _STACK,
    "docs/guide/deploying.md: shoplake deploy": _ACCOUNT,
    "docs/guide/deploying.md: shoplake destroy": _STACK,
    "docs/guide/getting-started.md: git clone": "`make demo` runs in tests/ingestion/cli/test_demo.py",
    "docs/guide/getting-started.md: make test": _LONG,
    "docs/guide/operating.md: dbt run-operation": "needs Athena: runs in tests/athena/test_doctor.py",
    "docs/guide/operating.md: select errorcode": _ACCOUNT,
    "docs/guide/operating.md: aws ": _ACCOUNT,
    "docs/guide/operating.md: Skipped 1 objects": _TEXT,
    "docs/guide/security.md: aws ": _ACCOUNT,
    "docs/guide/your-own-events.md: 25 %": _TEXT,
    "docs/guide/your-own-events.md: shoplake deploy": _ACCOUNT,
}


def block(beginning: str) -> Block:
    """The block of a page with this beginning."""
    [found] = [one for one in ALL if one.name.startswith(beginning)]
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of somebody who has the files that the guides speak of."""
    project = copy_of_the_project(tmp_path_factory.mktemp("guides"))
    (project / "2019-Oct.csv").write_text(
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
        "2019-10-01 00:00:00 UTC,view,1001,7,electronics.audio,acme,35.79,u1,s1\n"
        "2019-10-01 00:01:00 UTC,purchase,1001,7,electronics.audio,acme,35.79,u1,s1\n"
        "2019-10-01 00:02:00 UTC,purchase,1002,7,electronics.audio,acme,-1,u2,s2\n"
    )
    (project / "export.csv").write_text(
        "event_time,event_type,order_number,customer_id,sku,product,quantity,price,currency\n"
        "2026-03-10T09:00:00Z,view_item,,17,1001,Lamp,,39.90,EUR\n"
        "2026-03-10T09:05:00Z,purchase,A-1,17,1001,Lamp,2,39.90,EUR\n"
        "2026-03-10T10:00:00Z,purchase,A-2,18,1002,Chair,1,89.00,EUR\n"
    )
    return project


@pytest.fixture(scope="module")
def loaded(project: Path) -> str:
    """What the first block of Your own events prints."""
    return run_block(block("docs/guide/your-own-events.md: . .venv/bin/activate").text, project)


def test_every_block_is_run_or_has_a_reason_why_not() -> None:
    run = Path(__file__).read_text().partition("def block(")[2]
    for one in ALL:
        if not one.language:
            reasons = [begin for begin in NOT_RUN_HERE if one.name.startswith(begin)]
            runs = any(one.name.startswith(begin) for begin in re.findall(r'block\("([^"]+)"\)', run))
            assert len(reasons) + runs == 1, f"{one.name}: {reasons or 'neither run nor left out'}"
    for begin in NOT_RUN_HERE:
        assert any(one.name.startswith(begin) for one in ALL), f"no block begins with {begin}"


def test_a_file_of_a_shipped_dialect_is_loaded_built_and_reported(loaded: str) -> None:
    assert "bad_price 1" in loaded
    assert "35.79" in loaded


def test_rejected_lines_are_found_with_their_reason(project: Path, loaded: str) -> None:
    query = block("docs/guide/your-own-events.md: select reject_reason").text
    with duckdb.connect(project / "shop.duckdb", read_only=True) as connection:
        [(reason, origin, _)] = connection.execute(query).fetchall()
    assert (reason, origin) == ("bad_price", "2019-Oct.csv:4")


def test_look_around(project: Path, loaded: str) -> None:
    assert "35.79" in run_block(block("docs/guide/getting-started.md: . .venv").text, project, SHOP)
    assert "<title>Shoplake</title>" in (project / "site" / "index.html").read_text()
    run_block(block("docs/guide/getting-started.md: dbt compile").text, project, SHOP)
    query = (project / "target/compiled/shoplake/analyses/products/what_sells.sql").read_text()
    with duckdb.connect(project / "shop.duckdb", read_only=True) as connection:
        assert connection.execute(query).fetchall()


def test_an_export_is_drafted_tried_and_loaded(project: Path) -> None:
    printed = run_block(block("README.md: . .venv").text, project)
    # 2 lamps and a chair
    assert "168.80" in printed
    assert "All is well." in printed or "Nothing needs doing now." in printed


def test_a_written_dialect_is_replayed(project: Path) -> None:
    (project / "shop.yml").write_text(block("docs/guide/your-own-events.md: # shop.yml").text)
    export = "ts,action,sku\n10.03.2026 09:00:00,view,1001\n10.03.2026 09:01:00,cart,1001\n"
    (project / "export.csv.gz").write_bytes(gzip.compress(export.encode()))
    printed = run_block(
        block("docs/guide/your-own-events.md: shoplake replay").text, project, {"SHOPLAKE_LAKE": "written.lake"}
    )
    assert re.search(r"export.csv.gz +2 +2 +0", printed)


def test_more_events_arrive(project: Path) -> None:
    run_block("shoplake simulate --events 500 --hours 2", project)
    printed = run_block(block("docs/guide/getting-started.md: shoplake simulate --more").text, project)
    assert "The ledger adds up" in printed


def test_another_definition_of_the_event_is_accepted(project: Path, loaded: str) -> None:
    printed = run_block(block("docs/guide/adding-a-field.md: dbt build").text, project, SHOP)
    assert "Completed successfully" in printed


def test_what_can_be_saved_of_a_damaged_object_is_kept(project: Path) -> None:
    whole = gzip.compress(b"short\n" + b"x" * 2_000_000 + b"\nalso short\n")
    (project / "a.gz").write_bytes(whole + b"bytes that are no gzip")
    run_block(block("docs/guide/operating.md: gzip -dc").text.replace("/tmp/", "./saved-"), project)
    assert gzip.decompress((project / "a.gz").read_bytes()) == b"short\nalso short\n"
