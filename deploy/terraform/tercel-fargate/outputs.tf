output "container_definitions" {
  description = "For aws_ecs_task_definition: the containers with the agent (or without it again), as JSON."
  value       = var.rendered != null ? var.rendered["container_definitions"] : jsonencode(local.containers)

  precondition {
    condition     = length(local.refusals) == 0
    error_message = "The agent cannot be ${var.remove ? "taken out" : "added"}:\n- ${join("\n- ", local.refusals)}"
  }
}

output "volumes" {
  description = "For `dynamic \"volume\"` of aws_ecs_task_definition: objects with a name."
  value       = var.rendered != null ? jsondecode(var.rendered["volumes"]) : [for name in [var.name_prefix] : { name = name } if var.delivery == "init" && anytrue(local.wrapped)]
}

output "instrumented" {
  description = "The names of the containers that are wrapped."
  value       = var.rendered != null ? jsondecode(var.rendered["instrumented"]) : [for index, name in local.names : name if local.wrapped[index]]
}

output "skipped" {
  description = "The names of the others, and why."
  value       = var.rendered != null ? jsondecode(var.rendered["skipped"]) : { for index, name in local.names : name => local.skip_reasons[index] if !local.wrapped[index] && !var.remove }
}

output "warnings" {
  description = "What is worth knowing."
  value       = var.rendered != null ? compact(split("\n", var.rendered["warnings"])) : local.warnings
}

output "pid_mode" {
  description = "For aws_ecs_task_definition: null, the module does not need it."
  value       = null
}

output "query" {
  description = "For a data source \"external\" that runs `tercel-instrument terraform-external`; its result is for `rendered`."
  value = {
    container_definitions   = try(tostring(var.container_definitions), jsonencode(var.container_definitions))
    cpu_architecture        = var.cpu_architecture == null ? "" : var.cpu_architecture
    operating_system_family = var.operating_system_family == null ? "" : var.operating_system_family
    proxy_container         = var.proxy_container == null ? "" : var.proxy_container
    image_configs           = jsonencode(var.image_configs)
    tags                    = jsonencode(var.tags)
    action                  = var.remove ? "remove" : "instrument"
    options = jsonencode({
      agent_image   = var.agent_image
      orchestrator  = var.orchestrator
      trust         = var.trust_key
      bundle        = var.bundle
      token_secret  = var.token_secret_arn
      ca_secret     = var.ca_secret_arn
      proxy         = var.proxy
      label         = var.labels
      agent_option  = var.agent_options
      include       = var.include
      exclude       = var.exclude
      only_tagged   = var.only_tagged
      peer_hints    = var.peer_hints
      ptrace        = var.capture == "trace"
      delivery      = var.delivery
      unknown_image = var.unknown_image
      init_user     = var.init_user
      name_prefix   = var.name_prefix
      force_pid1    = var.force_pid1
    })
  }
}
