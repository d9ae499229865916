"""Shop events on their way to bronze, and the command line around it.

Each folder is a room with one purpose; its docstring says what belongs in it and what it may import. An event passes
through them from left to right and never back::

    replay, simulator  ->  door  ->  lake or firehose  ->  bronze  ->  dbt

- `door`: what an event is allowed to look like: mapping, times, amounts, addresses
- `replay`: files of events; `simulator`: a made-up shop
- `lake`: bronze as a folder; `firehose`: bronze by way of a delivery stream
- `handlers`: the Lambda functions; `detection`: suspect visitors, noticed in the door's function
- `stack`: the CloudFormation template and what deploys it; `cost`: what it costs a month
- `warehouse`: what serves dbt: the single-writer plugin, the documentation site, the report, the upload
- `cli`: the command `shoplake`, one file a command

What several rooms need stands here: `event` (the contract), `errors`, `gunzip`. `tests/project/test_rooms.py` checks
who imports whom.
"""
