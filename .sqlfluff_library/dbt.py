"""What sqlfluff's templater sees as `dbt`: the macros of dbt-core that our models call, as text that parses."""


def hash(field: str) -> str:
    return f"md5({field})"


def listagg(measure: str, delimiter: str, order_by: str) -> str:
    return f"array_join(array_agg({measure} {order_by}), {delimiter})"
