{# The models that the ledger waits for, by area. Every model is built before the ledger; a model that a listed model
   reads needs no entry. A test fails while a model is missing.

   Arguments
       none

   Example
       {% for area, names in models_before_the_ledger() | dictsort %}{% for name in names %}
       -- depends_on: {{ ref(name) }}
       {% endfor %}{% endfor %}
   renders to
       -- depends_on: "warehouse"."shoplake_gold"."daily_user_activity"
       ... #}
{% macro models_before_the_ledger() %}
    {{ return({
        'customers': ['daily_user_activity'],
        'events': ['event_loads', 'rejected_events'],
        'products': ['category_daily_performance', 'product_funnel', 'product_popularity'],
        'sales': ['hourly_revenue', 'transactions'],
        'traffic': ['clickstream_events'],
    }) }}
{% endmacro %}
