# A decision in the model registry starts the pipeline: an approval deploys, the rejection of what runs goes back.
resource "aws_cloudwatch_event_rule" "deploy" {
  for_each = local.deploy_once

  name        = local.deploy_name
  description = "A model of ${var.project.name} was approved or rejected."
  event_pattern = jsonencode({
    source      = ["aws.sagemaker"]
    detail-type = ["SageMaker Model Package State Change"]
    detail = {
      ModelPackageGroupName = [aws_sagemaker_model_package_group.models.model_package_group_name]
      ModelApprovalStatus   = ["Approved", "Rejected"]
    }
  })
}

resource "aws_cloudwatch_event_target" "deploy" {
  for_each = local.deploy_once

  rule = aws_cloudwatch_event_rule.deploy[each.key].name
  # Named, so that one that a killed run has made can be found again.
  target_id = "deploy"
  arn       = aws_codepipeline.deploy[each.key].arn
  role_arn  = aws_iam_role.deploy["start"].arn
}
