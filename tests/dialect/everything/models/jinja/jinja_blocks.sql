{#- a comment with {{ ref('nothing') }} in it -#}
{% raw %}-- {{ not rendered }}{% endraw %}
{%- set columns = ['book_id', 'title'] %}
{%- set extra = {'pages': 'int', 'price': 'numeric'} %}
{% call wrapped('shelf') %}
    select
    {%- for column in columns %}
        {{ column }},
    {%- endfor %}
    {%- for name, type in extra.items() %}
        cast({{ name }} as {{ type }}) as {{ name }}
        {{- "," if not loop.last }}  -- {{ loop.index }} of {{ loop.length }}
    {%- endfor %}
    from {{ ref('stg_books') }}
    {% if target.name == 'no such target' %}
    limit 1
    {% endif %}
{% endcall %}
