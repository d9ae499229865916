"""The whole product on the emulated AWS, from `shoplake deploy` to `shoplake destroy`: the counts agree from the
generator's report to gold, and no resource remains.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ingestion.stack.package import build
from local_aws.launcher import Instance
from tests.athena.support.product import BRONZE, SCHEMA, STACK, Product, wait_for
from tests.athena.support.rights import allowed, needed, on_behalf, out_of_bounds, recorded
from tests.support.paths import ROOT

EVENTS = 5_000
LIMIT = 100
# if a minute ends during the burst, it still exceeds the limit within one of the two minutes
BURST = 3 * LIMIT
ADDRESS = "203.0.113.77"
# kinds of resources of a stack that the emulator lists, and would list if they remained
KINDS = {
    *(
        "alarm",
        "bucket",
        "cluster",
        "counters",
        "dashboard",
        "database",
        "function",
        "image repository",
        "key",
        "log group",
        "network",
        "project",
        "queue",
        "role",
    ),
    *("rule", "secret", "stack", "stream", "table", "topic", "work group"),
}
# who works with each role; for the others, only AWS's documentation says what they need
ROLES = {
    "BuildRole": "dbt",
    "BuildStartRole": "",
    "CheckRole": "",
    "DeliveryRole": "",
    "DoorRole": f"{STACK}-door",
    "EmptierRole": f"{STACK}-emptier",
    "ImageRole": "",
    "GeneratorRole": f"{STACK}-generator",
    "OrchestratorRole": f"{STACK}-orchestrator",
    "WatcherRole": f"{STACK}-watcher",
    "WebhookRole": "",
}
# the emulator runs Lambda functions with the Python of this test
RUNTIME = f"{sys.version_info[0]}.{sys.version_info[1]}"
ARCHITECTURE = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zips of `make package` for this machine."""
    folder = tmp_path_factory.mktemp("zips")
    build(ARCHITECTURE, RUNTIME, folder)
    return folder


@pytest.fixture(scope="module")
def image_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtualenv with the packages of the image and no others."""
    home = tmp_path_factory.mktemp("image")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = home / "bin" / "python"
    lock = ROOT / "ingestion" / "image" / "requirements.lock"
    install: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", lock]
    subprocess.run(install, check=True)
    return python


@pytest.fixture
def product(instance: Instance, tmp_path: Path) -> Iterator[Product]:
    product = Product(instance, tmp_path)
    try:
        yield product
    finally:
        # both do nothing after a test that passed
        product.unsubscribe()
        product.shoplake("destroy", "--yes")


def test_counts_agree_from_the_generator_to_gold_and_no_resource_remains(
    product: Product, zips: Path, image_python: Path
) -> None:
    before = product.resources()
    deploy(product, zips)
    assert kinds(product.resources() - before) == KINDS
    assert alarms_of_the_stack(product) == documented_alarms()
    assert "generator   off" in product.shoplake("status")
    product.subscribe()

    report = product.invoke("generator", {"events": EVENTS, "seed": 1})
    assert (report["sent"], report["not_sent"], report["why"]) == (EVENTS, 0, "")
    product.put(burst())
    sent = EVENTS + BURST
    wait_for(f"{sent} lines in bronze", lambda: len(product.bronze()), lambda found: found >= sent)
    lines = product.bronze()
    assert len(lines) == sent
    assert product.objects("errors/") == {}

    visitor = visitor_of_the_burst(lines)
    wait_for("alert", product.alerts, lambda found: visitor in reasons(found))
    log = product.log("door")
    assert '"accepted":' in log
    for where in (b"\n".join(lines).decode(), json.dumps(product.alerts()), log):
        assert ADDRESS not in where
        # a rejected line keeps the names of its fields
        assert not re.search(r"ip_address\W+[0-9a-f]", where)

    assert product.invoke("watcher", {})["waiting_since"]
    build = product.invoke("orchestrator", {"action": "build"})["started"]
    assert build
    # one build at a time
    assert product.invoke("orchestrator", {"action": "build"}) == {"started": None}
    assert product.variables.items() <= product.container().items()
    log = product.scheduled_build(image_python)
    assert json.loads(log.splitlines()[-1])["build"] == "SUCCEEDED"
    product.client("ecs").stop_task(cluster=STACK, task=build)
    assert "last build  SUCCEEDED" in product.shoplake("status")
    [page] = product.objects("docs/index.html").values()
    assert b"<title>Shoplake</title>" in page
    expected = counted(lines)
    assert ledger(product) == (sent, expected["events"], expected["duplicates"], expected["rejected"])
    assert gold(product) == expected
    print(f"{sent} lines sent: {expected}")

    assert product.invoke("watcher", {})["gold_age"] == 0
    assert states(product, "start") == {"ENABLED"}
    assert "build       on" in product.shoplake("status")
    assert states(product, "stop") == {"DISABLED"}
    assert len(product.bronze()) == sent
    assert reasons(product.alerts())[visitor] == [f"more than {LIMIT} requests in a minute"]

    product.unsubscribe()
    assert "is deleted" in product.shoplake("destroy", "--yes")
    assert product.resources() == before
    assert_rights_are_those_that_are_needed()


def assert_rights_are_those_that_are_needed() -> None:
    """Every role may do what its calls in this test need, and what AWS does on its behalf, and nothing else."""
    calls = recorded(Path(os.environ["RECORDED_CALLS"]))
    for role, who in ROLES.items():
        documented = on_behalf()[role]
        taken = needed(calls, who)
        assert bool(taken) == bool(who), f"{role}: {taken}"
        assert taken | documented.keys() == allowed(role), role
        assert out_of_bounds(calls, who, role) == set(), role
        # what is recorded needs no reason
        assert not taken & documented.keys(), role


def deploy(product: Product, zips: Path) -> None:
    names = ("--bronze-database", BRONZE, "--schema", SCHEMA)
    code = ("--zips", zips, "--arch", ARCHITECTURE, "-p", f"LambdaRuntime=python{RUNTIME}", "-p", "Webhooks=yes")
    options = ("--visitor-limit", str(LIMIT), "--empty-bucket-on-destroy", "-p", "MakeDashboard=yes")
    product.shoplake("deploy", *names, *code, *options)


def kinds(resources: set[str]) -> set[str]:
    return {resource.partition(":")[0] for resource in resources}


def alarms_of_the_stack(product: Product) -> set[str]:
    alarms = product.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"{STACK}-")["MetricAlarms"]
    return {alarm["AlarmName"].removeprefix(f"{STACK}-") for alarm in alarms}


def documented_alarms() -> set[str]:
    page = (ROOT / "docs" / "guide" / "operating.md").read_text()
    return set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))


def burst() -> list[bytes]:
    """Requests of one visitor at one moment, as a shop sends them: with the IP address, here in a URL as well."""
    now = datetime.now(UTC).isoformat()
    event = {"event_type": "page_view", "event_time": now, "ip_address": ADDRESS, "page_url": f"/?from={ADDRESS}"}
    return [json.dumps({"event_id": f"burst-{number}"} | event).encode() for number in range(BURST)]


def reasons(alerts: list[dict[str, Any]]) -> dict[str, list[str]]:
    """The reasons of the alerts, by visitor."""
    found: dict[str, list[str]] = {}
    for alert in alerts:
        found.setdefault(alert["visitor"], []).append(alert["reason"])
    return found


def visitor_of_the_burst(lines: list[bytes]) -> str:
    events = [json.loads(line) for line in lines if b'"burst-' in line]
    [visitor] = {event["visitor_hash"] for event in events}
    return str(visitor)


def counted(lines: list[bytes]) -> dict[str, Any]:
    """The expected counts of gold, computed without dbt and SQL."""
    accepted = [event for event in map(json.loads, lines) if "reject_reason" not in event]
    events = {(event["event_time"][:10], event["event_id"]): event for event in accepted}
    purchases = [event for event in events.values() if event["event_type"] == "purchase"]
    return {
        "events": len(events),
        "duplicates": len(accepted) - len(events),
        "rejected": len(lines) - len(accepted),
        "purchases": len(purchases),
        "revenue": sum(map(amount, purchases)),
    }


def amount(event: dict[str, Any]) -> Decimal:
    """What a line cost: its total after a discount, if it gives one."""
    return Decimal(event.get("line_total") or Decimal(event["price"]) * Decimal(event.get("quantity", "1")))


def ledger(product: Product) -> tuple[int, ...]:
    sums = "sum(line_count), sum(accepted_count), sum(duplicate_count), sum(rejected_count)"
    return tuple(int(text or 0) for text in product.query(f"select {sums} from {SCHEMA}_silver.loads"))


def gold(product: Product) -> dict[str, Any]:
    """The counts of gold, from several tables."""
    [events] = product.query(f"select count(*) from {SCHEMA}_gold.clickstream_events")
    purchases, revenue = product.query(
        f"select sum(purchase_count), sum(total_revenue) from {SCHEMA}_gold.hourly_revenue"
    )
    lines, amount = product.query(f"select count(*), sum(total_amount) from {SCHEMA}_gold.transactions")
    assert (purchases, Decimal(revenue or 0)) == (lines, Decimal(amount or 0))
    _, _, duplicates, rejected = ledger(product)
    return {
        "events": int(events or 0),
        "duplicates": duplicates,
        "rejected": rejected,
        "purchases": int(purchases or 0),
        "revenue": Decimal(revenue or 0),
    }


def states(product: Product, action: str) -> set[str]:
    """The states of the two EventBridge rules after `shoplake start` or `stop`."""
    product.shoplake(action)
    events = product.client("events")
    return {events.describe_rule(Name=f"{STACK}-{rule}")["State"] for rule in ("generator", "build")}
