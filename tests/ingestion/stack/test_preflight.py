"""What would make a deployment fail is found before anything is made; what AWS does not tell stops nobody."""

from __future__ import annotations

from typing import Any

import pytest

from ingestion.errors import UserError
from ingestion.stack import preflight
from ingestion.stack.aws import Aws
from ingestion.stack.preflight import check_lake_formation, check_name, check_region, check_rights, needed_actions
from ingestion.stack.template import template
from tests.support.stubbed_aws import NOW, StubbedSession

USER = "arn:aws:iam::123456789012:user/bob"
ROLE = "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/Admin"
OPEN = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


def is_whoever(stubs: StubbedSession, arn: str) -> None:
    identity = {"UserId": "x", "Account": "123456789012", "Arn": arn}
    stubs.stubber("sts").add_response("get_caller_identity", identity)


def decides(stubs: StubbedSession, principal: str, **decisions: dict[str, Any]) -> None:
    """IAM allows every needed action but these."""
    for action, resource in needed_actions(stubs.aws, "shop"):
        answer = {"EvalActionName": action, "EvalDecision": "allowed"} | decisions.get(action.partition(":")[2], {})
        asked = {"PolicySourceArn": principal, "ActionNames": [action]} | (
            {"ResourceArns": [resource]} if resource else {}
        )
        stubs.stubber("iam").add_response("simulate_principal_policy", {"EvaluationResults": [answer]}, asked)


def test_a_stack_whose_repository_could_not_be_named_after_it_is_refused() -> None:
    for name in ("shop", "shop-2", "shop--eu"):
        check_name(name)
    for name in ("Shop", "shopEU", "shop-"):
        with pytest.raises(UserError, match=f"small letters, .* not --stack {name}"):
            check_name(name)


def test_a_user_who_may_create_everything_passes(stubs: StubbedSession) -> None:
    is_whoever(stubs, USER)
    decides(stubs, USER)
    check_rights(stubs.aws, "shop")
    stubs.stubber("iam").assert_no_pending_responses()


def test_missing_rights_are_named_together(stubs: StubbedSession) -> None:
    is_whoever(stubs, USER)
    decides(stubs, USER, CreateRole={"EvalDecision": "implicitDeny"}, CreateTopic={"EvalDecision": "explicitDeny"})
    with pytest.raises(UserError, match=r"user/bob may not do iam:CreateRole, sns:CreateTopic: ask for"):
        check_rights(stubs.aws, "shop")


def test_the_role_of_a_session_is_asked_about_with_its_path(stubs: StubbedSession) -> None:
    is_whoever(stubs, "arn:aws:sts::123456789012:assumed-role/Admin/bob")
    role = {"Path": "/", "RoleName": "Admin", "RoleId": "AROA0123456789012", "Arn": ROLE, "CreateDate": NOW}
    stubs.stubber("iam").add_response("get_role", {"Role": role}, {"RoleName": "Admin"})
    decides(stubs, ROLE, PutRule={"EvalDecision": "implicitDeny"})
    with pytest.raises(UserError, match=r"role/.*/Admin may not do events:PutRule"):
        check_rights(stubs.aws, "shop")


def test_a_right_on_a_condition_that_cannot_be_simulated_is_not_refused(stubs: StubbedSession) -> None:
    is_whoever(stubs, USER)
    decides(stubs, USER, CreateRole={"EvalDecision": "implicitDeny", "MissingContextValues": ["aws:RequestTag/team"]})
    check_rights(stubs.aws, "shop")


def test_who_may_not_ask_iam_is_not_stopped(stubs: StubbedSession) -> None:
    is_whoever(stubs, USER)
    stubs.stubber("iam").add_client_error("simulate_principal_policy", "AccessDenied")
    check_rights(stubs.aws, "shop")
    is_whoever(stubs, "arn:aws:iam::123456789012:root")
    check_rights(stubs.aws, "shop")


def test_every_service_of_the_template_is_checked() -> None:
    everywhere = {"CloudWatch", "EC2", "IAM", "KMS", "LakeFormation", "Logs", "S3", "SNS", "SQS", "WAFv2"}
    kinds = {resource["Type"].split("::")[1] for resource in template()["Resources"].values()}
    assert kinds - everywhere - {"EmptiedBucket"} <= set(preflight._SERVICES)


def test_a_right_is_checked_for_every_service_that_makes_something() -> None:
    checked = {kind.split("::")[1] for kind in preflight._ACTIONS}
    made = {one["Type"].split("::")[1] for one in template()["Resources"].values() if "Condition" not in one}
    # whoever may do the others may connect a network and a permission too
    assert made - checked - {"EmptiedBucket", "EC2"} == set()


def test_a_region_without_a_service_is_refused(stubs: StubbedSession, monkeypatch: pytest.MonkeyPatch) -> None:
    check_region(stubs.aws)
    monkeypatch.setattr(preflight, "regions_of", lambda service: set() if service == "firehose" else {"eu-central-1"})
    with pytest.raises(
        UserError, match="knows no firehose in the region eu-central-1: choose another one with --region"
    ):
        check_region(Aws(stubs, "123456789012", "eu-central-1"))


@pytest.mark.parametrize("closed", ["CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"])
def test_an_account_that_lake_formation_governs_is_recognized(stubs: StubbedSession, closed: str) -> None:
    settings = {"CreateDatabaseDefaultPermissions": OPEN, "CreateTableDefaultPermissions": OPEN}
    stubs.stubber("lakeformation").add_response("get_data_lake_settings", {"DataLakeSettings": settings})
    check_lake_formation(stubs.aws)
    stubs.stubber("lakeformation").add_response(
        "get_data_lake_settings", {"DataLakeSettings": settings | {closed: []}}, {"CatalogId": "123456789012"}
    )
    with pytest.raises(UserError, match=rf"{closed} does not name IAM_ALLOWED_PRINCIPALS.*-p LakeFormation=yes"):
        check_lake_formation(stubs.aws)


def test_who_may_not_ask_lake_formation_is_not_stopped(stubs: StubbedSession) -> None:
    stubs.stubber("lakeformation").add_client_error("get_data_lake_settings", "AccessDeniedException")
    check_lake_formation(stubs.aws)
