"""The documentation is one page that makes no network request."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.errors import UserError
from ingestion.warehouse.docs_site import EDITS, Edit, build, external_loads, main, offline
from tests.support.paths import ROOT

# The parts of dbt 1.11's page that the edits change.
DBT_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>dbt Docs</title><link rel="canonical" href="/overview/"/>'
    """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/></head><body><script>"""
    'var r={turn_on_tracking:function(){i.src="//tracker.example/sp.js"},fuzzUrls:function(){}};'
    """t='<use xlink:href="{{ getIcon(item.type, \\'on\\') }}"></use>';"""
    """t='<td style="text-overflow: ellipsis; overflow-x: hidden; white-space: nowrap; max-width: 1px;">';"""
    'var t={resource_types:["model","seed","snapshot","source","test","unit_test","analysis"]};'
    'var g={"target-arrow-color":"#027599","line-color":"#027599"};'
    "\n//# sourceMappingURL=main.js.map</script></body></html>"
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of this project over a lake without events, made by the two commands of `make docs`."""
    folder = tmp_path_factory.mktemp("docs")
    shutil.copy(ROOT / "profiles.yml.example", folder / "profiles.yml")
    environment = {
        **os.environ,
        "SHOPLAKE_LAKE": str(folder / "lake"),
        "SHOPLAKE_WAREHOUSE": str(folder / "warehouse.duckdb"),
        "SHOPLAKE_TARGET": "local",
        "DO_NOT_TRACK": "1",
    }
    dbt = str(Path(sys.executable).with_name("dbt"))
    target, out = str(folder / "target"), str(folder / "index.html")
    quiet = ["--quiet", "--log-level-file", "none", "--log-path", str(folder)]
    for command in (
        [dbt, *quiet, "docs", "generate", "--static", "--profiles-dir", str(folder), "--target-path", target],
        [sys.executable, "-m", "ingestion.warehouse.docs_site", "--target-path", target, "--out", out],
    ):
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    return Path(out).read_text(encoding="utf-8")


def test_the_projects_page_has_external_addresses_only_in_links(page: str) -> None:
    # Independent of the module's own search: every quoted address with the attribute, call or CSS before it.
    pointed = re.findall(r"""([\w-]+\s*[=:(]\s*)\\*["'](?:https?:)?//[a-z0-9.-]+\.[a-z]+/[^"']*""", page)
    assert not [place for place in pointed if re.match(r"src|srcset|poster|url|fetch|import|xlink", place)]
    assert "cloudfront" not in page
    assert "sinter-collect" not in page
    assert "sourceMappingURL=main" not in page


def test_the_policy_blocks_every_other_load(page: str) -> None:
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert policy
    # A policy does not apply to elements before it.
    assert not re.search(r"<(script|link|style|img)", page[: policy.start()])
    directives = dict(directive.split(maxsplit=1) for directive in policy[1].split(";"))
    assert directives["default-src"] == "'none'"
    sources = {source for value in directives.values() for source in value.split()}
    assert sources <= {"'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


def test_every_model_is_in_the_page_and_in_its_overview(page: str) -> None:
    models = {path.stem for path in (ROOT / "models").rglob("*.sql")}
    assert models
    assert not {model for model in models if f'"model.shoplake.{model}": {{' not in page}
    assert not {model for model in models if f"[{model}](#!/model/model.shoplake.{model})" not in page}


def test_the_edited_page_loads_nothing_and_keeps_the_rest() -> None:
    edited = offline(DBT_PAGE)
    assert external_loads(DBT_PAGE) == ["//tracker.example/sp.js"]
    assert external_loads(edited) == []
    assert "fuzzUrls:function(){}};" in edited
    assert """ng-attr-href="{{ getIcon(item.type, \\'on\\') }}\"""" in edited
    assert "favicon" not in edited


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_the_page_of_another_dbt_version_is_rejected_with_the_edit_that_fails(edit: Edit) -> None:
    page = re.sub(edit.pattern, "", DBT_PAGE, flags=re.DOTALL)
    with pytest.raises(UserError, match=re.escape(edit.what)):
        offline(page)


@pytest.mark.parametrize(
    "load",
    [
        '<script src="https://cdn.example/a.js"></script>',
        "<img src='//cdn.example/a.png'>",
        r't="<img src=\"https://cdn.example/a.png\">"',
        '<link rel="stylesheet" href="https://fonts.example/css">',
        '<use xlink:href="https://cdn.example/icons.svg#a"></use>',
        "@font-face{src:url(https://fonts.example/a.woff)}",
        '@import "//fonts.example/a.css";',
        'fetch("https://api.example/data")',
        'a.open("GET","https://api.example/data",!0)',
        "![a picture in a description](https://img.example/a.png)",
    ],
)
def test_a_load_that_remains_is_rejected_with_its_address(load: str) -> None:
    with pytest.raises(UserError, match=r"would still load (https:)?//\w+\.example/"):
        offline(DBT_PAGE + load)


@pytest.mark.parametrize(
    "harmless",
    [
        '<a href="https://docs.example/page">read</a>',
        "[read](https://docs.example/page)",
        '<svg xmlns="http://www.w3.org/2000/svg"></svg>',
        "-- see https://docs.example/page",
        "<img src='data:image/png;base64,AAAA'>",
    ],
)
def test_a_link_is_no_load(harmless: str) -> None:
    assert external_loads(offline(DBT_PAGE + harmless)) == []


def test_without_dbts_page_the_error_names_the_command_to_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--target-path", str(tmp_path), "--out", str(tmp_path / "index.html")]) == 2
    assert "run `dbt docs generate --static` first" in capsys.readouterr().err


def test_a_rejected_page_leaves_the_last_good_one(tmp_path: Path) -> None:
    (tmp_path / "static_index.html").write_text(DBT_PAGE)
    out = tmp_path / "site" / "index.html"
    assert build(tmp_path, out) == out.stat().st_size
    good = out.read_bytes()
    (tmp_path / "static_index.html").write_text("<html>something else</html>")
    with pytest.raises(UserError):
        build(tmp_path, out)
    assert out.read_bytes() == good
