{{ config(severity='warn', tags=['singular'], store_failures=true) }}
select f.* from {{ ref('stg_fines') }} as f
left join {{ ref('stg_loans') }} as l using (loan_id)
where l.loan_id is null
