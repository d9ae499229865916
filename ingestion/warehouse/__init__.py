"""The warehouse on this machine, and what serves dbt: builds, compiled analyses, documentation, upload.

`single_writer` is the dbt-duckdb plugin (profiles.yml). It adds the functions of `chosen_objects`, which choose the
objects of bronze that a build reads; `object_problem` finds those that cannot be read. `build` runs `dbt build` in this
process. `compiled_analyses` and `answers` run the queries of `analyses/` for `shoplake report`. `docs_site` makes one
page of dbt's documentation. `upload` copies the objects of the lake into a bucket. `event_contract` writes the event's
fields into the files that repeat them. May import `lake` and `stack`.
"""
