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
AMAZON_ORDERS: Final = _tsv(
    "amazon-order-id,purchase-date,order-status,sales-channel,product-name,sku,item-status,quantity,currency,"
    "item-price,item-tax,item-promotion-discount,ship-city",
    "028-1,2025-11-08T10:00:00+00:00,Shipped,Amazon.de,Cup,C,Shipped,2,EUR,20.00,3.19,,Berlin",
    "028-2,2025-11-08T11:00:00+00:00,Cancelled,Amazon.de,Cup,C,Cancelled,0,,,,,Berlin",
    "028-3,2025-11-08T12:00:00+00:00,Shipped,Amazon.de,Bag,B,Shipped,1,EUR,10.00,1.60,1.00,Berlin",
)
PAYPAL: Final = """\
"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net","From Email Address","Transaction ID",\
"Item Title","Item ID"
"11/08/2025","10:00:00","PST","Ann Lee","Payment","Completed","USD","1,234.50","-36.1","1,198.4","a@x.co","5","Cup","C"
"11/08/2025","11:00:00","PST","Ann Lee","Refund","Completed","USD","-234.50","5","-229.5","a@x.co","6","Cup","C"
"11/18/2025","12:00:00","PST","Bob Fox","Payment","Completed","USD","10.00","-0.6","9.4","b@x.co","7","Bag","B"
"""
BIGCOMMERCE: Final = """\
Order ID,Customer ID,Order Date,Order Time,Order Status,Order Total (inc tax),Currency Code,Product ID,Product Qty,\
Product Name,Product Unit Price,Product Total Price
100,1,08/11/2025,13:05:00,Completed,35,EUR,77,2,Cup,10.00,20.00
100,1,08/11/2025,13:05:00,Completed,35,EUR,78,1,Bag,10.00,10.00
101,2,18/11/2025,01:05:00,Cancelled,35,EUR,78,1,Bag,10.00,10.00
"""
SWISS: Final = """\
Bestellnummer;Datum;Artikel-Nr.;Menge;Preis;Währung
1;07.10.2025 09:50;B;2;1\u2019234.50;CHF
2;17.10.2025 10:00;S;1;19.90;CHF
"""
JAVA: Final = """\
{"order_id":1,"ts":1.759823426E9,"sku":"A","price":1.25E1,"quantity":2}
{"order_id":2,"ts":1.759823427E9,"sku":"A","price":3.5e0,"quantity":1}
"""
CENTS: Final = """\
{"order_number":5,"created_at":"2025-11-08T10:00:00Z","currency":"EUR","sku":"A","quantity":2,"unit_price_cents":150}
"""
ONE_ORDER: Final = """\
{
  "order_id": 5,
  "created_at": "2025-11-08T10:00:00Z",
  "items": [{"sku": "A", "qty": 2, "price": 1.5}]
}
"""
INVOICES: Final = """\
InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice
INV7001,A-1,6,12/13/2010 8:26,2.55
CINV7001,A-1,-2,12/14/2010 9:41,2.55
"""
STATUS: Final = """\
order_id,created_at,status,sku,quantity,price
1,2025-10-07T10:00:00Z,completed,A,1,10.00
2,2025-10-07T11:00:00Z,refunded,A,1,10.00
3,2025-10-07T12:00:00Z,cancelled,A,1,10.00
"""
FLAG: Final = """\
id,created,is_refund,sku,qty,total
1,2025-10-07 10:00,false,A,1,10.00
2,2025-10-07 11:00,true,A,1,4.00
"""
PERCENT: Final = """\
order_id,date,sku,qty,price,discount
1,2025-10-07,A,1,90.00,10%
2,2025-10-08,A,2,5.50,0%
"""
INDIAN: Final = """\
order_id,date,sku,qty,price
1,07-10-2025,A,1,"1,23,456.50"
2,17-10-2025,A,2,"5,500.00"
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
    "amazon orders": Export(AMAZON_ORDERS, {"EUR": (2, 3, "29.00", "0")}),
    "paypal": Export(PAYPAL.encode(), {"USD": (2, 2, "1244.50", "234.50")}),
    "bigcommerce": Export(BIGCOMMERCE.encode(), {"EUR": (1, 3, "30.00", "0")}),
    "swiss": Export(SWISS.encode(), {"CHF": (2, 3, "2488.90", "0")}),
    "java.json": Export(JAVA.encode(), {"": (2, 3, "28.50", "0")}),
    "cents.json": Export(CENTS.encode(), {"EUR": (1, 2, "3.00", "0")}),
    "one order.json": Export(ONE_ORDER.encode(), {"": (1, 2, "3.00", "0")}),
    "invoices": Export(INVOICES.encode(), {"": (1, 6, "15.30", "5.10")}),
    "status": Export(STATUS.encode(), {"": (2, 2, "20.00", "10.00")}),
    "flag": Export(FLAG.encode(), {"": (1, 1, "10.00", "4.00")}),
    "percent": Export(PERCENT.encode(), {"": (2, 3, "101.00", "0")}),
    "indian": Export(INDIAN.encode(), {"": (2, 3, "134456.50", "0")}),
    "orders.json": Export(ORDERS_JSON.encode(), {"EUR": (2, 5, "99.80", "0")}),
}
