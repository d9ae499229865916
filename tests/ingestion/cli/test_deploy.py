from __future__ import annotations

import pytest
from typer.testing import CliRunner

from ingestion.cli.app import app
from ingestion.errors import UserError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stack", "my stack!"], "--stack takes letters, digits and hyphens"),
        (["--email", "nope"], "--email nope: this is not an e-mail address"),
        (["-p", "Nonsense=1"], "the template has no parameter Nonsense; its parameters are "),
        (["-p", "VisitorLimit"], "--parameter VisitorLimit: write Name=value"),
    ],
)
def test_an_option_with_an_impossible_value_is_rejected_before_any_call(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.cli.deploy.connect", lambda *_: pytest.fail("AWS was called"))
    result = CliRunner().invoke(app, ["deploy", *arguments])
    assert isinstance(result.exception, UserError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
