{# Merge settings that delete a stored group whose new row has NULL in the column `marker` (see join_vanished_groups), and
   that never insert such a row. A row that says what is stored is not written again. A merge that is sent twice changes
   nothing more: dbt-athena repeats a statement whose answer was lost, and a statement of a killed run may finish after the
   next run has read the table.

   Arguments
       marker: a column that is no key and is never NULL in a row of the model
       of: as in join_vanished_groups; a model that computes every row in every run ('all') may be left out of a run

   Example
       {{ config(
           unique_key=['event_date', 'category'],
           partitioned_by=['event_date'],
           **replacing_groups('total_events')
       ) }}
   renders to, for Athena (DuckDB's settings are beside them as merge_clauses)
       delete_condition='src.total_events is null', insert_condition='src.total_events is not null'
   to which iceberg_merge adds the update_condition, column by column

   Each adapter ignores the settings of the other:
   https://docs.getdbt.com/reference/resource-configs/athena-configs,
   https://docs.getdbt.com/reference/resource-configs/duckdb-configs #}
{% macro replacing_groups(marker, of='touched dates') %}
    {{ return({
        'computes_all': of == 'all',
        'has_touched_dates': of in ['touched dates', 'touched hours'],
        'delete_condition': 'src.' ~ marker ~ ' is null',
        'insert_condition': 'src.' ~ marker ~ ' is not null',
        'merge_clauses': {
            'when_matched': [
                {'action': 'delete', 'condition': 'DBT_INTERNAL_SOURCE.' ~ marker ~ ' is null'},
                {
                    'action': 'update',
                    'mode': 'by_name',
                    'condition': 'DBT_INTERNAL_SOURCE is distinct from DBT_INTERNAL_DEST',
                },
            ],
            'when_not_matched': [
                {'action': 'insert', 'mode': 'by_name', 'condition': 'DBT_INTERNAL_SOURCE.' ~ marker ~ ' is not null'},
            ],
        },
    }) }}
{% endmacro %}
