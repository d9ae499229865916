"""The door (validation and pseudonymization): a producer's lines in, lines of bronze out.

E-mail and IP addresses never pass it. This room decides what an event looks like in bronze: `dialect` and `mapping`
(names), `times`, `amounts`, `addresses` and `scrub` (privacy), `prior_door` (lines that already went through a door),
`encoding` (accepted events), `rejected_line` (rejected lines), and `door`, which applies them. `json_lines` parses what
producers send. Replay, the simulator and the Lambda function share it.

No clock, and no I/O except loading dialects. Imports no other room.
"""
