"""Replay: sends files of events through the door into a sink, in bounded memory.

`readers` opens files of any usual form: `streams` unpacks and decodes them; `raw_lines`, `csv_layout`, `csv_rows`,
`json_records` and `parquet_rows` read them; `copies` is for rows that depend on rows before them. `replay` sends the
parsed lines in `batches`. May import `door` and `lake`.
"""
