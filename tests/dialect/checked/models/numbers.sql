select n, n % 3 as third, case when n < 8 then 'small' end as size, n > 5 as big, n as "Order", n as "select"
from generate_series(1, 10) as n
