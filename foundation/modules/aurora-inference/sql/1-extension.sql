-- Once per database, as the master user (rds_superuser). Aurora only: aws_ml does not exist elsewhere.
CREATE EXTENSION IF NOT EXISTS aws_ml CASCADE;

-- Who may predict: members of this role, nobody else.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'ml_inference') THEN
    CREATE ROLE ml_inference NOLOGIN;
  END IF;
END
$$;
GRANT USAGE ON SCHEMA aws_sagemaker TO ml_inference;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_sagemaker TO ml_inference;
