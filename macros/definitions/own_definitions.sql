{# The definition of each model and seed (definition_of), by unique id. To render them all takes tenths of a second, so they
   are remembered together with the source of the project, and rendered anew when anything in it changed. #}
{% macro own_definitions() %}
    {%- set source = source_of_project() -%}
    {%- set known = {} -%}
    {%- if source and recall('source_of_project') == [source] -%}
        {%- for record in recall('own_definitions') -%}
            {%- set id, hash, parents = record.split(' ', 2) -%}
            {%- do known.update({id: {'hash': hash, 'parents': parents.split(' ') | select | list}}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set definitions = {} -%}
    {%- for node in graph.nodes.values() if node.resource_type in ['model', 'seed'] -%}
        {%- do definitions.update({node.unique_id: known.get(node.unique_id) or definition_of(node)}) -%}
    {%- endfor -%}
    {%- do notes_of_this_run().update({'source_of_project': source}) -%}
    {{ return(definitions) }}
{% endmacro %}

{# The records of own_definitions for the next run, by fact. #}
{% macro records_of_own_definitions() %}
    {%- set notes = notes_of_this_run() -%}
    {%- set records = [] -%}
    {%- for id, own in notes.definitions.items() if notes.source_of_project -%}
        {%- do records.append(([id, own.hash] + own.parents) | join(' ') ~ ('' if own.parents else ' ')) -%}
    {%- endfor -%}
    {{ return({
        'own_definitions': records,
        'source_of_project': [notes.source_of_project] if notes.source_of_project else [],
    }) }}
{% endmacro %}

{# The hash of all that a definition may depend on: the models and seeds, every macro that they name, directly or not, in any
   package, the variables and environment variables that these name, the event's fields, the target, and the version of dbt.
   None if that cannot be told: a model, or a macro that somebody added, asks for the time, for more of the target, or makes up
   names of variables. #}
{% macro source_of_project() %}
    {%- set texts = [dbt_version, target_as_text(), event_fields() | join(' ')] -%}
    {%- set of_users = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='unique_id') if node.resource_type in ['model', 'seed'] -%}
        {%- do of_users.extend([node.raw_code] + node.config.get('post-hook', []) | map(attribute='sql') | list) -%}
        {%- do texts.extend([node.unique_id, node.alias, hash_of_seed(node) if node.resource_type == 'seed' else '']) -%}
        {%- do texts.extend(places_of_sources(node)) -%}
        {%- do texts.append([node.config | string, node.columns | string, node.description] | join(' ')) -%}
    {%- endfor -%}
    {%- set names = modules.re.findall('\\w+', of_users | join('\n')) | unique | list + names_of_calls(of_users | join('\n')) -%}
    {%- do texts.extend(of_users) -%}
    {%- set seen = {} -%}
    {#- Jinja has no while, and a list that grows while it is read does the same -#}
    {%- for name in names if name not in seen -%}
        {%- do seen.update({name: true}) -%}
        {%- set macro = context.get(name).macro -%}
        {%- if macro is defined -%}
            {%- do texts.append(macro.macro_sql) -%}
            {%- do names.extend(names_of_calls(macro.macro_sql) + (names_in(macro.macro_sql) if is_of_users(macro) else [])) -%}
            {%- if is_of_users(macro) -%}{%- do of_users.append(macro.macro_sql) -%}{%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do texts.extend(macros_of_packages(of_users | join('\n'))) -%}
    {%- set volatile = '\\b(run_started_at|invocation_id|thread_id|graph\\.|graph\\[|flags\\.|modules\\.(datetime|pytz)|target(\\.(?!(type|name|database|schema)\\b)\\w|\\[)|(env_)?var\\s*\\(\\s*(?![\'"]\\w+[\'"]\\s*[,)]))' -%}
    {%- if modules.re.search(volatile, of_users | join('\n')) -%}{{ return(none) }}{%- endif -%}
    {#- which arrivals a run reads, not what a table holds -#}
    {%- set of_the_run = ['allow_empty_bronze', 'arrival_lookback_hours', 'on_changed_definition'] -%}
    {%- set words = modules.re.findall('[\'"](\\w+)[\'"]', texts | join('\n')) | reject('in', of_the_run) | list
        + modules.re.findall('[\'"](\\w+)[\'"]', of_users | join('\n')) -%}
    {%- for word in words | unique | sort if var.has_var(word) -%}
        {%- do texts.append(word ~ ' ' ~ var(word)) -%}
    {%- endfor -%}
    {%- for word in modules.re.findall('env_var\\s*\\(\\s*[\'"](\\w+)', texts | join('\n')) | unique | sort -%}
        {%- do texts.append(word ~ ' ' ~ env_var(word, '')) -%}
    {%- endfor -%}
    {{ return(local_md5(texts | join('\n'))) }}
{% endmacro %}
