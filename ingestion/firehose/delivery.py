"""Sends batches of records to a delivery stream, and retries the records that failed for a bounded time."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.errors import UserError
from ingestion.firehose.packing import Record

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0

# None of these says to run the command again: that depends on what was sent before.
_EXPIRED: Final = "the AWS credentials have expired: sign in again"
_NOT_OF_AWS: Final = (
    "something between this machine and AWS answered in its place, such as a proxy that wants a sign-in"
)

# Errors that a retry does not fix. All others may be temporary: throttling, internal failures, a network outage.
_PERMANENT: Final = {
    "ResourceNotFoundException": "delivery stream {stream} does not exist in region {region}: is it deployed there?",
    "InvalidArgumentException": "delivery stream {stream} does not accept records from producers: {message}",
    "AccessDeniedException": "these credentials may not write to delivery stream {stream}: {message}",
    "UnrecognizedClientException": "AWS does not recognize these credentials: sign in again, or set AWS_PROFILE",
    "ExpiredTokenException": _EXPIRED,
    "ExpiredToken": _EXPIRED,
    "InvalidSignatureException": "AWS rejects the signature made with these credentials: {message}",
    "InvalidKMSResourceException": "the key of delivery stream {stream} cannot be used: {message}",
}


class PermanentDeliveryError(Exception):
    """The stream accepts no records, and a retry would not help. The text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """The result of sending a batch.

    Attributes
    ----------
    failed
        The records that Firehose did not accept in time, in order.
    calls
        How many times PutRecordBatch was called.
    records_again
        How many times a record was sent again.
    last_error
        Firehose's last error for the failed records.
    """

    failed: tuple[Record, ...]
    calls: int
    records_again: int
    last_error: str = ""


class Delivery:
    """Sends batches to one delivery stream.

    A call that timed out may still have succeeded. It is sent again, and silver removes the duplicates.

    Parameters
    ----------
    client
        boto3's client for `firehose` without its own retries; see `firehose_client`.
    clock, wait
        A monotonic clock in seconds, and a function that sleeps.
    jitter
        Random numbers in [0, 1), so that producers that failed together do not retry together.

    Attributes
    ----------
    on_wait
        Called before each wait with the last error, and with the seconds since the batch was first sent and those that
        are left for it.
    """

    def __init__(
        self,
        client: Any,
        stream: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.stream = stream
        self._client = client
        self._clock = clock
        self._wait = wait
        self._jitter = jitter
        self.on_wait: Callable[[str, float, float], object] = lambda error, since, left: None

    def send(self, records: Sequence[Record], give_up_after: float) -> Delivered:
        """Send a batch that fits into one call.

        Parameters
        ----------
        give_up_after
            Seconds after which no further call starts; with 0 there is a single call.

        Raises
        ------
        PermanentDeliveryError
            A retry would not help: the stream, permission or credentials are missing.
        """
        begun = self._clock()
        deadline = begun + give_up_after
        pending = tuple(records)
        calls = again = 0
        while True:
            failed, last_error = self._put(pending)
            calls += 1
            # "full jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
            pause = self._jitter() * min(FIRST_WAIT * 2**calls, LONGEST_WAIT)
            now = self._clock()
            if not failed or now + pause >= deadline:
                return Delivered(failed, calls, again, last_error)
            self.on_wait(last_error, now - begun, deadline - now)
            self._wait(pause)
            pending = failed
            again += len(pending)

    def _put(self, records: tuple[Record, ...]) -> tuple[tuple[Record, ...], str]:
        """Call PutRecordBatch once; return the failed records and the last error."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            response = self._client.put_record_batch(
                DeliveryStreamName=self.stream, Records=[{"Data": record.data} for record in records]
            )
        except ClientError as error:
            code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
            self._raise_if_permanent(code, message)
            return records, _NOT_OF_AWS if message.lstrip().startswith("<") else f"{code}: {message}"
        except ResponseParserError:
            return records, _NOT_OF_AWS
        except BotoCoreError as error:
            _raise_if_local(error)
            return records, str(error)
        if "FailedPutCount" not in response:
            return records, _NOT_OF_AWS
        if not response["FailedPutCount"]:
            return (), ""
        results = response["RequestResponses"]
        failed = tuple(
            record for record, result in zip(records, results, strict=True) if result.get("ErrorCode") is not None
        )
        last = next(result for result in reversed(results) if result.get("ErrorCode") is not None)
        return failed, f"{last['ErrorCode']}: {last.get('ErrorMessage', '')}"

    def _raise_if_permanent(self, code: str, message: str) -> None:
        sentence = _PERMANENT.get(code)
        if sentence is not None:
            raise PermanentDeliveryError(
                sentence.format(stream=self.stream, region=self._client.meta.region_name, message=message)
            ) from None


def _raise_if_local(error: Exception) -> None:
    """Raise errors of this machine's configuration, which a retry does not fix."""
    from botocore.exceptions import (
        NoCredentialsError,
        ParamValidationError,
        PartialCredentialsError,
        TokenRetrievalError,
    )

    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        raise PermanentDeliveryError(
            "no AWS credentials were found: sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE"
        ) from None
    if isinstance(error, TokenRetrievalError):
        raise PermanentDeliveryError(_EXPIRED) from None
    if isinstance(error, ParamValidationError):
        raise PermanentDeliveryError(f"boto3 rejects the call: {error}") from None


def firehose_client() -> Any:
    """boto3's client for the region in AWS_REGION or the profile.

    It does not retry: `Delivery` does, with one time limit and a count of the records that it sends again.

    Raises
    ------
    UserError
        No region is set, the profile does not exist, or AWS_ENDPOINT_URL is not a URL.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, NoRegionError

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
    try:
        # Unlike other AWS tools, boto3 does not read AWS_REGION.
        return boto3.client("firehose", region_name=os.environ.get("AWS_REGION") or None, config=config)
    except NoRegionError:
        raise UserError("no AWS region is set: export AWS_REGION, or set a region in your profile") from None
    except (BotoCoreError, ValueError) as error:
        # ValueError: AWS_ENDPOINT_URL is not a URL.
        raise UserError(f"AWS cannot be reached: {error}") from None
