"""
The macros that dbt brings along and plain projects use, for Postgres: ``dbt.date_trunc`` and its like.

A project may write its own ``postgres__dateadd`` or ``default__dateadd``: they are found through ``adapter.dispatch``.
"""

from minidata.core.dialect.jinja import SqlFile

HELPERS = SqlFile(
    "dbt/macros.sql",
    r"""
{%- macro default__any_value(expression) -%} min({{ expression }}) {%- endmacro -%}
{%- macro default__array_append(array, new_element) -%} array_append({{ array }}, {{ new_element }}) {%- endmacro -%}
{%- macro default__array_concat(array_1, array_2) -%} array_cat({{ array_1 }}, {{ array_2 }}) {%- endmacro -%}
{%- macro default__array_construct(inputs=[], data_type='integer') -%}
{%- if inputs %} array[ {{ inputs | join(' , ') }} ] {%- else %} array[]::{{ data_type }}[] {%- endif -%}
{%- endmacro -%}
{%- macro default__bool_or(expression) -%} bool_or({{ expression }}) {%- endmacro -%}
{%- macro default__cast(field, type) -%} cast({{ field }} as {{ type }}) {%- endmacro -%}
{%- macro default__cast_bool_to_text(field) -%} cast({{ field }} as text) {%- endmacro -%}
{%- macro default__concat(fields) -%} {{ fields | join(' || ') }} {%- endmacro -%}
{%- macro default__current_timestamp() -%} now() {%- endmacro -%}
{%- macro default__current_timestamp_backcompat() -%} current_timestamp::timestamp {%- endmacro -%}
{%- macro default__current_timestamp_in_utc_backcompat() -%}
(current_timestamp at time zone 'utc')::timestamp
{%- endmacro -%}
{%- macro default__date(year, month, day) -%}
to_date('{{ modules.datetime.date(year, month, day).isoformat() }}', 'YYYY-MM-DD')
{%- endmacro -%}
{%- macro default__date_trunc(datepart, date) -%} date_trunc('{{ datepart }}', {{ date }}) {%- endmacro -%}
{%- macro default__dateadd(datepart, interval, from_date_or_timestamp) -%}
{{ from_date_or_timestamp }} + ((interval '1 {{ datepart }}') * ({{ interval }}))
{%- endmacro -%}
{%- macro default__datediff(first_date, second_date, datepart) -%}
{%- set from, to = '(' ~ first_date ~ ')', '(' ~ second_date ~ ')' -%}
{%- if datepart == 'year' -%}
(date_part('year', {{ to }}::date) - date_part('year', {{ from }}::date))
{%- elif datepart == 'quarter' -%}
({{ dbt.datediff(first_date, second_date, 'year') }} * 4
 + date_part('quarter', {{ to }}::date) - date_part('quarter', {{ from }}::date))
{%- elif datepart == 'month' -%}
({{ dbt.datediff(first_date, second_date, 'year') }} * 12
 + date_part('month', {{ to }}::date) - date_part('month', {{ from }}::date))
{%- elif datepart == 'day' -%}
({{ to }}::date - {{ from }}::date)
{%- elif datepart == 'week' -%}
({{ dbt.datediff(first_date, second_date, 'day') }} / 7 + case
  when date_part('dow', {{ from }}::timestamp) <= date_part('dow', {{ to }}::timestamp)
  then case when {{ from }} <= {{ to }} then 0 else -1 end
  else case when {{ from }} <= {{ to }} then 1 else 0 end
end)
{%- elif datepart == 'hour' -%}
({{ dbt.datediff(first_date, second_date, 'day') }} * 24
 + date_part('hour', {{ to }}::timestamp) - date_part('hour', {{ from }}::timestamp))
{%- elif datepart == 'minute' -%}
({{ dbt.datediff(first_date, second_date, 'hour') }} * 60
 + date_part('minute', {{ to }}::timestamp) - date_part('minute', {{ from }}::timestamp))
{%- elif datepart == 'second' -%}
({{ dbt.datediff(first_date, second_date, 'minute') }} * 60
 + floor(date_part('second', {{ to }}::timestamp)) - floor(date_part('second', {{ from }}::timestamp)))
{%- elif datepart in ['millisecond', 'microsecond'] -%}
({{ dbt.datediff(first_date, second_date, 'minute') }} * {{ 60000 if datepart == 'millisecond' else 60000000 }}
 + floor(date_part('{{ datepart }}', {{ to }}::timestamp)) - floor(date_part('{{ datepart }}', {{ from }}::timestamp)))
{%- else -%}
{{ exceptions.raise_compiler_error("datediff knows no " ~ datepart) }}
{%- endif -%}
{%- endmacro -%}
{%- macro default__date_spine(datepart, start_date, end_date) -%}
with rawdata as ({{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}),
all_periods as (
  select ({{ dbt.dateadd(datepart, "row_number() over (order by 1) - 1", start_date) }}) as date_{{ datepart }}
  from rawdata
)
select * from all_periods where date_{{ datepart }} <= {{ end_date }}
{%- endmacro -%}
{%- macro default__equals(expr1, expr2) -%} ({{ expr1 }} = {{ expr2 }}) {%- endmacro -%}
{%- macro default__escape_single_quotes(expression) -%} {{ expression | replace("'", "''") }} {%- endmacro -%}
{%- macro default__except() -%} except {%- endmacro -%}
{%- macro default__generate_alias_name(custom_alias_name=none, node=none) -%}
{%- if custom_alias_name -%} {{ custom_alias_name | trim }}
{%- else -%} {{ node.name }}{{ '_v' ~ (node.version | string | replace('.', '_')) if node.version }}
{%- endif -%}
{%- endmacro -%}
{%- macro default__generate_database_name(custom_database_name=none, node=none) -%}
{{ custom_database_name or target.database }}
{%- endmacro -%}
{%- macro default__generate_schema_name(custom_schema_name=none, node=none) -%}
{{ target.schema if custom_schema_name is none else target.schema ~ '_' ~ (custom_schema_name | trim) }}
{%- endmacro -%}
{%- macro generate_schema_name_for_env(custom_schema_name, node) -%}
{{ custom_schema_name | trim if target.name == 'prod' and custom_schema_name is not none else target.schema }}
{%- endmacro -%}
{%- macro default__generate_series(upper_bound) -%}
select n::double precision as generated_number from generate_series(1, {{ upper_bound }}) as series (n)
{%- endmacro -%}
{%- macro default__get_intervals_between(start_date, end_date, datepart) -%}
{%- set found = run_query('select ' ~ dbt.datediff(start_date, end_date, datepart)) -%}
{{ return(found.rows[0][0] if found else 1) }}
{%- endmacro -%}
{%- macro default__get_powers_of_two(upper_bound) -%}
{%- for n in range(1, 100) -%}
{%- if upper_bound <= 2 ** n -%}{{ return(n) }}{%- endif -%}
{%- endfor -%}
{%- endmacro -%}
{%- macro default__get_where_subquery(relation) -%}
{%- set where = config.get('where', '') -%}
{{ return('(select * from ' ~ relation ~ ' where ' ~ where ~ '\n) dbt_subquery' if where else relation) }}
{%- endmacro -%}
{%- macro default__hash(field) -%} md5(cast({{ field }} as text)) {%- endmacro -%}
{%- macro default__intersect() -%} intersect {%- endmacro -%}
{%- macro default_last_day(date, datepart) -%}
cast({{ dbt.dateadd('day', '-1', dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date))) }} as date)
{%- endmacro -%}
{%- macro default__last_day(date, datepart) -%}
{%- if datepart == 'quarter' -%}
cast({{ dbt.dateadd('day', '-1', dbt.dateadd('month', '3', dbt.date_trunc(datepart, date))) }} as date)
{%- else -%}
{{ dbt.default_last_day(date, datepart) }}
{%- endif -%}
{%- endmacro -%}
{%- macro default__length(expression) -%} length({{ expression }}) {%- endmacro -%}
{%- macro default__listagg(measure, delimiter_text="','", order_by_clause=none, limit_num=none) -%}
{%- if limit_num -%}
array_to_string((array_agg({{ measure }} {{ order_by_clause or '' }}))[1:{{ limit_num }}], {{ delimiter_text }})
{%- else -%}
string_agg({{ measure }}, {{ delimiter_text }} {{ order_by_clause or '' }})
{%- endif -%}
{%- endmacro -%}
{%- macro default__position(substring_text, string_text) -%}
position({{ substring_text }} in {{ string_text }})
{%- endmacro -%}
{%- macro default__replace(field, old_chars, new_chars) -%}
replace({{ field }}, {{ old_chars }}, {{ new_chars }})
{%- endmacro -%}
{%- macro default__right(string_text, length_expression) -%}
right({{ string_text }}, {{ length_expression }})
{%- endmacro -%}
{%- macro default__safe_cast(field, type) -%} cast({{ field }} as {{ type }}) {%- endmacro -%}
{%- macro default__split_part(string_text, delimiter_text, part_number) -%}
{%- if part_number >= 0 -%}
split_part({{ string_text }}, {{ delimiter_text }}, {{ part_number }})
{%- else -%}
split_part({{ string_text }}, {{ delimiter_text }},
  length({{ string_text }}) - length(replace({{ string_text }}, {{ delimiter_text }}, '')) + 2 + {{ part_number }})
{%- endif -%}
{%- endmacro -%}
{%- macro should_full_refresh() -%}
{%- set said = config.get('full_refresh') -%}
{{ return(flags.FULL_REFRESH if said is none else said) }}
{%- endmacro -%}
{%- macro should_store_failures() -%}
{%- set said = config.get('store_failures') -%}
{{ return(flags.STORE_FAILURES if said is none else said) }}
{%- endmacro -%}
{%- macro default__string_literal(value) -%} '{{ value }}' {%- endmacro -%}
{%- macro default__type_bigint() -%} bigint {%- endmacro -%}
{%- macro default__type_boolean() -%} boolean {%- endmacro -%}
{%- macro default__type_float() -%} FLOAT {%- endmacro -%}
{%- macro default__type_int() -%} integer {%- endmacro -%}
{%- macro default__type_numeric() -%} numeric(28,6) {%- endmacro -%}
{%- macro default__type_string() -%} TEXT {%- endmacro -%}
{%- macro default__type_timestamp() -%} TIMESTAMP {%- endmacro -%}
{%- test unique(model, column_name) -%}
select {{ column_name }} as unique_field, count(*) as n_records from {{ model }}
where {{ column_name }} is not null group by {{ column_name }} having count(*) > 1
{%- endtest -%}
{%- test not_null(model, column_name) -%}
select * from {{ model }} where {{ column_name }} is null
{%- endtest -%}
{%- test accepted_values(model, column_name, values, quote=true) -%}
{%- if not values -%}
{{ exceptions.raise_compiler_error("accepted_values has no values, say values: [a, b]") }}
{%- endif -%}
with all_values as (
  select {{ column_name }} as value_field, count(*) as n_records from {{ model }} group by {{ column_name }}
)
select * from all_values where value_field not in (
{%- for value in values -%}
{%- set text = value | string | lower if value is boolean else value | string -%}
{{ (text | literal) if quote else value }}{{ ',' if not loop.last }}
{%- endfor %})
{%- endtest -%}
{%- test relationships(model, column_name, to, field) -%}
{%- if to is undefined or field is undefined -%}
{{ exceptions.raise_compiler_error("relationships needs to and field, say to: ref('customers'), field: id") }}
{%- endif -%}
with child as (select {{ column_name }} as from_field from {{ model }} where {{ column_name }} is not null),
parent as (select {{ field }} as to_field from {{ to }})
select from_field from child left join parent on child.from_field = parent.to_field where parent.to_field is null
{%- endtest -%}
{%- macro run_query(sql) -%} {{ return(adapter.query(sql)) }} {%- endmacro -%}
{%- macro statement(name=none, fetch_result=false, auto_begin=true, language='sql') -%}
{%- set sql = caller() -%}
{%- if execute -%}{%- do store_result(name, adapter.query(sql)) -%}{%- endif -%}
{%- endmacro -%}
{%- macro convert_datetime(date_str, date_fmt) -%}
{{ return(modules.datetime.datetime.strptime(date_str.strip(), date_fmt)) }}
{%- endmacro -%}
{%- macro dates_in_range(start_date_str, end_date_str=none, in_fmt="%Y%m%d", out_fmt="%Y%m%d") -%}
{%- set start = convert_datetime(start_date_str, in_fmt) -%}
{%- set end = convert_datetime(end_date_str or start_date_str, in_fmt) -%}
{%- set days = (end - start).days -%}
{%- if days < 0 -%}
{{ exceptions.raise_compiler_error("Partition start date is after the end date (" ~ start ~ ", " ~ end ~ ")") }}
{%- endif -%}
{%- set dates = [] -%}
{%- for day in range(days + 1) -%}
{%- set one = start + modules.datetime.timedelta(days=day) -%}
{%- do dates.append(one.strftime(out_fmt) if out_fmt else one) -%}
{%- endfor -%}
{{ return(dates) }}
{%- endmacro -%}
{%- macro partition_range(raw_partition_date, date_fmt='%Y%m%d') -%}
{%- set parts = (raw_partition_date | string).split(',') -%}
{{ return(dates_in_range(parts[0], parts[1] if parts | length > 1 else none, in_fmt=date_fmt)) }}
{%- endmacro -%}
{%- macro py_current_timestring() -%} {{ return(run_started_at.strftime("%Y%m%d%H%M%S%f")) }} {%- endmacro -%}
""",
)

# A test that dbt does not have: written as a project's own, so that `export dbt` can hand it over as it is.
ROW_COUNT = SqlFile(
    "dbt/row_count.sql",
    r"""
{% test row_count(model, min=none, max=none) %}
{%- if min is none and max is none -%}
{{ exceptions.raise_compiler_error("row_count has neither min nor max, say min: 1") }}
{%- endif -%}
select row_count from (select count(*) as row_count from {{ model }}) counted
where {% if min is not none %}row_count < {{ min }}{% endif %}
{%- if min is not none and max is not none %} or {% endif %}
{%- if max is not none %}row_count > {{ max }}{% endif %}
{% endtest %}
""",
)
