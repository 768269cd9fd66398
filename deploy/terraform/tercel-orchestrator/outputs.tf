output "orchestrator" {
  description = "For the input `orchestrator` of the module tercel-fargate."
  value       = "tcp://orchestrator.${aws_service_discovery_private_dns_namespace.tercel.name}:${local.port}"
}

output "token_secret_arn" {
  description = "For the input `token_secret_arn` of the module tercel-fargate."
  value       = var.token_secret_arn
}

output "log_group_name" {
  description = "Where the alerts are."
  value       = aws_cloudwatch_log_group.alerts.name
}
