"""Lines into an Amazon Data Firehose stream: packed into records, sent again until taken, spilled to disk if not.

May import `door`, for times and for the line that stands for one that is too long.
"""
