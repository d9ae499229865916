"""The AWS calls that the engine and the launcher make. They need no SDK, because the emulator checks no signature."""

from __future__ import annotations

import html
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Final

_TARGETS: Final = {
    "athena": "AmazonAthena",
    "firehose": "Firehose_20150804",
    "glue": "AWSGlue",
}
_TIMEOUT_S: Final = 60


class AwsError(Exception):
    """An error that AWS returned; `code` is its AWS error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class AwsClient:
    """Calls one endpoint, such as http://127.0.0.1:4566."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint.rstrip("/")

    def call(
        self,
        service: str,
        action: str,
        *,
        user_agent: str = "local-aws",
        region: str = "us-east-1",
        **parameters: Any,
    ) -> dict[str, Any]:
        """Call a JSON service: athena, firehose or glue."""
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{_TARGETS[service]}.{action}",
            "User-Agent": user_agent,
            # the emulator reads region and service from this header
            "Authorization": f"AWS4-HMAC-SHA256 Credential=testing/20260101/{region}/{service}/aws4_request",
        }
        body = self._request("POST", "/", json.dumps(parameters).encode(), headers)
        found: dict[str, Any] = json.loads(body) if body else {}
        return found

    def pages(self, service: str, action: str, field: str, **parameters: Any) -> list[Any]:
        """All items of `field`, from all pages of a listing."""
        items: list[Any] = []
        token: dict[str, str] = {}
        while True:
            page = self.call(service, action, **parameters, **token)
            items += page[field]
            if not page.get("NextToken"):
                return items
            token = {"NextToken": page["NextToken"]}

    def put_object(self, bucket: str, key: str, body: bytes) -> None:
        self._request("PUT", f"/{bucket}/{urllib.parse.quote(key)}", body, _S3_HEADERS)

    def get_object(self, bucket: str, key: str) -> bytes:
        return self._request("GET", f"/{bucket}/{urllib.parse.quote(key)}", None, _S3_HEADERS)

    def delete_object(self, bucket: str, key: str) -> None:
        self._request("DELETE", f"/{bucket}/{urllib.parse.quote(key)}", None, _S3_HEADERS)

    def create_bucket(self, bucket: str) -> None:
        """Create a bucket if it does not exist."""
        try:
            self._request("PUT", f"/{bucket}", b"", _S3_HEADERS)
        except AwsError as error:
            # AWS returns 200 for this in us-east-1; the emulator does so only until it is restarted
            if error.code != "BucketAlreadyOwnedByYou":
                raise

    def create_database(self, name: str) -> None:
        """Create a Glue database if it does not exist."""
        try:
            self.call("glue", "CreateDatabase", DatabaseInput={"Name": name})
        except AwsError as error:
            if error.code != "AlreadyExistsException":
                raise

    def list_objects(self, bucket: str, prefix: str) -> list[str]:
        """All keys that start with `prefix`."""
        keys: list[str] = []
        after = ""
        while True:
            query = urllib.parse.urlencode({"list-type": "2", "prefix": prefix, "start-after": after})
            listing = self._request("GET", f"/{bucket}?{query}", None, _S3_HEADERS).decode()
            keys += (html.unescape(part.split("</Key>")[0]) for part in listing.split("<Key>")[1:])
            if "<IsTruncated>true" not in listing:
                return keys
            after = keys[-1]

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        request = urllib.request.Request(self.endpoint + path, data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            raise _aws_error(error.code, error.read().decode(errors="replace")) from None


_S3_HEADERS: Final = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request",
    "Content-Type": "binary/octet-stream",
}


def _aws_error(status: int, body: str) -> AwsError:
    if body.lstrip().startswith("{"):
        fields = json.loads(body)
        code = str(fields.get("__type") or fields.get("code") or status).split("#")[-1]
        return AwsError(code, str(fields.get("message") or fields.get("Message") or body))
    code = body.split("<Code>")[1].split("</Code>")[0] if "<Code>" in body else str(status)
    return AwsError(code, body[:300])
