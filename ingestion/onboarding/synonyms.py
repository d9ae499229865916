"""Names of columns, in the languages of shops, for the fields of the event."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

# For each field, normalised names; the first are preferred. English, German, French, Spanish, Dutch, Italian.
SYNONYMS: Final = {
    "event_id": "event id, event uuid, message id, insert id",
    "event_type": (
        "event type, event name, event, action, activity, interaction, event action, ereignis, aktion, evenement, "
        "evento, gebeurtenis"
    ),
    "event_time": (
        "event time, event timestamp, timestamp, created at, created utc, created date utc, date created gmt, "
        "created, "
        "order date, order time, order datetime, order date time, purchase date, purchased at, purchased on, "
        "paid at, "
        "date paid, sale date, transaction date, posted date time, posted date, invoice date, invoicedate, "
        "date created, "
        "date add, date placed, placed at, placed on, date time, datetime, occurred at, date, ts, time, "
        "bestelldatum, bestellzeit, bestellzeitpunkt, auftragsdatum, kaufdatum, rechnungsdatum, zeitpunkt, datum, "
        "verkaufsdatum, "
        "date de commande, date commande, date d achat, date de creation, date facture, "
        "fecha del pedido, fecha de pedido, fecha pedido, fecha de compra, fecha compra, fecha, "
        "besteldatum, orderdatum, aankoopdatum, data ordine, data dell ordine, data"
    ),
    "time_of_day": "time, order time, uhrzeit, zeit, heure, hora, tijd, tijdstip, ora",
    "order_id": (
        "order id, order number, order no, order nr, order ref, order reference, increment id, amazon order id, "
        "transaction id, invoice no, invoiceno, invoice number, invoice id, invoice, order, id order, payment id, "
        "bestellnummer, bestell nr, bestellnr, bestell id, auftragsnummer, auftrags nr, rechnungsnummer, bestellung, "
        "numero de commande, numero commande, n commande, no commande, commande, facture, "
        "numero de pedido, numero pedido, n pedido, pedido, id pedido, bestelnummer, ordernummer, bestelling, "
        "numero ordine, ordine, reference, id"
    ),
    "product_id": (
        "product id, sku, product sku, item sku, lineitem sku, variant sku, item id, item number, article number, "
        "product code, product number, product reference, stock code, stockcode, listing id, asin, item code, "
        "artikelnummer, artikel nr, artikelnr, art nr, artnr, produktnummer, artikel id, produkt id, "
        "article ordernumber, "
        "ref produit, reference produit, reference article, id produit, code produit, ref, "
        "referencia del producto, id producto, codigo, referencia, codigo producto, "
        "productcode, product nr, productnummer, artikelcode, codice prodotto, codice, item, ean, product, reference"
    ),
    "product_name": (
        "product name, item name, lineitem name, product title, item title, article name, title, description, "
        "product description, name, artikelname, artikelbezeichnung, bezeichnung, produktname, produkt, artikel, "
        "nom du produit, nom produit, produit, designation, article, "
        "nombre del producto, nombre producto, producto, articulo, descripcion, nombre, "
        "productnaam, omschrijving, artikelnaam, nome prodotto, prodotto, descrizione"
    ),
    "quantity": (
        "quantity, qty, qty ordered, quantity purchased, "
        "quantity ordered, lineitem quantity, item quantity, product qty, item qty, order qty, "
        "units, "
        "pieces, count, pcs, menge, anzahl, stuck, stuckzahl, stueck, quantite, qte, nombre d articles, "
        "cantidad, uds, unidades, aantal, hoeveelheid, quantita, pezzi"
    ),
    "price": (
        "price, unit price, unitprice, item price, product price, lineitem price, price per unit, price each, "
        "base price, "
        "einzelpreis, stuckpreis, artikelpreis, preis, verkaufspreis, vk preis, "
        "prix unitaire, prix unitaire ttc, prix, prix ttc, pu, pu ttc, "
        "precio unitario, precio, pvp, prijs, stukprijs, eenheidsprijs, prezzo, prezzo unitario"
    ),
    "line_total": (
        "line total, row total, line amount, item total, item subtotal, line price, product total price, "
        "product total, "
        "total price, amount, gross, gross amount, "
        "row total incl tax, total paid, grand total, grand total purchased, invoice amount, order total, "
        "total, subtotal, "
        "gesamtpreis, zeilensumme, positionssumme, gesamtbetrag, gesamtsumme, betrag, summe, gesamt, umsatz, "
        "montant total, total ttc, montant, total ligne, importe total, importe, total linea, total pedido, "
        "totaalprijs, regeltotaal, totaalbedrag, bedrag, totaal, totale, importo, revenue, sales"
    ),
    "discount": (
        "discount amount, discount, lineitem discount, item discount, rabatt, nachlass, rabattbetrag, "
        "remise, reduction, descuento, korting, sconto"
    ),
    "coupon": (
        "coupon code, coupon, discount code, voucher code, voucher, promo code, gutscheincode, gutschein, "
        "code promo, cupon, codigo de descuento, kortingscode, codice sconto"
    ),
    "tax": (
        "tax amount, tax, taxes, order sales tax, sales tax, vat amount, vat, mwst, mwst betrag, "
        "umsatzsteuer, steuer, "
        "tva, montant tva, iva, impuesto, impuestos, btw, btw bedrag"
    ),
    "shipping": (
        "shipping amount, shipping cost, shipping costs, order shipping, shipping price, shipping total, shipping, "
        "shipping fee, versandkosten, versand, porto, frais de port, frais de livraison, livraison, "
        "gastos de envio, coste de envio, envio, verzendkosten, verzending, spese di spedizione, spedizione"
    ),
    "currency": (
        "currency, currency code, order currency, order currency code, presentment currency, waehrung, wahrung, "
        "devise, monnaie, moneda, divisa, valuta"
    ),
    "payment_method": (
        "payment method, payment type, payment, zahlungsart, zahlungsmethode, zahlungsweise, zahlart, "
        "mode de paiement, moyen de paiement, paiement, metodo de pago, forma de pago, pago, betaalmethode, "
        "betaalwijze, metodo di pagamento, pagamento"
    ),
    "user_id": (
        "user id, customer id, customerid, customer number, customer no, account id, member id, buyer id, client id, "
        "buyer user id, customer email, buyer email, user email, email, email address, e mail, mail, "
        "kundennummer, kunden nr, kundennr, kunden id, kunde, kunden email, e mail adresse, "
        "id client, numero client, client, email client, adresse e mail, courriel, id cliente, "
        "numero de cliente, cliente, "
        "correo, correo electronico, klantnummer, klant id, klant, klantnr, e mailadres, codice cliente, "
        "customer, buyer"
    ),
    "anonymous_id": (
        "anonymous id, visitor id, visitor, cookie id, cookie, user pseudo id, distinct id, device id, browser id, "
        "besucher id"
    ),
    "session_id": "session id, session, user session, visit id, sitzung, sitzungs id, sesion",
    "category": (
        "category, product category, category name, category code, item category, kategorie, warengruppe, "
        "produktkategorie, categorie, categoria, rubrique, product type"
    ),
    "category_id": "category id, kategorie id, id categorie, id categoria",
    "brand": (
        "brand, manufacturer, vendor, lineitem vendor, product brand, marke, hersteller, marque, fabricant, marca, "
        "fabricante, merk, fabrikant"
    ),
    "page_url": "page url, url, page location, page, page path, landing page, seite, pagina",
    "referrer": "referrer, referer, page referrer, referring site, referrer url",
    "utm_source": "utm source, traffic source, campaign source",
    "utm_medium": "utm medium, campaign medium, medium",
    "utm_campaign": "utm campaign, campaign name, campaign, kampagne",
    "device_type": "device type, device category, device, gerat, gerateklasse",
    "browser": "browser, browser name",
    "user_agent": "user agent, useragent, ua",
    "country": (
        "country, billing country, shipping country, ship country, country code, geo country, land, rechnungsland, "
        "lieferland, pays, pais, paese"
    ),
    "city": "city, billing city, shipping city, ship city, geo city, stadt, ort, ville, ciudad, stad, plaats, citta",
    "source": "sales channel, channel, purchase point, sales source, verkaufskanal, canal",
}  # fmt: skip

STATUS: Final = (
    "status", "order status", "financial status", "payment status", "state", "bestellstatus", "zahlungsstatus",
    "statut", "etat", "estado", "stato", "orderstatus", "order state",
)  # fmt: skip
REFUNDED: Final = (
    "refunded amount", "amount refunded", "refund amount", "total refunded", "refunded", "refund total", "erstattet",
    "erstattungsbetrag", "montant rembourse", "importe reembolsado", "terugbetaald bedrag",
)  # fmt: skip
IS_REFUND: Final = (
    "is refund", "is refunded", "is return", "is returned", "refund", "refunded", "return", "returned", "ist retoure",
    "retoure",
)  # fmt: skip
GIVEN_BACK: Final = (
    "refunded", "returned", "erstattet", "retourniert", "ruckerstattet", "rembourse", "remboursee", "retourne",
    "reembolsado", "devuelto", "terugbetaald", "geretourneerd", "rimborsato", "chargeback",
)  # fmt: skip
NOT_SOLD: Final = (
    "cancelled", "canceled", "cancel", "failed", "voided", "expired", "declined", "payment error", "incomplete",
    "storniert", "abgebrochen", "fehlgeschlagen", "annule", "annulee", "echoue", "erreur de paiement",
    "cancelado", "cancelada", "fallido", "geannuleerd", "mislukt", "annullato", "requires payment method",
)  # fmt: skip
PERSONAL: Final = (
    "first name", "last name", "firstname", "lastname", "full name", "billing name", "shipping name", "ship name",
    "bill to name", "ship to name", "customer name", "buyer name", "recipient name", "name", "phone", "billing phone",
    "shipping phone", "telephone", "mobile", "street", "street 1", "street 2", "address", "address 1", "address 2",
    "billing address1", "billing address2", "shipping address1", "shipping address2", "billing street",
    "shipping street", "ship address1", "ship address2", "zip", "zipcode", "postcode", "postal code", "billing zip",
    "shipping zip", "ship zipcode", "card last4", "card name", "vorname", "nachname", "strasse", "telefon", "plz",
    "anschrift", "prenom", "nom", "nom client", "adresse", "telephone", "code postal", "nombre", "apellidos",
    "telefono",
    "direccion", "codigo postal", "voornaam", "achternaam", "adres", "telefoon", "customer description", "iban",
    "email", "e mail", "customer email", "customer", "kunde", "client", "cliente", "klant", "buyer",
)  # fmt: skip

# What other systems call the events, normalised.
EVENT_NAMES: Final = {
    "view": "view_item", "product view": "view_item", "product viewed": "view_item", "view product": "view_item",
    "detail": "view_item", "product detail": "view_item", "item view": "view_item", "viewed product": "view_item",
    "viewcontent": "view_item", "view content": "view_item", "produktansicht": "view_item",
    "page": "page_view", "pageview": "page_view", "page viewed": "page_view", "viewed page": "page_view",
    "product list viewed": "view_item_list", "product clicked": "select_item", "impression": "view_item_list",
    "click": "select_item", "products searched": "search", "site search": "search", "suche": "search",
    "cart": "add_to_cart", "addtocart": "add_to_cart", "add": "add_to_cart", "product added": "add_to_cart",
    "added to cart": "add_to_cart", "basket": "add_to_cart", "warenkorb": "add_to_cart", "cart add": "add_to_cart",
    "remove": "remove_from_cart", "product removed": "remove_from_cart", "removefromcart": "remove_from_cart",
    "removed from cart": "remove_from_cart", "cart viewed": "view_cart",
    "checkout": "begin_checkout", "checkout started": "begin_checkout", "initiatecheckout": "begin_checkout",
    "started checkout": "begin_checkout", "kasse": "begin_checkout",
    "payment info entered": "add_payment_info", "addpaymentinfo": "add_payment_info",
    "order": "purchase", "order completed": "purchase", "transaction": "purchase", "buy": "purchase",
    "sale": "purchase",
    "ordered": "purchase", "placed order": "purchase", "conversion": "purchase", "bestellung": "purchase",
    "kauf": "purchase", "achat": "purchase", "commande": "purchase", "compra": "purchase", "aankoop": "purchase",
    "payment": "purchase", "express checkout payment": "purchase", "website payment": "purchase",
    "charge": "purchase", "payment refund": "refund",
    "order refunded": "refund", "return": "refund", "returned": "refund", "refunded": "refund", "retoure": "refund",
    "wishlist": "add_to_wishlist", "addtowishlist": "add_to_wishlist", "product added to wishlist": "add_to_wishlist",
    "favorite": "add_to_wishlist", "fav": "add_to_wishlist", "pv": "view_item",
    "signup": "sign_up", "signed up": "sign_up", "register": "sign_up", "registration": "sign_up",
    "logged in": "login", "signed in": "login",
}  # fmt: skip


def normalised(name: str) -> str:
    """A name in lower case, without accents, its words separated by one space: `Stück-Preis` is `stuck preis`."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", plain)
    return " ".join(re.findall(r"[a-z0-9]+", words.lower()))


# `fee amount` is no amount of a line.
_OTHER_AMOUNTS: Final = frozenset(
    {
        "refund",
        "refunded",
        "fee",
        "fees",
        "tax",
        "vat",
        "shipping",
        "discount",
        "commission",
        "cost",
        "net",
        "converted",
    }
)


@cache
def synonyms_of(field: str) -> tuple[str, ...]:
    """The normalised names for a field, the preferred ones first; its own name is one."""
    return (normalised(field), *(name.strip() for name in SYNONYMS[field].split(",")))


_UNITS: Final = re.compile(r" (?:in )?(?:cents?|pence|rappen|centimes)$")


def likeness(column: str, field: str) -> int:
    """How well a column's name fits a field: 0 not at all, 1000 exactly."""
    name = _UNITS.sub("", normalised(column))
    names = synonyms_of(field)
    if name in names:
        return 1000 - names.index(name)
    joined = name.replace(" ", "")
    best = 0
    words = name.split()
    for rank, synonym in enumerate(names):
        if joined == synonym.replace(" ", ""):
            return 950 - rank
        if field in ("price", "line_total") and not _OTHER_AMOUNTS.isdisjoint(words):
            continue
        parts = synonym.split()
        # `geo country`, `order currency`; a short word alone says too little
        if len(words) > len(parts) and (len(parts) > 1 or len(synonym) > 4) and words[-len(parts) :] == parts:
            best = max(best, 600 - 50 * (len(words) - len(parts)) - rank)
    return best
