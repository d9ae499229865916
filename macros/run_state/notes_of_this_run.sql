{# The notes of the run that is going on: one dictionary, shared by all nodes of the run and gone when it ends.

   records             what the previous run left (see remember), as [{'fact': ..., 'subject': ...}]
   running             names of the models that this run has built or is building
   touched             see touched_by_this_run
   samples             tables made of the arrivals of another schema
   reads_everything    whether arrivals were read from the start of bronze
   begins_refresh      whether this run is a full refresh that reads bronze, after none that did not finish
   is_loaded           whether load_run_state ran to its end
   lock_expires        until when this run holds the lock; none on DuckDB
   lock_lost_to        the properties of the lock of another run that took it
   definitions, source_of_project, changed, forgotten, rebuilt, is_defining   see macros/definitions

   dbt gives a macro no place for notes, but `graph` is one dictionary for all nodes of a run. Only this macro puts
   something into it. #}
{% macro notes_of_this_run() %}
    {%- if graph.get('notes_of_this_run', {}).invocation_id != invocation_id -%}
        {%- do graph.update({
            'notes_of_this_run': {
                'invocation_id': invocation_id, 'records': [], 'running': [], 'touched': {}, 'samples': [],
                'reads_everything': false, 'lock_expires': none, 'lock_lost_to': none,
                'is_loaded': false, 'begins_refresh': false,
                'definitions': {}, 'changed': [], 'forgotten': [], 'rebuilt': {}, 'is_defining': false,
            }
        }) -%}
    {%- endif -%}
    {{ return(graph['notes_of_this_run']) }}
{% endmacro %}
