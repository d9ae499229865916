"""Files of events, read in bounded memory and sent through the door into a sink.

`readers` turns CSV and JSON lines, plain or gzip, into parsed lines; `replay` batches them. May import `door` and
`lake`.
"""
