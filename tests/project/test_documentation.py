"""What exists is documented, what is documented exists, and every link leads somewhere.

docs/reference is compared with the code in both directions: a model, variable, command, option, make target, dialect or
dialect key that is missing there fails, and so does one that no longer exists.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from typer.main import get_command

from ingestion.cli.app import app
from ingestion.door.dialect import KEYS, load_dialect, shipped_dialects
from ingestion.door.reading import READING_KEYS
from ingestion.event import EVENT_TYPES, FIELDS, REJECT_REASONS
from tests.support.paths import ROOT

REFERENCE = ROOT / "docs" / "reference"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name / "README.md" for name in ("benchmarks", "local_aws")),
    *sorted(ROOT.glob("docs/**/*.md")),
]
# The changelog names paths of earlier versions.
PAGES_WITH_CURRENT_PATHS = [page for page in PAGES if page.name != "CHANGELOG.md"]
INDEXES = ("README.md", "docs/design/README.md", "docs/reference/dialects.md")
MOST_README_LINES = 100
MOST_TARGETS = 18

page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def section(name: str, heading: str) -> str:
    """The text under a heading of a reference page, up to the next heading of the same or a higher level."""
    text = (REFERENCE / name).read_text()
    level = heading.split()[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, re.M | re.S)
    assert found, f"{name} has no heading {heading}"
    return found[1]


def rows(markdown: str) -> list[list[str]]:
    """The cells of all table rows that begin with code."""
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in markdown.splitlines()
        if line.startswith("| `")
    ]


def code(cell: str) -> list[str]:
    """The texts in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def first_column(markdown: str) -> set[str]:
    return {name for cells in rows(markdown) for name in code(cells[0])}


def names_and_areas(markdown: str) -> set[tuple[str, str]]:
    return {(code(cells[0])[0], cells[1]) for cells in rows(markdown)}


def options_of(command: click.Command) -> set[str]:
    options = [param for param in command.params if param.param_type_name == "option"]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)} - {"--help"}


def named_commands(group: Any, prefix: str = "") -> Iterable[tuple[str, click.Command]]:
    """Every command that can be run, by its name; those of a group such as `shoplake keys` have two words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from named_commands(command, f"{name} ")
        if not hasattr(command, "commands") or command.invoke_without_command:
            yield prefix + name, command


@pytest.mark.parametrize("layer", ["silver", "gold"])
def test_every_model_is_in_the_table_of_its_layer_with_its_area(layer: str) -> None:
    models = {(path.stem, path.parent.name) for path in ROOT.glob(f"models/{layer}/*/*.sql")}
    assert names_and_areas(section("tables.md", f"## {layer.title()}")) == models


def test_every_analysis_is_in_the_table_of_analyses_with_its_area() -> None:
    analyses = {(path.stem, path.parent.name) for path in ROOT.glob("analyses/*/*.sql")}
    assert names_and_areas(section("tables.md", "## Analyses")) == analyses


def test_every_dbt_variable_is_explained_with_its_default() -> None:
    variables = yaml.safe_load((ROOT / "dbt_project.yml").read_text())["vars"]
    explained = {code(cells[0])[0]: cells[1] for cells in rows(section("variables.md", "## dbt variables"))}
    assert set(explained) == set(variables)
    for name, default in variables.items():
        if not isinstance(default, list | dict):
            assert explained[name] == f"`{str(default).lower()}`", name


def test_every_environment_variable_of_ours_is_explained() -> None:
    read: set[str] = set()
    for part in ("ingestion", "local_aws", "macros", "models", "profiles.yml.example", ".github"):
        path = ROOT / part
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.suffix in (".py", ".sql", ".yml", ".example"):
                read |= set(re.findall(r"\b(?:SHOPLAKE|LOCAL_AWS)_[A-Z_]+\b", file.read_text()))
    page = (REFERENCE / "variables.md").read_text()
    ours = {name for name in first_column(page) if name.startswith(("SHOPLAKE_", "LOCAL_AWS_"))}
    assert ours == read


def test_every_command_has_a_section_with_all_its_options_and_no_other() -> None:
    commands = dict(named_commands(get_command(app)))
    headings = re.findall(r"^### shoplake (\S+(?: \S+)?)$", (REFERENCE / "commands.md").read_text(), re.M)
    assert set(headings) == set(commands)
    for name, command in commands.items():
        assert command.help, name
        assert first_column(section("commands.md", f"### shoplake {name}")) == options_of(command), name


def test_every_make_target_is_explained_and_has_a_help_text() -> None:
    targets = dict(re.findall(r"^([a-z-]+):(.*)$", (ROOT / "Makefile").read_text(), re.M))
    for name, rest in targets.items():
        assert "## " in rest, name
    assert first_column(section("commands.md", "## make")) == {f"make {name}" for name in targets}
    assert len(targets) <= MOST_TARGETS


def test_every_command_of_local_aws_is_explained_with_its_options() -> None:
    def help_of(*arguments: str) -> str:
        command_line = [sys.executable, "-m", "local_aws", *arguments, "--help"]
        return subprocess.run(command_line, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    explained = {
        code(cells[0])[0]: set(code(cells[1])) for cells in rows(section("commands.md", "## python -m local_aws"))
    }
    assert set(explained) == set(re.findall(r"^    (\w+)(?:  |$)", help_of(), re.M))
    for name, options in explained.items():
        assert options == set(re.findall(r"--[a-z-]+", help_of(name))) - {"--help"}, name


def test_every_dialect_and_every_key_of_a_dialect_is_explained() -> None:
    dialects = (REFERENCE / "dialects.md").read_text().split("\n## ")[0]
    explained = {code(cells[0])[0]: code(cells[3]) for cells in rows(dialects)}
    assert explained == {name: list(load_dialect(name).required) for name in shipped_dialects()}
    keys = rows(section("dialects.md", "## Keys"))
    assert [code(cells[0])[0] for cells in keys] == list(KEYS)
    assert first_column(section("dialects.md", "## Reading")) == set(READING_KEYS)


def test_every_event_type_and_reject_reason_is_explained() -> None:
    guide = (ROOT / "docs/guide/your-own-events.md").read_text()
    event = guide.split("## The event")[1].split("\n## ")[0]
    assert {name for cells in rows(event) for name in code(cells[0])} <= set(FIELDS)
    assert all(name in event for name in EVENT_TYPES)
    reasons = guide.split("## Rejected lines")[1].split("\n## ")[0]
    only_in_silver = {"missing_event_id", "bad_received_at"}
    assert first_column(reasons) == REJECT_REASONS | only_in_silver


def test_every_alarm_is_explained() -> None:
    template = (ROOT / "ingestion/stack/template.yml").read_text()
    alarms = re.findall(r'AlarmName: !Sub "?\$\{AWS::StackName\}-([a-z-]+)', template)
    guide = (ROOT / "docs/guide/operating.md").read_text()
    table = guide.split("## Alarms")[1].split("### ")[0]
    assert [code(cells[0])[0] for cells in rows(table)] == alarms


def test_messages_that_troubleshooting_explains_are_messages_that_exist() -> None:
    sources = [*ROOT.glob("ingestion/**/*.py"), *ROOT.glob("macros/**/*.sql")]
    # a message that is split over lines is one text
    texts = " ".join(re.sub(r"""["']\s*\n\s*(~ ?)?f?["']""", "", path.read_text()) for path in sources)
    guide = (ROOT / "docs/guide/troubleshooting.md").read_text()
    table = guide.split("## Messages")[1].split("## Symptoms")[0]
    for cells in rows(table):
        for message in code(cells[0]):
            # what CloudFormation says, between backticks with an ellipsis, is not ours
            assert "..." in message or message in texts, message


def test_the_readme_stays_short_and_starts_with_what_to_type() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) <= MOST_README_LINES
    assert any("make demo" in line for line in lines[:15])


def test_every_page_is_linked_from_the_readme_or_a_list_that_is() -> None:
    linked = {target for index in INDEXES for target, _ in links(ROOT / index)}
    assert set(ROOT.glob("docs/**/*.md")) <= linked


def links(page: Path) -> Iterable[tuple[Path, str]]:
    """The file and the anchor of every relative link."""
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield ((page.parent / path).resolve() if path else page), anchor


def without_code(markdown: str) -> str:
    """The page without its blocks of code and the comments in them, which would look like headings."""
    return re.sub(r"^(```.*?^```|    .*?)$", "", markdown, flags=re.M | re.S)


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text()), re.M)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


@page
def test_every_relative_link_and_anchor_leads_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        assert path.exists(), path
        assert path.is_relative_to(ROOT), path
        assert not anchor or anchor in anchors(path), f"{path}#{anchor}"


@pytest.mark.parametrize("page", PAGES_WITH_CURRENT_PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_and_module_that_is_named_exists(page: Path) -> None:
    not_in_the_repository = {"docs/build.json", "docs/index.html", "benchmarks/work/", "benchmarks/work"}
    a_path = re.compile(r"(analyses|benchmarks|docs|ingestion|local_aws|macros|models|tests|\.ci|\.github)/[^<>* ]*")
    text = page.read_text()
    for name in set(code(without_code(text))) - not_in_the_repository:
        if a_path.fullmatch(name):
            assert (ROOT / name).exists() or (page.parent / name).exists(), name
    for module in set(re.findall(r"python -m ([a-z_.]+)", text)):
        assert find_spec(module.rstrip(".")), module


def test_every_page_that_code_refers_to_exists() -> None:
    """Messages and comments name pages; those of local_aws name pages of another project too."""
    for part in ("ingestion", "macros", "models", "tests", "benchmarks"):
        for file in (ROOT / part).rglob("*"):
            if file.suffix in (".py", ".sql", ".yml"):
                for name in re.findall(r"(?<!/)\bdocs/[a-z0-9/_-]+\.md", file.read_text()):
                    assert (ROOT / name).is_file(), f"{file}: {name}"
