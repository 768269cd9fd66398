locals {
  port = 4400
}

data "aws_region" "here" {}

resource "aws_cloudwatch_log_group" "alerts" {
  name              = "/tercel/${var.name}"
  retention_in_days = var.retention_in_days
}

resource "aws_iam_role" "execution" {
  name = "${var.name}-execution"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "pull-log-and-read-secrets"
  role = aws_iam_role.execution.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = "secretsmanager:GetSecretValue", Resource = [var.token_secret_arn, var.trust_secret_arn] },
      { Effect = "Allow", Action = ["logs:CreateLogStream", "logs:PutLogEvents"], Resource = "${aws_cloudwatch_log_group.alerts.arn}:*" },
      {
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
        Resource = "*"
      },
    ]
  })
}

resource "aws_ecs_task_definition" "orchestrator" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.cpu_architecture
  }

  volume {
    name = "state"
  }

  container_definitions = jsonencode([{
    name      = "orchestrator"
    image     = var.image
    essential = true
    # The image's entry point stays. The task's disk ends with the task: an agent keeps an alert until it is in the log
    # (--ack=sink).
    command = [
      "serve", "--state", "/var/lib/tercel", "--listen", "tcp://0.0.0.0:${local.port}", "--token-env", "TERCEL_TOKEN",
      "--trust-env", "TERCEL_TRUST", "--ack", "sink",
    ]
    secrets = [
      { name = "TERCEL_TOKEN", valueFrom = var.token_secret_arn },
      { name = "TERCEL_TRUST", valueFrom = var.trust_secret_arn },
    ]
    portMappings           = [{ containerPort = local.port, hostPort = local.port, protocol = "tcp" }]
    mountPoints            = [{ sourceVolume = "state", containerPath = "/var/lib/tercel", readOnly = false }]
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    stopTimeout            = 30
    healthCheck = {
      command     = ["CMD", "/tercel-orchestrator", "status", "--to", "tcp://127.0.0.1:${local.port}", "--token-env", "TERCEL_TOKEN"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 10
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.alerts.name
        awslogs-region        = data.aws_region.here.name
        awslogs-stream-prefix = "alerts"
      }
    }
  }])
}

resource "aws_security_group" "orchestrator" {
  name        = var.name
  description = "Agents and operators to the Tercel orchestrator"
  vpc_id      = var.vpc_id

  ingress {
    description = "the link of agents and operators"
    protocol    = "tcp"
    from_port   = local.port
    to_port     = local.port
    cidr_blocks = var.agent_cidrs
  }

  egress {
    description = "image, secrets and log"
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = ["0.0.0.0/0"]
  }
}

resource "aws_service_discovery_private_dns_namespace" "tercel" {
  name = var.namespace
  vpc  = var.vpc_id
}

resource "aws_service_discovery_service" "orchestrator" {
  name = "orchestrator"

  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.tercel.id
    dns_records {
      type = "A"
      ttl  = 10
    }
  }

  health_check_custom_config {
    failure_threshold = 1
  }
}

resource "aws_ecs_service" "orchestrator" {
  name            = var.name
  cluster         = var.cluster_arn
  task_definition = aws_ecs_task_definition.orchestrator.arn
  launch_type     = "FARGATE"

  # One at a time: agents would be spread over two that do not know of each other.
  desired_count                      = 1
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.orchestrator.id]
    assign_public_ip = var.assign_public_ip
  }

  service_registries {
    registry_arn = aws_service_discovery_service.orchestrator.arn
  }
}
