-- Trino's casts, errors, and comparisons that Trino refuses.

-- Ends the query with a text, of any type that is needed. It is no function with effects, so that TRY takes it.
CREATE MACRO trino_error(message, value) AS CAST('loglake: ' || message || value AS BIGINT);

-- A text is compared only with texts.
CREATE MACRO trino_text(x VARCHAR) AS x,
    (x BIGINT) AS trino_mismatch('bigint'), (x HUGEINT) AS trino_mismatch('bigint'), (x DOUBLE) AS trino_mismatch('double'),
    (x BOOLEAN) AS trino_mismatch('boolean'), (x DATE) AS trino_mismatch('date'),
    (x TIMESTAMP) AS trino_mismatch('timestamp(3)'), (x TIMESTAMPTZ) AS trino_mismatch('timestamp(3) with time zone'),
    (x) AS x;
CREATE MACRO trino_numeric(x VARCHAR) AS
    trino_error('TYPE_MISMATCH: a value of the type varchar can''t be compared with a number: cast it', ''),
    (x BIGINT) AS x, (x HUGEINT) AS x, (x DOUBLE) AS x, (x FLOAT) AS x, (x) AS x;
CREATE MACRO trino_mismatch(kind) AS
    CAST(trino_error('TYPE_MISMATCH: a value of the type ' || kind || ' can''t be compared with a text', '') AS VARCHAR);

CREATE MACRO trino_digits(s) AS ltrim(replace(split_part(s, 'e', 1), '.', ''), '0');
CREATE MACRO trino_mantissa(digits) AS
    digits[1] || '.' || CASE WHEN length(rtrim(digits, '0')) > 1 THEN substr(rtrim(digits, '0'), 2) ELSE '0' END;
CREATE MACRO trino_exponent(s) AS
    length(split_part(split_part(s, 'e', 1), '.', 1)) - 1 + coalesce(TRY_CAST(split_part(s, 'e', 2) AS INTEGER), 0)
    - (length(replace(split_part(s, 'e', 1), '.', '')) - length(trino_digits(s)));
CREATE MACRO trino_scientific(x) AS CASE
    WHEN x IS NULL THEN NULL WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN '' ELSE '-' END || 'Infinity'
    WHEN x = 0 THEN '0E0'
    ELSE CASE WHEN x < 0 THEN '-' ELSE '' END || trino_mantissa(trino_digits(abs(x)::VARCHAR)) || 'E'
        || trino_exponent(abs(x)::VARCHAR) END;
CREATE MACRO trino_json_text(x) AS CASE WHEN json_type(x) IN ('OBJECT', 'ARRAY')
    THEN CAST(trino_error('INVALID_CAST_ARGUMENT: Cannot cast to varchar, take json_format: ', x) AS VARCHAR)
    ELSE json_extract_string(x, '$') END;
CREATE MACRO trino_to_varchar(x) AS CASE typeof(x)
    WHEN 'DOUBLE' THEN trino_scientific(TRY_CAST(x AS DOUBLE))
    WHEN 'FLOAT' THEN trino_scientific(TRY_CAST(x AS FLOAT))
    WHEN 'TIMESTAMP' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g')
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN strftime(TRY_CAST(x AS TIMESTAMP), '%Y-%m-%d %H:%M:%S.%g UTC')
    WHEN 'JSON' THEN trino_json_text(TRY_CAST(x AS JSON))
    ELSE CAST(x AS VARCHAR) END;

-- Whole numbers: numbers are rounded, and a text may have only digits.
CREATE MACRO trino_whole_json(x) AS CASE
    WHEN regexp_matches(CAST(x AS VARCHAR), '^"?[+-]?\d+"?$') THEN json_extract_string(x, '$')
    ELSE CAST(CAST(round(CAST(x AS DOUBLE)) AS BIGINT) AS VARCHAR) END;
CREATE MACRO trino_whole_text(x) AS CASE
    WHEN regexp_matches(x, '^[+-]?\d+$') THEN x
    WHEN x IS NOT NULL THEN 'loglake: INVALID_CAST_ARGUMENT: Cannot cast ''' || x || ''' to a whole number' END;
CREATE MACRO trino_whole(x VARCHAR) AS trino_whole_text(x), (x DOUBLE) AS round(x), (x FLOAT) AS round(x),
    (x BIGINT) AS x, (x HUGEINT) AS x, (x BOOLEAN) AS x, (x) AS x;
-- A text with a T between date and time is no timestamp in Trino.
CREATE MACRO trino_moment_text(x) AS CASE
    WHEN regexp_matches(x, '^\s*\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?( ?[A-Za-z+-][\w/:+-]*)?)?\s*$')
        THEN x
    WHEN x IS NOT NULL THEN 'loglake: INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || x END;
CREATE MACRO trino_moment(x VARCHAR) AS trino_moment_text(x), (x TIMESTAMP) AS x, (x TIMESTAMPTZ) AS x, (x DATE) AS x,
    (x) AS x;

-- Only a time or a number can be formatted, no text.
CREATE MACRO trino_no_text(x VARCHAR) AS CAST(trino_error('TYPE_MISMATCH: a text is no time: ', x) AS VARCHAR)::TIMESTAMP,
    (x DATE) AS CAST(x AS TIMESTAMP), (x TIMESTAMP) AS x, (x TIMESTAMPTZ) AS x;
CREATE MACRO trino_number(x) AS x;

CREATE MACRO trino_typeof(x) AS trino_kind(typeof(x));
CREATE MACRO trino_kind(kind) AS CASE WHEN kind LIKE '%[]' THEN 'array(' || trino_plain_kind(kind[:-3]) || ')'
    ELSE trino_plain_kind(kind) END;
CREATE MACRO trino_plain_kind(kind) AS CASE kind WHEN 'FLOAT' THEN 'real' WHEN 'HUGEINT' THEN 'bigint'
    WHEN 'UBIGINT' THEN 'bigint' WHEN 'BLOB' THEN 'varbinary' WHEN 'TIMESTAMP' THEN 'timestamp(3)'
    WHEN 'TIMESTAMP WITH TIME ZONE' THEN 'timestamp(3) with time zone' WHEN 'INTERVAL' THEN 'interval day to second'
    WHEN '"NULL"' THEN 'unknown' ELSE lower(replace(kind, ', ', ',')) END;
