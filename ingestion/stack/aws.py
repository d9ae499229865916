"""An AWS session, and AWS errors turned into messages for the user."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any, Final

from ingestion.errors import UserError

_EXPIRED: Final = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
_UNKNOWN: Final = {"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "AuthFailure"}
_FORBIDDEN: Final = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
_NOT_OF_AWS: Final = (
    "something between this machine and AWS answered {what} in its place {how}: sign in to the network or the proxy, "
    "or check HTTPS_PROXY and NO_PROXY"
)
_NO_CREDENTIALS: Final = {"NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError"}


@dataclass(frozen=True, slots=True)
class Aws:
    """A session with its account and region."""

    session: Any
    account: str
    region: str

    def client(self, service: str, **options: Any) -> Any:
        return self.session.client(service, **options)


def region_name(region: str | None = None) -> str | None:
    """Return `region`, or AWS_REGION, or None for the region of the profile.

    boto3 is the only AWS tool that does not read AWS_REGION itself.
    """
    return region or os.environ.get("AWS_REGION") or None


def connect(region: str | None, profile: str | None) -> Aws:
    """Open a session with the usual credential chain (environment, profile, role), and check it with one call.

    Raises
    ------
    UserError
        There are no credentials or no region, there is no such region, or AWS rejects the credentials.
    """
    import boto3

    with aws_errors_for_user():
        session = boto3.Session(profile_name=profile, region_name=region_name(region))
        _check_name(session.region_name)
        account = session.client("sts").get_caller_identity()["Account"]
        return Aws(session, account, session.region_name)


@cache
def _sdk() -> Any:
    """A session for what the SDK knows by itself: reading that takes it a while."""
    import boto3

    return boto3.Session()


@cache
def regions_of(service: str) -> frozenset[str]:
    """The regions in which boto3 knows a service, of all partitions."""
    partitions = _sdk().get_available_partitions()
    return frozenset(region for name in partitions for region in _sdk().get_available_regions(service, name))


def partition_of(region: str) -> str:
    """The first part of ARNs: aws, aws-cn, aws-us-gov."""
    return str(_sdk().get_partition_for_region(region))


def _check_name(region: str | None) -> None:
    """Raise a UserError for a region that does not exist; the endpoint of such a region would only not be reached."""
    import boto3

    known = regions_of("ec2")
    if region and region not in known:
        close = get_close_matches(region, sorted(known), 1)
        hint = f"did you mean {close[0]}?" if close else "is it spelled right (--region, AWS_REGION, the profile)?"
        raise UserError(
            f"boto3 {boto3.__version__} knows no region {region}: {hint} If it is new, `pip install -U boto3`"
        )


@contextmanager
def aws_errors_for_user() -> Iterator[None]:
    """Raise every error of AWS or of its SDK as a UserError: what is wrong and what to do."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        yield
    except ClientError as error:
        raise UserError(_response_message(error)) from None
    except ResponseParserError:
        raise UserError(_NOT_OF_AWS.format(what="a call", how="with a page that is no answer of AWS")) from None
    except KeyError as error:
        # how botocore fails on a page of a proxy that happens to be XML
        if not str(error.args[0]).endswith("Result"):
            raise
        raise UserError(_NOT_OF_AWS.format(what="a call", how="with a page that is no answer of AWS")) from None
    except (BotoCoreError, Boto3Error) as error:
        raise UserError(_sdk_message(error)) from None
    except ValueError as error:
        # botocore has no class for an endpoint that is not a URL
        if not str(error).startswith("Invalid endpoint"):
            raise
        raise UserError(
            f"{error}: AWS_ENDPOINT_URL must be a URL such as http://127.0.0.1:4566, or must not be set"
        ) from None


def error_code(error: Any) -> str:
    """The error code of a ClientError."""
    return str(error.response.get("Error", {}).get("Code", ""))


def missing_permission(message: str) -> str | None:
    """Explain IAM's "X is not authorized to perform: A on resource: R"; None for any other message."""
    found = re.search(r"(\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?", message)
    if not found:
        return None
    who, action, resource = found.groups()
    on = f" on {resource}" if resource else ""
    return f"{who} may not do {action}{on}: ask for that permission, or use other credentials (--profile)"


def _response_message(error: Any) -> str:
    """The message for an error that AWS returned, or a proxy in its place."""
    code, message = error_code(error), str(error.response.get("Error", {}).get("Message", ""))
    if code in {"", "Unknown"} or message.lstrip().startswith("<"):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", "")
        return _NOT_OF_AWS.format(what=error.operation_name, how=f"(HTTP {status})")
    if code in _EXPIRED:
        return "the AWS credentials have expired: sign in again (`aws sso login`, or a new session token)"
    if code in _UNKNOWN:
        return f"AWS does not know these credentials ({code}): `aws sts get-caller-identity` shows which ones are used"
    if code in _FORBIDDEN:
        return missing_permission(message) or (
            f"AWS refused {error.operation_name}: {message}; use credentials that have this permission"
        )
    return f"AWS refused {error.operation_name}: {code}, {message}"


def _sdk_message(error: Any) -> str:
    """The message for an error of the SDK: the call was not sent, or got no response."""
    kind = type(error).__name__
    if kind in _NO_CREDENTIALS:
        return (
            "no AWS credentials were found: run `aws configure` or `aws sso login`, or set AWS_PROFILE "
            "(docs/guide/deploying.md)"
        )
    if kind == "NoRegionError":
        return "no AWS region is set: give --region, or export AWS_REGION"
    if kind == "ProfileNotFound":
        return f"{error}: `aws configure list-profiles` lists the profiles that exist"
    if "SSO" in kind or kind == "TokenRetrievalError":
        return "the sign-in of this profile has expired: run `aws sso login`, then repeat the command"
    return f"AWS was not reached: {error}"
