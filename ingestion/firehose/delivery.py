"""One batch of records into a delivery stream: only what failed is sent again, within a bounded time."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingestion.errors import UserError
from ingestion.firehose.packing import Record

FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 5.0

# What another try does not cure; all else may pass: throttling, internal failures, a network that is down.
_FINAL: Final = {
    "ResourceNotFoundException": "there is no delivery stream {stream} in region {region}: is it deployed there?",
    "InvalidArgumentException": "delivery stream {stream} does not take records put directly: {message}",
    "AccessDeniedException": "these credentials may not write to delivery stream {stream}: {message}",
    "UnrecognizedClientException": "AWS does not know these credentials: sign in again, or set AWS_PROFILE",
    "ExpiredTokenException": "the AWS credentials have expired: sign in again and run the same command",
    "ExpiredToken": "the AWS credentials have expired: sign in again and run the same command",
    "InvalidSignatureException": "AWS refuses the signature of these credentials: {message}",
    "InvalidKMSResourceException": "the key of delivery stream {stream} cannot be used: {message}",
}


class StreamRefusedError(Exception):
    """The stream takes nothing from us, now or later; the text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of a batch.

    Attributes
    ----------
    failed
        The records that Firehose did not take in time, in their order.
    calls
        How many times PutRecordBatch was called.
    records_again
        How many records were sent a second time or more.
    why
        What Firehose said last of those that failed.
    """

    failed: tuple[Record, ...]
    calls: int
    records_again: int
    why: str = ""


class Delivery:
    """Sends batches to one delivery stream.

    A call that timed out may have been carried out all the same; it is sent again, and silver removes what came twice.

    Parameters
    ----------
    client
        boto3's client for `firehose`; see `firehose_client`, which leaves trying again to this class alone.
    clock, wait
        Seconds that only go forward, and how to let some pass.
    jitter
        Random numbers in [0, 1), so that producers that failed together do not come back together.
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

    def send(self, records: Sequence[Record], give_up_after: float) -> Delivered:
        """Send a batch that one call can carry.

        Parameters
        ----------
        give_up_after
            Seconds after which no further call begins; with 0 there is a single one.

        Raises
        ------
        StreamRefusedError
            Another try would not help: no such stream, no permission, no credentials.
        """
        deadline = self._clock() + give_up_after
        left = tuple(records)
        calls = again = 0
        while True:
            failed, why = self._put(left)
            calls += 1
            # "full jitter": https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
            pause = self._jitter() * min(FIRST_WAIT * 2**calls, LONGEST_WAIT)
            if not failed or self._clock() + pause >= deadline:
                return Delivered(failed, calls, again, why)
            self._wait(pause)
            left = failed
            again += len(left)

    def _put(self, records: tuple[Record, ...]) -> tuple[tuple[Record, ...], str]:
        """Call once; the records that were not taken, and why."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client.put_record_batch(
                DeliveryStreamName=self.stream, Records=[{"Data": record.data} for record in records]
            )
        except ClientError as error:
            self._raise_if_final(error.response["Error"])
            return records, f"{error.response['Error']['Code']}: {error.response['Error'].get('Message', '')}"
        except BotoCoreError as error:
            _raise_if_local(error)
            return records, str(error)
        if not answer["FailedPutCount"]:
            return (), ""
        results = answer["RequestResponses"]
        failed = tuple(
            record for record, result in zip(records, results, strict=True) if result.get("ErrorCode") is not None
        )
        last = next(result for result in reversed(results) if result.get("ErrorCode") is not None)
        return failed, f"{last['ErrorCode']}: {last.get('ErrorMessage', '')}"

    def _raise_if_final(self, error: Mapping[str, Any]) -> None:
        sentence = _FINAL.get(error["Code"])
        if sentence is not None:
            raise StreamRefusedError(
                sentence.format(
                    stream=self.stream, region=self._client.meta.region_name, message=error.get("Message", "")
                )
            ) from None


def _raise_if_local(error: Exception) -> None:
    """Raise what is wrong on our side of the network, where waiting changes nothing."""
    from botocore.exceptions import (
        NoCredentialsError,
        ParamValidationError,
        PartialCredentialsError,
        TokenRetrievalError,
    )

    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        raise StreamRefusedError(
            "there are no AWS credentials: sign in with `aws sso login` or `aws configure`, or set AWS_PROFILE"
        ) from None
    if isinstance(error, TokenRetrievalError):
        raise StreamRefusedError("the AWS credentials have expired: sign in again and run the same command") from None
    if isinstance(error, ParamValidationError):
        raise StreamRefusedError(f"boto3 sends no such call: {error}") from None


def firehose_client() -> Any:
    """boto3's client of the region in AWS_REGION or the profile.

    It does not try again by itself: one bound on time holds, and what is sent twice is counted.

    Raises
    ------
    UserError
        No region is set, the profile does not exist, or AWS_ENDPOINT_URL is no URL.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, NoRegionError

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)
    try:
        # every AWS tool but boto3 reads AWS_REGION
        return boto3.client("firehose", region_name=os.environ.get("AWS_REGION") or None, config=config)
    except NoRegionError:
        raise UserError("no AWS region is set: export AWS_REGION, or give your profile one") from None
    except (BotoCoreError, ValueError) as error:
        # a ValueError: AWS_ENDPOINT_URL is no URL
        raise UserError(f"AWS cannot be reached: {error}") from None
