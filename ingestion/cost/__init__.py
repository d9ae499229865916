"""What the stack costs in a month, service by service: `prices.yml` times what `model` expects to be used.

May import `firehose`, which knows how records are packed and billed.
"""
