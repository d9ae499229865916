"""Properties that every change of the template must preserve. cfn-lint checks the syntax."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest

from ingestion.cost import model
from ingestion.door.dialect import shipped_dialects
from ingestion.handlers.generator import GeneratorRequest
from ingestion.lake.bronze_table import PREFIX, bronze_table
from tests.support.paths import ROOT
from tests.support.template_facts import ALL, RESOURCES, as_list, may, of_type, resolved, statements


def test_every_parameter_and_output_has_a_description() -> None:
    for section in ("Parameters", "Outputs"):
        for name, entry in ALL[section].items():
            assert len(entry["Description"]) > 15, name
            assert entry["Description"].endswith("."), name


def test_the_door_takes_every_shipped_dialect() -> None:
    parameter = ALL["Parameters"]["Dialect"]
    assert parameter["Default"] == "canonical"
    assert [name for name in shipped_dialects() if not re.fullmatch(parameter["AllowedPattern"], name)] == []
    variables = RESOURCES["DoorFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["SHOPLAKE_DIALECT"] == {"Ref": "Dialect"}


def test_no_role_is_allowed_a_wildcard_action_or_every_resource() -> None:
    for name, statement in statements():
        if statement["Effect"] == "Allow":
            assert not any("*" in action for action in as_list(statement["Action"])), name
            # ecr:GetAuthorizationToken has no resource
            if name != "DataKey" and statement["Action"] != "ecr:GetAuthorizationToken":
                assert "*" not in as_list(statement.get("Resource", [])), name
                assert statement.get("Principal") != "*", name


@pytest.mark.parametrize("role", ["BuildRole", "GitHubRole"])
def test_dbt_reads_bronze_and_cannot_change_it(role: str) -> None:
    policies = (role, "DbtPolicy")
    an_object = "arn:aws:s3:::the-bucket/bronze/events/dt=2026-01-05/hour=00/one.gz"
    assert resolved(RESOURCES[role]["Properties"]["ManagedPolicyArns"]) == ["DbtPolicy"]
    assert may("s3:GetObject", an_object, *policies)
    for action in ("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"):
        assert not may(action, an_object, *policies)
    assert may("s3:DeleteObject", "arn:aws:s3:::the-bucket/warehouse/one.parquet", *policies)


def test_no_role_reads_records_that_the_door_could_not_scrub() -> None:
    an_error = "arn:aws:s3:::the-bucket/errors/firehose/processing-failed/dt=2026-01-05/hour=00/one.gz"
    readers = {name for name in RESOURCES if may("s3:GetObject", an_error, name)}
    # Firehose reads back the parts of its own uploads
    assert readers == {"DeliveryRole"}


def test_only_the_function_for_webhooks_is_public_and_only_if_it_is_wanted() -> None:
    public = {
        name: permission["Action"]
        for name, permission in of_type("AWS::Lambda::Permission").items()
        if permission["Principal"] == "*"
    }
    assert set(public.values()) == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert {RESOURCES[name]["Properties"]["FunctionName"]["Ref"] for name in public} == {"WebhookFunction"}
    # a call that does not come through the URL needs IAM
    limits: list[dict[str, Any]] = [{"FunctionUrlAuthType": "NONE"}, {"InvokedViaFunctionUrl": True}]
    assert all(any(limit.items() <= RESOURCES[name]["Properties"].items() for limit in limits) for name in public)
    assert ALL["Parameters"]["Webhooks"]["Default"] == "no"
    assert ALL["Conditions"]["TakesWebhooks"] == {"Fn::Equals": [{"Ref": "Webhooks"}, "yes"]}
    for name in [*public, *(name for name in RESOURCES if name.startswith("Webhook"))]:
        assert RESOURCES[name]["Condition"] == "TakesWebhooks", name


SECRETS = pytest.mark.parametrize(
    ("name", "condition", "variable"),
    [("HmacSecret", "MakesSecret", "SHOPLAKE_HMAC_SECRET"), ("IdSecret", "MakesIdSecret", "SHOPLAKE_ID_SECRET")],
)


@SECRETS
def test_only_the_two_doors_read_their_keys(name: str, condition: str, variable: str) -> None:
    readers = {resource for resource in RESOURCES if may("secretsmanager:GetSecretValue", name, resource)}
    assert readers == {"DoorRole", "WebhookRole"}


@SECRETS
def test_the_door_uses_the_secret_of_an_earlier_stack_if_one_is_given(name: str, condition: str, variable: str) -> None:
    secret = {"Fn::If": [condition, {"Ref": name}, {"Ref": f"{name}Arn"}]}
    assert RESOURCES[name]["Condition"] == condition
    assert ALL["Conditions"][condition] == {"Fn::Equals": [{"Ref": f"{name}Arn"}, ""]}
    assert RESOURCES["DoorFunction"]["Properties"]["Environment"]["Variables"][variable] == secret
    assert ALL["Outputs"][name]["Value"] == secret
    [policy] = RESOURCES["DoorRole"]["Properties"]["Policies"]
    reads = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement.get("Action") == "secretsmanager:GetSecretValue"
    ]
    [allowed] = [statement["Resource"] for statement in reads]
    assert secret in allowed
    assert len(allowed) == 2
    # the door may use keys of the account for secrets that are given only
    others = [found for _, found in statements("DoorRole") if str(found.get("Resource")).endswith(":key/*")]
    assert {other["Action"] for other in others} == {"kms:Decrypt"}
    contexts = [other["Condition"]["StringEquals"]["kms:EncryptionContext:SecretARN"] for other in others]
    assert contexts.count(f"{name}Arn") == 1


def test_the_bronze_table_equals_the_one_of_the_lake() -> None:
    table = resolved(RESOURCES["EventsTable"]["Properties"]["TableInput"])
    assert table == bronze_table("the-bucket", date(2026, 1, 5))


def test_firehose_writes_to_the_locations_that_the_tables_read() -> None:
    destination = RESOURCES["DeliveryStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    assert destination["Prefix"] == PREFIX + "dt=!{timestamp:yyyy-MM-dd}/hour=!{timestamp:HH}/"
    errors = resolved(RESOURCES["DeliveryErrorsTable"]["Properties"]["TableInput"])
    template_of_errors = errors["Parameters"]["storage.location.template"].removeprefix("s3://the-bucket/")
    prefix = destination["ErrorOutputPrefix"]
    for expression, key in (
        ("!{firehose:error-output-type}", "${error_type}"),
        ("!{timestamp:yyyy-MM-dd}", "${dt}"),
        ("!{timestamp:HH}", "${hour}"),
    ):
        prefix = prefix.replace(expression, key)
    assert prefix == template_of_errors
    assert not prefix.startswith(PREFIX)


def test_every_function_has_a_log_that_expires_and_a_place_for_failed_calls() -> None:
    logs = of_type("AWS::Logs::LogGroup")
    for name, function in of_type("AWS::Lambda::Function").items():
        log = logs[function["LoggingConfig"]["LogGroup"]["Ref"]]
        assert log["LogGroupName"]["Fn::Sub"] == "/aws/lambda/" + function["FunctionName"]["Fn::Sub"]
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}
        # called synchronously: Firehose stores failed records under the error prefix, and a shop delivers again
        assert ("DeadLetterConfig" in function) == (name not in {"DoorFunction", "WebhookFunction"}), name
        assert "ReservedConcurrentExecutions" in function, name


def test_no_role_can_create_a_deleted_log_again() -> None:
    assert not [name for name, statement in statements() if "logs:CreateLogGroup" in as_list(statement["Action"])]


def test_nothing_runs_until_it_is_started() -> None:
    rules = of_type("AWS::Events::Rule").items()
    assert {name: rule["State"] for name, rule in rules if "ScheduleExpression" in rule} == {
        "GeneratorRule": "DISABLED",
        "BuildRule": "DISABLED",
        # only looks
        "WatchRule": "ENABLED",
    }


def test_a_call_that_a_rule_could_not_make_becomes_a_dead_letter() -> None:
    queue = "DeadLetters.Arn"
    [allowed] = [found for name, found in statements("DeadLettersPolicy")]
    assert (allowed["Action"], allowed["Resource"]) == ("sqs:SendMessage", queue)
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    rules = of_type("AWS::Events::Rule")
    assert sorted(allowed["Condition"]["ArnEquals"]["aws:SourceArn"]) == sorted(f"{name}.Arn" for name in rules)
    for name, rule in rules.items():
        assert [resolved(target["DeadLetterConfig"]) for target in rule["Targets"]] == [{"Arn": queue}], name
    # schedules of EventBridge Scheduler have a queue of their own: Target.DeadLetterConfig
    for name, schedule in of_type("AWS::Scheduler::Schedule").items():
        assert resolved(schedule["Target"]["DeadLetterConfig"]) == {"Arn": queue}, name


def test_an_asynchronous_call_that_failed_becomes_a_dead_letter() -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        if "DeadLetterConfig" in function:
            assert resolved(function["DeadLetterConfig"]) == {"TargetArn": "DeadLetters.Arn"}
            assert may("sqs:SendMessage", "DeadLetters.Arn", function["Role"]["Fn::GetAtt"][0]), name


def test_the_generator_sends_about_a_million_events_a_day_once_each_when_it_is_started() -> None:
    """docs/guide/deploying.md calls `shoplake cost` with this load."""
    defaults = {name: parameter.get("Default") for name, parameter in ALL["Parameters"].items()}
    [target] = RESOURCES["GeneratorRule"]["Properties"]["Targets"]
    request = GeneratorRequest.parse(
        json.loads(target["Input"]["Fn::Sub"].replace("${GeneratorEvents}", str(defaults["GeneratorEvents"])))
    )
    assert defaults["GeneratorSchedule"] == "rate(5 minutes)"
    assert request.events is not None
    assert 0.95e6 < request.events * 24 * 60 / 5 < 1.05e6
    assert "--events-per-day 1000000" in (ROOT / "docs" / "guide" / "deploying.md").read_text()
    # a retry would send the first events of a stopped call again
    assert RESOURCES["GeneratorRetries"]["Properties"]["MaximumRetryAttempts"] == 0


def test_the_bucket_is_private_and_stays_by_default() -> None:
    bucket = RESOURCES["DataBucket"]
    assert all(bucket["Properties"]["PublicAccessBlockConfiguration"].values())
    # and so do its policy, its key, and the keys of the door
    for name in ("DataBucket", "DataBucketPolicy", "DataKey", "HmacSecret", "IdSecret"):
        policy = {"Fn::If": ["EmptiesBucket", "Delete", "RetainExceptOnCreate"]}
        assert RESOURCES[name]["DeletionPolicy"] == policy
    assert ALL["Parameters"]["EmptyBucketOnDelete"]["Default"] == "no"
    expiry = {rule["Id"]: rule for rule in bucket["Properties"]["LifecycleConfiguration"]["Rules"]}
    assert not [rule for rule in expiry.values() if "bronze" in rule.get("Prefix", "") and "ExpirationInDays" in rule]
    # a build may read an old hour again, so every storage class must be readable without a restore
    classes = {transition["StorageClass"] for transition in expiry["BronzeGrowsCold"]["Transitions"]}
    assert classes == {"GLACIER_IR"}


def test_the_stream_stops_before_the_bucket_is_emptied() -> None:
    assert RESOURCES["DeliveryStream"]["DependsOn"] == "EmptiedBucket"


def test_every_alarm_has_an_action_and_an_explanation() -> None:
    page = (ROOT / "docs" / "guide" / "operating.md").read_text()
    for name, alarm in of_type("AWS::CloudWatch::Alarm").items():
        assert alarm["AlarmActions"] == [{"Ref": "AlertTopic"}], name
        assert f"`{alarm['AlarmName']['Fn::Sub'].removeprefix('${AWS::StackName}-')}`" in page, name


def test_what_the_door_could_not_do_raises_an_alarm() -> None:
    watched = {
        alarm["MetricName"]: (alarm["Threshold"], alarm["ComparisonOperator"])
        for alarm in of_type("AWS::CloudWatch::Alarm").values()
        if "MetricName" in alarm
    }
    assert watched["ExecuteProcessing.Success"] == (1, "LessThanThreshold")
    for metric in ("LinesFailed", "LinesMishandled", "DetectionFailed"):
        assert watched[metric] == (0, "GreaterThanThreshold")
        assert f'"{metric}"' in (ROOT / "ingestion" / "handlers" / "door.py").read_text()


def test_the_dashboard_is_json() -> None:
    body = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    widgets = json.loads(body)["widgets"]
    assert len({(widget["x"], widget["y"]) for widget in widgets}) == len(widgets)


def test_the_cost_model_uses_the_values_of_the_template() -> None:
    # without the parts that a parameter switches on
    kinds = [resource for resource in RESOURCES.values() if "Condition" not in resource]
    alarms = [found["Properties"] for found in kinds if found["Type"] == "AWS::CloudWatch::Alarm"]
    measured = [
        [metric for metric in alarm.get("Metrics", [{"MetricStat": 1}]) if "MetricStat" in metric] for alarm in alarms
    ]
    assert sum(map(len, measured)) == model.ALARM_METRICS
    assert RESOURCES["DoorFunction"]["Properties"]["MemorySize"] / 1024 == model.DOOR_GB
    assert len(of_type("AWS::SecretsManager::Secret")) == model.SECRETS
    task = RESOURCES["BuildTask"]["Properties"]
    assert (int(task["Cpu"]) / 1024, int(task["Memory"]) / 1024) == (model.BUILD_VCPU, model.BUILD_GB)
    defaults = {name: parameter.get("Default") for name, parameter in ALL["Parameters"].items()}
    load = model.Load(events_per_day=1)
    assert (defaults["BufferSeconds"], defaults["BufferMegabytes"]) == (load.buffer_s, load.buffer_mb)
    assert (defaults["RequestMetrics"], defaults["MakeDashboard"]) == ("no", "no")
    assert (load.request_metrics, load.dashboard) == (False, False)
    stream = RESOURCES["DeliveryStream"]["Properties"]["ExtendedS3DestinationConfiguration"]
    given = stream["ProcessingConfiguration"]["Processors"][0]["Parameters"]
    processor = {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in given}
    assert int(processor["BufferSizeInMBs"]) * 1024**2 == model.DOOR_BUFFER_BYTES
    assert int(processor["BufferIntervalInSeconds"]) == model.DOOR_BUFFER_S
    lifecycle = RESOURCES["DataBucket"]["Properties"]["LifecycleConfiguration"]["Rules"][0]["Transitions"]
    days = [transition["TransitionInDays"] for transition in lifecycle]
    assert days == [model.S3_TO_ARCHIVE_DAYS]


def test_every_variable_that_a_function_reads_is_set() -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        module = function["Handler"].split(".")[2]
        source = (ROOT / "ingestion" / "handlers" / f"{module}.py").read_text()
        read = set(re.findall(r'environ\["(SHOPLAKE_\w+)"\]', source)) | set(re.findall(r': "(SHOPLAKE_\w+)"', source))
        assert read <= set(function["Environment"]["Variables"]), name
