-- PostgreSQL passes at most 100 arguments to a function. A model with more features gets them as one array, whose elements
-- become the values of the line:
--
--   psql -v endpoint=<name of the endpoint> -v rows=100 -v source=<schema.table> -f 5-predict-array.sql
--
-- The table's columns, but for id, are the features, in the order of the table: it must be the order the model was trained with.
-- An array has one type: text, since CSV is text anyway. Without a source it is the example with its six features.
\if :{?source}
\else
  \set source ml.penguins
\endif

SELECT string_agg(format('%I::text', attname), ', ' ORDER BY attnum) AS features
FROM pg_attribute
WHERE attrelid = :'source'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id'
\gset

SELECT
  id,
  aws_sagemaker.invoke_endpoint(:'endpoint'::varchar, :rows, ARRAY[:features])::double precision AS prediction
FROM :source
ORDER BY id;
