{% macro attempt(statement) %}{% do run_query(statement) %}{% endmacro %}
