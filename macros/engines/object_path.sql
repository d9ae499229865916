{# The path of the object from which a line of bronze was read: a hidden column on both engines.

   Arguments
       none

   Example
       select {{ object_path() }} as object_path from {{ source('bronze', 'events') }}
   renders to, on DuckDB and on Athena
       select filename as object_path ...
       select "$path" as object_path ...

   https://docs.aws.amazon.com/athena/latest/ug/select.html ($path),
   https://duckdb.org/docs/stable/data/multiple_files/overview.html (filename) #}
{% macro object_path() %}{{ return(adapter.dispatch('object_path')()) }}{% endmacro %}

{% macro duckdb__object_path() %}filename{% endmacro %}

{% macro athena__object_path() %}"$path"{% endmacro %}
