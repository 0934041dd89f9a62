select 1 as one, 'no Jinja'::text as what
