{# Makes the lock last until `expires`, such as '2026-03-10 09:30:00'. #}
{% macro renew_run_lock(expires) %}
    {%- do run_query('alter table ' ~ run_lock_table().render_hive() ~ " set tblproperties ('expires' = '" ~ expires ~ "')") -%}
{% endmacro %}
