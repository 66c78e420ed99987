"""Roles of Aurora clusters."""

from moto.rds.models import rds_backends

from localcloud.responses import EmptyResult, LocalResponse, ServiceError, operations


@operations("rds")
class ClusterRoleResponse(LocalResponse):
    """What moto 5.2.5 has no counterpart of AddRoleToDBCluster for."""

    def remove_role_from_db_cluster(self) -> EmptyResult:
        """Take a role away from a cluster."""
        name, role = self.params["DBClusterIdentifier"], self.params["RoleArn"]
        cluster = rds_backends[self.current_account][self.region].clusters.get(name)
        if cluster is None:
            raise ServiceError("DBClusterNotFoundFault", f"DBCluster {name} not found.")
        kept = [given for given in cluster._associated_roles if given.role_arn != role]
        if len(kept) == len(cluster._associated_roles):
            raise ServiceError("DBClusterRoleNotFound", f"Role {role} is not associated with DBCluster {name}.")
        cluster._associated_roles[:] = kept
        return EmptyResult()
