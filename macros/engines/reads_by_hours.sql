{# Whether a run finds new arrivals by their hours, so that bronze_start decides what it reads when there is no history. #}
{% macro reads_by_hours() %}{{ return(adapter.dispatch('reads_by_hours')()) }}{% endmacro %}

{% macro default__reads_by_hours() %}{{ return(true) }}{% endmacro %}

{% macro duckdb__reads_by_hours() %}{{ return(var('bronze_window') == 'hours') }}{% endmacro %}
