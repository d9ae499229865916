"""What visitors and shop systems do, as shares: the default of each, and how an option sets them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace

from ingestion.errors import UserError


@dataclass(frozen=True, slots=True)
class Habits:
    """Shares from 0 to 1.

    login: of visits by people with an account, those that begin anonymously and log in later.
    second_device: of visitors, those with two devices.
    shared_device: of visits, those at a device that many people use, such as one in a library.
    campaign_click: of visits that view several products, those that come in again through a campaign.
    pause: of visits that view several products, those with a pause of 40 minutes to 5 hours. The tracker keeps its
    session id.
    midnight: of visits in a day's last hour, those that begin minutes before midnight and view many products.
    refired: of orders, those whose last page is reloaded, once or twice: the same lines again with other event ids.
    restamped: of orders, those that a retry sends again on the next date, with the same event ids and a new time.
    backend: of orders, those that the shop's backend sends, too. A shop that counts both counts them twice.
    coupon: of orders, those with a coupon.
    refund: of order lines, those that are refunded.
    late_refund: of refunds, those after two to four weeks; the others come after one to ten days.
    foreign_currency: of visitors, those who pay in another currency than the shop's.
    """

    login: float = 0.35
    second_device: float = 0.2
    shared_device: float = 0.01
    campaign_click: float = 0.03
    pause: float = 0.04
    midnight: float = 0.1
    refired: float = 0.03
    restamped: float = 0.01
    backend: float = 0.0
    coupon: float = 0.12
    refund: float = 0.07
    late_refund: float = 0.25
    foreign_currency: float = 0.0


NAMES = tuple(field.name for field in fields(Habits))


def with_shares(habits: Habits, given: Sequence[str]) -> Habits:
    """The habits with the shares that an option gave, each as `name=share`.

    Raises
    ------
    UserError
        A name is unknown, or a share is not from 0 to 1.
    """
    shares: dict[str, float] = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in NAMES:
            raise UserError(f"--share {text}: {name!r} is not a share of the simulator: {', '.join(NAMES)}")
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if not 0.0 <= share <= 1.0:
            raise UserError(f"--share {text}: a share is a number from 0 to 1, such as {name}={asdict(Habits())[name]}")
        shares[name] = share
    return replace(habits, **shares)
