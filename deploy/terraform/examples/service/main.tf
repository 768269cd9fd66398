# A service whose containers run under the agent.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "agent_image" {
  description = "The image of tercel-agent, by digest."
  type        = string
  default     = "registry.example/tercel-agent@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

variable "trust_key" {
  description = "The second line of the public key's file."
  type        = string
  default     = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
}

data "aws_vpc" "default" {
  default = true
}

data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}

resource "aws_secretsmanager_secret" "token" {
  name = "tercel-token-of-the-service"
}

resource "aws_iam_role" "execution" {
  name = "shop-execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "read_token" {
  name = "read-token"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = aws_secretsmanager_secret.token.arn }]
  })
}

module "tercel" {
  source = "../../tercel-fargate"

  agent_image      = var.agent_image
  orchestrator     = "tcp://orchestrator.tercel.internal:4400"
  trust_key        = var.trust_key
  token_secret_arn = aws_secretsmanager_secret.token.arn
  labels           = { service = "shop" }

  # What this image runs by itself, for the definition does not say it.
  image_configs = {
    web = { entrypoint = ["/docker-entrypoint.sh"], cmd = ["nginx", "-g", "daemon off;"] }
  }

  container_definitions = [
    {
      name         = "web"
      image        = "public.ecr.aws/nginx/nginx:1.27"
      essential    = true
      portMappings = [{ containerPort = 80, hostPort = 80, protocol = "tcp" }]
    },
    {
      name       = "jobs"
      image      = "public.ecr.aws/docker/library/busybox:1.36"
      essential  = false
      entryPoint = ["sh", "-c"]
      command    = ["while sleep 60; do date; done"]
    },
  ]
}

resource "aws_ecs_task_definition" "shop" {
  family                   = "shop"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn
  container_definitions    = module.tercel.container_definitions

  dynamic "volume" {
    for_each = module.tercel.volumes
    content {
      name = volume.value.name
    }
  }
}

resource "aws_ecs_cluster" "shop" {
  name = "shop"
}

resource "aws_ecs_service" "shop" {
  name            = "shop"
  cluster         = aws_ecs_cluster.shop.arn
  task_definition = aws_ecs_task_definition.shop.arn
  launch_type     = "FARGATE"
  desired_count   = 1

  network_configuration {
    subnets          = data.aws_subnets.default.ids
    assign_public_ip = true
  }
}

output "instrumented" {
  value = module.tercel.instrumented
}

output "warnings" {
  value = module.tercel.warnings
}
