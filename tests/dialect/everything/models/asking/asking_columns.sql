select {{ measures.columns_of(ref('books'), but=['weight']) }}, '{{ measures.width() }}'::text as width,
    $${{ measures.calls_shout("'a word'") }}$$::text as shouted
from {{ ref('books') }}
