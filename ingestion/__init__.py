"""Shop events on their way to bronze, and the command line around it.

Each folder is a room with one purpose; its docstring says what belongs in it and what it may import. An event passes
through them from left to right and never back::

    replay, simulator  ->  door  ->  lake or firehose  ->  bronze  ->  dbt

- `door`: what an event is allowed to look like: mapping, times, amounts, addresses
- `replay`: files of events; `onboarding`: dialects for a shop's own files; `simulator`: a simulated shop
- `lake`: bronze as a folder; `firehose`: bronze by way of a delivery stream
- `handlers`: the Lambda functions; `detection`: suspect visitors, detected in the door's function
- `stack`: the CloudFormation template and what deploys it; `cost`: what it costs a month
- `warehouse`: the DuckDB file and what serves dbt: the plugin of dbt-duckdb, compiled analyses, the documentation site,
  the upload, `make contract`
- `image`: the container in which the stack runs dbt
- `cli`: the command `shoplake`, one file a command

What several rooms need is here: `event` (the contract), `errors`, `gunzip`, `workers`. `one_build` and `infra`
are former paths, kept for one release. `tests/project/test_rooms.py` checks who imports whom.
"""
