"""A believable online shop, simulated: the same seed and start give the same bytes.

Visitors, their visits, what they do in them, and the faults of real data on top (late, repeated, broken lines), with
the truth written beside. May import `door`, `lake` and `firehose`, to which it sends.
"""
