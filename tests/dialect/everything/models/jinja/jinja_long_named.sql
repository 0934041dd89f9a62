select '{{ this.name }}'::text as name, '{{ model.alias }}'::text as alias, 'a;b -- %s %(x)s {} $$ :y'::text as hostile -- end
