{# Rows in which the key has a NULL or is not unique. `touched` looks only at the dates that this run computed,
   because a merge changes no other; a first build touches all. Pass --vars 'test_all_dates: true' to look at every
   date. #}
{% test key(model, columns, touched=false) %}
{%- set dates = ref('touched_dates') -%}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
{% if touched and not var('test_all_dates') -%}
where {{ among_dates_of(dates) }}
{% endif -%}
group by {{ columns | join(', ') }}
having count(*) > 1
    {% for column in columns -%}
    or {{ column }} is null
    {% endfor %}

{% endtest %}
