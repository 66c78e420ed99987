-- What Aurora's extension offers to SQL, for any PostgreSQL: rows become lines of text/csv, the answer is a line.
--
-- Aurora's function takes VARIADIC "any", which only functions written in C can. Here there is one function per number of values,
-- each of text, and the types that models take become text by themselves. Rows are sent one by one: max_rows_per_batch is checked
-- and has no effect.
CREATE SCHEMA aws_sagemaker;

-- What a request has answered, until it is read.
CREATE UNLOGGED TABLE aws_sagemaker.answer (line text);
REVOKE ALL ON aws_sagemaker.answer FROM PUBLIC;

-- The setting aws_ml.program names what speaks the runtime API (invoke-endpoint.sh): as the server's file has it, because anybody
-- may SET it for a session. A shell runs it, so its arguments are a name of known letters and base64.
CREATE FUNCTION aws_sagemaker._ask(endpoint_name varchar, max_rows_per_batch int, row_values text[]) RETURNS varchar
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  line text;
  program text;
BEGIN
  IF endpoint_name IS NULL OR endpoint_name !~ '^[A-Za-z0-9](-*[A-Za-z0-9]){0,62}$' THEN
    RAISE EXCEPTION 'invalid endpoint name: %', endpoint_name;
  END IF;
  IF max_rows_per_batch < 1 THEN
    RAISE EXCEPTION 'max_rows_per_batch must be at least 1, or NULL';
  END IF;
  SELECT string_agg(
    CASE WHEN one ~ '[",\r\n]' THEN '"' || replace(one, '"', '""') || '"' ELSE coalesce(one, '') END, ',' ORDER BY place
  ) INTO line
  FROM unnest(row_values) WITH ORDINALITY AS given (one, place);
  SELECT setting INTO STRICT program FROM pg_file_settings WHERE name = 'aws_ml.program';
  DELETE FROM aws_sagemaker.answer;
  EXECUTE format(
    'COPY aws_sagemaker.answer FROM PROGRAM %L WITH (FORMAT text, ENCODING ''UTF8'')',
    format('%s %s %s', program, endpoint_name, replace(encode(convert_to(line, 'UTF8'), 'base64'), E'\n', ''))
  );
  RETURN (SELECT string_agg(answer.line, E'\n') FROM aws_sagemaker.answer);
END
$$;
REVOKE ALL ON FUNCTION aws_sagemaker._ask FROM PUBLIC;

-- invoke_endpoint(name, rows, value, …) with 1 to 98 values: PostgreSQL passes at most 100 arguments. An array instead of values
-- has as many as it likes.
DO $$
DECLARE
  parameters text := 'varchar, int';
  values_of text := '';
BEGIN
  FOR place IN 3 .. 100 LOOP
    parameters := parameters || ', text';
    values_of := concat_ws(', ', nullif(values_of, ''), '$' || place);
    EXECUTE format(
      'CREATE FUNCTION aws_sagemaker.invoke_endpoint(%s) RETURNS varchar LANGUAGE sql VOLATILE SECURITY DEFINER AS %L',
      parameters, format('SELECT aws_sagemaker._ask($1, $2, ARRAY[%s])', values_of)
    );
  END LOOP;
END
$$;

CREATE FUNCTION aws_sagemaker.invoke_endpoint(varchar, int, text[]) RETURNS varchar
LANGUAGE sql VOLATILE SECURITY DEFINER AS 'SELECT aws_sagemaker._ask($1, $2, $3)';

CREATE FUNCTION aws_sagemaker.invoke_endpoint(varchar, int, double precision[]) RETURNS varchar
LANGUAGE sql VOLATILE SECURITY DEFINER AS 'SELECT aws_sagemaker._ask($1, $2, $3::text[])';

-- The last, because with these operators of text take numbers too, which makes some expressions ambiguous.
CREATE CAST (smallint AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (integer AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (bigint AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (numeric AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (real AS text) WITH INOUT AS IMPLICIT;
CREATE CAST (double precision AS text) WITH INOUT AS IMPLICIT;
