-- Trino's functions of arrays and maps. The translation replaces functions with a lambda by others, with these macros.

CREATE MACRO trino_element_at(a, i) AS a[i];
CREATE MACRO trino_cardinality(m MAP(VARCHAR, VARCHAR)) AS CAST(cardinality(m) AS BIGINT), (a) AS len(a);
CREATE MACRO trino_has_null(a) AS len(a) <> list_count(a);
CREATE MACRO trino_contains(a, x) AS
    CASE WHEN x IS NULL OR a IS NULL THEN NULL WHEN list_contains(a, x) THEN true WHEN trino_has_null(a) THEN NULL
        ELSE false END;
CREATE MACRO trino_any(l) AS
    CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true WHEN trino_has_null(l) THEN NULL ELSE false END;
CREATE MACRO trino_all(l) AS
    CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN trino_has_null(l) THEN NULL ELSE true END;
CREATE MACRO trino_array_distinct(a) AS
    list_filter(a, lambda x, i: NOT list_contains(
        list_transform(list_slice(a, 1, i - 1), lambda e: e IS NOT DISTINCT FROM x), true));
CREATE MACRO trino_array_union(a, b) AS trino_array_distinct(list_concat(a, b));
CREATE MACRO trino_array_intersect(a, b) AS
    list_filter(trino_array_distinct(a), lambda x: list_contains(
        list_transform(b, lambda e: e IS NOT DISTINCT FROM x), true));
CREATE MACRO trino_array_except(a, b) AS
    list_filter(trino_array_distinct(a), lambda x: NOT list_contains(
        list_transform(b, lambda e: e IS NOT DISTINCT FROM x), true));
CREATE MACRO trino_arrays_overlap(a, b) AS
    CASE WHEN a IS NULL OR b IS NULL THEN NULL WHEN list_has_any(a, b) THEN true
        WHEN trino_has_null(a) OR trino_has_null(b) THEN NULL ELSE false END;
CREATE MACRO trino_array_join(a, sep) AS
    array_to_string(list_transform(list_filter(a, lambda x: x IS NOT NULL), lambda x: trino_to_varchar(x)), sep),
    (a, sep, nulls) AS array_to_string(list_transform(a, lambda x: coalesce(trino_to_varchar(x), nulls)), sep);
CREATE MACRO trino_array_max(a) AS CASE WHEN NOT trino_has_null(a) THEN list_max(a) END;
CREATE MACRO trino_array_min(a) AS CASE WHEN NOT trino_has_null(a) THEN list_min(a) END;
CREATE MACRO trino_array_position(a, x) AS
    CASE WHEN a IS NOT NULL AND x IS NOT NULL THEN coalesce(list_position(a, x), 0) END;
CREATE MACRO trino_array_remove(a, x) AS
    CASE WHEN x IS NOT NULL THEN list_filter(a, lambda e: e IS DISTINCT FROM x) END;
CREATE MACRO trino_array_sort(a) AS list_sort(a, 'ASC', 'NULLS LAST');
CREATE MACRO trino_flatten(a) AS flatten(a);
CREATE MACRO trino_repeat(x, n) AS list_transform(range(n), lambda i: x);
CREATE MACRO trino_slice(a, pos, n) AS CASE
    WHEN pos = 0 THEN list_slice(a, trino_error('SQL array indices start at 1', ''), 1)
    WHEN pos < 0 AND -pos > len(a) THEN list_slice(a, 1, 0)
    WHEN pos < 0 THEN list_slice(a, len(a) + pos + 1, len(a) + pos + n) ELSE list_slice(a, pos, pos + n - 1) END;
CREATE MACRO trino_ngrams(a, n) AS
    list_transform(range(1, greatest(len(a) - n + 1, 1) + 1), lambda i: list_slice(a, i, i + n - 1));
CREATE MACRO trino_trim_array(a, n) AS list_slice(a, 1, len(a) - n);
CREATE MACRO trino_sequence(a DATE, b DATE) AS CAST(generate_series(a, b, INTERVAL 1 DAY) AS DATE[]),
    (a BIGINT, b BIGINT) AS generate_series(a, b, CASE WHEN b < a THEN -1 ELSE 1 END),
    (a DATE, b DATE, step INTERVAL) AS CAST(generate_series(a, b, step) AS DATE[]),
    (a TIMESTAMP, b TIMESTAMP, step INTERVAL) AS generate_series(a, b, step),
    (a BIGINT, b BIGINT, step BIGINT) AS generate_series(a, b, step);

CREATE MACRO trino_map() AS MAP {}, (k, v) AS map(k, v);
CREATE MACRO trino_map_keys(m) AS map_keys(m);
CREATE MACRO trino_map_values(m) AS map_values(m);
CREATE MACRO trino_map_entries(m) AS list_transform(map_entries(m), lambda e: row(e.key, e.value));
CREATE MACRO trino_map_from_entries(a) AS map_from_entries(a);
-- Entries with the fields k and v; the first entry of a key counts, and NULL keys are ignored.
CREATE MACRO trino_keys(l) AS list_transform(l, lambda e: e.k);
CREATE MACRO trino_first_of_keys(l) AS
    list_filter(l, lambda e, i: e.k IS NOT NULL AND list_position(trino_keys(l), e.k) = i);
CREATE MACRO trino_map_of(l) AS map_from_entries(trino_first_of_keys(l));
CREATE MACRO trino_multimap_of(l) AS map_from_entries(list_transform(trino_first_of_keys(l), lambda e: {
    'k': e.k, 'v': list_transform(list_filter(l, lambda o: o.k = e.k), lambda o: o.v)}));
CREATE MACRO trino_multimap_from_entries(a) AS
    trino_multimap_of(list_transform(a, lambda e: {'k': e[1], 'v': e[2]}));
CREATE MACRO trino_map_union_of(l) AS list_reduce(l, lambda a, b: map_concat(a, b));

-- If an index or key in brackets does not exist, the query ends.
CREATE MACRO trino_item(a, i) AS a[CASE
    WHEN i NOT BETWEEN 1 AND len(a) THEN trino_error('INVALID_FUNCTION_ARGUMENT: Array subscript out of bounds: ', i) ELSE i END];
CREATE MACRO trino_map_value(m, k) AS m[CASE WHEN map_contains(m, k) OR m IS NULL THEN k
    ELSE CAST(trino_error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ', k) AS VARCHAR) END];
