"""A simulated online shop with realistic bad data. The same seed and start give the same bytes.

It simulates visitors, their visits and events, adds faults (late, duplicate and malformed lines), and records the truth
in separate files. May import `door`, `lake` and `firehose`, to which it sends.
"""
