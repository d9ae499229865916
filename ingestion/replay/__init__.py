"""Replay: sends files of events through the door into a sink, in bounded memory.

`readers` parses CSV and JSON lines, plain or gzip; `replay` sends the parsed lines in batches. May import `door` and
`lake`.
"""
