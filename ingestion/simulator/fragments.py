"""The middle part of each line, formatted once for each channel, category and product."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ingestion.simulator import events as kinds
from ingestion.simulator.channels import CHANNELS
from ingestion.simulator.shop import CATEGORIES, URL, Ints, Shop, decimal

Texts = NDArray[np.object_]


class Fragments:
    """The middle part of a line for each kind of event and each product, with the prices of one day."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self._day = -1
        self._by_product: dict[int, Texts] = {}
        self._prices = np.empty(0, dtype=np.int64)
        paths = list(CATEGORIES)
        self._landing = as_texts(
            f'"event_type":"page_view","page_url":"{channel.url(path)}"{channel.fields()}'
            for channel in CHANNELS
            for path in paths
        )
        self._category_page = as_texts(
            f'"event_type":"page_view","page_url":"{URL}/c/{path}","referrer":"{URL}/","category":"{path}"'
            for path in paths
        )
        self._search = as_texts(f'"event_type":"search","page_url":"{URL}/search?q={term}"' for term in shop.terms)

    def landing(self, channel: Ints, category: Ints) -> Texts:
        """A page of entry, with its channel."""
        texts: Texts = self._landing[channel * len(CATEGORIES) + category]
        return texts

    def plain(self, kind: int, product: Ints) -> Texts:
        """Events without a price: category pages and searches."""
        if kind == kinds.CATEGORY_PAGE:
            return self._category_page[self.shop.category_of[product]]
        return self._search[product]

    def priced(self, kind: int, product: Ints, day: int) -> Texts:
        """Events with a product, at its price on the day (days since 1970)."""
        self._turn_to(day)
        return self._by_product[kind][product]

    def prices(self, day: int) -> Ints:
        """The prices of all products on the day, in cents."""
        self._turn_to(day)
        return self._prices

    def _turn_to(self, day: int) -> None:
        if day != self._day:
            self._day, self._prices = day, self.shop.prices(day)
            self._by_product = self._tables()

    def _tables(self) -> dict[int, Texts]:
        shop, paths = self.shop, list(CATEGORIES)
        details = [
            f'"product_id":"{product_id}","product_name":"{name}","brand":"{brand}",'
            f'"category":"{paths[category]}","category_id":"{shop.category_ids[category]}","price":{decimal(price)}'
            for product_id, name, brand, category, price in zip(
                shop.product_ids,
                shop.names,
                shop.brands,
                shop.category_of.tolist(),
                self._prices.tolist(),
                strict=True,
            )
        ]
        pages = [f"{URL}/p/{slug}-{product}" for slug, product in zip(shop.slugs, shop.product_ids, strict=True)]

        def table(event_type: str, urls: Iterable[str]) -> Texts:
            return as_texts(
                f'"event_type":"{event_type}","page_url":"{url}",{detail}'
                for url, detail in zip(urls, details, strict=True)
            )

        purchase = table("purchase", [f"{URL}/checkout/complete"] * len(pages))
        return {
            kinds.VIEW_ITEM: table("view_item", pages),
            kinds.ADD_TO_CART: table("add_to_cart", pages),
            kinds.REMOVE_FROM_CART: table("remove_from_cart", [f"{URL}/cart"] * len(pages)),
            kinds.PURCHASE: purchase,
            kinds.RELOADED: purchase,
            kinds.RESTAMPED: purchase,
            kinds.BACKEND: as_texts(f'"event_type":"purchase",{detail}' for detail in details),
            kinds.REFUND: as_texts(f'"event_type":"refund",{detail}' for detail in details),
        }


def as_texts(values: Iterable[str]) -> Texts:
    """An array of texts, which positions can be chosen from."""
    texts = list(values)
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array
