-- Trino's string, regular expression and URL functions.

CREATE MACRO trino_length(s) AS length(s);
CREATE MACRO trino_lower(s) AS lower(s);
CREATE MACRO trino_upper(s) AS upper(s);
CREATE MACRO trino_reverse(s) AS reverse(s);
CREATE MACRO trino_replace(s, a) AS replace(s, a, ''), (s, a, b) AS replace(s, a, b);
CREATE MACRO trino_lpad(s, n, pad) AS lpad(s, n::INTEGER, pad);
CREATE MACRO trino_rpad(s, n, pad) AS rpad(s, n::INTEGER, pad);
CREATE MACRO trino_starts_with(s, a) AS starts_with(s, a);
CREATE MACRO trino_ends_with(s, a) AS ends_with(s, a);
CREATE MACRO trino_chr(n) AS chr(n::INTEGER);
CREATE MACRO trino_codepoint(s) AS unicode(s);
CREATE MACRO trino_translate(s, a, b) AS translate(s, a, b);
CREATE MACRO trino_levenshtein_distance(a, b) AS levenshtein(a, b);
CREATE MACRO trino_hamming_distance(a, b) AS hamming(a, b);
CREATE MACRO trino_spaces() AS ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13);
CREATE MACRO trino_trim(s) AS trim(s, trino_spaces()), (s, letters) AS trim(s, letters);
CREATE MACRO trino_ltrim(s) AS ltrim(s, trino_spaces()), (s, letters) AS ltrim(s, letters);
CREATE MACRO trino_rtrim(s) AS rtrim(s, trino_spaces()), (s, letters) AS rtrim(s, letters);

-- Position 0, and a position before the beginning, give an empty text.
CREATE MACRO trino_substr(s, pos) AS
    CASE WHEN pos > 0 OR (pos < 0 AND -pos <= length(s)) THEN substr(s, pos) WHEN length(s) * pos IS NOT NULL THEN '' END,
    (s, pos, n) AS
    CASE WHEN n > 0 AND (pos > 0 OR (pos < 0 AND -pos <= length(s))) THEN substr(s, pos, n)
        WHEN length(s) * pos * n IS NOT NULL THEN '' END;
CREATE MACRO trino_substring(s, pos) AS trino_substr(s, pos), (s, pos, n) AS trino_substr(s, pos, n);

-- Finds an occurrence by its number; a negative number counts from the end.
CREATE MACRO trino_strpos(s, a) AS strpos(s, a), (s, a, n) AS
    trino_strpos_in(string_split(s, a), a, CASE WHEN n < 0 THEN len(string_split(s, a)) + n ELSE n END);
CREATE MACRO trino_strpos_in(parts, a, n) AS
    CASE WHEN n > 0 AND n < len(parts) THEN length(array_to_string(list_slice(parts, 1, n), a)) + 1 ELSE 0 END;

CREATE MACRO trino_split(s, d) AS string_split(s, d), (s, d, n) AS trino_limited(string_split(s, d), d, n);
CREATE MACRO trino_limited(parts, d, n) AS
    CASE WHEN len(parts) <= n THEN parts
        ELSE list_concat(list_slice(parts, 1, n - 1), [array_to_string(list_slice(parts, n, len(parts)), d)]) END;
CREATE MACRO trino_split_part(s, d, n) AS
    string_split(s, d)[CASE WHEN n > 0 THEN n WHEN n <= 0 THEN trino_error('Index must be greater than zero', n) END];
CREATE MACRO trino_split_to_map(s, entry, pair) AS map_from_entries(
    list_transform(string_split(s, entry), lambda e: {
        'k': string_split(e, pair)[trino_pair(e, pair)], 'v': string_split(e, pair)[2]}));
CREATE MACRO trino_pair(e, pair) AS
    CASE WHEN len(string_split(e, pair)) = 2 THEN 1
        ELSE trino_error('Key-value delimiter must appear exactly once in each entry. Bad input: ', e) END;

-- No match gives NULL. The syntax is RE2's, as in Trino's other engine: without look-around.
CREATE MACRO trino_regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO trino_regexp_extract(s, p) AS
    CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
    (s, p, n) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, n) END;
CREATE MACRO trino_regexp_extract_all(s, p) AS regexp_extract_all(s, p), (s, p, n) AS regexp_extract_all(s, p, n);
CREATE MACRO trino_regexp_replace(s, p) AS regexp_replace(s, p, '', 'g'),
    (s, p, r) AS regexp_replace(s, p, trino_replacement(r), 'g');
CREATE MACRO trino_replacement(r) AS regexp_replace(r, '\$(\d)', '\\\1', 'g');
CREATE MACRO trino_regexp_split(s, p) AS string_split_regex(s, p);
CREATE MACRO trino_regexp_count(s, p) AS len(regexp_extract_all(s, p));
CREATE MACRO trino_regexp_position(s, p) AS
    CASE WHEN regexp_matches(s, p) THEN length(regexp_extract(s, '(?s)^(.*?)(?:' || p || ')', 1)) + 1
        WHEN s || p IS NOT NULL THEN -1 END;

-- A text that is no URI gives NULL. A missing part gives an empty text.
CREATE MACRO trino_url_part(u, p) AS
    CASE WHEN u IS NOT NULL AND NOT regexp_matches(u, '[ "<>\\^`{|}\x00-\x1f]|%(?:[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)')
        THEN regexp_extract(u, p, 1) END;
CREATE MACRO trino_url_extract_protocol(u) AS trino_url_part(u, '^([A-Za-z][A-Za-z0-9+.-]*):');
CREATE MACRO trino_url_extract_host(u) AS
    trino_url_part(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^/?#:]*)');
CREATE MACRO trino_url_extract_port(u) AS
    TRY_CAST(trino_url_part(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?//[^/?#]*:(\d+)(?:[/?#]|$)') AS BIGINT);
CREATE MACRO trino_url_extract_path(u) AS
    url_decode(trino_url_part(u, '^(?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?([^?#]*)'));
CREATE MACRO trino_url_extract_query(u) AS url_decode(trino_url_query(u));
CREATE MACRO trino_url_query(u) AS trino_url_part(u, '^[^?#]*\?([^#]*)');
CREATE MACRO trino_url_extract_fragment(u) AS url_decode(trino_url_part(u, '#(.*)$'));
CREATE MACRO trino_url_extract_parameter(u, name) AS url_decode(replace(
    list_transform(
        list_filter(string_split(trino_url_query(u), '&'), lambda p: string_split(p, '=')[1] = name),
        lambda p: substr(p, length(string_split(p, '=')[1]) + 2))[1],
    '+', ' '));
CREATE MACRO trino_url_encode(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '~', '%7E'), '%2A', '*');
CREATE MACRO trino_url_decode(s) AS url_decode(replace(s, '+', ' '));
