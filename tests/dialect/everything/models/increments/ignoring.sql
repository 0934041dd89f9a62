select loan_id, book_id
    {% if is_incremental() %}, returned_at {% endif %}
from {{ ref('stg_loans') }}
{% if is_incremental() %} where loan_id > (select max(loan_id) from {{ this }}) {% endif %}
