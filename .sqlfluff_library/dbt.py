"""What sqlfluff's templater sees as `dbt`: the macros of dbt-core that our models call, as text that parses."""


def hash(field: str) -> str:
    return f"md5({field})"
