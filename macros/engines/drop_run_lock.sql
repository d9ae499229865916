{# Removes a lock, if there is one. #}
{% macro drop_run_lock(name='run_lock') %}
    {%- do run_query('drop table if exists ' ~ run_lock_table(name).render_hive()) -%}
{% endmacro %}
