-- A function per model, so that applications neither name the endpoint nor know the order of its features.
--
--   psql -v endpoint=<name of the endpoint> -f 3-predict-row.sql
--
-- Then: SELECT ml.predict_body_mass(39.1, 18.7, 181, 'Adelie', 'Torgersen', 'male');
--
-- Arguments are sent in this order as one line of CSV: it must be the order the model was trained with.
-- The second argument is how many rows may go in one request; one, where a person waits for one answer.
CREATE OR REPLACE FUNCTION ml.predict_body_mass(
  bill_length_mm    double precision,
  bill_depth_mm     double precision,
  flipper_length_mm double precision,
  species           text,
  island            text,
  sex               text
) RETURNS double precision
LANGUAGE SQL VOLATILE PARALLEL SAFE COST 5000
RETURN aws_sagemaker.invoke_endpoint(
  :'endpoint'::varchar, 1, bill_length_mm, bill_depth_mm, flipper_length_mm, species, island, sex
)::double precision;

-- PostgreSQL lets everybody execute a new function.
REVOKE ALL ON FUNCTION ml.predict_body_mass FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ml.predict_body_mass TO ml_inference;
