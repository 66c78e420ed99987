"""S3 has no operations of its own here; :func:`localcloud.services.s3.start` corrects moto's."""
