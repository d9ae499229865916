{# A pre-hook of the models that read only arrivals: makes sure that a table that is created from scratch gets the whole
   history. Without it the table would hold the lines of one run. If the ledger is missing too, arrivals were read from
   the start. #}
{% macro assert_arrivals_hold_history() %}
    {%- if execute and not is_built_in_this_run('arrivals') -%}
        {%- set is_lost = load_relation(this) is none and load_relation(this.incorporate(path={'identifier': 'loads'})) is not none -%}
        {%- if is_lost or flags.FULL_REFRESH and not recall('arrivals_hold_history') -%}
            {{ exceptions.raise_compiler_error(
                model.name ~ ' cannot be ' ~ ('rebuilt' if is_lost else 'refreshed') ~ ' alone, because arrivals holds the '
                ~ 'lines of one run only: add --select arrivals+, or ' ~ ('build' if is_lost else 'refresh') ~ ' everything'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
