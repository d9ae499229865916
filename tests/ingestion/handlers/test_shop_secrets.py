from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ingestion.handlers.shop_secrets import KEEP_SECONDS, ShopSecrets
from tests.support.aws_account import Account
from tests.support.fake_firehose import FakeTime

NAME = "/shop/webhooks/shopify"


def put(account: Account, value: str) -> None:
    account.client("ssm").put_parameter(Name=NAME, Value=value, Type="SecureString", Overwrite=True)


def test_a_parameter_holds_a_secret_on_each_line(account: Account) -> None:
    secrets = ShopSecrets(account.client("ssm"), "/shop/webhooks/")
    assert (secrets.parameter("shopify"), secrets.of("woocommerce")) == (NAME, ())
    put(account, "new \n\n old\n")
    assert secrets.of("shopify") == ("new", "old")


def test_a_secret_is_kept_until_it_is_too_old(account: Account) -> None:
    seconds = FakeTime()
    secrets = ShopSecrets(account.client("ssm"), "/shop/webhooks/", seconds.clock)
    assert secrets.of("shopify") == ()
    put(account, "first")
    seconds.wait(5)
    assert secrets.of("shopify", max_age=10) == ()
    seconds.wait(5)
    assert secrets.of("shopify", max_age=10) == ("first",)
    put(account, "second")
    seconds.wait(KEEP_SECONDS - 1)
    assert secrets.of("shopify") == ("first",)
    seconds.wait(1)
    assert secrets.of("shopify") == ("second",)


def test_a_parameter_that_cannot_be_read_is_an_error(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    ssm = account.client("ssm")
    denied = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameter")

    def deny(**_: object) -> None:
        raise denied

    monkeypatch.setattr(ssm, "get_parameter", deny)
    with pytest.raises(ClientError):
        ShopSecrets(ssm, "/shop/webhooks/").of("shopify")
