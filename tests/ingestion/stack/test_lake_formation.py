"""With the parameter LakeFormation, the roles that use Glue get the grants that their work needs, and no others do."""

from __future__ import annotations

from typing import Any

from ingestion.stack.template import template

ALL = template()
RESOURCES: dict[str, dict[str, Any]] = ALL["Resources"]
DBT = {
    ("BronzeGlueDatabase", "database"): {"DESCRIBE"},
    ("BronzeGlueDatabase", "tables"): {"DESCRIBE", "SELECT"},
    **{
        (f"{layer}GlueDatabase", kind): permissions
        for layer in ("Silver", "Gold")
        for kind, permissions in {
            "database": {"CREATE_TABLE", "DESCRIBE"},
            "tables": {"ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT"},
        }.items()
    },
}


def grants() -> dict[str, dict[tuple[str, str], set[str]]]:
    """By role, what it may do with a database, and with all tables in it."""
    found: dict[str, dict[tuple[str, str], set[str]]] = {}
    for resource in RESOURCES.values():
        if resource["Type"] == "AWS::LakeFormation::PrincipalPermissions":
            properties = resource["Properties"]
            [role, _] = properties["Principal"]["DataLakePrincipalIdentifier"]["Fn::GetAtt"]
            [(kind, of)] = properties["Resource"].items()
            place = (of["Name"]["Ref"], "database") if kind == "Database" else (of["DatabaseName"]["Ref"], "tables")
            found.setdefault(role, {})[place] = set(properties["Permissions"])
            # a right to grant would let dbt give data to others
            assert properties["PermissionsWithGrantOption"] == []
    return found


def test_dbt_reads_bronze_and_builds_silver_and_gold() -> None:
    assert grants() == {
        "BuildRole": DBT,
        "GitHubRole": DBT,
        "WatcherRole": {("SilverGlueDatabase", "tables"): {"DESCRIBE"}},
    }


def test_every_role_that_uses_glue_has_grants() -> None:
    text = {name: str(resource) for name, resource in RESOURCES.items()}
    policies = {
        name for name, body in text.items() if RESOURCES[name]["Type"].startswith("AWS::IAM") and "glue:" in body
    }
    attached = {
        name
        for name, body in text.items()
        if any(f"'Ref': '{policy}'" in body for policy in policies) and "Role" in name
    }
    roles = {name for name in policies | attached if RESOURCES[name]["Type"] == "AWS::IAM::Role"}
    assert roles == set(grants())


def test_nothing_is_granted_unless_it_is_asked_for() -> None:
    assert ALL["Parameters"]["LakeFormation"]["Default"] == "no"
    assert ALL["Conditions"]["HasLakeFormation"] == {"Fn::Equals": [{"Ref": "LakeFormation"}, "yes"]}
    for name, resource in RESOURCES.items():
        if resource["Type"] == "AWS::LakeFormation::PrincipalPermissions":
            both = "HasGitHubAndLakeFormation" if name.startswith("GitHub") else "HasLakeFormation"
            assert resource["Condition"] == both
