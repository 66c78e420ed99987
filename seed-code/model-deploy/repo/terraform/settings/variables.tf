# The one place that knows what an environment can choose, and what is wrong with a choice. The build plans this folder
# alone, for every environment, before anything is deployed (`python -m deploy check`).

variable "settings" {
  description = "Content of environments/<environment>.json. README.md explains every choice."
  type = object({
    kind                  = optional(string, "realtime") # realtime, serverless, async or batch
    model_package_version = optional(number)             # null: the newest approved one
    network_isolation     = optional(bool, true)         # containers reach nothing, not even AWS
    in_vpc                = optional(bool)               # in the network that the platform gave; null: if it gave one
    encrypt_volume        = optional(bool, true)         # false for instances with disks of their own (m5d, g5, …)

    instance = optional(object({
      type  = optional(string, "ml.m5.large")
      count = optional(number, 1)
    }), {})

    serverless = optional(object({
      memory_mb               = optional(number, 2048)
      max_concurrency         = optional(number, 5)
      provisioned_concurrency = optional(number)
    }), {})

    async = optional(object({
      concurrency_per_instance = optional(number, 4)
      notify_errors            = optional(bool, true)
    }), {})

    shadow = optional(object({
      model_package_version = number
      instance_type         = optional(string) # as the primary's
      instance_count        = optional(number, 1)
      sampling_percentage   = optional(number, 100)
    }))

    data_capture = optional(object({ sampling_percentage = optional(number, 100) }))

    autoscaling = optional(object({
      min_instances     = optional(number, 1)
      max_instances     = optional(number, 2)
      load_per_instance = optional(number, 500) # realtime: requests per minute; async: requests that wait
      scale_in_seconds  = optional(number, 300)
      scale_out_seconds = optional(number, 60)
    }))

    traffic = optional(object({ # how an update replaces the model
      type                     = optional(string, "ALL_AT_ONCE")
      percent                  = optional(number, 10)   # of the capacity: the canary, or each linear step
      wait_seconds             = optional(number, 300)  # after the canary, and between steps
      termination_wait_seconds = optional(number, 60)   # until the old instances go
      timeout_seconds          = optional(number, 3000) # of the whole update
      roll_back                = optional(bool, true)   # when the alarm of errors or of latency fires
    }), {})

    alarms = optional(object({
      period_seconds = optional(number, 60)
      periods        = optional(number, 1)
      errors         = optional(number, 0) # more 5XX answers than this in a period
      latency_p99_ms = optional(number)    # null: no alarm
      cpu_percent    = optional(number)    # of one core: 160 is 80 % of two
      memory_percent = optional(number, 90)
    }), {})

    monitoring = optional(object({
      schedule        = optional(string, "cron(0 * ? * * *)")
      instance_type   = optional(string, "ml.m5.large")
      drift_threshold = optional(number, 0.2)
    }))
  })

  validation {
    condition     = contains(["realtime", "serverless", "async", "batch"], var.settings.kind)
    error_message = "kind must be realtime, serverless, async or batch."
  }

  validation {
    condition     = alltrue([for version in compact([var.settings.model_package_version, try(var.settings.shadow.model_package_version, null)]) : tonumber(version) >= 1 && floor(tonumber(version)) == tonumber(version)])
    error_message = "model_package_version must be the number of a version in the registry, 1 or more; leave it out for the newest approved one."
  }

  validation {
    condition     = alltrue([for type in compact([var.settings.instance.type, try(var.settings.shadow.instance_type, null), try(var.settings.monitoring.instance_type, null)]) : can(regex("^ml\\.[a-z0-9-]+\\.[a-z0-9-]+$", type))])
    error_message = "Instance types are written as SageMaker writes them, for example ml.m5.large."
  }

  validation {
    condition     = var.settings.instance.count >= 1 && floor(var.settings.instance.count) == var.settings.instance.count
    error_message = "instance.count must be 1 or more. For an endpoint without instances choose kind = serverless, or kind = async with autoscaling.min_instances = 0."
  }

  validation {
    condition     = contains([1024, 2048, 3072, 4096, 5120, 6144], var.settings.serverless.memory_mb) && var.settings.serverless.max_concurrency >= 1 && var.settings.serverless.max_concurrency <= 200
    error_message = "serverless.memory_mb must be 1024, 2048, 3072, 4096, 5120 or 6144, and serverless.max_concurrency from 1 to 200."
  }

  validation {
    condition     = var.settings.serverless.provisioned_concurrency == null ? true : var.settings.serverless.provisioned_concurrency >= 1 && var.settings.serverless.provisioned_concurrency <= var.settings.serverless.max_concurrency
    error_message = "serverless.provisioned_concurrency must lie between 1 and serverless.max_concurrency."
  }

  validation {
    condition     = var.settings.kind != "serverless" || (var.settings.data_capture == null && var.settings.shadow == null && var.settings.monitoring == null && var.settings.autoscaling == null && var.settings.in_vpc != true)
    error_message = "A serverless endpoint has no data_capture, shadow, monitoring, autoscaling or in_vpc (SageMaker developer guide, \"Serverless Inference: feature exclusions\"). Remove them, or choose kind = realtime."
  }

  validation {
    condition     = var.settings.kind == "realtime" || (var.settings.data_capture == null && var.settings.shadow == null && var.settings.monitoring == null)
    error_message = "data_capture, shadow and monitoring need kind = realtime. (An asynchronous endpoint and a batch transform keep every answer in S3 anyway.)"
  }

  validation {
    condition     = var.settings.monitoring == null || var.settings.data_capture != null
    error_message = "monitoring compares captured requests: set data_capture as well."
  }

  validation {
    condition     = alltrue([for share in compact([try(var.settings.data_capture.sampling_percentage, null), try(var.settings.shadow.sampling_percentage, null)]) : tonumber(share) > 0 && tonumber(share) <= 100])
    error_message = "A sampling_percentage lies above 0 and up to 100."
  }

  validation {
    condition     = var.settings.autoscaling == null ? true : var.settings.autoscaling.max_instances >= max(1, var.settings.autoscaling.min_instances) && var.settings.autoscaling.load_per_instance > 0
    error_message = "autoscaling.max_instances must be at least min_instances (and 1), and load_per_instance more than 0."
  }

  validation {
    condition     = var.settings.autoscaling == null ? true : var.settings.autoscaling.min_instances >= (var.settings.kind == "async" ? 0 : 1)
    error_message = "A variant of a real-time endpoint keeps one instance at least (autoscaling.min_instances = 1). To zero go kind = async, and kind = serverless by itself."
  }

  validation {
    condition     = contains(["ALL_AT_ONCE", "CANARY", "LINEAR"], var.settings.traffic.type)
    error_message = "traffic.type must be ALL_AT_ONCE, CANARY or LINEAR."
  }

  validation {
    # SageMaker API reference, TrafficRoutingConfig and CapacitySize: a canary up to 50 %, steps from 10 to 50 %.
    condition     = var.settings.traffic.type == "ALL_AT_ONCE" || (var.settings.traffic.percent >= (var.settings.traffic.type == "LINEAR" ? 10 : 1) && var.settings.traffic.percent <= 50)
    error_message = "traffic.percent must be from 1 to 50 for a CANARY, and from 10 to 50 for LINEAR."
  }

  validation {
    # The AWS provider asks 120 times in 30 seconds whether an endpoint is in service, and gives up then.
    condition     = var.settings.traffic.wait_seconds >= 0 && var.settings.traffic.termination_wait_seconds >= 0 && var.settings.traffic.timeout_seconds >= 600 && var.settings.traffic.timeout_seconds <= 3300
    error_message = "traffic.wait_seconds and termination_wait_seconds are 0 or more, and timeout_seconds goes from 600 to 3300: Terraform waits for an endpoint for one hour."
  }

  validation {
    condition     = var.settings.traffic.wait_seconds * (var.settings.traffic.type == "LINEAR" ? ceil(100 / max(1, var.settings.traffic.percent)) : 1) + var.settings.traffic.termination_wait_seconds + 300 <= var.settings.traffic.timeout_seconds
    error_message = "traffic does not fit into its timeout_seconds: all waits (one after the canary, one after each linear step), termination_wait_seconds and five minutes for the new instances are longer. Wait less, take larger steps, or raise timeout_seconds, to 3300 at most."
  }

  validation {
    condition     = contains([10, 30], var.settings.alarms.period_seconds) || (var.settings.alarms.period_seconds >= 60 && var.settings.alarms.period_seconds % 60 == 0)
    error_message = "alarms.period_seconds must be a multiple of 60, or 10 or 30."
  }

  validation {
    condition     = var.settings.monitoring == null ? true : can(regex("^(cron\\(0 ([0-9*/]+) \\? \\* \\* \\*\\)|NOW)$", var.settings.monitoring.schedule)) && var.settings.monitoring.drift_threshold > 0 && var.settings.monitoring.drift_threshold <= 1
    error_message = "monitoring.schedule must be hourly or a part of the day, for example cron(0 * ? * * *) or cron(0 */6 ? * * *); drift_threshold lies above 0 and up to 1."
  }
}

variable "given" {
  description = "The same once more, as it was written: Terraform drops what a type does not know, a misspelt choice for example."
  type        = any

  validation {
    condition     = length(setsubtract(keys(var.given), local.known)) == 0
    error_message = "There is no such setting: ${join(", ", setsubtract(keys(var.given), local.known))}. Known are ${join(", ", local.known)}."
  }

  validation {
    condition = alltrue([
      for group, names in local.known_in : try(length(setsubtract(keys(var.given[group]), names)) == 0, true)
    ])
    error_message = "There is no such setting: ${join(", ", flatten([for group, names in local.known_in : [for name in try(setsubtract(keys(var.given[group]), names), []) : "${group}.${name}"]]))}."
  }
}

locals {
  known_in = {
    instance     = ["type", "count"]
    serverless   = ["memory_mb", "max_concurrency", "provisioned_concurrency"]
    async        = ["concurrency_per_instance", "notify_errors"]
    shadow       = ["model_package_version", "instance_type", "instance_count", "sampling_percentage"]
    data_capture = ["sampling_percentage"]
    autoscaling  = ["min_instances", "max_instances", "load_per_instance", "scale_in_seconds", "scale_out_seconds"]
    traffic      = ["type", "percent", "wait_seconds", "termination_wait_seconds", "timeout_seconds", "roll_back"]
    alarms       = ["period_seconds", "periods", "errors", "latency_p99_ms", "cpu_percent", "memory_percent"]
    monitoring   = ["schedule", "instance_type", "drift_threshold"]
  }
  known = concat(["kind", "model_package_version", "network_isolation", "in_vpc", "encrypt_volume"], keys(local.known_in))
}

output "settings" {
  description = "The settings with their defaults."
  value       = var.settings
}
