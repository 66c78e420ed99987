"""Service Catalog: portfolios, products and their versions, constraints, and launching products.

Replaces moto's Service Catalog, which has a few operations and empty versions.

What is imitated
    Everything that Terraform's resources for portfolios, products, provisioning artifacts, associations,
    constraints and tag options need; browsing as administrator and as end user; launching, updating and
    terminating provisioned products as stacks, under the launch constraint's role, with records. A product's
    template is copied when the version is made, and read from the copy by whoever launches, as on AWS.

What is not
    Shares between accounts, organisations, budgets, service actions, provisioning plans, stack sets, products
    that are no CloudFormation templates, template constraints' effect on the form (their rules are checked).
"""
