{# The properties of the lock by which a run keeps others out of its tables; none if nobody holds it. The lock is a table in the
   catalog that holds no data. Properties are read from Glue, which costs no query.

   Arguments
       name: `run_lock`, or the name of a lock on taking it over (take_run_lock) #}
{% macro run_lock(name='run_lock') %}{{ return(adapter.dispatch('run_lock')(name)) }}{% endmacro %}

{% macro default__run_lock(name) %}{{ return(none) }}{% endmacro %}

{% macro athena__run_lock(name) %}
    {%- set found = adapter.get_glue_table(run_lock_table(name)) -%}
    {{ return(found.Table.Parameters if found else none) }}
{% endmacro %}
