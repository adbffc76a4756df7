-- Trino's JSON functions. A text that is no JSON gives NULL where Trino gives NULL.

CREATE MACRO trino_json(j) AS CASE WHEN json_valid(j::VARCHAR) THEN j::VARCHAR END;
CREATE MACRO trino_json_extract(j, path) AS json_extract(trino_json(j), path);
CREATE MACRO trino_json_extract_scalar(j, path) AS
    CASE WHEN json_type(trino_json(j), path) NOT IN ('OBJECT', 'ARRAY', 'NULL')
        THEN json_extract_string(trino_json(j), path) END;
CREATE MACRO trino_json_parse(s) AS CAST(
    CASE WHEN json_valid(s) THEN s WHEN s IS NOT NULL THEN trino_error('Cannot convert value to JSON: ', s)::VARCHAR END
    AS JSON);
CREATE MACRO trino_json_format(j) AS CAST(json(j) AS VARCHAR);
CREATE MACRO trino_json_array_length(j) AS
    CASE WHEN json_type(trino_json(j)) = 'ARRAY' THEN CAST(json_array_length(trino_json(j)) AS BIGINT) END;
CREATE MACRO trino_json_array_get(j, i) AS
    CASE WHEN json_type(trino_json(j)) = 'ARRAY' THEN json_extract(trino_json(j), i::BIGINT) END;
CREATE MACRO trino_json_array_contains(j, x) AS
    CASE WHEN json_type(trino_json(j)) = 'ARRAY'
        THEN list_contains(CAST(trino_json(j)::JSON AS JSON[]), to_json(x)) END;
CREATE MACRO trino_json_size(j, path) AS CAST(
    CASE json_type(trino_json(j), path) WHEN 'ARRAY' THEN json_array_length(trino_json(j), path)
        WHEN 'OBJECT' THEN len(json_keys(trino_json(j), path)) ELSE CASE WHEN json_exists(trino_json(j), path) THEN 0 END
    END AS BIGINT);
CREATE MACRO trino_is_json_scalar(j) AS json_type(trino_json(j)) NOT IN ('OBJECT', 'ARRAY');
CREATE MACRO trino_json_exists(j, path) AS json_exists(trino_json(j), path);
