-- Example: the Palmer penguins, as the template model-build trains on them. Replace columns by your model's.
CREATE SCHEMA IF NOT EXISTS ml;

CREATE TABLE IF NOT EXISTS ml.penguins (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bill_length_mm    double precision,
  bill_depth_mm     double precision,
  flipper_length_mm double precision,
  species           text,
  island            text,
  sex               text
);

CREATE TABLE IF NOT EXISTS ml.predictions (
  penguin_id   bigint PRIMARY KEY REFERENCES ml.penguins (id) ON DELETE CASCADE,
  body_mass_g  double precision NOT NULL,
  endpoint     text NOT NULL,
  predicted_at timestamptz NOT NULL DEFAULT now()
);

GRANT USAGE ON SCHEMA ml TO ml_inference;
GRANT SELECT ON ml.penguins TO ml_inference;
GRANT SELECT, INSERT, UPDATE ON ml.predictions TO ml_inference;
