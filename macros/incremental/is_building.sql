{# Whether a model is being built: not parsed, compiled, documented, or tested with fixtures. #}
{% macro is_building() %}
    {{ return(execute and flags.WHICH in ('run', 'build') and model.resource_type == 'model') }}
{% endmacro %}
