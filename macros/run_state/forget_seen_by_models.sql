{# A pre-hook of arrivals: its lines are about to be replaced, so no model has seen them. Should the run be killed, the
   next one finds that nothing is remembered and reads the same hours again. #}
{% macro forget_seen_by_models() %}
    {%- if is_building() -%}
        {%- do remember('seen_by_models', []) -%}
        {%- do remember('arrivals_hold_history', []) -%}
    {%- endif -%}
{% endmacro %}
