{# A key is whole and stands once: the rows where it does not.
   `touched` looks only at the dates that this run computed, because a merge changes no other; a first build touches all.
   Pass --vars 'test_all_dates: true' to look at everything. #}
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
