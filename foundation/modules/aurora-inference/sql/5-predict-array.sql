-- PostgreSQL passes at most 100 arguments to a function. A model with more features gets them as one array, whose elements
-- become the values of the line:
--
--   psql -v endpoint=<name of the endpoint> -v rows=100 -f 5-predict-array.sql
--
-- An array has one type. Numbers alone: double precision[]. Numbers and words: text[], since CSV is text anyway.
-- Here with six features; with 101 or more it is the same statement with a longer array.
SELECT
  penguins.id AS penguin_id,
  aws_sagemaker.invoke_endpoint(
    :'endpoint'::varchar, :rows,
    ARRAY[bill_length_mm::text, bill_depth_mm::text, flipper_length_mm::text, species, island, sex]
  )::double precision AS body_mass_g
FROM ml.penguins
ORDER BY penguins.id;
