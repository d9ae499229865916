"""A session of AWS, and its errors as sentences."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from ingestion.errors import UserError

_EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN: Final = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
_FORBIDDEN: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


@dataclass(frozen=True, slots=True)
class Aws:
    """Who calls, and where."""

    session: Any
    account: str
    region: str

    def client(self, service: str) -> Any:
        return self.session.client(service)


def region_name(region: str | None = None) -> str | None:
    """The region given, else that of AWS_REGION, which every AWS tool but boto3 reads; None for the profile's."""
    return region or os.environ.get("AWS_REGION") or None


def connect(region: str | None, profile: str | None) -> Aws:
    """A session by the usual chain (environment, profile, role), tried once.

    Raises
    ------
    UserError
        No credentials, no region, or AWS does not take them.
    """
    import boto3

    with told():
        session = boto3.Session(profile_name=profile, region_name=region_name(region))
        account = session.client("sts").get_caller_identity()["Account"]
        return Aws(session, account, session.region_name)


@contextmanager
def told() -> Iterator[None]:
    """Every error of AWS or of its SDK becomes one sentence: what was wrong and what to do."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise UserError(_refused(error)) from None
    except (BotoCoreError, Boto3Error) as error:
        raise UserError(_not_sent(error)) from None
    except ValueError as error:
        # the one that botocore has no class for
        if not str(error).startswith("Invalid endpoint"):
            raise
        raise UserError(
            f"{error}: AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566, or not be set"
        ) from None


def error_code(error: Any) -> str:
    """AWS's name for the error of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refused(error: Any) -> str:
    code, message = error_code(error), str(error.response.get("Error", {}).get("Message", ""))
    if code in _EXPIRED:
        return "the AWS credentials have expired: sign in again (`aws sso login`, or a new session token)"
    if code in _UNKNOWN:
        return f"AWS does not know these credentials ({code}): `aws sts get-caller-identity` shows which ones are used"
    if code in _FORBIDDEN:
        return (
            missing_right(message) or f"AWS refused {error.operation_name}: {message}; use credentials that may do it"
        )
    return f"AWS refused {error.operation_name}: {code}, {message}"


def missing_right(message: str) -> str | None:
    """The sentence for IAM's "X is not authorized to perform: A on resource: R"; None for another message."""
    found = re.search(r"(\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?", message)
    if not found:
        return None
    who, action, resource = found.groups()
    on = f" on {resource}" if resource else ""
    return f"{who} may not do {action}{on}: ask for that right, or use other credentials (--profile)"


def _not_sent(error: Any) -> str:
    kind = type(error).__name__
    if kind in {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}:
        return (
            "no AWS credentials were found: `aws configure` or `aws sso login` makes some, "
            "or set AWS_PROFILE (docs/guide/deploying.md)"
        )
    if kind == "NoRegionError":
        return "no AWS region is set: give --region, or export AWS_REGION"
    if kind == "ProfileNotFound":
        return f"{error}: `aws configure list-profiles` shows those that exist"
    if "SSO" in kind or kind == "TokenRetrievalError":
        return "the sign-in of this profile has expired: `aws sso login`, then repeat this"
    return f"AWS was not reached: {error}"
