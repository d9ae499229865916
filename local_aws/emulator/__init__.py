"""The emulator's process: ministack, corrected where it differs from AWS, with Athena executed by Trino.

Runs in a virtualenv of its own. Every correction replaces a function of one pinned version, which is why each has a
check in self_check.py and a test that fails without it.
"""
