"""Sends lines to an Amazon Data Firehose stream: packs them into records, retries, and spills failed records to disk.

May import `door`, for times and for the rejected line that replaces a line that is too long.
"""
