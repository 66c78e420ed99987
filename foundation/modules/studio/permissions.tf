# What a Studio user may do, by subject. Data is not among it: that is said by policy_arns.
locals {
  sagemaker   = "arn:${local.partition}:sagemaker:${local.region}:${local.account_id}"
  spaces      = "${local.sagemaker}:space/${aws_sagemaker_domain.studio.id}/*"
  apps        = "${local.sagemaker}:app/${aws_sagemaker_domain.studio.id}/*"
  own_profile = "${local.sagemaker}:user-profile/${aws_sagemaker_domain.studio.id}/$${sagemaker:UserProfileName}"
  in_domain = [
    for kind in ["user-profile", "space", "app"] : "${local.sagemaker}:${kind}/${aws_sagemaker_domain.studio.id}/*"
  ]

  studio_statements = [
    {
      Sid      = "OwnDomain"
      Effect   = "Allow"
      Action   = ["sagemaker:DescribeDomain", "sagemaker:DescribeUserProfile", "sagemaker:DescribeSpace", "sagemaker:DescribeApp"]
      Resource = concat([aws_sagemaker_domain.studio.arn], local.in_domain)
    },
    {
      # A space belongs to the profile that made it, and IAM is what keeps others out of it (SageMaker developer guide, "Adding
      # permissions"): with it goes its volume.
      Sid      = "OwnSpaces"
      Effect   = "Allow"
      Action   = ["sagemaker:CreateSpace", "sagemaker:UpdateSpace", "sagemaker:DeleteSpace"]
      Resource = local.spaces
      Condition = {
        ArnLike      = { "sagemaker:OwnerUserProfileArn" = local.own_profile }
        StringEquals = { "sagemaker:SpaceSharingType" = ["Private", "Shared"] }
      }
    },
    {
      Sid      = "AppsOfOwnSpaces"
      Effect   = "Allow"
      Action   = ["sagemaker:CreateApp", "sagemaker:DeleteApp"]
      Resource = local.apps
      Condition = {
        ArnLike      = { "sagemaker:OwnerUserProfileArn" = local.own_profile }
        StringEquals = { "sagemaker:SpaceSharingType" = ["Private"] }
      }
    },
    {
      Sid       = "SharedSpacesOfNobody"
      Effect    = "Allow"
      Action    = ["sagemaker:CreateSpace", "sagemaker:UpdateSpace", "sagemaker:DeleteSpace"]
      Resource  = local.spaces
      Condition = { Null = { "sagemaker:OwnerUserProfileArn" = "true" } }
    },
    {
      Sid       = "AppsOfSharedSpaces"
      Effect    = "Allow"
      Action    = ["sagemaker:CreateApp", "sagemaker:DeleteApp"]
      Resource  = local.apps
      Condition = { StringEquals = { "sagemaker:SpaceSharingType" = ["Shared"] } }
    },
    {
      Sid       = "AppsWithoutSpace"
      Effect    = "Allow"
      Action    = ["sagemaker:CreateApp", "sagemaker:DeleteApp"]
      Resource  = "${local.sagemaker}:app/${aws_sagemaker_domain.studio.id}/$${sagemaker:UserProfileName}/*"
      Condition = { Null = { "sagemaker:OwnerUserProfileArn" = "true" } }
    },
    {
      Sid       = "TagWhatIsMade"
      Effect    = "Allow"
      Action    = "sagemaker:AddTags"
      Resource  = [local.spaces, local.apps]
      Condition = { Null = { "sagemaker:TaggingAction" = "false" } }
    },
    {
      Sid      = "OpenStudio"
      Effect   = "Allow"
      Action   = "sagemaker:CreatePresignedDomainUrl"
      Resource = "${local.sagemaker}:user-profile/${aws_sagemaker_domain.studio.id}/$${aws:SourceIdentity}"
    },
    {
      Sid       = "VolumesAndHomeDirectories"
      Effect    = "Allow"
      Action    = "kms:CreateGrant"
      Resource  = var.kms_key_arn
      Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
    },
    {
      # The condition above is of grants alone.
      Sid      = "LookAtTheKey"
      Effect   = "Allow"
      Action   = "kms:DescribeKey"
      Resource = var.kms_key_arn
    },
    {
      # A space has a volume, and EBS wants both of whoever makes and attaches one (EBS user guide, "Requirements for EBS encryption").
      Sid       = "VolumesOfSpaces"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKeyWithoutPlaintext"]
      Resource  = var.kms_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "ec2.${local.region}.${local.dns_suffix}" } }
    },
  ]

  # SageMaker's lists and searches know no resources to name.
  look_statements = [
    {
      Sid    = "Lists"
      Effect = "Allow"
      Action = [
        "sagemaker:ListApps", "sagemaker:ListCodeRepositories", "sagemaker:ListDomains", "sagemaker:ListEndpoints", "sagemaker:ListModelPackageGroups",
        "sagemaker:ListModelPackages", "sagemaker:ListPipelineExecutionSteps", "sagemaker:ListPipelineExecutions", "sagemaker:ListPipelines",
        "sagemaker:ListProcessingJobs", "sagemaker:ListProjects", "sagemaker:ListSpaces", "sagemaker:ListTags", "sagemaker:ListTrainingJobs",
        "sagemaker:ListUserProfiles", "sagemaker:Search",
      ]
      Resource = "*"
    },
    {
      Sid    = "Look"
      Effect = "Allow"
      Action = [
        "sagemaker:DescribeCodeRepository", "sagemaker:DescribeEndpoint", "sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup",
        "sagemaker:DescribePipeline", "sagemaker:DescribePipelineDefinitionForExecution", "sagemaker:DescribePipelineExecution",
        "sagemaker:DescribeProcessingJob", "sagemaker:DescribeProject", "sagemaker:DescribeTrainingJob",
      ]
      Resource = [
        for kind in ["code-repository", "endpoint", "model-package", "model-package-group", "pipeline", "processing-job", "project", "training-job"] :
        "${local.sagemaker}:${kind}/*"
      ]
    },
    {
      Sid      = "ReadLogs"
      Effect   = "Allow"
      Action   = ["logs:DescribeLogStreams", "logs:FilterLogEvents", "logs:GetLogEvents"]
      Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/*"
    },
  ]

  project_statements = [
    {
      Sid      = "Projects"
      Effect   = "Allow"
      Action   = ["sagemaker:CreateProject", "sagemaker:UpdateProject", "sagemaker:DeleteProject", "sagemaker:AddTags"]
      Resource = "${local.sagemaker}:project/*"
    },
    {
      # The portfolio decides which products a role sees; Service Catalog's own resources have no names before that.
      Sid    = "OrganizationTemplates"
      Effect = "Allow"
      Action = [
        "servicecatalog:DescribeProduct", "servicecatalog:DescribeProvisioningParameters", "servicecatalog:ListLaunchPaths",
        "servicecatalog:ListProvisioningArtifacts", "servicecatalog:ProvisionProduct", "servicecatalog:SearchProducts",
      ]
      Resource = "*"
    },
    {
      # Ids of provisioned products are Service Catalog's; a user reaches those of its own.
      Sid    = "OwnProvisionedProducts"
      Effect = "Allow"
      Action = [
        "servicecatalog:DescribeProvisionedProduct", "servicecatalog:DescribeRecord", "servicecatalog:SearchProvisionedProducts",
        "servicecatalog:TerminateProvisionedProduct", "servicecatalog:UpdateProvisionedProduct",
      ]
      Resource  = "*"
      Condition = { StringEquals = { "servicecatalog:userLevel" = "self" } }
    },
    {
      Sid      = "RunPipelines"
      Effect   = "Allow"
      Action   = ["sagemaker:RetryPipelineExecution", "sagemaker:StartPipelineExecution", "sagemaker:StopPipelineExecution"]
      Resource = "${local.sagemaker}:pipeline/*"
    },
  ]

  approval_statements = [{
    Sid      = "ApproveModels"
    Effect   = "Allow"
    Action   = "sagemaker:UpdateModelPackage"
    Resource = "${local.sagemaker}:model-package/*"
  }]

  network_arns = concat(
    [for id in var.network.subnet_ids : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:subnet/${id}"],
    [for id in var.network.security_group_ids : "arn:${local.partition}:ec2:${local.region}:${local.account_id}:security-group/${id}"],
  )
  interface_arn = "arn:${local.partition}:ec2:${local.region}:${local.account_id}:network-interface/*"

  job_statements = [
    {
      # Only in the domain's own network, so that the endpoints' policies hold for jobs as well.
      Sid      = "RunJobsInTheNetwork"
      Effect   = "Allow"
      Action   = ["sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob"]
      Resource = ["${local.sagemaker}:processing-job/*", "${local.sagemaker}:training-job/*"]
      Condition = {
        Null = { "sagemaker:VpcSubnets" = "false", "sagemaker:VpcSecurityGroupIds" = "false" }
        "ForAllValues:StringEquals" = {
          "sagemaker:VpcSubnets"          = var.network.subnet_ids
          "sagemaker:VpcSecurityGroupIds" = var.network.security_group_ids
        }
      }
    },
    {
      Sid      = "StopAndTagJobs"
      Effect   = "Allow"
      Action   = ["sagemaker:AddTags", "sagemaker:StopProcessingJob", "sagemaker:StopTrainingJob"]
      Resource = ["${local.sagemaker}:processing-job/*", "${local.sagemaker}:training-job/*"]
    },
    {
      # The job acts as the same role.
      Sid      = "JobLogs"
      Effect   = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/sagemaker/*"
    },
    {
      Sid       = "JobMetrics"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringLike = { "cloudwatch:namespace" = ["/aws/sagemaker/*", "aws/sagemaker/*"] } }
    },
    {
      Sid      = "JobVolumes"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = var.kms_key_arn
      Condition = {
        StringEquals = { "kms:ViaService" = [for service in ["ec2", "sagemaker"] : "${service}.${local.region}.${local.dns_suffix}"] }
      }
    },
    {
      # AWS's framework images lie in accounts of AWS, one per region; reading only.
      Sid      = "AwssImages"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = "arn:${local.partition}:ecr:${local.region}:*:repository/*"
    },
    {
      # Logging in names no repository.
      Sid      = "LogInToImages"
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*"
    },
  ]

  # SageMaker makes the interfaces of jobs and notebook instances with the permissions of whoever starts them.
  interface_statements = [
    {
      # EC2's describe calls know no resource-level permissions.
      Sid      = "DescribeNetwork"
      Effect   = "Allow"
      Action   = ["ec2:DescribeDhcpOptions", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"]
      Resource = "*"
    },
    {
      Sid      = "CreateInterfaces"
      Effect   = "Allow"
      Action   = "ec2:CreateNetworkInterface"
      Resource = concat([local.interface_arn], local.network_arns)
    },
    {
      Sid       = "LendAndDeleteInterfaces"
      Effect    = "Allow"
      Action    = ["ec2:CreateNetworkInterfacePermission", "ec2:DeleteNetworkInterface", "ec2:DeleteNetworkInterfacePermission"]
      Resource  = local.interface_arn
      Condition = { ArnEquals = { "ec2:Subnet" = [for arn in local.network_arns : arn if strcontains(arn, ":subnet/")] } }
    },
  ]

  # By role: notebook instances that it may open, those of the product notebook-workbench for example.
  workbench_statements = {
    for role, settings in var.roles : role => [
      for statement in [
        {
          Sid    = "Workbenches"
          Effect = "Allow"
          Action = [
            "sagemaker:CreatePresignedNotebookInstanceUrl", "sagemaker:DescribeNotebookInstance", "sagemaker:StartNotebookInstance",
            "sagemaker:StopNotebookInstance",
          ]
          Resource = [for name in settings.workbenches : "${local.sagemaker}:notebook-instance/${name}"]
        },
        {
          # A list knows no resources to name.
          Sid      = "ListNotebookInstances"
          Effect   = "Allow"
          Action   = ["sagemaker:ListNotebookInstances"]
          Resource = ["*"]
        },
      ] : statement if length(settings.workbenches) > 0
    ]
  }

  pass_statement = {
    Sid       = "PassTheRoleToJobs"
    Effect    = "Allow"
    Action    = "iam:PassRole"
    Condition = { StringEquals = { "iam:PassedToService" = "sagemaker.amazonaws.com" } }
  }
}
