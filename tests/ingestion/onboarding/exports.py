"""Exports in the form of widespread shops, made up, with the figures that a shopkeeper knows."""

from __future__ import annotations

from typing import Final, NamedTuple


class Export(NamedTuple):
    """An export: its bytes, and by currency the orders, the pieces, the revenue and what was given back."""

    content: bytes
    sales: dict[str, tuple[int, int, str, str]]


def _tsv(*rows: str) -> bytes:
    return "".join("\t".join(row.split(",")) + "\n" for row in rows).encode()


SHOPWARE: Final = """\
Bestellnummer;Bestelldatum;Uhrzeit;Kundennummer;E-Mail;Vorname;Artikelnummer;Artikelbezeichnung;Menge;Einzelpreis;\
Gesamtpreis;Zahlungsart;Status;Währung
10001;07.10.2025;09:50:26;4711;anna@example.com;Anna;SW-1;Maske;2;34,90;69,80;PayPal;Bezahlt;EUR
10001;07.10.2025;09:50:26;4711;anna@example.com;Anna;SW-2;"Kerze; groß";1;1.234,50;1.234,50;PayPal;Bezahlt;EUR
10002;13.10.2025;19:01:00;4712;bert@example.com;Bert;SW-2;Kerze;1;1.234,50;1.234,50;Rechnung;Storniert;EUR
"""
PRESTASHOP: Final = """\
"ID";"Reference";"New client";"Delivery";"Customer";"Total";"Payment";"Status";"Date"
"7";"XKBKNABJK";"Yes";"France";"J. DOE";"79,80 €";"Carte bancaire";"Paiement accepté";"2025-10-07 09:50:26"
"8";"OHSATSERP";"No";"France";"A. MARTIN";"1 019,90 €";"Chèque";"Annulé";"2025-10-08 10:00:00"
"9";"UOYEVOLI";"No";"Belgium";"B. DUPONT";"20,00 €";"Carte bancaire";"Livré";"2025-10-09 11:00:00"
"""
MAGENTO: Final = """\
"ID","Purchase Point","Purchase Date","Bill-to Name","Grand Total (Base)","Grand Total (Purchased)","Status"
"000000001","Main Website","Oct 7, 2025, 9:50:26 AM","Ann Lee","€74.80","€74.80","complete"
"000000002","Main Website","Oct 8, 2025, 11:09:59 PM","Bob Fox","€1,020.00","€1,020.00","canceled"
"000000003","Main Website","Oct 9, 2025, 1:00:00 PM","Cat Doe","€20.00","€20.00","processing"
"""
ETSY: Final = """\
Sale Date,Item Name,Buyer,Quantity,Price,Coupon Code,Discount Amount,Order Shipping,Order Sales Tax,Item Total,\
Currency,Transaction ID,Listing ID,Date Paid,Ship Name,Ship City,Ship Country,Order ID,Payment Type,SKU
10/07/25,"Mask, green",annlee,2,34.90,,0.00,5.00,0.00,69.80,EUR,3901,1201,10/07/2025,Ann Lee,Berlin,Germany,2801,cc,A
10/15/25,Oil,bob,1,20.00,FALL,2.00,0.00,0.00,18.00,EUR,3902,1202,10/15/2025,Bob Fox,Paris,France,2802,cc,B
"""
STRIPE: Final = """\
id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Description,Fee,Status,Customer ID,Customer Email
pi_1,2025-10-07 07:50:26,74.80,0.00,eur,TRUE,Order 1001,2.4,Paid,cus_1,ann@example.com
pi_2,2025-10-08 03:09:59,20.00,20.00,eur,TRUE,Order 1002,0.9,Refunded,cus_2,bob@example.com
pi_3,2025-10-09 03:09:59,50.00,0.00,eur,FALSE,Order 1003,0,Failed,cus_3,cat@example.com
"""
AMAZON: Final = _tsv(
    "settlement-id,total-amount,currency,transaction-type,order-id,marketplace-name,amount-type,amount-description,"
    "amount,posted-date,posted-date-time,sku,quantity-purchased",
    "1,99.80,EUR,,,,,,,,,,",
    "1,,,Order,028-1,Amazon.de,ItemPrice,Principal,69.80,2025-10-07,2025-10-07 09:50:26 UTC,A,2",
    "1,,,Order,028-1,Amazon.de,ItemPrice,Shipping,3.99,2025-10-07,2025-10-07 09:50:26 UTC,A,2",
    "1,,,Order,028-1,Amazon.de,ItemFees,Commission,-10.47,2025-10-07,2025-10-07 09:50:26 UTC,A,2",
    "1,,,Refund,028-1,Amazon.de,ItemPrice,Principal,-34.90,2025-10-09,2025-10-09 09:50:26 UTC,A,",
)
SHEET: Final = """\
Order,Date,Item,Qty,Price,Customer
1,10/7/2025,Mug,2,12.50,ann@example.com
2,11/7/2025,Mug,1,12.50,bob@example.com
3,12/7/2025,Plate,-1,8.00,ann@example.com
"""
SPANISH: Final = """\
Número de pedido;Fecha;Referencia;Producto;Cantidad;Precio unitario;Moneda
77;7/10/2025 9:50;R-1;Vela;3;1.250,00;EUR
78;23/10/2025 18:05;R-2;Jabón;1;4,5;EUR
"""
DUTCH: Final = """\
Bestelnummer,Besteldatum,Klantnummer,Artikelnummer,Omschrijving,Aantal,Prijs
N1,2025-10-07T09:50:26+02:00,12,A,Kaars,2,19.95
N2,2025-10-07T10:50:26+02:00,13,B,Zeep,1,4.50
"""
ORDERS_JSON: Final = """\
{"orders": [
  {"id": 1001, "created_at": "2025-10-07T09:50:26+02:00", "currency": "EUR", "customer": {"id": 5, "email": "a@b.de"},
   "positions": [{"sku": "A", "title": "Mask", "qty": 2, "unit_price": 34.9},
                 {"sku": "B", "title": "Oil", "qty": 1, "unit_price": 10.0}]},
  {"id": 1002, "created_at": "2025-10-07T23:09:59-04:00", "currency": "EUR", "customer": {"id": 6, "email": "c@d.de"},
   "positions": [{"sku": "B", "title": "Oil", "qty": 2, "unit_price": 10.0}]}]}
"""

EXPORTS: Final = {
    "shopware": Export(SHOPWARE.encode("cp1252"), {"EUR": (1, 3, "1304.30", "0")}),
    "prestashop": Export(PRESTASHOP.encode(), {"EUR": (2, 2, "99.80", "0")}),
    "magento": Export(MAGENTO.encode(), {"EUR": (2, 2, "94.80", "0")}),
    "etsy": Export(ETSY.encode(), {"EUR": (2, 3, "87.80", "0")}),
    "stripe": Export(STRIPE.encode(), {"EUR": (2, 2, "94.80", "20")}),
    "amazon": Export(AMAZON, {"": (1, 2, "69.80", "34.90")}),
    "sheet": Export(SHEET.encode("utf-8-sig"), {"": (2, 3, "37.50", "8")}),
    "spanish": Export(SPANISH.encode("utf-16"), {"EUR": (2, 4, "3754.50", "0")}),
    "dutch": Export(DUTCH.encode(), {"": (2, 3, "44.40", "0")}),
    "orders.json": Export(ORDERS_JSON.encode(), {"EUR": (2, 5, "99.80", "0")}),
}
