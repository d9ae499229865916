{# A pre-hook of every model: makes sure that the tables keep their rows. `--empty` would leave tables without rows that
   the ledger counts as read. #}
{% macro assert_build_is_not_empty() %}
    {%- if flags.EMPTY -%}
        {{ exceptions.raise_compiler_error(
            '--empty would leave tables without rows that the ledger counts as read: run dbt build without it'
        ) }}
    {%- endif -%}
{% endmacro %}
