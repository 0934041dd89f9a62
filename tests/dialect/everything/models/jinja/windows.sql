select
  2 as two, E'a\nb' as escaped
from {{ ref("plain_sql") }} -- the last line