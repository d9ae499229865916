{# A short list of names that outlives a run: a view of constants in silver, which costs neither bytes nor a file and is
   the same on both engines. There is none while nothing is kept, so a run that goes well pays for none of this. #}
{% macro kept_names(list) %}
    {%- set view = load_relation(view_of_names(list)) -%}
    {{ return(run_query('select name from ' ~ view).columns[0].values() | list if view is not none else []) }}
{% endmacro %}

{% macro keep_names(list, names) %}
    {%- set view = view_of_names(list) -%}
    {%- if names -%}
        {%- do run_query(
            'create or replace view ' ~ view ~ " as select '"
            ~ names | unique | sort | map('replace', "'", "''") | join("' as name union all select '") ~ "' as name"
        ) -%}
    {%- elif load_relation(view) is not none -%}
        {%- do adapter.drop_relation(view) -%}
    {%- endif -%}
{% endmacro %}

{% macro view_of_names(list) %}
    {%- set ledger = graph.nodes['model.' ~ project_name ~ '.loads'] -%}
    {{ return(api.Relation.create(database=ledger.database, schema=ledger.schema, identifier=list, type='view')) }}
{% endmacro %}
