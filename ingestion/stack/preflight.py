"""What is checked before a deployment makes anything: the region, the rights of the user, and Lake Formation."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, partition_of, regions_of
from ingestion.stack.template import template

# boto3's names of the services in the types of resources; services that are everywhere are not named
_SERVICES: Final = {
    "Athena": "athena",
    "CodeBuild": "codebuild",
    "DynamoDB": "dynamodb",
    "ECR": "ecr",
    "ECS": "ecs",
    "Events": "events",
    "Glue": "glue",
    "KinesisFirehose": "firehose",
    "Lambda": "lambda",
    "SecretsManager": "secretsmanager",
}
# For each kind of resource, the action that creates it and a name that the stack gives one: policies often allow names
# that begin in a certain way. Who may do these may usually do the rest.
_ACTIONS: Final = {
    "AWS::Athena::WorkGroup": ("athena:CreateWorkGroup", "athena:{region}:{account}:workgroup/{stack}"),
    "AWS::CloudWatch::Alarm": ("cloudwatch:PutMetricAlarm", "cloudwatch:{region}:{account}:alarm:{stack}-gold-late"),
    "AWS::CodeBuild::Project": ("codebuild:CreateProject", "codebuild:{region}:{account}:project/{stack}-image"),
    "AWS::DynamoDB::Table": ("dynamodb:CreateTable", "dynamodb:{region}:{account}:table/{stack}-counters"),
    "AWS::EC2::VPC": ("ec2:CreateVpc", "ec2:{region}:{account}:vpc/*"),
    "AWS::ECR::Repository": ("ecr:CreateRepository", "ecr:{region}:{account}:repository/{stack}-dbt"),
    "AWS::ECS::Cluster": ("ecs:CreateCluster", "ecs:{region}:{account}:cluster/{stack}"),
    "AWS::Events::Rule": ("events:PutRule", "events:{region}:{account}:rule/{stack}-build"),
    "AWS::Glue::Database": ("glue:CreateDatabase", "glue:{region}:{account}:catalog"),
    "AWS::IAM::Role": ("iam:CreateRole", "iam::{account}:role/{stack}-DoorRole"),
    "AWS::KMS::Key": ("kms:CreateKey", ""),
    "AWS::KinesisFirehose::DeliveryStream": (
        "firehose:CreateDeliveryStream",
        "firehose:{region}:{account}:deliverystream/{stack}-events",
    ),
    "AWS::Lambda::Function": ("lambda:CreateFunction", "lambda:{region}:{account}:function:{stack}-door"),
    "AWS::Logs::LogGroup": ("logs:CreateLogGroup", "logs:{region}:{account}:log-group:/aws/lambda/{stack}-door"),
    "AWS::S3::Bucket": ("s3:CreateBucket", "s3:::{stack}-databucket"),
    "AWS::SNS::Topic": ("sns:CreateTopic", "sns:{region}:{account}:{stack}-alerts"),
    "AWS::SQS::Queue": ("sqs:CreateQueue", "sqs:{region}:{account}:{stack}-dead-letters"),
    "AWS::SecretsManager::Secret": (
        "secretsmanager:CreateSecret",
        "secretsmanager:{region}:{account}:secret:HmacSecret",
    ),
}
_OWN_ACTIONS: Final = (
    ("cloudformation:CreateChangeSet", "cloudformation:{region}:{account}:stack/{stack}/*"),
    ("iam:PassRole", "iam::{account}:role/{stack}-DoorRole"),
)
# https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html
_IAM_SUFFICES: Final = "IAM_ALLOWED_PRINCIPALS"
# the repository of the image is named after the stack:
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
_is_repository_name: Final = re.compile(r"[a-z][a-z0-9]*(-+[a-z0-9]+)*").fullmatch


def check_name(stack: str) -> None:
    """Check that the resources of the stack may be named after it.

    Raises
    ------
    UserError
        ECR accepts no such name.
    """
    if not _is_repository_name(stack):
        raise UserError(
            f"the stack needs a name of small letters, digits and hyphens, because ECR accepts no others; "
            f"not --stack {stack}"
        )


def check_region(aws: Aws) -> None:
    """Check that the region has every service that the stack needs.

    Raises
    ------
    UserError
        It has not; the message names the services.
    """
    import boto3

    missing = sorted(name for name in _needed_services() if aws.region not in regions_of(name))
    if missing:
        raise UserError(
            f"boto3 {boto3.__version__} knows no {', '.join(missing)} in the region {aws.region}: choose another one "
            "with --region; if AWS has added it since, `pip install -U boto3`"
        )


def check_rights(aws: Aws, stack: str) -> None:
    """Check that the user may create each kind of resource, as far as the account lets IAM say so.

    Raises
    ------
    UserError
        IAM says that the user may not; the message names the actions.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        iam = aws.client("iam")
        principal = _principal(aws, iam)
        denied = [
            action
            for action, resource in needed_actions(aws, stack)
            if principal and _is_denied(iam, principal, action, resource)
        ]
    except (BotoCoreError, ClientError):
        # who may not ask IAM still gets CloudFormation's answer, which names the missing action
        return
    if denied:
        raise UserError(
            f"{principal} may not do {', '.join(denied)}: ask for these permissions, or use other credentials "
            "(--profile)"
        )


def check_lake_formation(aws: Aws) -> None:
    """Check that new databases and tables in Glue are governed by IAM alone, as AWS sets up accounts by default.

    Raises
    ------
    UserError
        Lake Formation governs them, so the roles of the stack need its grants.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        settings = aws.client("lakeformation").get_data_lake_settings(CatalogId=aws.account)["DataLakeSettings"]
    except (BotoCoreError, ClientError):
        # a missing grant shows at the first build, and troubleshooting.md names it
        return
    for kind in ("CreateDatabaseDefaultPermissions", "CreateTableDefaultPermissions"):
        principals = {one["Principal"]["DataLakePrincipalIdentifier"] for one in settings.get(kind, [])}
        if _IAM_SUFFICES not in principals:
            raise UserError(
                f"in the account {aws.account}, Lake Formation governs new databases and tables ({kind} does not name "
                f"{_IAM_SUFFICES}): deploy as a data lake administrator with -p LakeFormation=yes, which grants the "
                "roles of the stack what they need (docs/guide/deploying.md)"
            )


def needed_actions(aws: Aws, stack: str) -> list[tuple[str, str]]:
    """An action, and an ARN for it (or an empty text), for each kind of resource and for the deployment itself."""
    kinds = {kind for kind, is_conditional in _kinds() if not is_conditional}
    names = {"region": aws.region, "account": aws.account, "stack": stack}
    prefix = f"arn:{partition_of(aws.region)}:"
    return [
        (action, prefix + resource.format(**names) if resource else "")
        for action, resource in (*_OWN_ACTIONS, *(pair for kind, pair in _ACTIONS.items() if kind in kinds))
    ]


@cache
def _kinds() -> frozenset[tuple[str, bool]]:
    """The types of the template's resources, and whether one of that type exists under a condition."""
    resources = template()["Resources"].values()
    return frozenset((resource["Type"], "Condition" in resource) for resource in resources)


def _needed_services() -> list[str]:
    kinds = {kind.split("::")[1] for kind, _ in _kinds()}
    return sorted(service for kind, service in _SERVICES.items() if kind in kinds)


def _principal(aws: Aws, iam: Any) -> str | None:
    """The user or role of the credentials, as IAM names it; None for the root of the account, who may do everything."""
    arn = str(aws.client("sts").get_caller_identity()["Arn"])
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "root":
        return None
    if kind == "assumed-role":
        # the ARN of a session has no path, and that of the role has
        return str(iam.get_role(RoleName=name.partition("/")[0])["Role"]["Arn"])
    return arn


def _is_denied(iam: Any, principal: str, action: str, resource: str) -> bool:
    on = {"ResourceArns": [resource]} if resource else {}
    [result] = iam.simulate_principal_policy(PolicySourceArn=principal, ActionNames=[action], **on)["EvaluationResults"]
    # a policy with a condition on what only the real call has (a tag, say) cannot be simulated
    return result["EvalDecision"] != "allowed" and not result.get("MissingContextValues")
