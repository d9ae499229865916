"""The monthly cost of the stack, service by service: the units that `model` expects, times the prices in `prices.yml`.

May import `firehose`, which knows how records are packed and billed.
"""
