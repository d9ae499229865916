from __future__ import annotations

import pytest

from ingestion.errors import UserError
from ingestion.stack.environment import dbt_environment, keys_environment
from ingestion.stack.template import template
from tests.support.stubbed_aws import StubbedSession


def test_every_variable_has_the_value_of_an_output_of_the_template() -> None:
    variables = dbt_environment({name: f"value of {name}" for name in template()["Outputs"]})
    assert variables["SHOPLAKE_BUCKET"] == "value of Bucket"
    assert variables["SHOPLAKE_BRONZE_START"] == "value of BronzeStart"


SECRET = {"ARN": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:any", "Name": "any"}


def test_the_keys_are_those_that_the_outputs_name(stubs: StubbedSession) -> None:
    stub = stubs.stubber("secretsmanager")
    for arn, key in (("arn:hmac", "one"), ("arn:id", "two")):
        stub.add_response("get_secret_value", SECRET | {"SecretString": key}, {"SecretId": arn})
    outputs = {"HmacSecret": "arn:hmac", "IdSecret": "arn:id"}
    assert keys_environment(stubs.aws, outputs) == {"SHOPLAKE_HMAC_KEY": "one", "SHOPLAKE_ID_KEY": "two"}


def test_a_stack_of_an_older_version_has_no_id_key(stubs: StubbedSession) -> None:
    with pytest.raises(UserError, match="no output IdSecret"):
        keys_environment(stubs.aws, {"HmacSecret": "arn:hmac"})


def test_a_secret_that_may_not_be_read_or_is_no_text_is_one_sentence(stubs: StubbedSession) -> None:
    outputs = {"HmacSecret": "arn:hmac", "IdSecret": "arn:id"}
    stubs.stubber("secretsmanager").add_client_error("get_secret_value", "AccessDeniedException", "not you")
    with pytest.raises(UserError):
        keys_environment(stubs.aws, outputs)
    stubs.stubber("secretsmanager").add_response("get_secret_value", SECRET | {"SecretBinary": b"key"})
    with pytest.raises(UserError, match="arn:hmac holds bytes"):
        keys_environment(stubs.aws, outputs)
