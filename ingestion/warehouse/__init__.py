"""The warehouse on this machine, and what serves dbt: builds, compiled analyses, documentation, upload.

`location` reads the text that names the file. `single_writer` is the dbt-duckdb plugin (profiles.yml). It says where
the lake is (`bronze_files`) and adds the functions of `chosen_objects`, which choose the objects of bronze that a build
reads; `object_problem` finds those that cannot be read. `build` runs `dbt build` in this process. `compiled_analyses`
(with `scratch_profile`) and `answers` run the queries of `analyses/` for `shoplake report`. `docs_site` makes one
page of dbt's documentation. `upload` copies the objects of the lake into a bucket. `event_contract` writes the event's
fields into the files that repeat them. May import `lake` and `stack`.
"""
