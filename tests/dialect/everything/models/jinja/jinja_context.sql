{{ config(materialized='table', meta={'a': 1, 'b': ['x', 'y']}, custom_key='mine') }}
{%- set kind = config.get('materialized') -%}
{%- set nothing = config.get('no_such_thing', 'a default') -%}
{% set sums = namespace(total=0) %}
{% for n in squares(4) %}{% set sums.total = sums.total + n %}{% endfor %}
{% set text %}
  set by
  a block
{% endset %}
{{ log('rendering ' ~ this.name, info=false) }}
{% do log("not shown") %}
{% if false %}{{ exceptions.raise_compiler_error('never taken') }}{% endif %}
{% set record = fromjson('{"a": [1, 2, {"b": null}], "c": "d"}') %}
{% set yaml = fromyaml('k: [1, two]') %}
select
    '{{ kind }}'::text as kind,
    '{{ nothing }}'::text as nothing,
    {{ sums.total }} as total,
    '{{ text | trim | replace("\n", " ") }}'::text as text_set,
    '{{ this.schema }}.{{ this.identifier }}'::text as this_is,
    '{{ this.name }} {{ model.name }} {{ model.resource_type }} {{ model.original_file_path }}'::text as named,
    '{{ model.unique_id }} {{ model.alias }} {{ model.fqn | join("/") }}'::text as identified,
    '{{ model.config.materialized }} {{ model.package_name }}'::text as node,
    '{{ target.name }} {{ target.schema }} {{ target.type }} {{ target["threads"] | int > 0 }}'::text as target,
    {{ "'" ~ env_var('LIBRARY_WORD', 'no word') ~ "'" }}::text as word,
    '{{ env_var("A_WORD_THAT_NOBODY_SETS", "fallback") }}'::text as fallback,
    '{{ var("currency") }} {{ var("oldest") }} {{ var("no such var", 7) + 1 }}'::text as vars,
    '{{ var("started") }}'::date as started,
    {{ var.has_var('currency') | lower }} as has_var,
    '{{ run_started_at }}'::timestamptz <= current_timestamp as has_started,
    '{{ run_started_at.strftime("%Y") }}' = extract(year from current_date)::text as this_year,
    '{{ modules.pytz.timezone("Europe/Berlin") }} {{ run_started_at.astimezone(modules.pytz.timezone("Asia/Tokyo")).strftime("%Z") }}'::text as zone,
    length('{{ invocation_id }}'::uuid::text) as invocation,
    '{{ modules.datetime.date(2024, 2, 28) + modules.datetime.timedelta(days=2) }}'::date as later,
    '{{ modules.datetime.datetime.strptime("2024-05-06", "%Y-%m-%d").strftime("%d.%m.%y") }}'::text as formatted,
    '{{ modules.re.sub("[aeiou]", "_", "education") }}'::text as by_regex,
    '{{ modules.itertools.chain([1], [2, 3]) | list }}'::text as chained,
    '{{ tojson({"b": 1, "a": [true, none]}) | replace(" ", "") }}'::jsonb as json,
    '{{ tojson({"b": 1, "a": 2}, sort_keys=true) }}'::text as sorted_json,
    '{{ record.a[1] }} {{ record["c"] }} {{ record.a | length }}'::text as from_json,
    '{{ yaml.k | join(",") }}'::text as from_yaml,
    '{{ toyaml({"x": [1]}) | trim | replace("\n", ";") }}'::text as to_yaml,
    {% for number, letter in zip([1, 2], ['a', 'b']) %}'{{ letter }}{{ number }}'::text as zipped_{{ letter }}, {% endfor %}
    '{{ set([3, 3, 1]) | list | sort }} {{ set_strict([2, 2]) | list }} {{ zip_strict([1], [2]) | list }}'::text as sets,
    '{{ local_md5("x") }}'::text as md5,
    '{{ early(1) }} {{ early(5) }}'::text as early,
    '{{ numbered(1, 2, c=3) }} {{ outer("x") }} {{ everything.early(2) }}'::text as macros,
    '{{ guard("given") }}'::text as guarded,
    {{ shout("'abc'") }} as shouted, {{ whisper("'ABC'") }} as whispered,
    '{{ "yes" if execute else "no" }}'::text as executing,
    '{{ "3" | as_number }} {{ 4 | as_text }} {{ "[1]" | as_native }}'::text as filters,
    '{{ ["b", "a"] | sort | join("") }} {{ "a,b".split(",")[1] | upper }} {{ "%05d" | format(42) }}'::text as strings,
    '{{ {"a": 1}.get("z", "none") }} {{ dict(a=1, b=2).items() | list | length }}'::text as dicts,
    '{{ [1, 2, 3][1:] }} {{ (7 / 2) | round(1) }} {{ 7 // 2 }} {{ 2 ** 5 }} {{ "x" * 3 }}'::text as arithmetic,
    '{{ [3, 1] | map("string") | join("-") }} {{ range(3) | select("odd") | list }}'::text as mapped,
    '{{ "no" if none is none else "what" }} {{ undefined_thing is defined }}'::text as tests,
    '{{ adapter.quote("weird name") }} {{ adapter.type() }}'::text as by_adapter,
    '{{ flags.FULL_REFRESH }} {{ dbt_version.split(".")[0] | int >= 1 }} {{ project_name }}'::text as flags_and_version,
    '{{ api.Column("a", "text").name }} {{ api.Relation.create(schema="s", identifier="i") }}'::text as by_api,
    '{{ ref("stg_books").name }} {{ ref("stg_books").schema }} {{ source("desk", "loans").identifier }}'::text as relations,
    '{{ builtins.ref("genres").identifier }} {{ builtins.var("currency") }}'::text as relation_methods,
    (select count(*) from {{ ref("loans").include(database=false) }}) as without_database,
    (select count(*) from {{ this.schema }}.{{ ref("genres").identifier }}) as by_its_name
