{# Stops a model that is fed by arrivals alone where it would be made anew of arrivals that hold one run only: the history
   would be lost. A ledger that is not there means that arrivals were read from the start. #}
{% macro refuse_refresh_without_arrivals() %}
    {%- if is_building() and not builds_now('arrivals') -%}
        {%- set is_lost = load_relation(this) is none and load_relation(this.incorporate(path={'identifier': 'loads'})) is not none -%}
        {%- if is_lost or flags.FULL_REFRESH and 'a full refresh' not in kept_names('unfinished_run') -%}
            {{ exceptions.raise_compiler_error(
                model.name ~ ' cannot be ' ~ ('made' if is_lost else 'refreshed') ~ ' alone, because arrivals holds the lines '
                ~ 'of one run only: add --select arrivals+, or ' ~ ('build' if is_lost else 'refresh') ~ ' everything'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
