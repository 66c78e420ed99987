"""RDS is moto's: clusters without a database in them. Added is what takes a role away again."""
