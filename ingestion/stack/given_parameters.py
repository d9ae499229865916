"""What can be wrong with the parameters of a deployment and is known before anything is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ingestion.errors import UserError
from ingestion.stack.schedule_expression import check_schedule

# https://docs.aws.amazon.com/waf/latest/APIReference/API_CreateIPSet.html
CLOUDFRONT_REGION: Final = "us-east-1"


def check_parameters(given: Mapping[str, str], region: str) -> None:
    """Raise a UserError for a schedule that EventBridge rejects, or for IP sets of CloudFront in another region.

    Parameters
    ----------
    given
        The values that the user gave, by the names of the template.
    """
    for name, value in given.items():
        if name.endswith("Schedule"):
            check_schedule(name, value)
    if given.get("WafScope") == "CLOUDFRONT" and region != CLOUDFRONT_REGION:
        raise UserError(
            f"--waf CLOUDFRONT: IP sets for CloudFront exist in {CLOUDFRONT_REGION} only, and this stack is in "
            f"{region}; deploy with --region {CLOUDFRONT_REGION}, or with --waf REGIONAL for a load balancer or an API"
        )
