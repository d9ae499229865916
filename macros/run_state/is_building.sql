{# Whether a hook of a model belongs to a run that computes tables. dbt clone, which replaces tables by views of those of another
   schema, runs these hooks too. #}
{% macro is_building() %}{{ return(execute and flags.WHICH in ('run', 'build')) }}{% endmacro %}
