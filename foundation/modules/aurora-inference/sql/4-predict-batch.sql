-- Many rows, in requests of up to :rows of them:
--
--   psql -v endpoint=<name of the endpoint> -v rows=100 -f 4-predict-batch.sql
--
-- The function stands in the select list, as itself: that is where Aurora puts rows together into one request.
-- Rows that have a prediction from this endpoint keep it, so the statement can be run again.
INSERT INTO ml.predictions (penguin_id, body_mass_g, endpoint)
SELECT
  penguins.id,
  aws_sagemaker.invoke_endpoint(
    :'endpoint'::varchar, :rows,
    bill_length_mm, bill_depth_mm, flipper_length_mm, species, island, sex
  )::double precision,
  :'endpoint'
FROM ml.penguins
WHERE NOT EXISTS (
  SELECT FROM ml.predictions
  WHERE predictions.penguin_id = penguins.id AND predictions.endpoint = :'endpoint'
)
ON CONFLICT (penguin_id) DO UPDATE
  SET body_mass_g = excluded.body_mass_g, endpoint = excluded.endpoint, predicted_at = now();
