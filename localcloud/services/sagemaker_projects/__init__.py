"""SageMaker projects: a Service Catalog product launched under a project's name and id.

What is imitated
    Creating, describing, listing, updating and deleting projects from Service Catalog products, in the caller's
    name; the states a project goes through, and Service Catalog's reason when it fails.

What is not
    Projects from templates in S3 (``TemplateProviders``); who may see which template in Studio.
"""
