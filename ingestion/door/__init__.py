"""The door: a producer's records in, lines of bronze out. E-mail and IP addresses never get past it.

What belongs here decides what an event looks like in bronze: `dialect` and `mapping` (names), `times`, `amounts`,
`addresses` and `scrub` (privacy), `prior_door` (lines that passed a door before), `refusal` (lines that are refused),
and `door`, which applies them in that order. Replay, the simulator and the Lambda function share it.

No I/O but loading dialects, no clock. Imports no other room.
"""
