{# Merge settings for a model whose groups never vanish: a row that says what is stored is not written again. Where groups may
   vanish, take replacing_groups.

   Arguments
       none

   Example
       {{ config(unique_key=['event_date'], partitioned_by=['event_date'], **replacing_rows()) }}
   renders to, for DuckDB (for Athena, iceberg_merge adds the update_condition, column by column)
       merge_update_condition='DBT_INTERNAL_SOURCE is distinct from DBT_INTERNAL_DEST' #}
{% macro replacing_rows() %}
    {{ return({'merge_update_condition': 'DBT_INTERNAL_SOURCE is distinct from DBT_INTERNAL_DEST'}) }}
{% endmacro %}
