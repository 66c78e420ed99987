# shellcheck shell=bash
# What a killed run has made and not written down (runner/product.sh). The runner sources this file.
# shellcheck disable=SC2154 # prefix and tags are the runner's

product_adopt() {
  local module=module.inference role=$prefix-aurora-inference found
  # Asked before Terraform asks: the AWS CLI takes a value that begins with file:// or https:// for the place where the value is.
  parameter_matches ClusterIdentifier '^[a-z](-?[a-z0-9])*$' "Choose one of the clusters that your platform team offers." 63
  adopt "$module.aws_iam_role.inference" "$role" iam get-role --role-name "$role" \
    --query "Role.Tags[?Key=='sagemaker:project-id'].Value | [0]"
  grep -qxF "$module.aws_iam_role.inference" "$work/addresses" || return 0
  adopt "$module.aws_iam_role_policy.inference" "$role:invoke" iam get-role-policy --role-name "$role" \
    --policy-name invoke --query "PolicyName && '$project_id'"
  # An association has no tags either: it belongs to whom the role belongs to.
  ask "Looking for the role $role" iam get-role --role-name "$role" --query Role.Arn --output text
  found=$(tr -d ' \t\n' <"$work/answer")
  adopt "$module.aws_rds_cluster_role_association.inference" "${parameters[ClusterIdentifier]},$found" rds describe-db-clusters \
    --db-cluster-identifier "${parameters[ClusterIdentifier]}" \
    --query "DBClusters[0].AssociatedRoles[?RoleArn=='$found'].FeatureName | [0] && '$project_id'"
}
