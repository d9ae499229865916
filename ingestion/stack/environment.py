"""The environment variables with which dbt finds a stack, and those with its keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ingestion.errors import UserError
from ingestion.stack.aws import Aws, aws_errors_for_user

_OUTPUTS: Final = {
    "AWS_REGION": "Region",
    "SHOPLAKE_BUCKET": "Bucket",
    "SHOPLAKE_WORK_GROUP": "WorkGroup",
    "SHOPLAKE_SCHEMA": "Schema",
    "SHOPLAKE_BRONZE_DATABASE": "BronzeDatabase",
    "SHOPLAKE_BRONZE_START": "BronzeStart",
}
_SECRETS: Final = {"SHOPLAKE_HMAC_KEY": "HmacSecret", "SHOPLAKE_ID_KEY": "IdSecret"}


def dbt_environment(outputs: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that dbt reads, from the outputs of a stack."""
    return {variable: outputs[output] for variable, output in _OUTPUTS.items()}


def keys_environment(aws: Aws, outputs: Mapping[str, str]) -> dict[str, str]:
    """Read the keys of a stack from Secrets Manager, for `shoplake replay` into its stream.

    Raises
    ------
    UserError
        The stack was deployed by an older version, or a secret may not be read or holds no text.
    """
    if missing := set(_SECRETS.values()) - set(outputs):
        raise UserError(
            f"the stack has no output {', '.join(sorted(missing))}: it was deployed by an older version, so run "
            "`make package && shoplake deploy` first"
        )
    keys: dict[str, str] = {}
    for variable, output in _SECRETS.items():
        with aws_errors_for_user():
            secret = aws.client("secretsmanager").get_secret_value(SecretId=outputs[output])
        if "SecretString" not in secret:
            raise UserError(f"the secret {outputs[output]} holds bytes, which no environment variable can hold")
        keys[variable] = secret["SecretString"]
    return keys
