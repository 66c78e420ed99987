resource "aws_sagemaker_domain" "studio" {
  domain_name             = var.name
  auth_mode               = var.auth_mode
  vpc_id                  = var.network.vpc_id
  subnet_ids              = var.network.subnet_ids
  app_network_access_type = "VpcOnly"
  kms_key_id              = var.kms_key_arn
  tag_propagation         = "ENABLED"

  default_user_settings {
    execution_role    = aws_iam_role.execution[local.default_role].arn
    security_groups   = var.network.security_group_ids
    studio_web_portal = "ENABLED"

    default_landing_uri = "studio::"

    jupyter_lab_app_settings {
      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = "ENABLED"
          idle_timeout_in_minutes     = var.idle_timeout_minutes
          min_idle_timeout_in_minutes = 60
          max_idle_timeout_in_minutes = min(var.idle_timeout_minutes * 2, 525600)
        }
      }
    }

    code_editor_app_settings {
      app_lifecycle_management {
        idle_settings {
          lifecycle_management        = "ENABLED"
          idle_timeout_in_minutes     = var.idle_timeout_minutes
          min_idle_timeout_in_minutes = 60
          max_idle_timeout_in_minutes = min(var.idle_timeout_minutes * 2, 525600)
        }
      }
    }

    space_storage_settings {
      default_ebs_storage_settings {
        default_ebs_volume_size_in_gb = var.space_storage_gb.default
        maximum_ebs_volume_size_in_gb = var.space_storage_gb.maximum
      }
    }

    # A shared notebook's outputs would leave the space that protects them.
    sharing_settings {
      notebook_output_option = "Disabled"
    }
  }

  default_space_settings {
    execution_role  = aws_iam_role.execution[local.default_role].arn
    security_groups = var.network.security_group_ids
  }

  domain_settings {
    # CloudTrail then shows who it was, and not only the role.
    execution_role_identity_config = "USER_PROFILE_NAME"
  }

  retention_policy {
    home_efs_file_system = var.delete_home_directories ? "Delete" : "Retain"
  }
}

resource "aws_sagemaker_user_profile" "user" {
  for_each = var.users

  domain_id                      = aws_sagemaker_domain.studio.id
  user_profile_name              = each.key
  single_sign_on_user_identifier = each.value.sso_user_name == null ? null : "UserName"
  single_sign_on_user_value      = each.value.sso_user_name

  user_settings {
    execution_role  = aws_iam_role.execution[coalesce(each.value.role, local.default_role)].arn
    security_groups = var.network.security_group_ids
  }

  # Deleting a profile while its apps still use the role's permissions fails half-way.
  depends_on = [aws_iam_role_policy.execution, aws_iam_role_policy_attachment.execution]
}

resource "aws_sagemaker_servicecatalog_portfolio_status" "projects" {
  count = var.enable_projects ? 1 : 0

  status = "Enabled"
}
