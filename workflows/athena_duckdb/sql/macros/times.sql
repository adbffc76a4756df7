-- Trino's date and time functions. A time with a zone is an instant here; the translation knows its zone.

-- A date and an interval give a date, two dates give an interval.
CREATE MACRO trino_plus(a DATE, b INTERVAL) AS CAST(a + b AS DATE), (a INTERVAL, b DATE) AS CAST(a + b AS DATE),
    (a, b) AS a + b;
CREATE MACRO trino_minus(a DATE, b INTERVAL) AS CAST(a - b AS DATE),
    (a DATE, b DATE) AS CAST(a AS TIMESTAMP) - CAST(b AS TIMESTAMP), (a, b) AS a - b;
CREATE MACRO trino_date_trunc(unit VARCHAR, x DATE) AS CAST(date_trunc(unit, x) AS DATE),
    (unit, x) AS date_trunc(unit, x);
-- Counts whole units that have passed, not boundaries that were crossed.
CREATE MACRO trino_date_diff(unit, a, b) AS date_sub(unit, a, b);

CREATE MACRO trino_year(x) AS year(x);
CREATE MACRO trino_quarter(x) AS quarter(x);
CREATE MACRO trino_month(x) AS month(x);
CREATE MACRO trino_week(x) AS week(x);
CREATE MACRO trino_week_of_year(x) AS week(x);
CREATE MACRO trino_year_of_week(x) AS isoyear(x);
CREATE MACRO trino_yow(x) AS isoyear(x);
CREATE MACRO trino_day(x) AS day(x);
CREATE MACRO trino_day_of_month(x) AS day(x);
CREATE MACRO trino_day_of_week(x) AS isodow(x);
CREATE MACRO trino_dow(x) AS isodow(x);
CREATE MACRO trino_day_of_year(x) AS dayofyear(x);
CREATE MACRO trino_doy(x) AS dayofyear(x);
CREATE MACRO trino_hour(x) AS hour(x);
CREATE MACRO trino_minute(x) AS minute(x);
CREATE MACRO trino_second(x) AS CAST(floor(second(x)) AS BIGINT);
CREATE MACRO trino_millisecond(x) AS millisecond(x) % 1000;
CREATE MACRO trino_last_day_of_month(x) AS last_day(x);
CREATE MACRO trino_current_timezone() AS 'UTC';
CREATE MACRO trino_now() AS now();

CREATE MACRO trino_to_unixtime(x) AS epoch(x);
CREATE MACRO trino_from_unixtime(x) AS to_timestamp(round(x::DOUBLE, 3));
CREATE MACRO trino_from_unixtime_nanos(x) AS to_timestamp(x::DOUBLE / 1e9);
CREATE MACRO trino_to_milliseconds(x) AS CAST(epoch(x) * 1000 AS BIGINT);
CREATE MACRO trino_from_iso8601_timestamp(s) AS CAST(
    CASE WHEN regexp_matches(s, '^\d{4}-\d{2}-\d{2}(T(\d{2}(:\d{2}(:\d{2}([.,]\d+)?)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?$')
        THEN replace(regexp_replace(regexp_replace(s, 'T(\d{2})?(Z|[+-]|$)', ' \1:00\2'), ' :', ' 00:'), ',', '.')
        WHEN s IS NOT NULL THEN trino_error('Invalid format: ', s)::VARCHAR END AS TIMESTAMPTZ);
CREATE MACRO trino_from_iso8601_date(s) AS CAST(
    CASE WHEN regexp_matches(s, '^\d{4}-\d{2}-\d{2}$') THEN s
        WHEN regexp_matches(s, '^\d{4}-W\d{2}(-\d)?$') THEN CAST(CAST(strptime(left(s || '-1', 10), '%G-W%V-%u') AS DATE) AS VARCHAR)
        WHEN regexp_matches(s, '^\d{4}-\d{3}$') THEN CAST(CAST(strptime(s, '%Y-%j') AS DATE) AS VARCHAR)
        WHEN s IS NOT NULL THEN trino_error('Invalid format: ', s)::VARCHAR END AS DATE);
CREATE MACRO trino_to_iso8601(x) AS CASE typeof(x)
    WHEN 'DATE' THEN strftime(x::TIMESTAMP, '%Y-%m-%d')
    WHEN 'TIMESTAMP' THEN strftime(x::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%g')
    ELSE strftime(x::TIMESTAMP, '%Y-%m-%dT%H:%M:%S.%gZ') END;
