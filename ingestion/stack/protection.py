"""How the artifacts bucket is protected. Every deployment sets all of it again, whatever was changed by hand."""

from __future__ import annotations

import json
from typing import Any, Final

# an object that a deployment replaced can be restored so long
KEPT_DAYS: Final = 30

_PRIVATE: Final = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
# the owner of the bucket owns every object in it, and access lists have no effect
_OWNERSHIP: Final = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
# with a key that S3 owns: the functions' code and this project hold no data, and Lambda reads them
_ENCRYPTION: Final = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
_LIFECYCLE: Final = {
    "Rules": [
        {
            "ID": "ReplacedCode",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
        },
        {
            "ID": "MarkersOfNothing",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"ExpiredObjectDeleteMarker": True},
        },
    ]
}


def protect(s3: Any, owned_bucket: dict[str, str], arn: str) -> None:
    """Make the bucket private, encrypted, versioned and reachable over TLS only, and let replaced objects expire.

    Parameters
    ----------
    owned_bucket
        The bucket, with the account that must own it.
    """
    s3.put_public_access_block(**owned_bucket, PublicAccessBlockConfiguration=_PRIVATE)
    s3.put_bucket_ownership_controls(**owned_bucket, OwnershipControls=_OWNERSHIP)
    s3.put_bucket_encryption(**owned_bucket, ServerSideEncryptionConfiguration=_ENCRYPTION)
    s3.put_bucket_versioning(**owned_bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_lifecycle_configuration(**owned_bucket, LifecycleConfiguration=_LIFECYCLE)
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [tls_only]})
    s3.put_bucket_policy(**owned_bucket, Policy=policy)
