{# Merge settings that delete a stored group when the new row's `marker` is NULL (see join_vanished_groups). A group that is
   gone already stays gone: the adapter repeats a statement whose answer was lost, and one that a killed run left
   behind may end after the next run looked.
   Both adapters' settings side by side: each ignores the other's. `marker` is never NULL in a real row.
   https://docs.getdbt.com/reference/resource-configs/athena-configs,
   https://docs.getdbt.com/reference/resource-configs/duckdb-configs #}
{% macro replacing_groups(marker) %}
    {{ return({
        'delete_condition': 'src.' ~ marker ~ ' is null',
        'insert_condition': 'src.' ~ marker ~ ' is not null',
        'merge_clauses': {
            'when_matched': [
                {'action': 'delete', 'condition': 'DBT_INTERNAL_SOURCE.' ~ marker ~ ' is null'},
                {'action': 'update', 'mode': 'by_name'},
            ],
            'when_not_matched': [
                {'action': 'insert', 'mode': 'by_name', 'condition': 'DBT_INTERNAL_SOURCE.' ~ marker ~ ' is not null'},
            ],
        },
    }) }}
{% endmacro %}
