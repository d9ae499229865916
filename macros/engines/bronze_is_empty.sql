{# Whether a run that reads everything finds no object in bronze that it can read. Sends one query.

   Arguments
       bronze: source('bronze', 'events') #}
{% macro bronze_is_empty(bronze) %}{{ return(adapter.dispatch('bronze_is_empty')(bronze)) }}{% endmacro %}

{% macro default__bronze_is_empty(bronze) %}
    {{ return(not run_query('select 1 from ' ~ bronze ~ ' where ' ~ hours_since_watermark(none) ~ ' limit 1').rows) }}
{% endmacro %}

{% macro duckdb__bronze_is_empty(bronze) %}
    {{ return(not run_query(
        "select 1 from (select unnest(chosen_objects(), recursive := true)) where object_state = 'readable' limit 1"
    ).rows) }}
{% endmacro %}

{# Bronze in words: the folder, or the database and the first day that is read. #}
{% macro name_of_bronze(bronze) %}{{ return(adapter.dispatch('name_of_bronze')(bronze)) }}{% endmacro %}

{% macro default__name_of_bronze(bronze) %}{{ return(bronze ~ ' from ' ~ var('bronze_start') ~ ' (bronze_start) on') }}{% endmacro %}

{% macro duckdb__name_of_bronze(bronze) %}
    {{ return('The lake ' ~ run_query('select lake_folder()').columns[0].values()[0] ~ ' (SHOPLAKE_LAKE)') }}
{% endmacro %}
