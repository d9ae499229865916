"""The emulator's process: ministack, patched where it differs from AWS, with Athena executed by Trino.

It runs in its own virtualenv. Every patch replaces functions of one pinned version of ministack; therefore each has a
check in self_check.py and a test that fails without it.
"""
