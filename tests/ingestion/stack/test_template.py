"""Properties that every change of the template must preserve. cfn-lint checks the syntax."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import pytest
import yaml

from ingestion.cost import model
from ingestion.door.dialect import shipped_dialects
from ingestion.handlers.generator import GeneratorRequest
from ingestion.image.scheduled_build import Settings
from ingestion.lake.bronze_table import PREFIX, bronze_table
from ingestion.stack.template import TEMPLATE, template
from tests.support.paths import ROOT

ALL = template()
RESOURCES: dict[str, dict[str, Any]] = ALL["Resources"]
VALUES = {"DataBucket": "the-bucket", "DataBucket.Arn": "arn:aws:s3:::the-bucket", "BronzeStart": "2026-01-05"}


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in RESOURCES.items() if resource["Type"] == kind}


def resolved(value: Any) -> Any:
    """`value` with Sub, Ref and GetAtt replaced: by their VALUES, or by their names if VALUES has none."""
    match value:
        case {"Fn::Sub": str(text)}:
            filled = re.sub(r"\$\{([^!}][^}]*)\}", lambda name: VALUES.get(name[1], name[1]), text)
            return filled.replace("${!", "${")
        case {"Ref": name}:
            return VALUES.get(name, name)
        case {"Fn::GetAtt": [resource, attribute]}:
            return VALUES.get(f"{resource}.{attribute}", f"{resource}.{attribute}")
        case {"Fn::If": [_, then, _]}:
            return resolved(then)
        case dict():
            return {key: resolved(item) for key, item in value.items()}
        case list():
            return [resolved(item) for item in value]
    return value


def statements(*names: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every policy statement in these resources, or in all resources if none is named."""
    for name in names or RESOURCES:
        stack = [RESOURCES[name]["Properties"]]
        while stack:
            match stack.pop():
                case {"Effect": _} as statement:
                    yield name, resolved(statement)
                case dict() as mapping:
                    stack.extend(mapping.values())
                case list() as items:
                    stack.extend(items)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def may(action: str, resource: str, *names: str) -> bool:
    """Whether a policy in these resources allows the action and none denies it (IAM's rule, without conditions)."""
    effects = {
        statement["Effect"]
        for _, statement in statements(*names)
        if any(fnmatchcase(action, pattern) for pattern in as_list(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in as_list(statement.get("Resource", [])))
    }
    return effects == {"Allow"}


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


def test_the_check_of_a_pull_request_has_the_memory_that_the_emulated_athena_needs() -> None:
    spec = yaml.safe_load((TEMPLATE.parent / "check.buildspec.yml").read_text())
    assert spec["phases"]["build"]["commands"] == ["make check"]
    makefile = (ROOT / "Makefile").read_text()
    assert re.search(r"^check:.* test-athena\b", makefile, re.MULTILINE)
    needed = re.search(r"^test-athena:.* (\d+) GB of memory", makefile, re.MULTILINE)
    # https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-compute-types.html
    gigabytes = {"BUILD_GENERAL1_SMALL": 4, "BUILD_GENERAL1_MEDIUM": 8}
    assert needed is not None
    assert gigabytes[RESOURCES["CheckProject"]["Properties"]["Environment"]["ComputeType"]] > int(needed[1])


def test_the_stack_and_github_run_the_same_script() -> None:
    script = "python -m ingestion.image.scheduled_build"
    entry = re.search(r"^ENTRYPOINT (.*)$", (ROOT / "ingestion" / "image" / "Dockerfile").read_text(), re.MULTILINE)
    assert entry is not None
    assert " ".join(json.loads(entry[1])).endswith(script)
    assert script in (ROOT / ".github" / "workflows" / "dbt.yml").read_text()


def test_a_pull_request_is_checked_for_each_provider_with_the_events_that_it_has() -> None:
    # https://docs.aws.amazon.com/codebuild/latest/userguide/bitbucket-webhook.html
    [[events]] = RESOURCES["CheckProject"]["Properties"]["Triggers"]["FilterGroups"]
    condition, bitbucket, others = events["Pattern"]["Fn::If"]
    assert ALL["Conditions"][condition] == {"Fn::Equals": [{"Ref": "RepositoryProvider"}, "BITBUCKET"]}
    assert set(others.split(", ")) - set(bitbucket.split(", ")) == {"PULL_REQUEST_REOPENED"}


def test_no_push_is_left_out_of_the_image() -> None:
    # CodeBuild refuses a build beyond a project's limit, and queues one beyond the account's
    assert not [
        name for name, project in of_type("AWS::CodeBuild::Project").items() if "ConcurrentBuildLimit" in project
    ]


def test_the_first_cluster_of_an_account_needs_no_role_that_is_only_being_made() -> None:
    assert "CapacityProviders" not in RESOURCES["BuildCluster"]["Properties"]


def test_every_buildspec_that_a_project_names_exists() -> None:
    for name, project in of_type("AWS::CodeBuild::Project").items():
        source = project["Source"]
        for one in source["Fn::If"][1:] if "Fn::If" in source else [source]:
            assert (ROOT / one["BuildSpec"]).is_file(), name


def test_a_container_has_the_variables_that_its_script_needs() -> None:
    [container] = RESOURCES["BuildTask"]["Properties"]["ContainerDefinitions"]
    values = {variable["Name"]: resolved(variable["Value"]) for variable in container["Environment"]}
    assert Settings.read({name: str(value) for name, value in values.items()} | {"SHOPLAKE_DAILY_HOUR": "3"})
    profile = (ROOT / "profiles.yml.example").read_text().partition("athena:")[2].partition("athena_local:")[0]
    assert set(re.findall(r"env_var\('(\w+)'", profile)) <= set(values)
    assert values["SHOPLAKE_RUN_OWNER"]


def test_nothing_can_connect_to_a_build() -> None:
    group = RESOURCES["BuildSecurityGroup"]["Properties"]
    assert "SecurityGroupIngress" not in group
    assert [(rule["FromPort"], rule["ToPort"]) for rule in group["SecurityGroupEgress"]] == [(443, 443)]
    assert not of_type("AWS::EC2::SecurityGroupIngress")


def test_a_build_begins_after_firehose_has_written_the_hour_and_ends_within_15_minutes_of_it() -> None:
    """What the door and Firehose buffer is written by then; what is left is for the container, of 3 minutes at most."""
    defaults = {name: parameter.get("Default") for name, parameter in ALL["Parameters"].items()}
    minute = re.fullmatch(r"cron\((\d+) \* \* \* \? \*\)", defaults["BuildSchedule"])
    assert minute is not None
    written = model.DOOR_BUFFER_S + defaults["BufferSeconds"]
    assert written < int(minute[1]) * 60
    assert 15 - int(minute[1]) >= 8


def matches(pattern: Any, value: Any) -> bool:
    """Whether a value matches a pattern of EventBridge, as far as the template's rules use them:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
    """
    match pattern:
        case dict():
            items = value if isinstance(value, list) else [value]
            return any(
                isinstance(item, dict)
                and all(
                    any(matches(one, item) for one in part) if key == "$or" else matches(part, item.get(key))
                    for key, part in pattern.items()
                )
                for item in items
            )
        case list():
            return value is not None and any(
                value not in one["anything-but"] if isinstance(one, dict) else value == one for one in pattern
            )
    raise TypeError(pattern)


STOPPED = {"clusterArn": "BuildCluster.Arn", "lastStatus": "STOPPED"}


@pytest.mark.parametrize(
    ("detail", "rule"),
    [
        (STOPPED | {"containers": [{"exitCode": 0}]}, "BuildSucceededRule"),
        (STOPPED | {"containers": [{"exitCode": 1}]}, "BuildFailedRule"),
        # out of memory, or the time limit
        (STOPPED | {"containers": [{"exitCode": 137}]}, "BuildFailedRule"),
        # no image
        (STOPPED | {"containers": [{}], "stopCode": "TaskFailedToStart"}, "BuildFailedRule"),
        (STOPPED | {"containers": [{"exitCode": 0}], "lastStatus": "RUNNING"}, None),
        (STOPPED | {"containers": [{"exitCode": 1}], "clusterArn": "another"}, None),
    ],
)
def test_the_end_of_a_build_matches_one_rule(detail: dict[str, Any], rule: str | None) -> None:
    event = {"source": "aws.ecs", "detail-type": "ECS Task State Change", "detail": detail}
    found = [
        name
        for name, properties in of_type("AWS::Events::Rule").items()
        if "EventPattern" in properties and matches(resolved(properties["EventPattern"]), event)
    ]
    assert found == ([rule] if rule else [])
