select
    cast(1 as {{ dbt.type_int() }}) as an_int,
    cast(1 as {{ dbt.type_bigint() }}) as a_bigint,
    cast(1.5 as {{ dbt.type_numeric() }}) as a_numeric,
    cast(1.5 as {{ dbt.type_float() }}) as a_float,
    cast('a' as {{ dbt.type_string() }}) as a_string,
    cast('2024-01-01' as {{ dbt.type_timestamp() }}) as a_timestamp,
    cast(true as {{ type_boolean() }}) as a_boolean,
    cast('b' as {{ type_string() }}) as without_prefix,
    cast('c' as {{ api.Column.translate_type('string') }}) as translated,
    cast(null as {{ api.Column.numeric_type('numeric', 10, 2) }}) as a_price,
    cast('d' as {{ api.Column.string_type(7) }}) as a_varchar
