{# Rows in which the key has a NULL or is not unique. `touched` looks only where this run wrote, because a merge changes
   nothing else: `event_date`, at the dates that it computed; `arrival_date`, at the days of the lines that it read. A
   first build touches all. Pass --vars 'test_all_dates: true' to look everywhere. #}
{% test key(model, columns, touched=none) %}
{%- if touched == 'event_date' -%}
    {%- set where = in_tested_dates() -%}
{%- elif touched == 'arrival_date' -%}
    {%- set arrivals = ref('arrivals') -%}
    {%- set days = 'select cast(arrivals.arrival_hour as date) from ' ~ arrivals ~ ' as arrivals' -%}
    {%- set where = 'true' if var('test_all_dates') else 'arrival_date in (' ~ days ~ ')' -%}
{%- endif -%}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{% if touched -%}
where {{ where }}
{% endif -%}
group by {{ columns | join(', ') }}
having count(*) > 1
    {% for column in columns -%}
    or {{ column }} is null
    {% endfor %}

{% endtest %}
