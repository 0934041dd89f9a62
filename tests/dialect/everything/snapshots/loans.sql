{% snapshot loans_over_time %}
{{ config(target_schema='history', unique_key='loan_id', strategy='timestamp', updated_at='changed_at') }}
select loan_id, book_id, returned_at, changed_at from {{ source('desk', 'loans') }}
{% endsnapshot %}

{% snapshot loans_checked %}
{{ config(schema='history', unique_key=['loan_id', 'book_id'], strategy='check', check_cols=['returned_at'], updated_at='changed_at',
          dbt_valid_to_current="'9999-12-31'::timestamp") }}
select loan_id, book_id, returned_at, changed_at from {{ ref('stg_loans') }}
{% endsnapshot %}
