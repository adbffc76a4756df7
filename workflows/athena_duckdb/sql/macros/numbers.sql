-- Trino's mathematical, bitwise and binary functions, and division.

-- Whole numbers give a whole number. Anything else gives DuckDB's result, also decimals (see trino_decimal_divide).
CREATE MACRO trino_divide(a BIGINT, b BIGINT) AS a // b, (a HUGEINT, b HUGEINT) AS a // b,
    (a HUGEINT, b BIGINT) AS a // b, (a BIGINT, b HUGEINT) AS a // b, (a DOUBLE, b DOUBLE) AS a / b,
    (a DOUBLE, b BIGINT) AS a / b, (a BIGINT, b DOUBLE) AS a / b, (a DOUBLE, b HUGEINT) AS a / b,
    (a HUGEINT, b DOUBLE) AS a / b, (a INTERVAL, b BIGINT) AS a / b, (a INTERVAL, b DOUBLE) AS a / b;
-- The result of decimals has the larger scale of the two, rounded.
CREATE MACRO trino_scale(kind) AS
    CASE WHEN kind LIKE 'DECIMAL%' THEN CAST(regexp_extract(kind, ',\s*(\d+)\)', 1) AS INTEGER) ELSE 0 END;
CREATE MACRO trino_decimal_divide(a, b, kind_a, kind_b) AS
    CASE WHEN 'DOUBLE' IN (kind_a, kind_b) OR 'FLOAT' IN (kind_a, kind_b) THEN a::DOUBLE / b::DOUBLE
        WHEN b = 0 THEN trino_error('Division by zero', '')
        ELSE round(a::DOUBLE / b::DOUBLE, greatest(trino_scale(kind_a), trino_scale(kind_b))) END;

CREATE MACRO trino_abs(x) AS abs(x);
CREATE MACRO trino_acos(x) AS acos(x);
CREATE MACRO trino_asin(x) AS asin(x);
CREATE MACRO trino_atan(x) AS atan(x);
CREATE MACRO trino_atan2(y, x) AS atan2(y, x);
CREATE MACRO trino_cbrt(x) AS
    CASE WHEN pow(round(cbrt(x)), 3) = x THEN round(cbrt(x)) ELSE cbrt(x) END;
CREATE MACRO trino_ceil(x BIGINT) AS x, (x DOUBLE) AS ceil(x), (x) AS ceil(x);
CREATE MACRO trino_ceiling(x BIGINT) AS x, (x DOUBLE) AS ceil(x), (x) AS ceil(x);
CREATE MACRO trino_cos(x) AS cos(x);
CREATE MACRO trino_cosh(x) AS cosh(x);
CREATE MACRO trino_degrees(x) AS degrees(x);
CREATE MACRO trino_e() AS exp(1);
CREATE MACRO trino_exp(x) AS exp(x);
CREATE MACRO trino_floor(x BIGINT) AS x, (x DOUBLE) AS floor(x), (x) AS floor(x);
CREATE MACRO trino_infinity() AS 'Infinity'::DOUBLE;
CREATE MACRO trino_nan() AS 'NaN'::DOUBLE;
CREATE MACRO trino_is_finite(x) AS isfinite(x::DOUBLE);
CREATE MACRO trino_is_infinite(x) AS isinf(x::DOUBLE);
CREATE MACRO trino_is_nan(x) AS isnan(x::DOUBLE);
CREATE MACRO trino_ln(x) AS ln(x);
CREATE MACRO trino_log(b, x) AS log(b, x);
CREATE MACRO trino_log2(x) AS log2(x);
CREATE MACRO trino_log10(x) AS log10(x);
CREATE MACRO trino_mod(a, b) AS a % b;
CREATE MACRO trino_pi() AS pi();
CREATE MACRO trino_pow(x, p) AS pow(x, p);
CREATE MACRO trino_power(x, p) AS pow(x, p);
CREATE MACRO trino_radians(x) AS radians(x);
CREATE MACRO trino_random() AS random(), (n) AS CAST(floor(random() * n) AS BIGINT),
    (m, n) AS m + CAST(floor(random() * (n - m)) AS BIGINT);
CREATE MACRO trino_rand() AS random(), (n) AS trino_random(n), (m, n) AS trino_random(m, n);
CREATE MACRO trino_round(x) AS round(x), (x, d) AS round(x, d::INTEGER);
CREATE MACRO trino_sign(x) AS sign(x);
CREATE MACRO trino_sin(x) AS sin(x);
CREATE MACRO trino_sinh(x) AS sinh(x);
CREATE MACRO trino_sqrt(x) AS sqrt(x);
CREATE MACRO trino_tan(x) AS tan(x);
CREATE MACRO trino_tanh(x) AS tanh(x);
CREATE MACRO trino_truncate(x) AS trunc(x), (x, d) AS trunc(x * pow(10, d)) / pow(10, d);
CREATE MACRO trino_to_base(x, radix) AS
    CASE WHEN x < 0 THEN '-' ELSE '' END || lower(to_base(abs(x), radix::INTEGER));
CREATE MACRO trino_from_base(s, radix) AS list_reduce(
    list_transform(string_split(lower(s), ''), lambda c: CASE
        WHEN strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) BETWEEN 1 AND radix
        THEN CAST(strpos('0123456789abcdefghijklmnopqrstuvwxyz', c) - 1 AS BIGINT)
        ELSE trino_error('Not a valid base-' || radix || ' number: ', s) END),
    lambda a, d: a * radix + d, 0::BIGINT);
CREATE MACRO trino_width_bucket(x, low, high, n) AS CASE WHEN x < low THEN 0 WHEN x >= high THEN n + 1
    ELSE CAST(floor((x - low) * n::DOUBLE / (high - low)) AS BIGINT) + 1 END;
CREATE MACRO trino_bit_count(x, bits) AS CAST(CASE WHEN bits = 64 THEN bit_count(x::BIGINT)
    ELSE bit_count(x::BIGINT & ((1::BIGINT << bits) - 1)) END AS BIGINT);
CREATE MACRO trino_bitwise_and(a, b) AS a::BIGINT & b::BIGINT;
CREATE MACRO trino_bitwise_or(a, b) AS a::BIGINT | b::BIGINT;
CREATE MACRO trino_bitwise_xor(a, b) AS xor(a::BIGINT, b::BIGINT);
CREATE MACRO trino_bitwise_not(a) AS ~a::BIGINT;
CREATE MACRO trino_bitwise_left_shift(a, n) AS a << n::INTEGER;
CREATE MACRO trino_bitwise_right_shift_arithmetic(a, n) AS
    CASE WHEN n >= 64 THEN CASE WHEN a < 0 THEN -1 ELSE 0 END ELSE a >> n::INTEGER END;
CREATE MACRO trino_bitwise_right_shift(a INTEGER, n BIGINT) AS
    CAST(CASE WHEN n >= 64 THEN 0 ELSE (a::BIGINT & 4294967295) >> n::INTEGER END AS INTEGER),
    (a BIGINT, n BIGINT) AS CASE WHEN n >= 64 THEN 0 WHEN n = 0 THEN a
        ELSE ((a >> 1) & 9223372036854775807) >> (n::INTEGER - 1) END;

CREATE MACRO trino_to_utf8(s) AS encode(s);
CREATE MACRO trino_from_utf8(b) AS decode(b);
CREATE MACRO trino_to_hex(b) AS hex(b::BLOB);
CREATE MACRO trino_from_hex(s) AS unhex(s);
CREATE MACRO trino_to_base64(b) AS to_base64(b::BLOB);
CREATE MACRO trino_from_base64(s) AS from_base64(s);
CREATE MACRO trino_to_base64url(b) AS translate(to_base64(b::BLOB), '+/', '-_');
CREATE MACRO trino_from_base64url(s) AS from_base64(translate(s, '-_', '+/'));
CREATE MACRO trino_md5(b) AS unhex(md5(b::BLOB));
CREATE MACRO trino_sha1(b) AS unhex(sha1(b::BLOB));
CREATE MACRO trino_sha256(b) AS unhex(sha256(b::BLOB));
CREATE MACRO trino_uuid() AS uuid();
