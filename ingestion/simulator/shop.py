"""The catalog of the shop: its products with their popularity, cart rate and daily price."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

URL: Final = "https://shop.example"
CURRENCY: Final = "EUR"
PRODUCTS: Final = 2_000

# path: (noun, brands, median price in EUR)
CATEGORIES: Final[dict[str, tuple[str, tuple[str, ...], float]]] = {
    "electronics.smartphone": ("Smartphone", ("Nordfon", "Kaiyo", "Pixelon", "Vertu One"), 389.0),
    "electronics.tablet": ("Tablet", ("Nordfon", "Slatewerk", "Kaiyo"), 279.0),
    "electronics.audio.headphone": ("Headphones", ("Auralis", "Tonfeld", "Beatline", "Kaiyo"), 79.0),
    "electronics.audio.speaker": ("Speaker", ("Auralis", "Tonfeld", "Boomhaus"), 99.0),
    "electronics.video.tv": ("TV", ("Lumora", "Kaiyo", "Bildwerk"), 549.0),
    "electronics.clocks": ("Smartwatch", ("Chronova", "Nordfon", "Pulsr"), 149.0),
    "computers.notebook": ("Notebook", ("Slatewerk", "Inktec", "Corebook"), 829.0),
    "computers.peripherals.mouse": ("Mouse", ("Klick", "Inktec", "Gridpad"), 34.0),
    "computers.peripherals.keyboard": ("Keyboard", ("Klick", "Gridpad", "Tastwerk"), 69.0),
    "computers.peripherals.monitor": ("Monitor", ("Lumora", "Bildwerk", "Slatewerk"), 219.0),
    "appliances.kitchen.kettle": ("Kettle", ("Heimgut", "Brema", "Sölling"), 39.0),
    "appliances.kitchen.coffee_machine": ("Coffee Machine", ("Brema", "Crema&Co", "Sölling"), 249.0),
    "appliances.kitchen.toaster": ("Toaster", ("Heimgut", "Brema"), 45.0),
    "appliances.environment.vacuum": ("Vacuum Cleaner", ("Staubfrei", "Heimgut", "Cyclor"), 179.0),
    "appliances.personal.hair_dryer": ("Hair Dryer", ("Glanz", "Brema"), 49.0),
    "apparel.shoes.sneaker": ("Sneaker", ("Laufgut", "Stride", "Méridien", "Kestrel"), 89.0),
    "apparel.shoes.boot": ("Boots", ("Laufgut", "Alpenrand", "Kestrel"), 129.0),
    "apparel.jacket": ("Jacket", ("Alpenrand", "Méridien", "Nordwind"), 119.0),
    "apparel.tshirt": ("T-Shirt", ("Stride", "Méridien", "Plain", "Nordwind"), 22.0),
    "furniture.living_room.sofa": ("Sofa", ("Wohnlich", "Ulme"), 699.0),
    "furniture.bedroom.lamp": ("Lamp", ("Lumora", "Ulme", "Wohnlich"), 35.0),
    "sport.bicycle": ("Bicycle", ("Radwerk", "Kestrel"), 749.0),
    "sport.yoga": ("Yoga Mat", ("Stride", "Asana"), 27.0),
    "kids.toys": ("Building Blocks", ("Klotz", "Bauhaus Kids"), 32.0),
}
SERIES: Final = ("Air", "Pro", "Lite", "Max", "Classic", "Neo", "Plus", "Go", "Studio", "Urban")
_PRICE_FACTORS: Final = np.array([1.0, 1.0, 1.0, 1.05, 0.95, 0.9, 0.8])


@dataclass(frozen=True, slots=True)
class Shop:
    """The catalog, one position per product; the products of a category are adjacent.

    `popularity` is cumulative and ends at 1: `searchsorted(popularity, u)` draws a product. To draw one of a category,
    draw `u` between that category's `category_from` and `category_to`.
    """

    seed: int
    product_ids: tuple[str, ...]
    names: tuple[str, ...]
    brands: tuple[str, ...]
    slugs: tuple[str, ...]
    terms: tuple[str, ...]
    category_of: Ints
    category_ids: tuple[str, ...]
    popularity: Floats
    category_from: Floats
    category_to: Floats
    cart_rate: Floats
    base_price: Floats

    def prices(self, day: int) -> Ints:
        """The price of each product on a day (days since 1970) in cents of EUR."""
        # A product keeps a price for two to eight days, depending on its position.
        position = np.arange(PRODUCTS)
        period = day // (2 + position % 7)
        draw = np.random.default_rng([self.seed, 11]).integers(0, 1 << 30, PRODUCTS)
        factor = _PRICE_FACTORS[(draw ^ (period * 2_654_435_761 >> 7)) % len(_PRICE_FACTORS)]
        cents = np.maximum(np.round(self.base_price * factor), 1.0) * 100 - np.where(position % 3 == 0, 10, 1)
        prices: Ints = cents.astype(np.int64)
        return prices


def decimal(cents: int) -> str:
    """An amount as a tracker writes it: `19.90`."""
    return f"{cents // 100}.{cents % 100:02d}"


def open_shop(seed: int) -> Shop:
    """Create the catalog of a seed: 2,000 products with Zipf-Mandelbrot popularity, and prices around a median.

    Products at every ninth popularity rank are viewed but hardly bought, and those at another ninth sell very well.
    """
    rng = np.random.default_rng([seed, 10])
    paths = list(CATEGORIES)
    share = rng.dirichlet(np.full(len(paths), 6.0))
    category_of = np.sort(rng.choice(len(paths), PRODUCTS, p=share))
    rank = rng.permutation(PRODUCTS)
    weight = 1.0 / (rank + 3.0)
    popularity = np.cumsum(weight / weight.sum())
    popularity[-1] = 1.0
    edges = np.searchsorted(category_of, np.arange(len(paths) + 1))
    bounds = np.concatenate(([0.0], popularity))[edges]

    cart_rate = np.clip(np.exp(rng.normal(np.log(0.055), 0.4, PRODUCTS)), 0.015, 0.18)
    cart_rate[rank % 9 == 2] = 0.004
    cart_rate[rank % 9 == 5] = 0.19
    medians = np.array([CATEGORIES[path][2] for path in paths])
    base_price = medians[category_of] * np.exp(rng.normal(0.0, 0.45, PRODUCTS))

    brands, names, slugs, terms = [], [], [], []
    models = rng.integers(10, 99, PRODUCTS).tolist()
    for position, category in enumerate(category_of.tolist()):
        noun, makers, _ = CATEGORIES[paths[category]]
        brand = makers[models[position] % len(makers)]
        brands.append(brand)
        names.append(f"{brand} {noun} {SERIES[position % len(SERIES)]} {models[position]}")
        slugs.append(re.sub(r"[^a-z0-9]+", "-", names[-1].lower()).strip("-"))
        terms.append((noun if position % 3 else f"{brand} {noun}").lower().replace("&", "%26").replace(" ", "+"))
    return Shop(
        seed=seed,
        product_ids=tuple(str(1_000_000 + 7 * number) for number in rng.permutation(PRODUCTS).tolist()),
        names=tuple(names),
        brands=tuple(brands),
        slugs=tuple(slugs),
        terms=tuple(terms),
        category_of=category_of,
        category_ids=tuple(str(2_053_013_550_000_000_000 + n) for n in rng.integers(0, 10**10, len(paths)).tolist()),
        popularity=popularity,
        category_from=bounds[:-1],
        category_to=bounds[1:],
        cart_rate=cart_rate,
        base_price=base_price,
    )
