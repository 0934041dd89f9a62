"""Projects in dbt's layout to measure: a small one of five models, and one that is wide and deep."""

from collections.abc import Mapping
from pathlib import Path

WIDE = 20
_ROWS = 20_000
_PROJECT = """
name: bench
version: '1.0'
profile: bench
models:
  bench:
    staging: {+materialized: view}
    marts: {+materialized: table}
flags: {send_anonymous_usage_stats: false}
"""
_SOURCES = """
version: 2
sources:
  - name: raw
    schema: raw
    tables: [{name: customers}, {name: orders}, {name: payments}]
"""
# What the models read.
RAW = f"""
create schema if not exists raw;
drop table if exists raw.customers, raw.orders, raw.payments cascade;
create table raw.customers as select id, 'first' || id as first_name, 'last' || id as last_name
  from generate_series(1, {_ROWS // 10}) as id;
create table raw.orders as select id, 1 + id % {_ROWS // 10} as customer_id, date '2026-01-01' + id % 365 as ordered_on,
  (array['placed', 'shipped', 'returned'])[1 + id % 3] as status from generate_series(1, {_ROWS}) as id;
create table raw.payments as select id, id as order_id, (id % 1000)::numeric / 10 as amount,
  (array['card', 'cash'])[1 + id % 2] as method from generate_series(1, {_ROWS}) as id
"""
_SMALL = {
    "staging/stg_customers": "select id as customer_id, first_name, last_name from {{ source('raw', 'customers') }}",
    "staging/stg_orders": "select id as order_id, customer_id, ordered_on, status from {{ source('raw', 'orders') }}",
    "staging/stg_payments": "select id as payment_id, order_id, amount, method from {{ source('raw', 'payments') }}",
    "marts/orders": """
{% set methods = ['card', 'cash'] %}
with paid as (
    select order_id, {% for method in methods -%}
        sum(case when method = '{{ method }}' then amount else 0 end) as {{ method }}_amount,
        {%- endfor %} sum(amount) as amount
    from {{ ref('stg_payments') }} group by order_id
)
select o.order_id, o.customer_id, o.ordered_on, o.status, p.card_amount, p.cash_amount, p.amount
from {{ ref('stg_orders') }} o left join paid p using (order_id)
""",
    "marts/customers": """
with bought as (
    select customer_id, min(ordered_on) as first_on, max(ordered_on) as last_on, count(*) as orders,
        sum(amount) as amount
    from {{ ref('orders') }} group by customer_id
)
select c.customer_id, c.first_name, c.last_name, b.first_on, b.last_on, b.orders, b.amount
from {{ ref('stg_customers') }} c left join bought b using (customer_id)
""",
}
_KEYS = {"stg_customers": "customer_id", "stg_orders": "order_id", "stg_payments": "payment_id", "orders": "order_id"}


def small() -> Mapping[str, str]:
    """Return five models by path, without the ending."""
    return _SMALL


def large(models: int) -> Mapping[str, str]:
    """Return so many models, each layer reading the one before: views at the bottom, tables above."""
    made = {}
    for number in range(models):
        layer, place = divmod(number, WIDE)
        if layer == 0:
            reads = "{{ source('raw', 'orders') }}"
            columns = f"id, customer_id, status, ordered_on, id % {place + 2} as n"
            made[f"staging/m{number:04}"] = f"select {columns} from {reads} where id % {WIDE} = {place}"
            continue
        left, right = ((layer - 1) * WIDE + (place + step) % WIDE for step in (0, 1))
        made[f"marts/layer_{layer:03}/m{number:04}"] = f"""
with joined as (
    select l.id, l.customer_id, l.status, l.ordered_on, coalesce(l.n, 0) + coalesce(r.n, 0) as n
    from {{{{ ref('m{left:04}') }}}} l left join {{{{ ref('m{right:04}') }}}} r on r.customer_id = l.customer_id
)
select id, customer_id, status, ordered_on, max(n) as n from joined
where status in (
    {{% for one in ['placed', 'shipped', 'returned'] %}}'{{{{ one }}}}'{{{{ ',' if not loop.last }}}}{{% endfor %}}
)
group by id, customer_id, status, ordered_on
"""
    return made


def write(folder: Path, models: Mapping[str, str], port_of: Mapping[str, str]) -> None:
    """Write a project with *models* into *folder*, with a profile for dbt that connects as *port_of* says."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(_PROJECT)
    (folder / "models" / "sources.yml").write_text(_SOURCES)
    for path, text in models.items():
        file = folder / "models" / f"{path}.sql"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    names = [path.rpartition("/")[2] for path in models]
    tested = "".join(_described(name) for name in names)
    (folder / "models" / "models.yml").write_text(f"version: 2\nmodels:\n{tested}")
    said = "".join(f"      {key}: {value}\n" for key, value in port_of.items())
    output = f"type: postgres\n      threads: 4\n      schema: dbt_bench\n{said}"
    (folder / "profiles.yml").write_text(f"bench:\n  target: dev\n  outputs:\n    dev:\n      {output}")


def _described(name: str) -> str:
    key = _KEYS.get(name, "customer_id" if name == "customers" else "id")
    tests = "[unique, not_null]" if name in _KEYS or name == "customers" else "[not_null]"
    return f"  - name: {name}\n    columns: [{{name: {key}, data_tests: {tests}}}]\n"
