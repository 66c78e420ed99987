# CodeBuild hands the network interface it makes to its own account; Lambda needs no such permission.
data "aws_iam_policy_document" "build_network" {
  count = var.platform.network == null ? 0 : 1

  statement {
    sid     = "LendNetworkInterface"
    actions = ["ec2:CreateNetworkInterfacePermission"]
    # Any resource: interfaces are named by EC2; only those in the platform's subnets, and only for CodeBuild.
    resources = ["arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"]

    condition {
      test     = "ArnEquals"
      variable = "ec2:Subnet"
      values   = local.subnet_arns
    }

    condition {
      test     = "StringEquals"
      variable = "ec2:AuthorizedService"
      values   = ["codebuild.amazonaws.com"]
    }
  }
}
