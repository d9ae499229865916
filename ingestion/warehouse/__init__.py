"""What serves dbt and its tables on this machine.

`single_writer` is a dbt-duckdb plugin (profiles.yml), `docs_site` makes one page of dbt's documentation. May import
`lake` and `stack`.
"""
