"""Projects in dbt's layout to measure: a small one of five models, and one that is wide and deep."""

from collections.abc import Mapping
from pathlib import Path

WIDE = 20
_ROWS = 10_000
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
# What the models read, in files: so it is known whether it has changed.
_RAW = {
    "raw_customers": "id,first_name,last_name\n"
    + "".join(f"{n},first{n},last{n}\n" for n in range(1, _ROWS // 10 + 1)),
    "raw_orders": "id,customer_id,ordered_on,status\n"
    + "".join(
        f"{n},{1 + n % (_ROWS // 10)},2026-{1 + n % 12:02}-{1 + n % 28:02},{('placed', 'shipped', 'returned')[n % 3]}\n"
        for n in range(1, _ROWS + 1)
    ),
    "raw_payments": "id,order_id,amount,method\n"
    + "".join(f"{n},{n},{n % 1000 / 10:.1f},{('card', 'cash')[n % 2]}\n" for n in range(1, _ROWS + 1)),
}
SEEDS = len(_RAW)
_SMALL = {
    "staging/stg_customers": "select id as customer_id, first_name, last_name from {{ ref('raw_customers') }}",
    "staging/stg_orders": "select id as order_id, customer_id, ordered_on, status from {{ ref('raw_orders') }}",
    "staging/stg_payments": "select id as payment_id, order_id, amount, method from {{ ref('raw_payments') }}",
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
            reads = "{{ ref('raw_orders') }}"
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
    (folder / "seeds").mkdir()
    for name, rows in _RAW.items():
        (folder / "seeds" / f"{name}.csv").write_text(rows)
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
