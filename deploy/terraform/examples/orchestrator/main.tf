# The orchestrator in the default network of the account. The two secrets are made here without a value:
#
#   aws secretsmanager put-secret-value --secret-id tercel-token --secret-string "$(openssl rand -hex 32)"
#   aws secretsmanager put-secret-value --secret-id tercel-trust --secret-string file://ci.pub

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "image" {
  description = "The image of tercel-orchestrator, by digest."
  type        = string
  default     = "registry.example/tercel-orchestrator@sha256:0000000000000000000000000000000000000000000000000000000000000000"
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

resource "aws_ecs_cluster" "tercel" {
  name = "tercel"
}

resource "aws_secretsmanager_secret" "token" {
  name = "tercel-token"
}

resource "aws_secretsmanager_secret" "trust" {
  name = "tercel-trust"
}

module "orchestrator" {
  source = "../../tercel-orchestrator"

  image            = var.image
  cluster_arn      = aws_ecs_cluster.tercel.arn
  vpc_id           = data.aws_vpc.default.id
  subnet_ids       = data.aws_subnets.default.ids
  agent_cidrs      = [data.aws_vpc.default.cidr_block]
  assign_public_ip = true # the default network has no NAT gateway
  token_secret_arn = aws_secretsmanager_secret.token.arn
  trust_secret_arn = aws_secretsmanager_secret.trust.arn
}

output "orchestrator" {
  value = module.orchestrator.orchestrator
}

output "token_secret_arn" {
  value = module.orchestrator.token_secret_arn
}
