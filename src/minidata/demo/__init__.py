"""
The bundled API: a real HTTP server for a shop that does not exist.

    words.py      what people, goods and notes are called
    records.py    DemoShop: every record computed from the seed and its number
    flaws.py      what is wrong with the shop's answers, on purpose
    listing.py    records and flaws in the order in which an endpoint lists them
    params.py     what may be asked of an endpoint
    endpoints.py  from a request to its reply, without a network
    server.py     the network
"""
