"""
History: each version of a key is a row of its own, a type-2 slowly changing dimension.

A history table has, behind the Row's columns and in this order:

    valid_from   timestamptz not null   when the first record that says so was fetched
    valid_to     timestamptz            when the next version began or the key was deleted; null: valid now
    _closed_by   bigint                 the object whose record ended the version; null: valid now
    _record      integer not null       where the version was first seen …
    _object      bigint not null        … which is its primary key: (_object, _record)

and a unique index on the key ``where valid_to is null``: one version of a key is valid now. Its child tables are tied
to it by ``_object`` and ``_record``, as those of a table without a key are; they have no periods of their own.
"""
